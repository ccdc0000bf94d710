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
}
