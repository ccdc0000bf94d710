using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>Certificates that the checks do not judge.</summary>
public sealed class CertificateTests
{
    private const string Trouble = "certificate is for *.up.railway.app, not api.example.com";

    [Fact]
    public void A_standby_without_a_certificate_for_the_name_is_told_once_and_when_it_has_one()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CertificateTroubles[S] = Trouble;
        watch.Run(1000);

        var alert = Assert.Single(watch.Alerts);
        Assert.Equal(AlertKind.RedundancyLost, alert.Kind);
        Assert.Equal("api.example.com has lost redundancy: standby (192.0.2.2) has no certificate for it", alert.Title);
        Assert.Equal($"standby (192.0.2.2) is up, but users of api.example.com would get no valid certificate from it: {Trouble}", alert.Reason);
        Assert.Equal($"certificate:standby:{S}", Assert.Single(watch.Journal.OfType<ConditionRaised>()).Cause);

        watch.CertificateTroubles.Clear();
        watch.Run(30);
        Assert.Equal([AlertKind.RedundancyLost, AlertKind.Recovered], watch.AlertKinds);
        Assert.Equal("api.example.com: standby (192.0.2.2) has a certificate for api.example.com now", watch.Alerts[1].Title);
        Assert.InRange(watch.Alerts[1].Downtime!.Value.TotalSeconds, 980, 1020);
        Assert.Empty(watch.Provider.Writes);
    }

    [Fact]
    public void The_endpoint_that_is_served_is_told_with_a_sentence_of_its_own_and_keeps_the_traffic()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CertificateTroubles[P] = Trouble;
        watch.Run(100);

        var alert = Assert.Single(watch.Alerts);
        Assert.Equal("api.example.com: users get no valid certificate from primary (192.0.2.1)", alert.Title);
        Assert.Empty(watch.Provider.Writes);
    }

    [Fact]
    public void It_blocks_no_failover_and_is_told_again_when_users_meet_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CertificateTroubles[S] = Trouble;
        watch.Run(20);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 60, "the failover");
        watch.Run(20);

        Assert.Equal([AlertKind.Failover, AlertKind.RedundancyLost, AlertKind.RedundancyLost], watch.AlertKinds.Order());
        Assert.Contains("users get no valid certificate from standby", watch.Alerts[^1].Title, StringComparison.Ordinal);
        Assert.DoesNotContain($"certificate:standby:{S}", watch.Service.Conditions.Keys);
    }

    [Fact]
    public void A_restart_does_not_tell_it_again()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CertificateTroubles[S] = Trouble;
        watch.Run(20).Restart().Run(60);

        Assert.Equal([AlertKind.RedundancyLost], watch.AlertKinds);
    }

    [Fact]
    public void It_is_forgotten_with_the_endpoint()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P);
        watch.CertificateTroubles[T] = Trouble;
        watch.Run(20).Reload(TwoEndpoints).Run(20);

        Assert.Empty(watch.Service.Conditions);
        Assert.Equal([AlertKind.RedundancyLost], watch.AlertKinds);
    }

    [Fact]
    public void A_standby_that_goes_down_as_well_keeps_its_trouble_until_it_is_known_to_be_over()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CertificateTroubles[S] = Trouble;
        watch.Run(20).Fails(S).Run(60).Works(S).Run(60);

        Assert.Equal([AlertKind.RedundancyLost, AlertKind.RedundancyLost, AlertKind.Recovered], watch.AlertKinds);
        Assert.Equal("api.example.com: standby (192.0.2.2) is up again after", watch.Alerts[^1].Title[..54]);
        Assert.Contains($"certificate:standby:{S}", watch.Service.Conditions.Keys);
    }
}
