using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Hetzner;

/// <summary>One value of an RRset.</summary>
/// <param name="Data">The value, in canonical text where it can be steered.</param>
/// <param name="Comment">What people wrote about it; null when nothing.</param>
internal sealed record HetznerValue(string Data, string? Comment);

/// <summary>One RRset as Hetzner keeps it (https://docs.hetzner.cloud/reference/cloud#zone-rrsets).</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Ttl">In seconds; null for the default of the zone.</param>
/// <param name="IsProtected">Whether somebody has forbidden changes of it.</param>
/// <param name="Labels">Its labels, of which one is the mark of its owner.</param>
/// <param name="Values">Its values.</param>
internal sealed record HetznerRrset(DnsName Name, RecordType Type, int? Ttl, bool IsProtected, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<HetznerValue> Values)
{
    /// <summary>The controller whose mark it carries.</summary>
    public string? Owner => Labels.GetValueOrDefault(OwnerLabel.Key);

    /// <summary>Reads one of <c>rrsets</c>; null when it is of a type or a name that is not steered.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static HetznerRrset? Read(JsonElement json, DnsName zone)
    {
        // Wildcards and the names of other types need not be host names.
        if (!Enum.TryParse<RecordType>(json.Text("type"), out var type) || RelativeName.Full(json.Text("name"), zone) is not { } name)
        {
            return null;
        }

        var values = json.List("records") ?? throw new JsonException("'records' is no list");
        var ttl = json.Number("ttl");
        return ttl is not null || json.IsNull("ttl")
            ? new HetznerRrset(
                name,
                type,
                ttl,
                json.Object("protection")?.Flag("change") ?? false,
                LabelsIn(json),
                [.. values.Select(value => new HetznerValue(Canonical(type, value.Text("value"), zone), value.OptionalText("comment") is { Length: > 0 } comment ? comment : null))])
            : throw new JsonException("'ttl' is missing or no number");
    }

    /// <summary>The RRsets of one name as the sets that are steered.</summary>
    /// <param name="name">The name.</param>
    /// <param name="rrsets">Its RRsets.</param>
    /// <param name="usualTtl">The zone's default, for RRsets without a TTL of their own.</param>
    /// <exception cref="ProviderException">Rejected: two controllers have marked them, or they make no RRset.</exception>
    public static NameRecords Combine(DnsName name, IReadOnlyCollection<HetznerRrset> rrsets, int usualTtl)
    {
        string[] owners = [.. rrsets.Select(rrset => rrset.Owner).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        if (owners.Length > 1)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the RRsets of {name} carry the marks of several controllers ({string.Join(", ", owners)}): remove the wrong label {OwnerLabel.Key}");
        }

        try
        {
            var sets = rrsets.Where(rrset => rrset.Values.Count > 0).Select(rrset => RecordSet.Create(name, rrset.Type, TimeSpan.FromSeconds(rrset.Ttl ?? usualTtl), rrset.Values.Select(value => value.Data)));
            return NameRecords.Create(name, sets) with { Owner = owners.SingleOrDefault() };
        }
        catch (ArgumentException e)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{name} holds records that cannot be steered: {e.Message}", e);
        }
    }

    /// <summary>The value as Hetzner takes it: a host name without a dot at its end would be one below the zone.</summary>
    public static string Written(RecordType type, string data) => type == RecordType.CNAME ? $"{data}." : data;

    private static Dictionary<string, string> LabelsIn(JsonElement json) =>
        json.Object("labels") is { } labels ? labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.AsText() ?? throw new JsonException("a label is no text"), StringComparer.Ordinal) : [];

    /// <summary>What is no value of its type is kept as it is: it must not get into the way of other names.</summary>
    private static string Canonical(RecordType type, string value, DnsName zone)
    {
        try
        {
            return type == RecordType.CNAME ? RelativeName.Full(value, zone)?.ToString() ?? value : RecordSet.Canonical(type, value);
        }
        catch (ArgumentException)
        {
            return value;
        }
    }
}
