using System.Collections.Immutable;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Drills;

/// <summary>Where a drill is.</summary>
public enum DrillLeg
{
    /// <summary>The canary is made to hold what the service holds.</summary>
    Settle,

    /// <summary>It moves, as it would if the active endpoint were down.</summary>
    Away,

    /// <summary>It comes back.</summary>
    Return,
}

/// <summary>A drill between its beginning and its end. There is one at a time.</summary>
public sealed record DrillUnderWay
{
    /// <summary>Its number.</summary>
    public required long Number { get; init; }

    /// <summary>The service that it is about.</summary>
    public required DnsName Service { get; init; }

    /// <summary>True when it moves the service itself.</summary>
    public required bool Live { get; init; }

    /// <summary>The name that it moves.</summary>
    public required DnsName Name { get; init; }

    /// <summary>Who asked for it; null for the schedule.</summary>
    public string? Actor { get; init; }

    /// <summary>The endpoints that are taken for down.</summary>
    public required ValueList<string> Down { get; init; }

    /// <summary>What the service held, and the name holds again at the end.</summary>
    public required NameRecords Home { get; init; }

    /// <summary>The service as it was declared when the leg began.</summary>
    public required ServiceDefinition Definition { get; init; }

    /// <summary>What validate promises.</summary>
    public required RecoveryBound Bound { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>Where it is.</summary>
    public required DrillLeg Leg { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset LegSince { get; init; }

    /// <summary>When the leg is given up.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>The name at each provider.</summary>
    public ImmutableSortedDictionary<string, DrillCopy> Copies { get; init; } = ImmutableSortedDictionary.Create<string, DrillCopy>(StringComparer.Ordinal);

    /// <summary>The fresh probes that were made for it, by the service's targets.</summary>
    public ImmutableSortedDictionary<TargetId, FreshProbe> Probes { get; init; } = ImmutableSortedDictionary<TargetId, FreshProbe>.Empty;

    /// <summary>The steps that are done.</summary>
    public ValueList<DrillPhase> Phases { get; init; } = [];

    /// <summary>What went wrong first, and what to do about it; null while nothing has.</summary>
    public DrillFailure? Failure { get; init; }

    /// <summary>From where it moved, for people.</summary>
    public required string From { get; init; }

    /// <summary>To where; null while it has not.</summary>
    public string? To { get; init; }

    /// <summary>What happened so far, for who looks on.</summary>
    public ValueList<string> Lines { get; init; } = [];

    /// <summary>The last number given.</summary>
    public long LastId { get; init; }

    /// <summary>True once the endpoints of this leg are drained, when the service itself is moved.</summary>
    public bool HasDrained { get; init; }

    /// <summary>True while the service itself is moved and an operator or planned maintenance holds it where it is.</summary>
    public bool IsHeld { get; init; }

    /// <summary>True when a daemon before this one began it.</summary>
    public bool IsResumed { get; init; }

    /// <summary>When time alone can change something.</summary>
    public DateTimeOffset? RevisitAt { get; init; }
}

/// <summary>Why a drill fails.</summary>
/// <param name="Reason">The sentence.</param>
/// <param name="Next">What to do about it.</param>
public sealed record DrillFailure(string Reason, string Next);

/// <summary>The name at one provider, during one leg.</summary>
public sealed record DrillCopy
{
    /// <summary>What was read there during this leg; null when nothing was.</summary>
    public NameRecords? Live { get; init; }

    /// <summary>When it was read.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>The number of the read under way.</summary>
    public long? PendingRead { get; init; }

    /// <summary>The change that is being written, or was.</summary>
    public ChangeSet? Change { get; init; }

    /// <summary>A change of which it is not known whether it was written; a read will tell.</summary>
    public ChangeSet? Doubtful { get; init; }

    /// <summary>When its intent was recorded, the first time.</summary>
    public DateTimeOffset? IntentAt { get; init; }

    /// <summary>When the provider had it.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    /// <summary>When every name server answered it, or was given up; or when it turned out that there is nothing to write.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What the name servers answered, in the words of the verification.</summary>
    public ControllerEvent.VerificationEnded? Verification { get; init; }

    /// <summary>How often in a row something did not work.</summary>
    public int Failures { get; init; }

    /// <summary>Why it did not work the last time.</summary>
    public string? Trouble { get; init; }

    /// <summary>Not before this is it tried again.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>True while a write has no answer: nothing else may be written there.</summary>
    public bool IsWriting => Change is not null && WrittenAt is null;
}
