namespace DnsFailover.Notifications;

/// <summary>Durations as people say them.</summary>
internal static class DurationText
{
    /// <summary><c>12 ms</c>, <c>2.1 s</c>, <c>42 s</c>, <c>3 min 12 s</c>, <c>2 h 5 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Humane(TimeSpan duration)
    {
        // Each unit is chosen after rounding, so that 999.7 ms is 1.0 s and 59.96 s is 1 min.
        if (duration < TimeSpan.Zero)
        {
            return "-" + Humane(duration == TimeSpan.MinValue ? TimeSpan.MaxValue : -duration);
        }

        if (duration < TimeSpan.FromMilliseconds(0.5))
        {
            return duration == TimeSpan.Zero ? "0 ms" : "<1 ms";
        }

        if (duration < TimeSpan.FromMilliseconds(999.5))
        {
            return $"{Math.Round(duration.TotalMilliseconds, MidpointRounding.AwayFromZero):0} ms";
        }

        if (duration < TimeSpan.FromSeconds(9.95))
        {
            return $"{Math.Round(duration.TotalSeconds, 1, MidpointRounding.AwayFromZero):0.0} s";
        }

        var seconds = (long)Math.Round(duration.TotalSeconds, MidpointRounding.AwayFromZero);
        return seconds switch
        {
            < 60 => $"{seconds} s",
            < 3600 => Two(seconds / 60, "min", seconds % 60, "s"),
            < 86_400 => Two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
            _ => Two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
        };
    }

    private static string Two(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";
}
