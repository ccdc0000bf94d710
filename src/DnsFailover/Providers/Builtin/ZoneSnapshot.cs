using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Builtin;

/// <summary>What the zone knows about a name.</summary>
internal enum NameKind
{
    /// <summary>The name is not in the zone.</summary>
    Outside,

    /// <summary>There is nothing at the name and nothing below it: NXDOMAIN.</summary>
    Missing,

    /// <summary>There is nothing at the name, but something below it (an empty non-terminal, RFC 8020): NODATA.</summary>
    Empty,

    /// <summary>The name is declared, but its first records are still to be written.</summary>
    Awaited,

    /// <summary>The name has records, or is the apex.</summary>
    Present,
}

/// <summary>
/// The whole zone at one moment, never changed: a query that began with one goes on with it, so it never sees half a change.
/// </summary>
internal sealed class ZoneSnapshot
{
    private readonly Dictionary<DnsName, NameRecords> _records;
    private readonly HashSet<DnsName> _declared;

    // Every name of the zone by the form that queries carry it in, those between the apex and a name with records included.
    private readonly Dictionary<WireName, DnsName> _existing;

    private ZoneSnapshot(
        ZoneApex apex, uint serial, Dictionary<DnsName, NameRecords> records, HashSet<DnsName> declared, Dictionary<WireName, DnsName>? existing = null) =>
        (Apex, Serial, _records, _declared, _existing) = (apex, serial, records, declared, existing ?? Existing(apex, records.Keys.Concat(declared)));

    /// <summary>The zone's name and name servers.</summary>
    public ZoneApex Apex { get; }

    /// <summary>The serial of the SOA record; counts the changes (RFC 1982).</summary>
    public uint Serial { get; }

    /// <summary>The names that have records, sorted.</summary>
    public IEnumerable<NameRecords> Records => _records.Values.OrderBy(records => records.Name);

    /// <summary>The zone as it was kept.</summary>
    public static ZoneSnapshot Create(ZoneApex apex, uint serial, IEnumerable<NameRecords> records, IEnumerable<DnsName> declared) =>
        new(apex, serial, records.Where(entry => entry.Sets.Count > 0).ToDictionary(entry => entry.Name), [.. declared]);

    /// <summary>The records at a name; none is an answer too.</summary>
    public NameRecords Read(DnsName name) => _records.TryGetValue(name, out var records) ? records : NameRecords.Create(name, []);

    /// <summary>The records to answer with, which for a name server may be the server's own address.</summary>
    public NameRecords Served(DnsName name) =>
        _records.TryGetValue(name, out var records) ? records
        : Apex.OwnAddressAt(name) is { } own ? NameRecords.Create(name, [own])
        : NameRecords.Create(name, []);

    /// <summary>
    /// What is at the name. A name server in the zone without an address is awaited, not missing: a resolver that is told
    /// that it does not exist gives up the whole zone.
    /// </summary>
    /// <param name="queried">The name as it was asked for.</param>
    /// <param name="name">The same name when it exists.</param>
    public NameKind Find(WireName queried, out DnsName name)
    {
        if (!_existing.TryGetValue(queried, out name))
        {
            return queried.IsWithin(Apex.WireZone) ? NameKind.Missing : NameKind.Outside;
        }

        return name == Apex.Zone || _records.ContainsKey(name) || Apex.OwnAddressAt(name) is not null ? NameKind.Present
            : IsAwaited(name) || Apex.NameServers.Contains(name) ? NameKind.Awaited
            : NameKind.Empty;
    }

    /// <summary>Whether the name is declared and has no records yet; also true of an apex that is being steered.</summary>
    public bool IsAwaited(DnsName name) => _declared.Contains(name) && !_records.ContainsKey(name);

    /// <summary>The zone after a write, with the next serial.</summary>
    public ZoneSnapshot With(NameRecords written)
    {
        var records = new Dictionary<DnsName, NameRecords>(_records) { [written.Name] = written };
        var existing = _existing.ContainsKey(WireName.From(written.Name)) ? _existing : null;
        return new ZoneSnapshot(Apex, NextSerial(Serial), records, _declared, existing);
    }

    /// <summary>The zone with other names declared; the serial stays, because no record changes.</summary>
    public ZoneSnapshot Declaring(IEnumerable<DnsName> names) => new(Apex, Serial, _records, [.. names]);

    /// <summary>Adds one in the arithmetic of RFC 1982, which goes on at 1 after the largest: some software takes 0 for "unknown".</summary>
    public static uint NextSerial(uint serial) => serial == uint.MaxValue ? 1 : serial + 1;

    private static Dictionary<WireName, DnsName> Existing(ZoneApex apex, IEnumerable<DnsName> leaves)
    {
        var existing = new Dictionary<WireName, DnsName> { [apex.WireZone] = apex.Zone };
        foreach (var leaf in leaves.Concat(apex.NameServers).Where(name => name.IsWithin(apex.Zone)))
        {
            for (var name = leaf; existing.TryAdd(WireName.From(name), name) && name.TryGetParent(out var parent); name = parent)
            {
                // Every name between a leaf and the apex exists, too.
            }
        }

        return existing;
    }
}
