namespace DnsFailover.Api;

/// <summary>
/// What an event of the stream says. The events: <c>reset</c> (load everything anew: some events are not to be had any more), <c>daemon</c>
/// (with a <see cref="DaemonDocument"/>), <c>service</c> (with a <see cref="ServiceSummaryDocument"/>), <c>gone</c> and, for who asked for
/// one service, <c>observation</c>.
/// </summary>
/// <param name="LastEvent">The number to go on with.</param>
/// <param name="Now">The daemon's time.</param>
internal sealed record ResetDocument(long LastEvent, DateTimeOffset Now);

/// <summary>A service is not declared any more.</summary>
internal sealed record GoneDocument(string Name);

/// <summary>A probe of an address ended.</summary>
internal sealed record ObservedDocument(string Service, string Endpoint, string Type, string Value, ObservationDocument Observation);

/// <summary>What who asks may do.</summary>
/// <param name="Read">True when this caller may read.</param>
/// <param name="Change">True when this caller may say something.</param>
/// <param name="TokenIsSet">False when no token is configured, so that nobody may change anything here.</param>
/// <param name="StatusPage">private, public or off.</param>
/// <param name="Says">What is missing, and how to get it; null when nothing is.</param>
/// <param name="Version">Of the daemon.</param>
internal sealed record AccessDocument(bool Read, bool Change, bool TokenIsSet, string StatusPage, string? Says, string Version);

/// <summary>Whether the daemon lives, or is ready.</summary>
/// <param name="Status">live, not live, ready or not ready.</param>
/// <param name="WaitsFor">What is missing; null for who may not read.</param>
internal sealed record HealthDocument(string Status, IReadOnlyList<string>? WaitsFor);
