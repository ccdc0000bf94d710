using DnsFailover.Core.Alerts;
using DnsFailover.Core.Operations;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class MaintenanceTests
{
    [Fact]
    public void Planned_maintenance_keeps_traffic_off_an_endpoint_for_exactly_its_time()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Plan(Window("primary", 100, 400));
        watch.Run(69); // 99 s after noon
        Assert.Equal([P], watch.Published());
        watch.RunUntil(() => watch.Published() is [S], within: 3, "the move").Run(1);
        Assert.Equal("primary under planned maintenance until 2026-03-01 12:06 UTC: monthly patches; standby (192.0.2.2) is up", watch.Intents.Single().Reason);
        Assert.Contains("The planned maintenance ends at 2026-03-01 12:06 UTC.", watch.Alerts.Single().Next, StringComparison.Ordinal);

        watch.Run(Until(watch, 399));
        Assert.Equal([S], watch.Published());
        watch.RunUntil(() => watch.Published() is [P], within: 3, "the failback, whose delay has passed meanwhile");
    }

    [Fact]
    public void Maintenance_of_a_service_holds_it_and_the_failover_that_waits_is_told()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Plan(Window(endpoint: null, 60, 300)).Run(40).Fails(P).Run(100);
        Assert.Equal([P], watch.Published());
        var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Contains("but under planned maintenance since 2026-03-01 12:01 UTC until 2026-03-01 12:05 UTC: monthly patches", alert.Reason, StringComparison.Ordinal);

        watch.RunUntil(() => watch.Published() is [S], within: 140, "the failover after it");
        Assert.InRange((watch.Now - Noon).TotalSeconds, 300, 303);
    }

    [Fact]
    public void An_operator_can_force_during_planned_maintenance_and_freeze_for_longer()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Plan(Window(endpoint: null, 0, 300), Window("standby", 0, 300));
        watch.Says(OverrideKind.Force, "standby").Run(2);
        Assert.Equal([S], watch.Published());

        watch.TakesBack(OverrideKind.Force).Says(OverrideKind.Freeze, forSeconds: 600).Run(400);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void A_plan_that_is_withdrawn_or_replaced_holds_nothing_any_more()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Plan(Window(endpoint: null, 0, 300)).Fails(P).Run(60);
        Assert.Equal([P], watch.Published());

        watch.Plan().RunUntil(() => watch.Published() is [S], within: 3, "the failover");
    }

    [Fact]
    public void Planned_maintenance_is_known_after_a_reload_and_a_restart()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Plan(Window("primary", 100, 400)).Reload(TwoEndpoints).Run(100);
        Assert.Equal([S], watch.Published());
        watch.Restart().Run(100);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void Alerts_meanwhile_say_that_there_is_maintenance()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Plan(Window("standby", 0, 300)).Fails(S).Run(30);

        var alert = Assert.Single(watch.Alerts);
        Assert.Equal(AlertKind.RedundancyLost, alert.Kind);
        Assert.EndsWith("In effect: standby under planned maintenance until 2026-03-01 12:05 UTC: monthly patches.", alert.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void Planned_times_of_others_and_for_failback_change_nothing()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Plan(Window(endpoint: null, 0, 300) with { Kind = WindowKind.Failback }, Window("primary", 0, 300) with { Service = Core.Records.DnsName.Parse("www.example.com") }).Run(30);

        Assert.Equal([P], watch.Published());
        Assert.Empty(watch.Alerts);
    }

    private static double Until(Watch watch, double second) => (Noon + Seconds(second) - watch.Now).TotalSeconds;

    private static Window Window(string? endpoint, double from, double until) => new(WindowKind.Maintenance, Name, endpoint, Noon + Seconds(from), Noon + Seconds(until), "monthly patches");
}
