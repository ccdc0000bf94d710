using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Azure;

/// <summary>One RRset as Azure keeps it, with everything about it, since a PUT drops what it does not repeat.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Type">Its type.</param>
/// <param name="ETag">Changes with every write of the set; the condition of the next one.</param>
/// <param name="Properties">What is kept about it, as received.</param>
internal sealed record AzureRecordSet(DnsName Name, RecordType Type, string ETag, JsonElement Properties)
{
    /// <summary>The key of the mark in a set's metadata.</summary>
    public const string OwnerKey = "dnsfailover-owner";

    /// <summary>The relative name of the zone's own sets.</summary>
    public const string Apex = "@";

    private static readonly string[] ReadOnlyMembers = ["fqdn", "provisioningState"];

    /// <summary>The controller whose mark it carries; null when it carries none.</summary>
    public string? Owner => Properties.Object("metadata")?.OptionalText(OwnerKey) is { Length: > 0 } owner ? owner : null;

    /// <summary>The Azure resource that it stands for instead of holding values; null when it holds values.</summary>
    public string? AliasOf => IdIn("targetResource") ?? IdIn("trafficManagementProfile");

    /// <summary>The name within the zone, as paths have it.</summary>
    public static string RelativeName(DnsName name, DnsName zone) => name == zone ? Apex : name.ToString()[..^(zone.ToString().Length + 1)];

    /// <summary>Reads a record set; null when it is of a type or a name that is not steered.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static AzureRecordSet? Read(JsonElement json, DnsName zone)
    {
        var type = json.Text("type").Split('/')[^1];
        var relative = json.Text("name");

        // Wildcards and the names of other types need not be host names.
        return Enum.TryParse<RecordType>(type, ignoreCase: true, out var steered) && DnsName.TryParse(relative == Apex ? zone.ToString() : $"{relative}.{zone}", out var name, out _)
            ? new AzureRecordSet(name, steered, json.Text("etag"), json.Object("properties") ?? throw new JsonException("'properties' is missing"))
            : null;
    }

    /// <summary>The sets of one name as they are steered.</summary>
    /// <exception cref="ProviderException">Rejected: there is something that cannot be steered; it is left alone.</exception>
    public static NameRecords Combine(DnsName name, IEnumerable<AzureRecordSet> sets)
    {
        var all = sets.ToList();
        if (all.Find(set => set.AliasOf is not null) is { } alias)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{name} cannot be steered at Azure DNS: its {alias.Type} record set is an alias to {VendorText.Clean(alias.AliasOf!)}, which no endpoint can declare and which is left alone: replace it by a record set with the value of an endpoint, or steer another name");
        }

        // Several marks are nobody's: only a controller that may adopt the name goes on.
        var owners = all.Select(set => set.Owner).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        try
        {
            return NameRecords.Create(name, all.Select(set => set.ToRecords()).OfType<RecordSet>()) with { Owner = owners.Count == 0 ? null : VendorText.Clean(string.Join(" and ", owners)) };
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{name} holds records at Azure DNS that cannot be steered: {e.Message}", e);
        }
    }

    /// <summary>The body of the PUT that creates or replaces a set.</summary>
    /// <param name="before">The set as it is; null when there is none.</param>
    /// <param name="after">What it shall be.</param>
    /// <param name="owner">The mark that it shall carry; null leaves marks alone.</param>
    public static JsonObject Put(AzureRecordSet? before, RecordSet after, string? owner)
    {
        var properties = before?.Kept() ?? [];
        properties["TTL"] = (long)after.Ttl.TotalSeconds;
        properties[Member(after.Type)] = after.Type == RecordType.CNAME
            ? new JsonObject { ["cname"] = after.Values[0].Data }
            : new JsonArray([.. after.Values.Select(value => new JsonObject { [after.Type == RecordType.A ? "ipv4Address" : "ipv6Address"] = value.Data })]);
        return new JsonObject { ["properties"] = Marked(properties, owner) };
    }

    /// <summary>The body of the PUT that changes nothing but the mark.</summary>
    public JsonObject PutMark(string owner) => new() { ["properties"] = Marked(Kept(), owner) };

    private JsonObject Kept() => new(JsonObject.Create(Properties)!
        .Where(member => !ReadOnlyMembers.Contains(member.Key, StringComparer.OrdinalIgnoreCase))
        .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));

    private static JsonObject Marked(JsonObject properties, string? owner)
    {
        if (owner is not null)
        {
            var metadata = properties["metadata"] as JsonObject ?? [];
            metadata[OwnerKey] = owner;
            if (metadata.Parent is null)
            {
                properties["metadata"] = metadata;
            }
        }

        return properties;
    }

    /// <summary>Null for a set without values, which Azure keeps and nobody is answered.</summary>
    private RecordSet? ToRecords()
    {
        string[] values = Type == RecordType.CNAME
            ? Properties.Object(Member(Type))?.OptionalText("cname") is { Length: > 0 } target ? [target] : []
            : [.. (Properties.List(Member(Type)) ?? []).Select(item => item.Text(Type == RecordType.A ? "ipv4Address" : "ipv6Address"))];
        return values.Length == 0 ? null : RecordSet.Create(Name, Type, TimeSpan.FromSeconds(Properties.Number("TTL") ?? throw new JsonException("'TTL' is missing")), values);
    }

    private string? IdIn(string member) => Properties.Object(member)?.OptionalText("id") is { Length: > 0 } id ? id : null;

    private static string Member(RecordType type) => type == RecordType.CNAME ? "CNAMERecord" : $"{type}Records";
}
