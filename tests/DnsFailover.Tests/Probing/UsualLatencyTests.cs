using DnsFailover.Probing;

namespace DnsFailover.Tests.Probing;

/// <summary>What is usual of a target, and what is far slower than that.</summary>
public class UsualLatencyTests
{
    private static readonly TimeSpan Endless = Timeout.InfiniteTimeSpan;

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void Nothing_is_usual_until_enough_probes_have_passed()
    {
        var usual = new UsualLatency();
        for (var i = 1; i < UsualLatency.Enough; i++)
        {
            usual.Add(Ms(3));
            Assert.Null(usual.Slowest);
        }

        usual.Add(Ms(3));
        Assert.NotNull(usual.Slowest);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.128)]
    [InlineData(1)]
    [InlineData(7.3)]
    [InlineData(50)]
    [InlineData(333)]
    [InlineData(2000)]
    [InlineData(60_000)]
    public void It_is_told_to_a_quarter_and_never_too_low(double milliseconds)
    {
        var usual = new UsualLatency();
        for (var i = 0; i < 60; i++)
        {
            usual.Add(Ms(milliseconds));
        }

        Assert.InRange(usual.Slowest!.Value, Ms(milliseconds), Ms(Math.Max(milliseconds * 1.2501, 0.17)));
    }

    [Fact]
    public void Longer_than_can_be_counted_is_counted_as_the_longest()
    {
        var usual = new UsualLatency();
        for (var i = 0; i < UsualLatency.Enough; i++)
        {
            usual.Add(TimeSpan.FromHours(1));
        }

        Assert.True(usual.Slowest > TimeSpan.FromSeconds(100));
    }

    [Fact]
    public void Of_a_few_the_slowest_counts_and_of_many_one_in_a_hundred_does_not()
    {
        var usual = new UsualLatency();
        for (var i = 0; i < 50; i++)
        {
            usual.Add(Ms(i == 20 ? 400 : 4));
        }

        Assert.True(usual.Slowest >= Ms(400));
        for (var i = 0; i < 100; i++)
        {
            usual.Add(Ms(4));
        }

        Assert.True(usual.Slowest < Ms(6));
    }

    [Fact]
    public void What_was_long_ago_fades()
    {
        var usual = new UsualLatency();
        for (var i = 0; i < 5000; i++)
        {
            usual.Add(Ms(400));
        }

        for (var i = 0; i < 2000; i++)
        {
            usual.Add(Ms(4));
        }

        Assert.True(usual.Slowest < Ms(6));
        for (var i = 0; i < 5; i++)
        {
            usual.Add(Ms(400));
        }

        Assert.True(usual.Slowest >= Ms(400), "what has become usual lately is usual");
    }

    [Fact]
    public void Far_slower_than_usual_has_a_floor_and_is_never_later_than_the_longest()
    {
        Assert.Equal(Ms(50), SlowProbeWatch.SlowAfter(Ms(2), Endless, Ms(500)));
        Assert.Equal(Ms(120), SlowProbeWatch.SlowAfter(Ms(40), Endless, Ms(500)));
        Assert.Null(SlowProbeWatch.SlowAfter(Ms(200), Endless, Ms(500)));
        Assert.Equal(Ms(100), SlowProbeWatch.SlowAfter(Ms(200), Ms(100), Ms(500)));
        Assert.Equal(Ms(50), SlowProbeWatch.SlowAfter(Ms(2), Ms(100), Ms(500)));
        Assert.Equal(Ms(100), SlowProbeWatch.SlowAfter(null, Ms(100), Ms(500)));
        Assert.Null(SlowProbeWatch.SlowAfter(null, Endless, Ms(500)));
        Assert.Null(SlowProbeWatch.SlowAfter(Ms(2), Ms(100), Ms(50)));
        Assert.Null(SlowProbeWatch.SlowAfter(null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
    }
}
