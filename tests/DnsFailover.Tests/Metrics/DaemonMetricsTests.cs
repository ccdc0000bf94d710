using System.Net.Http.Headers;
using System.Net.Sockets;
using DnsFailover.Api;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Metrics;
using DnsFailover.Tests.Cli;
using DnsFailover.Tests.EndToEnd;
using DnsFailover.Tests.Notifications;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Metrics;

/// <summary>What a real daemon measures, read from it as Prometheus would read it.</summary>
public sealed class DaemonMetricsTests
{
    private const string Name = "api.metrics.test";

    [Fact]
    public async Task A_failover_shows_in_every_metric_that_tells_of_it()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        await using var receiver = await Receiver.StartAsync();
        using var place = new Workplace();
        place.Write(Yaml(receiver, Service(Name, primary.Yaml("primary"), standby.Yaml("standby"))));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await primary.KillAsync();
        await daemon.VerifiedAsync(2);
        await receiver.WaitForAsync(1);

        var read = await ScrapedAsync(place.Data, open: true, read =>
            read.Value("dnsfailover_switches_total", ("service", Name), ("kind", "failover")) == 1
            && read.Sum("dnsfailover_alerts_total", ("channel", "hook"), ("outcome", "delivered")) >= 1 && read.Value("dnsfailover_outbox_depth", ("channel", "hook")) == 0);

        (string, string)[] service = [("service", Name)];
        (string, string)[] lost = [.. service, ("endpoint", "primary"), ("target", "127.0.0.2")];
        (string, string)[] won = [.. service, ("endpoint", "standby"), ("target", "127.0.0.3")];
        Assert.Equal((0, 1), (read.Value("dnsfailover_endpoint_state", lost), read.Value("dnsfailover_endpoint_state", won)));
        Assert.Equal((0, 1), (read.Value("dnsfailover_endpoint_in_answer", lost), read.Value("dnsfailover_endpoint_in_answer", won)));
        Assert.True(read.Value("dnsfailover_probes_total", ("endpoint", "primary"), ("result", "fail"), ("reason", "refused")) >= 2);
        Assert.True(read.Value("dnsfailover_probes_total", ("endpoint", "standby"), ("result", "pass"), ("reason", "ok")) >= 1);
        Assert.True(read.Value("dnsfailover_probe_phase_duration_seconds_count", ("check", "http"), ("phase", "connect")) >= 1);
        Assert.Null(read.Value("dnsfailover_probe_phase_duration_seconds_count", ("check", "http"), ("phase", "tls")));
        Assert.Equal(1, read.Value("dnsfailover_decisions_total", [.. service, ("kind", "failover")]));
        Assert.Equal(2, read.Value("dnsfailover_changes_total", [.. service, ("provider", "local"), ("outcome", "verified")]));
        foreach (var part in new[] { "detection", "decision", "write", "verification" })
        {
            Assert.Equal(1, read.Value($"dnsfailover_switch_{part}_seconds_count", ("kind", "failover")));
        }

        Assert.Equal(2, read.Value("dnsfailover_provider_calls_total", ("provider", "local"), ("call", "write"), ("outcome", "ok")));
        Assert.True(read.Value("dnsfailover_provider_call_duration_seconds_count", ("provider", "local"), ("call", "read")) >= 1);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.All(["dnsfailover_provider_last_read_timestamp_seconds", "dnsfailover_provider_last_write_timestamp_seconds"], name => Assert.InRange(read.Value(name, ("provider", "local"))!.Value, now - 600, now + 5));
        Assert.InRange(read.Value("dnsfailover_last_switch_timestamp_seconds", service)!.Value, now - 600, now + 5);
        Assert.Equal((0, 0, 0), (read.Value("dnsfailover_frozen", service), read.Value("dnsfailover_owner_mismatch", service), read.Value("dnsfailover_drift", [.. service, ("provider", "local")])));
        Assert.Equal((0, 0), (read.Value("dnsfailover_network_frozen"), read.Value("dnsfailover_configuration_rejected")));
        Assert.True(read.Value("dnsfailover_journal_writes_total", ("outcome", "ok")) >= 2);
        Assert.Equal(1, Assert.Single(read.Samples, sample => sample.Name == "dnsfailover_build_info").Value);
        CheckAgainstTheCatalogue(read);
    }

    [Fact]
    public async Task Drills_are_counted_by_how_they_ended_and_what_is_known_of_the_last_outlives_a_restart()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        await using var receiver = await Receiver.StartAsync();
        using var place = new Workplace();
        place.Write(Yaml(receiver, Service(Name, primary.Yaml("primary"), standby.Yaml("standby"))));
        (string, string)[] service = [("service", Name)];
        DateTimeOffset passedAt;
        await using (var daemon = await RunningDaemon.StartAsync(place.Config, place.Data))
        {
            await daemon.VerifiedAsync(1);
            await daemon.IsAsync(Name, "standby", HealthStatus.Up);
            var before = await ScrapedAsync(place.Data, open: true, read => read.Value("dnsfailover_endpoint_state", ("endpoint", "standby")) == 1);
            Assert.DoesNotContain(before.Samples, sample => sample.Name.StartsWith("dnsfailover_drill", StringComparison.Ordinal));

            Assert.Equal(0, (await CommandRun.OfAsync("drill", Name, "--data", place.Data)).ExitCode);
            var passed = await ScrapedAsync(place.Data, open: true, read => read.Value("dnsfailover_drills_total", [.. service, ("result", "passed")]) == 1);
            passedAt = daemon.Entries.OfType<DrillEnded>().Single().At;
            Assert.Equal((1, Unix(passedAt), Unix(passedAt)), (passed.Value("dnsfailover_drill_last_result", service), passed.Value("dnsfailover_drill_last_timestamp_seconds", service), passed.Value("dnsfailover_drill_passed_timestamp_seconds", service)));
            CheckAgainstTheCatalogue(passed);
        }

        // As if the daemon had been killed in the middle of the next one.
        var name = DnsName.Parse(Name);
        await using (var journal = SqliteJournal.Open(place.Data, [], TimeProvider.System, NullLogger<SqliteJournal>.Instance))
        {
            var home = RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(60), "127.0.0.2");
            var canary = DrillRule.DefaultFor(name)!.Value;
            await journal.WriteAsync([new DrillBegan { At = DateTimeOffset.UtcNow, Service = name, Number = 2, Name = canary, Down = ["primary"], Home = [RecordSet.Create(canary, home.Type, home.Ttl, home.Values)], LastPassedAt = passedAt }], [], TestContext.Current.CancellationToken);
        }

        await using var next = await RunningDaemon.StartAsync(place.Config, place.Data);
        var read = await ScrapedAsync(place.Data, open: true, read => read.Value("dnsfailover_drills_total", [.. service, ("result", "failed")]) == 1);
        Assert.Equal((0, Unix(passedAt)), (read.Value("dnsfailover_drill_last_result", service), read.Value("dnsfailover_drill_passed_timestamp_seconds", service)));
        Assert.True(read.Value("dnsfailover_drill_last_timestamp_seconds", service) > Unix(passedAt));
        Assert.Null(read.Value("dnsfailover_drill_overdue", service)); // none is expected
    }

    private static double Unix(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    [Fact]
    public async Task What_a_reload_takes_away_disappears_and_what_it_gets_wrong_is_counted()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        await using var receiver = await Receiver.StartAsync();
        using var place = new Workplace();
        const string Other = "gone.metrics.test";
        var kept = Service(Name, primary.Yaml("primary"), standby.Yaml("standby"));
        place.Write(Yaml(receiver, kept, Service(Other, primary.Yaml("leaves"), standby.Yaml("stays"))));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.VerifiedAsync(2);
        await ScrapedAsync(place.Data, open: false, read => HasOf(read, "dnsfailover_probes_total", Other) && HasOf(read, "dnsfailover_changes_total", Other));

        place.Write("services: nonsense\n");
        await ScrapedAsync(place.Data, open: false, read =>
            read.Value("dnsfailover_reloads_total", ("result", "rejected")) == 1 && read.Value("dnsfailover_reloads_total", ("result", "taken")) == 0 && read.Value("dnsfailover_configuration_rejected") == 1);

        place.Write(Yaml(receiver, kept));
        var read = await ScrapedAsync(place.Data, open: false, read => read.Value("dnsfailover_reloads_total", ("result", "taken")) == 1);

        Assert.DoesNotContain(read.Samples, sample => sample.Labels.Values.Contains(Other) || sample.Labels.Values.Contains("leaves"));
        Assert.True(HasOf(read, "dnsfailover_probes_total", Name));
        CheckAgainstTheCatalogue(read);
    }

    /// <summary>Every family of the catalogue is there, and every sample has exactly the labels that it says.</summary>
    private static void CheckAgainstTheCatalogue(Exposition read)
    {
        Assert.Equal(MetricCatalogue.All.Select(metric => metric.Description), read.Families.Select(family => family.Help));
        foreach (var (family, metric) in read.Families.Zip(MetricCatalogue.All))
        {
            Assert.All(family.Samples, sample => Assert.Equal(metric.Labels.Select(label => label.Name), sample.LabelNames.Where(name => name != "le")));
        }
    }

    private static string Yaml(Receiver receiver, params string[] services) =>
        $$"""
        providers:
          local: {type: builtin, listen: "127.0.0.1:0", zone: metrics.test}
        notifications:
          hook: {type: webhook, url: "{{receiver.Url}}"}
        selfCheck: off
        massFailure: off
        services:
        {{string.Join('\n', services)}}
        """;

    private static string Service(string name, params string[] endpoints) => $"  - {{name: {name}, provider: local, {Workplace.Quick}, endpoints: [{string.Join(", ", endpoints)}]}}";

    private static bool HasOf(Exposition read, string metric, string service) => read.Samples.Any(sample => sample.Name == metric && sample.Is(("service", service)));

    /// <summary>What is read once it is so.</summary>
    private static async Task<Exposition> ScrapedAsync(string data, bool open, Func<Exposition, bool> isSo)
    {
        var (text, read) = (string.Empty, (Exposition?)null);
        await Eventually.HoldsAsync(
            async () =>
            {
                text = await TextAsync(data, open);
                return isSo(read = Exposition.Parse(text, open));
            },
            () => $"the metrics are\n{text}");
        return read!;
    }

    private static async Task<string> TextAsync(string data, bool open)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(ControlSocket.PathIn(data)), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        http.DefaultRequestHeaders.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(open ? "application/openmetrics-text;version=1.0.0" : "*/*"));
        using var response = await http.GetAsync("http://daemon/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(open ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
