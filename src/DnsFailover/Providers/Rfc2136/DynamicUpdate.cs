using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Rfc2136;

/// <summary>Puts change sets into the form of RFC 2136.</summary>
internal static class DynamicUpdate
{
    /// <summary>
    /// One message with all conditions and all changes: the server takes it as a whole or not at all (RFC 2136 section 3).
    /// Each set is deleted and added again, so that a new TTL reaches values that stay; nobody sees the moment between.
    /// </summary>
    /// <param name="zone">The zone.</param>
    /// <param name="change">What is wanted.</param>
    /// <param name="mark">The mark as it was read, which becomes a condition; null leaves marks alone.</param>
    /// <param name="writesMark">Whether the change set's owner is marked.</param>
    /// <param name="id">The message's id.</param>
    public static DnsMessage For(DnsName zone, ChangeSet change, OwnerMark? mark, bool writesMark, ushort id)
    {
        var name = WireName.From(change.Name);
        var prerequisites = new List<ResourceRecord>();
        var updates = new List<ResourceRecord>();
        foreach (var (before, after) in change.Changes)
        {
            var type = (DnsType)after.Type;
            if (before is null)
            {
                prerequisites.Add(new ResourceRecord(name, type, DnsClass.NONE, 0, EmptyData.Instance)); // section 2.4.3
            }
            else
            {
                AddValues(prerequisites, name, before, ttl: 0); // section 2.4.2
                updates.Add(new ResourceRecord(name, type, DnsClass.ANY, 0, EmptyData.Instance)); // section 2.5.2
            }

            AddValues(updates, name, after, (uint)after.Ttl.TotalSeconds); // section 2.5.1
        }

        prerequisites.AddRange(mark?.Conditions() ?? []);
        updates.AddRange(mark is not null && writesMark ? mark.Changes(change.Owner!) : []);
        return Message(zone, prerequisites, updates, id);
    }

    /// <summary>
    /// An update that changes nothing, to find out what would be permitted: its condition is that the zone's own name is
    /// not in use (section 2.4.5), which is never true, and it deletes records that do not exist (section 2.5.4).
    /// Servers look at the permission first, or at the condition, and stop there.
    /// </summary>
    /// <param name="zone">The zone.</param>
    /// <param name="sets">The sets in question: A, AAAA, CNAME or TXT.</param>
    /// <param name="id">The message's id.</param>
    public static DnsMessage WithoutEffect(DnsName zone, IEnumerable<(DnsName Name, DnsType Type)> sets, ushort id)
    {
        var impossible = new ResourceRecord(WireName.From(zone), DnsType.ANY, DnsClass.NONE, 0, EmptyData.Instance);
        return Message(zone, [impossible], [.. sets.Select(set => new ResourceRecord(WireName.From(set.Name), set.Type, DnsClass.NONE, 0, NeverThere(set.Type)))], id);
    }

    private static RecordData NeverThere(DnsType type) => type switch
    {
        DnsType.A => new AddressData(IPAddress.Any),
        DnsType.AAAA => new AddressData(IPAddress.IPv6Any),
        DnsType.CNAME => new NameData(WireName.Parse("dnsfailover-doctor.invalid")),
        _ => TxtData.FromText("dnsfailover doctor"),
    };

    private static DnsMessage Message(DnsName zone, IReadOnlyList<ResourceRecord> prerequisites, IReadOnlyList<ResourceRecord> updates, ushort id) => new()
    {
        Id = id,
        Opcode = DnsOpcode.Update,
        Questions = [new DnsQuestion(WireName.From(zone), DnsType.SOA)],
        Answers = prerequisites,
        Authorities = updates,
    };

    private static void AddValues(List<ResourceRecord> records, WireName name, RecordSet set, uint ttl)
    {
        foreach (var value in set.Values)
        {
            RecordData data = set.Type == RecordType.CNAME ? new NameData(WireName.Parse(value.Data)) : new AddressData(IPAddress.Parse(value.Data));
            records.Add(new ResourceRecord(name, (DnsType)set.Type, DnsClass.IN, ttl, data));
        }
    }
}
