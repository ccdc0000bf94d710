using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class AlertTests
{
    [Fact]
    public void Redundancy_lost_and_regained_is_told_with_its_downtime()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(S).Run(100).Works(S).Run(30);

        Assert.Equal([AlertKind.RedundancyLost, AlertKind.Recovered], watch.AlertKinds);
        Assert.Contains("api.example.com has lost redundancy: standby (192.0.2.2) is down", watch.Alerts[0].Title, StringComparison.Ordinal);
        Assert.NotEmpty(watch.Alerts[0].Evidence);
        Assert.InRange(watch.Alerts[1].Downtime!.Value.TotalSeconds, 95, 125);
        Assert.Empty(watch.Provider.Writes);
    }

    [Fact]
    public void What_comes_and_goes_is_told_once_in_ten_minutes()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        for (var i = 0; i < 30; i++)
        {
            watch.Fails(S).Run(15).Works(S).Run(25);
        }

        Assert.InRange(watch.Alerts.Count, 2, 6); // 20 minutes of flapping
    }

    [Fact]
    public void What_had_to_stay_quiet_and_lasts_is_told_after_all()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(S).Run(20).Works(S).Run(30).Fails(S).Run(120);
        Assert.Equal([AlertKind.RedundancyLost, AlertKind.Recovered], watch.AlertKinds);

        watch.Run(600);
        Assert.Equal([AlertKind.RedundancyLost, AlertKind.Recovered, AlertKind.RedundancyLost], watch.AlertKinds);
    }

    [Fact]
    public void A_first_answer_holds_no_failover_back()
    {
        var watch = Watch.Over(TwoEndpoints with { Create = true }).Start();
        watch.RunUntil(() => watch.Published() is [P], within: 30, "the first answer");
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 25, "the failover, before minActiveTime is over");
    }

    [Fact]
    public void What_holds_a_failover_back_is_told_with_what_is_held_back()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 60, "the failover");
        watch.Works(P).Run(25).Fails(S).Run(16);

        var held = watch.Journal.OfType<ConditionRaised>().Single(condition => condition.Cause.Contains("min-active-time", StringComparison.Ordinal));
        Assert.Contains("standby (192.0.2.2) is down", held.Reason, StringComparison.Ordinal);
        Assert.Contains("primary (192.0.2.1) is up, but the last switch was", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_switch_that_onAllDown_makes_is_no_end_of_the_outage()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnAllDown = OnAllDown.All }, P);
        watch.Fails(P, S).RunUntil(() => watch.Alerts.Exists(alert => alert.Kind == AlertKind.Failover), within: 60, "onAllDown");

        var alert = watch.Alerts.Single(alert => alert.Kind == AlertKind.Failover);
        Assert.Null(alert.Downtime);
        Assert.Equal("onAllDown: all. That is served until one of them passes its probes.", alert.Next);
    }

    [Fact]
    public void What_onAllDown_asks_for_and_is_not_served_is_not_called_served()
    {
        var held = Watch.Settled(TwoEndpoints with { OnAllDown = OnAllDown.Primary }, P);
        held.Fails(P).RunUntil(() => held.Published() is [S], within: 30, "the failover");
        held.Fails(S).RunUntil(() => held.AlertKinds.Contains(AlertKind.AllDown), within: 30, "the outage");
        Assert.Matches("^onAllDown: primary. That is not served: every endpoint is down; onAllDown: primary, but the last switch was .* ago and minActiveTime is 1 min. It is decided again in ", held.Alerts.Single(alert => alert.Kind == AlertKind.AllDown).Next);

        var unread = Watch.Over(TwoEndpoints with { OnAllDown = OnAllDown.Primary }, P);
        unread.Provider.ReadFault = () => "HTTP 503";
        unread.Fails(P, S).Start().RunUntil(() => unread.AlertKinds.Contains(AlertKind.AllDown), within: 60, "the outage");
        Assert.Equal("onAllDown: primary. That is served as soon as the records can be read, until one of them passes its probes.", unread.Alerts.Single(alert => alert.Kind == AlertKind.AllDown).Next);
    }

    [Fact]
    public void An_operator_is_told_that_a_manual_failback_is_his()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 60, "the failover");
        watch.Works(P).Run(60);

        Assert.Equal([AlertKind.Failover, AlertKind.Recovered], watch.AlertKinds);
        Assert.All(watch.Alerts, alert => Assert.StartsWith("Failback is manual", alert.Next, StringComparison.Ordinal));
    }

    [Fact]
    public void A_family_that_is_down_as_a_whole_is_called_by_its_name()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Standby), P, P6);
        watch.Fails(P6).RunUntil(() => watch.Alerts.Exists(alert => alert.Kind == AlertKind.AllDown), within: 60, "all down");

        Assert.Contains("every IPv6 endpoint is down", watch.Alerts.Single(alert => alert.Kind == AlertKind.AllDown).Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Endpoints_that_fail_together_are_one_message()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P);
        watch.Fails(P, S, T).Run(120);

        Assert.Equal([AlertKind.AllDown], watch.AlertKinds);
    }

    [Fact]
    public void The_endpoints_that_recover_one_by_one_are_told_one_by_one()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P, S).Run(60).Works(P).Run(60).Works(S).Run(60);

        Assert.Equal([AlertKind.AllDown, AlertKind.Recovered, AlertKind.Recovered], watch.AlertKinds);
        Assert.Contains("with every endpoint down", watch.Alerts[1].Title, StringComparison.Ordinal);
        Assert.Contains("standby (192.0.2.2) is up again", watch.Alerts[2].Title, StringComparison.Ordinal);
        Assert.Empty(watch.Service.Conditions);
    }

    [Fact]
    public void The_intermittent_fault_is_told_by_its_window()
    {
        var watch = Watch.Settled(TwoEndpoints with { Endpoints = [Primary with { Rule = new HealthRule(2, 3, new FailureWindow(3, 10)) }, Standby] }, P);
        for (var i = 0; i < 3; i++)
        {
            watch.Fails(P).RunUntil(() => watch.Service.Health[TwoEndpoints.Target(P)].Fails == 1, within: 12, "a failure");
            watch.Works(P);
            watch.Run(5);
        }

        watch.RunUntil(() => watch.Alerts.Count > 0, within: 5, "the failover");
        Assert.Equal([S], watch.Published());
        Assert.Contains("3 of the last 10 probes failed", watch.Alerts[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quiet_day_writes_no_journal()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var before = watch.Journal.Count;
        watch.Run(86400 / 4);

        Assert.Equal(before, watch.Journal.Count);
        Assert.All(watch.Journal, entry => Assert.IsType<HealthChanged>(entry));
    }

    [Fact]
    public void A_second_total_outage_is_told_although_the_first_one_is_only_minutes_past()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P, S).Run(60).Works(P, S).Run(60);
        Assert.Contains(AlertKind.Recovered, watch.AlertKinds);
        var before = watch.Alerts.Count;
        watch.Fails(P, S).Run(60);

        Assert.Equal(AlertKind.AllDown, Assert.Single(watch.Alerts.Skip(before)).Kind);
        Assert.Equal(AlertKind.AllDown, watch.AlertKinds[^1]); // the last word is not "up again"
    }

    [Fact]
    public void An_alert_says_what_is_served_and_on_what_it_rests()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(S).Run(60);

        var alert = Assert.Single(watch.Alerts);
        Assert.Equal((AlertKind.RedundancyLost, "primary (192.0.2.1)"), (alert.Kind, alert.To));
        Assert.Contains(alert.Evidence, line => line.EndsWith("standby (192.0.2.2): connection refused by 192.0.2.2:443", StringComparison.Ordinal));
    }
}
