using DnsFailover.Core.Alerts;

namespace DnsFailover.Core.Control;

/// <summary>Something that was raised once and is not over yet.</summary>
/// <param name="Cause">Stable name of the cause.</param>
/// <param name="Kind">The kind of alert it is.</param>
/// <param name="Reason">The sentence.</param>
/// <param name="Since">Since when.</param>
/// <param name="Told">True once a person was told of it, so that its end is told too.</param>
public sealed record Condition(string Cause, AlertKind Kind, string Reason, DateTimeOffset Since, bool Told);
