using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace DnsFailover.Tests.Providers.Google;

/// <summary>The vendor does not take this; nothing changes.</summary>
internal sealed class FakeRefusal(int status, string reason, string message) : Exception(message)
{
    public int Status => status;

    public string Reason => reason;

    public JsonArray Details { get; init; } = [];
}

/// <summary>A managed zone with the vendor's rules; not safe for several threads, its server takes turns.</summary>
internal sealed class FakeZone(string id, string dnsName)
{
    private static readonly string[] Members = ["kind", "name", "type", "ttl", "rrdatas", "signatureRrdatas", "routingPolicy"];

    private static readonly string[] Types = ["A", "AAAA", "CNAME", "MX", "NS", "SOA", "TXT", "SRV", "CAA"];

    private List<JsonObject> _sets = [];

    public string Id => id;

    /// <summary>With the trailing dot.</summary>
    public string DnsName => dnsName;

    public string Visibility { get; init; } = "public";

    public string[] NameServers { get; init; } = ["localhost."];

    /// <summary>The changes that were taken, with how often each will be shown as pending.</summary>
    public Dictionary<string, (JsonObject Change, int Looks)> Changes { get; } = [];

    public IReadOnlyList<JsonObject> Sets => _sets;

    public JsonObject ToJson() => new()
    {
        ["kind"] = "dns#managedZone",
        ["id"] = "5342199583452341712",
        ["name"] = id,
        ["dnsName"] = dnsName,
        ["description"] = string.Empty,
        ["creationTime"] = "2024-01-01T05:20:00.123Z",
        ["visibility"] = Visibility,
        ["nameServers"] = new JsonArray([.. NameServers.Select(server => JsonValue.Create(server))]),
    };

    /// <summary>A simple set that breaks no rule.</summary>
    public static JsonObject Set(string name, string type, int ttl, params string[] values) => new()
    {
        ["kind"] = "dns#resourceRecordSet",
        ["name"] = name.EndsWith('.') ? name : $"{name}.",
        ["type"] = type,
        ["ttl"] = ttl,
        ["rrdatas"] = new JsonArray([.. values.Select(value => JsonValue.Create(type == "CNAME" && !value.EndsWith('.') ? $"{value}." : value))]),
        ["signatureRrdatas"] = new JsonArray(),
    };

    /// <summary>A set with a routing policy.</summary>
    public static JsonObject Routed(string name, string type, int ttl, string policy) => new()
    {
        ["kind"] = "dns#resourceRecordSet",
        ["name"] = $"{name}.",
        ["type"] = type,
        ["ttl"] = ttl,
        ["routingPolicy"] = JsonNode.Parse(policy),
        ["signatureRrdatas"] = new JsonArray(),
    };

    /// <summary>Puts a set in place of the one that is there, as the console would; null removes it.</summary>
    public void Put(string name, string type, JsonObject? set)
    {
        _sets.RemoveAll(other => IsAt(other, $"{name.TrimEnd('.')}.", type));
        if (set is not null)
        {
            _sets.Add(set);
        }
    }

    public JsonObject? At(string name, string type) => _sets.Find(set => IsAt(set, $"{name.TrimEnd('.')}.", type));

    /// <summary>All values of a set, whatever its policy; those of a failover policy are its primary targets.</summary>
    public static IEnumerable<string> ValuesOf(JsonObject set) =>
    [
        .. Texts(set["rrdatas"]),
        .. (set["routingPolicy"]?["wrr"]?["items"]?.AsArray() ?? []).SelectMany(item => Texts(item!["rrdatas"]).Concat(Texts(item["healthCheckedTargets"]?["externalEndpoints"]))),
        .. Texts(set["routingPolicy"]?["primaryBackup"]?["primaryTargets"]?["externalEndpoints"]),
    ];

    public static IEnumerable<string> Texts(JsonNode? list) => list?.AsArray().Select(item => item!.GetValue<string>()) ?? [];

    /// <summary>All of the change or nothing.</summary>
    public JsonObject Create(JsonObject change, int pendingLooks)
    {
        var unknown = change.Select(pair => pair.Key).Except(["kind", "additions", "deletions"], StringComparer.Ordinal).ToList();
        var (additions, deletions) = (Array(change, "additions"), Array(change, "deletions"));
        if (unknown.Count > 0 || additions.Count + deletions.Count == 0)
        {
            throw new FakeRefusal(400, unknown.Count > 0 ? "invalid" : "required", unknown.Count > 0 ? $"Invalid JSON payload received. Unknown name \"{unknown[0]}\"" : "The 'entity.change' parameter is required but was missing.");
        }

        for (var i = 0; i < additions.Count; i++)
        {
            Require(additions[i], $"entity.change.additions[{i}]");
        }

        var after = _sets.ToList();
        for (var i = 0; i < deletions.Count; i++)
        {
            after.Remove(ToDelete(deletions[i], $"entity.change.deletions[{i}]"));
        }

        for (var i = 0; i < additions.Count; i++)
        {
            var (name, type) = (Text(additions[i], "name"), Text(additions[i], "type"));
            if (after.Exists(set => IsAt(set, name, type)))
            {
                throw new FakeRefusal(409, "alreadyExists", $"The resource 'entity.change.additions[{i}]' named '{name} ({type})' already exists");
            }

            after.Add(AsStored(additions[i]));
        }

        var alone = after.GroupBy(set => Text(set, "name").ToUpperInvariant()).FirstOrDefault(at => at.Count() > 1 && at.Any(set => Text(set, "type") == "CNAME"));
        if (alone is not null)
        {
            throw new FakeRefusal(400, "cnameResourceRecordSetConflict", $"The resource record set 'entity.change.additions[0]' is invalid because the DNS name '{Text(alone.First(), "name")}' may have either one CNAME resource record set or resource record sets of other types, but not both.");
        }

        _sets = after;
        var number = (Changes.Count + 1).ToString(CultureInfo.InvariantCulture);
        var taken = new JsonObject { ["kind"] = "dns#change", ["id"] = number, ["startTime"] = "2026-01-01T00:00:00.000Z", ["status"] = pendingLooks > 0 ? "pending" : "done", ["additions"] = new JsonArray([.. additions.Select(set => AsStored(set))]), ["deletions"] = new JsonArray([.. deletions.Select(set => set.DeepClone())]) };
        Changes[number] = (taken, pendingLooks);
        return taken;
    }

    private static List<JsonObject> Array(JsonObject change, string member) => [.. (change[member]?.AsArray() ?? []).Select(item => item!.AsObject())];

    private static bool IsAt(JsonObject set, string name, string type) => string.Equals(Text(set, "name"), name, StringComparison.OrdinalIgnoreCase) && Text(set, "type") == type;

    private static string Text(JsonNode set, string member) => set[member]?.GetValue<string>() ?? throw new FakeRefusal(400, "required", $"The '{member}' parameter is required but was missing.");

    private static JsonObject AsStored(JsonObject set)
    {
        var stored = set.DeepClone().AsObject();
        (stored["kind"], stored["signatureRrdatas"]) = ("dns#resourceRecordSet", new JsonArray());
        return stored;
    }

    private JsonObject ToDelete(JsonObject set, string where)
    {
        var (name, type) = (Text(set, "name"), Text(set, "type"));
        var found = _sets.Find(other => IsAt(other, name, type)) ?? throw new FakeRefusal(404, "notFound", $"The '{where}' resource named '{name} ({type})' does not exist.");
        return JsonNode.DeepEquals(Compared(found), Compared(set)) ? found : throw new FakeRefusal(412, "conditionNotMet", $"Precondition not met for '{where}'");
    }

    /// <summary>What is compared: everything but signatures, and values in any order.</summary>
    private static JsonObject Compared(JsonObject set)
    {
        var compared = set.DeepClone().AsObject();
        compared.Remove("kind");
        compared.Remove("signatureRrdatas");
        compared["name"] = Text(set, "name").ToUpperInvariant();
        if (compared["rrdatas"] is not null)
        {
            compared["rrdatas"] = new JsonArray([.. Texts(set["rrdatas"]).Order(StringComparer.Ordinal).Select(text => JsonValue.Create(text))]);
        }

        return compared;
    }

    private void Require(JsonObject set, string where)
    {
        var (name, type) = (Text(set, "name"), Text(set, "type"));
        if (set.Select(pair => pair.Key).Except(Members, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw new FakeRefusal(400, "invalid", $"Invalid JSON payload received. Unknown name \"{unknown}\" at '{where}'");
        }

        var inZone = string.Equals(name, dnsName, StringComparison.OrdinalIgnoreCase) || name.EndsWith($".{dnsName}", StringComparison.OrdinalIgnoreCase);
        Hold(name.EndsWith('.') && inZone, $"Invalid value for '{where}.name': '{name}'");
        Hold(Types.Contains(type), $"Invalid value for '{where}.type': '{type}'");
        Hold(set["ttl"] is JsonValue ttl && ttl.TryGetValue(out int seconds) && seconds >= 0, $"Invalid value for '{where}.ttl'");
        Hold(set["rrdatas"] is null != set["routingPolicy"] is null, $"Invalid value for '{where}': either rrdatas or routingPolicy");
        Hold(!ContainsSignatures(set["routingPolicy"]), $"Invalid value for '{where}.routingPolicy': signatureRrdatas is output only");
        if (set["rrdatas"] is { } values)
        {
            RequireValues(type, [.. Texts(values)], $"{where}.rrdata");
            return;
        }

        RequirePolicy(set["routingPolicy"]!.AsObject(), type, $"{where}.routingPolicy");
    }

    private static void RequirePolicy(JsonObject policy, string type, string where)
    {
        Hold(policy.Count(pair => pair.Key is "wrr" or "geo" or "primaryBackup") == 1, $"Invalid value for '{where}': exactly one policy");
        foreach (var item in policy["wrr"]?["items"]?.AsArray() ?? [])
        {
            Hold(item!["weight"] is JsonValue weight && weight.TryGetValue(out double number) && number >= 0, $"Invalid value for '{where}.wrr.items.weight'");
            Hold(item["rrdatas"] is not null || item["healthCheckedTargets"] is not null, $"Invalid value for '{where}.wrr.items': no targets");
            RequireValues(type, [.. Texts(item["rrdatas"]).Concat(Texts(item["healthCheckedTargets"]?["externalEndpoints"]))], $"{where}.wrr.items.rrdatas");
            Hold(item["healthCheckedTargets"] is null || policy["healthCheck"] is not null, $"Invalid value for '{where}.healthCheck'");
        }

        Hold(policy["wrr"] is null || policy["wrr"]!["items"]?.AsArray().Count > 0, $"Invalid value for '{where}.wrr.items'");
        if (policy["primaryBackup"] is { } backup)
        {
            RequireValues(type, [.. Texts(backup["primaryTargets"]?["externalEndpoints"])], $"{where}.primaryBackup.primaryTargets.externalEndpoints");
            Hold(backup["backupGeoTargets"]?["items"]?.AsArray().Count > 0, $"Invalid value for '{where}.primaryBackup.backupGeoTargets'");
            Hold(policy["healthCheck"] is not null, $"Invalid value for '{where}.healthCheck'");
        }
    }

    private static void RequireValues(string type, List<string> values, string where)
    {
        Hold(values.Count > 0 && values.Distinct(StringComparer.Ordinal).Count() == values.Count, $"Invalid value for '{where}'");
        Hold(type != "CNAME" || values.Count == 1, $"The resource record set '{where}' is only permitted to have one record because it is of type CNAME.");
        foreach (var value in values)
        {
            Hold(
                type switch
                {
                    "A" => IPAddress.TryParse(value, out var four) && four.AddressFamily == AddressFamily.InterNetwork && four.ToString() == value,
                    "AAAA" => IPAddress.TryParse(value, out var six) && six.AddressFamily == AddressFamily.InterNetworkV6,
                    "CNAME" => value.EndsWith('.') && value.Length > 1,
                    "TXT" => value.StartsWith('"') && value.EndsWith('"'),
                    _ => true,
                },
                $"Invalid value for '{where}[0]': '{value}'");
        }
    }

    private static bool ContainsSignatures(JsonNode? node) => node switch
    {
        JsonObject members => members.Any(pair => pair.Key == "signatureRrdatas" || ContainsSignatures(pair.Value)),
        JsonArray items => items.Any(ContainsSignatures),
        _ => false,
    };

    private static void Hold(bool condition, string message)
    {
        if (!condition)
        {
            throw new FakeRefusal(400, "invalid", message);
        }
    }
}
