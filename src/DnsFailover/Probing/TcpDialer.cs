using System.Net.Sockets;

namespace DnsFailover.Probing;

/// <summary>Opens a TCP connection for a probe.</summary>
internal static class TcpDialer
{
    /// <summary>Dials <see cref="ProbeRun.Remote"/> and notes the time it took.</summary>
    /// <exception cref="SocketException">It was not possible, for whatever reason.</exception>
    public static async Task<Socket> ConnectAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        run.Stage = ProbeStage.Connecting;
        var since = run.Timestamp;
        var socket = new Socket(run.Remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(run.Remote, cancellationToken);

            // On loopback, a port nobody listens on can be the very one that the kernel chose for our end; TCP then
            // connects the socket with itself (simultaneous open, RFC 9293 section 3.5).
            if (run.Remote.Equals(socket.LocalEndPoint))
            {
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            run.Connected(since);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
