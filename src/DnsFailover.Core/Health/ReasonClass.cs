namespace DnsFailover.Core.Health;

/// <summary>
/// What kind of reason an observation has: the sentence tells a person what happened, this tells a counter. It is a closed set, and
/// its names are those of metrics.
/// </summary>
public enum ReasonClass
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>Every expectation was met.</summary>
    Ok,

    /// <summary>The CNAME target does not exist, or has no address of the family.</summary>
    NoSuchName,

    /// <summary>Our resolver does not answer, or not in time.</summary>
    Resolver,

    /// <summary>The connection was refused.</summary>
    Refused,

    /// <summary>The connection was reset.</summary>
    Reset,

    /// <summary>The connection was closed before the reply was complete.</summary>
    Closed,

    /// <summary>A router on the way says that the network or the host cannot be reached.</summary>
    Unreachable,

    /// <summary>No connection within the timeout.</summary>
    ConnectTimeout,

    /// <summary>The TLS handshake took longer than the timeout.</summary>
    TlsTimeout,

    /// <summary>No reply, or not the whole of it, within the timeout.</summary>
    ReplyTimeout,

    /// <summary>The TLS handshake failed.</summary>
    Tls,

    /// <summary>The certificate is not valid for the name, now, or not valid for long enough.</summary>
    Certificate,

    /// <summary>What came back is not HTTP, or breaks its rules.</summary>
    Protocol,

    /// <summary>The status is not one of those expected.</summary>
    Status,

    /// <summary>A redirect that is not followed.</summary>
    Redirect,

    /// <summary>The body is not as expected.</summary>
    Body,

    /// <summary>It passed, but took longer than its latency limit.</summary>
    Slow,

    /// <summary>This machine has no route, no sockets, no free port or no permission.</summary>
    LocalNetwork,

    /// <summary>The check cannot be made as it is configured.</summary>
    Configuration,

    /// <summary>This machine is too busy for the probe.</summary>
    Overload,

    /// <summary>The check was changed or removed while the probe was under way.</summary>
    Outdated,

    /// <summary>A defect in the daemon.</summary>
    Defect,
}
