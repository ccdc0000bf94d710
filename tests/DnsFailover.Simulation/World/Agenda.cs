namespace DnsFailover.Simulation;

/// <summary>Something that is due at a time.</summary>
internal abstract class Due
{
    public abstract void Happen();
}

/// <summary>What will happen, in order of time and then of its being put down.</summary>
internal sealed class Agenda(Clock clock)
{
    private readonly PriorityQueue<Due, (long At, long Order)> _queue = new();
    private long _order;
    private bool _isStopped;

    /// <summary>Things that have happened.</summary>
    public long Count { get; private set; }

    public void After(TimeSpan delay, Due due) => _queue.Enqueue(due, (clock.Now.Ticks + delay.Ticks, _order++));

    public void After(TimeSpan delay, Action act) => After(delay, new Act(act));

    public void At(TimeSpan time, Action act) => _queue.Enqueue(new Act(act), (time.Ticks, _order++));

    /// <summary>So much does not happen in a run, unless something goes round in circles.</summary>
    public long Most { get; init; } = long.MaxValue;

    /// <summary>Called when more than the most happens.</summary>
    public Action? Overrun { get; init; }

    /// <summary>Nothing happens any more.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>Lets everything happen up to a time. What a stopped clock has held up happens late, in its order.</summary>
    public void RunTo(TimeSpan end)
    {
        while (!_isStopped && _queue.TryPeek(out var due, out var when) && when.At <= end.Ticks)
        {
            _queue.Dequeue();
            clock.AdvanceTo(new TimeSpan(when.At));
            if (++Count > Most)
            {
                Overrun?.Invoke();
                return;
            }

            due.Happen();
        }

        if (!_isStopped)
        {
            clock.AdvanceTo(end);
        }
    }

    private sealed class Act(Action act) : Due
    {
        public override void Happen() => act();
    }
}
