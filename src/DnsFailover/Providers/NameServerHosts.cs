using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers;

/// <summary>Turns the host names of a zone's name servers into addresses to ask.</summary>
internal static class NameServerHosts
{
    private const int DnsPort = 53;

    /// <summary>One address per host: the one that this machine would use. Asking one server twice proves nothing more.</summary>
    /// <param name="hosts">The host names, with or without the trailing dot.</param>
    /// <param name="timeout">After which one host's look-up is given up.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="ProviderException">Transient: one of them does not resolve from here.</exception>
    public static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(IEnumerable<string> hosts, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var servers = await Task.WhenAll(hosts.Order(StringComparer.Ordinal).Select(host => ResolveAsync(host, timeout, time, cancellationToken)));
        return [.. servers.Distinct()];
    }

    private static async Task<IPEndPoint> ResolveAsync(string host, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(timeout, time, cancellationToken) is [var address, ..]
                ? new IPEndPoint(address, DnsPort)
                : throw new ProviderException(ProviderFailure.Transient, Unresolvable(host));
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            throw new ProviderException(ProviderFailure.Transient, Unresolvable(host), e);
        }
    }

    private static string Unresolvable(string host) => $"the name server {host} cannot be resolved from here: list the addresses of the zone's servers under nameServers";
}
