using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;

namespace DnsFailover.Benchmarks.Scale;

/// <summary>Hears every observation from the control loop, and keeps of each when its probe began.</summary>
/// <param name="healthy">The targets that work.</param>
/// <param name="interval">Of their schedule.</param>
/// <param name="duration">How long is measured.</param>
internal sealed class ScaleWatch(IEnumerable<TargetId> healthy, TimeSpan interval, TimeSpan duration) : IStepObserver
{
    private readonly Dictionary<TargetId, Target> _targets = healthy.ToDictionary(target => target, _ => new Target((int)(duration / interval) + 16));
    private long _observed;
    private long _wrong;
    private long _inconclusive;
    private long _down;
    private long _downAtAll;
    private DateTimeOffset? _since;
    private string? _example;

    /// <summary>Probes that ended since <see cref="Begin"/>, of whatever kind.</summary>
    public long Observed => Volatile.Read(ref _observed);

    /// <summary>Failed probes of endpoints that work.</summary>
    public long Wrong => Volatile.Read(ref _wrong);

    /// <summary>Probes that said nothing.</summary>
    public long Inconclusive => Volatile.Read(ref _inconclusive);

    /// <summary>How often an endpoint that works was found Down since <see cref="Begin"/>.</summary>
    public long FalselyDown => Volatile.Read(ref _down);

    /// <summary>The same, since the start.</summary>
    public long FalselyDownAtAll => Volatile.Read(ref _downAtAll);

    /// <summary>The newest sentence of a failure that is none.</summary>
    public string? Example => _example;

    /// <summary>From now on it counts.</summary>
    public void Begin(DateTimeOffset now) => _since = now;

    /// <summary>What was due and was begun, and how late; targets that work only.</summary>
    /// <param name="from">The beginning of the time.</param>
    /// <param name="until">Its end.</param>
    public (double Share, List<double> LatenessMs) Schedule(DateTimeOffset from, DateTimeOffset until)
    {
        var (due, done, lateness) = (0.0, 0.0, new List<double>());
        foreach (var target in _targets.Values)
        {
            due += (until - from) / interval;
            done += target.Count;
            target.AddLateness(lateness, interval.TotalMicroseconds);
        }

        lateness.Sort();
        return (due == 0 ? 1 : done / due, lateness);
    }

    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is not ControllerEvent.Observed { Observation: var seen })
        {
            return;
        }

        var works = _targets.TryGetValue(seen.Target, out var target);
        if (works && effects.Count > 0)
        {
            var down = effects.OfType<Effect.Record>().SelectMany(record => record.Entries).OfType<HealthChanged>().Count(entry => entry.To == HealthStatus.Down);
            _downAtAll += down;
            _down += _since is null ? 0 : down;
        }

        if (_since is not { } since || seen.StartedAt < since)
        {
            return;
        }

        _observed++;
        if (seen.Verdict == Verdict.Inconclusive)
        {
            _inconclusive++;
            _example = seen.Reason;
        }
        else if (works && seen.Verdict == Verdict.Fail)
        {
            _wrong++;
            _example = seen.Reason;
        }

        if (works && seen.IsScheduled)
        {
            target!.Note((seen.StartedAt - since).Ticks / TimeSpan.TicksPerMicrosecond);
        }
    }

    private sealed class Target(int capacity)
    {
        private readonly int[] _starts = new int[capacity];

        public int Count { get; private set; }

        public void Note(long microseconds)
        {
            if (Count < _starts.Length)
            {
                _starts[Count++] = (int)microseconds;
            }
        }

        // The place of a target in its interval is that of its earliest start.
        public void AddLateness(List<double> lateness, double interval)
        {
            if (Count == 0)
            {
                return;
            }

            var phases = _starts.Take(Count).Select(start => start - (Math.Round((start - _starts[0]) / interval) * interval)).ToList();
            var place = phases.Min();
            lateness.AddRange(phases.Select(phase => (phase - place) / 1000));
        }
    }
}
