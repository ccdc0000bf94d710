using System.Xml.Linq;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>Everything that was listed at one name, and the TXT set of its mark.</summary>
internal sealed class ListedName
{
    private readonly DnsName _name;
    private readonly IReadOnlyList<ListedSet> _sets;

    /// <summary>Picks what belongs to the name; the sets may be others' too.</summary>
    public ListedName(DnsName name, IEnumerable<ListedSet> listed)
    {
        var (own, mark) = (name.ToString(), OwnerText.NameFor(name)?.ToString());
        var mine = listed.Where(set => set.Name == own || set.Name == mark).ToList();
        (_name, _sets) = (name, mine.FindAll(set => set.Name == own));
        Mark = mine.Find(set => set.Name == mark && set is { Type: "TXT", SetIdentifier: null, AliasTarget: null, Ttl: not null });
    }

    /// <summary>The TXT set below the name.</summary>
    public ListedSet? Mark { get; }

    /// <summary>The sets of one type; several where they are weighted.</summary>
    public IReadOnlyList<ListedSet> Of(RecordType type) => [.. _sets.Where(set => set.Type == type.ToString())];

    /// <summary>The records as the daemon sees them: weighted sets of one type are one set with weights.</summary>
    /// <param name="zone">The hosted zone's name.</param>
    /// <exception cref="ProviderException">Rejected: there is something that cannot be steered; it is left alone.</exception>
    public NameRecords Records(DnsName zone)
    {
        if (_name != zone && _sets.FirstOrDefault(set => set.Type == "NS") is { } cut)
        {
            throw Rejected($"it is delegated to {string.Join(", ", cut.Values)}, so that what the hosted zone {zone} holds there is not answered: give the zone of that name");
        }

        var sets = Enum.GetValues<RecordType>().Select(type => Fold(type, Of(type))).OfType<RecordSet>();
        return NameRecords.Create(_name, sets) with { Owner = Mark is null ? null : OwnerText.OwnerIn(Mark.Values) };
    }

    /// <summary>True when exactly the same is there, down to attributes that the daemon does not look at.</summary>
    public bool IsSameAs(ListedName other) => Everything(this).SequenceEqual(Everything(other), StringComparer.Ordinal);

    /// <summary>What is there, for messages, whether or not it can be steered.</summary>
    public override string ToString()
    {
        var sets = _sets.Where(set => Enum.TryParse<RecordType>(set.Type, out _)).Select(set =>
            $"{set.Ttl} {set.Type} {(set.AliasTarget is { } target ? $"alias to {target}" : string.Join(", ", set.Values))}{(set.Weight is { } weight ? $" (weight {weight})" : string.Empty)}").ToList();
        return (sets.Count == 0 ? "nothing" : string.Join("; ", sets)) + (Mark is not null && OwnerText.OwnerIn(Mark.Values) is { } owner ? $", marked by '{owner}'" : string.Empty);
    }

    private static IEnumerable<string> Everything(ListedName listed) => listed._sets.Append(listed.Mark)
        .Where(set => set is not null && (set == listed.Mark || Enum.TryParse<RecordType>(set.Type, out _)))
        .Select(set => set!.Element.ToString(SaveOptions.DisableFormatting))
        .Order(StringComparer.Ordinal);

    private RecordSet? Fold(RecordType type, IReadOnlyList<ListedSet> sets)
    {
        foreach (var set in sets)
        {
            Require(type, set);
        }

        if (sets.Count == 0)
        {
            return null;
        }

        try
        {
            var values = sets.SelectMany(set => set.Values.Select(value => new RecordValue(RecordSet.Canonical(type, value), set.Weight)));
            var merged = values.GroupBy(value => value.Data, StringComparer.Ordinal).Select(same => new RecordValue(same.Key, same.Sum(value => value.Weight)) is var sum && sets[0].Weight is null ? sum with { Weight = null } : sum);
            return RecordSet.Create(_name, type, TimeSpan.FromSeconds(sets.Min(set => set.Ttl ?? 0)), merged);
        }
        catch (ArgumentException e)
        {
            throw Rejected($"it holds a record that cannot be steered: {e.Message}", e);
        }
    }

    private void Require(RecordType type, ListedSet set)
    {
        var which = set.SetIdentifier is { } identifier ? $"its {type} record set '{identifier}'" : $"its {type} record";
        if (set.IsOfTrafficPolicy)
        {
            throw Rejected($"{which} belongs to a traffic policy, which alone may change it: delete the policy's record, or steer another name");
        }

        if (set.OtherPolicy is { } policy)
        {
            throw Rejected($"{which} has the routing policy {policy}, which is left alone: only simple and weighted records are steered, so replace it by one of them, or steer another name");
        }

        if (set.AliasTarget is { } target)
        {
            throw Rejected($"{which} is an alias to {target}, which no endpoint can declare and which is left alone: replace it by a record with the value of an endpoint, or steer another name");
        }
    }

    private ProviderException Rejected(string reason, Exception? cause = null) => new(ProviderFailure.Rejected, $"{_name} cannot be steered at Route 53: {reason}", cause);
}
