using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DnsFailover.Metrics;

/// <summary>
/// Sends metrics and traces by OTLP to where the usual variables say (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
/// Nothing of it is loaded when <see cref="Variable"/> is not set.
/// </summary>
internal sealed class OtlpPush : IAsyncDisposable
{
    /// <summary>The variable that turns it on.</summary>
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string ServiceNameVariable = "OTEL_SERVICE_NAME";

    /// <summary>What OpenTelemetry keeps of a metric by default.</summary>
    private const int UsualSeries = 2000;

    /// <summary>Results and reasons of one endpoint that occur together.</summary>
    private const int SeriesPerTarget = 4;

    /// <summary>At the end, for the last figures to be sent: the daemon has five seconds for everything.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly TracerProvider _traces;
    private MeterProvider _metrics;

    /// <summary>Begins.</summary>
    /// <param name="targets">So many targets are declared.</param>
    public OtlpPush(int targets)
    {
        _traces = Sdk.CreateTracerProviderBuilder().AddSource(DecisionTraces.Name).ConfigureResource(Resource).AddOtlpExporter().Build();
        _metrics = Metrics(targets);
    }

    /// <summary>Begins anew, so that series of what is not declared any more are not sent for ever: OTLP has no other end for them.</summary>
    /// <param name="targets">So many targets are declared now.</param>
    public void BeginAnew(int targets)
    {
        var before = _metrics;
        _metrics = Metrics(targets);
        _ = Task.Run(() => End(before)); // it sends its last figures, which may take a while
    }

    /// <summary>Sends the last figures, and does not wait long for that.</summary>
    public async ValueTask DisposeAsync()
    {
        var ending = Task.WhenAll(Task.Run(() => End(_metrics)), Task.Run(() =>
        {
            _traces.Shutdown((int)LastWords.TotalMilliseconds);
            _traces.Dispose();
        }));
        await ending.WaitAsync(LastWords * 1.5).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a collector that hangs must not keep the daemon
    }

    private static void End(MeterProvider metrics)
    {
        metrics.Shutdown((int)LastWords.TotalMilliseconds);
        metrics.Dispose();
    }

    private static MeterProvider Metrics(int targets) => Sdk.CreateMeterProviderBuilder()
        .AddMeter(DaemonMeter.Name)
        .AddView(instrument => MetricCatalogue.PerEndpoint.Contains(instrument.Name)
            ? new MetricStreamConfiguration { CardinalityLimit = Math.Clamp(targets * SeriesPerTarget, UsualSeries, MetricsReader.MostSeries) }
            : null)
        .ConfigureResource(Resource)
        .AddOtlpExporter()
        .Build();

    private static void Resource(ResourceBuilder resource) =>
        resource.AddService(Environment.GetEnvironmentVariable(ServiceNameVariable) is { Length: > 0 } name ? name : "dnsfailover", serviceVersion: ProcessMetrics.Version);
}
