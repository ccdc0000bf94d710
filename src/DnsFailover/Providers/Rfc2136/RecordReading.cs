using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Rfc2136;

/// <summary>Makes the records of a name out of the three replies about it.</summary>
internal static class RecordReading
{
    /// <summary>
    /// Takes the name's own records only; what an alias leads to belongs to other names. Three questions are not one, so
    /// replies that contradict each other are a failed read.
    /// </summary>
    /// <exception cref="ProviderException">They contradict each other, or hold what cannot be steered.</exception>
    public static NameRecords Combine(DnsName name, DnsMessage a, DnsMessage cname, DnsMessage aaaa)
    {
        var owner = WireName.From(name);
        var sets = new[] { Set(name, RecordType.A, a), Set(name, RecordType.CNAME, cname), Set(name, RecordType.AAAA, aaaa) };
        var addresses = sets[0] is not null || sets[2] is not null;
        var alias = sets[1] is not null;
        var aliasSeen = Own(a, owner, DnsType.CNAME).Any() || Own(aaaa, owner, DnsType.CNAME).Any();
        var saidAbsent = new[] { a, cname, aaaa }.Any(reply => reply.Rcode == DnsRcode.NXDOMAIN && !Own(reply, owner, DnsType.CNAME).Any());
        if (aliasSeen != alias || (alias && addresses) || (saidAbsent && (alias || addresses)))
        {
            throw new ProviderException(ProviderFailure.Transient, $"the records of {name} changed while they were read");
        }

        return NameRecords.Create(name, sets.OfType<RecordSet>());
    }

    private static IEnumerable<ResourceRecord> Own(DnsMessage reply, WireName owner, DnsType type) =>
        reply.Answers.Where(record => record.Type == type && record.Class == DnsClass.IN && record.Name == owner);

    private static RecordSet? Set(DnsName name, RecordType type, DnsMessage reply)
    {
        var own = Own(reply, WireName.From(name), (DnsType)type).ToList();
        if (own.Count == 0)
        {
            return null;
        }

        try
        {
            // One set has one TTL; where a server says otherwise the smallest counts. Bit 31 means zero (RFC 2181 sections 5.2 and 8).
            var ttl = own.Min(record => record.Ttl > int.MaxValue ? 0 : record.Ttl);
            return RecordSet.Create(name, type, TimeSpan.FromSeconds(ttl), own.Select(record => record.Data.ToString()!));
        }
        catch (ArgumentException e)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{name} holds a record that cannot be steered: {e.Message}", e);
        }
    }
}
