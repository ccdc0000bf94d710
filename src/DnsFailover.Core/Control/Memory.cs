using System.Collections.Immutable;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>
/// What outlives a service's absence, be it a restart or a reload that left it out for a while: hold-downs, conditions,
/// the numbers given, and a change without an outcome.
/// </summary>
public sealed record Memory
{
    /// <summary>When each RRset's traffic last changed sides.</summary>
    public ValueList<HoldDown> HoldDowns { get; init; } = [];

    /// <summary>The values of the last change that was written.</summary>
    public ValueList<EndpointTarget> Formerly { get; init; } = [];

    /// <summary>The provider that led when a change last ended; null when none has.</summary>
    public string? Lead { get; init; }

    /// <summary>By provider: the last change, where it was written but not every authoritative server answered it.</summary>
    public ImmutableSortedDictionary<string, UnverifiedChange> Unverified { get; init; } = ImmutableSortedDictionary.Create<string, UnverifiedChange>(StringComparer.Ordinal);

    /// <summary>By provider: what somebody else has changed, and when it was put back the last times.</summary>
    public ImmutableSortedDictionary<string, (Drift? Drift, ValueList<DateTimeOffset> Restores)> Drifts { get; init; } =
        ImmutableSortedDictionary.Create<string, (Drift?, ValueList<DateTimeOffset>)>(StringComparer.Ordinal);

    /// <summary>What was raised and is not over yet, by cause.</summary>
    public ImmutableSortedDictionary<string, Condition> Conditions { get; init; } = ImmutableSortedDictionary.Create<string, Condition>(StringComparer.Ordinal);

    /// <summary>The last number given: numbers only grow, so that an answer of before is not taken for one of now.</summary>
    public long LastId { get; init; }

    /// <summary>By provider: the intent that has no outcome.</summary>
    public ImmutableSortedDictionary<string, IntentRecorded> Unfinished { get; init; } = NoIntents;

    private static ImmutableSortedDictionary<string, IntentRecorded> NoIntents => ImmutableSortedDictionary.Create<string, IntentRecorded>(StringComparer.Ordinal);

    /// <summary>What is remembered of a service that is not declared any more and has no change under way.</summary>
    internal static Memory Of(ServiceState service) => new()
    {
        HoldDowns = service.HoldDowns,
        Formerly = service.Formerly,
        Conditions = service.Conditions,
        Lead = service.Lead,
        Unverified = service.Copies.Where(pair => pair.Value.Unverified is not null).ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Unverified!, StringComparer.Ordinal),
        Drifts = service.Copies.ToImmutableSortedDictionary(pair => pair.Key, pair => (pair.Value.Drift, pair.Value.Restores), StringComparer.Ordinal),
        LastId = service.LastId,
    };

    /// <summary>Folds the entries, oldest first, into what is remembered of each service.</summary>
    internal static ImmutableSortedDictionary<DnsName, Memory> Fold(IEnumerable<JournalEntry> journal)
    {
        var memories = ImmutableSortedDictionary.CreateBuilder<DnsName, Memory>();
        foreach (var entry in journal)
        {
            if (entry.Service is { } service)
            {
                memories[service] = memories.GetValueOrDefault(service, new Memory()).With(entry);
            }
        }

        return memories.ToImmutable();
    }

    /// <summary>
    /// Gives a new service its memory back. A switch in the future (the clock was wrong when it was recorded) counts as
    /// one of now, so that its hold-down ends.
    /// </summary>
    internal ServiceState Restore(ServiceState service, DateTimeOffset now) => service with
    {
        Formerly = Formerly,
        Lead = Lead is not null && service.Copies.ContainsKey(Lead) ? Lead : service.Lead,
        HoldDowns = HoldDowns.Select(hold => hold.SwitchedAt > now ? hold with { SwitchedAt = now } : hold).ToValueList(),
        Conditions = Conditions,
        LastId = LastId,
        Copies = service.Copies.Keys.Union(Unfinished.Keys.Where(provider => provider.Length > 0), StringComparer.Ordinal).Aggregate(
            service.Copies,
            (copies, provider) => copies.SetItem(provider, Restore(copies.GetValueOrDefault(provider, new Copy()), provider == service.Definition.Provider && Unfinished.ContainsKey(string.Empty) ? string.Empty : provider, now))),
    };

    private Copy Restore(Copy copy, string provider, DateTimeOffset now) => copy with
    {
        Drift = Drifts.GetValueOrDefault(provider).Drift,
        Restores = Drifts.TryGetValue(provider, out var drifts) ? drifts.Restores : [],
        Change = Unfinished.TryGetValue(provider, out var unfinished)
            ? new ChangeUnderWay(unfinished, ChangeStage.Resolving, Trouble: "the daemon stopped before the outcome was known")
            : null,
        Unverified = Unverified.TryGetValue(provider, out var unverified) ? unverified with { AskAt = now, IsAsked = false } : null,
    };

    private Memory With(JournalEntry entry) => entry switch
    {
        IntentRecorded intent => this with { Unfinished = Unfinished.SetItem(intent.Provider, intent), LastId = Math.Max(LastId, intent.Change.Id) },
        OutcomeRecorded outcome => this with
        {
            HoldDowns = outcome.HoldDowns,
            Formerly = outcome.Formerly,
            Lead = outcome.Lead,
            Unverified = outcome.Result == ChangeResult.Unverified && Unfinished.TryGetValue(outcome.Provider, out var intent) && intent.Change.Id == outcome.ChangeId
                ? Unverified.SetItem(outcome.Provider, new UnverifiedChange(intent.Change.Id, intent.Change.Changes.Select(change => change.After).ToValueList(), outcome.At, IsAsked: false))
                : Unverified.Remove(outcome.Provider),
            LastId = Math.Max(LastId, outcome.ChangeId),
            Unfinished = Unfinished.TryGetValue(outcome.Provider, out var open) && open.Change.Id <= outcome.ChangeId ? Unfinished.Remove(outcome.Provider) : Unfinished,
        },
        DriftNoticed drift => this with { HoldDowns = drift.HoldDowns, Unverified = Unverified.Remove(drift.Provider), Drifts = Drifts.SetItem(drift.Provider, (drift.Response, drift.Restores)) },
        DriftEnded ended => this with { Unverified = Unverified.Remove(ended.Provider), Drifts = Drifts.SetItem(ended.Provider, (null, ended.Restores)) },
        ConditionRaised raised => this with { Conditions = Conditions.SetItem(raised.Cause, new Condition(raised.Cause, raised.Alert, raised.Reason, raised.Since, raised.Told)) },
        ConditionCleared cleared => this with { Conditions = Conditions.Remove(cleared.Cause) },
        _ => this,
    };
}
