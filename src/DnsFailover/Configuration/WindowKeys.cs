using System.Security;
using System.Text.Json.Nodes;
using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core.Definitions;
using DnsFailover.Schedules;

namespace DnsFailover.Configuration;

/// <summary>A planned time as it stands in the file.</summary>
/// <param name="Schedule">When it begins.</param>
/// <param name="Duration">How long it lasts.</param>
/// <param name="Reason">Why.</param>
/// <param name="Endpoint">The endpoint that it is for; null for the whole service.</param>
/// <param name="EndpointNode">Where that stands.</param>
internal sealed record WindowEntry(CronSchedule Schedule, TimeSpan Duration, string Reason, string? Endpoint, YamlNode? EndpointNode);

/// <summary>The way back, and the planned times for it.</summary>
internal sealed record FailbackPlan(FailbackRule Rule, IReadOnlyList<WindowEntry> Windows);

/// <summary>The keys of planned times: maintenance, and the windows of failback.</summary>
internal static class WindowKeys
{
    private const int MostWindows = 20;

    private static readonly Key<CronSchedule> Schedule = new(
        "schedule",
        new ScalarKind<CronSchedule>(
            "a cron schedule such as '0 2 * * SUN' (minute, hour, day of the month, month, day of the week)",
            () => new JsonObject { ["type"] = "string" },
            text => CronSchedule.Parse(text, out var complaint) is { } schedule ? new Parsed<CronSchedule>(schedule) : Parsed<CronSchedule>.No(complaint)),
        "When it begins, in cron's five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday). When both days are given, either is enough.")
    { Required = true };

    private static readonly Key<TimeSpan> Duration = new("duration", Kinds.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)), "How long it lasts, whatever the clocks are set to meanwhile. Not longer than from one to the next.") { Required = true };

    public static readonly Key<TimeZoneInfo> TimeZone = new(
        "timeZone",
        new ScalarKind<TimeZoneInfo>("an IANA time zone such as Europe/Berlin", () => new JsonObject { ["type"] = "string" }, ParseZone, zone => zone.Id),
        "Whose clocks `schedule` goes by. A time that is skipped when they are put forward begins when they are; one that comes twice when they are put back begins the first time.")
    { Default = TimeZoneInfo.Utc };

    private static readonly Key<string> Reason = new("reason", Kinds.Text, "Why, for status, logs and alerts.") { Default = "planned maintenance" };

    private static readonly Key<string> Endpoint = new("endpoint", Kinds.Identifier, "The endpoint that traffic is kept off meanwhile, as long as another one works.") { DefaultText = "none: the service is held as it is, whatever fails" };

    private static readonly Section MaintenanceSection = new(
        "maintenance", "A planned time of maintenance: `{schedule: \"0 2 * * SUN\", duration: 2h, timeZone: Europe/Berlin, endpoint: render}`.", Schedule, Duration, TimeZone, Reason, Endpoint);

    private static readonly Section FailbackWindow = new(
        "failback window", "A planned time in which traffic may return to a preferred endpoint: `{schedule: \"0 9 * * 1-5\", duration: 8h}`.", Schedule, Duration, TimeZone);

    /// <summary>Of a service.</summary>
    public static readonly Key<IReadOnlyList<Placed<WindowEntry>>> Maintenance = new(
        "maintenance",
        new ListKind<WindowEntry>(new SectionKind<WindowEntry>(MaintenanceSection, Entry), "planned times", mayBeEmpty: true),
        "Planned times in which traffic is kept off an endpoint, or the whole service is held as it is. `dnsfailover validate` shows the next one of each. Inherited as a whole.")
    { DefaultText = "none" };

    /// <summary>Of <c>failback</c>.</summary>
    public static readonly Key<IReadOnlyList<Placed<WindowEntry>>> FailbackWindows = new(
        "windows",
        new ListKind<WindowEntry>(new SectionKind<WindowEntry>(FailbackWindow, Entry), "planned times", mayBeEmpty: true),
        "Traffic returns only within these planned times; a recovery at another time waits for the next one.")
    { DefaultText = "at any time" };

    private static readonly Section DrillWindow = new(
        "drill window", "A planned time in which the service itself may be moved for a drill: `{schedule: \"0 4 * * 1-5\", duration: 2h}`.", Schedule, Duration, TimeZone);

    /// <summary>Of <c>drill</c>.</summary>
    public static readonly Key<IReadOnlyList<Placed<WindowEntry>>> DrillWindows = new(
        "windows",
        new ListKind<WindowEntry>(new SectionKind<WindowEntry>(DrillWindow, Entry), "planned times", mayBeEmpty: true),
        "The service itself is moved for a drill only within these planned times, whoever asks for it.")
    { DefaultText = "at any time, when an operator says `--yes` or `live` is set" };

    /// <summary>A list without the places; one that is too long is complained about.</summary>
    public static IReadOnlyList<WindowEntry> Entries(Values values, Key<IReadOnlyList<Placed<WindowEntry>>> key, Reading reading)
    {
        var entries = values.TryGet(key, out var written) ? written : [];
        if (entries.Count > MostWindows)
        {
            reading.Error(values.NodeOf(key), $"{key.Name}: there are {entries.Count} planned times; expected at most {MostWindows}");
        }

        return [.. entries.Select(entry => entry.Value)];
    }

    private static WindowEntry? Entry(Values values, Reading reading)
    {
        if (!values.TryGet(Schedule, out var schedule) || !values.TryGet(Duration, out var duration) || values.IsBroken(TimeZone))
        {
            return null;
        }

        if (schedule.ShortestPeriod() is var period && duration > period)
        {
            reading.Error(values.NodeOf(Duration), $"duration: {DurationText.Format(duration)} is longer than the {DurationText.Format(period)} from one to the next ('{schedule.Text}'); expected at most {DurationText.Format(period)}");
            return null;
        }

        var endpoint = values.TryGet(Endpoint, out var name) ? name : null;
        return new WindowEntry(schedule.In(values.Get(TimeZone)!), duration, values.Get(Reason)!, endpoint, endpoint is null ? null : values.NodeOf(Endpoint));
    }

    private static Parsed<TimeZoneInfo> ParseZone(string text)
    {
        try
        {
            return new Parsed<TimeZoneInfo>(TimeZoneInfo.FindSystemTimeZoneById(text));
        }
        catch (Exception exception) when (exception is TimeZoneNotFoundException or InvalidTimeZoneException or SecurityException)
        {
            var known = TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).ToList();
            return known.Count < 2
                ? Parsed<TimeZoneInfo>.No("cannot be looked up, as this machine has no time zones (install tzdata)")
                : Parsed<TimeZoneInfo>.No("is not known here", Nearest.Of(text, known) ?? known.Find(id => id.EndsWith("/" + text, StringComparison.OrdinalIgnoreCase)));
        }
    }
}
