using System.Net;
using System.Net.Sockets;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Builtin;

/// <summary>What is at the top of the zone and does not change while the server runs.</summary>
internal sealed class ZoneApex
{
    /// <summary>How long resolvers may keep the SOA and NS records.</summary>
    public static readonly TimeSpan Ttl = TimeSpan.FromHours(1);

    /// <summary>
    /// How long resolvers may believe that a name or type does not exist (RFC 2308 section 5). Short, because a name
    /// that is declared later should be seen soon.
    /// </summary>
    public static readonly TimeSpan NegativeTtl = TimeSpan.FromSeconds(30);

    private const uint Refresh = 3600;
    private const uint Retry = 600;
    private const uint Expire = 1_209_600;

    private readonly WireName _mailbox;

    private ZoneApex(DnsName zone, ValueList<DnsName> nameServers, IPAddress? address)
    {
        (Zone, NameServers, Address) = (zone, nameServers, address);
        WireZone = WireName.From(zone);
        _mailbox = WireName.From(DnsName.TryParse($"hostmaster.{zone}", out var mailbox, out _) ? mailbox : zone);
    }

    /// <summary>The zone's own name.</summary>
    public DnsName Zone { get; }

    /// <summary>The same as messages carry it.</summary>
    public WireName WireZone { get; }

    /// <summary>The targets of its NS records, the primary of the SOA record first; at least one.</summary>
    public ValueList<DnsName> NameServers { get; }

    /// <summary>
    /// The address that the server listens at, which is also the address of a name server in the zone that has no
    /// record of its own; null when it listens at every address, and so knows no name for itself.
    /// </summary>
    public IPAddress? Address { get; }

    /// <summary>Fills in the default name server.</summary>
    /// <exception cref="ProviderException">Rejected: an entry of <c>nameServers</c> is not a host name.</exception>
    public static ZoneApex Create(DnsName zone, ValueList<string> nameServers, IPAddress listen)
    {
        var names = (nameServers.Count == 0 ? [$"ns1.{zone}"] : nameServers).Select(text =>
            DnsName.TryParse(text, out var name, out var error)
                ? name
                : throw new ProviderException(ProviderFailure.Rejected, $"the builtin zone {zone} has a wrong name server: {error}"));
        var everywhere = listen.Equals(IPAddress.Any) || listen.Equals(IPAddress.IPv6Any);
        return new ZoneApex(zone, names.Distinct().ToValueList(), everywhere ? null : listen);
    }

    /// <summary>The SOA record's data; nobody transfers the zone, so only the serial and the minimum mean something.</summary>
    public SoaData Soa(uint serial) =>
        new(WireName.From(NameServers[0]), _mailbox, serial, Refresh, Retry, Expire, (uint)NegativeTtl.TotalSeconds);

    /// <summary>The address record of a name server in the zone that nobody wrote one for; null when there is none to give.</summary>
    public RecordSet? OwnAddressAt(DnsName name)
    {
        if (Address is null || !name.IsWithin(Zone) || !NameServers.Contains(name))
        {
            return null;
        }

        var type = Address.AddressFamily == AddressFamily.InterNetwork ? RecordType.A : RecordType.AAAA;
        return RecordSet.Create(name, type, Ttl, new IPAddress(Address.GetAddressBytes()).ToString());
    }
}
