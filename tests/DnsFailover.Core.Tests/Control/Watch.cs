using System.Globalization;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Network;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Tests.Control;

/// <summary>
/// A daemon in virtual time around the controller: a scheduler, endpoints that work or fail, a provider, name servers
/// and a journal. It carries out every effect, gives time only when the controller asks for it, can be stopped before
/// any effect, and holds every step against <see cref="Invariants"/>.
/// </summary>
internal sealed class Watch
{
    private readonly PriorityQueue<Action, (DateTimeOffset At, long Order)> _agenda = new();
    private readonly Dictionary<string, Verdict> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<TargetId, TimeSpan> _scheduled = [];
    private readonly HashSet<TargetId> _confirming = [];
    private readonly HashSet<(TargetId Target, long RequestId)> _waiting = [];
    private readonly Invariants _invariants = new();
    private ControllerConfiguration _configuration;
    private long _order;
    private int _life;
    private DateTimeOffset? _wakeAt;

    private Watch(ControllerConfiguration configuration) => _configuration = configuration;

    public DateTimeOffset Now { get; private set; } = Given.Noon;

    public ControllerState State { get; private set; } = null!;

    public TinyProvider Provider { get; } = new();

    /// <summary>Providers of other names; one that is not here is <see cref="Provider"/> under another name.</summary>
    public Dictionary<string, TinyProvider> Others { get; } = [];

    public List<JournalEntry> Journal { get; } = [];

    public List<Alert> Alerts { get; } = [];

    /// <summary>What happened, for the one who reads a failed test.</summary>
    public List<string> Story { get; } = [];

    /// <summary>The effects in short, in the order in which they were carried out.</summary>
    public List<string> Effects { get; } = [];

    /// <summary>What probes of a value say of the certificate that users of the name get.</summary>
    public Dictionary<string, string> CertificateTroubles { get; } = [];

    public Func<bool> JournalFails { get; set; } = () => false;

    public Func<bool> VerificationFails { get; set; } = () => false;

    /// <summary>What else there is to tell of a verification at a provider.</summary>
    public Func<string, ControllerEvent.VerificationEnded, ControllerEvent.VerificationEnded> Verifies { get; set; } = (_, ended) => ended;

    /// <summary>Every write that was asked for.</summary>
    public List<Effect.Apply> Asked { get; } = [];

    /// <summary>Every read that was asked for.</summary>
    public List<Effect.ReadRecords> AskedToRead { get; } = [];

    public TimeSpan PassTakes { get; set; } = Given.Seconds(0.04);

    public TimeSpan FailTakes { get; set; } = Given.Seconds(0.2);

    /// <summary>A probe that takes longer is told to be slow; null when nobody watches.</summary>
    public TimeSpan? SlowAfter { get; set; }

    /// <summary>Every probe that was started, with what it will say.</summary>
    public List<Observation> Started { get; } = [];

    /// <summary>What the control targets do: whether each answers. Without a rule that asks them nobody does.</summary>
    public bool[] Controls { get; set; } = [true, true, true, true];

    public TimeSpan ControlsTake { get; set; } = Given.Seconds(0.034);

    /// <summary>True when an answer of the control targets gets lost.</summary>
    public Func<bool> ControlsLost { get; set; } = () => false;

    /// <summary>The daemon stops before the effect of this number (the first is 0).</summary>
    public int? CrashBefore { get; set; }

    public bool IsRunning { get; private set; }

    public ServiceState Service => State.Services[Given.Name];

    /// <summary>The records at the leading provider.</summary>
    public Copy Lead => Service.Copies[Service.Lead];

    public IEnumerable<IntentRecorded> Intents => Journal.OfType<IntentRecorded>();

    public IEnumerable<OutcomeRecorded> Outcomes => Journal.OfType<OutcomeRecorded>();

    public static Watch Over(ServiceDefinition service, params string[] holding) => Over([service], holding);

    public static Watch Over(ServiceDefinition[] services, params string[] holding)
    {
        var watch = new Watch(Configured(services));
        if (holding.Length > 0)
        {
            watch.Provider.Records[services[0].Name] = Given.Holding(services[0].Name, Given.Seconds(30), holding);
        }

        return watch;
    }

    /// <summary>A watch that has proven everything up and is quiet.</summary>
    public static Watch Settled(ServiceDefinition service, params string[] holding) => Over(service, holding).Start().Run(30);

    /// <summary>What holds over all services, from the next start or reload on.</summary>
    public Watch Under(FleetRules rules)
    {
        _configuration = _configuration with { Rules = rules };
        return this;
    }

    public static ControllerConfiguration Configured(params ServiceDefinition[] services) => new(services.ToValueList(), Given.Seconds(60));

    public string[] Published(RecordType type = RecordType.A) => Provider.Of(Given.Name)[type]?.Values.Select(value => value.Data).ToArray() ?? [];

    public HealthStatus HealthOf(string value) => Service.Health[Service.Definition.Target(value)].Status;

    public AlertKind[] AlertKinds => [.. Alerts.Select(alert => alert.Kind)];

    /// <summary>The planned times that the daemon knows of from its next start or reload on.</summary>
    public Watch Planned(params Window[] windows)
    {
        _configuration = _configuration with { Windows = windows.ToValueList() };
        return this;
    }

    public Watch Start()
    {
        IsRunning = true;
        _wakeAt = null;
        _invariants.Restarted();
        Tell("start");
        (State, var effects) = Controller.Start(_configuration, Journal, Now);
        var (compact, same) = Controller.Start(_configuration, Compact(Journal), Now);
        Assert.Equal(effects, same);
        Assert.All(State.Services, pair => Assert.Equal(Memorable(pair.Value), Memorable(compact.Services[pair.Key])));
        Assert.Equal(State.Overrides, compact.Overrides);
        _invariants.Recalled(Journal, State, Now);
        Schedule();
        CarryOut(effects);
        return this;
    }

    /// <summary>Everything that is in memory, and every reply under way, is gone; the journal and the records stay.</summary>
    public void Crash()
    {
        Tell("crash");
        IsRunning = false;
        _life++;
        _scheduled.Clear();
        _confirming.Clear();
    }

    public Watch Restart(double after = 2)
    {
        if (IsRunning)
        {
            Crash();
        }

        CrashBefore = null;
        Run(after);
        return Start();
    }

    /// <summary>The machine comes up again with another idea of the time.</summary>
    public Watch RestartWithTheClockSetBack(double seconds)
    {
        Crash();
        _agenda.Clear();
        Now -= Given.Seconds(seconds);
        return Start();
    }

    /// <summary>Changes failover.yaml while the daemon is stopped.</summary>
    public Watch Redeclare(params ServiceDefinition[] services)
    {
        _configuration = Configured(services) with { Rules = _configuration.Rules, Windows = _configuration.Windows };
        return this;
    }

    public Watch Reload(params ServiceDefinition[] services)
    {
        _configuration = Configured(services) with { Rules = _configuration.Rules, Windows = _configuration.Windows };
        Post(TimeSpan.Zero, new ControllerEvent.ConfigurationLoaded(_configuration, "failover.yaml changed"));
        Run(0);
        Schedule();
        return this;
    }

    /// <summary>The planned times, as the daemon is told them.</summary>
    public Watch Plan(params Window[] windows)
    {
        _configuration = _configuration with { Windows = windows.ToValueList() };
        Post(TimeSpan.Zero, new ControllerEvent.WindowsKnown(_configuration.Windows));
        return Run(0);
    }

    /// <summary>An operator, alice, says something that nothing may stand against.</summary>
    public Watch Says(OverrideKind kind, string? endpoint = null, double forSeconds = 3600, bool ofAll = false)
    {
        var command = new OperatorCommand.Begin(new Override(kind, ofAll ? null : Given.Name, endpoint, "release", "alice", Now, Now + Given.Seconds(forSeconds)));
        Assert.Null(OperatorRules.Objection(State, command, Now));
        return Command(command);
    }

    /// <summary>And takes it back.</summary>
    public Watch TakesBack(OverrideKind kind, string? endpoint = null, bool ofAll = false)
    {
        var command = new OperatorCommand.End(kind, ofAll ? null : Given.Name, endpoint, "done", "bob");
        Assert.Null(OperatorRules.Objection(State, command, Now));
        return Command(command);
    }

    /// <summary>Hands a command in, whatever stands against it.</summary>
    public Watch Command(OperatorCommand command)
    {
        Post(TimeSpan.Zero, new ControllerEvent.OperatorCommanded(command));
        return Run(0);
    }

    public void Post(TimeSpan after, ControllerEvent fact)
    {
        var life = _life;
        At(Now + after, () =>
        {
            if (life == _life && IsRunning)
            {
                Step(fact);
            }
        });
    }

    public Watch Fails(params string[] values) => Answer(Verdict.Fail, values);

    public Watch Works(params string[] values) => Answer(Verdict.Pass, values);

    public Watch CannotBeReachedFromHere(params string[] values) => Answer(Verdict.Inconclusive, values);

    public Watch Run(double seconds)
    {
        var end = Now + Given.Seconds(seconds);
        while (_agenda.TryPeek(out var act, out var when) && when.At <= end)
        {
            _agenda.Dequeue();
            Now = when.At;
            act();
        }

        Now = end;
        return this;
    }

    public Watch RunUntil(Func<bool> reached, double within, string what)
    {
        var end = Now + Given.Seconds(within);
        while (!reached())
        {
            if (!_agenda.TryPeek(out var act, out var when) || when.At > end)
            {
                Assert.Fail($"{what} did not happen within {within} s\n{Told()}");
            }

            _agenda.Dequeue();
            Now = when.At;
            act!();
        }

        return this;
    }

    public string Told() => string.Join('\n', Story.TakeLast(150));

    /// <summary>What a journal keeps at the least, the newest entry of each key; it must be enough.</summary>
    private static List<JournalEntry> Compact(List<JournalEntry> journal)
    {
        var newest = journal.Where(entry => entry.Key is not null).GroupBy(entry => entry.Key).Select(group => group.Last()).ToHashSet(ReferenceEqualityComparer.Instance);
        return journal.Where(entry => newest.Contains(entry)).ToList();
    }

    private static string Memorable(ServiceState service) =>
        $"{service.HoldDowns} {string.Join(' ', service.Switches)} {service.LastMoveAt} {string.Join(' ', service.Conditions.Values)} {service.LastId} {service.Lead} {string.Join(' ', service.Copies.Select(pair => $"{pair.Key}: {pair.Value.Change?.Intent.Change} {string.Join(' ', pair.Value.Doubtful.Select(doubtful => doubtful.Intent.Change))} {pair.Value.Drift} {pair.Value.Restores}"))}";

    private Watch Answer(Verdict verdict, string[] values)
    {
        foreach (var value in values)
        {
            Tell($"{value}: {verdict} from now on");
            _answers[value] = verdict;
        }

        return this;
    }

    private void At(DateTimeOffset at, Action act) => _agenda.Enqueue(act, (at, _order++));

    private void Tell(string line) => Story.Add($"{(Now - Given.Noon).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture),9} {line}");

    private void Step(ControllerEvent fact)
    {
        if (fact is not (ControllerEvent.TimePassed or ControllerEvent.Observed { Observation: { Verdict: Verdict.Pass, RequestId: null } }))
        {
            Tell($"← {Short(fact)}");
        }

        _wakeAt = fact is ControllerEvent.TimePassed ? null : _wakeAt;
        _invariants.Before(fact, Now);
        (State, var effects) = Controller.Step(State, fact, Now);
        if (fact is ControllerEvent.TimePassed && Controller.NextWake(State) is { } next && next <= Now)
        {
            throw new InvariantException($"the time passed, and the controller asks for {next - Now} again", Told());
        }

        CarryOut(effects);
    }

    private void CarryOut(ValueList<Effect> effects)
    {
        _invariants.After(State, effects, Now, Told);
        var cut = new HashSet<DnsName>();
        foreach (var effect in effects)
        {
            if (CrashBefore == Effects.Count)
            {
                Crash();
                return;
            }

            var skipped = effect.Service is { } service && cut.Contains(service);
            if (skipped && effect is not Effect.Apply)
            {
                throw new InvariantException($"{Short(effect)} comes behind what is not durable, so that its answer is waited for in vain", Told());
            }

            Effects.Add(skipped ? "skipped" : Short(effect));
            Tell($"→ {(skipped ? "skipped: " : string.Empty)}{Short(effect)}");
            if (!skipped && !CarryOut(effect) && effect.Service is { } failed)
            {
                cut.Add(failed);
            }
        }

        if (Controller.NextWake(State) is { } wake && wake != _wakeAt)
        {
            _wakeAt = wake;
            Post(wake > Now ? wake - Now : TimeSpan.Zero, new ControllerEvent.TimePassed());
        }
    }

    private bool CarryOut(Effect effect)
    {
        switch (effect)
        {
            case Effect.ProbeNow probe:
                ProbeNow(probe);
                break;
            case Effect.Confirm confirmation:
                Confirm(confirmation);
                break;
            case Effect.CallOff confirmations:
                _waiting.RemoveWhere(waiting => waiting.Target == confirmations.Target);
                break;
            case Effect.ReadRecords read:
                AskedToRead.Add(read);
                var asked = Others.GetValueOrDefault(read.Provider, Provider);
                AnswerAfter(asked.ReadTakes, () => asked.Read(read.Name, read.RequestId));
                break;
            case Effect.Apply apply:
                Asked.Add(apply);
                var written = Others.GetValueOrDefault(apply.Provider, Provider);
                AnswerAfter(written.WriteTakes, () => written.Apply(apply.Change, Now));
                break;
            case Effect.Verify verify:
                AnswerAfter(Given.Seconds(0.1), () => Verifies(verify.Provider, VerificationFails()
                    ? new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, Verified: false, "ns2 still answers the old value")
                    : new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, Verified: true, "both name servers answer it")));
                break;
            case Effect.CheckControls check when ControlsLost():
                Tell($"  (the answer to check {check.RequestId} gets lost)");
                break;
            case Effect.CheckControls check:
                var results = Controls; // as they are when they are asked
                AnswerAfter(ControlsTake, () => new ControllerEvent.ControlsChecked(check.RequestId, results.Select((passes, i) =>
                    new ControlResult($"tcp://198.51.100.{i + 1}:443", passes, passes ? "it answered" : "no answer within 2 s", ControlsTake)).ToValueList()));
                break;
            case Effect.Record record when JournalFails():
                Post(TimeSpan.Zero, new ControllerEvent.JournalFailed(record.Name, record.Entries, record.Alerts, "the disk is full"));
                return false;
            case Effect.Record record:
                Journal.AddRange(record.Entries);
                Alerts.AddRange(record.Alerts);
                _invariants.Recorded(record, Now);
                break;
        }

        return true;
    }

    /// <summary>What is under way in the world happens even when the daemon is gone; only the answer is lost then.</summary>
    private void AnswerAfter(TimeSpan delay, Func<ControllerEvent> act)
    {
        var life = _life;
        At(Now + delay, () =>
        {
            var fact = act();
            if (life == _life)
            {
                Step(fact);
            }
        });
    }

    private void Schedule()
    {
        var targets = _configuration.Services.SelectMany(service => service.Targets).ToList();
        foreach (var gone in _scheduled.Keys.Except(targets.Select(pair => pair.Target)).ToList())
        {
            _scheduled.Remove(gone);
        }

        var place = 0;
        foreach (var (endpoint, target) in targets)
        {
            place++;
            if (!_scheduled.TryGetValue(target, out var interval) || interval != endpoint.Timing.Interval)
            {
                _scheduled[target] = endpoint.Timing.Interval;
                ScheduledProbe(target, endpoint.Timing.Interval, Given.Seconds(0.137 * place), _life);
            }
        }
    }

    private void ScheduledProbe(TargetId target, TimeSpan interval, TimeSpan first, int life) => At(Now + first, () =>
    {
        if (life == _life && _scheduled.TryGetValue(target, out var present) && present == interval)
        {
            ScheduledProbe(target, interval, interval, life);
            Probe(target, requestId: null, confirming: false);
        }
    });

    private void ProbeNow(Effect.ProbeNow probe)
    {
        if (probe.RequestId is not null || _confirming.Add(probe.Target))
        {
            var life = _life;
            At(Now + probe.Delay, () =>
            {
                if (life == _life)
                {
                    Probe(probe.Target, probe.RequestId, confirming: probe.RequestId is null);
                }
            });
        }
    }

    private void Confirm(Effect.Confirm confirmation)
    {
        var life = _life;
        _waiting.Add((confirmation.Target, confirmation.RequestId));
        At(Now + confirmation.Delay, () =>
        {
            if (life == _life && _waiting.Remove((confirmation.Target, confirmation.RequestId)))
            {
                Probe(confirmation.Target, confirmation.RequestId, confirming: false);
            }
        });
    }

    private void Probe(TargetId target, long? requestId, bool confirming)
    {
        var observation = Given.Observation(target, _answers.GetValueOrDefault(target.Value), Now, requestId) with { IsScheduled = requestId is null && !confirming };
        Started.Add(observation);
        if (SlowAfter is { } slow && slow < TakesOf(observation.Verdict))
        {
            AnswerAfter(slow, () => new ControllerEvent.ProbeIsSlow(new SlowProbe(target, observation.StartedAt, requestId, observation.IsScheduled, slow, Given.Seconds(0.04))));
        }

        observation = observation.Verdict == Verdict.Pass ? observation with { CertificateTrouble = CertificateTroubles.GetValueOrDefault(target.Value) } : observation;
        var life = _life;
        At(Now + TakesOf(observation.Verdict), () =>
        {
            if (life != _life)
            {
                return;
            }

            if (confirming)
            {
                _confirming.Remove(target);
            }

            Step(new ControllerEvent.Observed(observation));
        });
    }

    private TimeSpan TakesOf(Verdict verdict) => verdict == Verdict.Pass ? PassTakes : FailTakes;

    private static string Short(Effect effect) => effect switch
    {
        Effect.Confirm confirmation => $"confirm {confirmation.Target.Endpoint}",
        Effect.CallOff confirmations => $"call off {confirmations.Target.Endpoint}",
        Effect.ProbeNow { RequestId: null } probe => $"confirm {probe.Target.Endpoint}",
        Effect.ProbeNow probe => $"prove {probe.Target.Endpoint}",
        Effect.ReadRecords => "read",
        Effect.CheckControls => "check ourselves",
        Effect.Record record => $"record {string.Join("+", record.Entries.Select(entry => entry.GetType().Name).Concat(record.Alerts.Select(alert => $"!{alert.Kind}")))}",
        Effect.Apply apply => $"apply {apply.Change}",
        _ => "verify",
    };

    private static string Short(ControllerEvent fact) => fact switch
    {
        ControllerEvent.Observed { Observation: var seen } => $"{seen.Target.Endpoint} {seen.Verdict} {(seen.RequestId is { } id ? $"(proof {id})" : string.Empty)}",
        ControllerEvent.RecordsRead read => $"read {string.Join("; ", read.Records.Sets)}",
        ControllerEvent.ConfigurationLoaded => "configuration",
        ControllerEvent.OperatorCommanded { Command: OperatorCommand.Begin { Override: var said } } => $"{said.Actor}: {said.Describe()} until {(said.Until - Given.Noon).TotalSeconds}",
        ControllerEvent.ChangeApplied applied => $"applied {applied.ChangeId}",
        ControllerEvent.ControlsChecked answered => $"{answered.Results.Count(result => result.Passed)} of {answered.Results.Count} control targets answered",
        _ => fact.ToString(),
    };
}

/// <summary>Something happened that must never happen.</summary>
internal sealed class InvariantException(string what, string story) : Exception($"{what}\n{story}");
