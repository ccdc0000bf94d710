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

    /// <summary>The newest changes that moved traffic, oldest first.</summary>
    public ValueList<PastSwitch> Switches { get; init; } = [];

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

    /// <summary>By provider: the last changes that were taken for not written and may yet appear, oldest first.</summary>
    public ImmutableSortedDictionary<string, ValueList<IntentRecorded>> Doubtful { get; init; } = ImmutableSortedDictionary.Create<string, ValueList<IntentRecorded>>(StringComparer.Ordinal);

    /// <summary>Causes that name no provider in journals of before there could be several.</summary>
    private static readonly string[] OfBefore = ["provider-read", "provider-write", "unverified"];

    private static ImmutableSortedDictionary<string, IntentRecorded> NoIntents => ImmutableSortedDictionary.Create<string, IntentRecorded>(StringComparer.Ordinal);

    /// <summary>What is remembered of a service that is not declared any more and has no change under way.</summary>
    internal static Memory Of(ServiceState service) => new()
    {
        HoldDowns = service.HoldDowns,
        Switches = service.Switches,
        Formerly = service.Formerly,
        Conditions = service.Conditions,
        Lead = service.Lead,
        Unverified = service.Copies.Where(pair => pair.Value.Unverified is not null).ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Unverified!, StringComparer.Ordinal),
        Drifts = service.Copies.ToImmutableSortedDictionary(pair => pair.Key, pair => (pair.Value.Drift, pair.Value.Restores), StringComparer.Ordinal),
        LastId = service.LastId,
        Doubtful = service.Copies.Where(pair => pair.Value.Doubtful.Count > 0).ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Doubtful.Select(doubtful => doubtful.Intent).ToValueList(), StringComparer.Ordinal),
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

    /// <summary>Gives a new service its memory back. What lies in the future (the clock was wrong when it was recorded) is set right by its first step.</summary>
    internal ServiceState Restore(ServiceState service, DateTimeOffset now) => service with
    {
        Formerly = Formerly,
        Lead = Lead is not null && service.Copies.ContainsKey(Lead) ? Lead : service.Lead,
        HoldDowns = HoldDowns,
        Switches = Switches,
        Conditions = Conditions.Values.Select(condition => OfBefore.Contains(condition.Cause) ? condition with { Cause = $"{condition.Cause}:{service.Definition.Provider}" } : condition)
            .Select(condition => condition.Since > now ? condition with { Since = now } : condition)
            .ToImmutableSortedDictionary(condition => condition.Cause, condition => condition, StringComparer.Ordinal),
        LastId = LastId,
        Copies = service.Copies.Keys.Union(Unfinished.Keys.Where(provider => provider.Length > 0), StringComparer.Ordinal).Aggregate(
            service.Copies,
            (copies, provider) => copies.SetItem(provider, Restore(copies.GetValueOrDefault(provider, new Copy()), provider, isFirst: provider == service.Definition.Provider, now))),
    };

    private Copy Restore(Copy copy, string provider, bool isFirst, DateTimeOffset now) => copy with
    {
        Drift = Drifts.GetValueOrDefault(provider).Drift,
        Restores = Drifts.TryGetValue(provider, out var drifts) ? drifts.Restores : [],
        Change = Unfinished.TryGetValue(provider, out var unfinished) || (isFirst && Unfinished.TryGetValue(string.Empty, out unfinished))
            ? new ChangeUnderWay(unfinished, ChangeStage.Resolving, Trouble: "the daemon stopped before the outcome was known")
            : null,
        Doubtful = Doubtful.TryGetValue(provider, out var doubtful) ? doubtful.Select(intent => new ChangeUnderWay(intent, ChangeStage.Resolving, Trouble: "it was taken for not written before the daemon stopped")).ToValueList() : [],
        Unverified = Unverified.TryGetValue(provider, out var unverified) || (isFirst && Unverified.TryGetValue(string.Empty, out unverified)) ? unverified with { AskAt = now, IsAsked = false } : null,
    };

    private Memory With(JournalEntry entry) => entry switch
    {
        IntentRecorded intent => this with
        {
            Lead = intent.Follows || intent.Provider.Length == 0 ? Lead : intent.Provider, // also when no outcome follows: what it wrote is not to be taken back
            Unfinished = Unfinished.SetItem(intent.Provider, intent),
            LastId = Math.Max(LastId, intent.Change.Id),
        },
        OutcomeRecorded outcome => this with
        {
            HoldDowns = outcome.HoldDowns,
            Switches = outcome.Switches,
            Formerly = outcome.Formerly,
            Lead = outcome.Lead,
            Unverified = outcome.Result == ChangeResult.Unverified && Unfinished.Values.FirstOrDefault(open => open.Change.Id == outcome.ChangeId) is { } intent
                ? Without(Unverified, outcome.Provider).SetItem(outcome.Provider, new UnverifiedChange(intent.Change.Id, intent.Change.Changes.Select(change => change.After).ToValueList(), outcome.At, IsAsked: false))
                : Without(Unverified, outcome.Provider),
            Doubtful = Doubtful.SetItem(outcome.Provider, outcome.Doubtful),
            LastId = Math.Max(LastId, outcome.ChangeId),
            Unfinished = Unfinished.RemoveRange(Unfinished.Where(open => (open.Key.Length == 0 || open.Key == outcome.Provider) && open.Value.Change.Id <= outcome.ChangeId).Select(open => open.Key)),
        },
        DriftNoticed drift => this with { HoldDowns = drift.HoldDowns, Unverified = Without(Unverified, drift.Provider), Drifts = Drifts.SetItem(drift.Provider, (drift.Response, drift.Restores)) },
        DriftEnded ended => this with { HoldDowns = ended.HoldDowns, Unverified = Without(Unverified, ended.Provider), Drifts = Drifts.SetItem(ended.Provider, (ended.Left, ended.Restores)) },
        ConditionRaised raised => this with { Conditions = Conditions.SetItem(raised.Cause, new Condition(raised.Cause, raised.Alert, raised.Reason, raised.Since, raised.Told)) },
        ConditionCleared cleared => this with { Conditions = Conditions.Remove(cleared.Cause).RemoveRange(OfBefore.Where(cause => cleared.Cause.StartsWith($"{cause}:", StringComparison.Ordinal))) },
        _ => this,
    };

    /// <summary>Journals of before there could be several providers name none; there was but one then.</summary>
    private static ImmutableSortedDictionary<string, UnverifiedChange> Without(ImmutableSortedDictionary<string, UnverifiedChange> changes, string provider) =>
        changes.Remove(provider).Remove(string.Empty);
}
