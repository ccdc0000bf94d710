using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Decisions;

public sealed class DampingTests
{
    private static readonly FailbackRule Hourly = new(FailbackMode.Auto, Seconds(60)) { FlapWindow = TimeSpan.FromHours(1), LongestDelay = TimeSpan.FromMinutes(30) };

    [Theory]
    [InlineData(0, 60)]
    [InlineData(1, 60)]
    [InlineData(2, 120)]
    [InlineData(3, 240)]
    [InlineData(5, 960)]
    [InlineData(6, 1800)]
    [InlineData(64, 1800)]
    public void The_delay_doubles_with_each_failover_after_the_first_up_to_the_longest(int failovers, double seconds) =>
        Assert.Equal(Seconds(seconds), Damping.DelayAfter(Hourly, failovers));

    [Fact]
    public void A_longest_delay_below_the_delay_does_not_shorten_it() =>
        Assert.Equal(Seconds(60), Damping.DelayAfter(Hourly with { LongestDelay = Seconds(10) }, 5));

    [Fact]
    public void Failovers_outside_the_window_do_not_count()
    {
        Assert.Equal(Seconds(60), Damping.Of(Hourly, [Noon.AddHours(-1), Noon.AddMinutes(-5)], Noon, Noon).Delay);
        Assert.Equal(Seconds(120), Damping.Of(Hourly, [Noon.AddHours(-1).AddSeconds(1), Noon.AddMinutes(-5)], Noon, Noon).Delay);
        Assert.Equal(Seconds(60), Damping.Of(Hourly with { FlapWindow = TimeSpan.Zero }, [Noon, Noon, Noon], Noon, Noon).Delay);
    }

    /// <summary>Three failovers: 4 min. One leaves the window in 10 s, another in 100 s: then 2 min are enough, and 1 min.</summary>
    [Fact]
    public void The_delay_decays_while_it_is_waited_for()
    {
        DateTimeOffset[] failovers = [Noon.AddHours(-1).AddSeconds(10), Noon.AddHours(-1).AddSeconds(100), Noon.AddSeconds(-30)];
        Assert.Equal(Noon.AddSeconds(100), Damping.Of(Hourly, failovers, since: Noon.AddSeconds(-15), Noon).DueAt);
        Assert.Equal(Noon.AddSeconds(60), Damping.Of(Hourly, failovers, since: Noon.AddSeconds(-60), Noon).DueAt);
        Assert.Equal(Noon.AddSeconds(10), Damping.Of(Hourly, failovers, since: Noon.AddSeconds(-115), Noon).DueAt);
        Assert.Equal(Noon, Damping.Of(Hourly, failovers, since: Noon.AddSeconds(-240), Noon).DueAt);
    }

    [Fact]
    public void A_failover_of_a_clock_that_ran_ahead_counts_as_now() =>
        Assert.Equal(Seconds(120), Damping.Of(Hourly, [Noon.AddYears(1), Noon], Noon, Noon).Delay);

    /// <summary>Two failovers a minute or less ago: two minutes, and one as soon as they are out of the window.</summary>
    [Fact]
    public void And_it_leaves_the_window_as_if_it_were_of_now()
    {
        var rule = Hourly with { FlapWindow = Seconds(60) };
        Assert.Equal(Noon.AddSeconds(60), Damping.Of(rule, [Noon.AddYears(1), Noon.AddYears(1)], Noon, Noon).DueAt);
        Assert.Equal(Noon.AddSeconds(60), Damping.Of(rule, [Noon, Noon], Noon, Noon).DueAt);
    }

    [Theory]
    [InlineData(-3600, 0)] // it is never due in the past
    [InlineData(-60, 0)]
    [InlineData(-59, 1)]
    [InlineData(0, 60)]
    public void Without_a_failover_the_delay_counts_from_the_recovery(double since, double due) =>
        Assert.Equal(Noon.AddSeconds(due), Damping.Of(Hourly, [], Noon.AddSeconds(since), Noon).DueAt);

    [Fact]
    public void The_text_has_the_arithmetic()
    {
        Assert.Equal("1 min", Damping.Of(Hourly, [Noon], Noon, Noon).Text);
        Assert.Equal("2 min (delay 1 min, doubled once: 2 failovers within 1 h)", Damping.Of(Hourly, [Noon, Noon], Noon, Noon).Text);
        Assert.Equal("4 min (delay 1 min, doubled twice: 3 failovers within 1 h)", Damping.Of(Hourly, [Noon, Noon, Noon], Noon, Noon).Text);
        Assert.Equal("30 min (delay 1 min, doubled 6 times up to the longest: 7 failovers within 1 h)", Damping.Of(Hourly, Enumerable.Repeat(Noon, 7), Noon, Noon).Text);
    }
}
