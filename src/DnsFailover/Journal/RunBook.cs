using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Journal;

/// <summary>A run that may still grow.</summary>
internal sealed class OpenRun(ObservationRun run, int streak)
{
    /// <summary>As it is now.</summary>
    public ObservationRun Run { get; set; } = run;

    /// <summary>How many observations in a row, with those before this run, had its verdict.</summary>
    public int Streak { get; set; } = streak;

    /// <summary>Its row in the journal; null while it has none. Set by who writes.</summary>
    public long? Row { get; set; }

    /// <summary>True while it has grown since it was last given out.</summary>
    public bool IsChanged { get; set; } = true;
}

/// <summary>
/// Makes runs of observations. Scheduled probes and the others of a target make runs of their own, since they follow each
/// other at paces of their own. The first failures in a row stay apart, each with its time and its reason; those of an
/// outage that lasts become a run as well.
/// </summary>
internal sealed class RunBook
{
    /// <summary>So many failures in a row stay apart.</summary>
    internal const int FailuresApart = 32;

    /// <summary>A longer sentence is cut off.</summary>
    private const int LongestReason = 300;

    /// <summary>Runs that wait for being written; beyond that the oldest are lost.</summary>
    internal const int MostWaiting = 20_000;

    /// <summary>A run is cut after this, so that the times of its probes stay exact and what is old can go.</summary>
    private static readonly TimeSpan LongestRun = TimeSpan.FromDays(1);

    private readonly Dictionary<(TargetId Target, bool IsScheduled), OpenRun> _open = [];
    private readonly LinkedList<OpenRun> _changed = new();

    /// <summary>How many runs were lost because nobody took them.</summary>
    public long Lost { get; private set; }

    /// <summary>Takes an observation.</summary>
    /// <param name="seen">It.</param>
    /// <param name="interval">The interval of the target's schedule.</param>
    public void Take(Observation seen, TimeSpan interval)
    {
        var key = (seen.Target, seen.IsScheduled);
        if (_open.TryGetValue(key, out var open) && Continues(open, seen, interval))
        {
            open.Streak++;
            open.Run = Extended(open.Run, seen);
            if (!open.IsChanged)
            {
                open.IsChanged = true;
                _changed.AddLast(open);
            }

            return;
        }

        if (_open.Count >= MostWaiting)
        {
            _open.Clear(); // of targets that failover.yaml declared once; what is still observed begins a new run
        }

        var streak = open is not null && open.Run.Verdict == seen.Verdict ? open.Streak + 1 : 1;
        _open[key] = open = new OpenRun(New(seen, interval), streak);
        _changed.AddLast(open);
        if (_changed.Count > MostWaiting)
        {
            _changed.RemoveFirst();
            Lost++;
        }
    }

    /// <summary>Gives out what has changed since the last time, oldest first.</summary>
    public IReadOnlyList<OpenRun> TakeChanged()
    {
        OpenRun[] changed = [.. _changed];
        _changed.Clear();
        foreach (var run in changed)
        {
            run.IsChanged = false;
        }

        return changed;
    }

    /// <summary>Takes back what could not be written; what has changed again meanwhile is here already.</summary>
    public void GiveBack(IEnumerable<OpenRun> runs)
    {
        foreach (var run in runs.Reverse().Where(run => !run.IsChanged))
        {
            run.IsChanged = true;
            _changed.AddFirst(run);
        }

        while (_changed.Count > MostWaiting)
        {
            _changed.RemoveFirst();
            Lost++;
        }
    }

    private static bool Continues(OpenRun open, Observation seen, TimeSpan interval)
    {
        var (run, gap) = (open.Run, seen.StartedAt - open.Run.Last);
        var step = run.Count > 1 && !run.IsScheduled ? run.Step : interval; // the schedule's is declared, that of others shows
        return run.Verdict == seen.Verdict
            && run.Interval == interval
            && (seen.Verdict != Verdict.Fail || open.Streak >= FailuresApart)
            && gap <= step * 1.5
            && (gap >= step / 2 || (run.Count == 1 && !run.IsScheduled && gap > TimeSpan.Zero))
            && seen.StartedAt - run.First <= LongestRun;
    }

    private static ObservationRun New(Observation seen, TimeSpan interval) => new()
    {
        Target = seen.Target,
        Verdict = seen.Verdict,
        IsScheduled = seen.IsScheduled,
        First = seen.StartedAt,
        Last = seen.StartedAt,
        Fastest = seen.Phases.Total,
        Slowest = seen.Phases.Total,
        Interval = interval,
        Reason = Cut(seen.Reason),
    };

    private static ObservationRun Extended(ObservationRun run, Observation seen) => run with
    {
        Last = seen.StartedAt,
        Count = run.Count + 1,
        Fastest = seen.Phases.Total < run.Fastest ? seen.Phases.Total : run.Fastest,
        Slowest = seen.Phases.Total > run.Slowest ? seen.Phases.Total : run.Slowest,
        Reason = Cut(seen.Reason),
    };

    private static string Cut(string reason) => reason.Length <= LongestReason ? reason : string.Concat(reason.AsSpan(0, LongestReason), "…");
}
