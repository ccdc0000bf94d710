using DnsFailover.Core.Definitions;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Definitions;

public sealed class RecoveryBoundTests
{
    [Fact]
    public void It_adds_up_as_printed()
    {
        var bound = RecoveryBound.Of(TwoEndpoints, Seconds(10));

        Assert.Equal(Seconds(10 + 2 + (2 * 1)), bound.Detection);
        Assert.Equal("interval 10 s + timeout 2 s + (fall 3 − 1) × fastInterval 1 s", bound.DetectionFormula);
        Assert.Equal(Seconds(10), bound.Decision);
        Assert.Equal(Seconds(14 + 10 + 10), bound.ToAnswer);
        Assert.Equal(Seconds(34 + 30), bound.ToClients);
        Assert.Equal(Seconds(60), bound.HoldDown);
    }

    [Fact]
    public void Providers_that_follow_come_after_the_one_that_leads_and_all_at_once()
    {
        var bound = RecoveryBound.Of(TwoEndpoints with { AlsoAt = ["b", "c"] }, Seconds(10), Seconds(3), Seconds(1));

        Assert.Equal(Seconds(10 + 3 + 3), bound.Write);
        Assert.Equal(Seconds(14 + 10 + 16), bound.ToAnswer);
    }

    [Fact]
    public void The_slowest_endpoint_counts()
    {
        var slow = Standby with { Timing = new ProbeTiming(Seconds(60), Seconds(20), Seconds(5)), Rule = new HealthRule(1, 1) };
        var bound = RecoveryBound.Of(Service(Primary, slow) with { Ttl = null }, Seconds(10));

        Assert.Equal(Seconds(80), bound.Detection);
        Assert.Equal("interval 1 min + timeout 20 s", bound.DetectionFormula);
        Assert.Equal(Seconds(20), bound.Decision);
        Assert.Null(bound.ToClients);
    }

    [Fact]
    public void The_proof_that_a_follower_asks_for_may_take_longer_than_its_reading()
    {
        var bound = RecoveryBound.Of(TwoEndpoints with { AlsoAt = ["b"] }, Seconds(10), Seconds(1));

        Assert.Equal(Seconds(10 + 2 + 1), bound.Write);
        Assert.Equal(Seconds(10), RecoveryBound.Of(TwoEndpoints, Seconds(10)).Write);
    }

    [Fact]
    public void What_clients_see_ends_with_the_ttl()
    {
        var bound = RecoveryBound.Of(TwoEndpoints with { Endpoints = [Primary with { Rule = new HealthRule(2, 1) }, Standby] }, Seconds(1));

        Assert.Equal(Seconds(14), bound.Detection); // the standby's, which is slower to fall
        Assert.Equal(Seconds(2), bound.Decision); // a probe takes longer than the provider
        Assert.Equal(Seconds(14 + 2 + 1 + 30), bound.ToClients);
    }

    [Fact]
    public void Control_targets_that_answer_late_hold_the_decision_up()
    {
        var bound = RecoveryBound.Of(TwoEndpoints, Seconds(10));
        Assert.Equal(Seconds(16), bound.With(new SelfCheckRule(4, 2, Seconds(8), Seconds(5))).Decision);
        Assert.Equal(Seconds(10), bound.With(new SelfCheckRule(4, 2, Seconds(2), Seconds(5))).Decision);
        Assert.Equal(bound, bound.With(rule: null));
    }

    [Fact]
    public void A_provider_that_follows_asks_the_control_targets_too()
    {
        var bound = RecoveryBound.Of(TwoEndpoints with { AlsoAt = ["b"] }, Seconds(10), Seconds(3));
        Assert.Equal(Seconds(10 + 3 + 3), bound.Write);
        Assert.Equal(Seconds(10 + 16 + 3), bound.With(new SelfCheckRule(4, 2, Seconds(8), Seconds(5))).Write);
        Assert.Equal(Seconds(16 + 10), bound.With(new SelfCheckRule(4, 2, Seconds(8), Seconds(5))).ToWrite);
    }
}
