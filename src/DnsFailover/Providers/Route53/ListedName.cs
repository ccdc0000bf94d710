using System.Xml.Linq;
using DnsFailover.Core.Control;
using DnsFailover.Core.Planning;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>Everything that was listed at one name, and the TXT set of its mark.</summary>
internal sealed class ListedName
{
    private readonly DnsName _name;
    private readonly IReadOnlyList<ListedSet> _sets;

    /// <summary>Picks what belongs to the name; the sets may be others' too.</summary>
    /// <param name="name">The name.</param>
    /// <param name="listed">The sets.</param>
    /// <param name="aliases">What aliases of the daemon's lead to.</param>
    public ListedName(DnsName name, IEnumerable<ListedSet> listed, AliasTargets aliases)
    {
        Aliases = aliases;
        var (own, mark) = (name.ToString(), OwnerText.NameFor(name)?.ToString());
        var mine = listed.Where(set => set.Name == own || set.Name == mark).ToList();
        (_name, _sets) = (name, mine.FindAll(set => set.Name == own));
        Mark = mine.Find(set => set.Name == mark && set is { Type: "TXT", SetIdentifier: null, AliasTarget: null, Ttl: not null });
    }

    /// <summary>What aliases of the daemon's lead to.</summary>
    public AliasTargets Aliases { get; }

    /// <summary>The target of the daemon's alias at the name; null when there is none.</summary>
    public string? Alias => _sets.Select(Aliases.TargetOf).FirstOrDefault(target => target is not null);

    /// <summary>The TXT set below the name.</summary>
    public ListedSet? Mark { get; }

    /// <summary>The ids of the health checks that the sets of steered types have.</summary>
    public IEnumerable<string> HealthChecks => _sets.Where(set => Enum.TryParse<RecordType>(set.Type, out _)).Select(set => set.HealthCheckId).OfType<string>();

    /// <summary>The sets of one type; several where they have a routing policy. The daemon's aliases are of type CNAME.</summary>
    public IReadOnlyList<ListedSet> Of(RecordType type) => [.. _sets.Where(set => (Aliases.TargetOf(set) is null ? set.Type : nameof(RecordType.CNAME)) == type.ToString())];

    /// <summary>
    /// The records as the daemon sees them: weighted sets of one type are one set with weights; of a failover pair that the
    /// daemon has made, the primary is the answer; aliases and sets with another routing policy are described.
    /// </summary>
    /// <param name="zone">The hosted zone's name.</param>
    /// <exception cref="ProviderException">Rejected: the name is delegated, or belongs to a traffic policy; it is left alone.</exception>
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
            $"{(set.Ttl is { } ttl ? $"{ttl} " : string.Empty)}{set.Type} {(set.OtherPolicy is null && set.AliasTarget is null ? string.Join(", ", set.Values) : set.Describe())}{(set.Weight is { } weight ? $" (weight {weight})" : string.Empty)}").ToList();
        return (sets.Count == 0 ? "nothing" : string.Join("; ", sets)) + (Mark is not null && OwnerText.OwnerIn(Mark.Values) is { } owner ? $", marked by '{owner}'" : string.Empty);
    }

    private static IEnumerable<string> Everything(ListedName listed) => listed._sets.Append(listed.Mark)
        .Where(set => set is not null && (set == listed.Mark || Enum.TryParse<RecordType>(set.Type, out _)))
        .Select(set => set!.Element.ToString(SaveOptions.DisableFormatting))
        .Order(StringComparer.Ordinal);

    private RecordSet? Fold(RecordType type, IReadOnlyList<ListedSet> sets)
    {
        if (sets.FirstOrDefault(set => set.IsOfTrafficPolicy) is { } managed)
        {
            throw Rejected($"its {type} record{(managed.SetIdentifier is { } identifier ? $" set '{identifier}'" : string.Empty)} belongs to a traffic policy, which alone may change it: delete the policy's record, or steer another name");
        }

        if (sets.Count == 0)
        {
            return null;
        }

        try
        {
            var targets = sets.Select(Aliases.TargetOf).Distinct(StringComparer.Ordinal).ToList();
            return targets is [{ } target] ? RecordSet.Create(_name, type, Planner.DefaultTtl, target)
                : FailoverPair.Of(sets) is { } pair ? RecordSet.Create(_name, type, Ttl([pair.Serving]), pair.Serving.Values)
                : sets.Any(set => set.OtherPolicy is not null || set.AliasTarget is not null) ? RecordSet.Described(_name, type, Ttl(sets), sets.Select(set => set.Describe()))
                : RecordSet.Create(_name, type, Ttl(sets), Values(type, sets));
        }
        catch (ArgumentException e)
        {
            throw Rejected($"it holds a record that cannot be steered: {e.Message}", e);
        }
    }

    /// <summary>The smallest TTL; an alias has its target's, which is not told.</summary>
    private static TimeSpan Ttl(IEnumerable<ListedSet> sets) => sets.Min(set => set.Ttl) is { } seconds ? TimeSpan.FromSeconds(seconds) : Planner.DefaultTtl;

    /// <summary>One value in several weighted sets has the weights of all of them.</summary>
    private static IEnumerable<RecordValue> Values(RecordType type, IReadOnlyList<ListedSet> sets) => sets
        .SelectMany(set => set.Values.Select(value => new RecordValue(RecordSet.Canonical(type, value), set.Weight)))
        .GroupBy(value => value.Data, StringComparer.Ordinal)
        .Select(same => new RecordValue(same.Key, sets[0].Weight is null ? null : same.Sum(value => value.Weight)));

    private ProviderException Rejected(string reason, Exception? cause = null) => new(ProviderFailure.Rejected, $"{_name} cannot be steered at Route 53: {reason}", cause);
}
