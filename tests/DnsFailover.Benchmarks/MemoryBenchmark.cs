using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using DnsFailover.Cli;
using DnsFailover.Demo;

namespace DnsFailover.Benchmarks;

/// <summary>
/// The resident memory of a real `run` process that steers five names with ten endpoints and has nothing to do. Memory
/// also grows with what was done, so that a second process makes the probes of an hour within seconds.
/// </summary>
internal static class MemoryBenchmark
{
    private const int Services = 5;
    private const double LimitMiB = 120;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HurriedInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Hurry = TimeSpan.FromHours(1) * (HurriedInterval / UsualInterval);

    /// <summary>Measures and prints. Exit code 0 when it stays within the limit all the time.</summary>
    public static async Task<int> RunAsync(bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new BadInputException("the memory benchmark reads /proc, which only Linux has");
        }

        var directory = Directory.CreateTempSubdirectory("dnsfailover-benchmark-");
        try
        {
            await using var one = new DemoEndpoint("one", IPAddress.Parse("127.0.0.2"));
            await using var two = new DemoEndpoint("two", IPAddress.Parse("127.0.0.3"));
            await one.StartAsync(cancellationToken);
            await two.StartAsync(cancellationToken);
            var idle = await MeasureAsync(directory.CreateSubdirectory("idle").FullName, Yaml(one, two, UsualInterval), Idle, cancellationToken);
            var hour = await MeasureAsync(directory.CreateSubdirectory("hour").FullName, Yaml(one, two, HurriedInterval), Hurry, cancellationToken);
            return Print(idle, hour, json, terminal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<double> MeasureAsync(string directory, string yaml, TimeSpan wait, CancellationToken cancellationToken)
    {
        var config = Path.Combine(directory, "failover.yaml");
        await File.WriteAllTextAsync(config, yaml, cancellationToken);
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        using var process = Process.Start(new ProcessStartInfo(dotnet, [Path.Combine(AppContext.BaseDirectory, "dnsfailover.dll"), "run", "--config", config, "--data", Path.Combine(directory, "data")]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        try
        {
            var published = 0;
            while (published < Services)
            {
                var line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), cancellationToken)
                    ?? throw new InvalidOperationException("the daemon ended before everything was published");
                published += line.Contains("verified, written in", StringComparison.Ordinal) ? 1 : 0;
            }

            await Task.Delay(wait, cancellationToken);
            return MiB(process.Id, "VmHWM");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>A field of /proc/pid/status (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html), which is in KiB.</summary>
    private static double MiB(int process, string field)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private static string Yaml(DemoEndpoint one, DemoEndpoint two, TimeSpan interval) => $$"""
        providers:
          local: {type: builtin, zone: bench.test, listen: "127.0.0.1:0"}
        services:
        {{string.Join('\n', Enumerable.Range(1, Services).Select(number => $$"""
          - name: api{{number}}.bench.test
            check: {type: http, path: /}
            interval: {{interval.TotalMilliseconds}}ms
            endpoints:
              - {name: one, addresses: [{{one.Address}}], check: {port: {{one.Port}} } }
              - {name: two, addresses: [{{two.Address}}], check: {port: {{two.Port}} } }
        """))}}
        """;

    private static int Print(double idle, double hour, bool json, Terminal terminal)
    {
        var ok = Math.Max(idle, hour) < LimitMiB;
        if (json)
        {
            terminal.Json(new JsonObject { ["endpoints"] = 2 * Services, ["idleMiB"] = Math.Round(idle, 1), ["afterAnHourMiB"] = Math.Round(hour, 1), ["limitMiB"] = LimitMiB, ["ok"] = ok });
        }
        else
        {
            terminal.Line($"{2 * Services} endpoints: at the most {idle:0.0} MiB resident within {Idle.TotalSeconds} s of doing nothing, {hour:0.0} MiB after as many probes as an hour brings. The limit is {LimitMiB} MiB: {(ok ? "kept" : "MISSED")}.");
        }

        return ok ? ExitCode.Ok : ExitCode.Failed;
    }
}
