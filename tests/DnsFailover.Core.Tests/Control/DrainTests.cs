using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class DrainTests
{
    private static readonly ServiceDefinition Three = Service(Primary, Standby, Third);

    [Fact]
    public void Traffic_moves_to_the_best_other_with_fresh_proof_and_returns_by_the_ordinary_rules()
    {
        var watch = Watch.Settled(Three, P).Says(OverrideKind.Drain, "primary");
        watch.RunUntil(() => watch.Published() is [S], within: 3, "the move");
        var intent = Assert.Single(watch.Intents);
        Assert.Equal(DecisionKind.Forced, intent.Decision);
        Assert.Equal("primary drained by alice until 2026-03-01 13:00 UTC: release; standby (192.0.2.2) is up", intent.Reason);
        Assert.Contains(intent.Evidence, evidence => evidence.Contains("standby", StringComparison.Ordinal));

        watch.Run(20).TakesBack(OverrideKind.Drain, "primary").Run(30);
        Assert.Equal([S], watch.Published());
        watch.RunUntil(() => watch.Published() is [P], within: 20, "the failback, after its delay").Run(1);
        Assert.Equal([AlertKind.Override, AlertKind.Override, AlertKind.Override, AlertKind.Failback], watch.AlertKinds);
    }

    [Fact]
    public void It_is_not_held_back_by_minActiveTime()
    {
        var watch = Watch.Settled(Three with { MinActiveTime = Seconds(600) }, P);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 30, "the failover");
        watch.Says(OverrideKind.Drain, "standby").RunUntil(() => watch.Published() is [T], within: 3, "the move");
    }

    [Fact]
    public void A_drained_standby_gets_nothing_as_long_as_another_works()
    {
        var watch = Watch.Settled(Three, P).Says(OverrideKind.Drain, "standby");
        watch.Fails(P).RunUntil(() => watch.Published() is not [P], within: 30, "the failover");

        Assert.Equal([T], watch.Published());
    }

    [Fact]
    public void A_drain_that_cannot_be_followed_is_not_told_to_be_over_when_nothing_works_any_more()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnAllDown = OnAllDown.Keep }, P);
        watch.Fails(S).Run(60).Says(OverrideKind.Drain, "primary").Run(30);
        Assert.Contains(AlertKind.Refused, watch.AlertKinds);

        watch.Fails(P).Run(60);
        Assert.Contains(AlertKind.AllDown, watch.AlertKinds);
        Assert.DoesNotContain(watch.Alerts, alert => alert.Title.Contains("no longer held back", StringComparison.Ordinal));
    }

    [Fact]
    public void A_drained_endpoint_is_better_than_none_and_is_left_again_for_the_first_that_works()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Drain, "standby");
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 30, "the failover");
        Assert.Contains("(standby drained by alice until 2026-03-01 13:00 UTC: release; but nothing else works)", watch.Intents.Single().Reason, StringComparison.Ordinal);

        watch.Works(P).RunUntil(() => watch.Published() is [P], within: 80, "the way back, without the failback delay");
        Assert.Equal(DecisionKind.Forced, watch.Intents.Last().Decision);
    }

    [Fact]
    public void When_nothing_else_works_it_stays_and_that_is_told()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Run(30).Says(OverrideKind.Drain, "primary").Run(60);
        Assert.Equal([P], watch.Published());
        var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Equal("api.example.com is not moved away from primary", alert.Title);
        Assert.StartsWith("primary drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works: standby (192.0.2.2) is down", alert.Reason, StringComparison.Ordinal);
        Assert.Contains("`dnsfailover undrain api.example.com primary`", alert.Next, StringComparison.Ordinal);

        watch.Works(S).RunUntil(() => watch.Published() is [S], within: 15, "the move");
    }

    [Theory]
    [InlineData(OnAllDown.Primary, new[] { S })]
    [InlineData(OnAllDown.All, new[] { S, T })]
    [InlineData(OnAllDown.Keep, new[] { T })]
    public void When_all_is_down_what_is_drained_is_not_chosen(OnAllDown onAllDown, string[] expected)
    {
        var watch = Watch.Settled(Three with { OnAllDown = onAllDown, MinActiveTime = TimeSpan.Zero }, P).Says(OverrideKind.Force, "third").Run(5).Says(OverrideKind.Drain, "primary").Run(5);
        watch.Fails(P, S, T).Run(30).TakesBack(OverrideKind.Force).Run(30);

        Assert.Equal(expected, watch.Published());
    }

    [Theory]
    [InlineData(Policy.Multivalue)]
    [InlineData(Policy.Weighted)]
    public void Where_several_are_served_the_drained_one_leaves_and_joins_again(Policy policy)
    {
        var watch = Watch.Settled(Three with { Policy = policy, Adopt = true }, P, S, T).Run(120);
        var writes = watch.Provider.Writes.Count;
        watch.Says(OverrideKind.Drain, "standby").Run(3);
        Assert.Equal([P, T], watch.Published());
        Assert.Empty(watch.Intents.Last().Switched);

        watch.Run(60).TakesBack(OverrideKind.Drain, "standby").Run(3);
        Assert.Equal([P, S, T], watch.Published());
        Assert.Equal(writes + 2, watch.Provider.Writes.Count);
    }

    [Fact]
    public void Who_keeps_moving_it_back_is_answered_at_the_usual_pace()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(300) }, P).Says(OverrideKind.Drain, "primary").Run(5);
        for (var minute = 0; minute < 30; minute++)
        {
            watch.Provider.Records[Name] = Holding(P);
            watch.Run(60);
        }

        Assert.InRange(watch.Provider.Writes.Count, 4, 8);
    }

    [Fact]
    public void A_drain_outlives_a_restart()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Drain, "primary", forSeconds: 300).Run(5).Restart().Run(200);
        Assert.Equal([S], watch.Published());

        watch.RunUntil(() => watch.Published() is [P], within: 200, "the failback after the drain");
    }

    [Fact]
    public void A_type_whose_other_endpoints_have_none_keeps_its_record()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Standby), P, P6).Says(OverrideKind.Drain, "primary").Run(30);

        Assert.Equal([S], watch.Published());
        Assert.Equal([P6], watch.Published(RecordType.AAAA));
        Assert.Contains(watch.Alerts, alert => alert.Kind == AlertKind.Refused && alert.Reason.EndsWith("every endpoint is drained", StringComparison.Ordinal));
    }
}
