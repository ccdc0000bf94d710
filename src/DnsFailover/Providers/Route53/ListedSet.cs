using System.Xml.Linq;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// One ResourceRecordSet as it was listed. It keeps the whole element, since a DELETE must repeat all of it
/// (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html).
/// </summary>
internal sealed class ListedSet(XElement element)
{
    private static readonly (string Element, string Policy)[] Policies =
    [
        ("Region", "latency"), ("GeoLocation", "geolocation"), ("GeoProximityLocation", "geoproximity"), ("Failover", "failover"), ("CidrRoutingConfig", "IP-based"), ("MultiValueAnswer", "multivalue answer"),
    ];

    /// <summary>The element.</summary>
    public XElement Element => element;

    /// <summary>The name, with escapes replaced.</summary>
    public string Name { get; } = Route53Name.Decode(element.Text("Name") ?? string.Empty);

    /// <summary>For example A.</summary>
    public string Type { get; } = element.Text("Type") ?? string.Empty;

    /// <summary>Tells sets of one name and type apart; null for a simple one.</summary>
    public string? SetIdentifier { get; } = element.Text("SetIdentifier");

    /// <summary>0 to 255 for a weighted set, else null.</summary>
    public int? Weight { get; } = (int?)element.Number("Weight");

    /// <summary>PRIMARY or SECONDARY for a failover set, else null.</summary>
    public string? Failover { get; } = element.Text("Failover");

    /// <summary>In seconds; null for an alias.</summary>
    public long? Ttl { get; } = element.Number("TTL");

    /// <summary>The health check that takes it out of the answers; null for none.</summary>
    public string? HealthCheckId { get; } = element.Text("HealthCheckId");

    /// <summary>What an alias leads to; null for records.</summary>
    public string? AliasTarget { get; } = element.Text("AliasTarget", "DNSName") is { } target ? Route53Name.Decode(target) : null;

    /// <summary>The values as they are stored there.</summary>
    public IReadOnlyList<string> Values { get; } = [.. element.Child("ResourceRecords")?.Children("ResourceRecord").Select(record => record.Text("Value") ?? string.Empty) ?? []];

    /// <summary>True when a traffic policy made it, which alone may change it.</summary>
    public bool IsOfTrafficPolicy { get; } = element.Child("TrafficPolicyInstanceId") is not null;

    /// <summary>The routing policy where it is neither simple nor weighted; null where it is.</summary>
    public string? OtherPolicy { get; } =
        Policies.FirstOrDefault(policy => element.Child(policy.Element) is not null).Policy ?? (element.Child("SetIdentifier") is not null && element.Child("Weight") is null ? "unknown" : null);

    /// <summary>What it is in a few words, where its values alone do not say: <c>alias to lb-1.eu-west-1.elb.amazonaws.com</c>, <c>latency 'eu' 192.0.2.1</c>.</summary>
    public string Describe()
    {
        var content = AliasTarget is { } target ? $"alias to {target}" : string.Join(", ", Values);
        return SetIdentifier is { } identifier ? $"{OtherPolicy ?? "weighted"} '{identifier}' {content}" : content;
    }
}
