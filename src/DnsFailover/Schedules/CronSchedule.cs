using System.Text.RegularExpressions;
using Quartz;

namespace DnsFailover.Schedules;

/// <summary>
/// Times of day in a time zone, as crontab(5) spells them: minute, hour, day of the month, month, day of the week. When
/// both days are given, either is enough, as in cron.
/// <para>
/// A time that does not exist, because the clocks are put forward over it, is the moment they are; one that comes twice,
/// because they are put back, is the first of the two.
/// </para>
/// </summary>
internal sealed partial class CronSchedule : IEquatable<CronSchedule>
{
    private readonly CronExpression _expression;

    private CronSchedule(string text, CronExpression expression, TimeZoneInfo zone) => (Text, _expression, Zone) = (text, expression, zone);

    /// <summary>As written, with single spaces.</summary>
    public string Text { get; }

    /// <summary>Whose clocks are meant.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>The same times by the clocks of another zone.</summary>
    public CronSchedule In(TimeZoneInfo zone) => new(Text, _expression.WithTimeZone(zone), zone);

    /// <summary>A schedule in UTC; null with what is wrong with the text, to follow it in quotes.</summary>
    public static CronSchedule? Parse(string text, out string complaint)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        complaint = fields.Length != 5 ? $"has {fields.Length} field{(fields.Length == 1 ? string.Empty : "s")} instead of 5"
            : Array.Find(fields[..3], field => !Numbers().IsMatch(field)) is { } number ? $"has '{number}' where numbers, '*', ranges (1-5), lists (1,3) and steps (*/15) are understood"
            : !Months().IsMatch(fields[3]) ? $"has the month '{fields[3]}', which is neither 1 to 12 nor JAN to DEC"
            : !Days().IsMatch(fields[4]) ? $"has the day of the week '{fields[4]}', which is neither 0 to 7 nor SUN to SAT"
            : (fields[2][0] == '*' && fields[4][0] == '*') || fields[2] == "*" || fields[4] == "*" || (fields[2][0] != '*' && fields[4][0] != '*') ? string.Empty
            : "has steps of one kind of day and a choice of the other, of which no two crons make the same";
        if (complaint.Length > 0)
        {
            return null;
        }

        try
        {
            var expression = CronExpression.Parse(string.Join(' ', fields), CronFormat.Unix).WithTimeZone(TimeZoneInfo.Utc);
            var schedule = new CronSchedule(string.Join(' ', fields), expression, TimeZoneInfo.Utc);
            complaint = schedule.After(DateTimeOffset.UnixEpoch, 1).Any() ? string.Empty : "never comes: no month has that day";
            return complaint.Length == 0 ? schedule : null;
        }
        catch (FormatException exception)
        {
            complaint = $"is no schedule: {exception.Message.TrimEnd('.')}";
            return null;
        }
    }

    /// <summary>The times after this one, so many at the most.</summary>
    public IEnumerable<DateTimeOffset> After(DateTimeOffset time, int most)
    {
        for (var count = 0; count < most && _expression.GetNextValidTimeAfter(time) is { } next; count++)
        {
            time = next;
            yield return next.ToUniversalTime();
        }
    }

    /// <summary>The shortest time from one to the next, the clocks running evenly; as long as several years when it is that rare.</summary>
    public TimeSpan ShortestPeriod()
    {
        const int Sample = 400; // a year of what comes daily, with its leap day
        var (shortest, previous) = (TimeSpan.MaxValue, (DateTimeOffset?)null);
        foreach (var time in In(TimeZoneInfo.Utc).After(new DateTimeOffset(2023, 12, 31, 23, 59, 0, TimeSpan.Zero), Sample).TakeWhile(time => time.Year < 2034))
        {
            shortest = time - previous is { } period && period < shortest ? period : shortest;
            previous = time;
        }

        return shortest;
    }

    /// <inheritdoc/>
    public bool Equals(CronSchedule? other) => other is not null && Text == other.Text && Zone.Id == other.Zone.Id;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CronSchedule);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Text, Zone.Id);

    /// <inheritdoc/>
    public override string ToString() => $"{Text} {Zone.Id}";

    [GeneratedRegex(@"^(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?(,(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?){0,59}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Numbers();

    [GeneratedRegex(@"^(\*|([0-9]{1,2}|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(-([0-9]{1,2}|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))?)(/[0-9]{1,2})?(,([0-9]{1,2}|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(-([0-9]{1,2}|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))?){0,11}$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Months();

    [GeneratedRegex(@"^(\*|([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(-([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT))?)(/[0-9])?(,([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(-([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT))?){0,6}$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Days();
}
