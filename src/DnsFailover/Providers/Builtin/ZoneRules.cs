using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Builtin;

/// <summary>What may stand in the zone.</summary>
internal static class ZoneRules
{
    /// <summary>Keeps an answer well below the 65535 octets of a message (RFC 1035 section 4.2.2).</summary>
    public const int MaxValues = 500;

    /// <summary>The largest weight, so that the sum of all stays an int.</summary>
    public const int MaxWeight = 65535;

    private static readonly TimeSpan s_maxTtl = TimeSpan.FromSeconds(int.MaxValue);

    /// <summary>Why the change cannot be made in this zone, whatever its records are; null when it can.</summary>
    public static string? Complaint(ZoneApex apex, ChangeSet change)
    {
        if (!change.Name.IsWithin(apex.Zone))
        {
            return $"{change.Name} is not in the builtin zone {apex.Zone}; give its service another provider, or the provider another zone";
        }

        if (change.Changes.Count == 0)
        {
            return $"the change set {change.Id} of {change.Name} is empty";
        }

        if (change.Changes.Select(each => each.After.Type).Distinct().Count() != change.Changes.Count)
        {
            return $"the change set {change.Id} of {change.Name} changes one RRset twice";
        }

        if (apex.NameServers.Contains(change.Name) && change.Changes.Any(each => each.After.Type == RecordType.CNAME))
        {
            return $"{change.Name} is a name server, which cannot be a CNAME (RFC 2181 section 10.3)";
        }

        return change.Changes.Select(each => Complaint(change.Name, each.After)).FirstOrDefault(complaint => complaint is not null);
    }

    /// <summary>Why these records cannot stand at one name; null when they can.</summary>
    public static string? Complaint(DnsName zone, NameRecords records)
    {
        if (records[RecordType.CNAME] is not null)
        {
            return records.Name == zone ? $"{records.Name} is the apex of its zone, which cannot be a CNAME (RFC 1034 section 3.6.2); give its endpoints addresses"
                : records.Sets.Count > 1 ? $"{records.Name} cannot have a CNAME beside other records (RFC 2181 section 10.1)"
                : Complaint(records.Name, records.Sets[0]);
        }

        return records.Sets.Select(set => Complaint(records.Name, set)).FirstOrDefault(complaint => complaint is not null);
    }

    private static string? Complaint(DnsName name, RecordSet set) =>
        set.Name != name ? $"the change set of {name} holds a record of {set.Name}"
        : set.Values.Count > MaxValues ? $"{name} {set.Type} has {set.Values.Count} values; the builtin server takes at most {MaxValues}"
        : set.Ttl < TimeSpan.Zero || set.Ttl > s_maxTtl ? $"{name} {set.Type} has a TTL of {(long)set.Ttl.TotalSeconds} s; it is 0 to {int.MaxValue} (RFC 2181 section 8)"
        : set.Values.Any(value => value.Weight is < 0 or > MaxWeight) ? $"{name} {set.Type} has a weight outside of 0 to {MaxWeight}"
        : null;
}
