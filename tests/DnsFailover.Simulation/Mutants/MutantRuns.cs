using System.Collections.Concurrent;
using System.Globalization;

namespace DnsFailover.Simulation;

/// <summary>How a mutant was caught.</summary>
/// <param name="Mutant">Which.</param>
/// <param name="Seed">The first seed that caught it; null when none did.</param>
/// <param name="What">What was violated.</param>
internal sealed record Caught(Mutant Mutant, int? Seed, string What);

/// <summary>Runs seeds over mutants until one catches each.</summary>
internal static class MutantRuns
{
    /// <summary>The first seed at which an invariant is violated, and what of it, or 0 and what else was; called in the copy of this assembly that a mutant is loaded with.</summary>
    public static string? FirstViolation(int first, int count, string invariant)
    {
        Violation? other = null;
        for (var seed = first; seed < first + count; seed++)
        {
            if (Run.Of(Scenario.Of(seed)).Violation is { } violation)
            {
                if (violation.Invariant.StartsWith(invariant, StringComparison.Ordinal))
                {
                    return $"{seed.ToString(CultureInfo.InvariantCulture)} {violation.What}";
                }

                other ??= violation;
            }
        }

        return other is null ? null : $"0 {other.Invariant}: {other.What}";
    }

    /// <summary>Every mutant, in their order, with so many seeds at the most from a first one on.</summary>
    public static IReadOnlyList<Caught> Go(IReadOnlyList<Mutant> mutants, Func<Mutant, int> first, int most, Action<Caught>? told, CancellationToken stopping)
    {
        var caught = new ConcurrentDictionary<Mutant, Caught>();
        Parallel.ForEach(mutants, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stopping }, mutant =>
        {
            caught[mutant] = Catch(mutant, first(mutant), most);
            told?.Invoke(caught[mutant]);
        });
        return [.. mutants.Select(mutant => caught[mutant])];
    }

    private static Caught Catch(Mutant mutant, int first, int most)
    {
        var found = MutatedCore.Load(mutant.Edits)(first, most, mutant.Invariant);
        var space = found?.IndexOf(' ', StringComparison.Ordinal) ?? 0;
        return found is null ? new Caught(mutant, Seed: null, "nothing was violated")
            : found.StartsWith("0 ", StringComparison.Ordinal) ? new Caught(mutant, Seed: null, $"only another invariant was violated: {found[2..].Split('\n')[0]}")
            : new Caught(mutant, int.Parse(found.AsSpan(0, space), CultureInfo.InvariantCulture), found[(space + 1)..].Split('\n')[0]);
    }
}
