using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DnsFailover.Benchmarks.Scale;

/// <summary>What is probed, in a process of its own so that its work is not counted.</summary>
internal sealed class TargetProcess : IDisposable
{
    private readonly Process _process;

    private TargetProcess(Process process, int port, int hole) => (_process, Port, Hole) = (process, port, hole);

    /// <summary>Answers, at every address of the machine.</summary>
    public int Port { get; }

    /// <summary>Takes no connection: what is sent there is dropped.</summary>
    public int Hole { get; }

    /// <summary>Starts it as this program with the verb <c>target</c>.</summary>
    /// <param name="certificate">A PKCS#12 file with which it speaks TLS; null for plain HTTP.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TargetProcess> StartAsync(string? certificate, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        string[] arguments = ["target", .. certificate is null ? Array.Empty<string>() : ["--certificate", certificate]];
        foreach (var argument in Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? arguments.Prepend(typeof(TargetProcess).Assembly.Location) : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("what is to be probed did not start");
        var ports = line.Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture)).ToList();
        return new TargetProcess(process, ports[0], ports[1]);
    }

    /// <summary>The verb: serves until the input is closed.</summary>
    public static async Task<int> ServeAsync(string? certificate, CancellationToken cancellationToken)
    {
        var port = certificate is null ? PlainServer.Start() : StartTls(certificate, cancellationToken);
        using var hole = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        hole.Bind(new IPEndPoint(IPAddress.Any, 0));
        hole.Listen(0);
        var full = await FillAsync(hole, cancellationToken);
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{port} {((IPEndPoint)hole.LocalEndPoint!).Port}"));
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
        {
        }

        full.ForEach(socket => socket.Dispose());
        return 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    // When nobody accepts and the backlog is full, further connections are dropped.
    private static async Task<List<Socket>> FillAsync(Socket listener, CancellationToken cancellationToken)
    {
        var full = new List<Socket>();
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            full.Add(socket);
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndPoint!).Port, bound.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return full;
            }
        }
    }

    private static int StartTls(string file, CancellationToken cancellationToken)
    {
        var chain = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password: null);
        var leaf = chain.First(certificate => certificate.HasPrivateKey);
        chain.Remove(leaf);
        var context = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start(4096);
        _ = AcceptAsync(listener, context, cancellationToken);
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task AcceptAsync(TcpListener listener, SslStreamCertificateContext context, CancellationToken cancellationToken)
    {
        while (true)
        {
            _ = AnswerAsync(await listener.AcceptSocketAsync(cancellationToken), context, cancellationToken);
        }
    }

    private static async Task AnswerAsync(Socket socket, SslStreamCertificateContext context, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificateContext = context, ApplicationProtocols = [SslApplicationProtocol.Http11] }, cancellationToken);
            var request = new byte[4096];
            if (await stream.ReadAsync(request, cancellationToken) > 0)
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"u8.ToArray(), cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or AuthenticationException or SocketException)
        {
            // The prober hung up.
        }
    }

    /// <summary>Makes a root, an intermediate and a certificate for <c>*.bench.test</c>, as a public authority would.</summary>
    /// <param name="directory">Gets <c>root.pem</c> and <c>server.p12</c>.</param>
    public static void Certify(string directory)
    {
        var now = DateTimeOffset.UtcNow;
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var root = Authority("CN=Bench Root", rootKey, HashAlgorithmName.SHA384).CreateSelfSigned(now.AddYears(-1), now.AddYears(1));
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var middle = Authority("CN=Bench Intermediate", middleKey, HashAlgorithmName.SHA384).Create(root, now.AddMonths(-6), now.AddMonths(6), [1, 2, 3]);
        using var signing = middle.CopyWithPrivateKey(middleKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=*.bench.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("*.bench.test");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var bare = request.Create(signing, now.AddDays(-1), now.AddDays(60), [4, 5, 6]);
        using var leaf = bare.CopyWithPrivateKey(key);
        File.WriteAllText(Path.Combine(directory, "root.pem"), root.ExportCertificatePem());
        File.WriteAllBytes(Path.Combine(directory, "server.p12"), new X509Certificate2Collection((X509Certificate2[])[leaf, middle]).Export(X509ContentType.Pkcs12)!);
    }

    private static CertificateRequest Authority(string name, ECDsa key, HashAlgorithmName hash)
    {
        var request = new CertificateRequest(name, key, hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }
}
