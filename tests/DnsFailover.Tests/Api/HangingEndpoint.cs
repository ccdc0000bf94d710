using System.Net;
using System.Net.Sockets;

namespace DnsFailover.Tests.Api;

/// <summary>Takes connections and never says anything.</summary>
internal sealed class HangingEndpoint : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public HangingEndpoint() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
