using System.Globalization;

namespace DnsFailover.Core;

/// <summary>Wording that every sentence shares.</summary>
public static class Text
{
    /// <summary>A length of time for people: <c>0.7 ms</c>, <c>40 ms</c>, <c>2.1 s</c>, <c>3 min 12 s</c>, <c>2 h 5 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Of(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
        {
            return "-" + Of(time == TimeSpan.MinValue ? TimeSpan.MaxValue : -time);
        }

        // Each unit is chosen after rounding, so that 999.7 ms is 1 s and 59.96 s is 1 min.
        var milliseconds = Math.Round(time.TotalMilliseconds, time < TimeSpan.FromMilliseconds(10) ? 1 : 0, MidpointRounding.AwayFromZero);
        if (milliseconds < 1000)
        {
            return milliseconds > 0 || time == TimeSpan.Zero ? string.Create(null, $"{milliseconds:0.#} ms") : "<0.1 ms";
        }

        var seconds = Math.Round(time.TotalSeconds, time < TimeSpan.FromSeconds(10) ? 2 : 1, MidpointRounding.AwayFromZero);
        var whole = (long)Math.Round(time.TotalSeconds, MidpointRounding.AwayFromZero);
        return seconds < 60 ? string.Create(null, $"{seconds:0.##} s") : whole switch
        {
            < 3600 => Pair(whole / 60, "min", whole % 60, "s"),
            < 86_400 => Pair(whole / 3600, "h", whole % 3600 / 60, "min"),
            _ => Pair(whole / 86_400, "d", whole % 86_400 / 3600, "h"),
        };
    }

    /// <summary>A moment for people, to the minute: <c>2026-03-01 14:00 UTC</c>.</summary>
    public static string At(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime:yyyy-MM-dd HH:mm} UTC");

    /// <summary>Names the decision that a change of a service comes from, in log, alerts and traces: <c>api.example.com#17</c>.</summary>
    public static string DecisionId(Records.DnsName? service, long changeId) => string.Create(CultureInfo.InvariantCulture, $"{service}#{changeId}");

    /// <summary>An enum value as failover.yaml spells it.</summary>
    public static string Of(Enum value) => value.ToString().ToLowerInvariant();

    private static string Pair(long whole, string unit, long part, string smaller) => part == 0 ? $"{whole} {unit}" : $"{whole} {unit} {part} {smaller}";
}
