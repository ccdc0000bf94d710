using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Metrics;

/// <summary>A metric with all its series, at one moment.</summary>
/// <param name="Family">The metric; its counters and histograms go on while they are written.</param>
/// <param name="Gauges">The series of a gauge.</param>
internal sealed record FamilyReading(MetricFamily Family, List<(SeriesLabels Labels, double Value)> Gauges);

/// <summary>
/// Listens to the instruments of one daemon and keeps the sums and buckets of each series, for whoever asks. Gauges are read when
/// somebody asks, and not kept.
/// </summary>
internal sealed partial class MetricsReader : IDisposable
{
    /// <summary>Series of one metric. Ten thousand endpoints with an address of each family and a few kinds of failure have so many.</summary>
    public const int MostSeries = 50_000;

    private readonly MeterListener _listener = new();
    private readonly List<MetricFamily> _families = [];
    private readonly Lock _gathering = new();
    private readonly ILogger _logger;
    private bool _complained;

    /// <summary>Listens from now on.</summary>
    /// <param name="meter">With all its instruments.</param>
    /// <param name="logger">For what is too much, and for defects.</param>
    /// <param name="mostSeries">Of one metric.</param>
    public MetricsReader(DaemonMeter meter, ILogger logger, int mostSeries = MostSeries)
    {
        _logger = logger;
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Add(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) =>
        {
            var family = (MetricFamily)state!;
            if (family.Definition.Kind == MetricKind.Gauge)
            {
                family.Gather(value, tags);
            }
            else
            {
                family.Record(value, tags);
            }
        });
        foreach (var (instrument, definition) in meter.Definitions.OrderBy(pair => pair.Value.Family, StringComparer.Ordinal))
        {
            var family = new MetricFamily(definition, mostSeries, full => LogTooMany(full.SampleName, mostSeries));
            _families.Add(family);
            _listener.EnableMeasurementEvents(instrument, family);
        }

        _listener.Start();
    }

    /// <summary>Every metric, sorted by name.</summary>
    public List<FamilyReading> Read()
    {
        lock (_gathering)
        {
            try
            {
                _listener.RecordObservableInstruments();
                _complained = false;
            }
            catch (AggregateException e)
            {
                Complain(e); // the other gauges are there
            }

            return _families.ConvertAll(family => new FamilyReading(family, family.TakeGathered()));
        }
    }

    /// <summary>Forgets the series that are not to be kept.</summary>
    /// <returns>How many were forgotten.</returns>
    public int Keep(Func<MetricDefinition, SeriesLabels, bool> isKept) => _families.Sum(family => family.Keep(isKept));

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Complain(AggregateException defect)
    {
        if (!_complained)
        {
            _complained = true; // once, until it works again
            LogDefect(defect.Flatten());
        }
    }

    [LoggerMessage(9001, LogLevel.Warning, "The metric {Metric} has more than {Most} series: what is more is put together under the label value (more), and of a gauge it is left out")]
    private partial void LogTooMany(string metric, int most);

    [LoggerMessage(9002, LogLevel.Error, "Some gauges could not be read because of a defect; the other metrics are there")]
    private partial void LogDefect(Exception exception);
}
