using System.Collections.Immutable;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>Everything the controller knows of one service.</summary>
public sealed record ServiceState
{
    /// <summary>What failover.yaml says.</summary>
    public required ServiceDefinition Definition { get; init; }

    /// <summary>The health of every target.</summary>
    public required ImmutableDictionary<TargetId, TargetHealth> Health { get; init; }

    /// <summary>The probes that are to make sure of its targets; only those that have some.</summary>
    public ImmutableDictionary<TargetId, Confirmations> Confirming { get; init; } = ImmutableDictionary<TargetId, Confirmations>.Empty;

    /// <summary>Its records at each of its providers, by the provider's name. One that is not declared any more stays until its change under way has ended.</summary>
    public required ImmutableSortedDictionary<string, Copy> Copies { get; init; }

    /// <summary>The provider whose records decisions are made on.</summary>
    public required string Lead { get; init; }

    /// <summary>What the leading provider was last seen to hold; null when that is not known.</summary>
    public NameRecords? Live => Copies[Lead].Live;

    /// <summary>A change under way, that of the leading provider first; null when there is none.</summary>
    public ChangeUnderWay? Change => Copies[Lead].Change ?? Copies.Values.Select(copy => copy.Change).FirstOrDefault(change => change is not null);

    /// <summary>True once every target had a verdict, or was probed so often that none is to be had: before, nothing is written.</summary>
    public bool IsWarm { get; init; }

    /// <summary>The last decision for each RRset.</summary>
    public ImmutableSortedDictionary<RecordType, Decision> Decisions { get; init; } = ImmutableSortedDictionary<RecordType, Decision>.Empty;

    /// <summary>When each RRset's traffic last changed sides.</summary>
    public ValueList<HoldDown> HoldDowns { get; init; } = [];

    /// <summary>The newest changes that moved traffic, oldest first: what budgets and dampers count.</summary>
    public ValueList<PastSwitch> Switches { get; init; } = [];

    /// <summary>The values of the last change that was written, and those declared before a reload while they were live: ours, whoever declares them now.</summary>
    public ValueList<EndpointTarget> Formerly { get; init; } = [];

    /// <summary>What was alerted and is not over yet, by cause.</summary>
    public ImmutableSortedDictionary<string, Condition> Conditions { get; init; } = ImmutableSortedDictionary<string, Condition>.Empty;

    /// <summary>When each cause was last alerted: one that comes and goes is told once in a while, not each time.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> ToldAt { get; init; } = ImmutableSortedDictionary<string, DateTimeOffset>.Empty;

    /// <summary>What could not be made durable and is tried again, oldest first.</summary>
    public Effect.Record? Unrecorded { get; init; }

    /// <summary>Trouble with the journal: not before this is it tried again by itself, or anything written at the provider.</summary>
    public DateTimeOffset? RecordAt { get; init; }

    /// <summary>When time alone can change something.</summary>
    public DateTimeOffset? RevisitAt { get; init; }

    /// <summary>The number of the last verdicts declared void that were followed.</summary>
    public long VoidsFollowed { get; init; }

    /// <summary>The last number given to a request or a change of this service.</summary>
    public long LastId { get; init; }

    /// <summary>True when the service is not declared any more and only its change under way is awaited.</summary>
    public bool Retired { get; init; }

    /// <summary>The cause that is raised when the service's drills are overdue.</summary>
    internal const string OverdueDrill = "drill-overdue";

    /// <summary>True when it is to be told that drills are overdue, or that they are not any more.</summary>
    internal bool IsDrillToJudge(DrillBook book, DateTimeOffset now) => Conditions.ContainsKey(OverdueDrill) != (!Retired && book.OverdueAt(Definition) <= now);

    /// <summary>When traffic last began to move because of health, also where the outcome is not known yet; null when it has not.</summary>
    public DateTimeOffset? LastMoveAt => Copies.Values.Select(copy => copy.Change?.Intent).Where(intent => intent is { MovesTraffic: true, Follows: false }).Select(intent => (DateTimeOffset?)intent!.At)
        .Append(Switches.LastOrDefault(past => past.Kind != DecisionKind.Forced)?.At).Max();

    /// <summary>When traffic of an RRset last changed sides, be it by a change that is written at a provider and has no outcome yet.</summary>
    public DateTimeOffset? SwitchedAt(RecordType type, DateTimeOffset now) => HoldDowns.Where(hold => hold.Type == type).Select(hold => (DateTimeOffset?)hold.SwitchedAt)
        .Concat(Written.Where(change => change.Intent.Switched.Contains(type)).Select(change => change.WrittenAt))
        .Concat(FollowedAt(now).Where(intent => intent.Switched.Contains(type)).Select(intent => (DateTimeOffset?)intent.At)).Max();

    /// <summary>
    /// The changes of a provider that led before, whose outcome is not known since the daemon was stopped in the middle, and that the one
    /// that leads now holds as well: it followed them, so that they were written. Without those that something has superseded.
    /// </summary>
    internal IEnumerable<IntentRecorded> FollowedAt(DateTimeOffset now)
    {
        foreach (var intent in Copies.Where(pair => pair.Key != Lead).Select(pair => pair.Value.Change).OfType<ChangeUnderWay>().Where(change => change is { Stage: ChangeStage.Resolving, Intent.Follows: false }).Select(change => change.Intent))
        {
            var followed = intent.Switched.Where(type => intent.At <= now && IsLive(intent, type) && !HoldDowns.Any(hold => hold.Type == type && hold.SwitchedAt > intent.At)).ToValueList();
            if (followed.Count > 0)
            {
                yield return intent with { Switched = followed };
            }
        }
    }

    private bool IsLive(IntentRecorded intent, RecordType type) => Live?[type] is { } live && intent.Change.Changes.Any(item => item.After.Type == type && live.HasSameValues(item.After));

    /// <summary>The changes that are written and have no outcome yet, without those that only follow.</summary>
    private IEnumerable<ChangeUnderWay> Written => Copies.Values.Select(copy => copy.Change).OfType<ChangeUnderWay>().Where(change => change is { Stage: ChangeStage.Verifying, Intent.Follows: false });
}
