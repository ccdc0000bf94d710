using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Probing;

/// <summary>How one probe goes its way: booked with its target, queued for a place, run, and posted to the sink.</summary>
internal sealed partial class ProbeEngine
{
    // Under the gate: books the work with its target.
    private void Take(Work work, Entry entry)
    {
        work.Entry = entry;
        switch (work.Kind)
        {
            case WorkKind.Scheduled:
                entry.ScheduledBusy = true;
                break;
            case WorkKind.Extra:
                entry.ExtraPending = true;
                break;
            case WorkKind.Confirmation:
                _confirming++;
                entry.Confirmations++;
                entry.Waiting.Add(work);
                break;
            default:
                entry.Requests++;
                break;
        }
    }

    private async Task EnqueueLaterAsync(Work work, TimeSpan delay)
    {
        try
        {
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, _time, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Finish(work);
            return;
        }

        Enqueue(work);
    }

    private void Enqueue(Work work)
    {
        string? refusal = null;
        var why = ReasonClass.Outdated;
        lock (_gate)
        {
            if (!IsCurrent(work))
            {
                refusal = Outdated(work);
            }
            else if (_running < _capacity.Concurrency)
            {
                _running++;
            }
            else if (_requested.Count + _scheduled.Count < _capacity.Queued)
            {
                (work.Kind == WorkKind.Scheduled ? _scheduled : _requested).Enqueue(work);
                return;
            }
            else
            {
                why = ReasonClass.Overload;
                refusal = $"this machine is overloaded: {_capacity.Queued} probes are waiting for their turn";
                ReportOverload();
            }
        }

        _ = refusal is null ? RunAsync(work) : RefuseAsync(work, why, refusal);
    }

    private async Task RunAsync(Work work)
    {
        // A prober gives way before anything that takes long; where it never had to wait, whoever asked does not have to wait for what follows.
        var probe = ProbeAsync(work);
        if (probe.IsCompleted)
        {
            await Task.Yield();
        }

        var observation = await probe;
        StartNext();
        await PostAsync(work, observation);
    }

    private async Task RefuseAsync(Work work, ReasonClass why, string reason)
    {
        await Task.Yield();
        await PostAsync(work, Inconclusive(work, why, reason));
    }

    private async Task<Observation?> ProbeAsync(Work work)
    {
        if (_stopping.IsCancellationRequested)
        {
            return null;
        }

        var entry = work.Entry!;
        var startedAt = _time.GetUtcNow(); // by the controller's clock: it compares the starts of probes with each other, and with its own time
        if (work.Kind == WorkKind.Confirmation)
        {
            entry.ConfirmedAt = _time.GetTimestamp();
        }

        var watched = _watch?.Begin(work.Target, startedAt, work.RequestId, work.Kind == WorkKind.Scheduled, entry.Usual, entry.SlowAfter, entry.Check.Timeout);
        try
        {
            var observation = await _prober.ProbeAsync(work.Target, entry.Check, work.RequestId, _stopping.Token) with { StartedAt = startedAt, IsScheduled = work.Kind == WorkKind.Scheduled };
            if (observation.Verdict == Verdict.Pass)
            {
                entry.Usual.Add(observation.Phases.Total);
            }

            return observation;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            LogProbeBug(work.Target, e);
            return Inconclusive(work, ReasonClass.Defect, $"the probe failed inside the daemon ({e.GetType().Name}); its log has the details");
        }
        finally
        {
            if (watched is { } place)
            {
                _watch!.End(place);
            }
        }
    }

    private async Task TellSlowAsync(SlowProbe probe, Func<SlowProbe, CancellationToken, ValueTask> slow)
    {
        try
        {
            await slow(probe, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
        catch (Exception e)
        {
            LogSinkBug(probe.Target, e);
        }
    }

    // The place that became free goes to a request before it goes to a scheduled probe: a decision waits for it.
    private void StartNext()
    {
        Work? next;
        lock (_gate)
        {
            if (!_requested.TryDequeue(out next) && !_scheduled.TryDequeue(out next))
            {
                _running--;
                return;
            }
        }

        _ = RunAsync(next);
    }

    private async Task PostAsync(Work work, Observation? observation)
    {
        lock (_gate)
        {
            if (observation is not null && !IsCurrent(work))
            {
                observation = work.RequestId is not null ? Inconclusive(work, ReasonClass.Outdated, Outdated(work)) : null;
            }

            // Before the sink: what it sets off may ask for the next one.
            if (work is { Kind: WorkKind.Extra, Entry: { } entry })
            {
                entry.ExtraPending = false;
            }
        }

        try
        {
            if (observation is not null && !_stopping.IsCancellationRequested)
            {
                await _sink(observation, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
        catch (Exception e)
        {
            LogSinkBug(work.Target, e);
        }
        finally
        {
            Finish(work);
        }
    }

    private void Finish(Work work)
    {
        lock (_gate)
        {
            switch (work)
            {
                case { Entry: null }:
                    break;
                case { Kind: WorkKind.Scheduled }:
                    work.Entry.ScheduledBusy = false;
                    break;
                case { Kind: WorkKind.Numbered }:
                    work.Entry.Requests--;
                    break;
                case { Kind: WorkKind.Confirmation }:
                    _confirming--;
                    work.Entry.Confirmations -= work.IsCalledOff ? 0 : 1; // its place was given back by who called it off
                    if (work.Entry is { Confirmations: 0, Series: { } series } entry)
                    {
                        series.Dispose();
                        entry.Series = null;
                    }

                    break;
            }

            _unfinished--;
            if (_stopped && _unfinished == 0)
            {
                _idle.TrySetResult();
            }
        }
    }

    private void FinishQueued()
    {
        List<Work> queued;
        lock (_gate)
        {
            queued = [.. _requested, .. _scheduled];
            _requested.Clear();
            _scheduled.Clear();
        }

        queued.ForEach(Finish);
    }

    // Under the gate. A refused request never had an entry and is not outdated by that.
    private bool IsCurrent(Work work) => work.Entry is null || (_entries.TryGetValue(work.Target, out var entry) && ReferenceEquals(entry, work.Entry));

    private string Outdated(Work work) => _entries.ContainsKey(work.Target) ? $"the check of {work.Target} was changed meanwhile" : $"{work.Target} is not probed any more";

    private Observation Inconclusive(Work work, ReasonClass why, string reason) => new()
    {
        Target = work.Target,
        StartedAt = _time.GetUtcNow(),
        Verdict = Verdict.Inconclusive,
        Reason = reason,
        Class = why,
        Phases = new ProbePhases(null, null, null, null, TimeSpan.Zero),
        RequestId = work.RequestId,
        IsScheduled = work.Kind == WorkKind.Scheduled,
    };

    // Under the gate; once a minute, however many probes are dropped.
    private void ReportOverload()
    {
        if (_lastOverload is { } last && _time.GetElapsedTime(last) < TimeSpan.FromMinutes(1))
        {
            return;
        }

        _lastOverload = _time.GetTimestamp();
        LogOverload(_running, _capacity.Queued);
    }

    [LoggerMessage(3001, LogLevel.Error, "The probe of {Target} failed inside the daemon; the schedule goes on")]
    private partial void LogProbeBug(TargetId target, Exception cause);

    [LoggerMessage(3002, LogLevel.Error, "The observation of {Target} could not be handed over")]
    private partial void LogSinkBug(TargetId target, Exception cause);

    [LoggerMessage(3003, LogLevel.Warning, "Probes are being dropped: {Running} are in flight and {Queued} wait for their turn")]
    private partial void LogOverload(int running, int queued);

    private enum WorkKind
    {
        Scheduled,
        Extra,
        Confirmation,
        Numbered,
    }

    /// <summary>A target under one check; a changed check is another entry.</summary>
    private sealed class Entry(CheckDefinition check, TimeSpan interval)
    {
        public CheckDefinition Check { get; } = check;

        public TimeSpan Interval { get; set; } = interval;

        public bool ScheduledBusy { get; set; }

        public bool ExtraPending { get; set; }

        public int Requests { get; set; }

        public int Confirmations { get; set; }

        /// <summary>When the last confirmation started; null before the first.</summary>
        public long? ConfirmedAt { get; set; }

        /// <summary>The confirmations whose time has not come.</summary>
        public List<Work> Waiting { get; } = [];

        /// <summary>Calls them off.</summary>
        public CancellationTokenSource? Series { get; set; }

        public TimeSpan SlowAfter { get; set; }

        public UsualLatency Usual { get; } = new();
    }

    /// <summary>One probe from the request to the observation.</summary>
    private sealed class Work(TargetId target, WorkKind kind, long? requestId)
    {
        public TargetId Target { get; } = target;

        public WorkKind Kind { get; } = kind;

        public long? RequestId { get; } = requestId;

        public Entry? Entry { get; set; }

        public TimeSpan Apart { get; init; }

        public long NotBefore { get; init; }

        public bool IsCalledOff { get; set; }

        /// <summary>Is cancelled when the confirmation is called off.</summary>
        public CancellationToken Calling { get; set; }
    }
}
