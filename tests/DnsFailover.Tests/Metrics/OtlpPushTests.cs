using DnsFailover.Metrics;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Metrics;

/// <summary>The program itself, with and without a collector.</summary>
public sealed class OtlpPushTests
{
    private const string Name = "api.otlp.test";

    [Fact]
    public async Task With_the_variable_set_metrics_and_the_trace_of_a_failover_reach_the_collector()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary, standby));
        await using var daemon = await DaemonProcess.RunAsync(
            place.Config,
            place.Data,
            (OtlpPush.Variable, collector.Url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"));
        await daemon.SaysAsync("verified, written in");
        await daemon.SaysAsync("standby (127.0.0.3) is Up");

        await primary.KillAsync();

        await Eventually.HoldsAsync(
            () => collector.Spans.Any(span => span.Name == $"failover {Name}") && collector.Metrics.Contains("dnsfailover.switch.detection"),
            () => $"metrics and a trace; there are {string.Join(", ", collector.Metrics.Order())}; {string.Join(", ", collector.Spans)}; it said\n{daemon.Said}");
        var trace = collector.Spans.First(span => span.Name == $"failover {Name}").Trace;
        await Eventually.HoldsAsync(() => collector.Spans.Count(span => span.Trace == trace) == 6, () => $"all its spans; there are {string.Join(", ", collector.Spans)}");
        Assert.Equal(["decide", "detect", $"failover {Name}", "read", "verify", "write"], collector.Spans.Where(span => span.Trace == trace).Select(span => span.Name).Order());
        string[] expected = ["dnsfailover.endpoint.state", "dnsfailover.probes", "dnsfailover.probe.phase.duration", "dnsfailover.switches", "dnsfailover.provider.calls", "dnsfailover.build.info"];
        await Eventually.HoldsAsync(() => expected.All(collector.Metrics.Contains), () => $"these metrics; there are {string.Join(", ", collector.Metrics.Order())}");
        Assert.Empty(collector.Metrics.Except(MetricCatalogue.All.Select(metric => metric.Name)));
    }

    [Fact]
    public async Task A_collector_that_is_not_there_or_hangs_does_not_keep_the_daemon_from_stopping()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start(); // takes connections and never answers
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary, standby));
        await using var daemon = await DaemonProcess.RunAsync(
            place.Config, place.Data, (OtlpPush.Variable, $"http://{silent.LocalEndpoint}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "200"));
        await daemon.SaysAsync("verified, written in");

        await daemon.SignalAsync("TERM");

        Assert.Equal(0, await daemon.EndsAsync());
        Assert.Contains("dnsfailover has stopped", daemon.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_variable_no_exporter_is_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what a process has loaded is read from /proc");
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary, standby));
        await using var daemon = DaemonProcess.Start(InstalledProgram.Built("run", "--config", place.Config, "--data", place.Data), (OtlpPush.Variable, string.Empty));
        await daemon.SaysAsync("verified, written in");

        var loaded = await File.ReadAllTextAsync($"/proc/{daemon.Id}/maps", TestContext.Current.CancellationToken);

        Assert.Contains("Quartz.dll", loaded, StringComparison.Ordinal); // so that libraries would show
        Assert.DoesNotContain("OpenTelemetry", loaded, StringComparison.Ordinal);
    }

    private static string Yaml(WebEndpoint primary, WebEndpoint standby) => $$"""
        providers: {local: {type: builtin, listen: "127.0.0.1:0", zone: otlp.test} }
        selfCheck: off
        massFailure: off
        services:
          - {name: {{Name}}, provider: local, {{Workplace.Quick}}, endpoints: [{{primary.Yaml("primary")}}, {{standby.Yaml("standby")}}]}
        """;
}
