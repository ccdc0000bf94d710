using System.Net;
using System.Net.Sockets;
using DnsFailover.Dns;

namespace DnsFailover.Tests.Verification;

/// <summary>A UDP server that answers each query with what the test makes of it; null keeps silent.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private int _queries;

    public ScriptedServer(Func<DnsMessage, DnsMessage?> answer)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _loop = RunAsync(answer);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public int Queries => Volatile.Read(ref _queries);

    public DnsMessage? LastQuery { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(Func<DnsMessage, DnsMessage?> answer)
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                var query = DnsMessageReader.Read(buffer.AsSpan(0, received.ReceivedBytes));
                LastQuery = query;
                Interlocked.Increment(ref _queries);
                if (answer(query) is { } reply)
                {
                    await _socket.SendToAsync(DnsMessageWriter.ToArray(reply), SocketFlags.None, received.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
