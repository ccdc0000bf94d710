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
    public static DnsMessage For(DnsName zone, ChangeSet change, ushort id)
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

        return new DnsMessage
        {
            Id = id,
            Opcode = DnsOpcode.Update,
            Questions = [new DnsQuestion(WireName.From(zone), DnsType.SOA)],
            Answers = prerequisites,
            Authorities = updates,
        };
    }

    private static void AddValues(List<ResourceRecord> records, WireName name, RecordSet set, uint ttl)
    {
        foreach (var value in set.Values)
        {
            RecordData data = set.Type == RecordType.CNAME ? new NameData(WireName.Parse(value.Data)) : new AddressData(IPAddress.Parse(value.Data));
            records.Add(new ResourceRecord(name, (DnsType)set.Type, DnsClass.IN, ttl, data));
        }
    }
}
