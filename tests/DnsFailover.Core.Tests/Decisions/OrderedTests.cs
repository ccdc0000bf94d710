using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Decisions;

/// <summary>What a decision does that an operator asked for, beyond its reason: its titles, its pace, and what may hold it back.</summary>
public sealed class OrderedTests
{
    private static readonly DateTimeOffset Now = Noon + Seconds(3600);

    [Theory]
    [InlineData("P", "uss", "drain primary", "is not moved away from primary")]
    [InlineData("PS", "uud", "drain primary, drain standby, multivalue", "is not moved away from primary and standby")]
    [InlineData("S", "udu", "force standby", "is forced to standby, which is down")]
    [InlineData("P", "duu", "force nowhere", "keeps A records that do not work")]
    [InlineData("S", "uuu", "approve", "waits for approval to fail back")]
    public void A_refusal_has_a_title(string live, string health, string special, string expected) =>
        Assert.Equal(expected, Decide.For(ReasonTests.Situation(live, health, special)).Refusal?.Title);

    [Fact]
    public void What_is_forced_to_an_endpoint_without_a_value_of_the_type_and_down_says_so()
    {
        var refusal = Decide.For(ReasonTests.Situation("P", "duu", "force nowhere")).Refusal!;
        Assert.Equal("primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2), third (192.0.2.3) work, but the name is forced to nowhere by alice until 2026-03-01 13:01 UTC: release, and nowhere has no A value", refusal.Reason);
        Assert.Null(Decide.For(ReasonTests.Situation("S", "duu", "force nowhere")).Refusal); // what has the traffic works
    }

    /// <summary>The word is good for one move at once; the newest of several words counts.</summary>
    [Theory]
    [InlineData(60, 10, true)]
    [InlineData(10, 60, true)]
    [InlineData(60, 30, false)]
    public void A_drain_that_was_said_after_the_last_switch_does_not_wait(double first, double second, bool moves)
    {
        var situation = ReasonTests.Situation("PS", "uuu", "multivalue, switched 20") with { Orders = new Orders { Drains = [Drain("primary", first), Drain("standby", second)] } };
        Assert.Equal(moves ? DecisionKind.Forced : DecisionKind.Hold, Decide.For(situation).Kind);
    }

    /// <summary>Only what fails, and what newly gets traffic, may be a fault of ours.</summary>
    [Theory]
    [InlineData("PST", "uuu", "weighted", DecisionKind.Shift)]
    [InlineData("PS", "uuu", "weighted", DecisionKind.Hold)]
    [InlineData("PST", "udu", "weighted", DecisionKind.Hold)]
    [InlineData("PST", "uuu", "", DecisionKind.Shift)]
    public void Tidying_up_does_not_wait_for_the_other_services(string live, string health, string special, DecisionKind expected)
    {
        var full = new VelocityFigures(new VelocityRule(1, Seconds(10)), Taken: 1, Ahead: 0, First: null, FreeAt: Now + Seconds(5));
        var decision = Decide.For(ReasonTests.Situation(live, health, special) with { Around = Circumstances.None with { Fleet = _ => new FleetFigures(full, Share: null) } });
        Assert.Equal(expected, decision.Kind);
        Assert.Equal(expected == DecisionKind.Hold ? "velocity" : null, decision.Refusal?.Cause);
        Assert.Equal(expected == DecisionKind.Hold ? Now + Seconds(5) : null, decision.RevisitAt);
    }

    private static Order Drain(string endpoint, double ago) => new(OverrideKind.Drain, endpoint, endpoint + " drained", "alice", "release", Now - Seconds(ago), Now + Seconds(60));
}
