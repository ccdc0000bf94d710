using System.Runtime.CompilerServices;
using System.Threading.Channels;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Providers;

namespace DnsFailover.Control;

/// <summary>
/// The calls of one kind to one provider, so many at once at the most: five hundred services that are due together
/// must not become five hundred questions in one moment. The rest wait for their turn, and a call's timeout begins
/// with its turn.
/// </summary>
internal sealed class ProviderLane(TimeProvider time)
{
    /// <summary>Calls at once.</summary>
    internal const int Width = 16;

    /// <summary>A provider that overruns its own timeout by so much is not waited for any longer.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // A call writes when it takes a place and reads when it gives it back.
    private readonly Channel<bool> _places = Channel.CreateBounded<bool>(Width);
    private int _leftBehind;

    /// <summary>Makes a call when it is its turn, bounded by the timeout; one that does not even heed its cancellation is left behind.</summary>
    /// <exception cref="ProviderException">The call's own; or Ambiguous when no reply came in time; or Transient, and the
    /// call was not made, when too many have been left behind.</exception>
    public async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, TimeSpan timeout, CancellationToken stopping)
    {
        await _places.Writer.WriteAsync(true, stopping);
        try
        {
            stopping.ThrowIfCancellationRequested();
            var stuck = Volatile.Read(ref _leftBehind);
            return stuck < Width
                ? await WithinAsync(call, timeout, stopping)
                : throw new ProviderException(ProviderFailure.Transient, $"{stuck} calls to it have never ended, so no further one is made until they do");
        }
        finally
        {
            _places.Reader.TryRead(out _);
        }
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> call, TimeSpan timeout, CancellationToken stopping)
    {
        using var bound = new CancellationTokenSource(timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stopping);
        var token = linked.Token;
        var running = Task.Run(() => call(token), CancellationToken.None); // apart: it may block before it first waits
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
            if (!running.IsCompleted)
            {
                Interlocked.Increment(ref _leftBehind);
                _ = running.ContinueWith(
                    late =>
                    {
                        _ = late.Exception; // seen; its answer was given without it
                        Interlocked.Decrement(ref _leftBehind);
                    },
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }
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

    private Pair New(IDnsProvider provider) => new(new ProviderLane(time), new ProviderLane(time));

    private sealed record Pair(ProviderLane Reads, ProviderLane Writes);
}
