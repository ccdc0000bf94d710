using System.Collections.Immutable;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>The records of one service at one of its providers: what they are, and what is being done about them.</summary>
public sealed record Copy
{
    /// <summary>What the provider was last seen to hold; null when that is not known.</summary>
    public NameRecords? Live { get; init; }

    /// <summary>What it should hold if nobody else has changed it: what was last seen or written; null when that is not known.</summary>
    public NameRecords? Expected { get; init; }

    /// <summary>What somebody else has changed and what becomes of it; null when there is no such thing.</summary>
    public Drift? Drift { get; init; }

    /// <summary>When records were put back the last times.</summary>
    public ValueList<DateTimeOffset> Restores { get; init; } = [];

    /// <summary>When it was read.</summary>
    public DateTimeOffset LiveReadAt { get; init; }

    /// <summary>The number of the read under way; null when there is none.</summary>
    public long? PendingRead { get; init; }

    /// <summary>Proof and records being gathered for a decision.</summary>
    public Preparation? Preparing { get; init; }

    /// <summary>The change under way: at most one per name and provider.</summary>
    public ChangeUnderWay? Change { get; init; }

    /// <summary>The last changes that were taken for not written, although the provider took them or may have: each may yet appear. Oldest first; one of those that are alike.</summary>
    public ValueList<ChangeUnderWay> Doubtful { get; init; } = [];

    /// <summary>Trouble with the provider: not before this is it asked again.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Why the provider could not be read, or did not take a change, the last time; null when it works.</summary>
    public string? Trouble { get; init; }

    /// <summary>How often in a row the records could not be read.</summary>
    public int ReadFailures { get; init; }

    /// <summary>How often in a row a change could not be written.</summary>
    public int WriteFailures { get; init; }

    /// <summary>A written change that not every authoritative server answers yet; null when there is none.</summary>
    public UnverifiedChange? Unverified { get; init; }

    /// <summary>The RRsets whose TTL was written once with this configuration; if it came back different, the provider wants it so.</summary>
    public ImmutableHashSet<RecordType> TtlMended { get; init; } = [];
}

/// <summary>Proof being gathered for a decision: fresh probes of the targets that shall get traffic, and the live records.</summary>
/// <param name="Since">When it began.</param>
/// <param name="ReadRequest">The number of the read; 0 while it is not asked for.</param>
/// <param name="ReadDone">Whether the records have come.</param>
/// <param name="Probes">The probe asked for each target, and its observation once it has come.</param>
public sealed record Preparation(DateTimeOffset Since, long ReadRequest, bool ReadDone, ImmutableSortedDictionary<TargetId, FreshProbe> Probes)
{
    /// <summary>Since when there is a decision that waits for it; null while there may only be one, since what has the traffic is suspected.</summary>
    public DateTimeOffset? WantedSince { get; init; }

    /// <summary>Nothing is asked for yet.</summary>
    internal static Preparation Begun(DateTimeOffset now) => new(now, ReadRequest: 0, ReadDone: false, ImmutableSortedDictionary<TargetId, FreshProbe>.Empty);

    /// <summary>There is a decision for it. What was gathered ahead and is no proof is gathered again.</summary>
    internal Preparation Wanted(DateTimeOffset now) => WantedSince is not null ? this : this with
    {
        WantedSince = now,
        Probes = Probes.RemoveRange(Probes.Where(pair => pair.Value.Result is not (null or { Verdict: Verdict.Pass })).Select(pair => pair.Key)),
    };
}

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
    /// <summary>The calls that were made for it, for its outcome.</summary>
    public ValueList<string> Calls { get; init; } = [];
}

/// <summary>A change that was written, but that not every authoritative server answered within the bound.</summary>
/// <param name="ChangeId">Its number.</param>
/// <param name="Expected">What they should answer.</param>
/// <param name="AskAt">When they are asked again.</param>
/// <param name="IsAsked">True while they are being asked.</param>
public sealed record UnverifiedChange(long ChangeId, ValueList<RecordSet> Expected, DateTimeOffset AskAt, bool IsAsked);
