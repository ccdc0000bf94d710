using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Health;

/// <summary>What one probe found.</summary>
public enum Verdict
{
    /// <summary>Every expectation was met.</summary>
    Pass,

    /// <summary>The endpoint failed one of them.</summary>
    Fail,

    /// <summary>Our own fault (no route, resolver down, out of sockets): it says nothing about the endpoint.</summary>
    Inconclusive,
}

/// <summary>How long each phase of a probe took; null for a phase that was not reached or does not exist.</summary>
/// <param name="Dns">Resolving the CNAME target.</param>
/// <param name="Connect">The TCP handshake.</param>
/// <param name="Tls">The TLS handshake.</param>
/// <param name="FirstByte">From the sent request to the first byte of the reply.</param>
/// <param name="Total">The whole probe.</param>
public sealed record ProbePhases(TimeSpan? Dns, TimeSpan? Connect, TimeSpan? Tls, TimeSpan? FirstByte, TimeSpan Total);

/// <summary>One check run, and its result.</summary>
public sealed record Observation
{
    /// <summary>What was probed.</summary>
    public required TargetId Target { get; init; }

    /// <summary>When the probe began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The result.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>A sentence a person understands: "connection refused by 192.0.2.7:443", "status 200 in 34 ms".</summary>
    public required string Reason { get; init; }

    /// <summary>What kind of reason that is.</summary>
    public ReasonClass Class { get; init; }

    /// <summary>Where the time went.</summary>
    public required ProbePhases Phases { get; init; }

    /// <summary>Where the probe ran from.</summary>
    public string Vantage { get; init; } = "local";

    /// <summary>The number of the request that this probe was made for; null for a scheduled probe.</summary>
    public long? RequestId { get; init; }

    /// <summary>As evidence: <c>12:03:04.567 railway (192.0.2.1): connection refused by 192.0.2.1:443</c>, in UTC.</summary>
    public string Sentence => $"{StartedAt.UtcDateTime:HH:mm:ss.fff} {Target}: {Reason}";

    /// <summary>The end of the certificate's validity, when the probe saw one.</summary>
    public DateTimeOffset? CertificateExpiresAt { get; init; }

    /// <summary>
    /// What speaks against the certificate for users of the served name, although the check does not look at it, as
    /// "certificate is for *.up.railway.app, not api.example.com"; null when nothing does, or it is not known.
    /// </summary>
    public string? CertificateTrouble { get; init; }

    /// <summary>True for a probe of the schedule, false for a confirmation or a proof.</summary>
    public bool IsScheduled { get; init; }
}
