using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

public sealed class LiveDrillTests
{
    [Theory]
    [InlineData(FailbackMode.Auto)]
    [InlineData(FailbackMode.Manual)]
    [InlineData(FailbackMode.Approve)]
    public void The_service_moves_and_returns_at_once_and_one_message_tells_it(FailbackMode mode)
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(mode, Seconds(60)) }, P).Begin(live: true).Ends();

        var report = watch.Report();
        Assert.True(report.Result == DrillResult.Passed, $"{report.Reason}\n{watch.Told()}");
        Assert.Equal([S, P], watch.Provider.Writes.Select(write => write.Change.Changes[0].After.Values[0].Data));
        Assert.Equal([AlertKind.DrillPassed], watch.AlertKinds);
        Assert.Equal([DecisionKind.Forced, DecisionKind.Forced], watch.Intents.Select(intent => intent.Decision));
        Assert.Empty(watch.State.Overrides);
        Assert.Equal(["decide", "read", "write", "verify", "answered", "return"], report.Phases.Select(phase => phase.What));
        Assert.All(report.Phases, phase => Assert.True(phase.Ok && phase.Took > TimeSpan.Zero, phase.Sentence));
        Assert.StartsWith("api.example.com was answered with standby (192.0.2.2) everywhere ", report.Reason, StringComparison.Ordinal);
        watch.Run(300);
        Assert.Equal(2, watch.Provider.Writes.Count);
    }

    [Fact]
    public void When_the_standby_goes_down_traffic_goes_home_at_once_and_not_to_the_next_standby_first()
    {
        var watch = MovedAndNotHomeYet();

        watch.Fails(S).Ends();

        Assert.Equal([S, P], watch.Provider.Writes.Select(write => write.Change.Changes[0].After.Values[0].Data));
        Assert.StartsWith("standby (192.0.2.2) went down while it had the traffic: ", watch.Report().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_operators_word_goes_before_the_drains_of_a_drill_when_the_standby_goes_down()
    {
        var watch = MovedAndNotHomeYet();
        watch.Says(OverrideKind.Drain, "primary", forSeconds: 7200).Run(20);
        Assert.Equal(S, watch.Holds(Name)); // every endpoint is drained, by one or the other

        watch.Fails(S).Run(30);

        Assert.Equal(T, watch.Holds(Name));
    }

    [Fact]
    public void Of_a_group_that_is_served_together_the_one_that_kept_its_traffic_is_not_drained_on_the_way_back()
    {
        var group = new[] { Primary, Endpoint("twin", 0, S), Third };
        var watch = Watch.Settled(Service(group) with { MinActiveTime = Seconds(0) }, P, S);
        Assert.Matches(@"^primary \(192\.0\.2\.1\) has been up for .* and joins again only after 1 min \(failback delay\); ask again in ", watch.Objection(live: true, endpoint: "twin"));
        watch.Run(60).Begin(live: true, endpoint: "twin").Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, $"{watch.Report().Reason}\n{watch.Told()}");
        Assert.Equal([S, $"{P} {S}"], watch.Provider.Writes.Select(write => string.Join(' ', write.Change.Changes[0].After.Values.Select(value => value.Data))));
    }

    [Fact]
    public void It_uses_up_no_switch_of_the_hour_and_doubles_no_delay()
    {
        var watch = Watch.Settled(TwoEndpoints with { SwitchesPerHour = 2 }, P).Begin(live: true).Ends();
        watch.Run(70).Fails(P).Run(60);

        Assert.Equal(S, watch.Holds(Name));
    }

    [Fact]
    public void Of_endpoints_that_are_all_served_one_leaves_and_joins_again()
    {
        var watch = Watch.Settled(Service(Primary, Standby) with { Policy = Policy.Multivalue }, P, S);
        Assert.Matches(@"^primary \(192\.0\.2\.1\) has been up for .* and joins again only after 1 min \(failback delay\); ask again in ", watch.Objection(live: true));
        watch.Run(60).Begin(live: true).Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, $"{watch.Report().Reason}\n{watch.Told()}");
        Assert.Equal([S, $"{P} {S}"], watch.Provider.Writes.Select(write => string.Join(' ', write.Change.Changes[0].After.Values.Select(value => value.Data))));
    }

    [Fact]
    public void Of_endpoints_of_which_one_is_served_at_a_time_the_one_returns()
    {
        var (first, second) = (Endpoint("primary", 0, "a.example.net"), Endpoint("standby", 1, "b.example.net"));
        var watch = Watch.Settled(Service(first, second) with { Policy = Policy.Multivalue }, "a.example.net").Run(60).Begin(live: true).Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, $"{watch.Report().Reason}\n{watch.Told()}");
        Assert.Equal(["b.example.net", "a.example.net"], watch.Provider.Writes.Select(write => write.Change.Changes[0].After.Values[0].Data));
        Assert.Empty(watch.State.Overrides);
    }

    [Fact]
    public void Every_provider_moves_and_returns()
    {
        var watch = Watch.Over(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P) } };
        watch.Start().Run(30).Begin(live: true).Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, $"{watch.Report().Reason}\n{watch.Told()}");
        Assert.Equal([S, P], watch.Others["second"].Writes.Select(write => write.Change.Changes[0].After.Values[0].Data));
        Assert.Equal(["dns", "second"], watch.Report().Phases.Where(phase => phase.What == "write").Select(phase => phase.Where!));
    }

    [Fact]
    public void A_standby_that_fails_its_fresh_probe_gets_no_traffic_and_the_drill_ends_by_itself()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Begin(live: true).Ends();

        Assert.Empty(watch.Provider.Writes);
        Assert.Equal(DrillResult.Failed, watch.Report().Result);
        Assert.StartsWith("api.example.com was not moved within ", watch.Report().Reason, StringComparison.Ordinal);
        Assert.Empty(watch.State.Overrides);
    }

    [Fact]
    public void A_standby_that_goes_down_under_the_traffic_gives_it_back_at_once()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.VerificationFails = () => false;
        watch.Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Fails(S).Ends();

        Assert.Equal(P, watch.Holds(Name));
    }

    [Fact]
    public void After_a_crash_before_any_effect_the_name_comes_back_and_nothing_is_left_drained()
    {
        var (crashes, away) = (0, 0);
        for (var effect = 0; effect < 30; effect++)
        {
            var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
            watch.CrashBefore = watch.Effects.Count + effect;
            watch.Command(Asked(live: true));
            watch.Run(5);
            crashes += watch.IsRunning ? 0 : 1;
            away += watch.Holds(Name) == S ? 1 : 0;
            watch.Restart().Run(700);

            Assert.Null(watch.State.Drill);
            Assert.True(watch.Holds(Name) == P, $"effect {effect}: {watch.Holds(Name)}\n{watch.Told()}");
            Assert.Empty(watch.State.Overrides);
        }

        Assert.True(crashes > 5 && away > 2, $"{crashes} crashes, {away} of them with the name at the standby");
    }

    [Fact]
    public void An_operator_ends_it_by_ending_its_drain()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(5);
        watch.Begin(live: true).Run(1);
        watch.TakesBack(OverrideKind.Drain, "primary").Ends();

        Assert.Equal("the drain of primary was ended by somebody", watch.Report().Reason);
        Assert.Equal(P, watch.Holds(Name));
    }

    [Fact]
    public void What_is_not_verified_fails_it_and_it_returns()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin(live: true);
        watch.VerificationFails = () => true;
        watch.RunUntil(() => watch.State.Drill!.Leg == DrillLeg.Return, 30, "the way back");
        watch.VerificationFails = () => false;
        watch.Ends();

        Assert.StartsWith("not every name server of dns answers it: ns2 still answers the old value", watch.Report().Reason, StringComparison.Ordinal);
        Assert.Equal(P, watch.Holds(Name));
        Assert.Contains(AlertKind.Unverified, watch.AlertKinds); // users were moved: that is told in any case
    }

    [Theory]
    [InlineData(FailbackMode.Auto, " Then it returns by its ordinary rules.")]
    [InlineData(FailbackMode.Manual, " Then it returns by its ordinary rules. These wait for an operator: `dnsfailover approve api.example.com`.")]
    public void A_freeze_in_the_middle_holds_it_where_it_is_the_drill_ends_by_itself_and_everybody_is_told_what_follows(FailbackMode mode, string then)
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(mode, Seconds(60)) }, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Says(OverrideKind.Freeze, forSeconds: 3600);
        var frozen = watch.State.Overrides.Single(said => said.Kind == OverrideKind.Freeze);
        watch.Run(1);
        Assert.Single(watch.State.Drill!.Lines, line => line.Contains($"api.example.com is frozen by {frozen.Actor} until ", StringComparison.Ordinal) && line.Contains(": it stays at standby (192.0.2.2) until then, and the drill fails when that lasts for longer than ", StringComparison.Ordinal));
        watch.Ends();

        var report = watch.Report();
        Assert.Equal(DrillResult.Failed, report.Result);
        Assert.StartsWith($"Its users stay at standby (192.0.2.2) while it is frozen by {frozen.Actor} until ", report.Next, StringComparison.Ordinal);
        Assert.EndsWith($"or with `dnsfailover thaw api.example.com`.{then}", report.Next, StringComparison.Ordinal);
        Assert.Equal(report.Next, watch.Alerts.Single(alert => alert.Kind == AlertKind.DrillFailed).Next);
        Assert.Equal(S, watch.Holds(Name));
        Assert.DoesNotContain(watch.State.Overrides, said => said.Kind == OverrideKind.Drain);
    }

    [Fact]
    public void A_freeze_that_ends_in_time_is_told_too_and_the_drill_goes_on()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Says(OverrideKind.Freeze, forSeconds: 20).Run(1);
        watch.TakesBack(OverrideKind.Freeze).Run(1);
        var lines = watch.State.Drill?.Lines ?? watch.State.LastProgress!.Lines;
        watch.Ends();

        Assert.Single(lines, line => line.Contains("api.example.com is not held any more, and the drill goes on", StringComparison.Ordinal));
        Assert.Equal(P, watch.Holds(Name));
    }

    /// <summary>A drill with three endpoints has brought the name to the standby; a second provider is slow, which keeps it from returning.</summary>
    private static Watch MovedAndNotHomeYet()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third) with { AlsoAt = ["second"], MinActiveTime = Seconds(0) }, P);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P) }, WriteTakes = Seconds(9) };
        watch.Run(120).Begin(live: true);
        return watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
    }
}
