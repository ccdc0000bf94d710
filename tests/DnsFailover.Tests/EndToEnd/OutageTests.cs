using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>Outages that are not the plain one, from the probe to the answer of the name server.</summary>
public sealed class OutageTests
{
    private const string Name = "api.go.test";

    [Fact]
    public async Task A_dead_standby_is_told_as_lost_redundancy_and_its_recovery_too_and_the_name_does_not_move()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary.Yaml("primary"), standby.Yaml("standby")));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(await daemon.ServerAsync(), Name);

        await standby.KillAsync();
        await daemon.TellsAsync(AlertKind.RedundancyLost, "standby (127.0.0.3) is down");
        await standby.StartAsync();
        await daemon.TellsAsync(AlertKind.Recovered, "standby (127.0.0.3) is up again after");

        Assert.Equal([AlertKind.RedundancyLost, AlertKind.Recovered], Told(daemon));
        Assert.True(daemon.Alerts[^1].Downtime > TimeSpan.Zero);
        Assert.Equal(["127.0.0.2"], watch.Answers);
    }

    [Fact]
    public async Task With_every_endpoint_down_the_record_stays_and_one_alert_says_so_until_one_of_them_works_again()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary.Yaml("primary"), standby.Yaml("standby")));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(await daemon.ServerAsync(), Name);

        // Broken at the same moment, so that the standby is not served for the time in between.
        (primary.Status, standby.Status) = (503, 503);
        await daemon.TellsAsync(AlertKind.AllDown, "every endpoint is down");
        Assert.Equal(["127.0.0.2"], watch.Answers);
        var before = daemon.Alerts.Count;

        standby.Status = 200;
        await watch.ShowsAsync("127.0.0.3");
        await daemon.TellsAsync(AlertKind.Failover, "to standby (127.0.0.3)");
        await daemon.TellsAsync(AlertKind.Recovered, "standby (127.0.0.3) is up again after");

        Assert.Equal(["127.0.0.2", "127.0.0.3"], watch.Answers);
        Assert.Single(Told(daemon), AlertKind.AllDown);
        var told = daemon.Alerts.Skip(before).ToList();
        Assert.Equal([AlertKind.Failover, AlertKind.Recovered], told.Select(alert => alert.Kind).Order());
        Assert.All(told, alert => Assert.True(alert.Downtime > TimeSpan.Zero, alert.Title));
    }

    [Fact]
    public async Task A_standby_that_died_unnoticed_since_its_last_probe_gets_no_traffic()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary.Yaml("primary"), standby.Yaml("standby").Replace("{name", "{interval: 1h, name", StringComparison.Ordinal)));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(await daemon.ServerAsync(), Name);

        await standby.KillAsync();
        await primary.KillAsync();
        await daemon.TellsAsync(AlertKind.AllDown, "every endpoint is down");

        Assert.Equal(["127.0.0.2"], watch.Answers);
        Assert.DoesNotContain(daemon.Intents, intent => intent.Decision == DecisionKind.Failover);
    }

    [Fact]
    public async Task Both_address_families_of_a_name_are_judged_apart()
    {
        Assert.SkipUnless(System.Net.Sockets.Socket.OSSupportsIPv6, "this machine has no IPv6");
        await using var primary4 = await WebEndpoint.StartAsync("127.0.0.2");
        await using var primary6 = await WebEndpoint.StartAsync("::1", primary4.Port);
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml($$"""{name: primary, addresses: [127.0.0.2, "::1"], check: {port: {{primary4.Port}} } }""", standby.Yaml("standby")));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await daemon.UntilAsync(() => daemon.Service(Name).Live is { } live && live[RecordType.A] is not null && live[RecordType.AAAA] is not null && daemon.Service(Name).Change is null, "both are published");
        var server = await daemon.ServerAsync();
        await using var watch4 = await NameWatch.StartAsync(server, Name);
        await using var watch6 = await NameWatch.StartAsync(server, Name, DnsType.AAAA);

        await primary4.KillAsync();
        await watch4.ShowsAsync("127.0.0.3");
        await daemon.TellsAsync(AlertKind.Failover, "from primary (127.0.0.2) to standby (127.0.0.3)");
        Assert.Equal(HealthStatus.Up, daemon.Health(Name, "primary").Single(one => one.Target.Type == RecordType.AAAA).Health.Status);

        await primary6.KillAsync();
        await daemon.TellsAsync(AlertKind.AllDown, "every IPv6 endpoint is down");

        Assert.Equal(["127.0.0.2", "127.0.0.3"], watch4.Answers);
        Assert.Equal(["::1"], watch6.Answers);
        Assert.Single(daemon.Intents, intent => intent.Decision == DecisionKind.Failover);
    }

    [Fact]
    public async Task An_endpoint_that_fails_once_and_works_again_moves_nothing()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary.Yaml("primary"), standby.Yaml("standby")).Replace("fastInterval: 50ms", "fastInterval: 500ms", StringComparison.Ordinal));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(await daemon.ServerAsync(), Name);

        primary.Status = 500;
        await daemon.UntilAsync(() => daemon.Health(Name, "primary")[0].Health.IsSuspect, "the primary is suspected");
        primary.Status = 200;
        await daemon.UntilAsync(() => daemon.Health(Name, "primary")[0].Health is { IsFit: true, Passes: >= 2 }, "the primary is trusted again");

        Assert.Equal(["127.0.0.2"], watch.Answers);
        Assert.Empty(Told(daemon));
    }

    private static IEnumerable<AlertKind> Told(RunningDaemon daemon) => daemon.Alerts.Select(alert => alert.Kind).Where(kind => kind != AlertKind.Shift);

    private static string Yaml(params string[] endpoints) => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        defaults: { {{Workplace.Quick}} }
        services:
          - name: {{Name}}
            endpoints:
              - {{string.Join("\n      - ", endpoints)}}
        """;
}
