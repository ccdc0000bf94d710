using System.Collections.Immutable;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>
/// One step of one service: takes its state in, collects effects, and leaves the next state. It lives for one step.
/// This part holds what becomes of observations and of time; the others hold records, changes and conditions.
/// </summary>
internal sealed partial class ServiceTurn(ServiceState state, Fleet fleet, DateTimeOffset now)
{
    private readonly List<Effect> _requests = [];
    private readonly List<JournalEntry> _entries = [];
    private readonly List<Alert> _alerts = [];
    private ServiceState _state = state;
    private readonly List<Effect.Apply> _writes = [];

    /// <summary>The provider whose copy is being looked at.</summary>
    private string _at = state.Lead;

    /// <summary>True once a target went down in this step that had been up, or one that had gone down is not so any more: what counts for <see cref="Network.MassFailure"/>.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>
    /// Ends the step. Requests that write nothing go first: when the record cannot be made durable, only the write
    /// behind it is lost. What could not be made durable before goes in front of what is new, so that the journal
    /// keeps the order in which things happened.
    /// </summary>
    public (ServiceState State, IEnumerable<Effect> Effects) End()
    {
        NoteOrders();
        if (_state.Unrecorded is { } unrecorded && (_entries.Count > 0 || _alerts.Count > 0 || !IsJournalWaiting))
        {
            _entries.InsertRange(0, unrecorded.Entries);
            _alerts.InsertRange(0, unrecorded.Alerts);
            _state = _state with { Unrecorded = null };
        }

        if (_entries.Count == 0 && _alerts.Count == 0 && _writes.Count == 0)
        {
            return (_state, _requests); // as most steps end
        }

        IEnumerable<Effect> effects = _requests;
        if (_entries.Count > 0 || _alerts.Count > 0)
        {
            effects = effects.Append(new Effect.Record(Name, _entries.ToValueList(), _alerts.ToValueList()));
        }

        return (_state, effects.Concat(_writes));
    }

    private ServiceDefinition Definition => _state.Definition;

    private DnsName Name => _state.Definition.Name;

    /// <summary>The records at the provider that is being looked at.</summary>
    private Copy Copy
    {
        get => _state.Copies[_at];
        set => _state = _state with { Copies = _state.Copies.SetItem(_at, value) };
    }

    /// <summary>A service of which nothing is known.</summary>
    public static ServiceState New(ServiceDefinition definition, DateTimeOffset now) => new()
    {
        Definition = definition,
        Lead = definition.Provider,
        Copies = definition.Providers.ToImmutableSortedDictionary(provider => provider, _ => new Copy(), StringComparer.Ordinal),
        Health = definition.Targets.ToImmutableDictionary(pair => pair.Target, _ => TargetHealth.Unproven(now)),
    };

    /// <summary>
    /// The same service under a new definition. What was observed of a target stays as long as it was observed by the
    /// same check and is judged by the same rule; hold-downs and conditions stay in any case.
    /// </summary>
    public static ServiceState Redefine(ServiceState known, ServiceDefinition definition, DateTimeOffset now)
    {
        if (known.Definition == definition)
        {
            return known with { Retired = false };
        }

        var before = known.Definition.Targets.ToDictionary(pair => pair.Target, pair => pair.Endpoint);
        return known with
        {
            Definition = definition,
            Retired = false,
            Health = definition.Targets.ToImmutableDictionary(
                pair => pair.Target,
                pair => before.TryGetValue(pair.Target, out var endpoint) && endpoint.Rule == pair.Endpoint.Rule && endpoint.CheckFingerprint == pair.Endpoint.CheckFingerprint
                    ? known.Health[pair.Target]
                    : TargetHealth.Unproven(now)),
            Confirming = ImmutableDictionary<TargetId, Confirmations>.Empty, // what is under way is counted, and what is missing is asked for with the next observation
            Formerly = known.Formerly.Concat(known.Definition.Targets.Select(pair => new EndpointTarget(pair.Target.Type, pair.Target.Value)).Where(target => IsLive(known, target))).Distinct().ToValueList(),
            Decisions = known.Decisions.RemoveRange(known.Decisions.Keys.Except(definition.Types)),
            Lead = definition.Providers.Contains(known.Lead, StringComparer.Ordinal) ? known.Lead : definition.Provider,
            Copies = Recopied(known, definition),
        };
    }

    /// <summary>What is asked of providers begins anew; a change under way at one that is not declared any more is waited for.</summary>
    private static ImmutableSortedDictionary<string, Copy> Recopied(ServiceState known, ServiceDefinition definition) =>
        known.Copies.Where(pair => pair.Value.Change is not null).Select(pair => pair.Key).Union(definition.Providers, StringComparer.Ordinal)
            .Select(provider => KeyValuePair.Create(provider, known.Copies.GetValueOrDefault(provider, new Copy())))
            .ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value with { Preparing = null, PendingRead = null, RetryAt = null, TtlMended = [] }, StringComparer.Ordinal);

    private static bool IsLive(ServiceState service, EndpointTarget target) =>
        service.Live?.Holds(target.Type, target.Value) == true;

    /// <summary>A probe ended.</summary>
    public void Observe(Observation seen)
    {
        FollowVoid();
        var observation = Credible(seen);
        if (!_state.Health.TryGetValue(observation.Target, out var before))
        {
            return; // of an endpoint that is not declared any more
        }

        var endpoint = EndpointOf(observation.Target);
        var after = before.With(observation, endpoint.Rule, now, endpoint.Timing.FastInterval);
        _state = _state with { Health = _state.Health.SetItem(observation.Target, after) };
        if (after.Status != before.Status)
        {
            HasMoved = after.FellAt != before.FellAt;
            _entries.Add(new HealthChanged { At = now, Service = Name, Target = observation.Target, From = before.Status, To = after.Status, Reason = after.Explain() });
        }

        Confirm(observation, endpoint, after);
        SuspectUs(before, after);
        TakeProof(observation);
        var quiet = after.Status == before.Status && after.IsFit == before.IsFit && after.IsBlind == before.IsBlind && after.CertificateTrouble == before.CertificateTrouble && !IsDue(_state.RevisitAt)
            && _state.IsWarm && !IsPreparing() && !WaitsFor(observation.Target);
        if (!quiet)
        {
            Advance();
        }
    }

    // Every probe comes by here, and most find nothing new: these two go without LINQ.
    private EndpointDefinition EndpointOf(TargetId target)
    {
        foreach (var endpoint in Definition.Endpoints)
        {
            if (endpoint.Name == target.Endpoint)
            {
                return endpoint;
            }
        }

        throw new InvalidOperationException($"{Name} has no endpoint {target.Endpoint}");
    }

    private bool IsPreparing()
    {
        foreach (var (_, copy) in _state.Copies)
        {
            if (copy.Preparing is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An entry could not be made durable: it is kept and tried again, and the write behind it was not made.</summary>
    public void JournalFailed(ControllerEvent.JournalFailed failed)
    {
        var lost = failed.Entries.OfType<IntentRecorded>().Select(intent => intent.Change.Id).ToHashSet();
        _state = _state with { Unrecorded = UnrecordedEntries.Keep(Name, _state.Unrecorded, failed), RecordAt = now + UnrecordedEntries.RetryAfter };
        if (LookAt(copy => copy.Change is { Stage: ChangeStage.Applying } change && lost.Contains(change.Intent.Change.Id)))
        {
            Copy = Copy with { Change = null };
        }

        Revisit();
    }

    private bool IsJournalWaiting => _state.RecordAt is { } at && at > now;

    private bool IsDue(DateTimeOffset? time) => time is { } at && at <= now;

    private long NextId()
    {
        _state = _state with { LastId = _state.LastId + 1 };
        return _state.LastId;
    }

    /// <summary>Works out when time alone can change something.</summary>
    private void Revisit()
    {
        var due = _state.Decisions.Values.Select(decision => decision.RevisitAt).Append(_state.RecordAt).Append(fleet.OwedUntil(now)).Append(NextTelling()).Append(NextLookAtOthers()).Concat(PlannedTimes)
            .Concat(_state.Copies.Values.SelectMany(DueTimes))
            .Where(time => time > now).Min();
        _state = _state with { RevisitAt = due };
    }

    private IEnumerable<DateTimeOffset?> DueTimes(Copy copy) =>
    [
        copy.RetryAt,
        copy.Live is null ? null : copy.LiveReadAt + fleet.ReconcileInterval,
        copy.Preparing?.Since + ProofLifetime,
        copy.Unverified is { IsAsked: false } unverified ? unverified.AskAt : null,
    ];

    /// <summary>Turns to the copy that something is true of, if there is one.</summary>
    private bool LookAt(Func<Copy, bool> isMeant)
    {
        var found = _state.Copies.FirstOrDefault(pair => isMeant(pair.Value)).Key;
        _at = found ?? _state.Lead;
        return found is not null;
    }
}
