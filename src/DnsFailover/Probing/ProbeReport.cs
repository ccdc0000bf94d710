using System.Globalization;
using System.Net;
using DnsFailover.Core;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>An observation with everything else that the probe saw, for a person who asks.</summary>
/// <param name="Observation">The result.</param>
/// <param name="Details">What was seen on the way.</param>
internal sealed record ProbeReport(Observation Observation, ProbeDetails Details);

/// <summary>What a probe saw; null for what it did not come to see.</summary>
internal sealed record ProbeDetails
{
    /// <summary>Nothing was seen yet.</summary>
    public static readonly ProbeDetails None = new();

    /// <summary>The address and port that were dialled last.</summary>
    public IPEndPoint? RemoteAddress { get; init; }

    /// <summary>For example <c>HTTP/1.1</c>.</summary>
    public string? HttpVersion { get; init; }

    /// <summary>The status code of the last reply.</summary>
    public int? StatusCode { get; init; }

    /// <summary>For example <c>Tls13</c>.</summary>
    public string? TlsProtocol { get; init; }

    /// <summary>For example <c>TLS_AES_256_GCM_SHA384</c>.</summary>
    public string? TlsCipher { get; init; }

    /// <summary>The certificate that was shown, valid or not.</summary>
    public CertificateSummary? Certificate { get; init; }

    /// <summary>The first response headers, each <c>name: value</c>, cut to a line's length; cookies are masked.</summary>
    public ValueList<string> ResponseHeaders { get; init; } = [];
}

/// <summary>Who a certificate is for, who says so, and for how long.</summary>
internal sealed record CertificateSummary(string Subject, string Issuer, ValueList<string> Names, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>On one line: <c>api.example.com, issued by CN=R11, valid from 2026-11-01 to 2027-01-30</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Names.Count > 0 ? Names.ToString() : Subject)}, issued by {Issuer}, valid from {NotBefore.UtcDateTime:yyyy-MM-dd} to {NotAfter.UtcDateTime:yyyy-MM-dd}");

    /// <summary>Whole days of validity left; negative once it has expired.</summary>
    public int DaysLeft(DateTimeOffset now) => (int)Math.Floor((NotAfter - now).TotalDays);
}
