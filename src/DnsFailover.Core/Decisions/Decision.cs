using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Decisions;

/// <summary>A change that was wanted and is not made.</summary>
/// <param name="Cause">Names the cause, stable while it lasts: one cause, one message.</param>
/// <param name="Reason">The sentence with the arithmetic.</param>
/// <param name="Next">What the operator should do, or what the daemon waits for.</param>
/// <param name="NeedsOperator">True when it will not pass by itself, and so is worth an alert.</param>
public sealed record Refusal(string Cause, string Reason, string Next, bool NeedsOperator)
{
    /// <summary>The alert's title behind the name, where "is not changed" would not say it.</summary>
    public string? Title { get; init; }
}

/// <summary>What becomes of one RRset, and why; also when nothing does.</summary>
public sealed record Decision
{
    /// <summary>The RRset.</summary>
    public required RecordType Type { get; init; }

    /// <summary>What is done.</summary>
    public required DecisionKind Kind { get; init; }

    /// <summary>A sentence for journal, log, alert and page.</summary>
    public required string Reason { get; init; }

    /// <summary>What the RRset shall hold; null when it is left alone.</summary>
    public Answer? Answer { get; init; }

    /// <summary>The members that traffic newly goes to: each needs a fresh pass made for this decision.</summary>
    public ValueList<TargetId> NeedsProof { get; init; } = [];

    /// <summary>True when traffic changes sides, so that the hold-down begins.</summary>
    public bool ChangesSides { get; init; }

    /// <summary>The change that was wanted and not made; null when nothing was wanted.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The kind of the change that was wanted and not made, where a guard held it back.</summary>
    public DecisionKind? Wanted { get; init; }

    /// <summary>The rules that could have held it back, or do, each with its figures.</summary>
    public ValueList<string> Guards { get; init; } = [];

    /// <summary>True when traffic moves because of health: what the rules for all services together count.</summary>
    public bool MovesTraffic { get; init; }

    /// <summary>The targets whose evidence is too old to decide on.</summary>
    public ValueList<TargetId> ProbeAgain { get; init; } = [];

    /// <summary>When time alone can change this decision.</summary>
    public DateTimeOffset? RevisitAt { get; init; }

    /// <summary>What it waits for, with how long from now: the reason itself stands for as long as the decision does, and counts nothing down. Null when time alone changes nothing.</summary>
    public string? Waits(DateTimeOffset now) => Answer is null && RevisitAt > now ? $"{Reason}{(Refusal is null ? $", in {Text.Of(RevisitAt.Value - now)}" : string.Empty)}." : null;
}
