using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class FailoverTests
{
    [Fact]
    public void While_everything_is_up_nothing_is_written_and_nobody_is_told()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Run(600);

        Assert.Empty(watch.Provider.Writes);
        Assert.Empty(watch.Alerts);
        Assert.Equal("primary (192.0.2.1) serves the name", watch.Service.Decisions[RecordType.A].Reason);
    }

    [Fact]
    public void A_dead_primary_is_replaced_step_by_step()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P);
        watch.Effects.Clear();
        watch.RunUntil(() => watch.Alerts.Count > 0, within: 20, "the failover");

        Assert.Equal([S], watch.Published());
        Assert.Equal(
            [
                "confirm primary",
                "confirm primary",
                "prove standby",
                "read",
                "record HealthChanged+IntentRecorded+ConditionRaised", // nothing is waited for after the verdict
                "apply A 192.0.2.1 → 192.0.2.2",
                "verify",
                "record OutcomeRecorded+!Failover",
            ],
            watch.Effects);
        var alert = Assert.Single(watch.Alerts);
        Assert.Equal("api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2)", alert.Title);
        Assert.Contains("3 failures in a row, last: connection refused by 192.0.2.1:443", alert.Reason, StringComparison.Ordinal);
        Assert.Contains(alert.Evidence, line => line.EndsWith("standby (192.0.2.2): status 200 in 40 ms", StringComparison.Ordinal));
        Assert.NotNull(alert.Downtime);
        Assert.Equal(Seconds(0.05), alert.Timings!.Write);
        Assert.Equal(Seconds(0.1), alert.Timings.Verification);
        Assert.Equal(new HoldDown(RecordType.A, watch.Outcomes.Single().At - Seconds(0.1)), Assert.Single(watch.Service.HoldDowns));
    }

    [Fact]
    public void One_failed_probe_or_two_move_nothing()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).RunUntil(() => watch.Service.Health[TwoEndpoints.Target(P)].Fails == 2, within: 20, "the second failure");
        watch.Works(P).Run(300);

        Assert.Empty(watch.Provider.Writes);
        Assert.Empty(watch.Alerts);
    }

    [Fact]
    public void What_we_cannot_reach_through_our_own_fault_moves_nothing()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CannotBeReachedFromHere(P, S).Run(600);

        Assert.Empty(watch.Provider.Writes);
        Assert.Equal(HealthStatus.Up, watch.HealthOf(P));
        var alert = Assert.Single(watch.Alerts); // one for both, and not one for each probe
        Assert.Equal(AlertKind.Blind, alert.Kind);
        Assert.Contains("primary (192.0.2.1): no route from here", alert.Reason, StringComparison.Ordinal);

        watch.Works(P, S).Run(20);
        Assert.Equal([AlertKind.Blind, AlertKind.Recovered], watch.AlertKinds);
    }

    [Fact]
    public void Traffic_comes_back_after_the_failback_delay()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).Run(30).Works(P);
        watch.RunUntil(() => watch.HealthOf(P) == HealthStatus.Up, within: 30, "the recovery");
        var up = watch.Now;
        watch.RunUntil(() => watch.Published()[0] == P, within: 120, "the failback");

        Assert.InRange((watch.Now - up).TotalSeconds, 60, 61);
        watch.Run(60);
        Assert.Equal([AlertKind.Failover, AlertKind.Recovered, AlertKind.Failback], watch.AlertKinds);
        Assert.Contains("failback after 1 min", watch.Alerts[1].Next, StringComparison.Ordinal);
        Assert.Equal(2, watch.Provider.Writes.Count);
    }

    [Fact]
    public void A_primary_that_falls_again_during_the_delay_waits_anew()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).Run(30).Works(P).Run(40).Fails(P).Run(30).Works(P).Run(60);

        Assert.Equal([S], watch.Published());
        watch.Run(60);
        Assert.Equal([P], watch.Published());
    }

    [Fact]
    public void Manual_failback_stays_until_the_standby_fails()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
        watch.Fails(P).Run(30).Works(P).Run(3600);

        Assert.Equal([S], watch.Published());
        Assert.Contains("failback is manual", watch.Service.Decisions[RecordType.A].Reason, StringComparison.Ordinal);
        watch.Fails(S).Run(30);
        Assert.Equal([P], watch.Published());
    }

    [Fact]
    public void A_second_switch_that_waits_for_long_is_told()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(3600), Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
        watch.Fails(P).Run(60).Works(P).Fails(S).Run(60);
        var told = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Matches(@"^It is decided again in 5\d min.*; to move it before, `dnsfailover force api\.example\.com <endpoint>`\.", told.Next);
    }

    [Fact]
    public void A_second_switch_waits_for_the_minimum_active_time_and_is_then_made()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(300) }, P);
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 30, "the failover");
        var switched = watch.Now;
        watch.Works(P).Run(40).Fails(S).Run(60);

        Assert.Equal([S], watch.Published());
        Assert.Contains("minActiveTime is 5 min", watch.Service.Decisions[RecordType.A].Reason, StringComparison.Ordinal);
        Assert.Single(watch.Journal.OfType<ConditionRaised>(), raised => raised.Cause == "refused:A:min-active-time:waits");
        watch.RunUntil(() => watch.Published()[0] == P, within: 300, "the second switch");
        Assert.InRange((watch.Now - switched).TotalSeconds, 300, 301);
    }

    [Fact]
    public void A_standby_that_fails_its_fresh_probe_is_passed_over()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P);
        watch.Fails(P, S).RunUntil(() => watch.Published()[0] != P, within: 30, "the failover");

        Assert.Equal([T], watch.Published());
        Assert.Single(watch.Provider.Writes);
    }

    [Fact]
    public void An_inconclusive_fresh_probe_is_made_again_until_it_counts()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).CannotBeReachedFromHere(S).Run(40);

        Assert.Equal([P], watch.Published());
        Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused && alert.Reason.Contains("no route from here", StringComparison.Ordinal));
        watch.Works(S).RunUntil(() => watch.Published()[0] == S, within: 3, "the failover");
        watch.Run(5);
        Assert.Equal([AlertKind.Refused, AlertKind.Recovered, AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void A_single_inconclusive_fresh_probe_is_not_worth_a_message()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).CannotBeReachedFromHere(S).RunUntil(() => watch.Service.Conditions.ContainsKey("refused:A:no-proof"), within: 30, "the inconclusive probe");
        watch.Works(S).Run(10);

        Assert.Equal([S], watch.Published());
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void Equal_priorities_are_served_together()
    {
        var service = Service(Primary, Standby with { Priority = 0 }, Third);
        var watch = Watch.Settled(service, P, S);
        watch.Fails(P).Run(30);
        Assert.Equal([S], watch.Published());

        watch.Works(P).Run(100);
        Assert.Equal([P, S], watch.Published());

        watch.Fails(P, S).Run(40);
        Assert.Equal([T], watch.Published());
    }

    [Fact]
    public void Multivalue_serves_whatever_is_up_and_keeps_the_last()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third) with { Policy = Policy.Multivalue }, P, S, T);
        watch.Fails(S).Run(30);
        Assert.Equal([P, T], watch.Published());

        watch.Fails(P).Run(30);
        Assert.Equal([T], watch.Published());

        watch.Fails(T).Run(30);
        Assert.Equal([T], watch.Published());

        watch.Works(P, S, T).Run(200);
        Assert.Equal([P, S, T], watch.Published());
    }

    [Fact]
    public void Weights_follow_failover_yaml()
    {
        var weighted = Service(Primary with { Weight = 3 }, Standby with { Weight = 1 }) with { Policy = Policy.Weighted };
        var watch = Watch.Over(weighted);
        watch.Provider.Records[Name] = NameRecords.Create(Name, [RecordSet.Create(Name, RecordType.A, Seconds(30), [new RecordValue(P, 3), new RecordValue(S, 1)])]);
        watch.Start().Run(60);
        Assert.Empty(watch.Provider.Writes);

        watch.Reload(weighted with { Endpoints = [Primary with { Weight = 1 }, Standby with { Weight = 9 }] }).Run(5);
        Assert.Equal([new RecordValue(P, 1), new RecordValue(S, 9)], watch.Provider.Of(Name)[RecordType.A]!.Values);

        watch.Fails(S).Run(30);
        Assert.Equal([new RecordValue(P, 1)], watch.Provider.Of(Name)[RecordType.A]!.Values);
    }

    [Fact]
    public void IPv4_and_IPv6_are_decided_apart()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)), P, P6);
        watch.Fails(P6).Run(30);

        Assert.Equal([P], watch.Published());
        Assert.Equal([S6], watch.Published(RecordType.AAAA));
        Assert.Equal("api.example.com failed over from primary (2001:db8::1) to standby (2001:db8::2)", watch.Alerts[0].Title);

        watch.Fails(P).Run(30); // no hold-down of the other family stands against it
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void Both_families_of_a_dead_endpoint_end_on_the_standby()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)), P, P6);
        watch.Fails(P, P6).Run(30);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S6], watch.Published(RecordType.AAAA));
    }

    [Fact]
    public void A_cname_moves_to_one_target()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, "api.railway.example"), Endpoint("standby", 0, "api.render.example")), "api.railway.example");
        watch.Run(200);
        Assert.Empty(watch.Provider.Writes);

        watch.Fails("api.railway.example").Run(30);
        Assert.Equal(["api.render.example"], watch.Published(RecordType.CNAME));
    }

    [Fact]
    public void When_all_is_down_the_last_answer_stays()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P, S).Run(120);

        Assert.Equal([P], watch.Published());
        Assert.Equal([AlertKind.AllDown], watch.AlertKinds);
        watch.Works(S).RunUntil(() => watch.Published()[0] == S, within: 30, "the failover");
        watch.Run(2);
        Assert.Equal([AlertKind.AllDown, AlertKind.Recovered, AlertKind.Failover], watch.AlertKinds);
        Assert.True(watch.Alerts[1].Downtime > Seconds(100));
    }

    [Fact]
    public void When_all_is_down_keep_writes_nothing_even_beside_a_foreign_value()
    {
        var watch = Watch.Over(TwoEndpoints with { Adopt = true }, P, "203.0.113.9");
        watch.Fails(P, S).Start().Run(120);

        Assert.Empty(watch.Provider.Writes);
    }

    [Theory]
    [InlineData(OnAllDown.Primary, new[] { P })]
    [InlineData(OnAllDown.All, new[] { P, S })]
    public void When_all_is_down_the_configured_answer_is_served(OnAllDown onAllDown, string[] expected)
    {
        var watch = Watch.Settled(TwoEndpoints with { OnAllDown = onAllDown }, P);
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 30, "the failover");
        watch.Fails(S).Run(40);
        Assert.Equal([S], watch.Published()); // minActiveTime holds here too
        watch.Run(40);
        Assert.Equal(expected, watch.Published());

        watch.Works(S).Run(120);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void Unknown_in_a_better_group_does_not_push_out_what_is_up()
    {
        var watch = Watch.Over(TwoEndpoints, P, S);
        watch.CannotBeReachedFromHere(P).Start().Run(120);

        Assert.Equal([P, S], watch.Published());
    }
}
