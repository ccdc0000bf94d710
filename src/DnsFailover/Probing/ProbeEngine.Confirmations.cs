using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>The pace of confirmations: never sooner than asked for, apart from each other, and called off or held back where they would do harm.</summary>
internal sealed partial class ProbeEngine
{
    /// <summary>So few confirmations at once, begun or not, are no load for any machine.</summary>
    private const int FewConfirmations = 64;

    /// <summary>After so long a confirmation is made on a busy machine as well.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(5);

    private int _confirming;

    /// <summary>
    /// Runs a numbered probe that is one of several, which may overlap: after the delay, never sooner, and with its start at least
    /// so long <paramref name="apart"/> from that of the confirmation of this target that started before it.
    /// </summary>
    public void Confirm(TargetId target, long requestId, TimeSpan delay, TimeSpan apart)
    {
        var work = new Work(target, WorkKind.Confirmation, requestId) { Apart = apart, NotBefore = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency) };
        string? refusal = null;
        bool known;
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            known = _entries.TryGetValue(target, out var entry);
            refusal = entry is null ? $"{target} is not probed"
                : entry.Confirmations >= _options.MaxConfirmationsPerTarget ? $"{entry.Confirmations} confirmations of {target} are waiting already"
                : null;
            if (refusal is null)
            {
                Take(work, entry!);
                entry!.Series ??= CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                work.Calling = entry.Series.Token;
            }

            _unfinished++;
        }

        _ = refusal is null ? ConfirmLaterAsync(work) : RefuseAsync(work, known ? ReasonClass.Overload : ReasonClass.Outdated, refusal);
    }

    /// <summary>Drops the confirmations of a target that have not started. Those that have go on, and their observations are posted.</summary>
    public void CallOff(TargetId target)
    {
        CancellationTokenSource? series = null;
        lock (_gate)
        {
            if (!_stopped && _entries.TryGetValue(target, out var entry))
            {
                entry.Confirmations -= entry.Waiting.Count;
                entry.Waiting.ForEach(work => work.IsCalledOff = true);
                entry.Waiting.Clear();
                (series, entry.Series) = (entry.Series, null);
            }
        }

        series?.Cancel();
        series?.Dispose();
    }

    /// <summary>Timers go by a coarse clock and may be early; what is to be apart has to be so by the fine one.</summary>
    private async Task ConfirmLaterAsync(Work work)
    {
        try
        {
            while (StillToWait(work) is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), _time, work.Calling);
            }
        }
        catch (OperationCanceledException)
        {
            Finish(work);
            return;
        }

        lock (_gate)
        {
            work.Entry!.Waiting.Remove(work);
        }

        if (work.IsCalledOff)
        {
            Finish(work);
            return;
        }

        Enqueue(work);
    }

    private TimeSpan StillToWait(Work work)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var due = _time.GetElapsedTime(now, work.NotBefore);
            var apart = work.Entry!.ConfirmedAt is { } before ? work.Apart - _time.GetElapsedTime(before, now) : TimeSpan.Zero;
            var left = due > apart ? due : apart;
            return left <= TimeSpan.Zero && due > -LongestHold && IsCrowded ? Backlog.Moment : left;
        }
    }

    /// <summary>
    /// True when so many targets are being made sure of that this machine does not keep up: probes are late for that, and to make sure of
    /// those as well would make it worse. The scheduled ones go on, and what passes there calls its confirmations off.
    /// </summary>
    private bool IsCrowded => _confirming > FewConfirmations && _backlog?.IsLong() == true;
}
