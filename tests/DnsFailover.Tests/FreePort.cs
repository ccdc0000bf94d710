using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DnsFailover.Tests;

/// <summary>
/// Ports for what binds them later (a server that is a process of its own), or never (a closed port).
/// A port that the system hands out for port 0, or to an outgoing connection, may be anyone's as soon as it is let go; tests run
/// in parallel, so these come from below that range, and none is handed out twice.
/// </summary>
internal static class FreePort
{
    private const int Lowest = 10_000;

    private static readonly int s_count = LowestOfTheSystems() - Lowest;

    /// <summary>Runs beside this one begin elsewhere.</summary>
    private static int s_next = Random.Shared.Next(s_count);

    /// <summary>A port of 127.0.0.1 that nobody has, UDP and TCP.</summary>
    public static int Next()
    {
        for (var tried = 0; tried < s_count; tried++)
        {
            var port = Lowest + (int)((uint)Interlocked.Increment(ref s_next) % (uint)s_count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"no port of {Lowest} to {Lowest + s_count - 1} is free");
    }

    /// <summary>An address of 127.0.0.1 that nobody has.</summary>
    public static IPEndPoint EndPoint() => new(IPAddress.Loopback, Next());

    private static bool IsFree(int port)
    {
        try
        {
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            tcp.Bind(new IPEndPoint(IPAddress.Any, port));
            tcp.Listen(); // two sockets may be bound to one port, but only one listens
            udp.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>ip(7), ip_local_port_range.</summary>
    private static int LowestOfTheSystems()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        var lowest = File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split([' ', '\t'], 2)[0], CultureInfo.InvariantCulture) : 32_768;
        return lowest > Lowest + 1_000 ? lowest : 65_536;
    }
}
