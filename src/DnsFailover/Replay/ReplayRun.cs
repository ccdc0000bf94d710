using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Network;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Replay;

/// <summary>
/// The production controller in virtual time, over what was recorded: probes find what the record says, the provider
/// and its name servers do what they are told, operators and others who change records do what they did. It stands
/// for what the daemon would have decided; that nobody answers for what was never observed is the limit of it.
/// </summary>
internal sealed class ReplayRun
{
    private static readonly TimeSpan ReadTakes = TimeSpan.FromMilliseconds(20);

    /// <summary>What somebody else writes is in the records for so long, before the replay is made to look.</summary>
    private static readonly TimeSpan LongestUnnoticed = TimeSpan.FromSeconds(1);

    /// <summary>By so much the replay may be later with a move of a drill than the drill was.</summary>
    private static readonly TimeSpan LongestBehind = TimeSpan.FromSeconds(1);

    /// <summary>From one telling of the planned times to the next.</summary>
    private static readonly TimeSpan WindowsPeriod = TimeSpan.FromHours(1);

    private readonly PriorityQueue<Action, (DateTimeOffset At, long Order)> _agenda = new();
    private readonly Dictionary<(string Provider, DnsName Name), NameRecords> _records = [];
    private readonly IReadOnlyDictionary<TargetId, TargetRecord> _targets;
    private readonly Dictionary<TargetId, TimeSpan> _patience;
    private readonly Dictionary<TargetId, TimeSpan> _slowAfter;
    private readonly HashSet<TargetId> _confirming = [];
    private readonly HashSet<(TargetId Target, long RequestId)> _waiting = [];
    private readonly ControllerConfiguration _configuration;
    private readonly Func<DateTimeOffset, ValueList<Window>> _planned;
    private readonly RecordedDurations _takes;
    private readonly Dictionary<(string Provider, DnsName Name, long ChangeId), TimeSpan> _verification = [];
    private ControllerState _state;
    private DateTimeOffset _now;
    private DateTimeOffset? _wakeAt;
    private long _order;

    private ReplayRun(ControllerConfiguration configuration, Func<DateTimeOffset, ValueList<Window>> planned, IReadOnlyDictionary<TargetId, TargetRecord> targets, RecordedDurations takes, DateTimeOffset from)
    {
        (_configuration, _planned, _targets, _takes, _now) = (configuration with { Windows = planned(from) }, planned, targets, takes, from);
        _state = null!; // set by the first step
        _patience = configuration.Services.SelectMany(service => service.Targets).ToDictionary(pair => pair.Target, pair => pair.Endpoint.Timing.FastInterval / 2);
        _slowAfter = configuration.Services.SelectMany(service => service.Targets).ToDictionary(pair => pair.Target, pair => pair.Endpoint.Timing.SlowAfter);
    }

    /// <summary>What the controller recorded in the replay.</summary>
    public List<JournalEntry> Entries { get; } = [];

    /// <summary>The failures in a row that it saw.</summary>
    public FailureStreaks Streaks { get; } = new();

    /// <summary>Changes of others that could not be read out of the record.</summary>
    public int UnreadableDrifts { get; private set; }

    /// <summary>Runs it.</summary>
    /// <param name="configuration">The configuration to try.</param>
    /// <param name="planned">Its planned times, as a daemon is told them at a time.</param>
    /// <param name="record">What happened.</param>
    /// <param name="targets">What was observed of each target that the record knows.</param>
    /// <param name="starts">What each service's providers hold at the beginning.</param>
    /// <param name="from">The beginning.</param>
    /// <param name="until">The end.</param>
    /// <param name="looks">Times at which the state is to be looked at.</param>
    public static ReplayRun Over(
        ControllerConfiguration configuration,
        Func<DateTimeOffset, ValueList<Window>> planned,
        IReadOnlyList<JournalEntry> record,
        IReadOnlyDictionary<TargetId, TargetRecord> targets,
        IReadOnlyDictionary<DnsName, NameRecords> starts,
        DateTimeOffset from,
        DateTimeOffset until,
        IEnumerable<(DateTimeOffset At, Action<ControllerState> Look)> looks)
    {
        var run = new ReplayRun(configuration, planned, targets, new RecordedDurations(record), from);
        foreach (var service in configuration.Services)
        {
            foreach (var provider in service.Providers)
            {
                run._records[(provider, service.Name)] = starts[service.Name];
            }
        }

        run.Schedule(record, from);
        foreach (var (at, look) in looks)
        {
            run.At(at, () => look(run._state));
        }

        run.Go([.. record.Where(entry => entry.At < from && !DrillDrains.IsOne(entry) && entry is OutcomeRecorded or OverrideBegan or OverrideEnded or DriftNoticed or DriftEnded)], until);
        return run;
    }

    /// <summary>What the provider that a service's decisions are written to holds at the end.</summary>
    public NameRecords Live(ServiceDefinition service) => _records[(service.Provider, service.Name)];

    private void Schedule(IReadOnlyList<JournalEntry> record, DateTimeOffset from)
    {
        foreach (var (endpoint, target) in _configuration.Services.SelectMany(service => service.Targets))
        {
            if (_targets.TryGetValue(target, out var seen))
            {
                Probe(target, seen.Schedule(endpoint.Timing.Interval).SkipWhile(probe => probe.At < from).GetEnumerator());
            }
        }

        foreach (var drains in DrillDrains.In(record, from))
        {
            At(drains.At, () => Drain(drains));
        }

        foreach (var entry in record.Where(entry => entry.At >= from && !DrillDrains.IsOne(entry)))
        {
            switch (entry)
            {
                case OverrideBegan began:
                    At(entry.At, () => Step(new ControllerEvent.OperatorCommanded(new OperatorCommand.Begin(began.Override))));
                    break;
                case OverrideEnded { Actor: { } actor, Override: var over } ended:
                    At(entry.At, () => Step(new ControllerEvent.OperatorCommanded(new OperatorCommand.End(over.Kind, over.Service, over.Endpoint, ended.Reason, actor))));
                    break;
                case DriftNoticed drift when _configuration.Services.Any(service => service.Name == drift.Service):
                    Noticed(record, drift, () => Change(drift));
                    break;
                case DriftEnded { Undone.Count: > 0, Service: { } name } ended when _configuration.Services.Any(service => service.Name == name):
                    Noticed(record, ended, () => Change(name, ended.Provider, held => NameRecords.Create(name, held.Sets.Where(set => !ended.Undone.Any(one => one.Type == set.Type)).Concat(ended.Undone))));
                    break;
            }
        }
    }

    /// <summary>
    /// Somebody had written before it was noticed. How long before, nobody knows; a little, so that the replay's own reads
    /// of that moment find it too, but not before what was recorded last.
    /// </summary>
    private void Noticed(IReadOnlyList<JournalEntry> record, JournalEntry entry, Action write)
    {
        var since = record.Where(other => other.Service == entry.Service && other.At < entry.At && other is IntentRecorded or OutcomeRecorded or DriftNoticed or DriftEnded).Select(other => other.At).DefaultIfEmpty().Max();
        var before = (entry.At - since) / 2;
        At(entry.At - (before < LongestUnnoticed ? before : LongestUnnoticed), write);
        At(entry.At, () => Look(entry.Service!.Value));
    }

    private void Go(IReadOnlyList<JournalEntry> before, DateTimeOffset until)
    {
        (_state, var effects) = Controller.Start(_configuration, before, _now);
        CarryOut(effects);
        if (_configuration.Windows.Count > 0 || _planned(until).Count > 0)
        {
            TellWindows();
        }

        while (_agenda.TryDequeue(out var act, out var when) && when.At <= until)
        {
            _now = when.At > _now ? when.At : _now;
            act();
        }
    }

    private void TellWindows() => At(_now + WindowsPeriod, () =>
    {
        Step(new ControllerEvent.WindowsKnown(_planned(_now)));
        TellWindows();
    });

    private void At(DateTimeOffset at, Action act) => _agenda.Enqueue(act, (at, _order++));

    private void Step(ControllerEvent fact)
    {
        (_state, var effects) = Controller.Step(_state, fact, _now);
        CarryOut(effects);
    }

    private void CarryOut(ValueList<Effect> effects)
    {
        foreach (var effect in effects)
        {
            CarryOut(effect);
        }

        if (Controller.NextWake(_state) is { } wake && wake != _wakeAt)
        {
            _wakeAt = wake;
            At(wake > _now ? wake : _now, () => Step(new ControllerEvent.TimePassed()));
        }
    }

    private void CarryOut(Effect effect)
    {
        switch (effect)
        {
            case Effect.ProbeNow probe when probe.RequestId is not null || _confirming.Add(probe.Target):
                At(_now + probe.Delay, () => Probe(probe.Target, probe.RequestId));
                break;
            case Effect.Confirm confirmation:
                _waiting.Add((confirmation.Target, confirmation.RequestId));
                At(_now + confirmation.Delay, () =>
                {
                    if (_waiting.Remove((confirmation.Target, confirmation.RequestId)))
                    {
                        Probe(confirmation.Target, confirmation.RequestId);
                    }
                });
                break;
            case Effect.CallOff confirmations:
                _waiting.RemoveWhere(waiting => waiting.Target == confirmations.Target);
                break;
            case Effect.ReadRecords read:
                At(_now + ReadTakes, () => Step(new ControllerEvent.RecordsRead(read.Name, read.RequestId, Held(read.Provider, read.Name))));
                break;
            case Effect.Apply apply:
                var (write, verification) = _takes.Of(apply.Provider, apply.Change, _now);
                _verification[(apply.Provider, apply.Name, apply.Change.Id)] = verification;
                At(_now + write, () => Apply(apply));
                break;
            case Effect.Verify verify:
                At(_now + _verification.GetValueOrDefault((verify.Provider, verify.Name, verify.ChangeId), _takes.Usual.Verify), () => Step(new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, Verified: true, "replayed")));
                break;
            case Effect.CheckControls check:
                var answers = Enumerable.Range(1, _configuration.Rules.SelfCheck?.Targets ?? 0).Select(number => new ControlResult($"control {number}", Passed: true, "replayed", TimeSpan.Zero));
                At(_now, () => Step(new ControllerEvent.ControlsChecked(check.RequestId, answers.ToValueList())));
                break;
            case Effect.Record recorded:
                Entries.AddRange(recorded.Entries);
                break;
        }
    }

    /// <summary>The next scheduled probe of a target, and behind it the one after.</summary>
    private void Probe(TargetId target, IEnumerator<(DateTimeOffset At, RecordedAnswer Answer)> schedule)
    {
        if (!schedule.MoveNext())
        {
            schedule.Dispose();
            return;
        }

        var (at, answer) = schedule.Current;
        if (_slowAfter.TryGetValue(target, out var slow) && answer.Took > slow)
        {
            At(at + slow, () => Step(new ControllerEvent.ProbeIsSlow(new SlowProbe(target, at, RequestId: null, IsScheduled: true, slow, Usual: null))));
        }

        At(at + answer.Took, () =>
        {
            Observe(TargetRecord.Observe(target, at, answer, requestId: null, isScheduled: true), answer);
            Probe(target, schedule);
        });
    }

    /// <summary>
    /// A probe that the controller asked for. One that was recorded about now is taken for it: what was asked for then
    /// was not asked for at the same millisecond.
    /// </summary>
    private void Probe(TargetId target, long? requestId)
    {
        var at = _now;
        var answer = _targets.GetValueOrDefault(target)?.At(at, _patience.GetValueOrDefault(target));
        At(at + (answer?.Took ?? TimeSpan.Zero), () =>
        {
            if (requestId is null)
            {
                _confirming.Remove(target);
            }

            Observe(TargetRecord.Observe(target, at, answer, requestId, isScheduled: false), answer);
        });
    }

    private void Observe(Observation observation, RecordedAnswer? answer)
    {
        Streaks.Take(observation, answer);
        Step(new ControllerEvent.Observed(observation));
    }

    private NameRecords Held(string provider, DnsName name) => _records.GetValueOrDefault((provider, name)) ?? NameRecords.Create(name, []);

    private void Apply(Effect.Apply apply)
    {
        var held = Held(apply.Provider, apply.Name);
        if (!apply.Change.IsUntouchedIn(held))
        {
            Step(new ControllerEvent.ChangeFailed(apply.Name, apply.Change.Id, ProviderFailure.Conflict, "the records had been changed", RetryAfter: null));
            return;
        }

        var written = apply.Change.Changes.Select(change => change.After).ToList();
        var after = NameRecords.Create(apply.Name, held.Sets.Where(set => !written.Exists(one => one.Type == set.Type)).Concat(written)) with { Owner = apply.Change.Owner ?? held.Owner };
        _records[(apply.Provider, apply.Name)] = after;
        Step(new ControllerEvent.ChangeApplied(apply.Name, apply.Change.Id, after));
    }

    /// <summary>The records were read at this moment; when the replay would have read them by itself, says nothing of that.</summary>
    private void Look(DnsName name)
    {
        if (_state.Services.TryGetValue(name, out var service))
        {
            var due = _now - _configuration.ReconcileInterval;
            var copies = service.Copies.Aggregate(service.Copies, (all, pair) => all.SetItem(pair.Key, pair.Value with { LiveReadAt = due }));
            _state = _state with { Services = _state.Services.SetItem(name, service with { Copies = copies }) };
            Step(new ControllerEvent.TimePassed { Service = name });
        }
    }

    /// <summary>
    /// The drills of the record are not made again, as their legs would take other times; what they drained is drained for as long as it was. One
    /// that has ended by itself is not there any more, and ends no second time. A drill waits until a move is made before it ends the drain that asked for
    /// it, so that a move that takes some milliseconds longer here is waited for as well.
    /// </summary>
    private void Drain(DrillDrains drains)
    {
        if (drains.Ended.Count > 0 && _now < drains.At + LongestBehind && IsMoving(drains.Service))
        {
            At(_now + ReadTakes, () => Drain(drains));
            return;
        }

        _state = _state with { Overrides = drains.After(_state.Overrides).ToValueList() };
        Step(new ControllerEvent.TimePassed { Service = drains.Service });
    }

    private bool IsMoving(DnsName name) => _state.Services.TryGetValue(name, out var service) && service.Copies.Values.Any(copy => copy.Change is not null || copy.Preparing is not null);

    private void Change(DriftNoticed drift)
    {
        if (ReplayStart.RecordsAfter(drift) is not { } after)
        {
            UnreadableDrifts++;
            return;
        }

        Change(drift.Service!.Value, drift.Provider, _ => after);
    }

    /// <summary>Somebody else writes; an empty provider is the only one.</summary>
    private void Change(DnsName name, string provider, Func<NameRecords, NameRecords> write)
    {
        foreach (var key in _records.Keys.Where(key => key.Name == name && (provider.Length == 0 || key.Provider == provider)).ToList())
        {
            _records[key] = write(_records[key]) with { Owner = _records[key].Owner };
        }
    }
}
