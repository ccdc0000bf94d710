using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>How a probe ended, before it becomes an <see cref="Observation"/>.</summary>
internal sealed record ProbeOutcome(Verdict Verdict, string Reason)
{
    /// <summary>Every expectation was met.</summary>
    public static ProbeOutcome Pass(string reason) => new(Verdict.Pass, reason);

    /// <summary>The endpoint's fault.</summary>
    public static ProbeOutcome Fail(string reason) => new(Verdict.Fail, reason);

    /// <summary>Our own fault.</summary>
    public static ProbeOutcome Inconclusive(string reason) => new(Verdict.Inconclusive, reason);
}

/// <summary>What a probe is waiting for.</summary>
internal enum ProbeStage
{
    /// <summary>The address of a CNAME target.</summary>
    Resolving,

    /// <summary>The TCP handshake.</summary>
    Connecting,

    /// <summary>The TLS handshake.</summary>
    TlsHandshake,

    /// <summary>The request was sent, nothing came back yet.</summary>
    WaitingForFirstByte,

    /// <summary>The reply has begun.</summary>
    ReadingHeaders,

    /// <summary>The headers are complete.</summary>
    ReadingBody,
}
