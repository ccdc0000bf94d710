using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Webhook;

/// <summary>What the server holds at one name, as it says it; it is taken apart when somebody asks for this name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Json">The document.</param>
internal sealed record NameDocument(DnsName Name, JsonElement Json)
{
    /// <summary>Reads which name a document is about; null when it is one that nothing is steered at, such as a wildcard.</summary>
    /// <exception cref="JsonException">It names none.</exception>
    public static NameDocument? Find(JsonElement json) => DnsName.TryParse(json.Text("name"), out var name, out _) ? new NameDocument(name, json) : null;

    /// <summary>Why the name servers answer something else than the records; null where they answer the records.</summary>
    public string? Hidden => Json.OptionalText("hidden");

    /// <summary>The records that are steered; other types are left out.</summary>
    /// <exception cref="JsonException">It is not as the contract says.</exception>
    /// <exception cref="ProviderException">Rejected: the values make no RRset.</exception>
    public NameRecords Records()
    {
        var sets = Json.List("sets") ?? throw new JsonException($"'sets' of {Name} is missing or no list");
        try
        {
            return NameRecords.Create(Name, sets.Select(Set).OfType<RecordSet>()) with { Owner = Json.OptionalText("owner") is { Length: > 0 } owner ? owner : null };
        }
        catch (ArgumentException e)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{Name} holds records that cannot be steered: {e.Message}", e);
        }
    }

    /// <summary>The body of a change: for each type what must be there now, null for nothing, and what shall be.</summary>
    /// <param name="change">The change.</param>
    /// <param name="id">Different for each request; a server that gets one twice carries it out once.</param>
    public static JsonObject For(ChangeSet change, string id)
    {
        var body = new JsonObject
        {
            ["id"] = id,
            ["changes"] = new JsonArray([.. change.Changes.Select(one => new JsonObject { ["type"] = $"{one.After.Type}", ["if"] = Content(one.Before), ["then"] = Content(one.After) })]),
        };
        if (change.Owner is { } owner)
        {
            body["owner"] = owner;
        }

        return body;
    }

    private RecordSet? Set(JsonElement set)
    {
        if (!Enum.TryParse<RecordType>(set.Text("type"), out var type) || !Enum.IsDefined(type))
        {
            return null;
        }

        var ttl = set.Number("ttl") is { } seconds and >= 0 ? TimeSpan.FromSeconds(seconds) : throw new JsonException($"'ttl' of {Name} {type} is missing or no number of seconds");
        var values = set.List("values") ?? throw new JsonException($"'values' of {Name} {type} is missing or no list");
        return RecordSet.Create(Name, type, ttl, values.Select(value => new RecordValue(value.Text("data"), value.Number("weight"))));
    }

    private static JsonObject? Content(RecordSet? set) => set is null ? null : new JsonObject
    {
        ["ttl"] = (long)set.Ttl.TotalSeconds,
        ["values"] = new JsonArray([.. set.Values.Select(Value)]),
    };

    private static JsonObject Value(RecordValue value)
    {
        var json = new JsonObject { ["data"] = value.Data };
        if (value.Weight is { } weight)
        {
            json["weight"] = weight;
        }

        return json;
    }
}
