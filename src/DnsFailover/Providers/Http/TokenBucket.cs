using DnsFailover.Core;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Http;

/// <summary>
/// Keeps us below a vendor's rate limit: a call takes a token, and tokens come back at a fixed rate. Callers wait in the
/// order in which they came; when too many wait, the next one is told to come back later. One bucket per credential,
/// since that is what vendors count by. Within any period <c>t</c> at most <c>capacity + rate × t</c> calls go out.
/// </summary>
/// <param name="vendor">Whose limit it is, for messages.</param>
/// <param name="capacity">So many calls may go out at once after a quiet time.</param>
/// <param name="perSecond">So many tokens come back per second.</param>
/// <param name="mostWaiting">So many callers wait at most.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenBucket(string vendor, int capacity, double perSecond, int mostWaiting, TimeProvider time)
{
    private readonly Lock _lock = new();

    // Below zero it counts the callers that wait: each has taken its token in advance.
    private double _tokens = capacity;
    private int _waiting;
    private long _filledAt = time.GetTimestamp();
    private DateTimeOffset _pausedUntil = DateTimeOffset.MinValue;

    /// <summary>Returns when the call may go out. Cancelling gives the place in the queue back.</summary>
    /// <exception cref="ProviderException">Transient, with the time to wait: too many wait already, or the vendor has asked for a pause.</exception>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Reserve() is not { } wait)
        {
            return;
        }

        try
        {
            await Task.Delay(wait, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveBack();
            throw;
        }
        finally
        {
            lock (_lock)
            {
                _waiting--;
            }
        }

        lock (_lock)
        {
            ThrowIfPaused(); // asked for while we waited
        }
    }

    /// <summary>Whether so many calls could go out at once now; what can be done without asks before it takes.</summary>
    public bool Has(int tokens)
    {
        lock (_lock)
        {
            Refill();
            return _tokens >= tokens && _pausedUntil <= time.GetUtcNow();
        }
    }

    /// <summary>Lets no call go out for so long, because the vendor asked for it; a longer pause under way stays.</summary>
    public void Pause(TimeSpan duration)
    {
        lock (_lock)
        {
            var until = time.GetUtcNow() + duration;
            _pausedUntil = until > _pausedUntil ? until : _pausedUntil;
        }
    }

    /// <summary>Takes a token, if need be in advance; then gives the time after which it is there.</summary>
    private TimeSpan? Reserve()
    {
        lock (_lock)
        {
            ThrowIfPaused();
            Refill();
            if (_tokens >= 1)
            {
                _tokens--;
                return null;
            }

            var wait = TimeSpan.FromSeconds((1 - _tokens) / perSecond);
            if (_waiting >= mostWaiting)
            {
                throw new ProviderException(ProviderFailure.Transient, $"{_waiting} calls to {vendor} wait already to stay below its rate limit; nothing was sent", cause: null, wait);
            }

            _tokens--;
            _waiting++;
            return wait;
        }
    }

    private void Refill()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(capacity, _tokens + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
    }

    private void GiveBack()
    {
        lock (_lock)
        {
            _tokens++;
        }
    }

    private void ThrowIfPaused()
    {
        var left = _pausedUntil - time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            throw new ProviderException(ProviderFailure.Transient, $"{vendor} has asked to be left alone for another {Text.Of(left)} (rate limit); nothing was sent", cause: null, left);
        }
    }
}
