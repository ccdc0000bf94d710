using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Journal;

namespace DnsFailover.Tests.Replay;

/// <summary>
/// A daemon in virtual time whose endpoints fail when they are told to, with latencies and delays that are never twice
/// the same; what it records is what a real one would have.
/// </summary>
internal sealed class World(ServiceDefinition service, int seed, params (string Value, double From, double Until)[] outages)
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (DateTimeOffset, long)> _agenda = new();
    private readonly Random _random = new(seed);
    private readonly RunBook _book = new();
    private readonly HashSet<TargetId> _confirming = [];
    private readonly HashSet<(TargetId Target, long RequestId)> _waiting = [];
    private readonly Dictionary<TargetId, DateTimeOffset> _confirmedAt = [];
    private readonly List<JournalEntry> _entries = [];
    private readonly ControllerConfiguration _configuration = Configured(service);
    private NameRecords _records = Holding(service, service.Endpoints[0]);
    private ControllerState _state = null!;
    private DateTimeOffset _now = Noon;
    private DateTimeOffset? _wake;
    private long _order;

    /// <summary>What operators say, and at which second.</summary>
    public (double At, OperatorCommand Command)[] Commands { get; init; } = [];

    /// <summary>Which value somebody else writes, and at which second.</summary>
    public (double At, string Value)[] Edits { get; init; } = [];

    public static ControllerConfiguration Configured(ServiceDefinition service) => new([service], TimeSpan.FromMinutes(5));

    public static EndpointDefinition Endpoint(string name, int priority, string address) => new()
    {
        Name = name,
        Priority = priority,
        Targets = [new EndpointTarget(RecordType.A, address)],
        Rule = new HealthRule(Rise: 2, Fall: 3),
        Timing = new ProbeTiming(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)),
        CheckFingerprint = "GET /",
    };

    /// <summary>railway (192.0.2.1), then render (192.0.2.2).</summary>
    public static ServiceDefinition Service { get; } = new()
    {
        Name = DnsName.Parse("api.example.com"),
        Provider = "dns",
        Endpoints = [Endpoint("railway", 0, "192.0.2.1"), Endpoint("render", 1, "192.0.2.2")],
        Ttl = TimeSpan.FromSeconds(30),
        Failback = new FailbackRule(FailbackMode.Auto, TimeSpan.FromSeconds(60)),
        MinActiveTime = TimeSpan.FromSeconds(30),
    };

    /// <summary>Runs so many seconds from noon and gives the journal.</summary>
    public JournalRecord Run(double seconds)
    {
        (_state, var effects) = Controller.Start(_configuration, [], _now);
        CarryOut(effects);
        foreach (var (endpoint, target) in service.Targets)
        {
            Schedule(target, endpoint.Timing.Interval, Noon.AddSeconds(0.2 + _random.NextDouble()));
        }

        foreach (var (at, command) in Commands)
        {
            After(TimeSpan.FromSeconds(at), () => Step(new ControllerEvent.OperatorCommanded(command)));
        }

        foreach (var (at, value) in Edits)
        {
            After(TimeSpan.FromSeconds(at), () => _records = NameRecords.Create(service.Name, [RecordSet.Create(service.Name, RecordType.A, service.Ttl!.Value, value)]));
        }

        var end = Noon.AddSeconds(seconds);
        while (_agenda.TryDequeue(out var act, out var when) && when.Item1 <= end)
        {
            _now = when.Item1;
            act();
        }

        // The journal counts in milliseconds.
        var runs = _book.TakeChanged().Select(open => open.Run with { First = Whole(open.Run.First), Last = Whole(open.Run.Last) });
        return new JournalRecord("journal.db", _entries, [.. runs.OrderBy(run => run.First)], [], 0);
    }

    private static DateTimeOffset Whole(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());

    private static NameRecords Holding(ServiceDefinition service, EndpointDefinition endpoint) =>
        NameRecords.Create(service.Name, [RecordSet.Create(service.Name, RecordType.A, service.Ttl!.Value, endpoint.Targets.Select(target => target.Value))]);

    private void Confirm(Effect.Confirm confirmation)
    {
        if (_confirmedAt.TryGetValue(confirmation.Target, out var before) && before + confirmation.Apart > _now)
        {
            After(before + confirmation.Apart - _now, () => Confirm(confirmation));
        }
        else if (_waiting.Remove((confirmation.Target, confirmation.RequestId)))
        {
            _confirmedAt[confirmation.Target] = _now;
            Probe(confirmation.Target, confirmation.RequestId, scheduled: false);
        }
    }

    private TimeSpan Jitter(double from, double to) => TimeSpan.FromMilliseconds(from + (_random.NextDouble() * (to - from)));

    private void After(TimeSpan delay, Action act) => _agenda.Enqueue(act, (_now + delay, _order++));

    private void Schedule(TargetId target, TimeSpan interval, DateTimeOffset at) => After(at - _now, () =>
    {
        Schedule(target, interval, at + interval);
        Probe(target, null, scheduled: true);
    });

    private void Probe(TargetId target, long? requestId, bool scheduled)
    {
        var second = (_now - Noon).TotalSeconds;
        var fails = outages.Any(outage => outage.Value == target.Value && outage.From <= second && second < outage.Until);
        var observation = new Observation
        {
            Target = target,
            StartedAt = _now,
            Verdict = fails ? Verdict.Fail : Verdict.Pass,
            Reason = fails ? $"connection refused by {target.Value}:443" : "status 200 in 40 ms",
            Phases = new ProbePhases(null, null, null, null, Jitter(20, 60)),
            RequestId = requestId,
            IsScheduled = scheduled,
        };
        After(observation.Phases.Total, () =>
        {
            if (!scheduled && requestId is null)
            {
                _confirming.Remove(target);
            }

            _book.Take(observation, service.Endpoints.First(endpoint => endpoint.Name == target.Endpoint).Timing.Interval);
            Step(new ControllerEvent.Observed(observation));
        });
    }

    private void Step(ControllerEvent fact)
    {
        (_state, var effects) = Controller.Step(_state, fact, _now);
        CarryOut(effects);
    }

    private void CarryOut(ValueList<Effect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.ProbeNow probe when probe.RequestId is not null || _confirming.Add(probe.Target):
                    After(probe.Delay + Jitter(0, 15), () => Probe(probe.Target, probe.RequestId, scheduled: false));
                    break;
                case Effect.Confirm confirmation:
                    _waiting.Add((confirmation.Target, confirmation.RequestId));
                    After(confirmation.Delay + Jitter(0, 15), () => Confirm(confirmation));
                    break;
                case Effect.CallOff confirmations:
                    _waiting.RemoveWhere(waiting => waiting.Target == confirmations.Target);
                    break;
                case Effect.ReadRecords read:
                    After(Jitter(5, 80), () => Step(new ControllerEvent.RecordsRead(read.Name, read.RequestId, _records)));
                    break;
                case Effect.Apply apply:
                    After(Jitter(5, 80), () =>
                    {
                        if (!apply.Change.IsUntouchedIn(_records))
                        {
                            Step(new ControllerEvent.ChangeFailed(apply.Name, apply.Change.Id, ProviderFailure.Conflict, "the records had been changed", RetryAfter: null));
                            return;
                        }

                        _records = NameRecords.Create(apply.Name, apply.Change.Changes.Select(change => change.After));
                        Step(new ControllerEvent.ChangeApplied(apply.Name, apply.Change.Id, _records));
                    });
                    break;
                case Effect.Verify verify:
                    After(Jitter(5, 300), () => Step(new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, Verified: true, "both name servers answer it")));
                    break;
                case Effect.Record record:
                    _entries.AddRange(record.Entries);
                    break;
            }
        }

        if (Controller.NextWake(_state) is { } wake && wake != _wake)
        {
            _wake = wake;
            After(wake > _now ? wake - _now : TimeSpan.Zero, () => Step(new ControllerEvent.TimePassed()));
        }
    }
}
