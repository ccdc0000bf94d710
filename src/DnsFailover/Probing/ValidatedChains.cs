using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DnsFailover.Probing;

/// <summary>
/// Remembers which certificates were found good for which name, so that the chain of an unchanged one is built every few minutes and
/// not with each handshake, where it would take longer than the handshake itself. Only what was good is remembered, and only for exactly the
/// same certificates, name and roots: another one is judged at once. The times of all certificates in the chain are held against the clock at every probe.
/// </summary>
/// <param name="time">Runs the minutes.</param>
internal sealed class ValidatedChains(TimeProvider time)
{
    /// <summary>So long a chain is not built again; the system's roots may change meanwhile.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>More than that are forgotten all at once: what is in use comes back with the next probe.</summary>
    private const int Most = 20_000;

    private static readonly Oid ForServers = new("1.3.6.1.5.5.7.3.1");

    private readonly ConcurrentDictionary<Key, Remembered> _good = new();

    /// <summary>How many chains were built.</summary>
    public int Built => Volatile.Read(ref _built);

    private int _built;

    /// <summary>Judges a certificate.</summary>
    /// <param name="leaf">It.</param>
    /// <param name="shown">The others that the endpoint has shown.</param>
    /// <param name="isNamed">Whether it is for the name.</param>
    /// <param name="host">The name.</param>
    /// <param name="roots">The only roots to trust, or null for the system's.</param>
    /// <param name="now">By the wall clock.</param>
    /// <returns>What it says, and what is wrong with it; null when nothing is.</returns>
    public (CertificateSummary Summary, string? Complaint) Judge(X509Certificate2 leaf, X509Certificate2Collection shown, bool isNamed, string host, X509Certificate2Collection? roots, DateTimeOffset now)
    {
        var key = new Key(PrintOf(leaf, shown), host, roots);
        if (isNamed && _good.TryGetValue(key, out var known) && time.GetElapsedTime(known.At) < Lifetime && known.From <= now && now <= known.Until)
        {
            return (known.Summary, null);
        }

        Interlocked.Increment(ref _built);
        using var chain = new X509Chain();
        chain.ChainPolicy = Policy(roots, now);
        chain.ChainPolicy.ApplicationPolicy.Add(ForServers);
        chain.ChainPolicy.ExtraStore.AddRange(shown);
        try
        {
            var errors = (chain.Build(leaf) ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateChainErrors) | (isNamed ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateNameMismatch);
            var summary = CertificateComplaint.Summarize(leaf);
            var selfSigned = leaf.SubjectName.RawData.AsSpan().SequenceEqual(leaf.IssuerName.RawData);
            var complaint = CertificateComplaint.Find(summary, selfSigned, chain, errors, host, now);
            if (complaint is null)
            {
                Remember(key, new Remembered(summary, time.GetTimestamp(), Times(chain).Max(times => times.From), Times(chain).Min(times => times.Until)));
            }

            return (summary, complaint);
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    /// <summary>No revocation lists, no missing intermediates fetched: a probe talks to the endpoint and to nobody else.</summary>
    public static X509ChainPolicy Policy(X509Certificate2Collection? roots, DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = now.UtcDateTime,
            TrustMode = roots is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
        };
        if (roots is not null)
        {
            policy.CustomTrustStore.AddRange(roots);
        }

        return policy;
    }

    private void Remember(Key key, Remembered good)
    {
        if (_good.Count >= Most)
        {
            _good.Clear();
        }

        _good[key] = good;
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> Times(X509Chain chain) =>
        chain.ChainElements.Select(element => (new DateTimeOffset(element.Certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(element.Certificate.NotAfter.ToUniversalTime())));

    private static Print PrintOf(X509Certificate2 leaf, X509Certificate2Collection shown)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(leaf.RawDataMemory.Span);
        foreach (var certificate in shown)
        {
            hash.AppendData(certificate.RawDataMemory.Span);
        }

        Span<byte> print = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(print);
        return new Print(BinaryPrimitives.ReadUInt128LittleEndian(print), BinaryPrimitives.ReadUInt128LittleEndian(print[16..]));
    }

    private readonly record struct Print(UInt128 First, UInt128 Second);

    // Roots that were read anew from their file are another collection.
    private readonly record struct Key(Print Certificates, string Host, X509Certificate2Collection? Roots);

    private sealed record Remembered(CertificateSummary Summary, long At, DateTimeOffset From, DateTimeOffset Until);
}
