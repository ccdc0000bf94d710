using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What each alert says of what is still wrong: the first of a story is not the last, and the last says so.</summary>
public sealed class IncidentTests
{
    private static readonly Incident Known = new("api.example.com/1", Noon);

    [Fact]
    public void A_failover_is_over_when_traffic_is_back() => Wrong(Watch.Settled(TwoEndpoints, P).Fails(P).Run(30).Works(P).Run(150), """
        Failover | Error | opens | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
        Recovered | Info | primary (192.0.2.1) is up and preferred, and traffic is at standby (192.0.2.2)
        Failback | Info | nothing
        """);

    [Fact]
    public void With_a_manual_failback_it_lasts_until_somebody_approves()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P).Fails(P).Run(30).Works(P).Run(60);
        Assert.Equal([false, true], watch.Alerts.Select(alert => alert.MayApprove));
        var reminder = IncidentAlerts.Reminder(watch.State, Name, Known, StillWrong.Of(watch.State, Name, watch.Now)!, Noon.AddHours(4));
        Assert.Equal("api.example.com is still degraded after 4 h | primary (192.0.2.1) is up and preferred, and traffic is at standby (192.0.2.2) | Traffic stays where it is until you say `dnsfailover approve api.example.com`. | standby (192.0.2.2)", $"{reminder.Title} | {reminder.Reason} | {reminder.Next} | {reminder.To}");
        Assert.True(reminder.MayApprove);
        watch.Says(OverrideKind.Approve).Run(120);
        Wrong(watch, """
            Failover | Error | opens | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            Recovered | Info | primary (192.0.2.1) is up and preferred, and traffic is at standby (192.0.2.2)
            Override | Info | primary (192.0.2.1) is up and preferred, and traffic is at standby (192.0.2.2)
            Failback | Info | nothing
            """);
    }

    [Fact]
    public void One_failed_probe_of_what_is_up_again_is_no_end_of_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(P).Run(30).Works(P).Run(20);
        watch.Fails(P).RunUntil(() => watch.Service.Health[watch.Service.Definition.Target(P)].Fails == 1, 30, "a failed probe");
        Assert.Equal(["primary (192.0.2.1) is up and preferred, and traffic is at standby (192.0.2.2)"], StillWrong.Of(watch.State, Name, watch.Now)!);
    }

    [Fact]
    public void A_member_that_left_is_back_when_it_has_traffic() =>
        Wrong(Watch.Settled(TwoEndpoints with { Policy = Policy.Multivalue }, P, S).Fails(S).Run(60).Works(S).Run(120), """
            Shift | Warning | opens | standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443
            Recovered | Info | standby (192.0.2.2) is up and has no traffic yet
            Shift | Info | nothing
            """);

    [Fact]
    public void What_an_operator_does_opens_nothing() =>
        Wrong(Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "standby").Run(5).TakesBack(OverrideKind.Force).Run(90), """
            Override | Info | nothing
            Override | Info | nothing
            Override | Info | primary (192.0.2.1) is up and preferred, and traffic is at standby (192.0.2.2)
            Failback | Info | nothing
            """);

    [Fact]
    public void After_a_restart_it_is_not_over_before_the_records_are_read()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P).Fails(P).Run(30).Works(P).Run(60);
        var (state, _) = Controller.Start(watch.State.Configuration, watch.Journal, watch.Now);
        Assert.Null(StillWrong.Of(state, Name, watch.Now));
    }

    [Fact]
    public void No_incident_waits_for_a_drill()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var overdue = new Condition("drill", AlertKind.DrillFailed, "a drill is overdue", Noon, Told: true);
        var state = watch.State with { Services = watch.State.Services.SetItem(Name, watch.Service with { Conditions = watch.Service.Conditions.SetItem(overdue.Cause, overdue) }) };
        Assert.Equal([], StillWrong.Of(state, Name, watch.Now)!);
    }

    [Fact]
    public void A_rejected_file_is_a_story_of_the_daemon()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Post(Seconds(0), new ControllerEvent.ConfigurationRejected("line 3: no"));
        watch.Run(1);
        Wrong(watch, "ReloadRejected | Warning | opens | line 3: no");
        var reminder = IncidentAlerts.Reminder(watch.State, name: null, Known, StillWrong.Of(watch.State, name: null, watch.Now)!, Noon.AddHours(4));
        Assert.Equal("failover.yaml has been rejected for 4 h | line 3: no | The last good configuration goes on. Mend the file; it is read again as soon as it changes.", $"{reminder.Title} | {reminder.Reason} | {reminder.Next}");
    }

    [Fact]
    public void What_is_not_declared_any_more_is_over()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Run(60);
        var other = new ControllerConfiguration([], Seconds(60));
        var (state, _) = Controller.Step(watch.State, new ControllerEvent.ConfigurationLoaded(other, "loaded"), watch.Now);
        Assert.Equal([], StillWrong.Of(state, Name, watch.Now)!);
        var over = IncidentAlerts.Over(state, Name, Known, watch.Now);
        Assert.Equal("api.example.com: nothing is wrong any more | api.example.com is not declared any more", $"{over.Title} | {over.Reason}");
    }

    private static void Wrong(Watch watch, string expected) => Same(expected, string.Join('\n', watch.Alerts.Select(alert => string.Join(
        " | ",
        new[] { $"{alert.Kind}", $"{alert.Severity()}", alert.OpensIncidents() ? "opens" : string.Empty, alert.StillWrong is { Count: > 0 } wrong ? string.Join("; ", wrong) : alert.StillWrong is null ? "not known" : "nothing" }.Where(part => part.Length > 0)))));
}
