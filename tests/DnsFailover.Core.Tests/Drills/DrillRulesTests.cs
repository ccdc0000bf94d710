using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

public sealed class DrillRulesTests
{
    [Fact]
    public void A_standby_that_is_down_is_no_standby()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Run(30);

        foreach (var live in new[] { false, true })
        {
            Assert.StartsWith("no standby is ready: if primary were down, the A records would stay where they are (", watch.Objection(live), StringComparison.Ordinal);
            Assert.Contains("onAllDown: keep", watch.Objection(live), StringComparison.Ordinal);
        }

        watch.Command(Asked()).Run(5);
        Assert.Null(watch.Holds(Canary));
    }

    [Fact]
    public void Nor_is_one_whose_last_probe_failed_or_that_has_no_certificate_for_the_name()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CertificateTroubles[S] = "certificate is for standby.example.net, not api.example.com";
        Assert.Equal("no standby is ready: standby (192.0.2.2) is up, but users of api.example.com would get no valid certificate from it: certificate is for standby.example.net, not api.example.com", watch.Run(30).Objection());
    }

    [Fact]
    public void A_family_that_would_stay_at_the_dead_endpoint_is_named() =>
        Assert.StartsWith("no standby is ready: if primary were down, the AAAA records would stay where they are (", Watch.Settled(Service(Endpoint("primary", 0, P, P6), Standby), P, P6).Objection(), StringComparison.Ordinal);

    [Fact]
    public void Nothing_is_tried_where_nothing_would_be_done()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze);
        Assert.StartsWith("api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release; nothing is written until then.", watch.Objection(), StringComparison.Ordinal);
        watch.TakesBack(OverrideKind.Freeze).Says(OverrideKind.Force, "primary");
        Assert.Contains("it would not fail over", watch.Objection(), StringComparison.Ordinal);
        Assert.Contains("each endpoint gets its first verdict", Watch.Over(TwoEndpoints, P).Start().Objection(), StringComparison.Ordinal);
        Assert.Contains("so that there is nowhere to go", Watch.Settled(Service(Primary), P).Objection(), StringComparison.Ordinal);
        Assert.Equal("api.example.com has no endpoint fourth; it has primary, standby", Watch.Settled(TwoEndpoints, P).Objection(endpoint: "fourth"));
    }

    [Fact]
    public void Not_while_our_own_network_is_the_likely_fault()
    {
        var watch = Watch.Over(TwoEndpoints, P).Under(new FleetRules { SelfCheck = new SelfCheckRule(4, 2, Seconds(2), Seconds(5)) }).Start().Run(30);
        watch.Controls = [true, false, false, false];
        watch.Fails(P).Run(15);

        Assert.Contains("our own network is the likely fault of what fails (1 of 4 control targets answered, 2 are needed)", watch.Objection(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_at_a_time()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();

        Assert.Equal("drill 1 of api.example.com is under way, and there is one at a time; wait for its end", watch.Objection());
    }

    [Fact]
    public void A_live_one_begins_at_the_preferred_endpoint()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, S);

        Assert.Equal("api.example.com is not answered with its preferred endpoint (primary (192.0.2.1)), but with standby (192.0.2.2); a live drill begins there", watch.Objection(live: true));
        Assert.Null(watch.Objection());
    }

    [Fact]
    public void A_live_one_needs_every_endpoint_and_no_maintenance_soon()
    {
        var service = Service(Primary, Standby, Third);
        var watch = Watch.Settled(service, P).Says(OverrideKind.Drain, "third");
        Assert.Contains("third drained by alice until 2026-03-01 13:00 UTC: release; a live drill needs every endpoint.", watch.Objection(live: true), StringComparison.Ordinal);
        watch.TakesBack(OverrideKind.Drain, "third").Plan(new Window(WindowKind.Maintenance, Name, null, watch.Now + Seconds(60), watch.Now + Seconds(600), "patches"));

        Assert.Contains("begins at ", watch.Objection(live: true), StringComparison.Ordinal);
        Assert.Null(watch.Objection());
    }

    [Fact]
    public void A_live_one_leaves_the_switches_of_the_hour_alone()
    {
        var watch = Watch.Settled(TwoEndpoints with { SwitchesPerHour = 5 }, P);
        watch.Fails(P).Run(60).Works(P).Run(200); // out and back
        Assert.Null(watch.Objection(live: true));
        watch.Fails(P).Run(60).Works(P).Run(400);

        Assert.Equal(P, watch.Holds(Name));
        Assert.StartsWith("api.example.com has switched 4 times within the last hour, a drill switches it twice, and switchesPerHour is 5; ask again in ", watch.Objection(live: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Not_sooner_than_minActiveTime_after_a_move()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(300), Failback = new FailbackRule(FailbackMode.Auto, Seconds(1)) }, P);
        watch.Begin(live: true).Ends();

        Assert.Matches("^api.example.com was moved .* ago and minActiveTime is 5 min; ask again in ", watch.Objection(live: true));
    }

    [Fact]
    public void Who_asks_for_a_live_one_says_so_or_waits_for_a_window()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        Assert.Contains("no window is set for it; say that you mean now with --yes", watch.Objection(live: true, yes: false), StringComparison.Ordinal);
        Assert.Null(watch.Objection(live: true, actor: null, yes: false)); // the schedule is the word of failover.yaml

        var planned = Watch.Settled(TwoEndpoints with { Drill = new DrillRule(Canary) { OnlyInWindows = true } }, P);
        Assert.Equal("a live drill of api.example.com is made only within its windows, and none begins soon", planned.Objection(live: true));
        planned.Plan(new Window(WindowKind.Drill, Name, null, planned.Now + Seconds(60), planned.Now + Seconds(660), "drill window"));
        Assert.Contains("the next one begins at ", planned.Objection(live: true), StringComparison.Ordinal);
        Assert.Null(planned.Run(61).Objection(live: true, yes: false));
        Assert.Null(planned.Objection());
    }

    [Fact]
    public void One_that_the_schedule_asks_for_in_vain_is_told_once_and_tried_again()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Run(30);
        var told = watch.Alerts.Count;
        watch.Command(Asked(actor: null)).Run(3600).Command(Asked(actor: null)).Run(5);

        Assert.Equal("the drill of api.example.com was refused", Assert.Single(watch.Alerts.Skip(told)).Title);
        Assert.Equal([DrillResult.Refused, DrillResult.Refused], watch.Journal.OfType<DrillEnded>().Select(ended => ended.Report.Result));
        watch.Works(S).Run(60).Command(Asked(actor: null)).Run(5);
        Assert.Equal(DrillResult.Passed, watch.Report().Result);
        Assert.Empty(watch.Service.Conditions);
    }

    [Fact]
    public void What_is_overdue_is_told_once_also_after_a_restart_until_one_passes()
    {
        var watch = Watch.Settled(TwoEndpoints with { Drill = new DrillRule(Canary) { OverdueAfter = Seconds(7200) } }, P);
        watch.Run(3600).Restart().Run(3500);
        Assert.Empty(watch.Alerts);
        watch.Run(100);
        Assert.Equal((AlertKind.DrillFailed, "a drill of api.example.com is overdue"), (watch.Alerts[0].Kind, watch.Alerts[0].Title));
        Assert.Matches("^none has passed since they are expected .* and overdueAfter is 2 h$", watch.Alerts[0].Reason);
        watch.Restart().Run(7200);
        Assert.Single(watch.Alerts);

        watch.Begin().Ends();
        Assert.Equal([AlertKind.DrillFailed, AlertKind.DrillPassed, AlertKind.Recovered], watch.AlertKinds);
        watch.Run(7100);
        Assert.Equal(3, watch.Alerts.Count);
        watch.Run(200);
        Assert.Matches(@"^the last one that passed ended 2 h ago", watch.Alerts[3].Reason);
    }

    [Fact]
    public void Nobody_is_told_any_more_when_nobody_wants_to_be()
    {
        var watch = Watch.Settled(TwoEndpoints with { Drill = new DrillRule(Canary) { OverdueAfter = Seconds(60) } }, P).Run(60);
        Assert.Single(watch.Alerts);
        watch.Reload(TwoEndpoints).Run(10);

        Assert.Single(watch.Alerts);
        Assert.Empty(watch.Service.Conditions);
    }

    [Fact]
    public void The_canary_is_the_usual_one_unless_another_is_named()
    {
        Assert.Equal(Canary, DrillRule.CanaryOf(TwoEndpoints));
        Assert.Equal("canary.example.com", DrillRule.CanaryOf(TwoEndpoints with { Drill = new DrillRule(DnsName.Parse("canary.example.com")) }).ToString());
        Assert.Null(DrillRule.DefaultFor(DnsName.Parse(string.Join('.', Enumerable.Repeat(new string('a', 60), 4)))));
    }
}
