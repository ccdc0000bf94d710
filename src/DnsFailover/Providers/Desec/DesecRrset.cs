using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Desec;

/// <summary>One RRset as deSEC shows it (https://desec.readthedocs.io/en/latest/dns/rrsets.html#rrset-field-reference): a steered one, or a mark.</summary>
/// <param name="Name">Where it is.</param>
/// <param name="Type">A, AAAA, CNAME, or TXT for a mark.</param>
/// <param name="Ttl">In seconds.</param>
/// <param name="Records">Its values as in a zone file.</param>
internal sealed record DesecRrset(DnsName Name, string Type, int Ttl, IReadOnlyList<string> Records)
{
    /// <summary>The type of marks.</summary>
    public const string MarkType = "TXT";

    /// <summary>The steered name that it belongs to.</summary>
    public DnsName Steered => Type == MarkType && OwnerText.NameOf(Name) is { } name ? name : Name;

    /// <summary>Reads one; null when it is neither steered nor a mark, of which there may be many.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static DesecRrset? Read(JsonElement json)
    {
        var (type, text) = (json.Text("type"), json.Text("name"));

        // Wildcards need not be host names.
        if (type is not ("A" or "AAAA" or "CNAME" or MarkType) || !DnsName.TryParse(text, out var name, out _) || (type == MarkType && OwnerText.NameOf(name) is null))
        {
            return null;
        }

        var records = json.List("records") ?? throw new JsonException($"'records' of {text} {type} is missing or no list");
        return new DesecRrset(name, type, json.Number("ttl") ?? throw new JsonException($"'ttl' of {text} {type} is missing or no number"), [.. records.Select(Value)]);

        string Value(JsonElement value) => value.AsText() ?? throw new JsonException($"a record of {text} {type} is no text");
    }

    /// <summary>The RRsets of one steered name and its mark.</summary>
    /// <exception cref="ProviderException">Rejected: values that are none of their type.</exception>
    public static NameRecords Combine(DnsName name, IEnumerable<DesecRrset> rrsets)
    {
        try
        {
            var byKind = rrsets.ToLookup(rrset => rrset.Type == MarkType);
            var sets = byKind[false].Select(rrset => RecordSet.Create(name, Enum.Parse<RecordType>(rrset.Type), TimeSpan.FromSeconds(rrset.Ttl), rrset.Records));
            return NameRecords.Create(name, sets) with { Owner = byKind[true].Select(mark => OwnerText.OwnerIn(mark.Records)).FirstOrDefault() };
        }
        catch (ArgumentException e)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{name} holds records that cannot be steered: {e.Message}", e);
        }
    }

    /// <summary>The name within the zone; empty for the zone itself.</summary>
    public static string Subname(DnsName name, DnsName zone) => name == zone ? string.Empty : name.ToString()[..^(zone.ToString().Length + 1)];

    /// <summary>What changes of one RRset; what does not is left out, so that it stays.</summary>
    public static JsonObject? Patch(DnsName zone, RecordChange change)
    {
        var json = Identified(change.After.Name, zone, $"{change.After.Type}");
        if (change.Before is null || !change.Before.HasSameValues(change.After))
        {
            json["records"] = List(change.After.Values.Select(value => change.After.Type == RecordType.CNAME ? $"{value.Data}." : value.Data));
        }

        if (change.Before is null || change.Before.Ttl != change.After.Ttl)
        {
            json["ttl"] = (long)change.After.Ttl.TotalSeconds;
        }

        return json.ContainsKey("records") || json.ContainsKey("ttl") ? json : null;
    }

    /// <summary>The mark of an owner in place of another's; null when it is there already.</summary>
    public static JsonObject? Mark(DnsName zone, DnsName place, string owner, DesecRrset? now, int ttl)
    {
        var wanted = OwnerText.With(owner, now?.Records ?? []);
        if (now is not null && wanted.ToHashSet(StringComparer.Ordinal).SetEquals(now.Records))
        {
            return null;
        }

        var json = Identified(place, zone, MarkType);
        json["records"] = List(wanted);
        if (now is null)
        {
            json["ttl"] = ttl;
        }

        return json;
    }

    private static JsonObject Identified(DnsName name, DnsName zone, string type) => new() { ["subname"] = Subname(name, zone), ["type"] = type };

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
