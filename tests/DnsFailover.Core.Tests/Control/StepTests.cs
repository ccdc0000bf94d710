using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>Single steps, and what they leave: the figures of an intent, and what is told in the rarer situations.</summary>
public sealed class StepTests
{
    private static readonly ServiceDefinition AtBoth = TwoEndpoints with { AlsoAt = ["aws"] };

    [Fact]
    public void The_write_carries_the_mark_and_how_long_its_evidence_holds()
    {
        var service = TwoEndpoints with { Owner = "blue" };
        var (state, effects) = Controller.Start(Watch.Configured(service), [], Noon);
        var now = Noon;
        Do(new ControllerEvent.RecordsRead(Name, Read(), Holding(P)));
        Probe(P, Verdict.Pass, Verdict.Pass);
        Probe(S, Verdict.Pass, Verdict.Pass);
        Probe(P, Verdict.Fail);
        var (begun, proof, read) = (now, effects.OfType<Effect.ProbeNow>().Single(probe => probe.RequestId is not null), Read());
        Do(new ControllerEvent.RecordsRead(Name, read, Holding(P)));
        Probe(P, Verdict.Fail, Verdict.Fail);
        var verdict = now;
        Do(new ControllerEvent.Observed(Observation(service.Target(S), Verdict.Pass, now, proof.RequestId)));

        var apply = Assert.Single(effects.OfType<Effect.Apply>());
        Assert.Equal("blue", apply.Change.Owner);
        Assert.Equal(Seconds(30 + 2) - (now - begun), apply.GoodFor);
        var intent = Assert.Single(effects.OfType<Effect.Record>().SelectMany(record => record.Entries).OfType<IntentRecorded>());
        Assert.Equal((verdict, verdict - Seconds(4)), (intent.VerdictAt, intent.FirstFailureAt));
        Assert.Equal([new EndpointTarget(RecordType.A, P)], intent.Left);

        long Read() => effects.OfType<Effect.ReadRecords>().Single().RequestId;

        void Probe(string value, params Verdict[] verdicts)
        {
            foreach (var one in verdicts)
            {
                Do(new ControllerEvent.Observed(Observation(service.Target(value), one, now)));
            }
        }

        void Do(ControllerEvent fact)
        {
            now += Seconds(1);
            (state, effects) = Controller.Step(state, fact, now);
        }
    }

    [Fact]
    public void Two_families_that_move_at_once_are_one_intent_with_the_figures_of_both()
    {
        var service = Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6));
        var watch = Watch.Settled(service, P, P6);
        watch.Provider.ReadTakes = Seconds(3);
        watch.Fails(P, P6).RunUntil(() => watch.Intents.Any(), within: 30, "the failover");

        var intent = watch.Intents.Single();
        var (v4, v6) = (watch.Service.Health[service.Target(P)], watch.Service.Health[service.Target(P6)]);
        Assert.Equal([new EndpointTarget(RecordType.A, P), new EndpointTarget(RecordType.AAAA, P6)], intent.Left);
        Assert.Equal((v4.Since < v6.Since ? v6.Since : v4.Since, v4.FirstFailureAt < v6.FirstFailureAt ? v4.FirstFailureAt : v6.FirstFailureAt), (intent.VerdictAt, intent.FirstFailureAt!.Value));
        Assert.Equal("standby (192.0.2.2), standby (2001:db8::2)", intent.To);
        Assert.Contains("standby (192.0.2.2) is up; primary (2001:db8::1) is down", intent.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_served_endpoint_without_a_certificate_that_loses_the_traffic_is_no_trouble_of_users_any_more()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CertificateTroubles[P] = "certificate is for *.up.railway.app";
        watch.Run(20).Fails(P).Run(30).Works(P).Run(25);

        Assert.Contains(watch.Journal.OfType<ConditionCleared>(), cleared => cleared.Reason == "primary (192.0.2.1) does not have the traffic any more");
        Assert.DoesNotContain(watch.Alerts, alert => alert.Title.Contains("does not have the traffic", StringComparison.Ordinal));
        Assert.Equal(["certificate:primary:192.0.2.1"], watch.Service.Conditions.Keys);
    }

    [Fact]
    public void Troubles_of_a_provider_that_is_not_declared_any_more_end_unheard()
    {
        var (watch, aws) = Both(AtBoth, P, P);
        aws.ReadFault = () => "HTTP 503";
        watch.Run(200);
        Assert.Equal(["provider-read:aws"], watch.Service.Conditions.Keys);
        var alerts = watch.Alerts.Count;
        watch.Reload(TwoEndpoints).Run(20);

        Assert.Empty(watch.Service.Conditions);
        Assert.Equal(alerts, watch.Alerts.Count);
        Assert.Equal("it is not declared any more", watch.Journal.OfType<ConditionCleared>().Single().Reason);
    }

    [Fact]
    public void All_is_down_since_the_last_of_them_is()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)), MinActiveTime = Seconds(600) }, P).Fails(P).Run(60);
        watch.Fails(S).Run(60).Works(S).Run(30);

        var alert = watch.Alerts.Single(alert => alert.Title.Contains("with every endpoint down", StringComparison.Ordinal));
        Assert.InRange(alert.Downtime!.Value, Seconds(50), Seconds(80));
    }

    [Theory]
    [InlineData("HTTP 503", "HTTP 503", 1)]
    [InlineData("HTTP 503", "HTTP 500", 2)]
    public void A_provider_that_two_names_share_is_one_message_for_one_cause(string first, string second, int messages)
    {
        var other = NetworkTests.Other("www", 1);
        var watch = NetworkTests.Over([TwoEndpoints, other with { Provider = "dns" }], new FleetRules());
        var reads = 0;
        watch.Provider.ReadFault = () => reads++ % 2 == 0 ? first : second;
        watch.Run(75);

        Assert.Equal(messages, watch.Alerts.Count(alert => alert.Kind == AlertKind.Refused));
        Assert.All(watch.State.Services.Values, service => Assert.Contains("provider-read:dns", service.Conditions.Keys));
    }

    [Fact]
    public void A_provider_that_is_left_as_somebody_changed_it_is_told_with_what_it_answers()
    {
        var (watch, aws) = Both(AtBoth with { OnDrift = OnDrift.Pause }, P, P);
        aws.Records[Name] = Holding(S);
        watch.Run(70).Fails(S).Run(30);
        Assert.Equal("It is still answered at aws. Mend the endpoint.", watch.Alerts[^1].Next);

        var (moved, other) = Both(Service(Primary, Standby, Third) with { AlsoAt = ["aws"], OnDrift = OnDrift.Pause }, P, P);
        other.Records[Name] = Holding(T);
        moved.Run(70).Fails(P).Run(30);
        Assert.StartsWith("aws is left as somebody else changed it, and does not follow. ", moved.Alerts.Single(alert => alert.Kind == AlertKind.Failover).Next, StringComparison.Ordinal);
    }

    [Fact]
    public void A_family_is_called_by_its_name()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Standby), P, P6).Fails(P, S).Run(40);
        Assert.Equal("api.example.com: every IPv4 endpoint is down", watch.Alerts.Single(alert => alert.Kind == AlertKind.AllDown).Title);
    }

    [Theory]
    [InlineData(OverrideKind.Freeze)]
    [InlineData(OverrideKind.Force)]
    public void While_an_operator_holds_the_name_onAllDown_promises_nothing(OverrideKind kind)
    {
        var watch = Watch.Settled(TwoEndpoints with { OnAllDown = OnAllDown.All }, P).Says(kind, kind == OverrideKind.Force ? "standby" : null).Run(5).Fails(P, S).Run(40);
        Assert.StartsWith("The records stay as they are.", watch.Alerts.Single(alert => alert.Kind == AlertKind.AllDown).Next, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_leads_goes_on_leading_over_a_reload_that_keeps_it()
    {
        var (watch, _) = Both(AtBoth with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, P);
        watch.Provider.ReadFault = () => "HTTP 503";
        watch.Fails(P).Run(15);
        Assert.Equal("aws", watch.Service.Lead);
        watch.Reload(AtBoth with { MinActiveTime = Seconds(90) });
        Assert.Equal("aws", watch.Service.Lead);
        watch.Reload(TwoEndpoints);
        Assert.Equal("dns", watch.Service.Lead);
    }

    [Fact]
    public void A_name_that_is_left_out_stays_until_each_of_its_changes_has_ended()
    {
        var (watch, aws) = Both(AtBoth, P, P);
        aws.WriteTakes = Seconds(20);
        watch.Fails(P).RunUntil(() => watch.Service.Copies["aws"].Change is { Stage: ChangeStage.Applying } && watch.Service.Copies["dns"].Change is null, within: 30, "the second write");
        watch.Reload();
        Assert.True(watch.Service.Retired);
        watch.Run(30);

        Assert.Empty(watch.State.Services);
        Assert.Equal(["dns", "aws"], watch.Outcomes.Select(outcome => outcome.Provider));
    }

    [Fact]
    public void After_the_clock_was_set_back_what_has_happened_has_happened_just_now()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(P).Run(60);
        var back = Noon.AddYears(-1);
        var (state, _) = Controller.Step(watch.State, new ControllerEvent.TimePassed { Service = Name }, back);

        Assert.Equal([new HoldDown(RecordType.A, back)], state.Services[Name].HoldDowns);
        Assert.Equal([back], state.Services[Name].Switches.Select(past => past.At));
        var (same, _) = Controller.Step(watch.State, new ControllerEvent.TimePassed { Service = Name }, watch.Now);
        Assert.Equal((watch.Service.HoldDowns, watch.Service.Switches), (same.Services[Name].HoldDowns, same.Services[Name].Switches));
        Assert.True(same.Services[Name].HoldDowns[0].SwitchedAt < watch.Now);
    }

    [Fact]
    public void Somebodys_change_that_is_what_is_wanted_by_now_is_taken()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = OnDrift.Restore }, P);
        watch.Provider.Records[Name] = Holding(S);
        watch.Fails(P).Run(120);

        Assert.Equal([S], watch.Published());
        Assert.Empty(watch.Provider.Writes);
        Assert.Contains(watch.Journal.OfType<DriftEnded>(), ended => ended.Reason == "the A records of api.example.com at dns are taken as they are, since standby (192.0.2.2) is what is wanted by now");
        Assert.Null(watch.Lead.Drift);
    }

    [Fact]
    public void A_change_of_both_families_is_paused_as_one_and_undone_one_by_one()
    {
        var service = Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { OnDrift = OnDrift.Pause };
        var watch = Watch.Settled(service, P, P6);
        watch.Provider.Records[Name] = Holding(P, S6);
        watch.Run(65);
        watch.Provider.Records[Name] = Holding(S, S6);
        watch.Run(65);
        Assert.Equal(Holding(P, P6).Sets, watch.Lead.Drift!.Expected);
        var both = Watch.Settled(service, P, P6);
        both.Provider.Records[Name] = Holding(S, S6);
        both.Run(65);
        Assert.Contains("(A 192.0.2.1; AAAA 2001:db8::1)", both.Alerts.Single(alert => alert.Kind == AlertKind.Drift).Next, StringComparison.Ordinal);

        watch.Provider.Records[Name] = Holding(P, S6);
        watch.Run(65);
        Assert.Equal([RecordType.AAAA], watch.Lead.Drift!.Expected.Select(set => set.Type));
        watch.Provider.Records[Name] = Holding(P, P6);
        watch.Run(65);
        Assert.Null(watch.Lead.Drift);
        both.Provider.Records[Name] = Holding(P, P6);
        both.Run(65);
        Assert.Contains(both.Journal.OfType<DriftEnded>(), ended => ended.Reason == "the A and AAAA records of api.example.com at dns are again what they were");
    }

    [Fact]
    public void A_change_of_both_families_is_put_back_as_one()
    {
        var service = Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { OnDrift = OnDrift.Restore };
        var watch = Watch.Settled(service, P, P6);
        watch.Provider.Records[Name] = Holding(S, S6);
        watch.Run(65);

        Assert.Equal([P], watch.Published());
        Assert.Equal("the A and AAAA records of api.example.com at dns were put back", watch.Journal.OfType<DriftEnded>().Single().Reason);
    }

    [Theory]
    [InlineData(0, "so that it is moved back at once")]
    [InlineData(60, "so that it is moved back after 1 min")]
    public void Who_changes_what_is_forced_is_told_when_it_is_moved_back(int minActiveTime, string expected)
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(minActiveTime) }, P).Says(OverrideKind.Force, "standby").Run(70);
        watch.Provider.Records[Name] = Holding(P);
        Assert.Contains(expected, watch.RunUntil(() => watch.AlertKinds.Contains(AlertKind.Drift), within: 65, "the notice").Alerts[^1].Next, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_changed_by_hand_stays_for_the_longer_of_both_times()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(300) }, P);
        watch.Provider.Records[Name] = Holding(S);
        Assert.Contains("gets the traffic back after 5 min;", watch.Run(65).Alerts.Single().Next, StringComparison.Ordinal);
    }

    [Fact]
    public void What_failed_while_we_were_the_likely_fault_says_so()
    {
        var watch = NetworkTests.Over([TwoEndpoints], new FleetRules { SelfCheck = new SelfCheckRule(Targets: 4, Needed: 2, Seconds(2), Seconds(5)) });
        watch.FailTakes = Seconds(6);
        watch.Controls = [false, false, false, false];
        watch.Fails(P, S).Run(30);
        watch.Controls = [true, true, true, true];
        watch.RunUntil(() => watch.State.Network.ByControls is null, within: 10, "the thaw").RunUntil(() => watch.Service.Health.Values.Any(health => health.LastOfAll?.Verdict == Verdict.Inconclusive), within: 8, "the probe of before");

        Assert.Contains(watch.Service.Health.Values, health => health.LastOfAll!.Reason.EndsWith(":443, while our own network was the likely fault", StringComparison.Ordinal));
    }

    private static (Watch Watch, TinyProvider Aws) Both(ServiceDefinition service, string atDns, string atAws)
    {
        var watch = Watch.Over(service, atDns);
        var aws = watch.Others["aws"] = new TinyProvider();
        aws.Records[Name] = Holding(atAws);
        watch.Start().Run(30);
        return (watch, aws);
    }
}
