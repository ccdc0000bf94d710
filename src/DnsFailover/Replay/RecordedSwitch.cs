using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Replay;

/// <summary>A change of the answer that was written, in the record or in a replay.</summary>
/// <param name="Intent">It.</param>
internal sealed record RecordedSwitch(IntentRecorded Intent)
{
    /// <summary>A failover that is looked for so much later or earlier is another one.</summary>
    private static readonly TimeSpan FarthestFailover = TimeSpan.FromMinutes(15);

    /// <summary>When it was decided.</summary>
    public DateTimeOffset At => Intent.At;

    /// <summary>Of which name.</summary>
    public DnsName Service => Intent.Change.Name;

    /// <summary>In short: <c>Failover from railway (192.0.2.1) to render (192.0.2.2)</c>.</summary>
    public string Title => $"{Intent.Decision} from {Intent.From} to {Intent.To}";

    /// <summary>True when it brings the name to the same values as another.</summary>
    public bool LeadsWhere(RecordedSwitch other) => Service == other.Service && LeadWhere(Intent.Change, other.Intent.Change);

    /// <summary>True when two changes of one name bring it to the same values.</summary>
    public static bool LeadWhere(ChangeSet one, ChangeSet other) => one.Changes.Count == other.Changes.Count && one.Changes.Zip(other.Changes).All(pair => pair.First.After.HasSameValues(pair.Second.After));

    /// <summary>True when both may be one: they lead to the same values, and a failover that is so much later or earlier is another one.</summary>
    public bool IsAbout(RecordedSwitch other) => LeadsWhere(other) && (Intent.FirstFailureAt is null || (other.At - At).Duration() <= FarthestFailover);

    /// <summary>True when records hold what it writes.</summary>
    public bool IsIn(NameRecords? records) => records is not null && Intent.Change.IsAppliedIn(records);

    /// <summary>The values that lost the traffic by it.</summary>
    public IEnumerable<EndpointTarget> Lost => Intent.Change.Changes.SelectMany(change =>
        (change.Before?.Values ?? []).Select(value => value.Data).Except(change.After.Values.Select(value => value.Data), StringComparer.Ordinal).Select(value => new EndpointTarget(change.After.Type, value)));

    /// <summary>The switches that are in a journal: decisions that were written, not what follows them elsewhere, and no mended TTLs.</summary>
    public static IEnumerable<RecordedSwitch> In(IReadOnlyList<JournalEntry> entries) => Written(entries)
        .Where(intent => !intent.Follows && intent.Change.Changes.Any(change => change.Before?.HasSameValues(change.After) != true))
        .Select(intent => new RecordedSwitch(intent));

    /// <summary>The changes that were written, or may have been: those without an outcome that says otherwise.</summary>
    public static IEnumerable<IntentRecorded> Written(IReadOnlyList<JournalEntry> entries)
    {
        var unwritten = entries.OfType<OutcomeRecorded>().Where(outcome => outcome.Result is ChangeResult.Conflict or ChangeResult.Failed or ChangeResult.Rejected)
            .Select(outcome => (outcome.Service, outcome.Provider, outcome.ChangeId)).ToHashSet();
        return entries.OfType<IntentRecorded>().Where(intent => !unwritten.Contains((intent.Service, intent.Provider, intent.Change.Id)));
    }
}
