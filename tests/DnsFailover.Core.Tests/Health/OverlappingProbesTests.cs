using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Health;

/// <summary>Probes end in another order than they began, and some begin within a moment of each other. The pace is a second.</summary>
public sealed class OverlappingProbesTests
{
    private const string Works = "status 200 in 40 ms";

    private const string Refused = "connection refused by 192.0.2.1:443";

    private static readonly HealthRule Windowed = new(Rise: 2, Fall: 5, new FailureWindow(2, 4));

    [Theory]
    [InlineData("p1 p3 f2", Works)] // that was before the newest pass
    [InlineData("p1 p3 p2 f2.5", Works)] // a late pass makes no older failure newer
    [InlineData("p1 p3 f2 f4", $"up, but 1 failure, last: {Refused}")]
    [InlineData("p3 f2 p4", Works)] // two passes in a row, whenever the failure before them is told
    [InlineData("p1 f2 p3", $"not proven yet (1 passed, 0 failed in a row), last: {Works}")]
    public void A_failure_that_began_before_the_newest_pass_is_not_in_a_row_with_it(string observed, string expected) => Assert.Equal(expected, Observed.After(observed).Explain());

    [Theory]
    [InlineData("p1 p3 f2 f3.5", HealthStatus.Down)]
    [InlineData("p1 p3 f2 p4 p5 p6 f7", HealthStatus.Up)]
    [InlineData("p1 p3 f2 p4 p5 f7", HealthStatus.Down)]
    public void But_it_is_one_of_the_last_few(string observed, HealthStatus expected) => Assert.Equal(expected, Observed.After(observed, Windowed).Status);

    [Theory]
    [InlineData("p1 p2 f4 f5 p3", $"up, but 2 failures in a row, last: {Refused}")] // both came after it
    [InlineData("p1 p2 f3 f5 p4", $"up, but 1 failure, last: {Refused}")]
    [InlineData("p1 p2 f3 f5 p6", Works)]
    [InlineData("p1 p2 f3 f5 f4.5 p4.7", $"up, but 1 failure, last: {Refused}")]
    [InlineData("p1 p2 f3 f5 f4.5 p5.5", Works)]
    [InlineData("f1 f2 f3 p2.5", $"3 failures in a row, last: {Refused}")]
    [InlineData("f1 f2 f3 p3.5", $"not proven to work again (1 passed in a row), last failure: {Refused}")]
    [InlineData("f1 f2 f3 f6 f5 p5.5 p7", $"not proven to work again (1 passed in a row), last failure: {Refused}")]
    [InlineData("f1 f2 f3 f6 f5 p6.5 p7.5", Works)]
    public void A_pass_ends_the_failures_that_began_before_it(string observed, string expected) => Assert.Equal(expected, Observed.After(observed).Explain());

    [Fact]
    public void The_newest_of_what_is_conclusive_is_the_one_that_began_last()
    {
        Assert.Equal(Verdict.Fail, Observed.After("p1 p2 f4 p3").Last!.Verdict);
        Assert.Equal(Noon + Seconds(3), Observed.After("p1 p3 f2").Last!.StartedAt);
        Assert.Equal(Noon + Seconds(4), Observed.After("p1 p2 f3 p4").Last!.StartedAt);
        Assert.Equal(Noon + Seconds(3), Observed.After("p1 p2 f4 p3").LastOfAll!.StartedAt);
    }

    [Theory]
    [InlineData("p1 p2 f3 f3.4 f5", $"up, but 2 failures in a row, last: {Refused}")]
    [InlineData("p1 p2 f3 f4 f5", $"3 failures in a row, last: {Refused}")]
    [InlineData("p1 p2 f3 f3.9985", $"up, but 1 failure, last: {Refused}")]
    [InlineData("p1 p2 f3 f3.999", $"up, but 2 failures in a row, last: {Refused}")] // two readings of the clock agree to the millisecond
    [InlineData("f1 f2 f3 f3.4", $"3 failures in a row, last: {Refused}")]
    [InlineData("f1 f2 f3 f4", $"4 failures in a row, last: {Refused}")]
    [InlineData("p1 p1.4", $"not proven yet (1 passed, 0 failed in a row), last: {Works}")]
    [InlineData("p1 p1.4 p2", Works)]
    [InlineData("p1 f1.2 p1.4 p2.4", Works)] // after a failure it is counted from anew
    [InlineData("p1 f1.2 p1.4", $"not proven yet (1 passed, 0 failed in a row), last: {Works}")]
    [InlineData("p3 f2 p3.4", $"not proven yet (1 passed, 0 failed in a row), last: {Works}")] // an older failure starts no new count
    public void What_began_within_a_moment_counts_once(string observed, string expected) => Assert.Equal(expected, Observed.After(observed).Explain());

    [Theory]
    [InlineData("p1 p2 f3 f3.4", HealthStatus.Up)]
    [InlineData("p1 p2 f3 f4", HealthStatus.Down)]
    [InlineData("p1 p2 f3 f3.9 f4.5", HealthStatus.Down)] // the first and the last are far enough apart
    [InlineData("p1 p2 f3 p4 f4.2", HealthStatus.Down)]
    public void Also_among_the_last_few(string observed, HealthStatus expected) => Assert.Equal(expected, Observed.After(observed, Windowed).Status);

    [Fact]
    public void However_long_it_is_down_no_more_is_kept_than_when_it_last_failed()
    {
        Assert.Equal([Noon + Seconds(3)], Observed.After("f1 f2 f3").FailedAt);
        Assert.Equal([Noon + Seconds(6)], Observed.After("f1 f2 f3 f4 f6 f5").FailedAt);
        Assert.Equal([Noon + Seconds(2), Noon + Seconds(3)], Observed.After("p1 f3 f2").FailedAt);
    }

    [Theory]
    [InlineData("p9@9 p10@10 p10.5@10.5 f10.3@10.3", $"up, but 1 failure, last: {Refused}")]
    [InlineData("p9@9 p10@10 f5@5", $"up, but 1 failure, last: {Refused}")]
    [InlineData("p8@8 p9@9 f30@30 p5@5", Works)]
    [InlineData("p8@8 p9@9 f30@30 f5@5", $"up, but 1 failure, last: {Refused}")] // they may have been the same moment
    [InlineData("p8@8 p9@9 f30@30 f5@5 f6@6", $"up, but 2 failures in a row, last: {Refused}")]
    [InlineData("p1@1 p2@2 f3@3 f30@30 f6@6", $"up, but 2 failures in a row, last: {Refused}")] // what does not lie ahead is as it was
    [InlineData("p30@30 p5@5", Works)]
    [InlineData("f30@30 f31@31 f32@32 p5@5 p6@6", Works)]
    public void After_the_clock_was_set_back_the_old_times_are_no_order_to_go_by(string observed, string expected) => Assert.Equal(expected, Observed.After(observed).Explain());

    [Theory]
    [InlineData("p8@9 p10@10 f9@10", Works)]
    [InlineData("p10@10 p9.5@10", $"not proven yet (1 passed, 0 failed in a row), last: {Works}")]
    [InlineData("p1@1 p2@2 f3@3 f1.5@3", $"up, but 1 failure, last: {Refused}")]
    [InlineData("p1@1 p2@2 f3@3 f1.5@4", $"up, but 1 failure, last: {Refused}")]
    public void What_ends_at_the_same_moment_still_began_in_order(string observed, string expected) => Assert.Equal(expected, Observed.After(observed).Explain());

    [Fact]
    public void Trouble_begins_with_the_first_probe_of_it_and_not_in_the_future()
    {
        Assert.Equal(Noon + Seconds(3), Observed.After("p1 p2 f4 f3").FirstFailureAt);
        Assert.Equal(Noon + Seconds(3), Observed.After("p1 p2 f3 f4").FirstFailureAt);
        Assert.Equal(Noon + Seconds(5), Observed.After("p1 p2 f30@5").FirstFailureAt);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(2.5, true)]
    [InlineData(3.001, false)]
    public void Failures_since_a_fault_of_ours_are_forgiven(double since, bool forgiven)
    {
        var health = Observed.After("p1 p2 f3").Forgiven(Noon + Seconds(since), Noon + Seconds(60));
        Assert.Equal(forgiven, health.IsFit);
        Assert.Equal(forgiven ? null : Noon + Seconds(3), health.FirstFailureAt);
        Assert.Equal(forgiven ? HealthStatus.Up : HealthStatus.Down, Observed.With(health, "f5 f6").Status); // it is counted from anew
    }

    [Fact]
    public void So_are_those_before_it_in_the_same_row() => Assert.True(Observed.After("p1 p2 f3 f4").Forgiven(Noon + Seconds(4), Noon + Seconds(60)).IsFit);

    [Theory]
    [InlineData(6, HealthStatus.Unknown)]
    [InlineData(6.001, HealthStatus.Down)]
    public void What_went_down_before_it_stays_down(double since, HealthStatus expected)
    {
        var health = Observed.After("p1@1 p2@2 f3@4 f4@5 f5@6").Forgiven(Noon + Seconds(since), Noon + Seconds(60));
        Assert.Equal(expected, health.Status);
        Assert.Equal(expected == HealthStatus.Down ? Noon + Seconds(6) : Noon + Seconds(60), health.Since);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(3.001, true)]
    public void Probes_that_said_nothing_since_then_are_forgiven_too(double since, bool blind) =>
        Assert.Equal(blind, Observed.After("p1 p2 i3 i4 i5 i6 i7").Forgiven(Noon + Seconds(since), Noon + Seconds(60)).IsBlind);

    [Fact]
    public void It_is_not_waited_for_a_verdict_for_ever()
    {
        Assert.False(Observed.After("i1 i2 i3 i4 p5 f6 i7").IsSettled(Primary.Rule)); // 2 × 3, and two more
        Assert.True(Observed.After("i1 i2 i3 i4 p5 f6 i7 i8").IsSettled(Primary.Rule));
        Assert.True(Observed.After("p1 p2").IsSettled(Primary.Rule));
    }

    [Fact]
    public void Also_what_says_nothing_because_it_was_too_late_counts_for_that()
    {
        var (health, target) = (TargetHealth.Unproven(Noon), TwoEndpoints.Target(P));
        for (var second = 1; second <= 8; second++)
        {
            Assert.False(health.IsSettled(Primary.Rule));
            health = health.With(Observation(target, Verdict.Inconclusive, Noon + Seconds(second)) with { Class = ReasonClass.Outdated }, Primary.Rule, Noon + Seconds(60));
        }

        Assert.True(health.IsSettled(Primary.Rule));
        Assert.False(health.IsBlind); // it says nothing of whether it can be watched
    }
}
