using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Runtime.CompilerServices;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Metrics;

/// <summary>What providers do when they are called: the directory gives out each provider with a meter around it.</summary>
internal sealed class ProviderMetrics : IProviderDirectory
{
    private static readonly MetricLabel Call = new("call", "read, write, servers");

    private static readonly MetricLabel Outcome = new("outcome", "ok, conflict, transient, rejected, ambiguous, no_reply, defect");

    /// <summary>Calls.</summary>
    public static readonly MetricDefinition Calls = new(
        "dnsfailover.provider.calls", MetricKind.Counter, null, "Calls to providers that ended: reads of a name, writes of a change set, and looking up the authoritative servers.", Labels.Provider, Call, Outcome);

    /// <summary>How long they take.</summary>
    public static readonly MetricDefinition Duration = new(
        "dnsfailover.provider.call.duration", MetricKind.Histogram, "s", "How long calls to providers took, whatever came of them.", Labels.Provider, Call)
    {
        Buckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    /// <summary>The last read that worked.</summary>
    public static readonly MetricDefinition LastRead = new(
        "dnsfailover.provider.last_read.timestamp", MetricKind.Gauge, "s", "When records were last read, in Unix time; absent before the first time.", Labels.Provider);

    /// <summary>The last write that worked.</summary>
    public static readonly MetricDefinition LastWrite = new(
        "dnsfailover.provider.last_write.timestamp", MetricKind.Gauge, "s", "When a change was last written, in Unix time; absent before the first time.", Labels.Provider);

    private readonly IProviderDirectory _providers;
    private readonly Func<Declared> _declared;
    private readonly TimeProvider _time;
    private readonly Action<string, DnsName, DateTimeOffset, DateTimeOffset> _read;
    private readonly Counter<long> _calls;
    private readonly Histogram<double> _duration;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _lastReads = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _lastWrites = new();

    // Weak, and the same for each: the lanes in front of a provider go by which one it is.
    private readonly ConditionalWeakTable<IDnsProvider, MeteredProvider> _metered = [];

    /// <summary>Makes the instruments.</summary>
    /// <param name="providers">The providers themselves.</param>
    /// <param name="meter">Gets the instruments.</param>
    /// <param name="declared">What is declared now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="read">Is told of each read that worked: the provider, the name, from when and until when.</param>
    public ProviderMetrics(IProviderDirectory providers, DaemonMeter meter, Func<Declared> declared, TimeProvider time, Action<string, DnsName, DateTimeOffset, DateTimeOffset> read)
    {
        (_providers, _declared, _time, _read) = (providers, declared, time, read);
        (_calls, _duration) = (meter.Counter(Calls), meter.Histogram(Duration));
        meter.Gauge(LastRead, () => Times(LastRead, _lastReads));
        meter.Gauge(LastWrite, () => Times(LastWrite, _lastWrites));
    }

    /// <summary>All that it measures.</summary>
    public static ValueList<MetricDefinition> All => [Calls, Duration, LastRead, LastWrite];

    /// <inheritdoc/>
    public (IDnsProvider Provider, TimeSpan Timeout) Find(string name)
    {
        var (provider, timeout) = _providers.Find(name);
        return (_metered.GetValue(provider, made => new MeteredProvider(made, this, name)), timeout);
    }

    /// <summary>Forgets providers that are not declared any more.</summary>
    public void Forget()
    {
        foreach (var times in new[] { _lastReads, _lastWrites })
        {
            foreach (var name in times.Keys.Where(name => !_declared().HasProvider(name)))
            {
                times.TryRemove(name, out _);
            }
        }
    }

    private static IEnumerable<Measurement<double>> Times(MetricDefinition definition, ConcurrentDictionary<string, DateTimeOffset> times) =>
        times.Select(pair => DaemonMeter.Measure(pair.Value.ToUnixTimeMilliseconds() / 1000.0, definition, pair.Key));

    private async Task<T> MeasureAsync<T>(string provider, string call, Func<Task<T>> make, ConcurrentDictionary<string, DateTimeOffset>? times = null)
    {
        var began = _time.GetTimestamp();
        var outcome = "defect";
        try
        {
            var answer = await make();
            outcome = "ok";
            if (times is not null && _declared().HasProvider(provider))
            {
                times[provider] = _time.GetUtcNow();
            }

            return answer;
        }
        catch (ProviderException e)
        {
            outcome = WordOf(e.Failure);
            throw;
        }
        catch (OperationCanceledException)
        {
            outcome = "no_reply"; // it was given up
            throw;
        }
        finally
        {
            if (_declared().HasProvider(provider))
            {
                _calls.Add(1, new(Labels.Provider.Name, provider), new(Call.Name, call), new(Outcome.Name, outcome));
                _duration.Record(_time.GetElapsedTime(began).TotalSeconds, new(Labels.Provider.Name, provider), new(Call.Name, call));
            }
        }
    }

    private static string WordOf(ProviderFailure failure) => failure switch
    {
        ProviderFailure.Conflict => "conflict",
        ProviderFailure.Transient => "transient",
        ProviderFailure.Rejected => "rejected",
        _ => "ambiguous",
    };

    private sealed class MeteredProvider(IDnsProvider provider, ProviderMetrics metrics, string name) : IDnsProvider
    {
        public ProviderCapabilities Capabilities => provider.Capabilities;

        public TimeSpan? ClockSkew => provider.ClockSkew;

        public async Task<NameRecords> ReadAsync(DnsName record, CancellationToken cancellationToken)
        {
            var from = metrics._time.GetUtcNow();
            var records = await metrics.MeasureAsync(name, "read", () => provider.ReadAsync(record, cancellationToken), metrics._lastReads);
            metrics._read(name, record, from, metrics._time.GetUtcNow());
            return records;
        }

        public Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken) =>
            metrics.MeasureAsync(name, "write", () => provider.ApplyAsync(change, cancellationToken), metrics._lastWrites);

        public Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken) =>
            metrics.MeasureAsync(name, "servers", () => provider.AuthoritativeServersAsync(cancellationToken));

        public string? WhyNotVerifiable(DnsName record) => provider.WhyNotVerifiable(record);

        public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => provider.ExamineAsync(cancellationToken);
    }
}
