using System.Runtime.CompilerServices;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Providers;

namespace DnsFailover.Control;

/// <summary>
/// The calls of one kind to one provider, so many at once at the most: five hundred services that are due together
/// must not become five hundred questions in one moment. The rest wait for their turn, first come, first served, and a
/// call's timeout begins with its turn. A call keeps its place until it really ends, also when nobody waits for it any more.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="width">So many calls at once, those left behind included.</param>
internal sealed class ProviderLane(TimeProvider time, int width)
{
    /// <summary>Reads at once: so many that a provider which can answer them all with one list of the zone gets to do it.</summary>
    internal const int ReadsAtOnce = 64;

    /// <summary>Writes at once.</summary>
    internal const int WritesAtOnce = 16;

    /// <summary>A provider that overruns its own timeout by so much is not waited for any longer.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>For a turn. Five hundred calls at five a second, which is what the slowest provider allows, take 100 s.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();

    // Each ends with null when its turn has come, and has a place then; or with why it gets none.
    private readonly Queue<TaskCompletionSource<string?>> _waiting = new();
    private readonly HashSet<Task> _leftBehind = [];
    private int _taken;

    /// <summary>As the other one, for a call that is as good late as early.</summary>
    public Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, TimeSpan timeout, CancellationToken stopping) => CallAsync(call, timeout, LongestWait, stopping);

    /// <summary>Makes a call when it is its turn, bounded by the timeout; one that does not even heed its cancellation is left behind.</summary>
    /// <exception cref="ProviderException">The call's own; or Ambiguous when no reply came in time; or Transient, and the
    /// call was not made, when all places are taken by calls that were left behind, or its turn did not come.</exception>
    /// <param name="call">The call.</param>
    /// <param name="timeout">After which it is given up, from its turn on.</param>
    /// <param name="longestWait">For its turn.</param>
    /// <param name="stopping">Ends everything.</param>
    public async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, TimeSpan timeout, TimeSpan longestWait, CancellationToken stopping)
    {
        if (await WhyNoTurnAsync(longestWait, stopping) is { } reason)
        {
            stopping.ThrowIfCancellationRequested();
            throw new ProviderException(ProviderFailure.Transient, reason);
        }

        using var bound = new CancellationTokenSource(timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stopping);
        var running = Start(call, linked.Token, stopping);
        try
        {
            return await running.WaitAsync(timeout + Grace, time, stopping);
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            throw new ProviderException(ProviderFailure.Ambiguous, $"no reply within {Text.Of(timeout)}", e);
        }
        finally
        {
            LeaveBehind(running);
        }
    }

    /// <summary>Starts a call that has a place, which is given back when the call ends, whoever waits for it.</summary>
    private Task<T> Start<T>(Func<CancellationToken, Task<T>> call, CancellationToken token, CancellationToken stopping)
    {
        // Apart: it may block before it first waits. Not made at all once the daemon stops.
        var running = Task.Run(() => call(token), stopping);
        _ = running.ContinueWith(
            ended =>
            {
                _ = ended.Exception; // seen: where it was left behind, its answer was given without it
                GiveBack(ended);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return running;
    }

    private async Task<string?> WhyNoTurnAsync(TimeSpan longestWait, CancellationToken stopping)
    {
        var turn = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_leftBehind.Count == width)
            {
                return NeverEnded;
            }

            if (_taken < width)
            {
                _taken++;
                return null;
            }

            _waiting.Enqueue(turn);
        }

        await ((Task)turn.Task).WaitAsync(longestWait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        turn.TrySetResult($"it is busy: the call's turn did not come within {Text.Of(longestWait)}"); // unless it came at this very moment
        return await turn.Task;
    }

    private void GiveBack(Task ended)
    {
        lock (_gate)
        {
            _leftBehind.Remove(ended);
            while (_waiting.TryDequeue(out var next))
            {
                if (next.TrySetResult(null))
                {
                    return; // the place is its now
                }
            }

            _taken--;
        }
    }

    /// <summary>Not waited for any longer, if it has not ended. When no place is left but such, those in line are told at once.</summary>
    private void LeaveBehind(Task running)
    {
        lock (_gate)
        {
            if (running.IsCompleted || !_leftBehind.Add(running) || _leftBehind.Count < width)
            {
                return;
            }

            while (_waiting.TryDequeue(out var next))
            {
                next.TrySetResult(NeverEnded);
            }
        }
    }

    private string NeverEnded => $"{width} calls to it have never ended, so no further one is made until they do";
}

/// <summary>The lanes of every provider. Writes have one of their own, so that a switch does not stand in line behind routine reads.</summary>
internal sealed class ProviderLanes(TimeProvider time)
{
    // Weak: a provider that a reload has closed takes its lanes along.
    private readonly ConditionalWeakTable<IDnsProvider, Pair> _lanes = [];

    /// <summary>For reading records and finding the authoritative servers.</summary>
    public ProviderLane Reads(IDnsProvider provider) => _lanes.GetValue(provider, New).Reads;

    /// <summary>For writing.</summary>
    public ProviderLane Writes(IDnsProvider provider) => _lanes.GetValue(provider, New).Writes;

    private Pair New(IDnsProvider provider) => new(new ProviderLane(time, ProviderLane.ReadsAtOnce), new ProviderLane(time, ProviderLane.WritesAtOnce));

    private sealed record Pair(ProviderLane Reads, ProviderLane Writes);
}
