using System.Text.Json;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Google;

/// <summary>
/// One ResourceRecordSet as it was listed (https://cloud.google.com/dns/docs/reference/rest/v1/resourceRecordSets). It keeps
/// the whole document, since a deletion must repeat all of it.
/// </summary>
internal sealed class ListedSet
{
    private ListedSet(JsonElement json, DnsName name) => (Json, Name, Values) = (json, name, TextsOf(json, "rrdatas"));

    /// <summary>The document.</summary>
    public JsonElement Json { get; }

    /// <summary>The name.</summary>
    public DnsName Name { get; }

    /// <summary>The name as it is spelled there, with the trailing dot.</summary>
    public string Spelling => Json.Text("name");

    /// <summary>For example A.</summary>
    public string Type => Json.Text("type");

    /// <summary>In seconds; a zero may be left out.</summary>
    public int Ttl => Json.Number("ttl") ?? 0;

    /// <summary>The values, where no policy chooses among them.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>What chooses among values; null for a simple set.</summary>
    public RoutingPolicy? Policy => Json.Object("routingPolicy") is { } policy ? new RoutingPolicy(policy) : null;

    /// <summary>Reads an element of a list; null for a name that cannot be steered, such as a wildcard.</summary>
    /// <exception cref="JsonException">It is no record set.</exception>
    public static ListedSet? Read(JsonElement json)
    {
        var (name, type) = (json.Text("name"), json.Text("type"));
        return type.Length > 0 && DnsName.TryParse(name, out var parsed, out _) ? new ListedSet(json, parsed) : null;
    }

    /// <summary>The texts of a list; nothing where there is no such list.</summary>
    public static IReadOnlyList<string> TextsOf(JsonElement json, string member) =>
        [.. (json.List(member) ?? []).Select(item => item.AsText() ?? throw new JsonException($"'{member}' holds something else than texts"))];
}
