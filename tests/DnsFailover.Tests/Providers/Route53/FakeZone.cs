using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>A hosted zone of the fake: what it takes and what it refuses is what the vendor documents.</summary>
internal sealed class FakeZone(string id, string name, bool isPrivate = false)
{
    private static readonly XNamespace Ns = "https://route53.amazonaws.com/doc/2013-04-01/";
    private static readonly string[] PolicyElements = ["Weight", "Region", "GeoLocation", "Failover", "MultiValueAnswer", "CidrRoutingConfig", "GeoProximityLocation"];

    public string Id => id;

    /// <summary>With its final dot.</summary>
    public string Name => name + ".";

    public bool IsPrivate => isPrivate;

    /// <summary>Not like the vendor: holds a CREATE against what is there before the batch, as some compatible servers do.</summary>
    public bool JudgesCreatesFirst { get; set; }

    /// <summary>As they are listed, sorted.</summary>
    public List<XElement> Sets { get; private set; } = [];

    /// <summary>A set as it is listed.</summary>
    public static XElement Set(string name, string type, int ttl, IEnumerable<string> values, params XElement[] attributes) => new(
        Ns + "ResourceRecordSet",
        new XElement(Ns + "Name", Escape(name)),
        new XElement(Ns + "Type", type),
        attributes.Where(attribute => attribute.Name.LocalName != "HealthCheckId"),
        new XElement(Ns + "TTL", ttl),
        new XElement(Ns + "ResourceRecords", values.Select(value => new XElement(Ns + "ResourceRecord", new XElement(Ns + "Value", value)))),
        attributes.Where(attribute => attribute.Name.LocalName == "HealthCheckId"));

    /// <summary>An alias as it is listed.</summary>
    public static XElement Alias(string name, string type, string target) => new(
        Ns + "ResourceRecordSet",
        new XElement(Ns + "Name", Escape(name)),
        new XElement(Ns + "Type", type),
        new XElement(Ns + "AliasTarget", new XElement(Ns + "HostedZoneId", "Z35SXDOTRQ7X7K"), new XElement(Ns + "DNSName", Escape(target)), new XElement(Ns + "EvaluateTargetHealth", "false")));

    /// <summary>An attribute of a set.</summary>
    public static XElement With(string name, object value) => new(Ns + name, value);

    /// <summary>Puts sets in place of all that have their name and type, without asking.</summary>
    public void Put(string owner, string type, params XElement[] sets)
    {
        Sets.RemoveAll(set => Text(set, "Name") == Escape(owner) && Text(set, "Type") == type);
        Sets.AddRange(sets);
        Sort();
    }

    /// <summary>The sets of a name and type.</summary>
    public IReadOnlyList<XElement> At(string owner, string type) => Sets.FindAll(set => Text(set, "Name") == Escape(owner) && Text(set, "Type") == type);

    /// <summary>Where a set stands in a listing.</summary>
    public static (string Name, string Type, string Identifier) Place(XElement set) => (SortKey(Text(set, "Name")!), Text(set, "Type")!, Text(set, "SetIdentifier") ?? string.Empty);

    public static int Compare((string Name, string Type, string Identifier) left, (string Name, string Type, string Identifier) right)
    {
        var order = string.CompareOrdinal(left.Name, right.Name);
        order = order != 0 ? order : string.CompareOrdinal(left.Type, right.Type);
        return order != 0 ? order : string.CompareOrdinal(left.Identifier, right.Identifier);
    }

    /// <summary>Labels from right to left, with the final dot: <c>com.example.www.</c>.</summary>
    public static string SortKey(string name) => string.Join('.', name.TrimEnd('.').Split('.').Reverse()) + ".";

    /// <summary>Lower case, a final dot, and octal escapes for all but letters, digits, hyphen, underscore and dot.</summary>
    public static string Escape(string name) =>
        string.Concat(name.TrimEnd('.').ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '\\' ? c.ToString() : $"\\{Convert.ToString(c, 8).PadLeft(3, '0')}")) + ".";

    /// <summary>Carries a batch out as a whole, or says why not and does nothing.</summary>
    public IReadOnlyList<string> Change(IEnumerable<(string Action, XElement Set)> changes)
    {
        var (sets, messages, deleted) = (Sets.ToList(), new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (action, asked) in changes)
        {
            var set = new XElement(asked);
            set.Element(Ns + "Name")!.Value = Escape(Text(set, "Name")!);
            var found = (JudgesCreatesFirst && action == "CREATE" ? Sets : sets).Find(candidate => Place(candidate) == Place(set));
            messages.AddRange(Malformed(set));
            if (action == "DELETE")
            {
                messages.AddRange(found is null ? [$"Tried to delete resource record set {Describe(set)} but it was not found"]
                    : !deleted.Add(Describe(set)) ? [$"The resource record set {Describe(set)} is deleted more than once"]
                    : Everything(found) != Everything(set) ? [$"Tried to delete resource record set {Describe(set)} but the values provided do not match the current values"]
                    : []);
                sets.Remove(found!);
                continue;
            }

            messages.AddRange(found is not null && action == "CREATE" ? [$"Tried to create resource record set {Describe(set)} but it already exists"] : []);
            sets.Remove(found!);
            messages.AddRange(InTheWay(set, sets));
            sets.Add(set);
        }

        if (messages.Count == 0)
        {
            Sets = sets;
            Sort();
        }

        return messages;
    }

    private static string? Text(XElement set, string name) => set.Element(Ns + name)?.Value;

    private static List<string> Values(XElement set) => [.. set.Element(Ns + "ResourceRecords")?.Elements().Select(record => record.Element(Ns + "Value")!.Value) ?? []];

    private static string Describe(XElement set) => $"[name='{Text(set, "Name")}', type='{Text(set, "Type")}'{(Text(set, "SetIdentifier") is { } identifier ? $", set identifier='{identifier}'" : string.Empty)}]";

    /// <summary>All of a set, with its values in no order.</summary>
    private static string Everything(XElement set)
    {
        var rest = set.Elements().Where(element => element.Name.LocalName != "ResourceRecords").Select(element => element.ToString(SaveOptions.DisableFormatting)).Order(StringComparer.Ordinal);
        return string.Join('\n', rest.Concat(Values(set).Order(StringComparer.Ordinal)));
    }

    private IEnumerable<string> Malformed(XElement set)
    {
        var (owner, type, values) = (Text(set, "Name")!, Text(set, "Type")!, Values(set));
        var policies = PolicyElements.Where(element => set.Element(Ns + element) is not null).ToList();
        if (owner != Name && !owner.EndsWith("." + Name, StringComparison.Ordinal))
        {
            yield return $"RRSet with DNS name {owner} is not permitted in zone {Name}";
        }

        if (type == "CNAME" && owner == Name)
        {
            yield return $"RRSet of type CNAME with DNS name {owner} is not permitted at apex in zone {Name}";
        }

        var isAlias = set.Element(Ns + "AliasTarget") is not null;
        if (isAlias == values.Count > 0 || isAlias == (Text(set, "TTL") is not null))
        {
            yield return $"Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found {(values.Count > 0 ? "more than one" : "none")} in Change with {Describe(set)}";
        }

        if (policies.Count > 1 || policies.Count == 1 != (Text(set, "SetIdentifier") is not null))
        {
            yield return $"Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer] with SetIdentifier in Change with {Describe(set)}";
        }

        if (Text(set, "Failover") == "PRIMARY" && !isAlias && Text(set, "HealthCheckId") is null)
        {
            yield return "A non-alias primary ResourceRecordSet must have an associated health check";
        }

        if ((policies is ["Weight"] || type == "CNAME") && values.Count > 1)
        {
            yield return $"A {(type == "CNAME" ? "CNAME" : "weighted")} resource record set has one resource record in Change with {Describe(set)}";
        }

        if (values.Distinct(StringComparer.OrdinalIgnoreCase).Count() != values.Count)
        {
            yield return $"Duplicate Resource Record: '{values.GroupBy(value => value).First(same => same.Count() > 1).Key}'";
        }

        foreach (var value in values.Where(value => !IsValue(type, value)))
        {
            yield return $"Invalid Resource Record: 'FATAL problem: ARRDATAIllegal (Value is not valid for {type}) encountered with '{value}''";
        }
    }

    private static bool IsValue(string type, string value) => type switch
    {
        "A" => IPAddress.TryParse(value, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == value,
        "AAAA" => IPAddress.TryParse(value, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6,
        "CNAME" => Regex.IsMatch(value, @"^([A-Za-z0-9_\-\\]{1,63}\.)*[A-Za-z0-9_\-\\]{1,63}\.?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)),
        "TXT" => Regex.IsMatch(value, "^\"([^\"\\\\]|\\\\.){0,255}\"( \"([^\"\\\\]|\\\\.){0,255}\")*$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)),
        _ => true,
    };

    private IEnumerable<string> InTheWay(XElement set, List<XElement> sets)
    {
        var (owner, type) = (Text(set, "Name")!, Text(set, "Type")!);
        var there = sets.FindAll(other => Text(other, "Name") == owner);
        foreach (var conflicting in there.Where(other => Text(other, "Type") != type && (type == "CNAME" || Text(other, "Type") == "CNAME")).Select(other => Text(other, "Type")).Distinct())
        {
            yield return $"RRSet of type {type} with DNS name {owner} is not permitted because a conflicting RRSet of type {conflicting} with the same DNS name already exists in zone {Name}";
        }

        var same = there.FindAll(other => Text(other, "Type") == type);
        if (Text(set, "Failover") is { } role && same.Exists(other => Text(other, "Failover") == role))
        {
            yield return $"There is a {role} record set of {owner} {type} already";
        }

        if (same.Exists(other => Policy(other) != Policy(set)))
        {
            yield return $"RRSet with DNS name {owner}, type {type}, SetIdentifier {Text(set, "SetIdentifier") ?? "null"} cannot be created as other RRSets exist with the same name and type.";
        }

        if (Policy(set) == "Weight" && same.Exists(other => Text(other, "TTL") != Text(set, "TTL")))
        {
            yield return $"All weighted resource record sets of {owner} {type} must have the same TTL";
        }

        if (same.Count >= 100)
        {
            yield return $"There are too many weighted resource record sets of {owner} {type}: 100 are allowed";
        }
    }

    private static string Policy(XElement set) => PolicyElements.FirstOrDefault(element => set.Element(Ns + element) is not null) ?? "simple";

    private void Sort() => Sets.Sort((left, right) => Compare(Place(left), Place(right)));

    public static string Ttl(XElement set) => int.Parse(Text(set, "TTL")!, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

    public static IReadOnlyList<string> ValuesOf(XElement set) => Values(set);
}
