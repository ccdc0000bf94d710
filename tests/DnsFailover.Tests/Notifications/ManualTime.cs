namespace DnsFailover.Tests.Notifications;

/// <summary>A clock that moves only when told, with the timers that hang on it.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now).OrderBy(timer => timer.Due)];
            _timers.RemoveAll(due.Contains);
        }

        due.ForEach(timer => timer.Fire());
    }

    /// <summary>Waits until somebody waits that long, and returns how long exactly.</summary>
    public async Task<TimeSpan> WaitForTimerAsync(TimeSpan atLeast, TimeSpan atMost)
    {
        TimeSpan? found = null;
        await Eventually.HoldsAsync(() => (found = Pending().Where(wait => wait >= atLeast && wait <= atMost).Select(wait => (TimeSpan?)wait).FirstOrDefault()) is not null, () => $"a timer of {atLeast} to {atMost}; there are: {string.Join(", ", Pending())}");
        return found!.Value;
    }

    /// <summary>Lets waits of at most <paramref name="atMost"/> pass, one after the other, until something holds.</summary>
    public Task PassAsync(TimeSpan atMost, Func<bool> until) => Eventually.HoldsAsync(
        () =>
        {
            if (until())
            {
                return true;
            }

            if (Pending().Where(wait => wait <= atMost).Order().FirstOrDefault() is { } next && next > TimeSpan.Zero)
            {
                Advance(next);
            }

            return false;
        },
        () => "the expected, with time passing");

    private List<TimeSpan> Pending()
    {
        lock (_gate)
        {
            return [.. _timers.Select(timer => timer.Due - _now)];
        }
    }

    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public Action Fire { get; } = fire;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._now + dueTime;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
