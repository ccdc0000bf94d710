using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>What the observations that a process was given amount to for one target, counted apart from the controller.</summary>
internal sealed class Tally(HealthRule rule, TimeSpan apart, string check)
{
    private readonly List<DateTimeOffset> _failed = [];
    private ulong _window;
    private ulong _lately;
    private DateTimeOffset? _passed;
    private DateTimeOffset? _countedPass;

    public HealthRule Rule => rule;

    public TimeSpan Apart => apart;

    public string Check => check;

    public HealthStatus Status { get; private set; }

    /// <summary>By the daemon's clock: since when.</summary>
    public DateTimeOffset Since { get; private set; }

    public int Fails { get; private set; }

    /// <summary>Of the failures since it was last proven to work, those whose probes got out of our own network.</summary>
    public int HonestFails { get; private set; }

    public int Passes { get; private set; }

    /// <summary>True when its window was full of failures, whatever it was concluded to be in between, and it has not recovered since: who counts some failures as void, concludes less in between.</summary>
    public bool HasFailedOften { get; private set; }

    /// <summary>Of the failures that began after the newest pass did, the most that are all so far apart as confirmations are.</summary>
    public int FailsApart { get; private set; }

    public void Count(Verdict verdict, bool isOurs, DateTimeOffset startedAt, DateTimeOffset now)
    {
        var isOld = verdict == Verdict.Fail && _passed > startedAt; // an older one than the newest pass: it ends late
        var isNear = verdict == Verdict.Fail && !isOld && _failed.Exists(other => IsNear(other, startedAt));
        if (verdict == Verdict.Fail && !isOld)
        {
            _failed.Add(startedAt);
            _failed.Sort();
        }
        else if (verdict == Verdict.Pass)
        {
            _failed.RemoveAll(other => other <= startedAt);
            _passed = _passed > startedAt ? _passed : startedAt;
        }

        var failsBefore = FailsApart;
        FailsApart = MostApart();
        isNear &= FailsApart == failsBefore;
        _lately = verdict switch
        {
            Verdict.Pass => _lately << 1,
            Verdict.Fail when !isNear => (_lately << 1) | 1,
            _ => _lately,
        };
        HasFailedOften |= rule.Window is { } lately && System.Numerics.BitOperations.PopCount(_lately & ((1UL << lately.Of) - 1)) >= lately.Failures;
        if (verdict == Verdict.Pass)
        {
            var counts = _failed.Count == 0 && !(_countedPass is { } other && IsNear(other, startedAt));
            _countedPass = counts ? startedAt : _countedPass;
            (Passes, Fails, _window) = (_failed.Count > 0 ? 0 : Passes + (counts ? 1 : 0), FailsApart, _window << 1);
            HasFailedOften &= Passes < rule.Rise;
            if (Passes >= rule.Rise && Status != HealthStatus.Up)
            {
                (Status, Since, HonestFails, _window) = (HealthStatus.Up, now, 0, 0);
            }
        }
        else if (verdict == Verdict.Fail)
        {
            (Passes, Fails, HonestFails, _window) = (isOld ? Passes : 0, FailsApart, HonestFails + (isOurs ? 0 : 1), isNear ? _window : (_window << 1) | 1);
            _countedPass = isOld ? _countedPass : null;
            var often = rule.Window is { } window && System.Numerics.BitOperations.PopCount(_window & ((1UL << window.Of) - 1)) >= window.Failures;
            if (Status != HealthStatus.Down && (Fails >= rule.Fall || often))
            {
                (Status, Since) = (HealthStatus.Down, now);
            }
        }
    }

    private bool IsNear(DateTimeOffset one, DateTimeOffset other) => Math.Abs((one - other).TotalMilliseconds) < apart.TotalMilliseconds - 1;

    private int MostApart()
    {
        var (most, last) = (0, DateTimeOffset.MinValue);
        foreach (var at in _failed)
        {
            if (most == 0 || !IsNear(last, at))
            {
                (most, last) = (most + 1, at);
            }
        }

        return most;
    }
}

/// <summary>A write of ours that took place; seen, where the process that sent it was still there.</summary>
internal sealed record Commit(TimeSpan At, DateTimeOffset ByClock, Effect.Apply Apply, IntentRecorded? Intent, Written Written, int Life, bool WasSeen)
{
    /// <summary>True when no value of a type is left that was there, so that all its traffic moved.</summary>
    public bool ChangesSides(RecordType type) =>
        Written.Before[type] is { } before && Written.After[type] is { } after && !before.Values.Any(old => after.Values.Any(value => value.Data == old.Data));
}

/// <summary>A pass of a probe that was asked for with a number.</summary>
internal sealed record Proof(TimeSpan StartedAt, DateTimeOffset ByClock, long RequestId);

/// <summary>The world's own account of what the daemon was told, asked for, recorded and wrote.</summary>
internal sealed class Ledger(World world)
{
    private const int ShownKept = 4;

    private readonly Dictionary<TargetId, Tally> _tallies = [];
    private readonly Dictionary<TargetId, List<Proof>> _proofs = [];
    private readonly Dictionary<TargetId, List<Proof>> _drillProofs = [];
    private readonly Dictionary<(TargetId, long), TimeSpan> _asked = [];

    public List<Commit> Commits { get; } = [];

    /// <summary>Changes that are sent and not answered, and when they were sent.</summary>
    public Dictionary<(DnsName Name, string Provider), TimeSpan> UnderWay { get; } = [];

    /// <summary>Changes whose outcome is not known, since when: only a read that began later resolves them.</summary>
    public Dictionary<(DnsName Name, string Provider), TimeSpan> Ambiguous { get; } = [];

    /// <summary>When the last of the reads was asked for that were answered.</summary>
    public Dictionary<(DnsName Name, string Provider), TimeSpan> ReadAt { get; } = [];

    /// <summary>The last few records that this process was shown; answers that are too late for a question overtake those that count.</summary>
    public Dictionary<(DnsName Name, string Provider), List<NameRecords>> Shown { get; } = [];

    public Dictionary<(DnsName Name, string Provider, long Id), IntentRecorded> Intents { get; } = [];

    public Dictionary<(DnsName Name, string Provider, long Id), OutcomeRecorded> Outcomes { get; } = [];

    /// <summary>How many control targets answered the newest of the checks that are answered, by its number; null when this process has none.</summary>
    public (long Check, int Passed)? Controls { get; private set; }

    /// <summary>A check is answered; one that was asked earlier may be answered later.</summary>
    public void ControlsAnswered(long check, int passed) => Controls = Controls is { } known && known.Check > check ? known : (check, passed);

    public Tally? TallyOf(TargetId target) => _tallies.GetValueOrDefault(target);

    public HealthStatus StatusOf(TargetId target) => _tallies.TryGetValue(target, out var tally) ? tally.Status : HealthStatus.Unknown;

    public List<Proof> ProofsOf(TargetId target) => _proofs.TryGetValue(target, out var proofs) ? proofs : _proofs[target] = [];

    /// <summary>Passes that were made for drills, which count for nothing else; they have numbers below zero.</summary>
    public List<Proof> DrillProofsOf(TargetId target) => _drillProofs.TryGetValue(target, out var proofs) ? proofs : _drillProofs[target] = [];

    public bool AreAllDown(ServiceDefinition service, RecordType type) =>
        service.Targets.Where(pair => pair.Target.Type == type).All(pair => StatusOf(pair.Target) == HealthStatus.Down);

    public bool AreSurelyAllDown(ServiceDefinition service, RecordType type) =>
        service.Targets.Where(pair => pair.Target.Type == type).All(pair => IsDown(pair.Target));

    /// <summary>Where the daemon may take failures for its own, verdicts may be void: then nothing is sure.</summary>
    /// <summary>True when it may be taken for down: so many failures there were, whichever of them count.</summary>
    public bool MayBeDown(TargetId target) => StatusOf(target) == HealthStatus.Down || TallyOf(target) is { HasFailedOften: true };

    public bool IsDown(TargetId target) => StatusOf(target) == HealthStatus.Down && !world.MayJudgeItself;

    /// <summary>A configuration is taken: what another check found, or is judged by another rule, does not count any more.</summary>
    public void Configured(ControllerConfiguration configuration)
    {
        var declared = configuration.Services.SelectMany(service => service.Targets).ToDictionary(pair => pair.Target, pair => pair.Endpoint);
        foreach (var (target, endpoint) in declared)
        {
            if (!_tallies.TryGetValue(target, out var tally) || tally.Rule != endpoint.Rule || tally.Check != endpoint.CheckFingerprint || tally.Apart != endpoint.Timing.FastInterval)
            {
                _tallies[target] = new Tally(endpoint.Rule, endpoint.Timing.FastInterval, endpoint.CheckFingerprint);
            }
        }
    }

    public void Observed(Observation observation, TimeSpan startedAt, DateTimeOffset now)
    {
        if (_tallies.TryGetValue(observation.Target, out var tally))
        {
            tally.Count(observation.Verdict, world.Network.WasPartitionedSince(startedAt), observation.StartedAt < now ? observation.StartedAt : now, now);
        }

        if (observation is { RequestId: { } id, Verdict: Verdict.Pass } && _asked.TryGetValue((observation.Target, id), out var askedAt) && startedAt >= askedAt)
        {
            (id < 0 ? DrillProofsOf(observation.Target) : ProofsOf(observation.Target)).Add(new Proof(startedAt, observation.StartedAt, id));
        }
    }

    public void Asked(Effect.ProbeNow probe)
    {
        if (probe.RequestId is { } id)
        {
            _asked[(probe.Target, id)] = world.Clock.Now;
        }
    }

    public void ReadDelivered(DnsName name, string provider, TimeSpan askedAt, NameRecords records)
    {
        if (!Shown.TryGetValue((name, provider), out var shown))
        {
            Shown[(name, provider)] = shown = [];
        }

        shown.Add(records);
        if (shown.Count > ShownKept)
        {
            shown.RemoveAt(0);
        }

        ReadAt[(name, provider)] = askedAt;
        if (Ambiguous.TryGetValue((name, provider), out var since) && askedAt >= since)
        {
            Ambiguous.Remove((name, provider));
        }
    }

    public void Durable(Effect.Record record)
    {
        foreach (var intent in record.Entries.OfType<IntentRecorded>())
        {
            Intents[(intent.Service!.Value, intent.Provider, intent.Change.Id)] = intent;
        }

        world.Watch.Durable(record);
        foreach (var entry in record.Entries)
        {
            world.Operators.Durable(entry);
            world.Drills.Durable(entry);
            if (entry is OutcomeRecorded { Service: { } name } outcome)
            {
                Outcomes[(name, outcome.Provider, outcome.ChangeId)] = outcome;
            }
        }

    }

    public void Sent(Effect.Apply apply) => UnderWay[(apply.Name, apply.Provider)] = world.Clock.Now;

    public void Answered(Effect.Apply apply, bool ambiguous)
    {
        UnderWay.Remove((apply.Name, apply.Provider));
        if (ambiguous)
        {
            Ambiguous[(apply.Name, apply.Provider)] = world.Clock.Now;
        }
    }

    public void Committed(Effect.Apply apply, Provider provider, Written written, int life)
    {
        if (world.Drills.IsCanary(apply.Name))
        {
            world.Drills.Committed(apply, written);
            return;
        }

        var commit = new Commit(world.Clock.Now, world.DaemonNow, apply, Intents.GetValueOrDefault((apply.Name, apply.Provider, apply.Change.Id)), written, life, WasSeen: world.IsRunning && world.Daemon!.Life == life);
        Commits.Add(commit);
        world.Moved(apply.Name, TimeSpan.Zero, "a write");
        world.Watch.Committed(commit, provider);
    }

    /// <summary>All that was in memory is gone.</summary>
    public void Died()
    {
        foreach (var (change, _) in UnderWay)
        {
            Ambiguous[change] = world.Clock.Now;
        }

        Controls = null;
        _tallies.Clear();
        _proofs.Clear();
        _drillProofs.Clear();
        _asked.Clear();
        UnderWay.Clear();
        Shown.Clear();
        world.Drills.Died();
    }
}
