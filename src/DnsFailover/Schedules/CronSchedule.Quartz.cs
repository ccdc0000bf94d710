using Quartz;

namespace DnsFailover.Schedules;

/// <summary>As Quartz spells times: with the second in front, <c>?</c> for the kind of day that is not meant, and perhaps the year at the end.</summary>
internal sealed partial class CronSchedule
{
    /// <summary>What came before, and does not come again, is no schedule.</summary>
    private static readonly DateTimeOffset Lately = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A schedule in UTC, in cron's five fields or in Quartz's six or seven; null with what is wrong with the text, to follow it in quotes.</summary>
    public static CronSchedule? ParseEither(string text, out string complaint)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length is < 6 or > 7)
        {
            return Parse(text, out complaint);
        }

        try
        {
            var spelled = string.Join(' ', fields);
            var schedule = new CronSchedule(spelled, CronExpression.Parse(spelled, CronFormat.Quartz).WithTimeZone(TimeZoneInfo.Utc), TimeZoneInfo.Utc);
            complaint = schedule.After(Lately, 1).Any() ? string.Empty : "never comes: no day is like that, or its years are over";
            return complaint.Length == 0 ? schedule : null;
        }
        catch (FormatException exception)
        {
            complaint = $"is no schedule: {exception.Message.TrimEnd('.')}";
            return null;
        }
    }

    /// <summary>The longest time from one to the next, the clocks running evenly; null when it comes but once.</summary>
    public TimeSpan? LongestPeriod()
    {
        const int Sample = 400; // a year of what comes daily, with its leap day
        var (longest, previous) = ((TimeSpan?)null, (DateTimeOffset?)null);
        foreach (var time in In(TimeZoneInfo.Utc).After(new DateTimeOffset(2023, 12, 31, 23, 59, 0, TimeSpan.Zero), Sample))
        {
            longest = time - previous is { } period && !(period <= longest) ? period : longest;
            previous = time;
        }

        return longest;
    }
}
