using System.Collections.Immutable;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
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

    /// <summary>Until every target has a verdict, and at most until then, nothing is written.</summary>
    public DateTimeOffset? ColdUntil { get; init; }

    /// <summary>What the provider was last seen to hold; null when that is not known.</summary>
    public NameRecords? Live { get; init; }

    /// <summary>When it was read.</summary>
    public DateTimeOffset LiveReadAt { get; init; }

    /// <summary>The number of the read under way; null when there is none.</summary>
    public long? PendingRead { get; init; }

    /// <summary>Proof and records being gathered for a decision.</summary>
    public Preparation? Preparing { get; init; }

    /// <summary>The change under way: at most one per name.</summary>
    public ChangeUnderWay? Change { get; init; }

    /// <summary>Trouble with the provider: not before this is it asked again.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>How often in a row the records could not be read.</summary>
    public int ReadFailures { get; init; }

    /// <summary>How often in a row a change could not be written.</summary>
    public int WriteFailures { get; init; }

    /// <summary>The last decision for each RRset.</summary>
    public ImmutableSortedDictionary<RecordType, Decision> Decisions { get; init; } = ImmutableSortedDictionary<RecordType, Decision>.Empty;

    /// <summary>When each RRset's traffic last changed sides.</summary>
    public ValueList<HoldDown> HoldDowns { get; init; } = [];

    /// <summary>The values of the last change that was written, and those declared before a reload while they were live: ours, whoever declares them now.</summary>
    public ValueList<EndpointTarget> Formerly { get; init; } = [];

    /// <summary>A written change that not every authoritative server answers yet; null when there is none.</summary>
    public UnverifiedChange? Unverified { get; init; }

    /// <summary>What was alerted and is not over yet, by cause.</summary>
    public ImmutableSortedDictionary<string, Condition> Conditions { get; init; } = ImmutableSortedDictionary<string, Condition>.Empty;

    /// <summary>When each cause was last alerted: one that comes and goes is told once in a while, not each time.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> ToldAt { get; init; } = ImmutableSortedDictionary<string, DateTimeOffset>.Empty;

    /// <summary>The RRsets whose TTL was written once with this configuration; if it came back different, the provider wants it so.</summary>
    public ImmutableHashSet<RecordType> TtlMended { get; init; } = [];

    /// <summary>What could not be made durable and is tried again, oldest first.</summary>
    public Effect.Record? Unrecorded { get; init; }

    /// <summary>Trouble with the journal: not before this is it tried again by itself, or anything written at the provider.</summary>
    public DateTimeOffset? RecordAt { get; init; }

    /// <summary>When time alone can change something.</summary>
    public DateTimeOffset? RevisitAt { get; init; }

    /// <summary>The last number given to a request or a change of this service.</summary>
    public long LastId { get; init; }

    /// <summary>True when the service is not declared any more and only its change under way is awaited.</summary>
    public bool Retired { get; init; }

    /// <summary>When traffic of an RRset last changed sides.</summary>
    public DateTimeOffset? SwitchedAt(RecordType type) => HoldDowns.FirstOrDefault(hold => hold.Type == type)?.SwitchedAt;
}

/// <summary>Proof being gathered for a decision: fresh probes of the targets that shall get traffic, and the live records.</summary>
/// <param name="Since">When it began.</param>
/// <param name="ReadRequest">The number of the read.</param>
/// <param name="ReadDone">Whether the records have come.</param>
/// <param name="Probes">The probe asked for each target, and its observation once it has come.</param>
public sealed record Preparation(DateTimeOffset Since, long ReadRequest, bool ReadDone, ImmutableSortedDictionary<TargetId, FreshProbe> Probes);

/// <summary>A probe made for a decision.</summary>
/// <param name="RequestId">Its number.</param>
/// <param name="Result">Its observation, once it has come.</param>
public sealed record FreshProbe(long RequestId, Observation? Result);

/// <summary>Where a change is.</summary>
public enum ChangeStage
{
    /// <summary>At the provider.</summary>
    Applying,

    /// <summary>Its outcome is not known; a read will tell.</summary>
    Resolving,

    /// <summary>Written; the authoritative servers are being asked.</summary>
    Verifying,
}

/// <summary>A change between its intent and its outcome.</summary>
/// <param name="Intent">The durable intent.</param>
/// <param name="Stage">Where it is.</param>
/// <param name="WrittenAt">When the provider had it.</param>
/// <param name="Trouble">Why its outcome is not known, while it is being resolved.</param>
public sealed record ChangeUnderWay(IntentRecorded Intent, ChangeStage Stage, DateTimeOffset? WrittenAt = null, string? Trouble = null)
{
    /// <summary>The provider it went to, which a reload may have replaced meanwhile.</summary>
    public required string Provider { get; init; }
}

/// <summary>A change that was written, but that not every authoritative server answered within the bound.</summary>
/// <param name="ChangeId">Its number.</param>
/// <param name="Expected">What they should answer.</param>
/// <param name="AskAt">When they are asked again.</param>
/// <param name="IsAsked">True while they are being asked.</param>
public sealed record UnverifiedChange(long ChangeId, ValueList<RecordSet> Expected, DateTimeOffset AskAt, bool IsAsked);

/// <summary>Something that was raised once and is not over yet.</summary>
/// <param name="Cause">Stable name of the cause.</param>
/// <param name="Kind">The kind of alert it is.</param>
/// <param name="Reason">The sentence.</param>
/// <param name="Since">Since when.</param>
/// <param name="Told">True once a person was told of it, so that its end is told too.</param>
public sealed record Condition(string Cause, AlertKind Kind, string Reason, DateTimeOffset Since, bool Told);
