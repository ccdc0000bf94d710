using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>Puts TLS over a connection, with the certificate validated for a name, and notes what it saw.</summary>
/// <param name="trustedRoots">The roots that checks name.</param>
/// <param name="chains">Judges certificates.</param>
internal sealed class TlsDialer(TrustedRoots trustedRoots, ValidatedChains chains)
{
    private readonly IdleChains _idle = new();

    /// <summary>Performs the handshake and judges the certificate.</summary>
    /// <param name="run">Receives the certificate and the time it took.</param>
    /// <param name="transport">The connection; it is closed with the stream that is returned.</param>
    /// <param name="host">The name for SNI, which the certificate must match.</param>
    /// <param name="rootsFile">The only roots to trust, or null for the system's.</param>
    /// <param name="protocols">The application protocols to offer, or null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The stream, or how the probe ends.</returns>
    public async Task<(SslStream? Stream, ProbeOutcome? Ended)> SecureAsync(
        ProbeRun run, Stream transport, string host, string? rootsFile, List<SslApplicationProtocol>? protocols, CancellationToken cancellationToken)
    {
        var (roots, trouble) = rootsFile is null ? (null, null) : trustedRoots.Load(rootsFile);
        if (trouble is not null)
        {
            return (null, ProbeOutcome.Inconclusive(ReasonClass.Configuration, trouble));
        }

        run.Stage = ProbeStage.TlsHandshake;
        var since = run.Timestamp;
        string? complaint = null;
        var stream = new FirstByteSslStream(transport, run);
        try
        {
            var options = Options(run, host, roots, protocols, said => complaint = said);
            await stream.AuthenticateAsClientAsync(options, cancellationToken);
        }
        catch (Exception e) when (complaint is not null && e is AuthenticationException or IOException)
        {
            run.Secured(since);
            await stream.DisposeAsync();
            return (null, ProbeOutcome.Fail(ReasonClass.Certificate, complaint!));
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }

        run.Secured(since);
        run.Details = !run.IsVerbose ? run.Details : run.Details with { TlsProtocol = stream.SslProtocol.ToString(), TlsCipher = stream.NegotiatedCipherSuite.ToString() };
        return (stream, null);
    }

    private SslClientAuthenticationOptions Options(
        ProbeRun run, string host, X509Certificate2Collection? roots, List<SslApplicationProtocol>? protocols, Action<string?> judged) => new()
        {
            TargetHost = host,
            CertificateChainPolicy = _idle.PolicyFor(host, run.Now),
            ApplicationProtocols = protocols,

            // A resumed session shows the certificate of the first handshake, not the one in use now.
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                var complaint = Judge(run, certificate as X509Certificate2, chain, errors, host, roots);
                judged(complaint);
                return complaint is null;
            },
        };

    private string? Judge(ProbeRun run, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, string host, X509Certificate2Collection? roots)
    {
        if (certificate is null)
        {
            return "no certificate was shown";
        }

        _idle.Saw(host, certificate, run.Now);
        var isNamed = !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
        (run.Certificate, var complaint) = chains.Judge(certificate, chain?.ChainPolicy.ExtraStore ?? [], isNamed, host, roots, run.Now);
        var left = run.Certificate.NotAfter - run.Now;
        return complaint ?? (run.Check.MinimumCertificateValidity is { } required && left < required ? $"certificate {Wording.ExpiresIn(left, required)}" : null);
    }
}
