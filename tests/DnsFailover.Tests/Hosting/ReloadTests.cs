using System.Net;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Builtin;
using DnsFailover.Tests.EndToEnd;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.Hosting;

/// <summary>failover.yaml changes while the daemon runs.</summary>
public sealed class ReloadTests
{
    private const string Api = "api.go.test";
    private const string Shop = "shop.go.test";

    [Fact]
    public async Task An_added_endpoint_is_probed_and_leaves_health_and_hold_downs_of_everything_else_alone()
    {
        await using var site = await SiteAsync();
        using var place = new Workplace();
        place.Write(Yaml(Service(Api, site.Primary, site.Standby), Service(Shop, site.Primary, site.Standby)));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(2);
        await daemon.IsAsync(Api, "two", HealthStatus.Up);
        await daemon.IsAsync(Shop, "two", HealthStatus.Up);
        await site.Primary.KillAsync();
        await daemon.VerifiedAsync(4);
        var (api, shop) = (daemon.Service(Api), daemon.Service(Shop));

        place.Write(Yaml(Service(Api, site.Primary, site.Standby, site.Third), Service(Shop, site.Primary, site.Standby)));
        await daemon.IsAsync(Api, "three", HealthStatus.Up);

        Assert.Equal(shop.Definition, daemon.Service(Shop).Definition);
        Assert.Equal(shop.HoldDowns, daemon.Service(Shop).HoldDowns);
        Assert.Equal(api.HoldDowns, daemon.Service(Api).HoldDowns);
        Assert.NotEmpty(shop.HoldDowns);
        Assert.All(shop.Health, pair => Assert.Equal((pair.Value.Status, pair.Value.Since), (daemon.Service(Shop).Health[pair.Key].Status, daemon.Service(Shop).Health[pair.Key].Since)));
        Assert.All(api.Health, pair => Assert.Equal((pair.Value.Status, pair.Value.Since), (daemon.Service(Api).Health[pair.Key].Status, daemon.Service(Api).Health[pair.Key].Since)));
        Assert.Equal(4, daemon.Intents.Count);
    }

    [Fact]
    public async Task A_changed_standby_is_the_one_that_takes_over()
    {
        await using var site = await SiteAsync();
        using var place = new Workplace();
        place.Write(Yaml(Service(Api, site.Primary, site.Standby)));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(1);
        await using var watch = await NameWatch.StartAsync(await daemon.ServerAsync(), Api);

        place.Write(Yaml(Service(Api, site.Primary, site.Third)));
        await daemon.UntilAsync(() => daemon.Health(Api, "two") is [{ Target.Value: "127.0.0.4", Health.Status: HealthStatus.Up }], "the new address is Up");
        await site.Primary.KillAsync();
        await watch.ShowsAsync("127.0.0.4");

        Assert.Equal(["127.0.0.2", "127.0.0.4"], watch.Answers);
    }

    [Fact]
    public async Task An_invalid_file_is_rejected_once_the_last_good_one_goes_on_and_a_mended_one_is_welcomed()
    {
        await using var site = await SiteAsync();
        using var place = new Workplace();
        var good = Yaml(Service(Api, site.Primary, site.Standby));
        place.Write(good);
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Api, "two", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(await daemon.ServerAsync(), Api);

        var bad = good.Replace("interval: 1s", "intervall: 1s", StringComparison.Ordinal).Replace("fastInterval: 50ms", "fastInterval: soon", StringComparison.Ordinal);
        place.Write(bad);
        await daemon.TellsAsync(AlertKind.ReloadRejected, "failover.yaml was rejected");
        place.Write(bad);
        daemon.Watcher.Reload(); // as by SIGHUP: looked at again, and nothing new to say
        await site.Primary.KillAsync();
        await watch.ShowsAsync("127.0.0.3");
        await daemon.TellsAsync(AlertKind.Failover, Api);

        var rejected = Assert.Single(daemon.Alerts, alert => alert.Kind == AlertKind.ReloadRejected);
        Assert.Matches(@"failover\.yaml:\d+:\d+: .*intervall.*interval", rejected.Reason);
        Assert.Matches(@"failover\.yaml:\d+:\d+: .*soon", rejected.Reason);

        place.Write(good);
        await daemon.TellsAsync(AlertKind.Recovered, "failover.yaml is valid again");
        Assert.Null(daemon.State.ReloadRejected);
        Assert.Equal(["127.0.0.2", "127.0.0.3"], watch.Answers);
    }

    [Fact]
    public async Task A_swap_of_links_as_Kubernetes_makes_it_is_taken_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the swap needs Linux");
        await using var site = await SiteAsync();
        using var place = new Workplace();
        await PublishAsync(place, "first", Yaml(Service(Api, site.Primary, site.Standby)));
        File.CreateSymbolicLink(place.Config, Path.Combine("..data", "failover.yaml"));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(1);

        await PublishAsync(place, "second", Yaml(Service(Api, site.Primary, site.Standby), Service(Shop, site.Primary, site.Standby)));
        await daemon.VerifiedAsync(2);
        Assert.Equal(Shop, daemon.Intents[^1].Service.ToString());
    }

    [Fact]
    public async Task SIGHUP_takes_up_what_the_file_only_refers_to()
    {
        await using var site = await SiteAsync();
        using var place = new Workplace();
        var port = FreePort.Next();
        await File.WriteAllTextAsync(place["ttl"], "17s\n", TestContext.Current.CancellationToken);
        place.Write(Yaml(Service(Api, site.Primary, site.Standby) + "\n    ttl: \"${file:ttl}\"").Replace("127.0.0.1:0", $"127.0.0.1:{port}", StringComparison.Ordinal));
        await using var daemon = await DaemonProcess.RunAsync(place.Config, place.Data);
        await daemon.SaysAsync("verified, written in");
        var server = new IPEndPoint(IPAddress.Loopback, port);
        Assert.Equal([$"{Api}. 17 IN A 127.0.0.2"], (await Builtin.Dig.AskAsync(server, Api, "A")).Answer);

        await File.WriteAllTextAsync(place["ttl"], "23s\n", TestContext.Current.CancellationToken);
        await daemon.SignalAsync("HUP");
        await daemon.SaysAsync("verified, written in", times: 2);
        Assert.Equal([$"{Api}. 23 IN A 127.0.0.2"], (await Builtin.Dig.AskAsync(server, Api, "A")).Answer);

        await daemon.SignalAsync("TERM");
        Assert.Equal(0, await daemon.EndsAsync());
        Assert.Empty(daemon.Errors);
    }

    [Fact]
    public async Task The_builtin_server_moves_to_another_port_with_its_records_and_stays_where_the_new_one_is_taken()
    {
        await using var site = await SiteAsync();
        using var place = new Workplace();
        var yaml = Yaml(Service(Api, site.Primary, site.Standby));
        place.Write(yaml);
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.VerifiedAsync(1);
        var first = await daemon.ServerAsync();

        var second = await MoveAsync(daemon, ListenAt);
        await using (var watch = await NameWatch.StartAsync(second, Api, more: daemon.Story))
        {
            await watch.ShowsAsync("127.0.0.2", daemon.Story);
            Assert.Equal("NONE", (await Builtin.Dig.AskAsync(first, Api, "A")).Status);

            using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            taken.Start();
            var third = ((IPEndPoint)taken.LocalEndpoint).Port;
            ListenAt(third);
            await daemon.UntilAsync(() => IsRejected(daemon, third), $"port {third} is rejected");
            Assert.Equal(["127.0.0.2"], watch.Answers);
        }

        // The server goes on where it was, and the daemon still moves the name there.
        await using var after = await NameWatch.StartAsync(second, Api, more: daemon.Story);
        await daemon.IsAsync(Api, "two", HealthStatus.Up);
        await site.Primary.KillAsync();
        await after.ShowsAsync("127.0.0.3", daemon.Story);

        void ListenAt(int port) => place.Write(yaml.Replace("127.0.0.1:0", $"127.0.0.1:{port}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_service_that_is_taken_out_of_the_file_keeps_its_record_and_is_not_steered_any_more()
    {
        await using var site = await SiteAsync();
        using var place = new Workplace();
        place.Write(Yaml(Service(Api, site.Primary, site.Standby), Service(Shop, site.Primary, site.Standby)));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(2);
        await daemon.IsAsync(Api, "two", HealthStatus.Up);

        place.Write(Yaml(Service(Api, site.Primary, site.Standby)));
        await daemon.UntilAsync(() => !daemon.State.Services.ContainsKey(DnsName.Parse(Shop)), "the service is gone");
        await using var api = await NameWatch.StartAsync(await daemon.ServerAsync(), Api);
        await using var shop = await NameWatch.StartAsync(await daemon.ServerAsync(), Shop);
        await site.Primary.KillAsync();
        await api.ShowsAsync("127.0.0.3");

        Assert.Equal(["127.0.0.2"], shop.Answers);
    }

    private static async Task<Site> SiteAsync() => new(await WebEndpoint.StartAsync("127.0.0.2"), await WebEndpoint.StartAsync("127.0.0.3"), await WebEndpoint.StartAsync("127.0.0.4"));

    /// <summary>Moves the builtin server to a free port; to another one when somebody takes it before the daemon does, which then says so.</summary>
    private static async Task<IPEndPoint> MoveAsync(RunningDaemon daemon, Action<int> listenAt)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            listenAt(port);
            await daemon.UntilAsync(() => Port(daemon) == port || IsRejected(daemon, port), $"the server moves to port {port} (attempt {attempt})");
            if (!IsRejected(daemon, port))
            {
                return new IPEndPoint(IPAddress.Loopback, port);
            }

            Assert.True(attempt < 5, daemon.Story());
        }
    }

    private static bool IsRejected(RunningDaemon daemon, int port) =>
        daemon.Alerts.Any(alert => alert.Kind == AlertKind.ReloadRejected && alert.Reason.Contains($"something else uses port {port} ", StringComparison.Ordinal));

    private static int? Port(RunningDaemon daemon)
    {
        try
        {
            return ((BuiltinProvider)daemon.Daemon.Providers.Find("local").Provider).EndPoint.Port;
        }
        catch (ProviderException)
        {
            return null; // it could not go back to where it was either
        }
    }

    /// <summary>A ConfigMap's volume: the file's content in a directory of its own, and one link that says which is in effect.</summary>
    private static async Task PublishAsync(Workplace place, string version, string yaml)
    {
        Directory.CreateDirectory(place[version]);
        await File.WriteAllTextAsync(Path.Combine(place[version], "failover.yaml"), yaml, TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(place["..data_tmp"], version);
        await RunProgram.ToEndAsync("mv", ["-T", place["..data_tmp"], place["..data"]], string.Empty, TestContext.Current.CancellationToken); // File.Move takes no link to a directory
    }

    private static string Service(string name, params WebEndpoint[] endpoints)
    {
        string[] names = ["one", "two", "three"];
        return $"  - name: {name}\n    endpoints:\n" + string.Join('\n', endpoints.Select((endpoint, at) => $"      - {endpoint.Yaml(names[at])}"));
    }

    private static string Yaml(params string[] services) => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        defaults: { {{Workplace.Quick}} }
        services:
        {{string.Join('\n', services)}}

        """;

    private sealed record Site(WebEndpoint Primary, WebEndpoint Standby, WebEndpoint Third) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Primary.DisposeAsync();
            await Standby.DisposeAsync();
            await Third.DisposeAsync();
        }
    }
}
