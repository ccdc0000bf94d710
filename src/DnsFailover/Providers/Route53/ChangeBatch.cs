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
    /// <param name="upsert">
    /// True to create with UPSERT what takes the place of something deleted in the same batch. The DELETE is a condition as
    /// before; this is for servers that hold a CREATE against what is there before the batch.
    /// </param>
    public static XElement For(ChangeSet change, ListedName listed, bool upsert = false)
    {
        var (deleted, created) = (new List<XElement>(), new List<XElement>());
        foreach (var after in change.Changes.Select(one => one.After))
        {
            var before = listed.Of(after.Type);
            deleted.AddRange(before.Select(set => Action("DELETE", set.Element.Copy())));
            created.AddRange(After(after, before).Select(set => Action(upsert && before.Count > 0 ? "UPSERT" : "CREATE", set)));
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
    public static string? Complaint(RecordSet set)
    {
        var weights = set.Values.Select(value => value.Weight).ToList();
        return weights.TrueForAll(weight => weight is null) ? null
            : weights.Contains(null) ? "some of its values have weights and some have none"
            : weights.Find(weight => weight is < 0 or > LargestWeight) is { } outside ? $"the weight {outside} is not between 0 and {LargestWeight}"
            : weights.TrueForAll(weight => weight == 0) ? "all its weights are 0, which Route 53 serves as if they were equal: give one of them a weight"
            : null;
    }

    private static XElement Action(string action, XElement set) => Route53Xml.Element("Change", Route53Xml.Element("Action", action), set);

    private static IEnumerable<XElement> After(RecordSet after, IReadOnlyList<ListedSet> before) =>
        after.Values[0].Weight is null ? [Simple(after, before)] : Weighted(after, before);

    private static XElement Simple(RecordSet after, IReadOnlyList<ListedSet> before)
    {
        var (ttl, values) = ((long)after.Ttl.TotalSeconds, after.Values.Select(value => RecordSetXml.Stored(after.Type, value.Data)));
        if (before is [{ SetIdentifier: null } simple])
        {
            return RecordSetXml.WithValues(simple, ttl, values); // a health check and whatever else it has stay
        }

        // Of weighted sets that become one, a health check stays where it judged all that is left.
        var kept = before.Where(set => after.Values.Any(value => Holds(set, after.Type, value.Data))).Select(set => set.HealthCheckId).Distinct(StringComparer.Ordinal).ToList();
        return RecordSetXml.Simple(after.Name, after.Type.ToString(), ttl, values, kept is [{ } one] ? one : null);
    }

    /// <summary>One set per value. A value that has a weighted set keeps it, with its identifier and health check.</summary>
    private static IEnumerable<XElement> Weighted(RecordSet after, IReadOnlyList<ListedSet> before)
    {
        var ttl = (long)after.Ttl.TotalSeconds;
        var free = before.Where(set => set.SetIdentifier is not null).OrderBy(set => set.SetIdentifier, StringComparer.Ordinal).ToList();
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
            yield return kept.TryGetValue(data, out var own)
                ? RecordSetXml.WithValues(own, ttl, [stored], weight)
                : RecordSetXml.Weighted(after.Name, after.Type.ToString(), Unused(data, identifiers), weight, ttl, stored, before is [{ SetIdentifier: null } simple] && Holds(simple, after.Type, data) ? simple.HealthCheckId : null);
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
