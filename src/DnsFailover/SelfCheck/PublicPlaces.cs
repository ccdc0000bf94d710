using System.Net;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.SelfCheck;

/// <summary>
/// Tells endpoints on the Internet from others. Well-known control targets say nothing about the way to endpoints in a
/// private network, which may have no way to the Internet at all.
/// </summary>
internal static class PublicPlaces
{
    /// <summary>What is not globally reachable (RFC 6890 and the IANA registries of special-purpose addresses).</summary>
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "::/127", "2001:db8::/32", "3fff::/20", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    /// <summary>Names that do not exist in the public DNS (RFC 6761, RFC 6762, RFC 8375, and <c>internal</c>, which ICANN reserves).</summary>
    private static readonly DnsName[] Private = [.. new[] { "localhost", "test", "invalid", "example", "local", "internal", "home.arpa" }.Select(DnsName.Parse)];

    /// <summary>True when one of the endpoints is on the Internet.</summary>
    public static bool AreAmong(IEnumerable<ServiceDefinition> services) =>
        services.SelectMany(service => service.Endpoints).SelectMany(endpoint => endpoint.Targets).Any(IsPublic);

    private static bool IsPublic(EndpointTarget target) => target.Type == RecordType.CNAME
        ? DnsName.TryParse(target.Value, out var name, out _) && !Private.Any(name.IsWithin)
        : IPAddress.TryParse(target.Value, out var address) && !Special.Any(network => network.Contains(address));
}
