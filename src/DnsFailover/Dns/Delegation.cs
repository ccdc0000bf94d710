using System.Net;
using DnsFailover.Core.Records;

namespace DnsFailover.Dns;

/// <summary>One name server that a zone is delegated to.</summary>
/// <param name="Host">Its host name.</param>
/// <param name="Addresses">Its addresses; empty when it does not resolve.</param>
internal sealed record DelegatedServer(string Host, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>For example <c>ns1.example.com (192.0.2.53)</c>.</summary>
    public override string ToString() => Addresses.Count == 0 ? $"{Host} (which has no address)" : $"{Host} ({string.Join(", ", Addresses)})";
}

/// <summary>Who answers for a zone as resolvers see it, which is where a delegation leads.</summary>
/// <param name="Zone">The zone.</param>
/// <param name="NameExists">Whether there is such a name at all.</param>
/// <param name="Servers">Its name servers, sorted; empty when the name is not the top of a zone.</param>
internal sealed record Delegation(DnsName Zone, bool NameExists, IReadOnlyList<DelegatedServer> Servers)
{
    /// <summary>Asks for the NS records of a zone, then for the addresses of each server.</summary>
    /// <exception cref="DnsClientException">No resolver gives an answer.</exception>
    public static async Task<Delegation> FindAsync(RecursiveResolver resolver, DnsName zone, CancellationToken cancellationToken)
    {
        var reply = await resolver.AskAsync(zone, DnsType.NS, cancellationToken);
        var owner = WireName.From(zone);
        var hosts = reply.Answers.Where(record => record.Type == DnsType.NS && record.Name == owner).Select(record => ((NameData)record.Data).Name.ToLower()).Distinct();
        var servers = await Task.WhenAll(hosts.Select(host => ServerAsync(resolver, host, cancellationToken)));
        return new Delegation(zone, reply.Rcode == DnsRcode.NOERROR, [.. servers.OrderBy(server => server.Host, StringComparer.Ordinal)]);
    }

    private static async Task<DelegatedServer> ServerAsync(RecursiveResolver resolver, WireName host, CancellationToken cancellationToken)
    {
        if (!host.TryToDnsName(out var name))
        {
            return new DelegatedServer(host.ToString(), []);
        }

        var addresses = await Task.WhenAll(AddressesAsync(resolver, name, DnsType.A, cancellationToken), AddressesAsync(resolver, name, DnsType.AAAA, cancellationToken));
        return new DelegatedServer(name.ToString(), [.. addresses.SelectMany(some => some).Distinct()]);
    }

    /// <summary>One server that cannot be looked up must not hide the others.</summary>
    private static async Task<IEnumerable<IPAddress>> AddressesAsync(RecursiveResolver resolver, DnsName host, DnsType type, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await resolver.AskAsync(host, type, cancellationToken);
            return reply.Answers.Where(record => record.Type == type).Select(record => record.Data).OfType<AddressData>().Select(data => data.Address);
        }
        catch (DnsClientException)
        {
            return [];
        }
    }
}
