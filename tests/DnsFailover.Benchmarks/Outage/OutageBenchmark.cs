using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using DnsFailover.Cli;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Benchmarks.Outage;

/// <summary>
/// How long an outage lasts: the whole daemon with a journal on disk and its builtin DNS server steers a name between two web servers in
/// processes of their own. In turn something happens to the one that has the traffic, at a random moment; measured is the time until the
/// authoritative server answers the other one, by a poller apart from the daemon.
/// </summary>
internal static class OutageBenchmark
{
    private const string Checks = "interval 1 s, timeout 0.5 s, fall 3, fastInterval 100 ms";

    private static readonly DnsName Name = DnsName.Parse("api.bench.test");
    private static readonly TimeSpan StepBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>What can happen to a server, and what others take for it at the same checking rate and with <c>fall 3</c>, as they were measured beside each other.</summary>
    private static readonly Fault[] Faults =
    [
        new("killed", "process killed (SIGKILL)", endpoint => endpoint.Die(), "HAProxy, fastinter 100 ms: 0.77 / 1.11 s; plain inter: 2.49 / 2.99 s", Ms(700), Ms(1250)),
        new("stopped", "stopped (SIGSTOP: connects, never answers)", endpoint => endpoint.Freeze(), "HAProxy, fastinter 100 ms: 2.33 / 2.68 s; PowerDNS Lua, one single failure: 1.51 / 1.99 s", Ms(1200), Ms(1750)),
        new("black hole", "black hole (SYN dropped: the listener's queue is full)", endpoint => endpoint.Vanish(), "HAProxy, fastinter 100 ms: 2.38 / 2.68 s; PowerDNS Lua, one single failure: 1.44 / 1.98 s", Ms(1200), Ms(1750)),
    ];

    /// <summary>Something that happens.</summary>
    /// <param name="Key">Its name in a word or two.</param>
    /// <param name="Title">Its name for people.</param>
    /// <param name="Begin">Makes it happen, and says when.</param>
    /// <param name="Peers">The median and the worst of others; those of HAProxy are its own change of state, without any DNS.</param>
    /// <param name="Median">What ours is to be at most.</param>
    /// <param name="Worst">The same of the slowest.</param>
    private sealed record Fault(string Key, string Title, Func<EndpointProcess, DateTimeOffset> Begin, string Peers, TimeSpan Median, TimeSpan Worst);

    /// <summary>One outage.</summary>
    /// <param name="ToVerdict">From the fault to the end of the probe that made the endpoint Down.</param>
    /// <param name="ToAnswer">From the fault to the new answer.</param>
    private sealed record Trial(TimeSpan ToVerdict, TimeSpan ToAnswer);

    /// <summary>Measures and prints. Exit code 0 when every figure is what it is to be at most.</summary>
    public static async Task<int> RunAsync(int trials, string? only, string? json, Terminal terminal, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("dnsfailover-outage-");
        try
        {
            using var one = new EndpointProcess(IPAddress.Parse("127.0.0.2"));
            using var two = new EndpointProcess(IPAddress.Parse("127.0.0.3"));
            await one.StartAsync(cancellationToken);
            await two.StartAsync(cancellationToken);
            var measured = await MeasureAsync(directory.FullName, one, two, trials, [.. Faults.Where(fault => only is null || fault.Key == only)], cancellationToken);
            return await PrintAsync(measured, trials, json, terminal, cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<List<(Fault Fault, List<Trial> Trials)>> MeasureAsync(string data, EndpointProcess one, EndpointProcess two, int trials, Fault[] faults, CancellationToken cancellationToken)
    {
        var recorder = new SwitchRecorder();
        await using var daemon = await Daemon.StartAsync(Configuration(one, two), new DaemonSettings { DataDirectory = data, Loggers = NullLoggerFactory.Instance, Observers = [recorder] }, cancellationToken);
        await AllUpAsync(daemon, cancellationToken);
        await using var watch = new AnswerWatch((await daemon.Providers.Find("dns").Provider.AuthoritativeServersAsync(cancellationToken))[0], Name);
        await watch.FirstAsync(one.Address.ToString(), DateTimeOffset.MinValue, cancellationToken);
        var measured = faults.Select(fault => (Fault: fault, Trials: new List<Trial>())).ToList();
        await OnceAsync(faults[0]); // warms everything up
        for (var trial = 0; trial < trials; trial++)
        {
            foreach (var (fault, done) in measured)
            {
                done.Add(await OnceAsync(fault));
            }
        }

        return measured;

        async Task<Trial> OnceAsync(Fault fault)
        {
            // Any moment between two probes is as likely as any other.
            await Task.Delay(Interval + (Interval * Random.Shared.NextDouble()), cancellationToken);
            var (active, standby) = watch.Current == one.Address.ToString() ? (one, two) : (two, one); // it may have moved by itself on a machine that is too busy
            var at = fault.Begin(active);
            var answeredAt = await AnsweredAsync(fault, standby, at);
            var trial = new Trial(recorder.DownAt - at, answeredAt - at);
            await active.RecoverAsync(cancellationToken);
            await AllUpAsync(daemon, cancellationToken);
            return trial;
        }

        async Task<DateTimeOffset> AnsweredAsync(Fault fault, EndpointProcess standby, DateTimeOffset at)
        {
            try
            {
                return await watch.FirstAsync(standby.Address.ToString(), at, cancellationToken);
            }
            catch (TimeoutException e)
            {
                var service = daemon.State!.Services[Name];
                var health = string.Join("; ", service.Health.Select(pair => $"{pair.Key} is {pair.Value.Status}: {pair.Value.Explain()}"));
                throw new TimeoutException($"{fault.Key}: {standby.Address} was not answered within 30 s. {health}. {string.Join("; ", service.Decisions.Values.Select(decision => decision.Reason))}", e);
            }
        }
    }

    /// <summary>Waits until both endpoints are Up and nothing is under way.</summary>
    private static async Task AllUpAsync(Daemon daemon, CancellationToken cancellationToken)
    {
        for (var began = DateTimeOffset.UtcNow; DateTimeOffset.UtcNow - began < StepBound; await Task.Delay(10, cancellationToken))
        {
            if (daemon.State?.Services[Name] is { Change: null, Live.Sets.Count: > 0 } service && service.Copies[service.Lead].Preparing is null && service.Health.Values.All(health => health.IsFit))
            {
                return;
            }
        }

        throw new TimeoutException("the endpoints did not become Up within a minute");
    }

    private static DaemonConfiguration Configuration(EndpointProcess one, EndpointProcess two)
    {
        var text = $$"""
            providers:
              dns: {type: builtin, zone: bench.test, listen: "127.0.0.1:0"}
            services:
              - name: {{Name}}
                check: {type: http, path: /}
                interval: 1s
                timeout: 500ms
                fastInterval: 100ms
                fall: 3
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

    private static async Task<int> PrintAsync(List<(Fault Fault, List<Trial> Trials)> measured, int trials, string? json, Terminal terminal, CancellationToken cancellationToken)
    {
        var rows = measured.ConvertAll(row => (row.Fault, Verdict: Figures.Of(row.Trials.Select(trial => trial.ToVerdict)), Answer: Figures.Of(row.Trials.Select(trial => trial.ToAnswer))));
        var ok = rows.TrueForAll(row => row.Answer.Median <= row.Fault.Median && row.Answer.Worst <= row.Fault.Worst);
        if (json is not null)
        {
            var document = new JsonObject { ["checks"] = Checks, ["trials"] = trials, ["ok"] = ok };
            foreach (var (fault, verdict, answer) in rows)
            {
                document[fault.Key] = new JsonObject
                {
                    ["toVerdict"] = verdict.ToJson(),
                    ["toAnswer"] = answer.ToJson(),
                    ["atMost"] = new Figures(fault.Median, fault.Worst).ToJson(),
                    ["others"] = fault.Peers,
                };
            }

            if (json == "-")
            {
                terminal.Json(document);
                return ok ? ExitCode.Ok : ExitCode.Failed;
            }

            await File.WriteAllTextAsync(json, document.ToJsonString(), cancellationToken);
        }

        terminal.Line($"{trials} outages of each kind at random moments; {Checks}; median / worst");
        terminal.Table(["fault", "to the verdict", "to the authoritative answer", "at most", "others"], rows.Select(row => new[] { row.Fault.Title, Cell(row.Verdict), Cell(row.Answer), Cell(new Figures(row.Fault.Median, row.Fault.Worst)), row.Fault.Peers }));
        return ok ? ExitCode.Ok : ExitCode.Failed;
    }

    private static string Cell(Figures figures) => string.Create(CultureInfo.InvariantCulture, $"{figures.Median.TotalSeconds:0.000} / {figures.Worst.TotalSeconds:0.000} s");

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
