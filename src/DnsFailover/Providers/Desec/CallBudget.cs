using DnsFailover.Core;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Desec;

/// <summary>So many calls in so much time.</summary>
internal sealed record CallLimit(int Calls, TimeSpan Period);

/// <summary>
/// Keeps calls below several limits at once, each of which counts in a sliding window, as deSEC does. A token bucket that
/// never breaks 300 a day would have to give fifteen in a minute away, and those are what a failover of many names needs.
/// </summary>
/// <param name="what">Which calls it counts, for messages: "writes to deSEC".</param>
/// <param name="limits">All of them hold.</param>
/// <param name="time">The clock.</param>
internal sealed class CallBudget(string what, IReadOnlyList<CallLimit> limits, TimeProvider time)
{
    /// <summary>Calls do not arrive at the distance at which they were sent; a window is taken to be longer by this much.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private readonly int _mostKept = limits.Max(limit => limit.Calls);
    private readonly long _origin = time.GetTimestamp();

    /// <summary>When calls went out, or will, in order.</summary>
    private readonly List<TimeSpan> _calls = [];

    private TimeSpan _pausedUntil = TimeSpan.MinValue;

    /// <summary>Returns when the next call may go out.</summary>
    /// <param name="patience">The longest wait that makes sense.</param>
    /// <param name="cancellationToken">Gives the place back.</param>
    /// <exception cref="ProviderException">Transient, with the time to wait: that is longer.</exception>
    public async Task TakeAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (at, wait) = Reserve(patience);
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await Task.Delay(wait, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                _calls.Remove(at);
            }

            throw;
        }
    }

    /// <summary>How many calls went out within the last so long.</summary>
    public int CountWithin(TimeSpan period)
    {
        lock (_lock)
        {
            var since = Now - period;
            return _calls.Count(call => call > since);
        }
    }

    /// <summary>Lets no call go out for so long, because the vendor asked for it.</summary>
    public void Pause(TimeSpan duration)
    {
        lock (_lock)
        {
            _pausedUntil = Now + duration > _pausedUntil ? Now + duration : _pausedUntil;
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_origin);

    private (TimeSpan At, TimeSpan Wait) Reserve(TimeSpan patience)
    {
        lock (_lock)
        {
            var now = Now;
            if (_pausedUntil > now)
            {
                throw Refusal("deSEC has asked to be left alone", _pausedUntil - now);
            }

            var at = limits.Where(limit => _calls.Count >= limit.Calls).Select(limit => _calls[^limit.Calls] + limit.Period + Margin).Append(now).Max();
            if (at - now > patience)
            {
                throw Refusal("its rate limits are used up", at - now);
            }

            _calls.Add(at);
            _calls.RemoveRange(0, Math.Max(0, _calls.Count - _mostKept));
            return (at, at - now);
        }
    }

    private ProviderException Refusal(string reason, TimeSpan wait) =>
        new(ProviderFailure.Transient, $"{what}: {reason}, and the next is possible in {Text.Of(wait)}; nothing was sent", cause: null, wait);
}
