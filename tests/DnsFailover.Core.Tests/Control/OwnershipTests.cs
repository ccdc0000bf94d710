using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class OwnershipTests
{
    private const string Foreign = "203.0.113.9";

    [Fact]
    public void A_value_that_no_endpoint_declares_is_left_alone_and_told_once()
    {
        var watch = Watch.Over(TwoEndpoints, P, Foreign).Start();
        watch.Run(30).Fails(P).Run(3600);

        Assert.Empty(watch.Provider.Writes);
        var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Contains(Foreign, alert.Reason, StringComparison.Ordinal);
        Assert.Contains("adopt: true", alert.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void Adopt_replaces_it()
    {
        var watch = Watch.Over(TwoEndpoints with { Adopt = true }, Foreign).Start().Run(30);

        Assert.Equal([P], watch.Published());
        Assert.Equal([AlertKind.Shift], watch.AlertKinds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_no_endpoint_can_declare_is_left_alone_until_adopt(bool adopt)
    {
        var alias = RecordSet.Described(Name, RecordType.A, Seconds(60), "alias to lb-1.eu-west-1.elb.amazonaws.com");
        var watch = Watch.Over(TwoEndpoints with { Adopt = adopt }, P);
        watch.Provider.Records[Name] = NameRecords.Create(Name, [alias]);
        watch.Start().Run(60);

        Assert.Equal(adopt ? [P] : ["alias to lb-1.eu-west-1.elb.amazonaws.com"], watch.Published());
        if (adopt)
        {
            var change = Assert.Single(Assert.Single(watch.Provider.Writes).Change.Changes);
            Assert.Equal(alias, change.Before);
            Assert.Equal("A alias to lb-1.eu-west-1.elb.amazonaws.com → 192.0.2.1, TTL 60 → 30", change.ToString());
        }
        else
        {
            var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
            Assert.Contains("are alias to lb-1.eu-west-1.elb.amazonaws.com, which no endpoint can declare", alert.Reason, StringComparison.Ordinal);
            Assert.Contains("adopt: true", alert.Next, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_address_that_a_reload_replaces_is_still_ours_and_makes_way_for_the_new_one()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Reload(Service(Endpoint("primary", 0, T), Standby)).Run(30);

        Assert.Equal([T], watch.Published());
        Assert.DoesNotContain(AlertKind.Refused, watch.AlertKinds);
        Assert.Contains("192.0.2.1 is live and is not declared any more", watch.Intents.Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_was_switched_to_is_ours_also_when_the_file_changed_while_the_daemon_was_stopped()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(P).Run(60);
        Assert.Equal([S], watch.Published());
        watch.Crash();
        watch.Redeclare(Service(Primary, Endpoint("standby", 1, T))).Restart().Run(60);

        Assert.Equal([T], watch.Published());
        Assert.DoesNotContain(AlertKind.Refused, watch.AlertKinds);
    }

    [Fact]
    public void Taking_the_foreign_value_away_ends_the_refusal()
    {
        var watch = Watch.Over(TwoEndpoints, P, Foreign).Start().Run(30);
        watch.Provider.Records[Name] = Holding(P);
        watch.Run(90);

        Assert.Equal([AlertKind.Refused, AlertKind.Drift, AlertKind.Recovered], watch.AlertKinds);
        Assert.Empty(watch.Service.Conditions);
    }

    [Fact]
    public void A_missing_record_is_told_and_with_create_it_is_made()
    {
        var watch = Watch.Over(TwoEndpoints).Start().Run(30);
        Assert.Equal([AlertKind.Refused], watch.AlertKinds);
        Assert.Empty(watch.Provider.Writes);

        watch.Reload(TwoEndpoints with { Create = true }).Run(5);
        Assert.Equal([P], watch.Published());
        Assert.Equal(Seconds(30), watch.Provider.Of(Name)[RecordType.A]!.Ttl);
    }

    [Fact]
    public void Nothing_is_created_for_endpoints_that_are_not_up()
    {
        var watch = Watch.Over(TwoEndpoints with { Create = true, OnAllDown = OnAllDown.Keep });
        watch.Fails(P, S).Start().Run(120);

        Assert.Empty(watch.Provider.Writes);
    }

    [Fact]
    public void Addresses_do_not_replace_a_cname_nor_the_other_way_round()
    {
        var watch = Watch.Over(TwoEndpoints with { Adopt = true, Create = true }, "elsewhere.example.net").Start().Run(60);
        Assert.Empty(watch.Provider.Writes);
        Assert.Contains("is a CNAME (elsewhere.example.net)", Assert.Single(watch.Alerts).Reason, StringComparison.Ordinal);

        var alias = Watch.Over(Service(Endpoint("primary", 0, "a.example.net")) with { Adopt = true, Create = true }, P).Start().Run(60);
        Assert.Empty(alias.Provider.Writes);
        Assert.Contains("has A records (192.0.2.1)", Assert.Single(alias.Alerts).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cold_start_writes_nothing_until_every_target_has_a_verdict()
    {
        var slow = Primary with { Rule = new HealthRule(Rise: 6, Fall: 3) };
        var watch = Watch.Over(Service(slow, Standby), S).Start();
        watch.RunUntil(() => watch.HealthOf(S) == HealthStatus.Up, within: 10, "the verdict on the standby");
        watch.Run(1);
        Assert.Empty(watch.Service.Decisions);
        watch.RunUntil(() => watch.Service.Decisions.Count > 0, within: 20, "the first decision");
        Assert.Equal(HealthStatus.Up, watch.HealthOf(P));
    }

    [Fact]
    public void A_cold_start_does_not_wait_for_ever()
    {
        var watch = Watch.Over(TwoEndpoints, P);
        watch.Fails(P).CannotBeReachedFromHere(S).Start().Run(20);
        Assert.True(watch.Service.IsWarm);
        Assert.Equal([AlertKind.Blind, AlertKind.Refused], watch.AlertKinds); // the standby is not watched; the primary is down and there is nothing proven

        watch.Works(S).Run(10);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void Somebody_elses_change_is_noticed_journalled_and_put_right()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.Records[Name] = Holding(S);
        watch.Run(70);

        var drift = Assert.Single(watch.Journal.OfType<DriftNoticed>());
        Assert.Contains("from A 192.0.2.1 (TTL 30) to A 192.0.2.2 (TTL 30)", drift.Sentence, StringComparison.Ordinal);
        var alert = Assert.Single(watch.Alerts);
        Assert.Equal((AlertKind.Drift, "primary (192.0.2.1)", "standby (192.0.2.2)"), (alert.Kind, alert.From, alert.To));
        Assert.Contains("after 1 min; failback: manual leaves it where it is", alert.Next, StringComparison.Ordinal);
        Assert.Equal([S], watch.Published()); // not fetched back at once, also not by a restart
        watch.Restart().Run(30);
        Assert.Equal([S], watch.Published());

        watch.Run(60);
        Assert.Equal([P], watch.Published());
        Assert.Equal([AlertKind.Drift, AlertKind.Failback], watch.AlertKinds);
    }

    [Fact]
    public void Somebody_elses_change_stays_where_failback_is_manual()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, TimeSpan.Zero) }, P);
        watch.Provider.Records[Name] = Holding(S);
        watch.Run(3600);

        Assert.Equal([S], watch.Published());
        Assert.Equal([AlertKind.Drift], watch.AlertKinds);
    }

    [Fact]
    public void A_ttl_is_mended_once()
    {
        var watch = Watch.Over(TwoEndpoints);
        watch.Provider.Records[Name] = Holding(Name, Seconds(300), P);
        watch.Start().Run(600);

        Assert.Equal(Seconds(30), watch.Provider.Of(Name)[RecordType.A]!.Ttl);
        Assert.Single(watch.Provider.Writes);
        Assert.Empty(watch.Service.HoldDowns);
        Assert.Contains("the TTL is 5 min, failover.yaml says 30 s", Assert.Single(watch.Alerts).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_that_sets_its_own_ttl_is_not_written_to_for_ever()
    {
        var watch = Watch.Over(TwoEndpoints);
        watch.Provider.SmallestTtl = Seconds(120);
        watch.Provider.Records[Name] = Holding(Name, Seconds(120), P);
        watch.Start().Run(3600);

        Assert.Single(watch.Provider.Writes);
    }

    [Theory]
    [InlineData((int)WriteFault.Transient)]
    [InlineData((int)WriteFault.LostRequest)]
    public void A_ttl_whose_write_failed_is_mended_later(int fault)
    {
        var watch = Watch.Over(TwoEndpoints);
        var attempts = 0;
        watch.Provider.WriteFaults = () => attempts++ == 0 ? (WriteFault)fault : WriteFault.None;
        watch.Provider.Records[Name] = Holding(Name, Seconds(300), P);
        watch.Start().Run(60);

        Assert.Equal(Seconds(30), watch.Provider.Of(Name)[RecordType.A]!.Ttl);
        Assert.Single(watch.Provider.Writes);
    }

    [Fact]
    public void Without_a_ttl_the_one_found_stays()
    {
        var watch = Watch.Over(TwoEndpoints with { Ttl = null });
        watch.Provider.Records[Name] = Holding(Name, Seconds(300), P);
        watch.Start().Run(30).Fails(P).Run(30);

        Assert.Equal([S], watch.Published());
        Assert.Equal(Seconds(300), watch.Provider.Of(Name)[RecordType.A]!.Ttl);
    }
}
