using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using DnsFailover.Core;

namespace DnsFailover.Probing;

/// <summary>Says in words what is wrong with a certificate.</summary>
internal static class CertificateComplaint
{
    private const int LongestName = 100;

    /// <summary>
    /// The first thing wrong, or null: its time, then its name, then who vouches for it. The order is that of what an
    /// operator would mend first: an expired certificate is usually also reported as untrusted.
    /// </summary>
    public static string? Find(CertificateSummary leaf, bool selfSigned, X509Chain? chain, SslPolicyErrors errors, string host, DateTimeOffset now)
    {
        if (leaf.NotAfter < now)
        {
            return $"certificate expired {Wording.LongSpan(now - leaf.NotAfter)} ago";
        }

        if (leaf.NotBefore > now)
        {
            return $"certificate is not valid yet: it begins in {Wording.LongSpan(leaf.NotBefore - now)}";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"certificate is for {Names(leaf)}, not {host}";
        }

        return errors == SslPolicyErrors.None ? null : $"certificate is not trusted: {Distrust(leaf, selfSigned, chain, now)}";
    }

    /// <summary>What the certificate says, copied out of it.</summary>
    public static CertificateSummary Summarize(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .Take(100).Select(name => Wording.Clean(name, LongestName)).ToValueList();
        return new CertificateSummary(
            Wording.Clean(certificate.Subject, LongestName),
            Wording.Clean(certificate.Issuer, LongestName),
            names,
            new DateTimeOffset(certificate.NotBefore.ToUniversalTime()),
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
    }

    private static string Names(CertificateSummary leaf) => leaf.Names.Count switch
    {
        0 => leaf.Subject.Length == 0 ? "nobody" : leaf.Subject,
        <= 3 => string.Join(", ", leaf.Names),
        _ => $"{string.Join(", ", leaf.Names.Take(3))} and {leaf.Names.Count - 3} more",
    };

    private static string Distrust(CertificateSummary leaf, bool selfSigned, X509Chain? chain, DateTimeOffset now)
    {
        if (selfSigned)
        {
            return "self-signed";
        }

        if (chain is null)
        {
            return "no certificate was shown";
        }

        foreach (var element in chain.ChainElements.Skip(1))
        {
            var above = Summarize(element.Certificate);
            if (above.NotAfter < now)
            {
                return $"that of its issuer {above.Subject} expired {Wording.LongSpan(now - above.NotAfter)} ago";
            }
        }

        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        return flags switch
        {
            _ when flags.HasFlag(X509ChainStatusFlags.NotValidForUsage) => "it is not meant for servers",
            _ when flags.HasFlag(X509ChainStatusFlags.NotSignatureValid) => "a signature is wrong",
            _ when flags.HasFlag(X509ChainStatusFlags.UntrustedRoot) => $"its root {Summarize(chain.ChainElements[^1].Certificate).Subject} is not a trusted one",
            _ when flags.HasFlag(X509ChainStatusFlags.PartialChain) => $"its issuer {(chain.ChainElements.Count > 1 ? Summarize(chain.ChainElements[^1].Certificate).Issuer : leaf.Issuer)} is unknown",
            _ => flags.ToString(),
        };
    }
}
