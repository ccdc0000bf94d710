using DnsFailover.Core;
using DnsFailover.Journal;
using DnsFailover.Logging;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Notifications;

/// <summary>
/// Empties the outbox of one channel: strictly in order, at least once. An alert is marked as delivered only after the
/// other side has taken it, so that a crash in between repeats it and loses nothing.
/// </summary>
internal sealed class ChannelDelivery(INotificationChannel channel, IOutbox outbox, TimeProvider time, Random random, ILogger logger) : IDisposable
{
    /// <summary>From this many waiting alerts on, the oldest are put together.</summary>
    internal const int DigestFrom = 11;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromHours(24);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();

    // Taken by the other side, but the outbox could not be told yet. Small: nothing is sent while one is in here.
    private readonly Dictionary<long, string?> _taken = [];
    private TaskCompletionSource _nudge = NewNudge();
    private long? _lastSent;
    private int _failures;
    private string? _lastComplaint;
    private bool _digestRefused;

    /// <summary>Runs until it is stopped; it never fails.</summary>
    public async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await StepAsync();
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (JournalException error)
            {
                logger.OutboxFailed(channel.Name, error.Message);
                await PauseAsync(TimeSpan.FromSeconds(30), endsOnNudge: true);
            }
            catch (Exception error)
            {
                // The message of an unforeseen exception might hold the address; its kind and place cannot.
                logger.Bug(channel.Name, error.GetType().Name, error.StackTrace ?? string.Empty);
                await PauseAsync(TimeSpan.FromMinutes(1), endsOnNudge: true);
            }
        }
    }

    /// <summary>Tries again at once what waits for a retry, because something may have been mended.</summary>
    public void Nudge() => Volatile.Read(ref _nudge).TrySetResult();

    /// <summary>Begins nothing new; the call at hand may end.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>Breaks off the call at hand too.</summary>
    public void Abort()
    {
        _stopping.Cancel();
        _aborting.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _aborting.Dispose();
    }

    private static TaskCompletionSource NewNudge() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task StepAsync()
    {
        // Asked for before the outbox is read, so that what is written in between wakes us.
        var newAlerts = outbox.WaitForAlertsAsync(_stopping.Token);
        var pending = await outbox.PendingAsync(channel.Name, SlackMessage.LargestDigest + DigestFrom, _stopping.Token);
        if (_taken.Count > 0)
        {
            await MarkDeliveredAsync(pending.Where(item => _taken.ContainsKey(item.Id)));
            _taken.Clear();
            return;
        }

        if (pending.Count == 0)
        {
            _digestRefused = false;
            await newAlerts;
            return;
        }

        await KeepPaceAsync();
        var batch = channel.TakesDigests && !_digestRefused && pending.Count >= DigestFrom
            ? pending.Take(Math.Min(pending.Count - 1, SlackMessage.LargestDigest)).ToList()
            : [pending[0]];
        using var story = DecisionScope.Begin(logger, batch);
        var (failure, thread) = await TrySendAsync(batch);
        if (failure is not null)
        {
            await AfterFailureAsync(pending, batch, failure);
        }
        else
        {
            await AfterSuccessAsync(batch, thread);
        }
    }

    private async Task<(DeliveryException? Failure, string? Thread)> TrySendAsync(List<OutboxItem> batch)
    {
        // A nudge from before this attempt is served by it.
        Volatile.Write(ref _nudge, NewNudge());
        using var timeout = new CancellationTokenSource(CallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _aborting.Token);
        try
        {
            if (batch.Count == 1)
            {
                return (null, await channel.SendAsync(batch[0], either.Token));
            }

            await channel.SendDigestAsync(batch, either.Token);
            return (null, null);
        }
        catch (DeliveryException failure)
        {
            return (failure, null);
        }
        catch (OperationCanceledException) when (!_aborting.IsCancellationRequested)
        {
            return (new DeliveryException(DeliveryFailure.Transient, $"no answer within {Text.Of(CallTimeout)}"), null);
        }
        finally
        {
            _lastSent = time.GetTimestamp();
        }
    }

    private async Task AfterSuccessAsync(List<OutboxItem> batch, string? thread)
    {
        batch.ForEach(item => _taken[item.Id] = thread);
        if (_failures > 0)
        {
            logger.TakesAgain(channel.Name);
        }

        (_failures, _lastComplaint) = (0, null);
        if (batch.Count == 1)
        {
            logger.Sent(batch[0].Id, channel.Name, batch[0].Alert.Title);
        }
        else
        {
            logger.SentDigest(batch.Count, channel.Name);
        }

        await MarkDeliveredAsync(batch);
    }

    private async Task MarkDeliveredAsync(IEnumerable<OutboxItem> items)
    {
        foreach (var item in items)
        {
            // Not cancelled by a stop: what was taken and is not marked would be sent again.
            await outbox.DeliveredAsync(item, _taken.GetValueOrDefault(item.Id), CancellationToken.None);
            _taken.Remove(item.Id);
        }
    }

    private async Task AfterFailureAsync(IReadOnlyList<OutboxItem> pending, List<OutboxItem> batch, DeliveryException failure)
    {
        if (failure.Failure == DeliveryFailure.Refused)
        {
            // Of a digest it is not known which line was disliked, so the alerts go one by one.
            _digestRefused |= batch.Count > 1;
            if (batch.Count == 1)
            {
                await outbox.AbandonedAsync(batch[0], failure.Message, CancellationToken.None);
            }

            return;
        }

        Complain(failure);
        await GiveUpOldAsync(pending, failure.Message);
        _failures++;
        await PauseAsync(DelayAfter(failure), endsOnNudge: failure.RetryAfter is null);
    }

    // One cause, one line in the log, however often it is tried.
    private void Complain(DeliveryException failure)
    {
        if (failure.Message == _lastComplaint)
        {
            return;
        }

        _lastComplaint = failure.Message;
        if (failure.Failure == DeliveryFailure.Misconfigured)
        {
            logger.Misconfigured(channel.Name, failure.Message);
        }
        else
        {
            logger.Waits(channel.Name, failure.Message);
        }
    }

    private async Task GiveUpOldAsync(IReadOnlyList<OutboxItem> pending, string reason)
    {
        foreach (var item in pending.Where(item => time.GetUtcNow() - item.Alert.At > GivenUpAfter))
        {
            await outbox.AbandonedAsync(item, $"not delivered within 24 hours; at last: {reason}", CancellationToken.None);
        }
    }

    private TimeSpan DelayAfter(DeliveryException failure)
    {
        var backOff = failure.Failure == DeliveryFailure.Misconfigured
            ? LongestBackOff
            : TimeSpan.FromTicks((long)Math.Min(LongestBackOff.Ticks, FirstBackOff.Ticks * Math.Pow(2, Math.Min(_failures - 1, 20))));

        // Between 80 % and 120 %, so that daemons that failed together do not come back together.
        backOff *= 0.8 + (0.4 * random.NextDouble());
        var asked = failure.RetryAfter ?? TimeSpan.Zero;
        asked = asked < LongestRetryAfter ? asked : LongestRetryAfter;
        return backOff > asked ? backOff : asked;
    }

    private async Task KeepPaceAsync()
    {
        if (_lastSent is { } last && channel.Pace - time.GetElapsedTime(last) is { } rest && rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, time, _stopping.Token);
        }
    }

    private async Task PauseAsync(TimeSpan delay, bool endsOnNudge)
    {
        var nudge = Volatile.Read(ref _nudge);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var waiting = Task.Delay(delay, time, ended.Token);
        await (endsOnNudge ? Task.WhenAny(waiting, nudge.Task) : Task.WhenAny(waiting));
        await ended.CancelAsync();
        if (nudge.Task.IsCompleted)
        {
            Interlocked.CompareExchange(ref _nudge, NewNudge(), nudge);
        }
    }
}
