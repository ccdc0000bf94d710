namespace DnsFailover.Simulation;

/// <summary>
/// Looks for the fewest faults that still violate the same invariant (delta debugging): halves are left out first, then ever
/// smaller parts, until no single fault can be left out.
/// </summary>
internal static class Shrink
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The same scenario with only the faults that it takes.</summary>
    public static Scenario Of(Scenario scenario, Violation violation, TimeProvider time)
    {
        var began = time.GetTimestamp();
        var faults = scenario.Faults.ToList();
        var part = Math.Max(1, faults.Count / 2);
        while (time.GetElapsedTime(began) < Patience)
        {
            var smaller = WithoutSome(scenario, faults, part, violation);
            if (smaller is not null)
            {
                faults = smaller;
                part = Math.Clamp(part, 1, Math.Max(1, faults.Count / 2));
            }
            else if (part > 1)
            {
                part /= 2;
            }
            else
            {
                break;
            }
        }

        return scenario with { Faults = faults };
    }

    private static List<Fault>? WithoutSome(Scenario scenario, List<Fault> faults, int part, Violation violation)
    {
        for (var from = 0; from < faults.Count; from += part)
        {
            List<Fault> rest = [.. faults.Take(from), .. faults.Skip(from + part)];
            if (Run.Of(scenario with { Faults = rest }).Violation?.Invariant == violation.Invariant)
            {
                return rest;
            }
        }

        return null;
    }
}
