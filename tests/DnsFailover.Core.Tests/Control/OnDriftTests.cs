using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>Somebody else changes the records: <c>onDrift: alert | restore | pause</c>.</summary>
public sealed class OnDriftTests
{
    private const string Stranger = "203.0.113.9";

    private static readonly ServiceDefinition Restoring = TwoEndpoints with { OnDrift = OnDrift.Restore };

    private static readonly ServiceDefinition Pausing = TwoEndpoints with { OnDrift = OnDrift.Pause };

    [Theory]
    [InlineData(S)]
    [InlineData(Stranger)]
    [InlineData(P, Stranger)]
    [InlineData] // taken away altogether
    public void Restore_puts_back_what_was_there_and_tells_it(params string[] edited)
    {
        var watch = Watch.Settled(Restoring, P);

        watch.Provider.Records[Name] = edited.Length == 0 ? NameRecords.Create(Name, []) : Holding(edited);
        watch.Run(65);

        Assert.Equal([P], watch.Published());
        Assert.Single(watch.Provider.Writes);
        Assert.Equal([AlertKind.Drift, AlertKind.Shift], watch.AlertKinds);
        Assert.Contains("onDrift: restore", watch.Alerts[0].Next, StringComparison.Ordinal);
        Assert.Empty(watch.Service.HoldDowns); // traffic is where it was
    }

    [Fact]
    public void Restore_does_not_put_back_what_does_not_work_any_more()
    {
        var watch = Watch.Settled(Restoring, P);

        watch.Provider.Records[Name] = Holding(Stranger);
        watch.Fails(P).Run(120);

        Assert.Equal([S], watch.Published());
        Assert.All(watch.Provider.Writes, write => Assert.NotEqual([new RecordValue(P)], write.Change.Changes[0].After.Values));
    }

    [Fact]
    public void Restore_leaves_a_name_alone_that_another_controller_has_marked()
    {
        var watch = Watch.Settled(Restoring with { Owner = "blue" }, P);

        watch.Provider.Records[Name] = Holding(S) with { Owner = "green" };
        watch.Run(200);

        Assert.Empty(watch.Provider.Writes);
        Assert.Contains(watch.Alerts, alert => alert.Kind == AlertKind.Refused && alert.Reason.Contains("'green'", StringComparison.Ordinal));
    }

    [Fact]
    public void What_comes_and_goes_is_told_once_in_a_while()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
        foreach (var (edited, after, told) in new[] { (S, 65, 1), (P, 650, 1), (S, 65, 2), (P, 65, 2) }) // the second within ten minutes, the third after them
        {
            watch.Provider.Records[Name] = Holding(edited);
            watch.Run(after);
            Assert.True(watch.AlertKinds.Count(kind => kind == AlertKind.Drift) == told, watch.Told());
        }
    }

    [Fact]
    public void A_tug_of_war_is_given_up_and_told()
    {
        var watch = Watch.Settled(Restoring, P);
        for (var edit = 0; edit < 5; edit++)
        {
            watch.Provider.Records[Name] = Holding(Stranger);
            watch.Run(70);
        }

        Assert.Equal([Stranger], watch.Published());
        Assert.Equal(3, watch.Provider.Writes.Count);
        var last = watch.Alerts.Last(alert => alert.Kind == AlertKind.Drift);
        Assert.Equal("somebody else keeps changing the records of api.example.com", last.Title);
        Assert.Contains("find out who else writes", last.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tug_of_war_is_remembered_over_a_restart()
    {
        var watch = Watch.Settled(Restoring, P);
        for (var edit = 0; edit < 3; edit++)
        {
            watch.Provider.Records[Name] = Holding(Stranger);
            watch.Run(70).Restart().Run(30);
        }

        watch.Provider.Records[Name] = Holding(Stranger);
        watch.Run(70);

        Assert.Equal([Stranger], watch.Published());
        Assert.Equal(3, watch.Provider.Writes.Count);
    }

    [Fact]
    public void Edits_that_are_far_apart_are_no_tug_of_war()
    {
        var watch = Watch.Settled(Restoring, P);
        for (var edit = 0; edit < 5; edit++)
        {
            watch.Provider.Records[Name] = Holding(Stranger);
            watch.Run(3700);
        }

        Assert.Equal([P], watch.Published());
        Assert.Equal(5, watch.Provider.Writes.Count);
    }

    [Fact]
    public void Pause_leaves_the_records_alone_and_says_how_to_go_on()
    {
        var watch = Watch.Settled(Pausing, P);

        watch.Provider.Records[Name] = Holding(S);
        watch.Run(600);

        Assert.Empty(watch.Provider.Writes);
        var alert = Assert.Single(watch.Alerts);
        Assert.Equal(AlertKind.Drift, alert.Kind);
        Assert.Contains("until the records are as they were (A 192.0.2.1), or onDrift is changed", alert.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failover_that_pause_holds_back_is_told()
    {
        var watch = Watch.Settled(Pausing, P);
        watch.Provider.Records[Name] = Holding(S);
        watch.Run(70);

        watch.Fails(S).Run(60);

        Assert.Empty(watch.Provider.Writes);
        var refusal = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Contains("standby (192.0.2.2) is down", refusal.Reason, StringComparison.Ordinal);
        Assert.Contains("onDrift is pause", refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Down, watch.HealthOf(S));
    }

    [Fact]
    public void Pause_ends_when_the_change_is_undone()
    {
        var watch = Watch.Settled(Pausing, P);
        watch.Provider.Records[Name] = Holding(S);
        watch.Run(70);
        watch.Provider.Records[Name] = Holding(P);
        watch.Run(70);

        watch.Fails(P).Run(60);

        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void Pause_ends_when_failover_yaml_says_so_and_is_taken_as_it_is()
    {
        var watch = Watch.Settled(Pausing, P);
        watch.Provider.Records[Name] = Holding(S);
        watch.Run(70);

        watch.Reload(TwoEndpoints).Run(200);

        Assert.Equal([P], watch.Published()); // failback, as after any drift
    }

    [Fact]
    public void Pause_outlives_a_restart()
    {
        var watch = Watch.Settled(Pausing, P);
        watch.Provider.Records[Name] = Holding(S);
        watch.Run(70);

        watch.Restart().Run(300);

        Assert.Empty(watch.Provider.Writes);
        Assert.Contains(watch.Journal, entry => entry is DriftNoticed { Response.IsPaused: true });
    }

    [Fact]
    public void A_change_by_hand_that_a_write_of_ours_runs_into_is_drift_too()
    {
        var watch = Watch.Settled(Pausing, P);
        watch.Provider.WriteFaults = () =>
        {
            watch.Provider.Records[Name] = Holding(Stranger);
            return WriteFault.None;
        };

        watch.Fails(P).Run(60);

        Assert.Equal([Stranger], watch.Published());
        Assert.Contains(AlertKind.Drift, watch.AlertKinds);
    }

    [Fact]
    public void With_two_providers_a_change_by_hand_at_the_second_is_made_the_same_again()
    {
        var watch = Watch.Over(TwoEndpoints with { AlsoAt = ["aws"] }, P);
        var aws = watch.Others["aws"] = new TinyProvider();
        aws.Records[Name] = Holding(P);
        watch.Start().Run(30);

        aws.Records[Name] = Holding(Stranger);
        watch.Run(70);

        Assert.Equal([P], aws.Of(Name)[RecordType.A]!.Values.Select(value => value.Data));
        Assert.Empty(watch.Provider.Writes);
        Assert.Contains("made the same as at dns again", Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Drift).Next, StringComparison.Ordinal);
    }

    [Fact]
    public void With_two_providers_pause_at_the_first_leaves_the_second_alone_too()
    {
        var watch = Watch.Over(Pausing with { AlsoAt = ["aws"] }, P);
        var aws = watch.Others["aws"] = new TinyProvider();
        aws.Records[Name] = Holding(P);
        watch.Start().Run(30);

        watch.Provider.Records[Name] = Holding(S);
        watch.Run(200);

        Assert.Equal([P], aws.Of(Name)[RecordType.A]!.Values.Select(value => value.Data));
        Assert.Empty(aws.Writes);
    }

    [Theory]
    [InlineData(OnDrift.Pause)]
    [InlineData(OnDrift.Restore)]
    public void What_was_undone_while_the_daemon_was_stopped_is_over(OnDrift onDrift)
    {
        var (watch, aws) = AtTwo(TwoEndpoints with { OnDrift = onDrift });
        watch.Provider.WriteFaults = () => WriteFault.Transient;
        watch.Provider.Records[Name] = Holding(Stranger);
        watch.Run(70).Crash();
        watch.Provider.WriteFaults = () => WriteFault.None;
        watch.Provider.Records[Name] = Holding(P);

        watch.Restart().Run(100).Fails(P).Run(60);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S], aws.Of(Name)[RecordType.A]!.Values.Select(value => value.Data));
    }

    [Fact]
    public void A_name_that_is_paused_is_not_moved_elsewhere_either_while_its_leading_provider_is_in_trouble()
    {
        var (watch, aws) = AtTwo(Pausing);
        watch.Provider.Records[Name] = Holding(S);
        watch.Run(70);

        watch.Provider.ReadFault = () => "connection refused";
        watch.Fails(P).Run(300);

        Assert.Empty(aws.Writes);
        Assert.DoesNotContain(watch.Alerts, alert => alert.Next.Contains("Traffic is not affected", StringComparison.Ordinal)); // aws still answers what is down
    }

    [Fact]
    public void Traffic_that_was_moved_by_hand_at_both_stays_moved_whoever_leads_later()
    {
        var (watch, aws) = AtTwo(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) });
        watch.Provider.Records[Name] = aws.Records[Name] = Holding(S);
        watch.Run(200);

        var broken = true;
        watch.Provider.ReadFault = () => broken ? "connection refused" : null;
        watch.Run(100);
        broken = false;
        watch.Run(100);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S], aws.Of(Name)[RecordType.A]!.Values.Select(value => value.Data));
        Assert.Null(watch.Service.Copies["aws"].Drift);
    }

    [Fact]
    public void Who_was_behind_and_is_mended_by_hand_has_nothing_left_to_undo()
    {
        var (watch, _) = AtTwo(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) });
        var broken = true;
        watch.Provider.ReadFault = () => broken ? "connection refused" : null;
        watch.Fails(P).Run(200);

        watch.Provider.Records[Name] = Holding(S);
        broken = false;
        watch.Run(100);

        Assert.Null(watch.Service.Copies["dns"].Drift);
        Assert.Empty(watch.Provider.Writes);
        Assert.Equal("It is kept the same as at aws.", watch.Alerts.Single(alert => alert.Kind == AlertKind.Drift).Next);
    }

    [Fact]
    public void One_family_is_put_back_although_the_other_was_switched_before()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { OnDrift = OnDrift.Restore, Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, P6);
        watch.Fails(P, S).Run(60);
        watch.Provider.Records[Name] = Holding(Stranger, P6);
        watch.Run(70).Fails(P6).Run(30);
        Assert.Equal([Stranger], watch.Published());

        watch.Restart().Works(P, P6).Run(200);

        Assert.Equal([P], watch.Published());
        Assert.Equal([S6], watch.Published(RecordType.AAAA)); // which nobody else has changed
    }

    [Fact]
    public void Restore_publishes_what_onAllDown_asks_for_and_does_not_wait_for_proof_of_it()
    {
        var watch = Watch.Settled(Restoring with { OnAllDown = OnAllDown.All }, P);
        watch.Provider.WriteFaults = () => WriteFault.Transient;
        watch.Provider.Records[Name] = Holding(Stranger);
        watch.Fails(P, S).Run(100);

        watch.Provider.WriteFaults = () => WriteFault.None;
        watch.Run(100);

        Assert.Equal([P, S], watch.Published());
    }

    [Fact]
    public void Each_pause_is_told()
    {
        var watch = Watch.Settled(Pausing, P);
        foreach (var edited in new[] { S, P, S })
        {
            watch.Provider.Records[Name] = Holding(edited);
            watch.Run(70);
        }

        Assert.Equal([AlertKind.Drift, AlertKind.Drift], watch.AlertKinds);
    }

    [Fact]
    public void What_is_given_up_is_told_once_however_often_it_changes_from_then_on()
    {
        var watch = Watch.Settled(Restoring, P);
        for (var edit = 1; edit < 30; edit++)
        {
            watch.Provider.Records[Name] = Holding($"203.0.113.{edit}");
            watch.Run(70);
        }

        Assert.Single(watch.Alerts, alert => alert.Title == "somebody else keeps changing the records of api.example.com");
    }

    [Fact]
    public void After_onDrift_was_changed_what_was_put_back_before_does_not_count()
    {
        var watch = Watch.Settled(Restoring, P);
        for (var edit = 0; edit < 4; edit++)
        {
            watch.Provider.Records[Name] = Holding(S);
            watch.Run(70);
        }

        watch.Reload(Pausing).Reload(Restoring).Run(100);
        watch.Provider.Records[Name] = Holding(T);
        watch.Run(70);

        Assert.DoesNotContain(T, watch.Published());
    }

    [Fact]
    public void Where_every_endpoint_is_served_the_alert_does_not_promise_that_an_edit_stays()
    {
        var watch = Watch.Settled(TwoEndpoints with { Policy = Policy.Multivalue }, P, S);
        watch.Provider.Records[Name] = Holding(P);
        watch.Run(100);

        Assert.Equal([P, S], watch.Published());
        Assert.Contains("every endpoint that has been up for 1 min is served again at once", watch.Alerts[0].Next, StringComparison.Ordinal);
    }

    private static (Watch Watch, TinyProvider Aws) AtTwo(ServiceDefinition service)
    {
        var watch = Watch.Over(service with { AlsoAt = ["aws"] }, P);
        var aws = watch.Others["aws"] = new TinyProvider();
        aws.Records[Name] = Holding(P);
        return (watch.Start().Run(30), aws);
    }
}
