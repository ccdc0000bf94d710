using System.Runtime.CompilerServices;
using DnsFailover.Configuration;
using DnsFailover.Control;
using DnsFailover.Core.Control;
using DnsFailover.Journal;
using DnsFailover.Providers;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Metrics;

/// <summary>
/// All that is measured of one daemon, put together. It stands around the journal, the providers and the outbox and listens to the
/// control loop; none of them knows of it.
/// </summary>
internal sealed class DaemonTelemetry : IAsyncDisposable
{
    private readonly DaemonMeter _meter = new(ProcessMetrics.Version);
    private readonly DecisionTraces _traces = new();
    private readonly MetricsReader _reader;
    private readonly ProviderMetrics _providers;
    private readonly OutboxMetrics _outbox;
    private readonly ProcessMetrics _process;
    private volatile Declared _declared = Declared.Nothing;
    private OtlpPush? _push;

    /// <summary>Measures nothing that is declared until <see cref="Replace"/>.</summary>
    /// <param name="journal">The journal and the outbox.</param>
    /// <param name="providers">The providers.</param>
    /// <param name="state">The state of the controller; null before its first step.</param>
    /// <param name="time">The clock of the controller.</param>
    /// <param name="wall">The clock on the wall, which certificates are valid by.</param>
    /// <param name="loggers">For all logs.</param>
    public DaemonTelemetry(SqliteJournal journal, IProviderDirectory providers, Func<ControllerState?> state, TimeProvider time, TimeProvider wall, ILoggerFactory loggers)
    {
        Probes = new ProbeMetrics(_meter, () => _declared, wall);
        StateMetrics.Measure(_meter, state, time);
        Journal = new JournalMetrics(journal, _meter, () => _declared, _traces.Ended);
        _providers = new ProviderMetrics(providers, _meter, () => _declared, time, _traces.Read);
        _outbox = new OutboxMetrics(journal, _meter, () => _declared, wall);
        _process = new ProcessMetrics(_meter, wall);
        _reader = new MetricsReader(_meter, loggers.CreateLogger<MetricsReader>());
        Page = new MetricsPage(_reader, _outbox.RefreshAsync);
        BeginCounters();
    }

    /// <summary>The journal, to be written to through this.</summary>
    public JournalMetrics Journal { get; }

    /// <summary>The outbox, to be emptied through this.</summary>
    public IOutbox Outbox => _outbox;

    /// <summary>The providers, to be called through this.</summary>
    public IProviderDirectory Providers => _providers;

    /// <summary>To be told each step.</summary>
    public IStepObserver Observer => _process;

    /// <summary>To be told each observation.</summary>
    public ProbeMetrics Probes { get; }

    /// <summary>What <c>/metrics</c> answers.</summary>
    public MetricsPage Page { get; }

    /// <summary>A configuration takes effect. What it does not declare any more is forgotten.</summary>
    public void Replace(DaemonConfiguration configuration)
    {
        var before = _declared;
        var now = Declared.Of(configuration, before);
        _declared = now;
        _reader.Keep(now.Has);
        _providers.Forget();
        _traces.Keep((provider, service) => now.HasProvider(provider) && now.HasService(service));
        if (now.HasLost(before))
        {
            _push?.BeginAnew(now.Targets.Count);
            BeginCounters();
        }
    }

    /// <summary>Begins to push, where the environment says where to.</summary>
    public void StartPush()
    {
        if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
        {
            Push();
            BeginCounters();
        }
    }

    /// <summary>Sends the last figures and ends; within 1.5 s.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_push is not null)
        {
            await _push.DisposeAsync();
        }

        _reader.Dispose();
        _meter.Dispose();
        _traces.Dispose();
    }

    private void BeginCounters()
    {
        Journal.Begin();
        _process.Begin();
    }

    /// <summary>Apart, so that the exporter is not loaded where it is not wanted.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Push() => _push = new OtlpPush(_declared.Targets.Count);
}
