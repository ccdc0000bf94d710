using System.Diagnostics.Metrics;

namespace DnsFailover.Metrics;

/// <summary>
/// The instruments of one daemon (OpenTelemetry's, as the framework has them): the single source of what Prometheus reads and of
/// what is pushed. Two daemons in one process do not see each other's.
/// </summary>
internal sealed class DaemonMeter : IDisposable
{
    /// <summary>The name of the meter, for those who listen.</summary>
    public const string Name = "dnsfailover";

    private readonly Meter _meter;
    private readonly Dictionary<Instrument, MetricDefinition> _definitions = [];

    /// <summary>One without instruments.</summary>
    /// <param name="version">Of the program.</param>
    public DaemonMeter(string version) => _meter = new Meter(Name, version, tags: null, scope: this);

    /// <summary>What each instrument measures.</summary>
    public IReadOnlyDictionary<Instrument, MetricDefinition> Definitions => _definitions;

    /// <summary>Makes a counter.</summary>
    public Counter<long> Counter(MetricDefinition definition) =>
        Known(_meter.CreateCounter<long>(definition.Name, definition.Unit, definition.Description), definition);

    /// <summary>Makes a histogram.</summary>
    public Histogram<double> Histogram(MetricDefinition definition) => Known(
        _meter.CreateHistogram(definition.Name, definition.Unit, definition.Description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = definition.Buckets }),
        definition);

    /// <summary>Makes a gauge that is read whenever somebody looks.</summary>
    /// <param name="definition">What it measures.</param>
    /// <param name="read">Gives every series with its value; quick, and from any thread.</param>
    public void Gauge(MetricDefinition definition, Func<IEnumerable<Measurement<double>>> read) =>
        Known(_meter.CreateObservableGauge(definition.Name, read, definition.Unit, definition.Description), definition);

    /// <summary>One series of a gauge.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="definition">The gauge.</param>
    /// <param name="labels">A value for each of its labels, in their order.</param>
    public static Measurement<double> Measure(double value, MetricDefinition definition, params ReadOnlySpan<string> labels)
    {
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            tags[i] = new(definition.Labels[i].Name, labels[i]);
        }

        return new Measurement<double>(value, tags);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private T Known<T>(T instrument, MetricDefinition definition)
        where T : Instrument
    {
        _definitions.Add(instrument, definition);
        return instrument;
    }
}
