namespace DnsFailover.Core;

/// <summary>Wording that every sentence shares.</summary>
public static class Text
{
    /// <summary>A length of time for people: <c>40 ms</c>, <c>2.1 s</c>, <c>3 min 12 s</c>, <c>2 h 5 min</c>.</summary>
    public static string Of(TimeSpan time) => time switch
    {
        _ when time < TimeSpan.Zero => "0 s",
        _ when time < TimeSpan.FromMilliseconds(10) => string.Create(null, $"{time.TotalMilliseconds:0.#} ms"),
        _ when time < TimeSpan.FromSeconds(1) => string.Create(null, $"{time.TotalMilliseconds:0} ms"),
        _ when time < TimeSpan.FromMinutes(1) => string.Create(null, $"{time.TotalSeconds:0.#} s"),
        _ when time < TimeSpan.FromHours(1) => Pair((long)time.TotalMinutes, "min", time.Seconds, "s"),
        _ when time < TimeSpan.FromDays(1) => Pair((long)time.TotalHours, "h", time.Minutes, "min"),
        _ => Pair((long)time.TotalDays, "d", time.Hours, "h"),
    };

    /// <summary>An enum value as failover.yaml spells it.</summary>
    public static string Of(Enum value) => value.ToString().ToLowerInvariant();

    private static string Pair(long whole, string unit, int part, string smaller) => part == 0 ? $"{whole} {unit}" : $"{whole} {unit} {part} {smaller}";
}
