using DnsFailover.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Probing;

/// <summary>What is probed on schedule, and how often.</summary>
internal sealed record ScheduledProbe(CheckDefinition Check, TimeSpan Interval)
{
    /// <summary>A probe that takes longer is told to be slow, also when the target has often been slower; infinite when only that counts.</summary>
    public TimeSpan SlowAfter { get; init; } = Timeout.InfiniteTimeSpan;
}

/// <summary>The bounds of the engine.</summary>
internal sealed record ProbeEngineOptions
{
    /// <summary>Probes in flight at once, over all targets; null for what <see cref="ProbeCapacity"/> says.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>Probes that wait for one of those places; null for what <see cref="ProbeCapacity"/> says.</summary>
    public int? MaxQueued { get; init; }

    /// <summary>Numbered requests of one target that wait or run.</summary>
    public int MaxRequestsPerTarget { get; init; } = 8;

    /// <summary>Confirmations of one target that wait or run: as many as the largest <c>fall</c> or <c>rise</c> asks for.</summary>
    public int MaxConfirmationsPerTarget { get; init; } = 100;
}

/// <summary>
/// Keeps every target on schedule and runs the extra probes that the controller asks for. It decides nothing: each
/// observation goes to the sink. Scheduled probes of one target never overlap; confirmations overlap with each other and with
/// everything else, each on a connection of its own.
/// </summary>
internal sealed partial class ProbeEngine : IProbeRequests, IAsyncDisposable
{
    private readonly IProber _prober;
    private readonly IProbeSchedule _schedule;
    private readonly Func<Observation, CancellationToken, ValueTask> _sink;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ProbeEngineOptions _options;
    private readonly SlowProbeWatch? _watch;
    private readonly Backlog? _backlog;

    private readonly Lock _gate = new();
    private readonly Dictionary<TargetId, Entry> _entries = [];
    private readonly Queue<Work> _requested = new();
    private readonly Queue<Work> _scheduled = new();
    private readonly SemaphoreSlim _replacing = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ProbeCapacity _capacity;
    private int _running;
    private int _unfinished;
    private bool _stopped;
    private long? _lastOverload;

    /// <summary>An engine that is not started yet.</summary>
    /// <param name="prober">Runs the checks.</param>
    /// <param name="schedule">Says when; the engine disposes it.</param>
    /// <param name="sink">Takes every observation; it may wait, and is cancelled when the engine stops.</param>
    /// <param name="time">Runs the delays.</param>
    /// <param name="logger">For bugs and overload.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="slow">Takes each probe that is far slower than usual, once, while it is still under way; null when nobody wants to know.</param>
    /// <param name="backlog">Knows how busy this machine is, where the prober tells it.</param>
    public ProbeEngine(
        IProber prober,
        IProbeSchedule schedule,
        Func<Observation, CancellationToken, ValueTask> sink,
        TimeProvider time,
        ILogger<ProbeEngine> logger,
        ProbeEngineOptions? options = null,
        Func<SlowProbe, CancellationToken, ValueTask>? slow = null,
        Backlog? backlog = null)
    {
        (_prober, _schedule, _sink, _time, _logger, _options) = (prober, schedule, sink, time, logger, options ?? new());
        _capacity = ProbeCapacity.For(0, _options);
        _backlog = backlog;
        _watch = slow is null ? null : new SlowProbeWatch(time, probe => _ = TellSlowAsync(probe, slow), backlog);
    }

    /// <summary>Starts the schedule, which is empty until <see cref="ReplaceAsync"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken) => await _schedule.StartAsync(Due, cancellationToken);

    /// <summary>
    /// Makes these the probes on schedule. A target whose check and interval are unchanged keeps its place; a new or
    /// changed one is probed within a second, or within five where there are ten thousand of them. What is still in flight under an old check is dropped, a numbered
    /// request for it ends Inconclusive.
    /// </summary>
    /// <exception cref="AggregateException">Some could not be put on schedule, which the next call tries again; all others are.</exception>
    public async Task ReplaceAsync(IReadOnlyDictionary<TargetId, ScheduledProbe> probes, CancellationToken cancellationToken)
    {
        await _replacing.WaitAsync(cancellationToken);
        try
        {
            var (gone, changed) = Exchange(probes);
            var failures = new List<Exception>();
            foreach (var target in gone)
            {
                await TryAsync(target, () => _schedule.RemoveAsync(target, cancellationToken), failures);
            }

            var round = ProbeSpread.Round(changed.Count, changed.Count(target => probes[target].Check is TlsCheck or HttpCheck { Https: true }));
            foreach (var target in changed)
            {
                var interval = probes[target].Interval;
                await TryAsync(target, () => _schedule.SetAsync(target, ProbeSpread.Second(target, interval, round), interval, cancellationToken), failures);
                ProbeSoon(target, ProbeSpread.First(target, interval, round));
            }

            if (failures.Count > 0)
            {
                throw new AggregateException($"{failures.Count} of {gone.Count + changed.Count} changes to the schedule of probes failed", failures);
            }
        }
        finally
        {
            _replacing.Release();
        }
    }

    /// <summary>
    /// Runs an extra probe after the delay, on a connection of its own, whatever the schedule does. With a number,
    /// exactly one observation carries it in the end (Inconclusive when the probe cannot be made), unless the engine
    /// stops first. Without one it is just another look, and is dropped when the target has one coming already.
    /// </summary>
    public void Request(TargetId target, long? requestId, TimeSpan delay)
    {
        var work = new Work(target, requestId is null ? WorkKind.Extra : WorkKind.Numbered, requestId);
        string? refusal = null;
        bool known;
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            known = _entries.TryGetValue(target, out var entry);
            if (requestId is null && entry is null or { ExtraPending: true })
            {
                return;
            }

            refusal = entry is null ? $"{target} is not probed"
                : requestId is not null && entry.Requests >= _options.MaxRequestsPerTarget ? $"{entry.Requests} requested probes of {target} are waiting already"
                : null;
            if (refusal is null)
            {
                Take(work, entry!);
            }

            _unfinished++;
        }

        _ = refusal is null ? EnqueueLaterAsync(work, delay) : RefuseAsync(work, known ? ReasonClass.Overload : ReasonClass.Outdated, refusal);
    }

    /// <summary>Stops: nothing new starts, what is in flight is called off, and nothing reaches the sink afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            if (_unfinished == 0)
            {
                _idle.TrySetResult();
            }
        }

        await _schedule.DisposeAsync();
        _stopping.Cancel();
        FinishQueued();
        await _idle.Task;
        _watch?.Dispose();
        _stopping.Dispose();
        _replacing.Dispose();
    }

    /// <summary>One target that cannot be put on schedule does not keep the others from it, and is tried again by the next call.</summary>
    private async Task TryAsync(TargetId target, Func<ValueTask> change, List<Exception> failures)
    {
        try
        {
            await change();
        }
        catch (Exception e)
        {
            failures.Add(e);
            lock (_gate)
            {
                if (_entries.TryGetValue(target, out var entry))
                {
                    entry.Interval = TimeSpan.Zero; // no interval that is asked for: it counts as changed
                }
            }
        }
    }

    private (List<TargetId> Gone, List<TargetId> Changed) Exchange(IReadOnlyDictionary<TargetId, ScheduledProbe> probes)
    {
        var capacity = ProbeCapacity.For(probes.Count, _options);
        lock (_gate)
        {
            _capacity = capacity;
            var gone = _entries.Keys.Where(target => !probes.ContainsKey(target)).Order().ToList();
            gone.ForEach(target => _entries.Remove(target));
            var changed = new List<TargetId>();
            foreach (var (target, probe) in probes.OrderBy(pair => pair.Key))
            {
                if (!_entries.TryGetValue(target, out var entry) || !entry.Check.Equals(probe.Check))
                {
                    _entries[target] = new Entry(probe.Check, probe.Interval) { SlowAfter = probe.SlowAfter };
                    changed.Add(target);
                    continue;
                }

                entry.SlowAfter = probe.SlowAfter;
                if (entry.Interval != probe.Interval)
                {
                    entry.Interval = probe.Interval;
                    changed.Add(target);
                }
            }

            return (gone, changed);
        }
    }

    private void ProbeSoon(TargetId target, TimeSpan delay)
    {
        var work = new Work(target, WorkKind.Scheduled, null);
        lock (_gate)
        {
            if (_stopped || !_entries.TryGetValue(target, out var entry) || entry.ScheduledBusy)
            {
                return;
            }

            Take(work, entry);
            _unfinished++;
        }

        if (delay <= TimeSpan.Zero)
        {
            Enqueue(work);
            return;
        }

        _ = EnqueueLaterAsync(work, delay);
    }

    private void Due(TargetId target) => ProbeSoon(target, TimeSpan.Zero);
}
