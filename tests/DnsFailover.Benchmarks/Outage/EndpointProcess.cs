using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace DnsFailover.Benchmarks.Outage;

/// <summary>A web server in a process of its own on a loopback address, to which things can happen that happen to servers.</summary>
internal sealed partial class EndpointProcess(IPAddress address) : IDisposable
{
    /// <summary>So few connections wait to be accepted that the queue can be filled in a moment.</summary>
    private const int Backlog = 4;

    private const int Stop = 19; // SIGSTOP, signal(7)

    private readonly List<Socket> _full = [];
    private Process? _process;

    /// <summary>Where it is.</summary>
    public IPAddress Address => address;

    /// <summary>Chosen at the first start and kept.</summary>
    public int Port { get; private set; }

    /// <summary>Starts it as this program with the verb <c>endpoint</c>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        string[] arguments = ["endpoint", address.ToString(), Port.ToString(CultureInfo.InvariantCulture)];
        foreach (var argument in Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? arguments.Prepend(typeof(EndpointProcess).Assembly.Location) : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException($"the endpoint at {address} did not start");
        Port = int.Parse(line, CultureInfo.InvariantCulture);
    }

    /// <summary>The process is killed: connections are refused from now on.</summary>
    /// <returns>When.</returns>
    public DateTimeOffset Die()
    {
        var at = DateTimeOffset.UtcNow;
        _process!.Kill();
        return at;
    }

    /// <summary>The process is stopped: its kernel takes connections, and nobody answers.</summary>
    /// <returns>When.</returns>
    public DateTimeOffset Freeze()
    {
        var at = DateTimeOffset.UtcNow;
        if (Signal(_process!.Id, Stop) != 0)
        {
            throw new InvalidOperationException("the process could not be stopped");
        }

        return at;
    }

    /// <summary>
    /// What is sent to it is dropped: the process is stopped and its queue of connections filled, and a kernel drops the SYN of each
    /// further one (listen(2), tcp(7): tcp_abort_on_overflow is off).
    /// </summary>
    /// <returns>When.</returns>
    public DateTimeOffset Vanish()
    {
        var at = Freeze();
        for (var i = 0; i < Backlog * 4; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _full.Add(socket);
            try
            {
                socket.Connect(address, Port);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // It is under way, or waits for ever.
            }
        }

        return at;
    }

    /// <summary>It works again.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        End();
        await StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    /// <summary>The verb: serves until it is killed, or the input is closed.</summary>
    public static async Task<int> ServeAsync(string address, int port, CancellationToken cancellationToken)
    {
        var listener = new TcpListener(IPAddress.Parse(address), port);
        listener.Start(Backlog);
        _ = AcceptAsync(listener, cancellationToken);
        await Console.Out.WriteLineAsync(((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
        {
            // Nothing is said to it.
        }

        return 0;
    }

    private static async Task AcceptAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            _ = AnswerAsync(await listener.AcceptSocketAsync(cancellationToken), cancellationToken);
        }
    }

    private static async Task AnswerAsync(Socket socket, CancellationToken cancellationToken)
    {
        using (socket)
        {
            try
            {
                if (await socket.ReceiveAsync(new byte[4096], cancellationToken) > 0)
                {
                    await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"u8.ToArray(), cancellationToken);
                }
            }
            catch (SocketException)
            {
                // The prober hung up.
            }
        }
    }

    private void End()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _full.ForEach(socket => socket.Dispose());
        _full.Clear();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
