using System.Text.Json.Nodes;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Google;

/// <summary>Puts change sets into the form of changes.create (https://cloud.google.com/dns/docs/reference/rest/v1/changes).</summary>
internal static class ZoneChange
{
    /// <summary>
    /// One change, which is carried out as a whole or not at all: every set as it was listed is deleted, and a deletion is
    /// only taken when it repeats the set exactly; and every set that shall be is added, and an addition is only taken where
    /// there is none. So the change is a compare-and-swap. The mark is swapped in it too, unless it is right already.
    /// </summary>
    public static JsonObject For(ChangeSet change, ListedName listed)
    {
        var (deletions, additions) = (new JsonArray(), new JsonArray());
        foreach (var after in change.Changes.Select(one => one.After))
        {
            Swap(listed.Of(after.Type), After(after, listed.Of(after.Type)), deletions, additions);
        }

        if (change.Owner is { } owner && OwnerText.NameFor(change.Name) is { } at && OwnerText.With(owner, listed.Mark?.Values ?? []) is { } marks && listed.Mark?.Values.ToHashSet(StringComparer.Ordinal).SetEquals(marks) != true)
        {
            Swap(listed.Mark, Simple($"{at}.", "TXT", listed.Mark?.Ttl ?? OwnerText.Ttl, marks), deletions, additions);
        }

        var json = new JsonObject { ["kind"] = "dns#change", ["additions"] = additions };
        if (deletions.Count > 0)
        {
            json["deletions"] = deletions;
        }

        return json;
    }

    /// <summary>What stands against writing this set; null when nothing does.</summary>
    public static string? Complaint(RecordSet set, ListedSet? before)
    {
        var weights = set.Values.Select(value => value.Weight).ToList();
        return weights.TrueForAll(weight => weight is null) ? null
            : before?.Policy is { IsFailover: true } ? "it has a failover routing policy, which has no weights: give the service the policy failover, or replace the record set by a simple or weighted one"
            : weights.Contains(null) ? "some of its values have weights and some have none"
            : weights.Find(weight => weight < 0) is { } negative ? $"the weight {negative} is negative"
            : weights.TrueForAll(weight => weight == 0) ? "all its weights are 0, and what Cloud DNS answers then is not said anywhere: give one of them a weight"
            : null;
    }

    private static void Swap(ListedSet? before, JsonObject after, JsonArray deletions, JsonArray additions)
    {
        if (before is not null)
        {
            deletions.Add(JsonObject.Create(before.Json)!.DeepClone());
            after["name"] = before.Spelling;
        }

        additions.Add((JsonNode)after);
    }

    private static JsonObject After(RecordSet after, ListedSet? before)
    {
        var (name, type, ttl) = ($"{after.Name}.", after.Type.ToString(), (long)after.Ttl.TotalSeconds);
        var stored = after.Values.Select(value => Stored(after.Type, value.Data));
        var policy = after.Values[0].Weight is not null
            ? RoutingPolicy.Weighted(before?.Policy, after.Values.Select(value => (Stored(after.Type, value.Data), value.Weight!.Value)), (left, right) => IsSame(after.Type, left, right))
            : before?.Policy is { IsFailover: true } failover ? failover.WithPrimary(stored)
            : null;
        return policy is null
            ? Simple(name, type, ttl, stored)
            : new JsonObject { ["kind"] = "dns#resourceRecordSet", ["name"] = name, ["type"] = type, ["ttl"] = ttl, ["routingPolicy"] = policy };
    }

    private static JsonObject Simple(string name, string type, long ttl, IEnumerable<string> values) =>
        new() { ["kind"] = "dns#resourceRecordSet", ["name"] = name, ["type"] = type, ["ttl"] = ttl, ["rrdatas"] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]) };

    /// <summary>Host names have the trailing dot there.</summary>
    private static string Stored(RecordType type, string data) => type == RecordType.CNAME ? $"{data}." : data;

    private static bool IsSame(RecordType type, string left, string right)
    {
        try
        {
            return RecordSet.Canonical(type, left) == RecordSet.Canonical(type, right);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
