using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Builtin;

/// <summary>A UDP and a listening TCP socket on the same address and port.</summary>
internal sealed class SocketPair : IDisposable
{
    private const int Backlog = 64;

    // A free UDP port may be taken for TCP; a few tries find one that is free for both.
    private const int PortTries = 32;

    /// <summary>
    /// In bytes; the system gives less when it allows less. Queries that come while the process is not given the processor wait
    /// here: what is usual holds a hundredth of a second of 25 000 a second.
    /// </summary>
    private const int QueriesWaiting = 4 * 1024 * 1024;

    private SocketPair(Socket udp, Socket tcp) => (Udp, Tcp) = (udp, tcp);

    /// <summary>Bound.</summary>
    public Socket Udp { get; }

    /// <summary>Bound and listening.</summary>
    public Socket Tcp { get; }

    /// <summary>Where both are bound.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)Udp.LocalEndPoint!;

    /// <summary>Binds both; port 0 takes one that is free for both.</summary>
    /// <exception cref="ProviderException">Rejected: the port is taken or may not be used; the message says what to do.</exception>
    public static SocketPair Bind(IPEndPoint listen)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return BindOnce(listen);
            }
            catch (SocketException exception) when (listen.Port != 0 || attempt == PortTries || exception.SocketErrorCode != SocketError.AddressAlreadyInUse)
            {
                throw new ProviderException(ProviderFailure.Rejected, Explain(listen, exception), exception);
            }
            catch (SocketException)
            {
                // The free UDP port was taken for TCP.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Udp.Dispose();
        Tcp.Dispose();
    }

    private static SocketPair BindOnce(IPEndPoint listen)
    {
        Socket? udp = null, tcp = null;
        try
        {
            udp = Open(listen, SocketType.Dgram, ProtocolType.Udp);
            udp.ReceiveBufferSize = QueriesWaiting;
            tcp = Open(new IPEndPoint(listen.Address, ((IPEndPoint)udp.LocalEndPoint!).Port), SocketType.Stream, ProtocolType.Tcp);
            tcp.Listen(Backlog);
            return new SocketPair(udp, tcp);
        }
        catch
        {
            udp?.Dispose();
            tcp?.Dispose();
            throw;
        }
    }

    private static Socket Open(IPEndPoint listen, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(listen.AddressFamily, type, protocol);
        try
        {
            if (listen.AddressFamily == AddressFamily.InterNetworkV6)
            {
                // "[::]" means every address, of both families.
                socket.DualMode = listen.Address.Equals(IPAddress.IPv6Any);
            }

            socket.Bind(listen);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Explain(IPEndPoint listen, SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            $"the builtin DNS server cannot listen at {listen}: something else uses port {listen.Port} (find it with `ss -lnptu 'sport = :{listen.Port}'`). Stop it, or give 'listen' another address or port",
        SocketError.AccessDenied =>
            $"the builtin DNS server may not listen at {listen}: ports below 1024 need the capability CAP_NET_BIND_SERVICE (in a systemd unit AmbientCapabilities=CAP_NET_BIND_SERVICE). Grant it, or give 'listen' a port from 1024 up",
        SocketError.AddressNotAvailable =>
            $"the builtin DNS server cannot listen at {listen}: this machine does not have the address {listen.Address}. Give 'listen' one of its addresses, or 0.0.0.0 for all",
        _ => $"the builtin DNS server cannot listen at {listen}: {exception.Message}. Give 'listen' another address or port",
    };
}
