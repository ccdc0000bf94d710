using System.Globalization;
using System.Xml.Linq;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>Makes ResourceRecordSet elements, with their members in the order of the API's description.</summary>
internal static class RecordSetXml
{
    /// <summary>A set without a routing policy.</summary>
    public static XElement Simple(DnsName name, string type, long ttl, IEnumerable<string> values, string? healthCheck = null) =>
        Route53Xml.Element("ResourceRecordSet", [.. Head(name, type), .. Body(ttl, values), HealthCheck(healthCheck)]);

    /// <summary>An alias. Whether its target is healthy is looked at by the daemon.</summary>
    public static XElement Alias(DnsName name, string type, string targetZone, string target) => Route53Xml.Element(
        "ResourceRecordSet",
        [
            .. Head(name, type),
            Route53Xml.Element("AliasTarget", Route53Xml.Element("HostedZoneId", targetZone), Route53Xml.Element("DNSName", $"{target}."), Route53Xml.Element("EvaluateTargetHealth", "false")),
        ]);

    /// <summary>One of several weighted sets, with its one value.</summary>
    public static XElement Weighted(DnsName name, string type, string identifier, int weight, long ttl, string value, string? healthCheck) =>
        Routed(name, type, identifier, "Weight", Number(weight), ttl, [value], healthCheck);

    /// <summary>A set with a routing policy.</summary>
    public static XElement Routed(DnsName name, string type, string identifier, string policy, string parameter, long ttl, IEnumerable<string> values, string? healthCheck) =>
        Route53Xml.Element(
            "ResourceRecordSet",
            [.. Head(name, type), Route53Xml.Element("SetIdentifier", identifier), Route53Xml.Element(policy, parameter), .. Body(ttl, values), HealthCheck(healthCheck)]);

    /// <summary>The set with this health check in place of the one that it has; null takes it away.</summary>
    public static XElement WithHealthCheck(this XElement set, string? healthCheck)
    {
        set.Child("HealthCheckId")?.Remove();
        set.Child("ResourceRecords")!.AddAfterSelf(HealthCheck(healthCheck));
        return set;
    }

    /// <summary>A listed set with other values, TTL and perhaps weight; everything else in it stays.</summary>
    public static XElement WithValues(ListedSet set, long ttl, IEnumerable<string> values, int? weight = null)
    {
        var copy = set.Element.Copy();
        copy.Child("ResourceRecords")!.ReplaceAll(Records(values));
        copy.Child("TTL")!.Value = Number(ttl);
        if (weight is { } changed)
        {
            copy.Child("Weight")!.Value = Number(changed);
        }

        return copy;
    }

    /// <summary>A value as Route 53 stores it: host names with their final dot.</summary>
    public static string Stored(RecordType type, string data) => type == RecordType.CNAME ? $"{data}." : data;

    private static XElement[] Head(DnsName name, string type) => [Route53Xml.Element("Name", $"{name}."), Route53Xml.Element("Type", type)];

    private static XElement[] Body(long ttl, IEnumerable<string> values) => [Route53Xml.Element("TTL", Number(ttl)), Route53Xml.Element("ResourceRecords", Records(values))];

    private static object[] Records(IEnumerable<string> values) => [.. values.Select(value => Route53Xml.Element("ResourceRecord", Route53Xml.Element("Value", value)))];

    private static XElement? HealthCheck(string? id) => id is null ? null : Route53Xml.Element("HealthCheckId", id);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
