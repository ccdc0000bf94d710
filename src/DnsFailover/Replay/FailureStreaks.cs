using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Replay;

/// <summary>Failures of a target in a row.</summary>
internal sealed class FailureStreak(TargetId target, DateTimeOffset first)
{
    /// <summary>No rule asks for more in a row.</summary>
    private const int MostCounted = 1000;

    private readonly List<DateTimeOffset> _starts = [];

    /// <summary>Of which.</summary>
    public TargetId Target { get; } = target;

    /// <summary>When the first one began.</summary>
    public DateTimeOffset First { get; } = first;

    /// <summary>When the last one began.</summary>
    public DateTimeOffset Last { get; private set; } = first;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them nobody observed: what was seen before is taken to have lasted.</summary>
    public int Assumed { get; private set; }

    /// <summary>One more.</summary>
    public void Add(DateTimeOffset at, bool isAssumed)
    {
        (Count, Assumed, Last) = (Count + 1, Assumed + (isAssumed ? 1 : 0), at);
        if (_starts.Count < MostCounted)
        {
            _starts.Add(at);
        }
    }

    /// <summary>How many had begun by a time.</summary>
    public int CountBy(DateTimeOffset at) => at >= Last ? Count : _starts.Count(start => start <= at);
}

/// <summary>The failures in a row that a replay sees, and how many of them were really observed.</summary>
internal sealed class FailureStreaks
{
    private readonly Dictionary<TargetId, FailureStreak> _open = [];
    private readonly Dictionary<TargetId, DateTimeOffset> _used = [];
    private readonly List<FailureStreak> _all = [];

    /// <summary>Takes an observation of the replay.</summary>
    public void Take(Observation observation, RecordedAnswer? answer)
    {
        var isAssumed = answer is { } seen && _used.TryGetValue(observation.Target, out var used) && seen.SeenAt <= used;
        if (answer is { } known)
        {
            _used[observation.Target] = known.SeenAt;
        }

        if (observation.Verdict == Verdict.Pass)
        {
            _open.Remove(observation.Target);
        }
        else if (observation.Verdict == Verdict.Fail)
        {
            if (!_open.TryGetValue(observation.Target, out var streak))
            {
                _open[observation.Target] = streak = new FailureStreak(observation.Target, observation.StartedAt);
                _all.Add(streak);
            }

            streak.Add(observation.StartedAt, isAssumed);
        }
    }

    /// <summary>The longest of these targets that touches the time between; null when there was none.</summary>
    public FailureStreak? Longest(IReadOnlyCollection<TargetId> targets, DateTimeOffset from, DateTimeOffset until) =>
        _all.Where(streak => targets.Contains(streak.Target) && streak.First <= until && streak.Last >= from).MaxBy(streak => streak.Count);
}
