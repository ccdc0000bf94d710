using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>How a probe ended, before it becomes an <see cref="Observation"/>.</summary>
internal sealed record ProbeOutcome(Verdict Verdict, string Reason, ReasonClass Class)
{
    /// <summary>Every expectation was met.</summary>
    public static ProbeOutcome Pass(string reason) => new(Verdict.Pass, reason, ReasonClass.Ok);

    /// <summary>The endpoint's fault.</summary>
    public static ProbeOutcome Fail(ReasonClass why, string reason) => new(Verdict.Fail, reason, why);

    /// <summary>Our own fault.</summary>
    public static ProbeOutcome Inconclusive(ReasonClass why, string reason) => new(Verdict.Inconclusive, reason, why);
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
