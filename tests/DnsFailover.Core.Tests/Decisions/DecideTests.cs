using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Decisions;

/// <summary>
/// Each case: what is live, then the health of primary, standby and third in one letter each (<c>u</c>p for an hour,
/// <c>l</c>ately, for two minutes, for <c>h</c>alf a minute, <c>n</c>ewly up, <c>s</c>uspect, <c>d</c>own, <c>?</c> unknown), then what shall be served, or nothing for a hold.
/// </summary>
public sealed class DecideTests
{
    private static readonly DateTimeOffset Now = Noon + Seconds(3600);

    private static readonly ServiceDefinition Three = Service(Primary, Standby, Third);

    [Theory]
    [InlineData("P", "uuu", "")]
    [InlineData("P", "suu", "")]
    [InlineData("P", "?uu", "")]
    [InlineData("P", "duu", "S")]
    [InlineData("P", "dsu", "T")]
    [InlineData("P", "d?u", "T")]
    [InlineData("P", "d??", "")]
    [InlineData("P", "dss", "")]
    [InlineData("P", "ddd", "")]
    [InlineData("P", "dnd", "S")] // a failover does not wait for the failback delay
    [InlineData("S", "uuu", "P")]
    [InlineData("S", "nuu", "")]
    [InlineData("S", "suu", "")]
    [InlineData("S", "ndu", "P")]
    [InlineData("T", "duu", "S")]
    [InlineData("T", "nuu", "")] // the best is awaited, so that traffic does not move twice
    [InlineData("T", "?ud", "S")]
    [InlineData("T", "??u", "")]
    [InlineData("PS", "uuu", "P")]
    [InlineData("PS", "?uu", "")]
    [InlineData("PS", "duu", "S")]
    [InlineData("PS", "d?u", "")]
    [InlineData("", "uuu", "P")]
    [InlineData("", "ddd", "")]
    [InlineData("F", "uuu", "P")]
    [InlineData("PF", "uuu", "P")]
    [InlineData("PF", "ddd", "")]
    public void Failover(string live, string health, string expected) => Check(Three with { Adopt = true, Create = true }, live, health, expected);

    [Theory]
    [InlineData("PS", "uuu", "")]
    [InlineData("PS", "duu", "S")]
    [InlineData("PS", "d?u", "")]
    [InlineData("PS", "ddu", "T")]
    [InlineData("S", "uuu", "PS")]
    [InlineData("S", "nuu", "")]
    [InlineData("T", "nuu", "S")]
    [InlineData("T", "uuu", "PS")]
    public void Equal_priorities(string live, string health, string expected) =>
        Check(Service(Primary, Standby with { Priority = 0 }, Third), live, health, expected);

    [Theory]
    [InlineData("PST", "uuu", "")]
    [InlineData("PST", "udu", "PT")]
    [InlineData("PST", "usu", "")]
    [InlineData("PST", "u?u", "")]
    [InlineData("PST", "d?d", "")]
    [InlineData("PST", "ddd", "")]
    [InlineData("P", "uuu", "PST")]
    [InlineData("P", "unu", "PT")]
    [InlineData("P", "duu", "ST")]
    public void Multivalue(string live, string health, string expected) => Check(Three with { Policy = Policy.Multivalue }, live, health, expected);

    [Theory]
    [InlineData(OnAllDown.Keep, "S", "")]
    [InlineData(OnAllDown.Primary, "S", "P")]
    [InlineData(OnAllDown.Primary, "P", "")]
    [InlineData(OnAllDown.All, "S", "PST")]
    [InlineData(OnAllDown.All, "PST", "")]
    public void When_all_is_down(OnAllDown onAllDown, string live, string expected) => Check(Three with { OnAllDown = onAllDown }, live, "ddd", expected);

    [Theory]
    [InlineData(0, true)]
    [InlineData(59.9, true)]
    [InlineData(60, false)]
    public void The_hold_down_is_as_long_as_minActiveTime(double since, bool held)
    {
        var decision = Decide(TwoEndpoints, "P", "duu", switchedAt: Now - Seconds(since));
        Assert.Equal(held, decision.Refusal is { Cause: "min-active-time" });
        Assert.Equal(held ? Now + Seconds(60 - since) : null, decision.RevisitAt);
    }

    [Fact]
    public void Whoever_newly_gets_traffic_needs_proof_and_nobody_else()
    {
        var decision = Decide(Three with { Policy = Policy.Multivalue }, "PS", "udu", switchedAt: null);
        Assert.Equal([Three.Target(T)], decision.NeedsProof);
        Assert.Equal(DecisionKind.Shift, decision.Kind);
        Assert.False(decision.ChangesSides);
    }

    private static void Check(ServiceDefinition service, string live, string health, string expected)
    {
        var decision = Decide(service, live, health, switchedAt: null);
        var served = string.Concat((decision.Answer?.Members ?? []).Select(member => Letter(member.Target.Value)).Order());
        Assert.True(served == string.Concat(expected.Order()), $"{decision.Kind} to '{served}': {decision.Reason}");
        Assert.NotEmpty(decision.Reason);
        Assert.Equal(expected.Length == 0, decision.Kind == DecisionKind.Hold);
    }

    private static Decision Decide(ServiceDefinition service, string live, string health, DateTimeOffset? switchedAt)
    {
        var records = live.Length == 0 ? NameRecords.Create(Name, []) : Holding([.. live.Select(Value)]);
        var states = service.Targets.Select((pair, index) => (pair.Target, Health: Of(pair.Target, health[index]))).ToDictionary(pair => pair.Target, pair => pair.Health);
        return Core.Decisions.Decide.For(new Situation(service, RecordType.A, records, states, switchedAt, MayMendTtl: true, Now));
    }

    internal static TargetHealth Of(TargetId target, char letter)
    {
        var (observed, at) = letter switch { 'u' => ("pp", Noon), 'l' => ("pp", Now - Seconds(120)), 'h' => ("pp", Now - Seconds(30)), 'n' => ("pp", Now), 's' => ("ppf", Noon), 'd' => ("fff", Now), _ => ("i", Noon) };
        return observed.Aggregate(TargetHealth.Unproven(Noon), (health, one) =>
            health.With(Observation(target, one switch { 'p' => Verdict.Pass, 'f' => Verdict.Fail, _ => Verdict.Inconclusive }, at), Primary.Rule, at));
    }

    internal static string Value(char letter) => letter switch { 'P' => P, 'S' => S, 'T' => T, _ => "203.0.113.9" };

    private static char Letter(string value) => value switch { P => 'P', S => 'S', _ => 'T' };
}
