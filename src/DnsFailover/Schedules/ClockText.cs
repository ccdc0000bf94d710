using System.Globalization;

namespace DnsFailover.Schedules;

/// <summary>Times as operators type them.</summary>
internal static class ClockText
{
    /// <summary>The next time that it is <c>15:04</c> in UTC, spelled in full; any other text stays as it is.</summary>
    public static string Parse(string text, DateTimeOffset now)
    {
        if (!TimeOnly.TryParseExact(text, "H:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return text;
        }

        var today = now.UtcDateTime.Date + time.ToTimeSpan();
        return (today > now.UtcDateTime ? today : today.AddDays(1)).ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);
    }
}
