using System.Globalization;

namespace DnsFailover.Schedules;

/// <summary>Times for people.</summary>
internal static class WindowText
{
    /// <summary>A moment in UTC, with its date unless that is today's, and with seconds where they matter: <c>15:04 UTC</c>.</summary>
    public static string Of(DateTimeOffset time, DateTimeOffset now)
    {
        var clock = (time - now).Duration() < TimeSpan.FromMinutes(10) && time.UtcDateTime.Second > 0 ? "HH:mm:ss" : "HH:mm";
        return time.UtcDateTime.ToString(time.UtcDateTime.Date == now.UtcDateTime.Date ? $"{clock} 'UTC'" : $"yyyy-MM-dd {clock} 'UTC'", CultureInfo.InvariantCulture);
    }

    /// <summary>From when to when by the clocks of a zone: <c>Sun 2026-11-29 02:00 to 04:00 Europe/Berlin</c>.</summary>
    public static string Of(DateTimeOffset from, DateTimeOffset until, TimeZoneInfo zone)
    {
        var (begin, end) = (TimeZoneInfo.ConvertTime(from, zone), TimeZoneInfo.ConvertTime(until, zone));
        return string.Create(CultureInfo.InvariantCulture, $"{begin:ddd yyyy-MM-dd HH:mm} to {end.ToString(begin.Date == end.Date ? "HH:mm" : "ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} {zone.Id}");
    }
}
