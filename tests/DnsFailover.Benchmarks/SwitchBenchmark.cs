using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using DnsFailover.Cli;
using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Demo;
using DnsFailover.Hosting;
using DnsFailover.Tests;
using DnsFailover.Tests.Providers;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Benchmarks;

/// <summary>
/// The whole daemon with a journal on disk steers a name between two web servers. In turn each is killed while it has
/// the traffic; measured is how long the name takes to follow once the endpoint is found Down.
/// </summary>
internal static class SwitchBenchmark
{
    private static readonly DnsName Name = DnsName.Parse("api.bench.test");
    private static readonly TimeSpan StepBound = TimeSpan.FromSeconds(30);

    /// <summary>Measures and prints. Exit code 0 when the median is within the limit.</summary>
    public static async Task<int> RunAsync(string provider, int trials, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        if (provider == "named" && Peers.Find("named") is null)
        {
            terminal.Complain(Peers.Missing("named", "bind9"));
            return ExitCode.BadInput;
        }

        var directory = Directory.CreateTempSubdirectory("dnsfailover-benchmark-");
        NamedServer? named = null;
        try
        {
            await using var one = new DemoEndpoint("one", IPAddress.Parse("127.0.0.2"));
            await using var two = new DemoEndpoint("two", IPAddress.Parse("127.0.0.3"));
            await one.StartAsync(cancellationToken);
            await two.StartAsync(cancellationToken);
            named = provider == "named" ? await NamedServer.StartAsync("bench.test", new NamedOptions { Records = $"api 60 IN A {one.Address}" }, cancellationToken) : null;
            var measured = await MeasureAsync(Configuration(named, one, two), directory.FullName, one, two, trials, cancellationToken);
            return Print(provider, measured, TimeSpan.FromMilliseconds(named is null ? 50 : 150), json, terminal);
        }
        finally
        {
            if (named is not null)
            {
                await named.DisposeAsync();
            }

            directory.Delete(recursive: true);
        }
    }

    /// <summary>One switch.</summary>
    /// <param name="Timings">By the daemon's own account.</param>
    /// <param name="Seen">From the end of the probe that made the endpoint Down to the new answer, as somebody else saw it.</param>
    private sealed record Trial(SwitchTimings Timings, TimeSpan Seen);

    private static async Task<List<Trial>> MeasureAsync(DaemonConfiguration configuration, string data, DemoEndpoint one, DemoEndpoint two, int trials, CancellationToken cancellationToken)
    {
        var recorder = new SwitchRecorder();
        await using var daemon = await Daemon.StartAsync(configuration, new DaemonSettings { DataDirectory = data, Loggers = NullLoggerFactory.Instance, Observers = [recorder] }, cancellationToken);
        await AllUpAsync(daemon, cancellationToken);
        await using var watch = new AnswerWatch((await daemon.Providers.Find("dns").Provider.AuthoritativeServersAsync(cancellationToken))[0], Name);
        await watch.FirstAsync(one.Address.ToString(), DateTimeOffset.MinValue, cancellationToken);
        var measured = new List<Trial>();
        var (active, standby) = (one, two);
        for (var trial = 0; trial <= trials; trial++)
        {
            while (recorder.Switches.TryRead(out _))
            {
                // What came before the kill, such as the first publication, is not measured.
            }

            var killedAt = DateTimeOffset.UtcNow;
            await active.KillAsync();
            var timings = await recorder.Switches.ReadAsync(cancellationToken).AsTask().WaitAsync(StepBound, cancellationToken);
            var answeredAt = await watch.FirstAsync(standby.Address.ToString(), killedAt, cancellationToken);
            if (trial > 0)
            {
                measured.Add(new Trial(timings, answeredAt - recorder.DownAt)); // the first one warms everything up
            }

            await active.StartAsync(cancellationToken);
            await AllUpAsync(daemon, cancellationToken);
            (active, standby) = (standby, active);
        }

        return measured;
    }

    /// <summary>Waits until both endpoints are Up and nothing is under way.</summary>
    private static async Task AllUpAsync(Daemon daemon, CancellationToken cancellationToken)
    {
        for (var began = DateTimeOffset.UtcNow; DateTimeOffset.UtcNow - began < StepBound; await Task.Delay(10, cancellationToken))
        {
            if (daemon.State?.Services[Name] is { Change: null, Live.Sets.Count: > 0 } service && service.Copies[service.Lead].Preparing is null && service.Health.Values.All(health => health.Status == HealthStatus.Up))
            {
                return;
            }
        }

        throw new TimeoutException("the endpoints did not become Up within 30 s");
    }

    private static DaemonConfiguration Configuration(NamedServer? named, DemoEndpoint one, DemoEndpoint two)
    {
        var dns = named is null
            ? "{type: builtin, zone: bench.test, listen: \"127.0.0.1:0\"}"
            : $$"""{type: rfc2136, server: "{{named.EndPoint}}", zone: bench.test, nameServers: ["{{named.EndPoint}}"], tsig: {name: {{named.KeyName}}, secret: "{{named.KeySecret}}"} }""";
        var text = $$"""
            providers:
              dns: {{dns}}
            services:
              - name: {{Name}}
                check: {type: http, path: /}
                interval: 500ms
                timeout: 400ms
                fastInterval: 20ms
                rise: 1
                failback: manual
                minActiveTime: 0s
                switchesPerHour: off
                endpoints:
                  - {name: one, addresses: [{{one.Address}}], check: {port: {{one.Port}} } }
                  - {name: two, addresses: [{{two.Address}}], check: {port: {{two.Port}} } }
            """;
        var result = ConfigurationLoader.Parse("benchmark.yaml", Encoding.UTF8.GetBytes(text), ProcessSurroundings.Instance);
        return result.Configuration ?? throw new InvalidOperationException(string.Join('\n', result.Problems));
    }

    private static int Print(string provider, List<Trial> trials, TimeSpan limit, bool json, Terminal terminal)
    {
        (string Name, Figures Figures)[] rows =
        [
            ("decided", Figures.Of(trials.Select(trial => trial.Timings.Decision))),
            ("written", Figures.Of(trials.Select(trial => trial.Timings.Write))),
            ("verified", Figures.Of(trials.Select(trial => trial.Timings.Verification ?? StepBound))),
            ("verdict to verified answer, by the daemon", Figures.Of(trials.Select(trial => trial.Timings.Decision + trial.Timings.Write + (trial.Timings.Verification ?? StepBound)))),
            ("observation to answer, by a poller", Figures.Of(trials.Select(trial => trial.Seen))),
        ];
        var ok = rows[^2..].All(row => row.Figures.Median < limit);
        if (json)
        {
            var document = new JsonObject { ["provider"] = provider, ["trials"] = trials.Count, ["limitMs"] = limit.TotalMilliseconds, ["ok"] = ok };
            string[] keys = ["decided", "written", "verified", "total", "seen"];
            foreach (var (key, (_, figures)) in keys.Zip(rows))
            {
                document[key] = figures.ToJson();
            }

            terminal.Json(document);
        }
        else
        {
            terminal.Table([$"{provider}, {trials.Count} switches", "median", "worst"], rows.Select(row => row.Figures.Cells(row.Name)));
            terminal.Line($"The limit is {limit.TotalMilliseconds} ms: {(ok ? "kept" : "MISSED")} in the median, {(rows[^2..].All(row => row.Figures.Worst < limit) ? "kept" : "missed")} in the worst case.");
        }

        return ok ? ExitCode.Ok : ExitCode.Failed;
    }
}
