using Microsoft.Extensions.Logging;

namespace DnsFailover.Control;

/// <summary>
/// The wall clock, except that it is never set back: while the wall clock is behind, time is counted on. Every wait of
/// the controller and of the schedule is a point in time, and would otherwise be longer by as much as the clock was
/// set back: nothing would be probed for an hour. A clock set forward is followed at once.
/// </summary>
internal sealed partial class SteadyTime(TimeProvider wall, ILogger<SteadyTime> logger) : TimeProvider
{
    /// <summary>Less is the ordinary work of a time daemon.</summary>
    private static readonly TimeSpan WorthALine = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private DateTimeOffset _last = wall.GetUtcNow();
    private long _lastTimestamp = wall.GetTimestamp();
    private bool _told;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => wall.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => wall.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        TimeSpan behind;
        lock (_gate)
        {
            // The wall clock first: read the other way round, each reading would gain the time between the two.
            var now = wall.GetUtcNow();
            var timestamp = wall.GetTimestamp();
            var counted = _last + wall.GetElapsedTime(_lastTimestamp, timestamp);
            (_last, _lastTimestamp) = (now > counted ? now : counted, timestamp);
            behind = _last - now;
            if (behind < WorthALine == !_told)
            {
                return _last;
            }

            _told = !_told;
        }

        if (behind >= WorthALine)
        {
            LogSetBack(behind);
        }

        return _last;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => wall.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => wall.CreateTimer(callback, state, dueTime, period);

    [LoggerMessage(1006, LogLevel.Warning, "The clock of this machine was set back by {Behind}: probes and decisions go on as if it had not been, and their times are ahead by so much until the clock has caught up or the daemon is restarted")]
    private partial void LogSetBack(TimeSpan behind);
}
