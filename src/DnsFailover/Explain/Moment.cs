using System.Globalization;
using DnsFailover.Configuration.Schema;

namespace DnsFailover.Explain;

/// <summary>Times as operators write and read them: UTC first, since that is what every machine agrees on, and the local one beside it.</summary>
internal static class Moment
{
    private static readonly string[] Clocks = ["HH:mm", "HH:mm:ss", "HH:mm:ss.fff"];

    /// <summary>What <see cref="TryParse"/> takes, for messages.</summary>
    public const string Expected = "2026-03-01T14:02:10Z, '2026-03-01 14:02' (UTC), 14:02 (the last time that it was that, UTC) or 90m (so long ago)";

    /// <summary>Reads a time; one without an offset is UTC, one without a day is the last such time, a duration is so long ago.</summary>
    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset at)
    {
        if (DurationText.TryParse(text, out var ago))
        {
            at = ago < now - DateTimeOffset.UnixEpoch ? now - ago : DateTimeOffset.UnixEpoch;
            return true;
        }

        if (TimeOnly.TryParseExact(text.TrimEnd('Z'), Clocks, CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock))
        {
            at = new DateTimeOffset(now.UtcDateTime.Date + clock.ToTimeSpan(), TimeSpan.Zero);
            at = at > now ? at.AddDays(-1) : at;
            return true;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);
    }

    /// <summary>For example <c>2026-03-01 14:02:10 UTC (15:02:10 local)</c>; the local one only where it differs.</summary>
    public static string Of(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var day = local.Date == at.UtcDateTime.Date ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss";
        return local.Offset == TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")
            : string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC ({local.ToString(day, CultureInfo.InvariantCulture)} local)");
    }

    /// <summary>The time of day in UTC, to the millisecond.</summary>
    public static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
