using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>So many switches an hour and no more: then the name is held and a person is told.</summary>
public sealed class SwitchBudgetTests
{
    private static readonly ServiceDefinition Thrifty = TwoEndpoints with
    {
        MinActiveTime = Seconds(5),
        Failback = new FailbackRule(FailbackMode.Manual, Seconds(5)),
        SwitchesPerHour = 2,
    };

    [Fact]
    public void With_the_budget_used_up_the_name_is_held_and_a_person_is_told_once()
    {
        var watch = UsedUp();
        watch.Fails(P).Works(S).Run(300);

        Assert.Equal([P], watch.Published());
        Assert.Equal(2, watch.Provider.Writes.Count);
        var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Contains("primary (192.0.2.1) is down", alert.Reason, StringComparison.Ordinal);
        Assert.Contains("but the name has switched twice within the last hour and switchesPerHour is 2", alert.Reason, StringComparison.Ordinal);
        Assert.Contains("It is decided again in 5", alert.Next, StringComparison.Ordinal);
        Assert.Contains("force", alert.Next, StringComparison.Ordinal);
        var refused = Assert.Single(watch.Journal.OfType<ConditionRaised>(), raised => raised.Cause == "refused:A:budget");
        Assert.Contains("budget 2 an hour: 2 used", refused.Guards);
        Assert.Contains(refused.Evidence, line => line.Contains("connection refused by 192.0.2.1:443", StringComparison.Ordinal));
    }

    [Fact]
    public void It_moves_as_soon_as_the_oldest_switch_is_an_hour_old()
    {
        var watch = UsedUp();
        var first = watch.Service.Switches[0].At;
        watch.Fails(P).Works(S).RunUntil(() => watch.Published()[0] == S, within: 4000, "the switch");
        Assert.InRange(watch.Now - first, TimeSpan.FromHours(1), TimeSpan.FromHours(1) + Seconds(2));
        watch.Run(5);
        Assert.Contains("budget 2 an hour: 1 used", watch.Intents.Last().Guards);
        Assert.Contains(AlertKind.Recovered, watch.AlertKinds);
    }

    [Fact]
    public void The_budget_survives_a_restart_and_a_name_that_is_left_out_for_a_while()
    {
        var watch = UsedUp();
        watch.Restart().Run(20).Reload().Run(5).Reload(Thrifty).Run(20);
        watch.Fails(P).Works(S).Run(600);
        Assert.Equal([P], watch.Published());
    }

    [Fact]
    public void A_switch_whose_outcome_was_found_out_after_a_crash_is_counted()
    {
        var watch = Watch.Settled(Thrifty with { SwitchesPerHour = 1 }, P);
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 60, "the failover").Restart().Run(30);
        Assert.Single(watch.Service.Switches);

        watch.Works(P).Fails(S).Run(300);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void A_failback_leaves_one_switch_for_the_way_out_again()
    {
        var service = Thrifty with { Failback = new FailbackRule(FailbackMode.Auto, Seconds(5)), SwitchesPerHour = 4 };
        var watch = Watch.Settled(service, P);
        for (var time = 0; time < 3; time++)
        {
            watch.Fails(P).Run(60).Works(P).Run(60);
        }

        Assert.Equal([S], watch.Published()); // out, back, out: the fourth is kept
        Assert.Contains("of its switchesPerHour (4) the last one is kept for the way out again", watch.Service.Decisions[RecordType.A].Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(AlertKind.Refused, watch.AlertKinds); // what is served works
        Assert.Contains(watch.Journal.OfType<ConditionRaised>(), raised => raised.Cause == "refused:A:budget:waits" && !raised.Told);

        watch.Fails(S).Run(60);
        Assert.Equal([P], watch.Published());
    }

    /// <summary>Between them, a failback is held back by the same guard.</summary>
    [Fact]
    public void A_second_outage_behind_the_same_guard_is_told_and_recorded_like_the_first()
    {
        var watch = Watch.Settled(Thrifty with { Failback = new FailbackRule(FailbackMode.Auto, Seconds(5)), SwitchesPerHour = 1 }, P);
        watch.Fails(P).Run(60).Works(P).Run(60).Fails(S).Run(20);
        Assert.Single(watch.AlertKinds, AlertKind.Refused);

        watch.Works(S).Run(700);
        Assert.DoesNotContain(watch.Service.Conditions.Values, condition => condition.Told);
        Assert.Equal([S], watch.Published());

        watch.Fails(S).Run(20);
        Assert.Equal(2, watch.AlertKinds.Count(kind => kind == AlertKind.Refused));
        Assert.Equal(2, watch.Journal.OfType<ConditionRaised>().Count(raised => raised.Cause == "refused:A:budget" && raised.Told && raised.Reason.StartsWith("standby (192.0.2.2) is down: 3 failures in a row", StringComparison.Ordinal)));
    }

    [Fact]
    public void One_family_that_flaps_leaves_the_other_its_budget()
    {
        var service = Thrifty with { Endpoints = [Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)] };
        var watch = Watch.Settled(service, P, P6);
        watch.Fails(P6).Run(60).Works(P6).Fails(S6).Run(60).Works(S6).Fails(P6).Run(60);
        Assert.Equal([P6], watch.Published(RecordType.AAAA));

        watch.Fails(P).Run(60);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void A_ttl_is_mended_while_a_failback_waits()
    {
        var service = Thrifty with { Failback = new FailbackRule(FailbackMode.Auto, Seconds(5)), SwitchesPerHour = 1 };
        var watch = Watch.Settled(service, P);
        watch.Fails(P).Run(60).Works(P).Run(60);
        Assert.Equal([S], watch.Published());

        watch.Reload(service with { Ttl = Seconds(45) }).Run(30);
        Assert.Equal(Seconds(45), watch.Provider.Of(Name)[RecordType.A]!.Ttl);
        Assert.Equal([S], watch.Published());
        Assert.Single(watch.Service.Switches);
    }

    /// <summary>Out and back, so that both switches of the hour are used.</summary>
    private static Watch UsedUp()
    {
        var watch = Watch.Settled(Thrifty, P);
        watch.Fails(P).Run(60).Works(P).Fails(S).Run(60);
        Assert.Equal([P], watch.Published());
        Assert.Equal(2, watch.Service.Switches.Count);
        return watch;
    }
}
