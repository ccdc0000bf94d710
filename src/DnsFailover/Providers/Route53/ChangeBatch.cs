using System.Xml.Linq;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// Puts change sets into the form of ChangeResourceRecordSets
/// (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html).
/// </summary>
internal static class ChangeBatch
{
    /// <summary>The most that a weighted set may weigh.</summary>
    public const int LargestWeight = 255;

    private const int LongestComment = 256;

    private const int LongestIdentifier = 128;

    /// <summary>
    /// One batch, which is carried out as a whole or not at all: every set as it was listed is deleted, and a DELETE is only
    /// taken when it repeats the set exactly; then every set is created, and a CREATE is only taken where there is none. So
    /// the batch is a compare-and-swap. The mark is swapped in it too, so that two controllers cannot both win.
    /// </summary>
    /// <param name="change">What shall be.</param>
    /// <param name="listed">What is there.</param>
    /// <param name="checks">The health checks that records may get.</param>
    /// <param name="upsert">
    /// True to create with UPSERT what takes the place of something deleted in the same batch. The DELETE is a condition as
    /// before; this is for servers that hold a CREATE against what is there before the batch.
    /// </param>
    public static XElement For(ChangeSet change, ListedName listed, HealthCheckBook checks, bool upsert = false)
    {
        var (deleted, created) = (new List<XElement>(), new List<XElement>());
        foreach (var after in change.Changes.Select(one => one.After))
        {
            var before = listed.Of(after.Type);
            deleted.AddRange(before.Select(set => Action("DELETE", set.Element.Copy())));
            created.AddRange(After(after, before, listed.Aliases, checks).Select(set => Action(upsert && before.Count > 0 ? "UPSERT" : "CREATE", set)));
        }

        if (change.Owner is { } owner && OwnerText.NameFor(change.Name) is { } at)
        {
            deleted.AddRange(listed.Mark is { } mark ? [Action("DELETE", mark.Element.Copy())] : []);
            created.Add(Action(upsert && listed.Mark is not null ? "UPSERT" : "CREATE", OwnerMark.With(owner, at, listed.Mark)));
        }

        var comment = $"dnsfailover change {change.Id} of {change.Name}";
        return Route53Xml.Element(
            "ChangeResourceRecordSetsRequest",
            Route53Xml.Element(
                "ChangeBatch",
                Route53Xml.Element("Comment", comment.Length > LongestComment ? comment[..LongestComment] : comment),
                Route53Xml.Element("Changes", [.. deleted, .. created])));
    }

    /// <summary>What stands against writing this set; null when nothing does.</summary>
    public static string? Complaint(RecordSet set, Route53Options options)
    {
        if (set.Type == RecordType.CNAME && set.Values.FirstOrDefault(value => value.Weight is not null && options.IsAlias(value.Data)) is { Data: { } alias })
        {
            return $"{alias} is written as an alias, and an alias is written without weights: use policy: failover, or take it out of aliases";
        }

        var weights = set.Values.Select(value => value.Weight).ToList();
        return weights.TrueForAll(weight => weight is null) ? null
            : weights.Contains(null) ? "some of its values have weights and some have none"
            : weights.Find(weight => weight is < 0 or > LargestWeight) is { } outside ? $"the weight {outside} is not between 0 and {LargestWeight}"
            : weights.TrueForAll(weight => weight == 0) ? "all its weights are 0, which Route 53 serves as if they were equal: give one of them a weight"
            : null;
    }

    private static XElement Action(string action, XElement set) => Route53Xml.Element("Change", Route53Xml.Element("Action", action), set);

    /// <summary>
    /// True when a batch would put no health check of the daemon's on the sets of this type, nor take one off. What else it
    /// would write in another way (the spelling of a value, two sets of one value) is no reason to touch them.
    /// </summary>
    public static bool IsIdle(RecordSet after, ListedName listed, HealthCheckBook checks)
    {
        var before = listed.Of(after.Type);
        List<ListedSet> then = [.. After(after, before, listed.Aliases, checks).Select(set => new ListedSet(set))];
        return !before.Concat(then).Any(set => IsWatched(set, checks))
            || before.Select(Told).Order(StringComparer.Ordinal).SequenceEqual(then.Select(Told).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    /// <summary>True for a set of a pair that the daemon has made, and for one with a health check of the daemon's.</summary>
    private static bool IsWatched(ListedSet set, HealthCheckBook checks) => FailoverPair.Of([set]) is not null || (set.HealthCheckId is { } id && checks.IsOurs(id));

    private static string Told(ListedSet set) => $"{set.SetIdentifier}|{set.Failover}|{set.Weight}|{set.Ttl}|{set.HealthCheckId}|{string.Join(',', set.Values.Order(StringComparer.Ordinal))}|{set.Type}|{set.AliasTarget}";

    private static IEnumerable<XElement> After(RecordSet after, IReadOnlyList<ListedSet> before, AliasTargets aliases, HealthCheckBook checks) =>
        after is { Type: RecordType.CNAME, Values: [{ Weight: null } target] } && aliases.Contains(target.Data) ? aliases.Sets(after.Name, target.Data)
        : after.Values[0].Weight is not null ? Weighted(after, before, checks)
        : Pair(after, before, aliases, checks) ?? [Simple(after, before, checks)];

    /// <summary>
    /// The answer with what stands in for it; null where Route 53 cannot judge the answer: it has several values, its health
    /// check is not there (yet), nothing stands in for it, or somebody has given it a health check of his own.
    /// </summary>
    private static IEnumerable<XElement>? Pair(RecordSet after, IReadOnlyList<ListedSet> before, AliasTargets aliases, HealthCheckBook checks)
    {
        if (after.Values is not [var answer] || checks.IdOf(after.Name, after.Type, answer.Data) is not { } check || checks.StandInFor(after) is not { Count: > 0 } standIn || standIn.Any(aliases.Contains))
        {
            return null;
        }

        return FailoverPair.Of(before) is null && before.Any(set => set.AliasTarget is null && set.OtherPolicy is null && Foreign(set, checks) is not null) ? null
            : FailoverPair.Create(after, check, standIn, standIn is [var one] ? checks.IdOf(after.Name, after.Type, one) : null);
    }

    private static XElement Simple(RecordSet after, IReadOnlyList<ListedSet> before, HealthCheckBook checks)
    {
        var (ttl, values) = ((long)after.Ttl.TotalSeconds, after.Values.Select(value => RecordSetXml.Stored(after.Type, value.Data)));
        if (before is [{ SetIdentifier: null, AliasTarget: null } simple])
        {
            return RecordSetXml.WithValues(simple, ttl, values).WithHealthCheck(Foreign(simple, checks)); // and whatever else it has stays
        }

        // Of weighted sets that become one, a health check stays where it judged all that is left.
        var kept = before.Where(set => set.Weight is not null && after.Values.Any(value => Holds(set, after.Type, value.Data))).Select(set => Foreign(set, checks)).Distinct(StringComparer.Ordinal).ToList();
        return RecordSetXml.Simple(after.Name, after.Type.ToString(), ttl, values, kept is [{ } one] ? one : null);
    }

    /// <summary>The health check that somebody else has given to a set; null where there is none, or it is the daemon's.</summary>
    private static string? Foreign(ListedSet set, HealthCheckBook checks) => set.HealthCheckId is { } id && !checks.IsOurs(id) ? id : null;

    /// <summary>One set per value. A value that has a weighted set keeps it, with its identifier and health check.</summary>
    private static IEnumerable<XElement> Weighted(RecordSet after, IReadOnlyList<ListedSet> before, HealthCheckBook checks)
    {
        var ttl = (long)after.Ttl.TotalSeconds;
        var free = before.Where(set => set is { Weight: not null, AliasTarget: null }).OrderBy(set => set.SetIdentifier, StringComparer.Ordinal).ToList();
        var kept = new Dictionary<string, ListedSet>(StringComparer.Ordinal);
        foreach (var data in after.Values.Select(value => value.Data))
        {
            if (free.Find(set => Holds(set, after.Type, data)) is { } own)
            {
                free.Remove(own);
                kept[data] = own;
            }
        }

        var identifiers = kept.Values.Select(set => set.SetIdentifier!).ToHashSet(StringComparer.Ordinal);
        foreach (var (data, weight) in after.Values.Select(value => (value.Data, value.Weight!.Value)))
        {
            var stored = RecordSetXml.Stored(after.Type, data);
            var check = checks.IdOf(after.Name, after.Type, data);
            yield return kept.TryGetValue(data, out var own)
                ? RecordSetXml.WithValues(own, ttl, [stored], weight).WithHealthCheck(Foreign(own, checks) ?? check)
                : RecordSetXml.Weighted(after.Name, after.Type.ToString(), Unused(data, identifiers), weight, ttl, stored, (before is [{ SetIdentifier: null, AliasTarget: null } simple] && Holds(simple, after.Type, data) ? Foreign(simple, checks) : null) ?? check);
        }
    }

    /// <summary>The value itself, where no other set has that identifier.</summary>
    private static string Unused(string data, HashSet<string> identifiers)
    {
        var stem = data.Length > LongestIdentifier - 4 ? data[..(LongestIdentifier - 4)] : data;
        var identifier = data.Length > LongestIdentifier ? stem : data;
        for (var number = 2; !identifiers.Add(identifier); number++)
        {
            identifier = $"{stem}-{number}";
        }

        return identifier;
    }

    private static bool Holds(ListedSet set, RecordType type, string data) => set.Values.Any(value => RecordSet.Canonical(type, value) == data);
}
