using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DnsFailover.Tests.Probing;

/// <summary>A listener that does with each connection what the test says, byte by byte.</summary>
internal sealed class RawEndpoint : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private int _accepted;

    public RawEndpoint(Func<Socket, CancellationToken, Task> converse, string address = "127.0.0.1")
    {
        _listener = new TcpListener(IPAddress.Parse(address), 0);
        _listener.Start();
        _loop = AcceptAsync(converse);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Reads the request head and answers with this text; then holds the connection or closes it.</summary>
    public static RawEndpoint Answering(string reply, bool thenHang = false) => new(async (socket, stop) =>
    {
        await ReadHeadAsync(socket, stop);
        await socket.SendAsync(Encoding.ASCII.GetBytes(reply), stop);
        if (thenHang)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        }
    });

    public static async Task<string> ReadHeadAsync(Socket socket, CancellationToken stop)
    {
        var head = new StringBuilder();
        var buffer = new byte[8192];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer, stop);
            if (count == 0)
            {
                break;
            }

            head.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return head.ToString();
    }

    /// <summary>Closes with a reset instead of a proper end.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<Socket, CancellationToken, Task> converse)
    {
        var conversations = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                conversations.Add(ConverseAsync(socket, converse));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException { Source: "System.Net.Sockets" })
        {
            await Task.WhenAll(conversations);
        }
    }

    private async Task ConverseAsync(Socket socket, Func<Socket, CancellationToken, Task> converse)
    {
        using (socket)
        {
            try
            {
                await converse(socket, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or IOException)
            {
                // The prober hung up, or the test is over.
            }
        }
    }
}

/// <summary>A port that takes no further connection: its backlog is full and nobody accepts.</summary>
internal sealed class BlackHole : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _filling = [];

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public static async Task<BlackHole> CreateAsync(CancellationToken cancellationToken)
    {
        var hole = new BlackHole();
        hole._listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        hole._listener.Listen(1);
        for (var i = 0; i < 32; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            hole._filling.Add(socket);
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter(TimeSpan.FromMilliseconds(250));
            try
            {
                await socket.ConnectAsync(hole._listener.LocalEndPoint!, bound.Token);
            }
            catch (OperationCanceledException)
            {
                return hole;
            }
        }

        hole.Dispose();
        Assert.Skip("this system takes connections beyond a listener's backlog");
        return hole;
    }

    public void Dispose()
    {
        _filling.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
