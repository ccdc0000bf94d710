using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Journal;

namespace DnsFailover.Replay;

/// <summary>What the record says a probe would have found.</summary>
/// <param name="Run">The run of the observation that it is taken from.</param>
/// <param name="SeenAt">When that observation began.</param>
internal readonly record struct RecordedAnswer(ObservationRun Run, DateTimeOffset SeenAt)
{
    /// <summary>How long such a probe took.</summary>
    public TimeSpan Took => (Run.Fastest + Run.Slowest) / 2;
}

/// <summary>What was observed of one target, as something that can be asked at any time.</summary>
internal sealed class TargetRecord
{
    private readonly ObservationRun[] _scheduled;
    private readonly ObservationRun[] _others;

    /// <summary>From its runs, in any order.</summary>
    public TargetRecord(IEnumerable<ObservationRun> runs)
    {
        var byKind = runs.OrderBy(run => run.First).ToLookup(run => run.IsScheduled);
        (_scheduled, _others) = ([.. byKind[true]], [.. byKind[false]]);
    }

    /// <summary>How many observations there are.</summary>
    public long Count => _scheduled.Concat(_others).Sum(run => (long)run.Count);

    /// <summary>
    /// What a probe would have found at a time: what was seen last by then. A failure counts between two recorded
    /// failures; between a failure and a pass nobody knows when it ended, and there is no answer. Nor is there one when
    /// nobody had been looking for two intervals.
    /// </summary>
    /// <param name="at">When the probe begins.</param>
    /// <param name="about">What was seen so much earlier or later was seen then.</param>
    public RecordedAnswer? At(DateTimeOffset at, TimeSpan about)
    {
        var (scheduled, other) = (Newest(_scheduled, at + about), Newest(_others, at + about));
        var newest = scheduled is null || other?.SeenAt > scheduled.Value.SeenAt ? other : scheduled;
        if (newest is not { } answer || at - answer.SeenAt > answer.Run.Interval * 2)
        {
            return null;
        }

        return answer.Run.Verdict != Verdict.Fail || at - answer.SeenAt <= about || NextVerdict(at + about, answer.Run.Interval * 2) == Verdict.Fail ? answer : null;
    }

    /// <summary>By how much the probes of the rows of a time differ in how long they took.</summary>
    public TimeSpan SpreadAt(DateTimeOffset at) => new[] { Newest(_scheduled, at), Newest(_others, at) }.Max(seen => seen is { Run: var run } ? run.Slowest - run.Fastest : TimeSpan.Zero);

    /// <summary>
    /// The scheduled probes as they would have been: those recorded, as long as they were made at this interval; else
    /// as many as this interval asks for, each with what was seen last before it. Where nobody was looking there are none.
    /// </summary>
    public IEnumerable<(DateTimeOffset At, RecordedAnswer Answer)> Schedule(TimeSpan interval)
    {
        var next = DateTimeOffset.MinValue;
        for (var i = 0; i < _scheduled.Length; i++)
        {
            var run = _scheduled[i];
            if (run.Interval == interval)
            {
                foreach (var start in run.Starts)
                {
                    yield return (start, new RecordedAnswer(run, start));
                    next = start + interval;
                }

                continue;
            }

            var end = run.Last + run.Interval;
            end = i + 1 < _scheduled.Length && _scheduled[i + 1].First < end ? _scheduled[i + 1].First : end;
            for (next = next > run.First ? next : run.First; next < end; next += interval)
            {
                if (At(next, TimeSpan.Zero) is { } answer)
                {
                    yield return (next, answer);
                }
            }
        }
    }

    private Verdict? NextVerdict(DateTimeOffset after, TimeSpan within)
    {
        var (scheduled, other) = (Next(_scheduled, after), Next(_others, after));
        var next = scheduled is null || other?.SeenAt < scheduled.Value.SeenAt ? other : scheduled;
        return next is { } answer && answer.SeenAt - after <= within ? answer.Run.Verdict : null;
    }

    /// <summary>The first observation of a kind that began after a time.</summary>
    private static RecordedAnswer? Next(ObservationRun[] runs, DateTimeOffset after)
    {
        var index = Begun(runs, after);
        return index > 0 && runs[index - 1] is var run && run.Last > after ? new RecordedAnswer(run, run.NewestBy(after)!.Value + run.Step)
            : index < runs.Length ? new RecordedAnswer(runs[index], runs[index].First)
            : null;
    }

    /// <summary>Runs of one kind never overlap, so that the last one that began by then has the newest observation.</summary>
    private static RecordedAnswer? Newest(ObservationRun[] runs, DateTimeOffset at) =>
        Begun(runs, at) is > 0 and var index ? new RecordedAnswer(runs[index - 1], runs[index - 1].NewestBy(at)!.Value) : null;

    /// <summary>How many runs had begun by a time.</summary>
    private static int Begun(ObservationRun[] runs, DateTimeOffset at)
    {
        var (low, high) = (0, runs.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = runs[middle].First <= at ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>The observation of a probe that is taken from the record.</summary>
    public static Observation Observe(TargetId target, DateTimeOffset at, RecordedAnswer? answer, long? requestId, bool isScheduled) => new()
    {
        Target = target,
        StartedAt = at,
        Verdict = answer?.Run.Verdict ?? Verdict.Inconclusive,
        Reason = answer?.Run.Reason ?? "the record says nothing of that time",
        Phases = new ProbePhases(null, null, null, null, answer?.Took ?? TimeSpan.Zero),
        RequestId = requestId,
        IsScheduled = isScheduled,
    };
}
