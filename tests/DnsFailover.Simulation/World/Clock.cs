namespace DnsFailover.Simulation;

/// <summary>
/// The time of the world, which only goes forward, and the wall clock of the machine, which may be wrong and be set. The daemon
/// sees it through its own <c>SteadyTime</c>.
/// </summary>
internal sealed class Clock : TimeProvider
{
    private static readonly long Epoch = new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc).Ticks;

    /// <summary>Since the beginning of the world.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>How far the wall clock is ahead.</summary>
    public TimeSpan Skew { get; set; }

    public void AdvanceTo(TimeSpan time)
    {
        if (time > Now)
        {
            Now = time;
        }
    }

    public override DateTimeOffset GetUtcNow() => new(Epoch + Now.Ticks + Skew.Ticks, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new InvalidOperationException("nothing that is simulated may wait by itself");
}
