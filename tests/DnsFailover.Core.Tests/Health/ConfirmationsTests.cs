using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Health;

/// <summary>Which probes make sure of a target. The pace is a second, the timeout two.</summary>
public sealed class ConfirmationsTests
{
    private static readonly TargetId Target = TwoEndpoints.Target(P);

    /// <summary>Three to fall and four to rise, so that none of the two counts is the other.</summary>
    private static readonly HealthRule Rule = new(Rise: 4, Fall: 3);

    private static readonly Confirmations One = Confirmations.None with { Coming = [new Confirmation(7, Noon + Seconds(10))] };

    [Theory]
    [InlineData(9, 1)]
    [InlineData(16.999, 1)]
    [InlineData(17, 0)]
    [InlineData(60, 0)]
    public void A_confirmation_is_waited_for_until_five_seconds_after_its_timeout(double now, int waited) =>
        Assert.Equal(waited, One.After(Observation(Target, Verdict.Pass, Noon), Seconds(2), Noon + Seconds(now)).Coming.Count);

    [Theory]
    [InlineData(12, true)]
    [InlineData(16.999, true)]
    [InlineData(17, false)]
    public void A_slow_probe_of_the_schedule_just_as_long(double now, bool waited) => Assert.Equal(
        waited ? Noon + Seconds(10) : null,
        (Confirmations.None with { SlowSince = Noon + Seconds(10) }).After(Observation(Target, Verdict.Pass, Noon), Seconds(2), Noon + Seconds(now)).SlowSince);

    [Fact]
    public void Its_own_answer_ends_the_wait()
    {
        var both = One with { SlowSince = Noon + Seconds(10) };
        var confirmed = both.After(Observation(Target, Verdict.Fail, Noon + Seconds(10), requestId: 7), Seconds(2), Noon + Seconds(11));
        Assert.Equal((0, Noon + Seconds(10)), (confirmed.Coming.Count, confirmed.SlowSince));
        var ended = both.After(Observation(Target, Verdict.Fail, Noon + Seconds(10)) with { IsScheduled = true }, Seconds(2), Noon + Seconds(11));
        Assert.Equal((1, null), (ended.Coming.Count, ended.SlowSince));
    }

    [Theory]
    [InlineData(Verdict.Inconclusive, 7, 9.999, true)]
    [InlineData(Verdict.Inconclusive, 7, 10, false)] // it has started
    [InlineData(Verdict.Inconclusive, 8, 9, false)]
    [InlineData(Verdict.Fail, 7, 9, false)]
    public void An_answer_before_the_start_is_a_refusal(Verdict verdict, long id, double now, bool refusal) =>
        Assert.Equal(refusal, One.IsRefusal(Observation(Target, verdict, Noon + Seconds(now), id), Noon + Seconds(now)));

    [Theory]
    [InlineData("p1 p2 p3 p4", 60, "")] // nothing speaks against it
    [InlineData("p1 p2 p3 p4 f5", 5.2, "6 7")]
    [InlineData("p1 p2 p3 p4 f5", 9, "9 10")] // never in the past
    [InlineData("p1 p2 p3 p4 f5 f6", 6.2, "7")]
    [InlineData("f1", 1.2, "2 3")]
    [InlineData("p1", 1.2, "2 3 4")]
    [InlineData("p1 p2", 2.2, "3 4")]
    [InlineData("p1 p2 p3", 3.2, "4")]
    [InlineData("f1 f2 f3", 60, "")]
    [InlineData("f1 f2 f3 p4", 4.2, "5 6 7")]
    [InlineData("f1 f2 f3 p4 p5", 5.2, "6 7")]
    [InlineData("", 60, "")]
    [InlineData("i5", 5.2, "6 7 8 9")] // what says nothing is tried again at the same pace
    [InlineData("p1 i5", 5.2, "6 7 8")]
    [InlineData("f3 i2", 3.2, "4 5")]
    public void As_many_are_asked_for_as_the_verdict_still_needs(string observed, double now, string expected) => Assert.Equal(expected, Missing(Confirmations.None, observed, now));

    [Fact]
    public void What_is_under_way_is_counted_on()
    {
        var coming = Confirmations.None with { Coming = [new Confirmation(7, Noon + Seconds(6))] };
        Assert.Equal("7", Missing(coming, "p1 p2 p3 p4 f5", 5.2));
        Assert.Equal("7 8", Missing(coming, "p4.9 p5", 5.2)); // 5 and 6 are two of the four
        var slow = Confirmations.None with { SlowSince = Noon + Seconds(5) };
        Assert.Equal("6 7", Missing(slow, "p1 p2 p3 p4", 5.2));
        Assert.Equal("5.2 6.2 7.2", Missing(slow, "p1", 5.2)); // it says nothing of a rise
    }

    [Theory]
    [InlineData(Verdict.Pass, ReasonClass.Other)]
    [InlineData(Verdict.Fail, ReasonClass.Other)]
    [InlineData(Verdict.Inconclusive, ReasonClass.Other)]
    [InlineData(Verdict.Inconclusive, ReasonClass.Outdated)]
    public void A_probe_of_the_schedule_that_has_ended_is_not_slow_any_more(Verdict verdict, ReasonClass reason)
    {
        var before = Observed.After("p1 p2");
        var seen = Observation(Target, verdict, Noon + Seconds(5)) with { Class = reason };
        var slow = new SlowProbe(Target, Noon + Seconds(5), RequestId: null, IsScheduled: true, Seconds(0.5), Usual: null);
        var (scheduled, other) = (After(before, seen with { IsScheduled = true }), After(before, seen));
        Assert.Null(Confirmations.None.With(slow, scheduled).SlowSince);
        Assert.Null(Confirmations.None.With(slow, After(scheduled, seen)).SlowSince);
        Assert.Equal(slow.StartedAt, Confirmations.None.With(slow, other).SlowSince); // that was another probe
        Assert.Equal(slow.StartedAt + Seconds(1), Confirmations.None.With(slow with { StartedAt = slow.StartedAt + Seconds(1) }, scheduled).SlowSince);
        Assert.Null(Confirmations.None.With(slow with { IsScheduled = false }, other).SlowSince);

        static TargetHealth After(TargetHealth health, Observation seen) => health.With(seen, Primary.Rule, Noon + Seconds(60), Seconds(1));
    }

    [Fact]
    public void A_slow_confirmation_began_when_it_says()
    {
        var slow = new SlowProbe(Target, Noon + Seconds(10.3), RequestId: 7, IsScheduled: false, Seconds(0.5), Usual: null);
        Assert.Equal([new Confirmation(7, Noon + Seconds(10.3))], One.With(slow, Observed.After("p1")).Coming);
        Assert.Equal(One.Coming, One.With(slow with { RequestId = 8 }, Observed.After("p1")).Coming);
    }

    [Fact]
    public void A_slow_probe_says_how_slow()
    {
        var slow = new SlowProbe(Target, Noon, RequestId: null, IsScheduled: true, Seconds(0.052), Usual: Seconds(0.004));
        Assert.Equal("no result after 52 ms, usually within 4 ms", slow.Reason);
        Assert.Equal("no result after 52 ms", (slow with { Usual = null }).Reason);
    }

    private static string Missing(Confirmations confirmations, string observed, double now) => string.Join(
        ' ',
        confirmations.Missing(Observed.After(observed, Rule), Rule, Seconds(1), Noon + Seconds(now)).Select(at => FormattableString.Invariant($"{(at - Noon).TotalSeconds}")));
}
