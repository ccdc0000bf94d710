using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers;

namespace DnsFailover.Doctor;

/// <summary>Holds where a zone's delegation leads against the servers of its provider.</summary>
internal static class DelegationFinding
{
    private const string Subject = "delegation";

    /// <summary>Judges the delegation of a provider's zone.</summary>
    /// <param name="found">The delegation.</param>
    /// <param name="resolver">Who was asked, for messages.</param>
    /// <param name="own">The provider's servers.</param>
    /// <param name="others">Servers of other providers that hold the same zone, by name: a zone may be split between them.</param>
    public static Finding Of(Delegation found, string resolver, IReadOnlyList<IPEndPoint> own, IReadOnlyDictionary<string, IReadOnlyList<IPEndPoint>> others)
    {
        var zone = found.Zone;
        if (found.Servers.Count == 0)
        {
            return found.NameExists
                ? Finding.Problem(Subject, $"{zone} is not delegated: {resolver} finds no NS records there, so that what is written at this provider is not seen by anyone", $"Add {RecordsFor(zone, own)}.")
                : Unknown($"{resolver} knows no name {zone}", $"Where the zone is public, add {RecordsFor(zone, own)}. Where it is private, name a resolver that sees it with --resolver.");
        }

        if (found.Servers.All(server => server.Addresses.Count == 0))
        {
            return Unknown($"{zone} is delegated to {List(found.Servers)}", "See that the names of the name servers have addresses, and that the resolver sees them.");
        }

        var (mine, theirs) = (Of(found.Servers, own), others.ToDictionary(other => other.Key, other => Of(found.Servers, other.Value), StringComparer.Ordinal));
        var strangers = found.Servers.Except(mine).Except(theirs.SelectMany(other => other.Value)).ToList();
        if (mine.Count == 0)
        {
            return IsPrivate(own.Select(server => server.Address)) == IsPrivate(found.Servers.SelectMany(server => server.Addresses))
                ? Finding.Problem(Subject, $"{zone} is delegated to {List(found.Servers)}, none of which is a server of this provider ({string.Join(", ", own)}): what is written at it is not seen by anyone", $"Change the NS records of {zone} in its parent zone (at the registrar) to this provider's servers, or steer the name at the provider that answers for it.")
                : Unknown($"{zone} is delegated to {List(found.Servers)}, and this provider's servers are {string.Join(", ", own)}: one of the two is seen only inside of a network", "Compare dig NS from outside with the servers that forward to these; name the resolver to ask with --resolver.");
        }

        if (strangers.Count > 0)
        {
            return Finding.Advice(Subject, $"{zone} is delegated to {List(mine)}, and also to {List(strangers)}, which {(strangers.Count == 1 ? "is no server" : "are no servers")} of {(others.Count == 0 ? "this provider" : "any provider in failover.yaml")}: who asks there does not see what is written here", "Take them out of the NS records in the parent zone, list them under nameServers when they are secondaries of this provider, or write to both providers.");
        }

        var shared = theirs.Where(other => other.Value.Count > 0).Select(other => $"'{other.Key}'").Order(StringComparer.Ordinal).ToList();
        return Finding.Good(Subject, $"{zone} is delegated to {List(mine)}{(shared.Count == 0 ? string.Empty : $", and shared with {string.Join(", ", shared)}")}");
    }

    /// <summary>Where a delegation leads, when it cannot be held against anything.</summary>
    public static Finding WithoutServers(Delegation found) =>
        Unknown($"{found.Zone} is delegated to {(found.Servers.Count == 0 ? "nobody" : List(found.Servers))}, and the provider's own servers are not known", "See to the name servers of the provider first.");

    /// <summary>It cannot be told.</summary>
    public static Finding Unknown(string reason, string mend) => Finding.Advice(Subject, $"it cannot be found out: {reason}", mend);

    private static string RecordsFor(DnsName zone, IReadOnlyList<IPEndPoint> own) => $"NS records for {zone} to its parent zone that name the servers at {string.Join(", ", own.Select(server => server.Address).Distinct())}";

    private static string List(IEnumerable<DelegatedServer> servers) => string.Join(", ", servers);

    /// <summary>Those that share an address; a delegation says nothing of ports.</summary>
    private static List<DelegatedServer> Of(IEnumerable<DelegatedServer> delegated, IReadOnlyList<IPEndPoint> servers)
    {
        var addresses = servers.Select(server => server.Address).ToHashSet();
        return [.. delegated.Where(server => server.Addresses.Any(addresses.Contains))];
    }

    private static bool IsPrivate(IEnumerable<IPAddress> addresses) => addresses.All(IsPrivate);

    /// <summary>Loopback, every address, link-local, and the private blocks of RFC 1918, RFC 6598 and RFC 4193.</summary>
    private static bool IsPrivate(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            return true;
        }

        var octets = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? address.IsIPv6LinkLocal || (octets[0] & 0xFE) == 0xFC
            : octets[0] == 10 || (octets[0] == 172 && octets[1] is >= 16 and < 32) || (octets[0] == 192 && octets[1] == 168) || (octets[0] == 169 && octets[1] == 254) || (octets[0] == 100 && octets[1] is >= 64 and < 128);
    }
}
