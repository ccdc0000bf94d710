using System.Collections.Concurrent;
using System.Globalization;

namespace DnsFailover.Simulation;

/// <summary>How a mutant was caught.</summary>
/// <param name="Mutant">Which.</param>
/// <param name="Seeds">How many seeds it took; null when none of them caught it.</param>
/// <param name="What">What was violated.</param>
internal sealed record Caught(Mutant Mutant, int? Seeds, string What);

/// <summary>Runs seeds over mutants until one catches each.</summary>
internal static class MutantRuns
{
    /// <summary>The first seed at which an invariant is violated, and what of it; called in the copy of this assembly that a mutant is loaded with.</summary>
    public static string? FirstViolation(int first, int count, string invariant)
    {
        for (var seed = first; seed < first + count; seed++)
        {
            if (Run.Of(Scenario.Of(seed)).Violation is { } violation && violation.Invariant.StartsWith(invariant, StringComparison.Ordinal))
            {
                return $"{seed.ToString(CultureInfo.InvariantCulture)} {violation.What}";
            }
        }

        return null;
    }

    /// <summary>Every mutant, in their order.</summary>
    public static IReadOnlyList<Caught> Go(IReadOnlyList<Mutant> mutants, int most, Action<Caught>? told, CancellationToken stopping)
    {
        var caught = new ConcurrentDictionary<Mutant, Caught>();
        Parallel.ForEach(mutants, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stopping }, mutant =>
        {
            caught[mutant] = Catch(mutant, most);
            told?.Invoke(caught[mutant]);
        });
        return [.. mutants.Select(mutant => caught[mutant])];
    }

    private static Caught Catch(Mutant mutant, int most)
    {
        var found = MutatedCore.Load(mutant.Edits)(1, most, mutant.Invariant);
        var space = found?.IndexOf(' ', StringComparison.Ordinal) ?? 0;
        return found is null ? new Caught(mutant, Seeds: null, "not caught") : new Caught(mutant, int.Parse(found.AsSpan(0, space), CultureInfo.InvariantCulture), found[(space + 1)..].Split('\n')[0]);
    }
}
