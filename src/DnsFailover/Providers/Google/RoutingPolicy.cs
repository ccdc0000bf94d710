using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Google;

/// <summary>
/// What chooses among the values of a set (https://cloud.google.com/dns/docs/routing-policies-overview). A weighted policy
/// is weights to us; of a failover policy the primary targets are the values, and its backups stay as they are; any other
/// answers in ways that a record set cannot tell, and is left alone.
/// </summary>
/// <param name="json">The document of the policy.</param>
internal sealed class RoutingPolicy(JsonElement json)
{
    private const int MostDigits = 6;

    private readonly IReadOnlyList<JsonElement> _items = json.Object("wrr")?.List("items") ?? [];

    /// <summary>True when values have weights.</summary>
    public bool IsWeighted => json.Object("wrr") is not null;

    /// <summary>True when there are primary targets, and backups for when Google's own health check finds those failing.</summary>
    public bool IsFailover => json.Object("primaryBackup") is not null;

    /// <summary>Why it cannot be steered; null when it can.</summary>
    public string? Complaint
    {
        get
        {
            try
            {
                return json.Object("geo") is not null ? "has a geolocation routing policy, which answers differently by where the question comes from"
                    : !IsWeighted && !IsFailover ? "has a routing policy of a kind that is not known here"
                    : HasInternalTargets ? "has internal load balancers as targets, which no endpoint can declare"
                    : Values.Count == 0 ? "has a routing policy without values"
                    : null;
            }
            catch (JsonException e)
            {
                return $"has a routing policy that is not understood ({e.Message})";
            }
        }
    }

    /// <summary>The values; their weights are whole numbers in the same proportions as there.</summary>
    /// <exception cref="JsonException">It is not as documented, or a weight is beyond what can be told.</exception>
    public IReadOnlyList<RecordValue> Values => IsFailover
        ? [.. ListedSet.TextsOf(Primary, "externalEndpoints").Select(target => new RecordValue(target))]
        : [.. _items.SelectMany(item => DataOf(item).Select(data => new RecordValue(data, Whole(WeightOf(item)))))];

    private JsonElement Primary => json.Object("primaryBackup")?.Object("primaryTargets") is { } primary ? primary : default;

    private bool HasInternalTargets => (IsFailover ? [Primary] : _items.Select(item => item.Object("healthCheckedTargets") ?? default)).Any(targets => targets.List("internalLoadBalancers") is { Count: > 0 });

    /// <summary>The same policy with other primary targets: health check, backups and their share of the answers stay.</summary>
    public JsonObject WithPrimary(IEnumerable<string> targets)
    {
        var policy = Copy(json);
        policy["primaryBackup"]!["primaryTargets"]!["externalEndpoints"] = Texts(targets);
        return policy;
    }

    /// <summary>
    /// The same policy with other weights. An item that holds a value alone keeps what it has; a new one is health-checked
    /// where all others are.
    /// </summary>
    /// <param name="before">What was there; null when there was no weighted policy.</param>
    /// <param name="values">The values as they are stored there, with weights.</param>
    /// <param name="isSame">Tells whether a stored value is this one.</param>
    public static JsonObject Weighted(RoutingPolicy? before, IEnumerable<(string Stored, int Weight)> values, Func<string, string, bool> isSame)
    {
        var old = before is { IsWeighted: true } ? before : null;
        var policy = old is null ? [] : Copy(old.Json);
        policy["wrr"] ??= new JsonObject();
        policy["wrr"]!["items"] = new JsonArray([.. values.Select(value => old?.ItemFor(value.Stored, value.Weight, isSame) ?? NewItem(value.Stored, value.Weight, old?.IsAllChecked == true))]);
        return policy;
    }

    private JsonElement Json => json;

    private bool IsAllChecked => _items.Count > 0 && _items.All(item => item.Object("healthCheckedTargets") is not null);

    private JsonObject? ItemFor(string stored, int weight, Func<string, string, bool> isSame)
    {
        foreach (var item in _items)
        {
            if (DataOf(item) is [var only] && isSame(only, stored))
            {
                var copy = Copy(item);
                copy["weight"] = weight;
                return copy;
            }
        }

        return null;
    }

    private static JsonObject NewItem(string stored, int weight, bool isChecked) => isChecked
        ? new JsonObject { ["weight"] = weight, ["healthCheckedTargets"] = new JsonObject { ["externalEndpoints"] = Texts([stored]) } }
        : new JsonObject { ["weight"] = weight, ["rrdatas"] = Texts([stored]) };

    private static IReadOnlyList<string> DataOf(JsonElement item) =>
        [.. ListedSet.TextsOf(item, "rrdatas"), .. item.Object("healthCheckedTargets") is { } targets ? ListedSet.TextsOf(targets, "externalEndpoints") : []];

    private static decimal WeightOf(JsonElement item) =>
        !item.TryGetProperty("weight", out var weight) ? 0 // zeros may be left out
        : weight.ValueKind == JsonValueKind.Number && weight.TryGetDecimal(out var number) && number >= 0 ? number
        : throw new JsonException("'weight' is no weight");

    /// <summary>Weights may be fractions there. Only their proportions matter, so all are multiplied until they are whole.</summary>
    private int Whole(decimal weight)
    {
        var scale = 1m;
        for (var digits = 0; digits < MostDigits && _items.Any(item => WeightOf(item) * scale % 1 != 0); digits++)
        {
            scale *= 10;
        }

        var whole = weight < int.MaxValue ? Math.Round(weight * scale) : decimal.MaxValue;
        return whole <= int.MaxValue ? (int)whole : throw new JsonException("a 'weight' is too large");
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    /// <summary>A copy to write: signatures are Google's to make.</summary>
    private static JsonObject Copy(JsonElement element)
    {
        var copy = JsonObject.Create(element)!.DeepClone().AsObject();
        DropSignatures(copy);
        return copy;
    }

    private static void DropSignatures(JsonNode? node)
    {
        if (node is JsonObject members)
        {
            members.Remove("signatureRrdatas");
        }

        var children = node switch { JsonObject inside => inside.Select(pair => pair.Value), JsonArray items => items, _ => [] };
        foreach (var child in children)
        {
            DropSignatures(child);
        }
    }
}
