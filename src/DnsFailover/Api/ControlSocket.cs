using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Api;

/// <summary>
/// The socket in the data directory at which the commands reach the daemon. Whoever may open it may say anything, so it is
/// its owner's alone. It is an extra: that it cannot be had is one warning, and never keeps the daemon from steering.
/// </summary>
internal sealed partial class ControlSocket : IAsyncDisposable
{
    /// <summary>In bytes, with the zero behind it: <c>sun_path</c> of unix(7).</summary>
    private const int LongestPath = 108;

    private const int MostConnections = 32;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ApiServer _server;
    private readonly string _path;

    private ControlSocket(ApiServer server, string path) => (_server, _path) = (server, path);

    /// <summary>Where it is.</summary>
    public static string PathIn(string dataDirectory) => Path.Combine(Path.GetFullPath(dataDirectory), "control.sock");

    /// <summary>Listens in a data directory that this process has taken; null when that is not possible, which was logged.</summary>
    public static async Task<ControlSocket?> TryOpenAsync(string dataDirectory, HttpApi api, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var path = PathIn(dataDirectory);
        try
        {
            if (Encoding.UTF8.GetByteCount(path) >= LongestPath)
            {
                throw new IOException($"its path has {Encoding.UTF8.GetByteCount(path)} bytes and {LongestPath - 1} is the most a socket may have; choose a data directory with a shorter path");
            }

            RemoveStale(path);
            var transport = new SocketTransportOptions { CreateBoundListenSocket = Bind };
            return new ControlSocket(await ApiServer.OpenAsync(api, static _ => Caller.Trusted, options => options.ListenUnixSocket(path), MostConnections, loggers, transport, cancellationToken), path);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogNoSocket(loggers.CreateLogger<ControlSocket>(), path, e.Message.Split('\n')[0].TrimEnd('.'));
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start removes it.
        }
    }

    /// <summary>The directory is locked by this process, so that a socket in it is left over from one that was killed.</summary>
    private static void RemoveStale(string path)
    {
        if (Directory.Exists(path) || (File.Exists(path) && new FileInfo(path).Length > 0))
        {
            throw new IOException("something else has its name; move it away");
        }

        File.Delete(path);
    }

    /// <summary>Nobody can connect before it listens, so nobody can slip in before it is its owner's alone.</summary>
    private static Socket Bind(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        if (endPoint is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
        {
            try
            {
                File.SetUnixFileMode(endPoint.ToString()!, OwnerOnly);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        return socket;
    }

    [LoggerMessage(8001, LogLevel.Warning, "The commands force, drain, freeze, approve and status do not reach this daemon, because {Path} cannot be listened at: {Why}")]
    private static partial void LogNoSocket(ILogger logger, string path, string why);
}
