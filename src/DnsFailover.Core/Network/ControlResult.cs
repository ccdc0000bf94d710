namespace DnsFailover.Core.Network;

/// <summary>What one control target did when it was asked.</summary>
/// <param name="Target">Which, as failover.yaml spells it.</param>
/// <param name="Passed">Whether it answered.</param>
/// <param name="Reason">How, or why not.</param>
/// <param name="Took">How long that took.</param>
public sealed record ControlResult(string Target, bool Passed, string Reason, TimeSpan Took);
