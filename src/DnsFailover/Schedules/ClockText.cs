using System.Globalization;

namespace DnsFailover.Schedules;

/// <summary>Times as operators type them.</summary>
internal static class ClockText
{
    /// <summary>What <see cref="Parse"/> takes, for messages.</summary>
    public const string Expected = "15:04 (UTC), '2026-03-01 15:04' (UTC) or 2026-03-01T15:04Z";

    private const string Full = "yyyy-MM-dd'T'HH:mm'Z'";

    /// <summary>The next time that it is <c>15:04</c> in UTC, or that time of that day, spelled in full; what is spelled in full already stays as it is, and so does what is no time.</summary>
    public static string Parse(string text, DateTimeOffset now)
    {
        if (DateTime.TryParseExact(text, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return day.ToString(Full, CultureInfo.InvariantCulture);
        }

        if (!TimeOnly.TryParseExact(text, "H:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return text;
        }

        var today = now.UtcDateTime.Date + time.ToTimeSpan();
        return (today > now.UtcDateTime ? today : today.AddDays(1)).ToString(Full, CultureInfo.InvariantCulture);
    }
}
