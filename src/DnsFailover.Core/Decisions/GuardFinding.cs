using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Decisions;

/// <summary>What one rule says of a change that is wanted: its figures in any case, and the refusal when it holds the change back.</summary>
/// <param name="Figures">The rule with its figures: <c>budget 10 an hour: 3 used</c>.</param>
/// <param name="Refusal">Why the change is held back; null when this rule lets it pass.</param>
/// <param name="RevisitAt">When time alone can change that.</param>
internal sealed record GuardFinding(string Figures, Refusal? Refusal = null, DateTimeOffset? RevisitAt = null)
{
    /// <summary>What has to be probed again before the rule can let it pass.</summary>
    public ValueList<TargetId> ProbeAgain { get; init; } = [];
}
