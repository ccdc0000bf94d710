using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class FreezeTests
{
    private static readonly ServiceDefinition Other = TwoEndpoints with { Name = DnsName.Parse("www.example.com") };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_written_whatever_fails_and_the_failover_that_waits_is_told(bool ofAll)
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze, ofAll: ofAll).Fails(P).Run(300);
        Assert.Equal([P], watch.Published());
        Assert.Equal(HealthStatus.Down, watch.HealthOf(P));
        var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Contains($"standby (192.0.2.2) is up, but {(ofAll ? "every service " : string.Empty)}frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 13:00 UTC: release", alert.Reason, StringComparison.Ordinal);
        Assert.Contains($"`dnsfailover thaw {(ofAll ? "all" : "api.example.com")}`", alert.Next, StringComparison.Ordinal);

        watch.TakesBack(OverrideKind.Freeze, ofAll: ofAll).RunUntil(() => watch.Published() is [S], within: 5, "the failover after the thaw");
    }

    [Fact]
    public void A_freeze_of_all_that_could_not_be_recorded_is_not_recorded_behind_its_end()
    {
        var full = true;
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.JournalFails = () => full;
        watch.Says(OverrideKind.Freeze, ofAll: true).Run(1);
        full = false;
        watch.TakesBack(OverrideKind.Freeze, ofAll: true).Run(30);
        Assert.Equal([nameof(OverrideBegan), nameof(OverrideEnded)], watch.Journal.Where(entry => entry is OverrideBegan or OverrideEnded).Select(entry => entry.GetType().Name));

        watch.Restart();

        Assert.Empty(watch.State.Overrides);
    }

    [Fact]
    public void One_service_is_frozen_and_the_other_goes_on()
    {
        var watch = Watch.Over([TwoEndpoints, Other], P);
        watch.Provider.Records[Other.Name] = Holding(Other.Name, Seconds(30), P);
        watch.Start().Run(30).Says(OverrideKind.Freeze).Fails(P).Run(60);

        Assert.Equal([P], watch.Published());
        Assert.Equal([S], watch.Provider.Of(Other.Name)[RecordType.A]!.Values.Select(value => value.Data));
    }

    [Fact]
    public void An_outage_behind_a_freeze_of_everything_is_one_message()
    {
        var services = NetworkTests.Many(5);
        var watch = NetworkTests.Over(services, new FleetRules()).Says(OverrideKind.Freeze, ofAll: true);
        watch.Fails([.. services.Select(service => service.Endpoints[0].Targets[0].Value)]).Run(60);

        var alert = watch.Alerts.Single(alert => alert.Kind == AlertKind.Refused);
        Assert.Contains("Nothing is written until then, nor for any other name.", alert.Next, StringComparison.Ordinal);
        Assert.Equal(5, watch.Journal.OfType<ConditionRaised>().Count(raised => raised.Cause == "refused:A:frozen"));

        watch.TakesBack(OverrideKind.Freeze, ofAll: true).Run(60);
        Assert.Equal(5, watch.Provider.Writes.Count);
        Assert.Equal(5, watch.AlertKinds.Count(kind => kind == AlertKind.Failover));
    }

    [Fact]
    public void Names_that_are_each_frozen_by_themselves_are_each_told()
    {
        var watch = Watch.Over([TwoEndpoints, Other], P);
        watch.Provider.Records[Other.Name] = Holding(Other.Name, Seconds(30), P);
        watch.Start().Run(30).Says(OverrideKind.Freeze);
        watch.Command(new OperatorCommand.Begin(new Override(OverrideKind.Freeze, Other.Name, Endpoint: null, "release", "alice", watch.Now, watch.Now + Seconds(3600))));
        watch.Fails(P).Run(60);
        Assert.Equal(2, watch.AlertKinds.Count(kind => kind == AlertKind.Refused));
    }

    [Fact]
    public void Neither_ttl_nor_drift_nor_followers_nor_failback_are_written()
    {
        var definition = TwoEndpoints with { AlsoAt = ["other"], OnDrift = OnDrift.Restore };
        var watch = Watch.Over(definition, S);
        var other = watch.Others["other"] = new TinyProvider();
        other.Records[Name] = Holding(S);
        watch.Fails(P).Start().Run(30).Says(OverrideKind.Freeze, forSeconds: 600).Works(P);
        other.Records[Name] = Holding(P);
        watch.Reload(definition with { Ttl = Seconds(45) }).Run(500);
        Assert.Empty(watch.Provider.Writes);
        Assert.Empty(other.Writes);

        watch.Run(300);
        Assert.Equal(Holding(Name, Seconds(45), P), watch.Provider.Of(Name));
        Assert.Equal(watch.Provider.Of(Name), other.Of(Name));
    }

    [Fact]
    public void A_change_that_is_under_way_is_followed_to_its_end()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        (watch.Provider.WriteTakes, watch.Provider.WriteFaults) = (Seconds(3), () => WriteFault.LostReply);
        watch.Fails(P).RunUntil(() => watch.Lead.Change is not null, within: 30, "the write").Says(OverrideKind.Freeze).Run(20);

        Assert.Equal([S], watch.Published());
        Assert.Null(watch.Lead.Change);
        Assert.Equal(ChangeResult.Verified, watch.Outcomes.Single().Result);
        Assert.Contains("In effect: frozen by alice until 2026-03-01 13:00 UTC: release.", watch.Alerts.Single(alert => alert.Kind == AlertKind.Failover).Next, StringComparison.Ordinal);
    }

    [Fact]
    public void A_switch_that_waits_for_its_proof_is_not_made()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.PassTakes = Seconds(1);
        watch.Fails(P).RunUntil(() => watch.Lead.Preparing is not null, within: 30, "the proof").Says(OverrideKind.Freeze).Run(60);

        Assert.Empty(watch.Provider.Writes);
        Assert.Null(watch.Lead.Preparing);
    }

    [Fact]
    public void A_name_that_is_forced_stays_where_it_is_forced()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "standby").Run(5).Says(OverrideKind.Freeze).Run(5);
        watch.Provider.Records[Name] = Holding(P);
        watch.Run(300);
        Assert.Equal([P], watch.Published());

        watch.TakesBack(OverrideKind.Freeze).Run(90);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void A_freeze_outlives_a_restart_and_one_whose_time_was_over_meanwhile_is_ended_with_an_entry()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze, forSeconds: 100, ofAll: true).Fails(P).Run(10).Restart().Run(60);
        Assert.Equal([P], watch.Published());

        watch.Restart(after: 60).Run(0);
        Assert.Contains("its time was over while the daemon was stopped", watch.Journal.OfType<OverrideEnded>().Single().Reason, StringComparison.Ordinal);
        Assert.Contains(watch.Alerts, alert => alert is { Kind: AlertKind.Override, Title: "no longer every service frozen" });
        watch.RunUntil(() => watch.Published() is [S], within: 30, "the failover");
        var entries = watch.Journal.Count(entry => entry is OverrideEnded);
        watch.Restart().Run(30);
        Assert.Equal(entries, watch.Journal.Count(entry => entry is OverrideEnded));
    }

    [Fact]
    public void What_the_journal_does_not_take_holds_all_the_same_and_is_recorded_later()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var full = true;
        watch.JournalFails = () => full;
        watch.Says(OverrideKind.Freeze).Says(OverrideKind.Freeze, ofAll: true).Fails(P).Run(40);
        Assert.Equal([P], watch.Published());
        Assert.Empty(watch.Alerts);

        full = false;
        watch.Run(20);
        Assert.Equal(2, watch.Journal.Count(entry => entry is OverrideBegan));
        Assert.Equal(2, watch.AlertKinds.Count(kind => kind == AlertKind.Override));
        watch.Restart().Run(60);
        Assert.Equal(2, watch.State.Overrides.Count);
        Assert.Equal([P], watch.Published());
    }

    [Fact]
    public void The_end_of_a_freeze_is_durable_before_anything_is_written()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Says(OverrideKind.Freeze, ofAll: true).Fails(P).Run(40);
        var ends = 0;
        watch.JournalFails = () => ends++ == 0; // what the service itself records is taken, and would be in front of the end
        watch.TakesBack(OverrideKind.Freeze, ofAll: true);
        Assert.True(ends > 1, "the service has recorded nothing of its own");
        watch.RunUntil(() => watch.Published() is [S], within: 20, "the failover");
        var story = watch.Journal.Where(entry => entry is IntentRecorded or OverrideEnded).Select(entry => entry.GetType().Name);
        Assert.Equal([nameof(OverrideEnded), nameof(IntentRecorded)], story);
    }

    [Fact]
    public void A_force_that_the_journal_does_not_take_writes_nothing()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var full = true;
        watch.JournalFails = () => full;
        watch.Says(OverrideKind.Force, "standby").Run(60);
        Assert.Equal([P], watch.Published());

        full = false;
        watch.RunUntil(() => watch.Published() is [S], within: 10, "the force");
        Assert.Single(watch.Journal.OfType<OverrideBegan>());
    }
}
