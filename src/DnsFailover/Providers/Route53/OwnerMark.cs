using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>Writes <see cref="OwnerText"/> marks as Route 53 takes them. A mark is listed right behind the name's own records.</summary>
internal static class OwnerMark
{
    /// <summary>
    /// The set with the mark of this owner in place of another's; other values in it, its TTL and all else stay.
    /// </summary>
    public static System.Xml.Linq.XElement With(string owner, DnsName at, ListedSet? found)
    {
        var values = OwnerText.With(owner, found?.Values ?? []);
        return found is null ? RecordSetXml.Simple(at, "TXT", OwnerText.Ttl, values) : RecordSetXml.WithValues(found, found.Ttl ?? OwnerText.Ttl, values);
    }
}
