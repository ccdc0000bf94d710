using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Probing;

/// <summary>
/// Makes the process ready to probe. The first TLS handshake of a process takes about 110 ms (the TLS library starts
/// and reads the trusted roots), which would otherwise stand in the first observation and count against its limits.
/// </summary>
internal static class ProbeWarmUp
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    /// <summary>Probes a listener of its own on loopback, over TLS and over HTTP. It never fails; at worst it did not help.</summary>
    public static async Task RunAsync(IProber prober, CancellationToken cancellationToken)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            var target = new TargetId(DnsName.Parse("localhost"), "warm-up", RecordType.A, "127.0.0.1");
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter(Bound);

            var serving = ServeAsync(listener, bound.Token);
            await prober.ProbeAsync(target, new TlsCheck { Port = port, Host = "localhost", Timeout = Bound }, null, bound.Token);
            await prober.ProbeAsync(target, new HttpCheck { Port = port, Host = "localhost", Timeout = Bound, Https = false }, null, bound.Token);
            await serving;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is OperationCanceledException or SocketException or IOException or CryptographicException)
        {
            // A machine that does not let us listen on loopback probes all the same.
        }

        await Task.Yield(); // what follows has no business on the thread of the probes
    }

    private static async Task ServeAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow.AddDays(1));
        using (var first = await listener.AcceptTcpClientAsync(cancellationToken))
        {
            await using var tls = new SslStream(first.GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancellationToken);
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                // The prober does not trust the certificate, as it should.
            }
        }

        using var second = await listener.AcceptTcpClientAsync(cancellationToken);
        var request = new byte[4096];
        if (await second.GetStream().ReadAsync(request, cancellationToken) > 0)
        {
            await second.GetStream().WriteAsync("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"u8.ToArray(), cancellationToken);
        }
    }
}
