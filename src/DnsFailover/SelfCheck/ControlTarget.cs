using System.Net;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Records;

namespace DnsFailover.SelfCheck;

/// <summary>How a control target is asked.</summary>
internal enum ControlKind
{
    /// <summary>A TCP connection is opened.</summary>
    Tcp,

    /// <summary>A DNS server is asked for a name; any reply will do.</summary>
    Dns,

    /// <summary>The resolver of this machine is asked for a name; that there is none will do.</summary>
    Resolver,
}

/// <summary>A place that has nothing to do with the endpoints, and shows whether our own network works.</summary>
/// <param name="Kind">How it is asked.</param>
/// <param name="Server">Who is asked; null for the resolver of this machine.</param>
/// <param name="Name">For what; null for TCP.</param>
/// <param name="Text">As failover.yaml spells it.</param>
internal sealed record ControlTarget(ControlKind Kind, IPEndPoint? Server, DnsName? Name, string Text)
{
    private const int DnsPort = 53;

    /// <summary>What a control target looks like.</summary>
    public const string Expected = "tcp://address:port, dns://address/name or resolver://name, such as tcp://192.0.2.1:443";

    /// <summary>Takes one apart.</summary>
    /// <returns>The target, or what is wrong with the text.</returns>
    public static (ControlTarget? Target, string? Complaint) Parse(string text)
    {
        var parts = text.Split("://", 2);
        return parts is not [var kind, var rest] ? (null, "has no kind in front")
            : kind switch
            {
                "tcp" => ServerIn(rest, defaultPort: null) is { } server ? (new ControlTarget(ControlKind.Tcp, server, Name: null, text), null) : (null, "has no address and port (a name would have to be looked up first)"),
                "dns" => Dns(rest, text),
                "resolver" => DnsName.TryParse(rest, out var name, out _) ? (new ControlTarget(ControlKind.Resolver, Server: null, name, text), null) : (null, "has no host name"),
                _ => (null, "is of no known kind"),
            };
    }

    private static (ControlTarget?, string?) Dns(string rest, string text)
    {
        var parts = rest.Split('/', 2);
        return ServerIn(parts[0], DnsPort) is not { } server ? (null, "has no address of a DNS server")
            : parts.Length < 2 || !DnsName.TryParse(parts[1], out var name, out _) ? (null, "has no host name to ask for")
            : (new ControlTarget(ControlKind.Dns, server, name, text), null);
    }

    private static IPEndPoint? ServerIn(string text, int? defaultPort)
    {
        var (host, port) = HostAndPort.Split(text);
        return IPAddress.TryParse(host, out var address) && (address.ToString() == host || host.Contains(':', StringComparison.Ordinal))
            && (port is null ? defaultPort : ushort.TryParse(port, System.Globalization.NumberStyles.None, null, out var number) && number > 0 ? number : null) is { } known
                ? new IPEndPoint(address, known)
                : null;
    }
}
