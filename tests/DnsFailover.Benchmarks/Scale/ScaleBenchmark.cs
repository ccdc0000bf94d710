using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DnsFailover.Cli;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Benchmarks.Scale;

/// <summary>
/// The whole daemon, with schedule, health, journal on disk, metrics and API, watches many endpoints that are served by another
/// process. Measured is what this process takes for it, and what becomes of the schedule.
/// </summary>
internal static class ScaleBenchmark
{
    /// <summary>The runtime compiles what runs often a second time, in the background: that is over then.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);

    /// <summary>To know every endpoint and to publish every name.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(3);

    /// <summary>Measures and prints.</summary>
    public static async Task<int> RunAsync(ScaleOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new BadInputException("the scale benchmark needs an address for each endpoint, which only Linux has on loopback");
        }

        var directory = Directory.CreateTempSubdirectory("dnsfailover-benchmark-");
        try
        {
            TargetProcess.Certify(directory.FullName);
            using var target = options.Port is null ? await TargetProcess.StartAsync(options.Check == "https" ? Path.Combine(directory.FullName, "server.p12") : null, cancellationToken) : null;
            var figures = await MeasureAsync(options, options.Port ?? target!.Port, target?.Hole ?? 1, directory.FullName, terminal, cancellationToken);
            await PrintAsync(options, figures, terminal, cancellationToken);
            return ExitCode.Ok;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<ScaleFigures> MeasureAsync(ScaleOptions options, int port, int hole, string directory, Terminal terminal, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var configuration = Configuration(options, port, hole, directory);
        var loaded = Stopwatch.GetElapsedTime(began);
        var healthy = configuration.Checks.Where(pair => pair.Value.Port == port).Select(pair => pair.Key).ToHashSet();
        var watch = new ScaleWatch(healthy, options.Interval, options.Duration);
        var settings = new DaemonSettings { DataDirectory = Path.Combine(directory, "data"), Loggers = NullLoggerFactory.Instance, Observers = [watch] };
        await using var daemon = await Daemon.StartAsync(configuration, settings, cancellationToken);
        await SettleAsync(daemon, healthy, cancellationToken);
        if (options.Json != "-")
        {
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"Configuration read in {loaded.TotalSeconds:0.0} s; every endpoint known and every name published after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s ({watch.FalselyDownAtAll} falsely Down until then)"));
        }

        await Task.Delay(Settling, cancellationToken);
        using var process = Process.GetCurrentProcess();
        var (user, kernel, allocated, collections) = (process.UserProcessorTime, process.PrivilegedProcessorTime, GC.GetTotalAllocatedBytes(), GC.CollectionCount(0));
        var from = DateTimeOffset.UtcNow;
        watch.Begin(from);
        await Task.Delay(options.Duration, cancellationToken);
        process.Refresh();
        var until = DateTimeOffset.UtcNow;
        var observed = Math.Max(1, watch.Observed);
        (user, kernel, allocated) = (process.UserProcessorTime - user, process.PrivilegedProcessorTime - kernel, GC.GetTotalAllocatedBytes() - allocated);
        var (share, lateness) = watch.Schedule(from, until);
        return new ScaleFigures
        {
            ProbesPerSecond = observed / (until - from).TotalSeconds,
            Share = share,
            CpuMicroseconds = (user + kernel).TotalMicroseconds / observed,
            KernelMicroseconds = kernel.TotalMicroseconds / observed,
            ResidentMB = MegabytesOf("VmRSS"),
            PeakMB = MegabytesOf("VmHWM"),
            LatenessP50 = At(lateness, 0.5),
            LatenessP99 = At(lateness, 0.99),
            FalseFailures = watch.Wrong,
            FalselyDown = watch.FalselyDown,
            Inconclusive = watch.Inconclusive,
            AllocatedBytes = allocated / (double)observed,
            Collections = GC.CollectionCount(0) - collections,
            Load = (await File.ReadAllTextAsync("/proc/loadavg", cancellationToken)).Split(' ')[0] + (watch.Example is { } example ? $" (for example: {example})" : string.Empty),
        };
    }

    private static async Task SettleAsync(Daemon daemon, HashSet<TargetId> healthy, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (daemon.State is not { } state || !state.Services.Values.All(service => IsSettled(service, healthy)))
        {
            if (Stopwatch.GetElapsedTime(began) > LongestStart)
            {
                return; // it is measured all the same: then that is the result
            }

            await Task.Delay(500, cancellationToken);
        }
    }

    private static bool IsSettled(ServiceState service, HashSet<TargetId> healthy) =>
        service.Health.All(pair => pair.Value.Status == (healthy.Contains(pair.Key) ? HealthStatus.Up : HealthStatus.Down))
        && (!service.Health.Keys.Any(healthy.Contains) || service is { Live.Sets.Count: > 0, Change: null });

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];

    /// <summary>A field of /proc/self/status (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html), which is in KiB.</summary>
    private static double MegabytesOf(string field)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private static DaemonConfiguration Configuration(ScaleOptions options, int port, int hole, string directory)
    {
        var check = options.Check switch
        {
            "tcp" => "{type: tcp}",
            "https" => $"{{type: https, path: /healthz, trustedRoots: {Path.Combine(directory, "root.pem")}}}",
            _ => "{type: http, path: /healthz}",
        };
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $$"""
            providers:
              dns: {type: builtin, zone: bench.test, listen: "127.0.0.1:0"}
            api: {listen: "127.0.0.1:0"}
            massChange: off
            switchShare: off
            defaults:
              interval: {{options.Interval.TotalMilliseconds}}ms
              timeout: {{options.Timeout.TotalMilliseconds}}ms
              check: {{check}}
            services:

            """);
        for (var endpoint = 0; endpoint < options.Endpoints; endpoint++)
        {
            if (endpoint % options.PerService == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"  - name: api{endpoint / options.PerService}.bench.test\n    endpoints:\n");
            }

            var dialled = IsHole(options, endpoint) ? hole : port;
            var number = endpoint + 1;
            text.Append(CultureInfo.InvariantCulture, $"      - {{name: e{endpoint % options.PerService}, addresses: [127.{1 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}], check: {{port: {dialled}}}}}\n");
        }

        var result = ConfigurationLoader.Parse("benchmark.yaml", Encoding.UTF8.GetBytes(text.ToString()), ProcessSurroundings.Instance);
        return result.Configuration ?? throw new InvalidOperationException(string.Join('\n', result.Problems.Take(5)));
    }

    // The second endpoint of a service first, so that as many services as possible have one that works.
    private static bool IsHole(ScaleOptions options, int endpoint)
    {
        var place = ((endpoint % options.PerService == 1 ? 0 : options.Endpoints / options.PerService) + (endpoint / options.PerService)) * 100L;
        return place < (long)options.BlackHoles * options.Endpoints;
    }

    private static async Task PrintAsync(ScaleOptions options, ScaleFigures figures, Terminal terminal, CancellationToken cancellationToken)
    {
        var asked = string.Create(CultureInfo.InvariantCulture, $"{options.Endpoints} endpoints, {options.Check} every {options.Interval.TotalSeconds} s, timeout {options.Timeout.TotalSeconds} s{(options.BlackHoles > 0 ? $", {options.BlackHoles} % black holes" : string.Empty)}");
        if (options.Json is not null)
        {
            var document = new JsonObject
            {
                ["endpoints"] = options.Endpoints,
                ["check"] = options.Check,
                ["intervalMs"] = options.Interval.TotalMilliseconds,
                ["timeoutMs"] = options.Timeout.TotalMilliseconds,
                ["seconds"] = options.Duration.TotalSeconds,
                ["blackHolesPercent"] = options.BlackHoles,
                ["figures"] = figures.ToJson(),
            };
            if (options.Json == "-")
            {
                terminal.Json(document);
                return;
            }

            await File.WriteAllTextAsync(options.Json, document.ToJsonString(), cancellationToken);
        }

        terminal.Table([asked, string.Empty], figures.Rows());
    }
}
