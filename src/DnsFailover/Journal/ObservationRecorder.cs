using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Journal;

/// <summary>
/// Keeps what the control loop observes, and which planned times were in effect, for <c>explain</c> and <c>replay</c>. The loop never
/// waits for it: they go into a bounded book, and from there into the journal every few seconds and at the end. A crash loses the last
/// seconds, a full disk what does not fit into the book; neither is felt by anything else. A journal in memory gets none: nobody could read them.
/// </summary>
internal sealed class ObservationRecorder(SqliteJournal journal, TimeProvider time, ILogger<ObservationRecorder> logger) : IStepObserver, IAsyncDisposable
{
    /// <summary>From one writing to the next.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly RunBook _book = new();
    private readonly PlannedBook _planned = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _writing = Task.CompletedTask;
    private long _pruned = time.GetTimestamp();
    private bool _failing;

    /// <summary>Begins to write.</summary>
    public void Start() => _writing = Task.Run(WriteNowAndThenAsync, CancellationToken.None);

    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (journal.IsEphemeral)
        {
            return;
        }

        lock (_gate)
        {
            _planned.Take(after.Configuration.Windows, now);
        }

        if (fact is not ControllerEvent.Observed { Observation: var seen } || IntervalOf(after, seen.Target) is not { } interval)
        {
            return;
        }

        lock (_gate)
        {
            _book.Take(seen, interval);
        }
    }

    /// <summary>Writes the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WriteAsync();
        _stopping.Dispose();
    }

    private static TimeSpan? IntervalOf(ControllerState state, TargetId target) =>
        state.Services.GetValueOrDefault(target.Service)?.Definition.Endpoints.FirstOrDefault(endpoint => endpoint.Name == target.Endpoint)?.Timing.Interval;

    private async Task WriteNowAndThenAsync()
    {
        while (true)
        {
            await Task.Delay(Pause, time, _stopping.Token);
            await WriteAsync();
        }
    }

    private async Task WriteAsync()
    {
        IReadOnlyList<OpenRun> changed;
        ObservationRun[] runs;
        PlannedChanges planned;
        lock (_gate)
        {
            changed = _book.TakeChanged();
            runs = [.. changed.Select(open => open.Run)];
            planned = _planned.TakeChanged();
        }

        if (changed.Count == 0 && planned is { OnlyThese: false, Changed.Count: 0 })
        {
            return;
        }

        var prune = time.GetElapsedTime(_pruned) >= PruneEvery;
        try
        {
            await journal.WriteRunsAsync(changed, runs, planned, prune, CancellationToken.None);
            _pruned = prune ? time.GetTimestamp() : _pruned;
            Recovered();
        }
        catch (Exception error)
        {
            lock (_gate)
            {
                _book.GiveBack(changed);
                _planned.GiveBack(planned);
            }

            Failed(error);
        }
    }

    private void Failed(Exception error)
    {
        if (!_failing)
        {
            _failing = true; // told once, until it works again
            logger.RunsNotRecorded(error is JournalException ? error.Message : $"a defect ({error.GetType().Name}: {error.Message})");
        }
    }

    private void Recovered()
    {
        if (_failing)
        {
            _failing = false;
            logger.RunsRecordedAgain(_book.Lost);
        }
    }
}
