using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

public sealed class CanaryDrillTests
{
    [Fact]
    public void The_canary_goes_to_the_standby_and_back_and_the_service_stays_where_it_is()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Ends();

        var report = watch.Report();
        Assert.True(report.Result == DrillResult.Passed, report.Reason);
        Assert.Equal([P, S, P], watch.Writes());
        Assert.Equal((P, P), (watch.Holds(Canary), watch.Holds(Name)));
        Assert.Equal(("primary (192.0.2.1)", "standby (192.0.2.2)"), (report.From, report.To));
        Assert.Empty(watch.Intents);
        Assert.Equal([AlertKind.DrillPassed], watch.AlertKinds);
        Assert.Equal(["decide", "read", "write", "verify", "answered", "return"], report.Phases.Select(phase => phase.What));
        Assert.All(report.Phases, phase => Assert.True(phase.Ok && phase.Took > TimeSpan.Zero, phase.Sentence));
        Assert.Equal(Seconds(0.04 + 0.05 + 0.1), report.Phases.Single(phase => phase.What == "answered").Took);
        Assert.Equal(Seconds(20), report.Phases.Single(phase => phase.What == "answered").Bound);
        Assert.Equal("dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s", report.Reason);
    }

    [Fact]
    public void It_has_the_TTL_and_the_mark_of_the_service_and_is_made_once()
    {
        var watch = Watch.Settled(TwoEndpoints with { Owner = "one" }, P).Begin().Ends().Begin().Ends();

        Assert.Equal([P, S, P, S, P], watch.Writes());
        Assert.All(watch.Provider.Writes, write => Assert.Equal("one", write.Change.Owner));
        Assert.All(watch.Provider.Writes.SelectMany(write => write.Change.Changes), item => Assert.Equal(Seconds(30), item.After.Ttl));
        Assert.All(watch.Provider.Writes.Skip(1).SelectMany(write => write.Change.Changes), item => Assert.NotNull(item.Before));
    }

    [Fact]
    public void Without_a_TTL_of_its_own_it_has_that_of_the_live_records()
    {
        var watch = Watch.Settled(TwoEndpoints with { Ttl = null }, P).Begin().Ends();

        Assert.Equal(Seconds(30), watch.Provider.Of(Canary)[RecordType.A]!.Ttl);
    }

    [Fact]
    public void Both_families_go_together()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)), P, P6).Begin().Ends();

        Assert.Equal([$"{P} {P6}", $"{S} {S6}", $"{P} {P6}"], watch.Writes());
        Assert.Equal(DrillResult.Passed, watch.Report().Result);
    }

    [Fact]
    public void The_endpoint_that_is_asked_for_takes_over()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Begin(endpoint: "third").Ends();

        Assert.Equal([P, T, P], watch.Writes());
    }

    [Fact]
    public void Of_endpoints_that_are_all_served_one_leaves()
    {
        var watch = Watch.Settled(Service(Primary, Standby) with { Policy = Policy.Multivalue }, P, S).Begin().Ends();

        Assert.Equal([$"{P} {S}", S, $"{P} {S}"], watch.Writes());
        Assert.Equal(DrillResult.Passed, watch.Report().Result);
    }

    [Fact]
    public void Every_provider_is_written_and_verified()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider();
        watch.Begin().Ends();

        Assert.Equal([P, S, P], watch.Others["second"].Writes.Where(write => write.Change.Name == Canary).Select(write => write.Change.Changes[0].After.Values[0].Data));
        Assert.Equal(["dns", "second"], watch.Report().Phases.Where(phase => phase.What == "write").Select(phase => phase.Where!));
        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
    }

    [Fact]
    public void A_standby_that_fails_the_fresh_probe_fails_it_and_the_canary_does_not_go_there()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Begin().Ends();

        Assert.Equal([P], watch.Writes());
        Assert.Equal(DrillResult.Failed, watch.Report().Result);
        Assert.Equal("standby (192.0.2.2) did not pass the fresh probe that was made for this drill: connection refused by 192.0.2.2:443", watch.Report().Reason);
        Assert.Contains(AlertKind.DrillFailed, watch.AlertKinds);
    }

    [Fact]
    public void A_canary_that_somebody_else_uses_is_not_touched()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.Records[Canary] = Holding(Canary, Seconds(300), "203.0.113.9");
        watch.Begin().Ends();

        Assert.Empty(watch.Writes());
        Assert.Equal("203.0.113.9", watch.Holds(Canary));
        Assert.Equal("the A record of dnsfailover-drill.api.example.com holds 203.0.113.9, which no endpoint declares", watch.Report().Reason);
        Assert.Contains("choose another name", watch.Report().Next, StringComparison.Ordinal);
    }

    [Fact]
    public void Nor_is_one_of_another_controller_whatever_the_service_may_adopt()
    {
        var watch = Watch.Settled(TwoEndpoints with { Adopt = true, Owner = "one" }, P);
        watch.Provider.Records[Canary] = Holding(Canary, Seconds(30), P) with { Owner = "two" };
        watch.Begin().Ends();

        Assert.Empty(watch.Writes());
        Assert.Equal(DrillResult.Failed, watch.Report().Result);
    }

    [Fact]
    public void The_values_of_a_drill_before_a_reload_are_its_own()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Ends();
        var moved = Service(Endpoint("primary", 0, T), Standby);
        watch.Provider.Records[Name] = Holding(T);
        watch.Redeclare(moved).Restart().Run(30);
        watch.Begin().Ends();

        Assert.Equal([T, S, T], watch.Writes()[3..]);
        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
    }

    [Fact]
    public void What_the_name_servers_do_not_answer_fails_it_with_their_words_and_it_comes_back_all_the_same()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.RunUntil(() => watch.State.Drill!.Leg == DrillLeg.Away, 10, "the way out");
        watch.VerificationFails = () => true;
        watch.RunUntil(() => watch.State.Drill!.Leg == DrillLeg.Return, 10, "the way back");
        watch.VerificationFails = () => false;
        watch.Ends();

        Assert.Equal("not every name server of dns answers it: ns2 still answers the old value", watch.Report().Reason);
        Assert.Equal(P, watch.Holds(Canary));
    }

    [Fact]
    public void A_step_that_takes_longer_than_its_bound_fails_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(11);
        watch.Begin().Ends();

        Assert.Equal(DrillResult.Failed, watch.Report().Result);
        Assert.StartsWith("write at dns: 11 s (at most 10 s)", watch.Report().Reason, StringComparison.Ordinal);
        Assert.Equal([P, S, P], watch.Writes());
    }

    [Theory]
    [InlineData(nameof(WriteFault.Transient))]
    [InlineData(nameof(WriteFault.LostReply))]
    [InlineData(nameof(WriteFault.LostRequest))]
    public void A_write_that_did_not_work_is_tried_again_after_a_look(string fault)
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.RunUntil(() => watch.State.Drill!.Leg == DrillLeg.Away, 10, "the way out");
        var left = 1;
        watch.Provider.WriteFaults = () => left-- > 0 ? Enum.Parse<WriteFault>(fault) : WriteFault.None;
        watch.Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
        Assert.Equal([P, S, P], watch.Writes());
    }

    [Fact]
    public void A_provider_that_refuses_fails_it_at_once()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteFaults = () => WriteFault.Rejected;
        watch.Begin().Ends();

        Assert.Equal("dns: the write met Rejected", watch.Report().Reason);
        Assert.Null(watch.Holds(Canary));
    }

    [Fact]
    public void One_that_cannot_be_read_ends_by_itself()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Begin();
        watch.Provider.ReadFault = () => "timeout";
        watch.Ends();

        Assert.Equal(DrillResult.Failed, watch.Report().Result);
        Assert.Empty(watch.Writes());
    }

    /// <summary>Before each effect of a drill in turn: whatever the canary holds then, the next start brings it back.</summary>
    [Fact]
    public void After_a_crash_before_any_effect_the_canary_comes_back_and_the_service_has_not_moved()
    {
        var (crashes, away) = (0, 0);
        for (var effect = 0; effect < 30; effect++)
        {
            var watch = Watch.Settled(TwoEndpoints, P);
            watch.CrashBefore = watch.Effects.Count + effect;
            watch.Command(Asked());
            watch.Run(5);
            crashes += watch.IsRunning ? 0 : 1;
            away += watch.Holds(Canary) == S ? 1 : 0;
            watch.Restart().Run(60);

            Assert.Null(watch.State.Drill);
            Assert.True(watch.Holds(Canary) is null or P, $"effect {effect}: {watch.Holds(Canary)}\n{watch.Told()}");
            Assert.Equal(P, watch.Holds(Name));
            Assert.Empty(watch.Intents);
            Assert.All(watch.Journal.OfType<DrillBegan>(), began => Assert.Contains(watch.Journal.OfType<DrillEnded>(), ended => ended.Report.Number == began.Number));
            Assert.Equal(DrillResult.Passed, watch.Begin().Ends().Report().Result);
        }

        Assert.True(crashes > 10 && away > 3, $"{crashes} crashes, {away} of them with the canary at the standby");
    }

    [Fact]
    public void After_a_restart_it_comes_back_to_what_the_service_holds_when_its_value_is_not_declared_any_more()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.RunUntil(() => watch.Holds(Canary) == S, 10, "the canary at the standby");
        watch.Crash();
        watch.Provider.Records[Name] = Holding(T);
        watch.Redeclare(Service(Endpoint("primary", 0, T), Standby)).Restart().Run(60);

        Assert.Equal(T, watch.Holds(Canary));
    }

    [Fact]
    public void A_reload_in_the_middle_brings_it_back()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.RunUntil(() => watch.Holds(Canary) == S, 10, "the canary at the standby");
        watch.Reload(Service(Primary, Standby, Third)).Ends();

        Assert.Equal("failover.yaml was changed in the middle of it", watch.Report().Reason);
        Assert.Equal(P, watch.Holds(Canary));
    }

    [Fact]
    public void A_service_that_is_not_declared_any_more_ends_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.Run(0.03).Reload().Run(30);

        Assert.Null(watch.State.Drill);
    }

    [Fact]
    public void Nothing_is_written_when_its_beginning_cannot_be_made_durable()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.JournalFails = () => true;
        watch.Command(Asked()).Run(5);

        Assert.Null(watch.State.Drill);
        Assert.Null(watch.Holds(Canary));
        watch.JournalFails = () => false;
        watch.Run(20);
        Assert.DoesNotContain(watch.Journal, entry => entry is DrillBegan or DrillIntended); // what was not begun is not recorded later either
        Assert.Equal(DrillResult.Passed, watch.Begin().Ends().Report().Result);
    }

    [Fact]
    public void A_write_whose_intent_cannot_be_made_durable_is_tried_again_when_it_can()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.RunUntil(() => watch.State.Drill!.Leg == DrillLeg.Away, 10, "the way out");
        var failing = true;
        watch.JournalFails = () => failing;
        watch.Run(3);
        Assert.Equal([P], watch.Writes());
        failing = false;
        watch.Ends();

        Assert.Equal([P, S, P], watch.Writes());
    }

    [Fact]
    public void A_real_failover_goes_on_beside_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.ReadTakes = Seconds(3);
        watch.Begin().Fails(P).Run(60);

        Assert.Equal(S, watch.Holds(Name));
        Assert.Null(watch.State.Drill);
        Assert.Equal(P, watch.Holds(Canary)); // where it began
    }

    [Fact]
    public void The_control_targets_are_asked_as_before_a_failover()
    {
        var watch = Watch.Over(TwoEndpoints, P).Under(new FleetRules { SelfCheck = new SelfCheckRule(4, 2, Seconds(2), Seconds(5)) }).Start().Run(30);
        var before = watch.Effects.Count(effect => effect == "check ourselves");
        watch.Begin().Ends();

        Assert.Equal(DrillResult.Passed, watch.Report().Result);
        Assert.Equal(before + 1, watch.Effects.Count(effect => effect == "check ourselves"));
    }

    [Fact]
    public void When_they_do_not_answer_nothing_is_moved()
    {
        var watch = Watch.Over(TwoEndpoints, P).Under(new FleetRules { SelfCheck = new SelfCheckRule(4, 2, Seconds(2), Seconds(5)) }).Start().Run(30);
        watch.Controls = [true, false, false, false];
        watch.Begin().Run(300);

        Assert.DoesNotContain(S, watch.Writes());
        Assert.Equal(DrillResult.Failed, watch.Report().Result);
        Assert.Contains("our own network", watch.Report().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_freeze_in_the_middle_brings_it_back()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.RunUntil(() => watch.Holds(Canary) == S, 10, "the canary at the standby");
        watch.Says(OverrideKind.Freeze).Ends();

        Assert.Equal(DrillResult.Failed, watch.Report().Result);
        Assert.Equal(P, watch.Holds(Canary));
    }

    [Fact]
    public void What_the_standby_is_before_the_drill_is_what_it_is_after_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Ends();

        Assert.Equal((HealthStatus.Up, HealthStatus.Up), (watch.HealthOf(P), watch.HealthOf(S)));
        Assert.Empty(watch.Service.Switches);
        Assert.Empty(watch.Service.HoldDowns);
        Assert.Empty(watch.State.Overrides);
    }
}
