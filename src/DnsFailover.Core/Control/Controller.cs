using System.Collections.Immutable;
using System.Diagnostics;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Network;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>The whole state of the daemon's judgement.</summary>
/// <param name="Configuration">What it steers.</param>
/// <param name="Services">The state of each service.</param>
/// <param name="ReloadRejected">The complaint about the last configuration file, while it is not mended.</param>
public sealed record ControllerState(
    ControllerConfiguration Configuration,
    ImmutableSortedDictionary<DnsName, ServiceState> Services,
    string? ReloadRejected)
{
    /// <summary>What operators have said, and has not ended.</summary>
    public ValueList<Override> Overrides { get; init; } = [];

    /// <summary>What is known of our own network.</summary>
    public NetworkState Network { get; init; } = new();

    /// <summary>Since when the configuration file is not usable; null while it is.</summary>
    public DateTimeOffset? RejectedSince { get; init; }

    /// <summary>No service asks for time before this; it may be too early by as much as a service has put its time off.</summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>What is remembered of services that are not declared now: a name left out by mistake comes back with its hold-down.</summary>
    public ImmutableSortedDictionary<DnsName, Memory> Former { get; init; } = ImmutableSortedDictionary<DnsName, Memory>.Empty;

    /// <summary>What is remembered of the drills of each service.</summary>
    public ImmutableSortedDictionary<DnsName, DrillBook> DrillBooks { get; init; } = ImmutableSortedDictionary<DnsName, DrillBook>.Empty;

    /// <summary>The drill under way; null when there is none.</summary>
    public DrillUnderWay? Drill { get; init; }

    /// <summary>What happened in the drill that ended last; null when none has since the start.</summary>
    public DrillProgress? LastProgress { get; init; }

    /// <summary>The number of the last drill.</summary>
    public long LastDrill { get; init; }

    /// <summary>When a drill will be overdue, or is to be looked at.</summary>
    public DateTimeOffset? DrillsDueAt { get; init; }

    /// <summary>What of the daemon as a whole could not be made durable and is tried again, oldest first.</summary>
    public Effect.Record? Unrecorded { get; init; }

    /// <summary>Not before this is it tried again.</summary>
    public DateTimeOffset? RecordAt { get; init; }
}

/// <summary>
/// The state machine: <c>Step(state, event, now) → (state, effects)</c>. It does nothing itself. Events are facts,
/// effects are requests, and a crash can only fall between two effects.
/// </summary>
public static partial class Controller
{
    /// <summary>The state before anything is known but the journal.</summary>
    /// <param name="configuration">What it steers.</param>
    /// <param name="journal">Every entry kept, oldest first.</param>
    /// <param name="now">The time of the start.</param>
    public static (ControllerState State, ValueList<Effect> Effects) Start(ControllerConfiguration configuration, IEnumerable<JournalEntry> journal, DateTimeOffset now)
    {
        List<JournalEntry> entries = [.. journal];
        var memories = Memory.Fold(entries);
        var services = configuration.Services.ToImmutableSortedDictionary(service => service.Name, service => New(service, memories, now));
        var state = new ControllerState(configuration, services, ReloadRejected: null) { Former = memories.RemoveRange(services.Keys), Network = NetworkState.Remember(entries) };
        var (next, effects) = Judge(state, [], now, static turn => turn.Start());
        var (started, more) = RecallDrills(Commands.Recall(next, entries, now), entries, now);
        return StillWrong.Stamp(Arranged((started, effects.Concat(more).ToValueList())), now);
    }

    /// <summary>One step.</summary>
    /// <param name="state">Before.</param>
    /// <param name="fact">What happened.</param>
    /// <param name="now">The time of the step, taken once.</param>
    public static (ControllerState State, ValueList<Effect> Effects) Step(ControllerState state, ControllerEvent fact, DateTimeOffset now) => StillWrong.Stamp(Arranged(InOrder(Take(state, fact, now))), now);

    private static (ControllerState State, ValueList<Effect> Effects) Take(ControllerState state, ControllerEvent fact, DateTimeOffset now) => Drilled(Meet(state, fact, now), fact, now);

    private static (ControllerState State, ValueList<Effect> Effects) Meet(ControllerState state, ControllerEvent fact, DateTimeOffset now) => fact switch
    {
        ControllerEvent.Observed e => OneService(state, e.Observation.Target.Service, now, turn => turn.Observe(e.Observation)),
        ControllerEvent.ProbeIsSlow e => OneService(state, e.Probe.Target.Service, now, turn => turn.Suspect(e.Probe)),
        ControllerEvent.RecordsRead e => OneService(state, e.Service, now, turn => turn.Read(e)),
        ControllerEvent.ReadFailed e => OneService(state, e.Service, now, turn => turn.ReadFailed(e)),
        ControllerEvent.ChangeApplied e => OneService(state, e.Service, now, turn => turn.Applied(e)),
        ControllerEvent.ChangeFailed e => OneService(state, e.Service, now, turn => turn.ApplyFailed(e)),
        ControllerEvent.VerificationEnded e => OneService(state, e.Service, now, turn => turn.Verified(e)),
        ControllerEvent.JournalFailed { Service: { } service } e when state.Services.ContainsKey(service) => OneService(state, service, now, turn => turn.JournalFailed(e)),
        ControllerEvent.JournalFailed { Service: { } name } when name == state.Drill?.Name => (state, []), // that of a canary is its drill's
        ControllerEvent.JournalFailed e => (state with { Unrecorded = UnrecordedEntries.Keep(service: null, state.Unrecorded, e), RecordAt = now + UnrecordedEntries.RetryAfter }, []),
        ControllerEvent.ConfigurationLoaded e => Loaded(state, e, now),
        ControllerEvent.ConfigurationRejected e => Rejected(state, e, now),
        ControllerEvent.TimePassed { Service: { } service } => OneService(state, service, now, static turn => turn.Advance()),
        ControllerEvent.TimePassed e => PassTime(state, e, now),
        ControllerEvent.ControlsChecked e => Judge(state, [], now, turn => turn.Answer(e)),
        ControllerEvent.OperatorCommanded { Command: OperatorCommand.Drill drill } => BeginDrill(state, drill, now),
        ControllerEvent.OperatorCommanded e => Commands.Take(state, e.Command, now),
        ControllerEvent.WindowsKnown e => Commands.Plan(state, e.Windows, now),
        _ => throw new UnreachableException(),
    };

    /// <summary>
    /// When time alone can change something, or sooner; null when only an event can. It costs nothing to ask after
    /// every event.
    /// </summary>
    public static DateTimeOffset? NextWake(ControllerState state) =>
        Earlier(Earlier(Earlier(state.WakeAt, state.Network.RevisitAt), Earlier(Commands.NextExpiry(state), state.Unrecorded is null ? null : state.RecordAt)), Earlier(state.Drill?.RevisitAt, state.DrillsDueAt));

    private static (ControllerState State, ValueList<Effect> Effects) OneService(ControllerState state, DnsName name, DateTimeOffset now, Action<ServiceTurn> act)
    {
        if (!state.Services.TryGetValue(name, out var service))
        {
            return (state, []); // an answer to a request of a service that is not declared any more
        }

        var fleet = new Fleet(state, state.Services);
        var turn = new ServiceTurn(service, fleet, now);
        act(turn);
        var (after, effects) = turn.End();
        var next = IsGone(after)
            ? state with { Services = state.Services.Remove(name), Former = state.Former.SetItem(name, Memory.Of(after)) }
            : state with { Services = state.Services.SetItem(name, after) };
        return AfterServices(next with { WakeAt = Earlier(state.WakeAt, after.RevisitAt), Overrides = Without(state.Overrides, turn.Ended) }, effects.ToValueList(), fleet, turn.HasMoved, now);
    }

    /// <summary>Gives a turn to every service, or to those that are meant.</summary>
    internal static (ControllerState State, ValueList<Effect> Effects) EachService(ControllerState state, DateTimeOffset now, Action<ServiceTurn> act, Func<ServiceState, bool>? which = null)
    {
        var (services, former) = (state.Services.ToBuilder(), state.Former.ToBuilder());
        var (effects, ended) = (new List<Effect>(), new List<Override>());
        var (fleet, moved) = (new Fleet(state, services), false);
        foreach (var (name, service) in InTurn(state.Services.Where(pair => which?.Invoke(pair.Value) ?? true)))
        {
            var turn = new ServiceTurn(service, fleet, now);
            act(turn);
            var (after, requested) = turn.End();
            effects.AddRange(requested);
            ended.AddRange(turn.Ended);
            moved |= turn.HasMoved;
            fleet.Update(after, now);
            if (IsGone(after))
            {
                services.Remove(name);
                former[name] = Memory.Of(after);
            }
            else if (!ReferenceEquals(after, service))
            {
                services[name] = after;
            }
        }

        var wakeAt = services.Values.Select(service => service.RevisitAt).Min();
        var next = state with { Services = services.ToImmutable(), Former = former.ToImmutable(), WakeAt = wakeAt, Overrides = Without(state.Overrides, ended) };
        return AfterServices(next, effects.ToValueList(), fleet, moved, now);
    }

    /// <summary>The most important first: what only some of them may do at the moment, these do.</summary>
    private static IEnumerable<KeyValuePair<DnsName, ServiceState>> InTurn(IEnumerable<KeyValuePair<DnsName, ServiceState>> services) =>
        services.OrderByDescending(pair => pair.Value.Definition.Importance);

    private static (ControllerState State, ValueList<Effect> Effects) Loaded(ControllerState state, ControllerEvent.ConfigurationLoaded loaded, DateTimeOffset now)
    {
        var declared = loaded.Configuration.Services.Select(service => service.Name).ToHashSet();
        var services = state.Services.Where(pair => !declared.Contains(pair.Key))
            .ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value with { Retired = true });
        foreach (var definition in loaded.Configuration.Services)
        {
            services = services.SetItem(definition.Name, state.Services.TryGetValue(definition.Name, out var known)
                ? ServiceTurn.Redefine(known, definition, now)
                : New(definition, state.Former, now));
        }

        var (judged, asked) = Judge(
            state with { Configuration = loaded.Configuration, Services = services, Former = state.Former.RemoveRange(services.Keys), ReloadRejected = null, RejectedSince = null },
            [],
            now,
            static turn => turn.Reload());
        var (next, effects) = EachService(judged, now, static turn => turn.Advance());
        ValueList<Alert> alerts = state.ReloadRejected is null
            ? []
            : [new Alert { Kind = AlertKind.Recovered, At = now, Title = "failover.yaml is valid again", Reason = loaded.Reason, Downtime = now - state.RejectedSince, Next = "The new configuration is in effect." }];
        var entry = new ConfigurationChanged { At = now, Accepted = true, Reason = loaded.Reason };
        return (next, asked.Concat(effects).Prepend(new Effect.Record(Name: null, [entry], alerts)).ToValueList());
    }

    private static (ControllerState State, ValueList<Effect> Effects) Rejected(ControllerState state, ControllerEvent.ConfigurationRejected rejected, DateTimeOffset now)
    {
        if (state.ReloadRejected == rejected.Reason)
        {
            return (state, []); // one cause, one message
        }

        var alert = new Alert
        {
            Kind = AlertKind.ReloadRejected,
            At = now,
            Title = "failover.yaml was rejected",
            Reason = rejected.Reason,
            Next = "The last good configuration goes on. Mend the file; it is read again as soon as it changes.",
        };
        var entry = new ConfigurationChanged { At = now, Accepted = false, Reason = rejected.Reason };
        return (state with { ReloadRejected = rejected.Reason, RejectedSince = state.RejectedSince ?? now }, [new Effect.Record(Name: null, [entry], [alert])]);
    }

    /// <summary>
    /// What of the daemon as a whole still waits to be durable goes in front of what is new of it, as with services: a freeze must
    /// not be recorded behind its own end, and come back at the next start.
    /// </summary>
    private static (ControllerState State, ValueList<Effect> Effects) InOrder((ControllerState State, ValueList<Effect> Effects) step)
    {
        if (step.State.Unrecorded is not { } waiting || step.Effects.OfType<Effect.Record>().FirstOrDefault(record => record.Name is null) is not { } fresh)
        {
            return step;
        }

        var merged = new Effect.Record(Name: null, waiting.Entries.Concat(fresh.Entries).ToValueList(), waiting.Alerts.Concat(fresh.Alerts).ToValueList());
        return (step.State with { Unrecorded = null }, step.Effects.Select(effect => ReferenceEquals(effect, fresh) ? merged : effect).ToValueList());
    }

    /// <summary>
    /// What asks and writes nothing goes first, and what is recorded of a name in one step is one record, where the first of them was. When it cannot
    /// be made durable, the later effects of that name are not carried out: a question among them would be waited for in vain, and so would
    /// the write of an intent in a second record.
    /// </summary>
    private static (ControllerState State, ValueList<Effect> Effects) Arranged((ControllerState State, ValueList<Effect> Effects) step)
    {
        if (IsArranged(step.Effects))
        {
            return step;
        }

        var arranged = step.Effects.Where(effect => !IsDurable(effect)).ToList();
        var firsts = new Dictionary<DnsName, int>();
        foreach (var effect in step.Effects.Where(IsDurable))
        {
            if (effect is Effect.Record { Name: { } name } record)
            {
                if (firsts.TryGetValue(name, out var first))
                {
                    var before = (Effect.Record)arranged[first];
                    arranged[first] = new Effect.Record(name, before.Entries.Concat(record.Entries).ToValueList(), before.Alerts.Concat(record.Alerts).ToValueList());
                    continue;
                }

                firsts.Add(name, arranged.Count);
            }

            arranged.Add(effect);
        }

        return (step.State, arranged.ToValueList());
    }

    private static bool IsDurable(Effect effect) => effect is Effect.Record or Effect.Apply;

    // Every step comes by here, and most have nothing to record.
    private static bool IsArranged(ValueList<Effect> effects)
    {
        var isBehind = false;
        HashSet<DnsName>? recorded = null;
        foreach (var effect in effects)
        {
            if (isBehind && !IsDurable(effect))
            {
                return false;
            }

            isBehind |= IsDurable(effect);
            if (effect is Effect.Record { Name: { } name } && !(recorded ??= []).Add(name))
            {
                return false;
            }
        }

        return true;
    }

    private static (ControllerState State, ValueList<Effect> Effects) RecordAgain((ControllerState State, ValueList<Effect> Effects) step, DateTimeOffset now) =>
        step.State.Unrecorded is { } unrecorded && !(step.State.RecordAt > now)
            ? (step.State with { Unrecorded = null }, step.Effects.Prepend(unrecorded).ToValueList())
            : step;

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) => left is null ? right : right < left ? right : left;

    private static ValueList<Override> Without(ValueList<Override> overrides, IReadOnlyList<Override> ended) => ended.Count == 0 ? overrides : overrides.Except(ended).ToValueList();

    private static ServiceState New(ServiceDefinition definition, ImmutableSortedDictionary<DnsName, Memory> memories, DateTimeOffset now)
    {
        var service = ServiceTurn.New(definition, now);
        return memories.TryGetValue(definition.Name, out var memory) ? memory.Restore(service, now) : service;
    }

    private static bool IsGone(ServiceState service) => service is { Retired: true, Unrecorded: null } && service.Copies.Values.All(copy => copy.Change is null);
}
