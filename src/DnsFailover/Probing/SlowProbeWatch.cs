using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>
/// Notices probes in flight that are far slower than their target usually is, and tells each once. One timer serves them all: it
/// is armed for the first that would be due, and looks at all that are in flight when it fires, at most a hundred times a second. A probe
/// that ends in time, as nearly all do, costs taking and giving back a place.
/// </summary>
internal sealed class SlowProbeWatch : IDisposable
{
    /// <summary>Nothing is slow before this: a network and a busy machine vary by so much.</summary>
    public static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(50);

    /// <summary>So many times what hardly any probe took longer than is far slower.</summary>
    public const int Factor = 3;

    /// <summary>From one look to the next, at least.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>A look that comes so late comes from a machine that stood still: the answers may lie unread, and have a moment to come in.</summary>
    private static readonly TimeSpan Standstill = TimeSpan.FromMilliseconds(40);

    private readonly TimeProvider _time;
    private readonly Action<SlowProbe> _tell;
    private readonly Backlog? _backlog;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private Watched[] _places = new Watched[16];
    private int _used;
    private long? _lookAt;
    private bool _stoodStill;

    /// <summary>A watch over nothing yet.</summary>
    /// <param name="time">Runs the timer.</param>
    /// <param name="tell">Takes each slow probe; it must return at once.</param>
    /// <param name="backlog">Knows how busy this machine is; null where nobody knows.</param>
    public SlowProbeWatch(TimeProvider time, Action<SlowProbe> tell, Backlog? backlog)
    {
        (_time, _tell, _backlog) = (time, tell, backlog);
        _timer = time.CreateTimer(static watch => ((SlowProbeWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>After how long a probe is slow; null when it never is before it ends by itself.</summary>
    /// <param name="usual">What hardly any probe took longer than; null while that is not known.</param>
    /// <param name="latest">Longer is slow in any case; infinite when only what is usual counts.</param>
    /// <param name="timeout">The limit of the probe.</param>
    public static TimeSpan? SlowAfter(TimeSpan? usual, TimeSpan latest, TimeSpan timeout)
    {
        TimeSpan? unusual = usual is { } known ? known * Factor > Floor ? known * Factor : Floor : null;
        TimeSpan? limit = latest == Timeout.InfiniteTimeSpan ? unusual : unusual < latest ? unusual : latest;
        return limit < timeout ? limit : null;
    }

    /// <summary>A probe begins.</summary>
    /// <returns>Its place, to be given back; null when it will not be watched.</returns>
    public int? Begin(TargetId target, DateTimeOffset startedAt, long? requestId, bool isScheduled, UsualLatency usual, TimeSpan latest, TimeSpan timeout)
    {
        var known = usual.Slowest;
        if (SlowAfter(known, latest, timeout) is not { } after)
        {
            return null;
        }

        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var due = now + (long)(after.TotalSeconds * _time.TimestampFrequency);
            var place = TakePlace();
            _places[place] = new Watched(target, startedAt, requestId, isScheduled, known, now, due, IsUnderWay: true);
            if (_lookAt is not { } look || _time.GetElapsedTime(due, look) > Pause)
            {
                LookAfter(now, after);
            }

            return place;
        }
    }

    /// <summary>The probe has ended.</summary>
    public void End(int place)
    {
        lock (_gate)
        {
            _places[place] = default;
            _free.Push(place);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private int TakePlace()
    {
        if (_free.TryPop(out var place))
        {
            return place;
        }

        if (_used == _places.Length)
        {
            Array.Resize(ref _places, _used * 2);
        }

        return _used++;
    }

    private void Look()
    {
        List<SlowProbe>? slow = null;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var late = _lookAt is { } look ? _time.GetElapsedTime(look, now) : TimeSpan.Zero;
            _lookAt = null;
            _stoodStill = late > Standstill && !_stoodStill; // once: what goes on being late is no moment
            if (_stoodStill)
            {
                LookAfter(now, Pause);
                return;
            }

            var isBusy = _backlog?.IsLong() == true;
            long? next = null;
            for (var place = 0; place < _used; place++)
            {
                ref var probe = ref _places[place];
                if (!probe.IsUnderWay)
                {
                    continue;
                }

                if (probe.DueAt <= now && isBusy)
                {
                    // It may be this machine that is slow, and further probes would make it slower: it is looked at again once work goes on.
                    probe = probe with { DueAt = now + (long)(Backlog.Moment.TotalSeconds * _time.TimestampFrequency) };
                }

                if (probe.DueAt <= now)
                {
                    (slow ??= []).Add(new SlowProbe(probe.Target, probe.StartedAt, probe.RequestId, probe.IsScheduled, _time.GetElapsedTime(probe.Since, now), probe.Usual));
                    probe = default;
                }
                else if (next is null || probe.DueAt < next)
                {
                    next = probe.DueAt;
                }
            }

            if (next is { } due)
            {
                LookAfter(now, _time.GetElapsedTime(now, due));
            }
        }

        slow?.ForEach(_tell);
    }

    // Under the gate.
    private void LookAfter(long now, TimeSpan after)
    {
        var pause = after > Pause ? TimeSpan.FromMilliseconds(Math.Ceiling(after.TotalMilliseconds)) : Pause;
        _lookAt = now + (long)(pause.TotalSeconds * _time.TimestampFrequency);
        _timer.Change(pause, Timeout.InfiniteTimeSpan);
    }

    private readonly record struct Watched(TargetId Target, DateTimeOffset StartedAt, long? RequestId, bool IsScheduled, TimeSpan? Usual, long Since, long DueAt, bool IsUnderWay);
}
