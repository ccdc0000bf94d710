using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;

namespace DnsFailover.Core.Network;

/// <summary>What is known of our own network: whether a failure is likely to be ours. It holds for all services together.</summary>
public sealed record NetworkState
{
    /// <summary>The cause of the one condition that is told while nothing is written.</summary>
    public const string Cause = "network";

    /// <summary>An answer that has not come so long after every control target must have timed out is lost.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>The check under way; at most one.</summary>
    public ControlCheck? Check { get; init; }

    /// <summary>When the first check was asked for that no answer has come to since; null when none is owed.</summary>
    public DateTimeOffset? UnansweredSince { get; init; }

    /// <summary>The last answer; null when there is none.</summary>
    public ControlAnswer? Last { get; init; }

    /// <summary>Nothing is written because too few control targets answered; null when enough did.</summary>
    public ControlFreeze? ByControls { get; init; }

    /// <summary>Nothing is written because too much failed at once; null when it did not.</summary>
    public MassFreeze? ByMass { get; init; }

    /// <summary>Failures up to here are settled: they are taken for real, however many they are.</summary>
    public DateTimeOffset? MassSettledAt { get; init; }

    /// <summary>The last verdicts that were declared void; null when none were.</summary>
    public VoidVerdicts? Void { get; init; }

    /// <summary>What was raised and is not over; null when nothing is.</summary>
    public Condition? Condition { get; init; }

    /// <summary>Until when at the latest a restart holds on to a hold of before it, since too much failed at once; null when there was none.</summary>
    public DateTimeOffset? HeldBefore { get; init; }

    /// <summary>When it was last told: what comes and goes is told once in a while.</summary>
    public DateTimeOffset? ToldAt { get; init; }

    /// <summary>When time alone can change something.</summary>
    public DateTimeOffset? RevisitAt { get; init; }

    /// <summary>The last number given to a check.</summary>
    public long LastId { get; init; }

    /// <summary>True while nothing is written for any service.</summary>
    public bool IsFrozen => ByControls is not null || ByMass is not null;

    /// <summary>What the journal, oldest first, tells of it.</summary>
    internal static NetworkState Remember(IEnumerable<JournalEntry> journal) => journal.Where(entry => entry.Service is null).Aggregate(new NetworkState(), (state, entry) => entry switch
    {
        ConditionRaised { Cause: Cause } raised => state with { Condition = new Condition(Cause, raised.Alert, raised.Reason, raised.Since, raised.Told), HeldBefore = raised.HoldsUntil },
        ConditionCleared { Cause: Cause } => state with { Condition = null, HeldBefore = null },
        _ => state,
    });

    /// <summary>When the check under way counts as lost; null when there is none.</summary>
    internal DateTimeOffset? LostAt(SelfCheckRule rule) => Check?.AskedAt + rule.Timeout + Grace;

    /// <summary>Until when it is waited for an answer before failures are told; a checker that never answers must not keep them quiet.</summary>
    internal DateTimeOffset? PatientUntil(SelfCheckRule rule) => UnansweredSince + ((rule.Timeout + Grace) * 2);

    /// <summary>Why nothing is written; null when something may be.</summary>
    internal string? Why(SelfCheckRule? rule) =>
        ByControls is not null && rule is not null ? Last?.Shortage(rule) ?? Condition?.Reason ?? "the control targets did not answer"
        : ByMass?.Reason;
}

/// <summary>The control targets are being asked.</summary>
/// <param name="RequestId">The number of the request.</param>
/// <param name="AskedAt">Since when.</param>
public sealed record ControlCheck(long RequestId, DateTimeOffset AskedAt);

/// <summary>Too few control targets answered.</summary>
/// <param name="Since">When the first check was asked that failed.</param>
/// <param name="RecheckAt">When they are asked again.</param>
public sealed record ControlFreeze(DateTimeOffset Since, DateTimeOffset RecheckAt);

/// <summary>Too much failed at once.</summary>
/// <param name="First">When the first of the endpoints went down.</param>
/// <param name="Since">When it was noticed.</param>
/// <param name="Until">When what is still down then is taken for real.</param>
/// <param name="Reason">The sentence with the figures.</param>
/// <param name="Who">Which endpoints, for people.</param>
public sealed record MassFreeze(DateTimeOffset First, DateTimeOffset Since, DateTimeOffset Until, string Reason, ValueList<string> Who)
{
    /// <summary>True when it was noticed before a restart, which cannot tell any more what failed when: then it lasts to its end.</summary>
    public bool IsOfBefore { get; init; }
}

/// <summary>Verdicts that rest on a fault of ours, and so say nothing.</summary>
/// <param name="Number">Counts up, so that each service follows each once.</param>
/// <param name="From">What failed since then is void.</param>
/// <param name="At">When they were declared void. A failed probe that had begun before is void as well.</param>
/// <param name="UnlessFailedSince">What has failed since then too is not void; null when all of it is.</param>
public sealed record VoidVerdicts(long Number, DateTimeOffset From, DateTimeOffset At, DateTimeOffset? UnlessFailedSince);
