using System.Globalization;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Schedules;

namespace DnsFailover.Tests.Schedules;

public sealed class WindowCalendarTests
{
    private static readonly DnsName Api = DnsName.Parse("api.example.com");
    private static readonly DateTimeOffset Noon = At("2026-11-22T12:00Z"); // a Sunday

    [Fact]
    public void What_is_near_is_what_is_in_effect_and_what_begins_within_two_days()
    {
        var calendar = new WindowCalendar([Daily("0 11 * * *", "2h"), Daily("0 10 * * *", "2h"), Daily("0 2 * * WED", "1h")]);

        Assert.Equal(["11-22 11:00", "11-23 10:00", "11-23 11:00", "11-24 10:00", "11-24 11:00"], calendar.Near(Noon).Select(window => $"{window.From:MM-dd HH:mm}"));
    }

    [Fact]
    public void A_window_ends_after_its_length_whatever_the_clocks_are_set_to_meanwhile()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var calendar = new WindowCalendar([Daily("0 1 * * *", "3h", berlin)]);

        var window = calendar.Near(At("2026-10-24T20:00Z"))[0];

        Assert.Equal((At("2026-10-24T23:00Z"), At("2026-10-25T02:00Z")), (window.From, window.Until));
        Assert.Equal("Sun 2026-10-25 01:00 to 03:00 Europe/Berlin", WindowText.Of(window.From, window.Until, berlin));
    }

    [Fact]
    public void What_comes_each_minute_is_bounded_and_still_reaches_beyond_the_next_time_that_it_is_told()
    {
        var near = new WindowCalendar([Daily("* * * * *", "1m")]).Near(Noon);

        Assert.InRange(near.Count, 100, 500);
        Assert.True(near[^1].From > Noon + TimeSpan.FromHours(2));
    }

    [Fact]
    public void The_next_one_of_each_schedule_is_told_however_far_away_and_that_in_effect_first()
    {
        var calendar = new WindowCalendar([Daily("0 2 1 1 *", "1h"), Daily("0 11 * * *", "2h"), Daily("0 11 * * *", "2h") with { Service = DnsName.Parse("shop.example.com") }]);

        Assert.Equal(["2027-01-01 02:00", "2026-11-22 11:00"], calendar.Next(Api, Noon).Select(pair => $"{pair.Window.From:yyyy-MM-dd HH:mm}"));
        Assert.Empty(calendar.Next(DnsName.Parse("other.example.com"), Noon));
    }

    [Theory]
    [InlineData("15:04", "2026-11-22T15:04Z")]
    [InlineData("9:30", "2026-11-23T09:30Z")]
    [InlineData("12:00", "2026-11-23T12:00Z")]
    [InlineData("2026-12-01T10:00+01:00", "2026-12-01T10:00+01:00")]
    [InlineData("2026-12-01 10:00", "2026-12-01T10:00Z")]
    [InlineData("soon", "soon")]
    public void A_time_of_day_is_the_next_one_in_utc(string text, string time) => Assert.Equal(time, ClockText.Parse(text, Noon));

    [Theory]
    [InlineData(30, "12:00:30 UTC")]
    [InlineData(90, "12:01:30 UTC")]
    [InlineData(60, "12:01 UTC")]
    [InlineData(3690, "13:01 UTC")]
    [InlineData(13 * 3600, "2026-11-23 01:00 UTC")]
    public void The_end_of_what_is_short_is_told_to_the_second(int seconds, string text) => Assert.Equal(text, WindowText.Of(Noon.AddSeconds(seconds), Noon));

    private static WindowSchedule Daily(string schedule, string duration, TimeZoneInfo? zone = null) => new(
        WindowKind.Maintenance,
        Api,
        Endpoint: null,
        CronSchedule.Parse(schedule, out _)!.In(zone ?? TimeZoneInfo.Utc),
        DnsFailover.Configuration.Schema.DurationText.TryParse(duration, out var length) ? length : throw new FormatException(duration),
        "backup");

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
