using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;

namespace DnsFailover.Metrics;

/// <summary>The program itself, and the configurations that it was given.</summary>
internal sealed class ProcessMetrics : IStepObserver
{
    private static readonly MetricLabel Result = new("result", "taken, rejected");

    /// <summary>Which program.</summary>
    public static readonly MetricDefinition Build = new(
        "dnsfailover.build.info", MetricKind.Gauge, null, "Always 1; its labels say what runs.", new MetricLabel("version", "of dnsfailover"), new MetricLabel("runtime", "of .NET"));

    /// <summary>Since when.</summary>
    public static readonly MetricDefinition Start = new("dnsfailover.start.timestamp", MetricKind.Gauge, "s", "When the daemon started, in Unix time.");

    /// <summary>Configurations.</summary>
    public static readonly MetricDefinition Reloads = new(
        "dnsfailover.reloads", MetricKind.Counter, null, "Configurations that were read again: taken, or rejected so that the last good one goes on.", Result);

    private readonly Counter<long> _reloads;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">Gets them.</param>
    /// <param name="time">The clock.</param>
    public ProcessMetrics(DaemonMeter meter, TimeProvider time)
    {
        var start = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        meter.Gauge(Build, () => [DaemonMeter.Measure(1, Build, Version, RuntimeInformation.FrameworkDescription)]);
        meter.Gauge(Start, () => [new Measurement<double>(start)]);
        _reloads = meter.Counter(Reloads);
    }

    /// <summary>As in <see cref="JournalMetrics.Begin"/>.</summary>
    public void Begin()
    {
        Count("taken", 0);
        Count("rejected", 0);
    }

    /// <summary>All that it measures.</summary>
    public static ValueList<MetricDefinition> All => [Build, Start, Reloads];

    /// <summary>The version of the program, without the hash of the commit.</summary>
    public static string Version { get; } =
        typeof(ProcessMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is ControllerEvent.ConfigurationLoaded)
        {
            Count("taken", 1);
        }
        else if (fact is ControllerEvent.ConfigurationRejected)
        {
            Count("rejected", 1);
        }
    }

    private void Count(string result, int count) => _reloads.Add(count, new KeyValuePair<string, object?>(Result.Name, result));
}
