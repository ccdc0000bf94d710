using System.Globalization;
using System.Text;

namespace DnsFailover.Simulation;

/// <summary>Spells out a seed that fails: what was violated, the fewest faults it takes, how it ended, and how to see it again.</summary>
internal static class Report
{
    public const int LastSteps = 60;

    /// <summary>The command that replays a seed.</summary>
    public static string Replay(int seed) => $"dotnet run --project tests/DnsFailover.Simulation -c Release -- --seed {seed.ToString(CultureInfo.InvariantCulture)} --trace";

    public static string Of(int seed, Violation violation, int steps = LastSteps)
    {
        var scenario = Shrink.Of(Scenario.Of(seed), violation, TimeProvider.System);
        var run = Run.Of(scenario, tells: true);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {seed} violates \"{violation.Invariant}\": {violation.What}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  at {violation.At.TotalSeconds:0.000} s; with the fewest faults: {run.Violation?.What} at {run.Violation?.At.TotalSeconds:0.000} s");
        text.AppendLine("the fewest faults that it takes:");
        foreach (var fault in scenario.Faults)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {fault}");
        }

        text.AppendLine("the services:");
        foreach (var service in scenario.Configuration.Services)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {Describe(service)}");
        }

        text.AppendLine("the last steps:");
        foreach (var line in run.Story.TakeLast(steps))
        {
            text.AppendLine(line);
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"to see all of it: {Replay(seed)}");
        return text.ToString();
    }

    private static string Describe(Core.Definitions.ServiceDefinition service) =>
        $"{service.Name} {service.Policy} at {string.Join(", ", service.Providers)}, minActiveTime {service.MinActiveTime.TotalSeconds} s, failback {service.Failback.Mode} {service.Failback.Delay.TotalSeconds} s, onAllDown {service.OnAllDown}, onDrift {service.OnDrift}, adopt {service.Adopt}, create {service.Create}: "
        + string.Join("; ", service.Endpoints.Select(endpoint => $"{endpoint.Name} priority {endpoint.Priority} {string.Join(' ', endpoint.Targets.Select(target => target.Value))} rise {endpoint.Rule.Rise} fall {endpoint.Rule.Fall} interval {endpoint.Timing.Interval.TotalSeconds} s timeout {endpoint.Timing.Timeout.TotalSeconds} s"));
}
