using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace DnsFailover.Tests.Providers;

/// <summary>Stands between a client and a DNS server (UDP and TCP) and may change or swallow replies.</summary>
public sealed class DnsProxy : IAsyncDisposable
{
    private readonly IPEndPoint _server;
    private readonly Func<byte[], byte[], byte[]?> _reply;
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _running;

    private DnsProxy(IPEndPoint server, Func<byte[], byte[], byte[]?> reply)
    {
        (_server, _reply) = (server, reply);
        var port = FreePort.Next();
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
        _udp.Bind(EndPoint);
        _tcp.Bind(EndPoint);
        _tcp.Listen();
        _running = [ServeUdpAsync(), ServeTcpAsync()];
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Starts one before the server.</summary>
    /// <param name="server">Where requests go.</param>
    /// <param name="reply">Turns a request and its reply into what the client gets; null swallows it.</param>
    public static DnsProxy Start(IPEndPoint server, Func<byte[], byte[], byte[]?> reply) => new(server, reply);

    /// <summary>True for the bytes of an update.</summary>
    public static bool IsUpdate(byte[] message) => ((message[2] >> 3) & 0xF) == 5;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        Task[] running;
        lock (_running)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running);
        _end.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[65535];
        await UntilEndAsync(async () =>
        {
            var received = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _end.Token);
            Run(RelayDatagramAsync(buffer.AsSpan(0, received.ReceivedBytes).ToArray(), received.RemoteEndPoint));
        });
    }

    private async Task RelayDatagramAsync(byte[] request, EndPoint client)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(_server, _end.Token);
        await socket.SendAsync(request, _end.Token);
        var buffer = new byte[65535];
        var length = await socket.ReceiveAsync(buffer, _end.Token);
        if (_reply(request, buffer[..length]) is { } reply)
        {
            await _udp.SendToAsync(reply, client, _end.Token);
        }
    }

    private Task ServeTcpAsync() => UntilEndAsync(async () => Run(RelayConnectionAsync(await _tcp.AcceptAsync(_end.Token))));

    private async Task RelayConnectionAsync(Socket accepted)
    {
        await using var client = new NetworkStream(accepted, ownsSocket: true);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server, _end.Token);
        await using var server = new NetworkStream(socket, ownsSocket: false);
        var request = await ReadAsync(client);
        await WriteAsync(server, request);
        if (_reply(request, await ReadAsync(server)) is { } reply)
        {
            await WriteAsync(client, reply);
        }

        // A swallowed reply is silence: the connection stays open until the client gives up.
        await client.CopyToAsync(Stream.Null, _end.Token);
    }

    private async Task<byte[]> ReadAsync(NetworkStream stream)
    {
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, _end.Token);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(message, _end.Token);
        return message;
    }

    private async Task WriteAsync(NetworkStream stream, byte[] message) =>
        await stream.WriteAsync((byte[])[(byte)(message.Length >> 8), (byte)message.Length, .. message], _end.Token);

    private void Run(Task relay)
    {
        lock (_running)
        {
            _running.Add(EndQuietlyAsync(relay));
        }
    }

    private async Task UntilEndAsync(Func<Task> step)
    {
        while (!_end.IsCancellationRequested)
        {
            await EndQuietlyAsync(step());
        }
    }

    private static async Task EndQuietlyAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // One side has gone, or the proxy ends: what the client makes of it is what the test looks at.
        }
    }
}
