namespace DnsFailover.Core.Decisions;

/// <summary>What a decision does with the answer of one RRset.</summary>
public enum DecisionKind
{
    /// <summary>Nothing changes; the reason says why, also when a change was wanted and refused.</summary>
    Hold,

    /// <summary>Traffic leaves endpoints that are Down.</summary>
    Failover,

    /// <summary>Traffic returns to preferred endpoints that have recovered.</summary>
    Failback,

    /// <summary>Members, weights or the TTL change, but traffic does not change sides.</summary>
    Shift,

    /// <summary>An operator said so.</summary>
    Forced,
}
