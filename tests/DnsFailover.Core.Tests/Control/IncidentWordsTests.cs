using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What people are told of an incident that goes on, and of one that is over without a word, word by word.</summary>
public sealed class IncidentWordsTests
{
    private static readonly Incident Known = new("1", Noon);

    private static readonly FleetRules Checked = new() { SelfCheck = new SelfCheckRule(Targets: 4, Needed: 2, Seconds(2), Seconds(5)) };

    private static readonly ServiceDefinition Manual = TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) };

    [Fact]
    public void Our_own_network_is_the_fault()
    {
        var watch = NetworkTests.Over([TwoEndpoints], Checked);
        watch.Controls = [false, true, false, false];
        watch.Fails(P).Run(30);
        Same("nothing has been written for 4 h | 1 of 4 control targets answered, 2 are needed | Every name stays as it is until our own network is not the likely fault any more.", Reminder(watch, name: null));

        watch.Post(Seconds(0), new ControllerEvent.ConfigurationRejected("line 3: no"));
        watch.Run(1);
        Same("nothing has been written for 4 h | 1 of 4 control targets answered, 2 are needed; line 3: no | Every name stays as it is until our own network is not the likely fault any more.", Reminder(watch, name: null));
    }

    /// <summary>While it is raised and not told, the file is what people know of.</summary>
    [Fact]
    public void A_freeze_that_is_not_told_is_not_what_goes_on()
    {
        var watch = NetworkTests.Over([TwoEndpoints], Checked);
        watch.Controls = [false, true, false, false];
        watch.Fails(P).Run(30);
        watch.Post(Seconds(0), new ControllerEvent.ConfigurationRejected("line 3: no"));
        watch.Run(1);
        var untold = watch.State with { Network = watch.State.Network with { Condition = watch.State.Network.Condition! with { Told = false } } };
        Assert.Equal(["line 3: no"], StillWrong.Of(untold, name: null, watch.Now)!);
        Same("failover.yaml has been rejected for 4 h | line 3: no | The last good configuration goes on. Mend the file; it is read again as soon as it changes.", Words(IncidentAlerts.Reminder(untold, name: null, Known, ["line 3: no"], Noon.AddHours(4))));
    }

    [Fact]
    public void Several_things_are_wrong_with_a_service()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Fails(P, T).Run(60);
        Same("api.example.com is still degraded after 4 h | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; third (192.0.2.3) is down: 3 failures in a row, last: connection refused by 192.0.2.3:443 | Mend what is down. Traffic returns by itself once it has been up for 1 min. | to standby (192.0.2.2)", Reminder(watch, Name));
        var manual = Watch.Settled(Manual, P).Fails(P).Run(60);
        Same("api.example.com is still degraded after 4 h | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443 | Mend what is down. Traffic returns when an operator says so. | to standby (192.0.2.2)", Reminder(manual, Name));
    }

    [Fact]
    public void It_is_over_without_a_word()
    {
        var watch = Watch.Settled(TwoEndpoints with { Policy = Policy.Multivalue }, P, S);
        Same("Recovered | nothing hinders the daemon any more | what was told before is over | Nothing to do. | 4 h", Over(watch, name: null));
        Same("Recovered | api.example.com: nothing is wrong any more | what was told before is over | Nothing to do. | to primary (192.0.2.1), standby (192.0.2.2) | 4 h", Over(watch, Name));
        Same("Recovered | other.example.com: nothing is wrong any more | other.example.com is not declared any more | Nothing to do. | 4 h", Over(watch, DnsName.Parse("other.example.com")));
    }

    [Fact]
    public void A_service_that_is_not_declared_any_more_and_still_being_written_is_over_too()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var retired = watch.State with { Services = watch.State.Services.SetItem(Name, watch.Service with { Retired = true }) };
        Assert.Equal("api.example.com is not declared any more", IncidentAlerts.Over(retired, Name, Known, watch.Now).Reason);
        Assert.Equal([], StillWrong.Of(retired, Name, watch.Now)!);
    }

    [Fact]
    public void What_is_served_is_named_also_when_it_is_not_declared_or_nothing()
    {
        Assert.Equal("nothing", IncidentAlerts.Over(Watch.Settled(TwoEndpoints).State, Name, Known, Noon).To);
        Assert.Equal("primary (192.0.2.1), undeclared (203.0.113.9)", IncidentAlerts.Over(Watch.Settled(TwoEndpoints, P, "203.0.113.9").State, Name, Known, Noon).To);
    }

    [Theory]
    [InlineData(OverrideKind.Approve, "api.example.com", 10, false)] // it has been said
    [InlineData(OverrideKind.Approve, "api.example.com", 0, true)] // it has ended
    [InlineData(OverrideKind.Approve, "www.example.com", 10, true)]
    [InlineData(OverrideKind.Freeze, "api.example.com", 10, true)]
    [InlineData(OverrideKind.Freeze, "www.example.com", 0, true)]
    public void Who_may_approve_is_asked_until_somebody_has(OverrideKind kind, string service, double lasts, bool may)
    {
        var watch = Watch.Settled(Manual, P).Fails(P).Run(30).Works(P).Run(60);
        var said = new Override(kind, DnsName.Parse(service), Endpoint: null, "release", "alice", watch.Now - Seconds(5), watch.Now + Seconds(lasts));
        Assert.Equal(may, StillWrong.MayApprove(watch.State with { Overrides = [said] }, Name, watch.Now));
    }

    [Fact]
    public void Records_that_are_left_as_somebody_else_changed_them_are_still_wrong()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = OnDrift.Pause }, P);
        watch.Provider.Records[Name] = Holding(S);
        watch.Run(65);
        Assert.Contains("somebody else changed the records at dns, and they are left alone until that is undone", StillWrong.Of(watch.State, Name, watch.Now)!);
        watch.Provider.Records[Name] = Holding(P);
        watch.Run(65);
        Assert.Equal([], StillWrong.Of(watch.State, Name, watch.Now)!);
    }

    [Fact]
    public void Somebody_elses_change_that_is_taken_as_it_is_is_none()
    {
        var watch = Watch.Settled(TwoEndpoints with { Policy = Policy.Multivalue }, P, S);
        watch.Provider.Records[Name] = Holding(P, S) with { Sets = Holding(Name, Seconds(300), P, S).Sets };
        watch.Run(65);
        Assert.Equal([], StillWrong.Of(watch.State, Name, watch.Now)!);
    }

    [Fact]
    public void An_alert_that_could_not_be_recorded_says_what_was_wrong_at_its_time()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var full = true;
        watch.JournalFails = () => full;
        watch.Fails(S).Run(30).Works(S).Run(30);
        Assert.Empty(watch.Alerts);
        full = false;
        watch.Run(30);
        Assert.Equal([AlertKind.RedundancyLost, AlertKind.Recovered], watch.AlertKinds);
        Assert.Equal(["standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443"], watch.Alerts[0].StillWrong!);
        Assert.Equal([], watch.Alerts[1].StillWrong!);
    }

    private static string Reminder(Watch watch, DnsName? name) => Words(IncidentAlerts.Reminder(watch.State, name, Known, StillWrong.Of(watch.State, name, watch.Now)!, Noon.AddHours(4)));

    private static string Words(Alert alert) => $"{alert.Title} | {alert.Reason} | {alert.Next}{(alert.To is null ? string.Empty : $" | to {alert.To}")}";

    private static string Over(Watch watch, DnsName? name)
    {
        var alert = IncidentAlerts.Over(watch.State, name, Known, Noon.AddHours(4));
        return $"{alert.Kind} | {Words(alert)} | {Text.Of(alert.Downtime!.Value)}";
    }
}
