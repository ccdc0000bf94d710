using DnsFailover.Configuration;
using DnsFailover.Core;

namespace DnsFailover.Probing;

/// <summary>Which address family a probe of a CNAME target dials; an address target is of its own family.</summary>
public enum ProbeFamily
{
    /// <summary>IPv4 when the target has such an address, else IPv6.</summary>
    Auto,

    /// <summary>IPv4 only.</summary>
    Ipv4,

    /// <summary>IPv6 only.</summary>
    Ipv6,
}

/// <summary>What a probe does and expects.</summary>
public abstract record CheckDefinition
{
    /// <summary>The TCP port to dial.</summary>
    public required int Port { get; init; }

    /// <summary>After which the probe has failed.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The host name for the Host header and for SNI: the served name unless the check says otherwise.</summary>
    public required string Host { get; init; }

    /// <summary>Which family a probe of a CNAME target dials.</summary>
    public ProbeFamily Family { get; init; }

    /// <summary>A slower pass is a Fail; null for no limit but the timeout.</summary>
    public TimeSpan? LatencyLimit { get; init; }

    /// <summary>A certificate with less validity left is a Fail; null takes it until it expires.</summary>
    public TimeSpan? MinimumCertificateValidity { get; init; }

    /// <summary>
    /// What references in the texts of the check stood for when it was read, to be masked in all that is shown of it
    /// and of its probes. It counts for equality, and is not printed, hence no part of the check's fingerprint: what a
    /// probe does depends on the texts alone.
    /// </summary>
    internal ValueList<Secret> Masked { get; init; } = [];
}

/// <summary>The port accepts connections.</summary>
public sealed record TcpCheck : CheckDefinition;

/// <summary>The port completes a TLS handshake with a certificate that is valid for the host.</summary>
public sealed record TlsCheck : CheckDefinition
{
    /// <summary>A PEM file with the only roots to trust; null trusts the system's.</summary>
    public string? TrustedRoots { get; init; }
}

/// <summary>An HTTP request gets the expected answer.</summary>
public sealed record HttpCheck : CheckDefinition
{
    /// <summary>Whether the connection is TLS, with the certificate validated for the host.</summary>
    public required bool Https { get; init; }

    /// <summary>The request method.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Path and query.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Extra request headers, sorted by name.</summary>
    public ValueList<CheckHeader> Headers { get; init; } = [];

    /// <summary>The status codes that pass.</summary>
    public ValueList<StatusRange> Statuses { get; init; } = [new(200, 299)];

    /// <summary>What the body must contain.</summary>
    public string? BodyContains { get; init; }

    /// <summary>A regular expression (linear-time engine) that the body must match.</summary>
    public string? BodyMatches { get; init; }

    /// <summary>A value inside a JSON body.</summary>
    public JsonExpectation? BodyJson { get; init; }

    /// <summary>How many bytes of a body are read when one of the body conditions asks for it.</summary>
    public int MaxBodyBytes { get; init; } = 256 * 1024;

    /// <summary>How many redirects are followed; each goes to the same address and the same host only.</summary>
    public int MaxRedirects { get; init; }

    /// <summary>A PEM file with the only roots to trust; null trusts the system's.</summary>
    public string? TrustedRoots { get; init; }
}

/// <summary>A request header; the value may be a secret.</summary>
public sealed record CheckHeader(string Name, Secret Value);

/// <summary>Status codes from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
public readonly record struct StatusRange(int First, int Last)
{
    /// <summary><c>200-299</c>, or <c>204</c>.</summary>
    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}

/// <summary>A value inside a JSON body.</summary>
/// <param name="Path">Members and indices: <c>$.status</c>, <c>checks[0].ok</c>.</param>
/// <param name="ExpectedValue">The text of the value there: <c>ok</c>, <c>true</c>, <c>3</c>.</param>
public sealed record JsonExpectation(string Path, string ExpectedValue);
