using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DnsFailover.Probing;

/// <summary>
/// The framework builds a chain of its own in every handshake, whatever is asked of it. Nobody looks at what comes of it, since
/// <see cref="ValidatedChains"/> judges; but verifying the signature of an issuer with a P-384 key takes as long as the rest of the handshake. So it is
/// offered a root that has the issuer's name and another key: a root goes before what the endpoint has shown
/// (https://docs.openssl.org/3.0/man3/X509_VERIFY_PARAM_set_flags/, X509_V_FLAG_TRUSTED_FIRST), and the search ends there at once.
/// </summary>
internal sealed class IdleChains
{
    /// <summary>More than that are forgotten all at once: what is in use comes back with the next probe.</summary>
    private const int Most = 20_000;

    private readonly ConcurrentDictionary<string, X509Certificate2> _byHost = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, X509Certificate2> _byIssuer = new(StringComparer.Ordinal);

    /// <summary>What the framework shall do in a handshake: trust nobody, ask nobody, and be done soon.</summary>
    /// <param name="host">For whom the handshake is.</param>
    /// <param name="now">By the wall clock.</param>
    public X509ChainPolicy PolicyFor(string host, DateTimeOffset now) =>
        ValidatedChains.Policy(_byHost.TryGetValue(host, out var root) ? [root] : [], now);

    /// <summary>Remembers who has issued the certificate of a host.</summary>
    /// <param name="host">It.</param>
    /// <param name="leaf">Its certificate.</param>
    /// <param name="now">By the wall clock.</param>
    public void Saw(string host, X509Certificate2 leaf, DateTimeOffset now)
    {
        var issuer = leaf.IssuerName;
        if (_byHost.TryGetValue(host, out var known) && known.SubjectName.RawData.AsSpan().SequenceEqual(issuer.RawData))
        {
            return;
        }

        if (_byHost.Count >= Most || _byIssuer.Count >= Most)
        {
            _byHost.Clear();
            _byIssuer.Clear();
        }

        _byHost[host] = _byIssuer.GetOrAdd(Convert.ToBase64String(issuer.RawData), static (_, one) => RootNamed(one.issuer, one.now), (issuer, now));
    }

    private static X509Certificate2 RootNamed(X500DistinguishedName name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = new CertificateRequest(name, key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddYears(-1), now.AddYears(10));
        return X509CertificateLoader.LoadCertificate(root.RawDataMemory.Span); // without the key, which nobody needs again
    }
}
