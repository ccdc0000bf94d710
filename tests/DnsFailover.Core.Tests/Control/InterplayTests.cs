using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>Where one guard meets another: none holds for ever what is none of its business, and nothing goes untold between them.</summary>
public sealed class InterplayTests
{
    private static readonly FleetRules OneAtATime = new() { Velocity = new VelocityRule(1, Seconds(10)) };

    private static readonly FleetRules Checked = new() { SelfCheck = new SelfCheckRule(Targets: 4, Needed: 2, Seconds(2), Seconds(5)) };

    private static readonly ServiceDefinition TwoFamilies = Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6));

    [Fact]
    public void Old_evidence_is_asked_for_again_at_the_pace_of_confirmations_also_while_probes_say_nothing()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.PassTakes = watch.FailTakes = Seconds(0.001);
        watch.Fails(P, S).Run(30).CannotBeReachedFromHere(P).Run(60).Works(S).Run(20);
        Assert.Equal("stale-evidence", watch.Service.Decisions[RecordType.A].Refusal?.Cause);

        var before = watch.Effects.Count(effect => effect == "confirm primary");
        watch.Run(60);
        Assert.InRange(watch.Effects.Count(effect => effect == "confirm primary") - before, 1, 150);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 5, "the failover");
    }

    [Fact]
    public void A_family_whose_proof_says_nothing_does_not_hold_the_other_one()
    {
        var watch = Watch.Settled(TwoFamilies with { MinActiveTime = Seconds(10) }, P, P6);
        watch.Fails(P6).RunUntil(() => watch.Published(RecordType.AAAA) is [S6], within: 30, "the failover of IPv6").Run(5);
        watch.Works(P6).Run(40).CannotBeReachedFromHere(P6, S6).Run(60);
        Assert.Equal([S6], watch.Published(RecordType.AAAA));

        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 20, "the failover of IPv4");
        watch.Works(P6, S6).RunUntil(() => watch.Published(RecordType.AAAA) is [P6], within: 90, "the failback of IPv6");
    }

    [Fact]
    public void Who_waits_for_a_proof_that_says_nothing_keeps_no_place()
    {
        var watch = NetworkTests.Over([TwoEndpoints, NetworkTests.Other("www", 1)], OneAtATime);
        watch.FailTakes = Seconds(4);
        watch.CannotBeReachedFromHere(S).Fails(P).Run(60);
        Assert.Equal([P], watch.Published());

        watch.Fails("192.0.2.10").RunUntil(() => watch.Intents.Any(intent => intent.Service != Name), within: 120, "the failover of the other name");
        watch.Works(S).RunUntil(() => watch.Published() is [S], within: 40, "the failover that could not be proven");
    }

    [Fact]
    public void A_provider_that_follows_and_asks_for_patience_does_not_delay_what_is_due_at_the_one_that_leads()
    {
        for (var least = 40; least < 130; least += 5)
        {
            var watch = Watch.Over(TwoEndpoints with { AlsoAt = ["other"], MinActiveTime = Seconds(least) }, P);
            var other = watch.Others["other"] = new TinyProvider { RetryAfter = TimeSpan.FromMinutes(10) };
            other.Records[Name] = Holding(P);
            watch.Start().Run(31);
            watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 20, "the failover").Run(3);
            var switched = watch.Now;
            watch.Works(P).Run(10);
            watch.Fails(S).RunUntil(() => watch.HealthOf(S) == HealthStatus.Down, within: 20, "the second failure");
            Assert.Equal([S], watch.Published());

            other.ReadFault = () => "too many requests";
            watch.RunUntil(() => watch.Published() is [P], within: least - (watch.Now - switched).TotalSeconds, $"the failover when a minActiveTime of {least} s is over");
        }
    }

    [Fact]
    public void A_switch_that_waits_for_control_targets_which_are_never_asked_is_told()
    {
        var watch = NetworkTests.Over([TwoEndpoints], Checked);
        watch.ControlsLost = () => true;
        watch.Fails(P).Run(60);
        Assert.Equal([P], watch.Published());
        var alert = Assert.Single(watch.Alerts);
        Assert.Equal(AlertKind.Refused, alert.Kind);
        Assert.Contains("control targets", alert.Reason, StringComparison.Ordinal);
        Assert.Contains("dnsfailover force", alert.Next, StringComparison.Ordinal);

        watch.ControlsLost = () => false;
        watch.RunUntil(() => watch.Published() is [S], within: 20, "the failover");
        watch.Run(5);
        Assert.Equal([AlertKind.Refused, AlertKind.Failover], watch.AlertKinds);
        Assert.DoesNotContain(watch.Service.Conditions.Keys, cause => cause.StartsWith("refused:", StringComparison.Ordinal));
    }

    [Fact]
    public void A_force_to_an_endpoint_that_a_reload_takes_away_has_no_effect_any_more_and_that_is_told()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P);
        watch.Says(OverrideKind.Force, "third").Run(5);
        Assert.Equal([T], watch.Published());

        watch.Reload(TwoEndpoints).Run(30);
        Assert.Equal([P], watch.Published());
        Assert.Single(watch.Alerts, alert => alert.Reason.Contains("third", StringComparison.Ordinal) && alert.Reason.Contains("not declare", StringComparison.Ordinal));
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 90, "the failover");
    }

    [Fact]
    public void Records_that_a_force_leaves_as_they_are_and_that_nothing_answers_any_more_are_told()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Standby, Endpoint("third", 2, T, S6)), P, P6);
        watch.Says(OverrideKind.Force, "standby").Run(5);
        Assert.Equal([S], watch.Published());
        watch.Fails(P6).Run(60);
        Assert.Equal([P6], watch.Published(RecordType.AAAA));
        Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused && alert.Reason.Contains(P6, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Policy.Multivalue)]
    [InlineData(Policy.Weighted)]
    public void A_member_that_goes_down_while_nothing_may_be_written_is_told(Policy policy)
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third) with { Policy = policy }, P);
        watch.Run(90).Says(OverrideKind.Freeze).Run(5);
        Assert.Equal(3, watch.Published().Length);
        var before = watch.Alerts.Count;
        watch.Fails(P).Run(60);
        Assert.Equal(3, watch.Published().Length);
        var alert = Assert.Single(watch.Alerts.Skip(before));
        Assert.Equal(AlertKind.Refused, alert.Kind);
        Assert.Contains("primary (192.0.2.1) is down", alert.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_freeze_goes_on_being_what_holds_a_name_back_whatever_else_would_hold_it()
    {
        var watch = NetworkTests.Over([TwoEndpoints, NetworkTests.Other("www", 1)], new FleetRules { Velocity = new VelocityRule(1, Seconds(120)) });
        watch.Says(OverrideKind.Freeze, forSeconds: 600).Fails(P).Run(30);
        Assert.Equal([AlertKind.Override, AlertKind.Refused], watch.AlertKinds);

        watch.Fails("192.0.2.10").Run(100);
        Assert.Equal([AlertKind.Override, AlertKind.Refused, AlertKind.Failover], watch.AlertKinds); // nothing is said to be over
    }

    [Fact]
    public void A_budget_that_holds_goes_on_being_told_of_once_while_another_rule_holds_too()
    {
        var watch = Watch.Settled(TwoEndpoints with { SwitchesPerHour = 1, MinActiveTime = Seconds(10) }, P);
        watch.Fails(P).Run(30).Works(P).Run(30).Fails(S).Run(30);
        var before = watch.Alerts.Count;
        Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        watch.CannotBeReachedFromHere(S).Run(60).Fails(S).Run(60).CannotBeReachedFromHere(S).Run(60).Fails(S).Run(60);
        Assert.DoesNotContain(watch.Alerts.Skip(before), alert => alert.Title.Contains("no longer held back", StringComparison.Ordinal));
        Assert.DoesNotContain(watch.Alerts.Skip(before), alert => alert.Kind == AlertKind.Refused);
    }

    /// <summary>The record of its outcome fails in the very step in which nothing of the name is left.</summary>
    [Fact]
    public void The_outcome_of_a_name_that_is_not_declared_any_more_is_recorded_again_too()
    {
        var watch = NetworkTests.Over([TwoEndpoints, NetworkTests.Other("www", 1)], new FleetRules());
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 20, "the write");
        var fails = true;
        watch.JournalFails = () => fails;
        watch.Reload(NetworkTests.Other("www", 1)).Run(5);
        Assert.Empty(watch.Outcomes);

        fails = false;
        watch.Run(20);
        Assert.Equal(ChangeResult.Verified, Assert.Single(watch.Outcomes).Result);
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void What_was_there_before_is_not_put_back_while_a_rule_holds_the_way_out_of_it_and_that_is_told()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = OnDrift.Restore, SwitchesPerHour = 1, MinActiveTime = Seconds(1) }, P);
        watch.Fails(P).Run(30).Works(P).Run(30);
        Assert.Equal([S], watch.Published());
        watch.Fails(S).Run(30);
        Assert.Equal("budget", watch.Service.Decisions[RecordType.A].Refusal?.Cause);
        watch.Provider.Records[Name] = Holding("203.0.113.9");
        watch.Run(90);
        Assert.Equal("budget", watch.Service.Decisions[RecordType.A].Refusal?.Cause);
        Assert.DoesNotContain(watch.Alerts, alert => alert.Title.Contains("no longer held back", StringComparison.Ordinal));
        watch.Run(3600);
        Assert.Equal([P], watch.Published());
    }
}
