using System.Text.Json.Nodes;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Schedules;

namespace DnsFailover.Configuration;

/// <summary>Drills as they stand in the file.</summary>
/// <param name="Schedule">When they begin; null when only an operator begins them.</param>
/// <param name="Name">The canary; null for the usual one.</param>
/// <param name="Live">True when the schedule moves the service itself.</param>
/// <param name="OverdueAfter">So long after the last that passed a person is told; null when nobody is.</param>
/// <param name="Windows">When the service itself may be moved; empty for any time.</param>
internal sealed record DrillEntry(CronSchedule? Schedule, DnsName? Name, bool Live, TimeSpan? OverdueAfter, IReadOnlyList<WindowEntry> Windows);

/// <summary>The keys of <c>drill</c>.</summary>
internal static class DrillKeys
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>More often than this users are not moved to and fro.</summary>
    private static readonly TimeSpan LeastLive = TimeSpan.FromHours(1);

    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

    private static readonly Key<CronSchedule> Schedule = new(
        "schedule",
        new ScalarKind<CronSchedule>(
            "a schedule such as '0 0 4 ? * MON' (second, minute, hour, day of the month, month, day of the week), or cron's five fields such as '0 4 * * MON'",
            () => new JsonObject { ["type"] = "string" },
            text => CronSchedule.ParseEither(text, out var complaint) is { } schedule ? new Parsed<CronSchedule>(schedule) : Parsed<CronSchedule>.No(complaint)),
        "When a drill begins, in Quartz's fields (second, minute, hour, day of the month, month, day of the week; `?` for the kind of day that is not meant) or in cron's five. What was missed while the daemon was stopped is not made up for.")
    { DefaultText = "never by itself" };

    public static readonly Key<DnsName> Name = new("name", Kinds.HostName, "The canary: the name that is moved in place of the service's own. It is in the zone of each of the service's providers, no service has it, and nobody uses it: letters, digits and hyphens. It is created, and keeps the value of an endpoint between drills.") { DefaultText = $"`{DrillRule.DefaultLabel}.` and the service's name" };

    private static readonly Key<bool> Live = new("live", Kinds.Boolean, "`true` lets the schedule move the service itself, with its users, instead of the canary.") { Default = false };

    private static readonly Key<TimeSpan> OverdueAfter = new("overdueAfter", Kinds.Duration(TimeSpan.FromMinutes(1), Day * 400), "So long after the last drill that passed a person is told, once.") { DefaultText = "twice the longest time from one drill of the schedule to the next; without a schedule nobody is told" };

    private static readonly Section Section = new(
        "drill", "Drills: `drill: {schedule: \"0 0 4 ? * MON\", timeZone: Europe/Berlin, overdueAfter: 35d}`, or `off`.", Schedule, WindowKeys.TimeZone, Name, Live, OverdueAfter, WindowKeys.DrillWindows);

    /// <summary>Of a service.</summary>
    public static readonly Key<Limit<DrillEntry>> Drill = new(
        "drill",
        new EitherKind<Limit<DrillEntry>>(Kinds.OneOf(("off", new Limit<DrillEntry>(Rule: null))), new SectionKind<Limit<DrillEntry>>(Section, (values, reading) => Entry(values, reading) is { } entry ? new Limit<DrillEntry>(entry) : null)),
        "Tries the whole way out and back as if the active endpoint were down: on a canary name in the same zone, or on the service itself. `dnsfailover drill` does it at once; what it takes is held against what `dnsfailover validate` promises. Inherited as a whole.")
    { Default = new Limit<DrillEntry>(Rule: null), DefaultText = "none" };

    private static DrillEntry? Entry(Values values, Reading reading)
    {
        if (values.IsBroken(Schedule) || values.IsBroken(WindowKeys.TimeZone) || values.IsBroken(Name))
        {
            return null;
        }

        if (values.TryGet(Name, out var canary) && canary.ToString().Contains('_', StringComparison.Ordinal))
        {
            reading.Error(values.NodeOf(Name), $"name: '{Reading.Shown(values.NodeOf(Name))}' has an underscore; expected letters, digits and hyphens, as every provider takes them");
            return null;
        }

        var schedule = values.TryGet(Schedule, out var written) ? written.In(values.Get(WindowKeys.TimeZone)!) : null;
        var (live, least) = (values.Get(Live), values.Get(Live) ? LeastLive : Least);
        if (schedule?.ShortestPeriod() < least)
        {
            reading.Error(values.NodeOf(Schedule), $"schedule: '{schedule!.Text}' comes every {DurationText.Format(schedule.ShortestPeriod())}; expected at least {DurationText.Format(least)} from one drill to the next{(live ? ", since users are moved" : string.Empty)}");
            return null;
        }

        if (live && schedule is null)
        {
            reading.Error(values.NodeOf(Live), "live: there is no 'schedule' that would move the service; expected a schedule, or no 'live' (`dnsfailover drill --live` needs neither)");
            return null;
        }

        var overdue = values.TryGet(OverdueAfter, out var after) ? after : schedule?.LongestPeriod() * 2;
        if (schedule?.LongestPeriod() is { } longest && overdue < longest && values.IsWritten(OverdueAfter))
        {
            reading.Warn(values.NodeOf(OverdueAfter), $"overdueAfter: {DurationText.Format(after)} is shorter than the {DurationText.Format(longest)} from one drill to the next ('{schedule.Text}'), so that each is overdue before its time; expected more");
        }

        return new DrillEntry(schedule, values.TryGet(Name, out var name) ? name : null, live, overdue, WindowKeys.Entries(values, WindowKeys.DrillWindows, reading));
    }
}
