using System.Globalization;
using DnsFailover.Schedules;

namespace DnsFailover.Tests.Schedules;

/// <summary>The five fields of cron, and what becomes of them when the clocks change.</summary>
public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("0 2 * * SUN", "Sun 11-29 02:00, Sun 12-06 02:00")]
    [InlineData("0 2 * * 0", "Sun 11-29 02:00, Sun 12-06 02:00")]
    [InlineData("0 2 * * 7", "Sun 11-29 02:00, Sun 12-06 02:00")]
    [InlineData("30 9 * * 1-5", "Mon 11-23 09:30, Tue 11-24 09:30")]
    [InlineData("30 9 * * 5-7", "Fri 11-27 09:30, Sat 11-28 09:30")]
    [InlineData("30 9 * * mon,wed", "Mon 11-23 09:30, Wed 11-25 09:30")]
    [InlineData("*/15 4 * * *", "Mon 11-23 04:00, Mon 11-23 04:15")]
    [InlineData("5/30 * * * *", "Sun 11-22 12:05, Sun 11-22 12:35")]
    [InlineData("0 2 1 * *", "Tue 12-01 02:00, Fri 01-01 02:00")]
    [InlineData("0 2 1 * MON", "Mon 11-23 02:00, Mon 11-30 02:00")]
    [InlineData("0 2 24 * MON", "Mon 11-23 02:00, Tue 11-24 02:00")]
    [InlineData("0  0 1 JAN *", "Fri 01-01 00:00, Sat 01-01 00:00")]
    [InlineData("0 0 29 2 *", "Tue 02-29 00:00, Sun 02-29 00:00")]
    [InlineData("0 0 1-7/2 12 *", "Tue 12-01 00:00, Thu 12-03 00:00")]
    public void What_cron_means(string text, string times) => Assert.Equal(times, Times(Parse(text), "2026-11-22T12:00Z", 2, TimeZoneInfo.Utc));

    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T12:00Z", "Sun 03-29 03:00, Mon 03-30 02:30")] // the clocks go from 02:00 to 03:00
    [InlineData("15,45 2 * * *", "2026-03-28T12:00Z", "Sun 03-29 03:00, Mon 03-30 02:15")]
    [InlineData("0 3 * * *", "2026-03-28T12:00Z", "Sun 03-29 03:00, Mon 03-30 03:00")]
    [InlineData("0 * * * *", "2026-03-28T23:30Z", "Sun 03-29 01:00, Sun 03-29 03:00")]
    [InlineData("30 2 * * *", "2026-10-24T12:00Z", "Sun 10-25 02:30, Mon 10-26 02:30")] // 02:00 to 03:00 comes twice
    [InlineData("0 * * * *", "2026-10-24T23:30Z", "Sun 10-25 02:00, Sun 10-25 02:00")]
    public void When_the_clocks_change(string text, string after, string times)
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        Assert.Equal(times, Times(Parse(text).In(berlin), after, 2, berlin));
    }

    [Fact]
    public void A_time_that_comes_twice_is_the_first_of_the_two()
    {
        var first = Parse("30 2 * * *").In(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")).After(At("2026-10-24T12:00Z"), 1).Single();
        Assert.Equal(At("2026-10-25T00:30Z"), first);
    }

    [Theory]
    [InlineData("0 2 * *", "has 4 fields instead of 5")]
    [InlineData("", "has 0 fields instead of 5")]
    [InlineData("0 0 2 * * ?", "has 6 fields instead of 5")]
    [InlineData("@daily", "has 1 field instead of 5")]
    [InlineData("60 2 * * *", "is no schedule: Minute and Second values must be between 0 and 59")]
    [InlineData("0 24 * * *", "is no schedule: Hour values must be between 0 and 23")]
    [InlineData("0 2 30 2 *", "never comes: no month has that day")]
    [InlineData("0 2 31 4,6 *", "never comes: no month has that day")]
    [InlineData("H 2 * * *", "has 'H' where numbers, '*', ranges (1-5), lists (1,3) and steps (*/15) are understood")]
    [InlineData("0 2 L * *", "has 'L' where numbers, '*', ranges (1-5), lists (1,3) and steps (*/15) are understood")]
    [InlineData("0 2 * FOO *", "has the month 'FOO', which is neither 1 to 12 nor JAN to DEC")]
    [InlineData("0 2 * * SUNDAY", "has the day of the week 'SUNDAY', which is neither 0 to 7 nor SUN to SAT")]
    [InlineData("0 2 * * 8", "has the day of the week '8', which is neither 0 to 7 nor SUN to SAT")]
    [InlineData("0 2 */2 * MON", "has steps of one kind of day and a choice of the other, of which no two crons make the same")]
    public void What_is_no_schedule(string text, string complaint)
    {
        Assert.Null(CronSchedule.Parse(text, out var said));
        Assert.Equal(complaint, said);
    }

    [Theory]
    [InlineData("* * * * *", "00:01:00")]
    [InlineData("0 2 * * *", "1.00:00:00")]
    [InlineData("0 0,23 * * *", "01:00:00")]
    [InlineData("0 2 * * SUN", "7.00:00:00")]
    [InlineData("0 2 1 * *", "28.00:00:00")]
    [InlineData("0 2 28,1 * *", "1.00:00:00")]
    [InlineData("0 2 29 2 *", "1461.00:00:00")]
    public void The_shortest_time_from_one_to_the_next(string text, string period) => Assert.Equal(TimeSpan.Parse(period, CultureInfo.InvariantCulture), Parse(text).ShortestPeriod());

    private static CronSchedule Parse(string text)
    {
        var schedule = CronSchedule.Parse(text, out var complaint);
        Assert.True(schedule is not null, complaint);
        return schedule;
    }

    private static string Times(CronSchedule schedule, string after, int count, TimeZoneInfo zone) =>
        string.Join(", ", schedule.After(At(after), count).Select(time => TimeZoneInfo.ConvertTime(time, zone).ToString("ddd MM-dd HH:mm", CultureInfo.InvariantCulture)));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
