using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Decisions;

public sealed class OwnerMarkTests
{
    private static readonly ServiceDefinition Ours = TwoEndpoints with { Owner = "us" };

    [Fact]
    public void A_name_that_another_controller_has_marked_is_left_alone_also_when_its_endpoint_is_down()
    {
        var decision = DecideWith(Ours, owner: "them");

        Assert.Equal(DecisionKind.Hold, decision.Kind);
        Assert.Equal("owner", decision.Refusal!.Cause);
        Assert.Contains("'them'", decision.Reason, StringComparison.Ordinal);
        Assert.True(decision.Refusal.NeedsOperator);
    }

    [Theory]
    [InlineData("us")]
    [InlineData(null)]
    public void A_name_of_ours_or_without_a_mark_is_moved(string? owner) =>
        Assert.Equal(DecisionKind.Failover, DecideWith(Ours, owner).Kind);

    [Fact]
    public void Adopt_takes_the_name_over() =>
        Assert.Equal(DecisionKind.Failover, DecideWith(Ours with { Adopt = true }, owner: "them").Kind);

    /// <summary>The primary is live and Down, the standby Up.</summary>
    private static Decision DecideWith(ServiceDefinition service, string? owner)
    {
        var once = new HealthRule(Rise: 1, Fall: 1);
        var health = service.Targets.ToDictionary(
            pair => pair.Target,
            pair => TargetHealth.Unproven(Noon).With(Observation(pair.Target, pair.Target.Value == P ? Verdict.Fail : Verdict.Pass, Noon), once, Noon));
        return Decide.For(new Situation(service, RecordType.A, Holding(P) with { Owner = owner }, health, SwitchedAt: null, MayMendTtl: true, Noon));
    }
}
