using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What must hold on every step, whatever happens. It keeps its own account and trusts no field of the controller but health.</summary>
internal sealed class Invariants
{
    private readonly Dictionary<(DnsName, long), (TargetId Target, DateTimeOffset At)> _asked = []; // numbers are each service's own
    private readonly Dictionary<TargetId, List<DateTimeOffset>> _proven = []; // each stands for one write; every provider asks for its own
    private readonly Dictionary<(DnsName, RecordType), DateTimeOffset> _switchedAt = [];
    private readonly Dictionary<(DnsName?, string), IntentRecorded> _open = [];
    private readonly HashSet<(DnsName?, string)> _atWork = [];
    private readonly Dictionary<(OverrideKind, DnsName?, string?), Override> _said = [];
    private readonly HashSet<JournalEntry> _seen = new(ReferenceEqualityComparer.Instance);

    private readonly Dictionary<(DnsName Name, long Change), string> _drilling = []; // where each change of a canary is being written
    private (long Id, DateTimeOffset At)? _controlsAsked;
    private DateTimeOffset? _controlsPassed; // when the check was asked that was the last to be answered, if enough answered
    private bool _controlsFailed;
    private int _needed;

    private readonly Dictionary<TargetId, int> _observed = [];
    private readonly HashSet<DnsName> _warm = [];
    private readonly Dictionary<(DnsName, RecordType), List<(DateTimeOffset At, DecisionKind Kind)>> _switches = [];
    private readonly Dictionary<DnsName, DateTimeOffset> _begun = []; // by intents, until it turns out that nothing was written

    public void Restarted()
    {
        (_controlsAsked, _controlsPassed, _controlsFailed) = (null, null, false);
        _observed.Clear();
        _warm.Clear();
        _asked.Clear();
        _proven.Clear();
        _atWork.Clear();
        _drilling.Clear();
    }

    /// <summary>What operators said and the journal took is still in effect after a restart, as long as its time is not over.</summary>
    public void Recalled(IEnumerable<JournalEntry> journal, ControllerState state, DateTimeOffset now)
    {
        _said.Clear();
        foreach (var entry in journal)
        {
            Say(entry);
        }

        foreach (var over in _said.Where(pair => pair.Value.Until <= now).ToList())
        {
            _said.Remove(over.Key);
        }

        Assert.Equal(_said.Values.ToHashSet(), state.Overrides.ToHashSet());
    }

    private void Say(JournalEntry entry)
    {
        switch (entry)
        {
            case OverrideBegan { Override: var begun }:
                _said[begun.Identity] = begun;
                break;
            case OverrideEnded { Override: var ended }:
                _said.Remove(ended.Identity);
                break;
        }
    }

    /// <summary>Proof is a pass that carries the number of a request.</summary>
    public void Before(ControllerEvent fact, DateTimeOffset now)
    {
        if (fact is ControllerEvent.Observed any)
        {
            _observed[any.Observation.Target] = _observed.GetValueOrDefault(any.Observation.Target) + 1;
        }

        switch (fact)
        {
            case ControllerEvent.Observed { Observation: { RequestId: { } id, Verdict: Verdict.Pass } seen } when _asked.TryGetValue((seen.Target.Service, id), out var asked) && asked.Target == seen.Target:
                _proven[seen.Target] = [.. _proven.GetValueOrDefault(seen.Target, []), asked.At];
                break;
            case ControllerEvent.ControlsChecked answered when _controlsAsked is { } check && check.Id == answered.RequestId:
                _controlsFailed = answered.Results.Count(result => result.Passed) < _needed;
                (_controlsPassed, _controlsAsked) = (_controlsFailed ? null : check.At, null);
                break;
            case ControllerEvent.ConfigurationLoaded:
                _controlsAsked = null; // other control targets, perhaps: they are asked anew
                break;
            case ControllerEvent.ChangeApplied applied:
                _drilling.Remove((applied.Service, applied.ChangeId)); // those of services are told by their outcomes
                break;
            case ControllerEvent.ChangeFailed failed:
                _drilling.Remove((failed.Service, failed.ChangeId));
                break;
            case ControllerEvent.JournalFailed { Entries: [DrillIntended lost] }:
                _drilling.Remove((lost.Change.Name, lost.Change.Id)); // the write behind it was not made
                break;
            case ControllerEvent.JournalFailed { Service: { } service } failed when failed.Entries.OfType<IntentRecorded>().Any():
                _atWork.ExceptWith(failed.Entries.OfType<IntentRecorded>().Select(intent => ((DnsName?)service, intent.Provider))); // the writes behind them were not made
                break;
        }

        _ = now;
    }

    public void Recorded(Effect.Record record, DateTimeOffset now)
    {
        foreach (var entry in record.Entries)
        {
            switch (entry)
            {
                case IntentRecorded intent:
                    _open[(intent.Service, intent.Provider)] = intent;
                    if (IsSwitch(intent))
                    {
                        _begun[intent.Service!.Value] = intent.At;
                    }

                    break;
                case OutcomeRecorded { Result: ChangeResult.Verified or ChangeResult.Unverified } outcome when _open.Remove((outcome.Service, outcome.Provider), out var intent):
                    foreach (var type in intent.Switched)
                    {
                        _switchedAt[(outcome.Service!.Value, type)] = intent.At; // no later than when it was written
                        if (IsSwitch(intent))
                        {
                            _switches[(outcome.Service!.Value, type)] = [.. _switches.GetValueOrDefault((outcome.Service!.Value, type), []), (intent.At, intent.Decision)];
                        }
                    }

                    break;
            }
        }

        foreach (var outcome in record.Entries.OfType<OutcomeRecorded>().Where(outcome => outcome.Result is not (ChangeResult.Verified or ChangeResult.Unverified)))
        {
            if (_open.Remove((outcome.Service, outcome.Provider), out var intent) && IsSwitch(intent))
            {
                _begun.Remove(outcome.Service!.Value);
            }
        }

        _ = now;
    }

    private static bool IsSwitch(IntentRecorded intent) => !intent.Follows && intent.Decision is DecisionKind.Failover or DecisionKind.Failback;

    /// <summary>A service is warm once each target has a verdict, or was observed so often since the start that none is to be had.</summary>
    private void WarmUp(ControllerState state)
    {
        foreach (var service in state.Services.Values.Where(service => !_warm.Contains(service.Definition.Name)))
        {
            if (service.Definition.Targets.All(pair => service.Health[pair.Target].Status != HealthStatus.Unknown || _observed.GetValueOrDefault(pair.Target) >= (2 * Math.Max(pair.Endpoint.Rule.Rise, pair.Endpoint.Rule.Fall)) + 2))
            {
                _warm.Add(service.Definition.Name);
            }
        }
    }

    public void After(ControllerState state, ValueList<Effect> effects, DateTimeOffset now, Func<string> story)
    {
        WarmUp(state);
        var beginning = new HashSet<DnsName>();
        var recorded = new List<IntentRecorded>();
        _needed = state.Configuration.Rules.SelfCheck?.Needed ?? 0;
        _controlsFailed &= _needed > 0;
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.ProbeNow { RequestId: { } id } probe:
                    _asked[(probe.Target.Service, id)] = (probe.Target, now);
                    break;
                case Effect.CheckControls check:
                    Must(_controlsAsked is not { } before || now - before.At > state.Configuration.Rules.SelfCheck!.Timeout, "the control targets are asked twice at the same time");
                    _controlsAsked = (check.RequestId, now);
                    break;
                case Effect.Record record:
                    foreach (var entry in record.Entries.Where(entry => !_seen.Contains(entry)))
                    {
                        Say(entry);
                    }

                    _seen.UnionWith(record.Entries.Where(entry => entry is OverrideBegan or OverrideEnded)); // what could not be made durable comes again
                    recorded.AddRange(record.Entries.OfType<IntentRecorded>());
                    foreach (var outcome in record.Entries.OfType<OutcomeRecorded>())
                    {
                        _atWork.Remove((outcome.Service, outcome.Provider));
                    }

                    break;
                case Effect.Apply apply when state.Drill is { Live: false } drill && apply.Name == drill.Name:
                    var declared = state.Services[drill.Service].Definition.Targets.Select(pair => (pair.Target.Type, pair.Target.Value)).ToHashSet();
                    Must(effects.OfType<Effect.Record>().SelectMany(record => record.Entries).OfType<DrillIntended>().Any(intended => intended.Change == apply.Change), $"{apply.Name} is written without its intent recorded in front of it");
                    Must(!_drilling.ContainsValue(apply.Provider) && _drilling.TryAdd((apply.Name, apply.Change.Id), apply.Provider), $"{apply.Name} has two changes under way at {apply.Provider}");
                    Must(apply.Change.Changes.All(item => item.After.Values.Count > 0 && item.After.Values.All(value => declared.Contains((item.After.Type, value.Data)))), $"{apply.Name} gets values that {drill.Service} does not declare");
                    Must(_warm.Contains(drill.Service) && !_controlsFailed, $"{apply.Name} is written too early, or although it may be us");
                    break;
                case Effect.Apply apply:
                    var intent = recorded.Find(candidate => candidate.Change == apply.Change);
                    Must(intent is not null, $"change {apply.Change.Id} is applied without its intent recorded in front of it");
                    Must(_atWork.Add((apply.Name, apply.Provider)), $"{apply.Name} has two changes under way at {apply.Provider}");
                    Must(_warm.Contains(apply.Name), $"{apply.Name} is changed before each of its endpoints has a verdict");
                    Hold(state.Services[apply.Name], intent!, now);
                    if (IsSwitch(intent!))
                    {
                        Together(state, apply.Name, now);
                        beginning.Add(apply.Name);
                    }

                    Obey(state, intent!, now);
                    break;
            }
        }

        Must(_said.Values.ToHashSet().SetEquals(state.Overrides), $"recorded are {string.Join("; ", _said.Values)}, in effect are {state.Overrides}");

        void Must(bool held, string otherwise)
        {
            if (!held)
            {
                throw new InvariantException(otherwise, story());
            }
        }

        void Together(ControllerState all, DnsName name, DateTimeOffset at)
        {
            var since = _begun.Where(pair => pair.Key != name && !beginning.Contains(pair.Key) && all.Services.ContainsKey(pair.Key)).Select(pair => at - pair.Value).Concat(beginning.Select(_ => TimeSpan.Zero)).ToList();
            if (all.Configuration.Rules.Velocity is { } velocity)
            {
                Must(since.Count(age => age < velocity.Per) < velocity.Moves, $"{name} moves although {velocity.Moves} others began to within {velocity.Per}");
            }

            if (all.Configuration.Rules.Share is { } share && !(_begun.TryGetValue(name, out var own) && at - own < share.Within))
            {
                var most = Math.Max(share.AtLeast, (int)Math.Ceiling(all.Services.Count * share.Percent / 100.0));
                Must(since.Count(age => age < share.Within) < most, $"{name} moves although {most} others have within {share.Within}");
            }
        }

        // What was recorded of overrides stands before the write in the same step, so that this is what holds for it.
        void Obey(ControllerState all, IntentRecorded intent, DateTimeOffset at)
        {
            var service = all.Services[intent.Service!.Value];
            var said = _said.Values.Where(item => item.Until > at && (item.Service is null || item.Service == intent.Service)).ToList();
            var planned = all.Configuration.Windows.Where(item => item.Kind == WindowKind.Maintenance && item.Service == intent.Service && item.From <= at && at < item.Until).ToList();
            var forced = said.Find(item => item.Kind == OverrideKind.Force && service.Definition.Endpoints.Any(endpoint => endpoint.Name == item.Endpoint))?.Endpoint;
            Must(!said.Exists(item => item.Kind == OverrideKind.Freeze), $"{intent.Service} is written although it is frozen");
            Must(forced is not null || !planned.Exists(item => item.Endpoint is null), $"{intent.Service} is written during its maintenance");
            var drained = said.Where(item => item.Kind == OverrideKind.Drain).Select(item => item.Endpoint).Concat(planned.Select(item => item.Endpoint)).ToHashSet(StringComparer.Ordinal);
            foreach (var (before, after) in intent.Change.Changes.Where(_ => !intent.Follows))
            {
                var targets = service.Definition.Targets.Select(pair => pair.Target).Where(target => target.Type == after.Type).ToList();
                var mended = before?.HasSameValues(after) == true;
                Must(forced is null || mended || after.Values.All(value => targets.Exists(target => target.Endpoint == forced && target.Value == value.Data)), $"{after.Type} is forced to {forced}, and becomes {after.Values}");
                var gains = targets.Where(target => after.Values.Any(value => value.Data == target.Value) && before?.Values.Any(value => value.Data == target.Value) != true).ToList();
                var other = targets.Find(target => !drained.Contains(target.Endpoint) && service.Health[target].Status == HealthStatus.Up);
                Must(forced is not null || other == default || gains.TrueForAll(target => !drained.Contains(target.Endpoint)), $"{string.Join(' ', gains)} gets traffic, is drained, and {other} is up");
            }
        }

        void Hold(ServiceState service, IntentRecorded intent, DateTimeOffset at)
        {
            var (change, switched) = (intent.Change, intent.Switched);
            var forced = _said.Values.Any(item => item.Kind == OverrideKind.Force && item.Service == intent.Service && item.Until > at); // who forces has judged for themselves
            Must(forced || !_controlsFailed, "it is written although too few control targets answered");
            Must(forced || state.Network.ByMass is null, "it is written although too much failed at once");
            var lost = service.Definition.Targets.Select(pair => pair.Target).Where(target => service.Health[target].Status == HealthStatus.Down && change.Changes.Any(item =>
                item.After.Type == target.Type && item.Before?.Values.Any(value => value.Data == target.Value) == true && item.After.Values.All(value => value.Data != target.Value))).ToList();
            Must(_needed == 0 || forced || intent.Decision == DecisionKind.Forced || lost.TrueForAll(target => _controlsPassed >= service.Health[target].Since && at - _controlsPassed < TimeSpan.FromSeconds(40)), $"{string.Join(", ", lost)} loses the traffic, and it was not asked since whether it is us");
            Must(change.Changes.Count > 0, "a change set without a change");
            foreach (var (before, after) in change.Changes)
            {
                var isForced = state.Overrides.FirstOrDefault(item => item.Kind == OverrideKind.Force && item.Service == intent.Service) is { } force
                    && after.Values.All(value => service.Definition.Targets.Any(pair => pair.Target.Value == value.Data && pair.Endpoint.Name == force.Endpoint));
                var kind = intent.Follows ? DecisionKind.Shift : service.Decisions[after.Type].Kind;
                var targets = service.Definition.Targets.Select(pair => pair.Target).Where(target => target.Type == after.Type).ToList();
                var allDown = targets.TrueForAll(target => service.Health[target].Status == HealthStatus.Down);
                Must(after.Values.Count > 0, $"{after.Type} would be empty");
                Must(service.Definition.Adopt || service.Definition.OnDrift == OnDrift.Restore || intent.Follows || before is null || before.Values.All(value => targets.Exists(target => target.Value == value.Data) || service.Formerly.Contains(new EndpointTarget(after.Type, value.Data))), $"foreign values are replaced: {before}");
                foreach (var target in targets.Where(target => after.Values.Any(value => value.Data == target.Value) && before?.Values.Any(value => value.Data == target.Value) != true))
                {
                    var fresh = _proven.TryGetValue(target, out var proofs) && proofs.RemoveAll(askedAt => at - askedAt > TimeSpan.FromSeconds(40)) >= 0 && proofs.Count > 0;
                    Must(fresh || allDown || isForced, $"{target} gets traffic without fresh proof");
                    proofs?.RemoveRange(0, Math.Min(1, proofs.Count));
                    Must(allDown || isForced || service.Health[target].Status == HealthStatus.Up, $"{target} gets traffic and is {service.Health[target].Status}");
                    Must(kind != DecisionKind.Failback || at - service.Health[target].Since >= service.Definition.Failback.Delay, $"{target} gets traffic back before the failback delay");
                }

                var past = _switches.GetValueOrDefault((change.Name, after.Type), []);
                if (IsSwitch(intent) && switched.Contains(after.Type) && kind is DecisionKind.Failover or DecisionKind.Failback)
                {
                    Must(service.Definition.SwitchesPerHour is not { } budget || past.Count(one => at - one.At < TimeSpan.FromHours(1)) < budget, $"{after.Type} moves more than {service.Definition.SwitchesPerHour} times an hour");
                }

                if (kind == DecisionKind.Failback)
                {
                    var rule = service.Definition.Failback;
                    var doubled = Math.Max(0, past.Count(one => one.Kind == DecisionKind.Failover && at - one.At < rule.FlapWindow) - 1);
                    var delay = Math.Min(rule.Delay.TotalSeconds * Math.Pow(2, doubled), Math.Max(rule.Delay.TotalSeconds, rule.LongestDelay.TotalSeconds));
                    var back = targets.Where(target => after.Values.Any(value => value.Data == target.Value) && before?.Values.Any(value => value.Data == target.Value) != true);
                    Must(back.All(target => (at - service.Health[target].Since).TotalSeconds >= delay), $"{after.Type} returns before the damped delay of {delay} s");
                }

                var moves = switched.Contains(after.Type) && before?.Values.Any(value => targets.Exists(target => target.Value == value.Data)) == true;
                Must(!moves || kind == DecisionKind.Forced || !_switchedAt.TryGetValue((change.Name, after.Type), out var last) || at - last >= service.Definition.MinActiveTime, $"{after.Type} moves again before minActiveTime");
                Must(
                    allDown || !moves || kind != DecisionKind.Failover || before!.Values.All(value => targets.Find(target => target.Value == value.Data) is var old && (old == default || service.Health[old].Status == HealthStatus.Down)),
                    $"{after.Type} fails over from what is not down");
            }
        }
    }
}
