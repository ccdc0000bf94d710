using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Google;

/// <summary>Everything that was listed at one name, and the TXT set of its mark.</summary>
internal sealed class ListedName
{
    private readonly DnsName _name;
    private readonly IReadOnlyList<ListedSet> _sets;

    /// <summary>Picks what belongs to the name; the sets may be others' too.</summary>
    public ListedName(DnsName name, IEnumerable<ListedSet> listed)
    {
        var mark = OwnerText.NameFor(name);
        var mine = listed.Where(set => set.Name == name || set.Name == mark).ToList();
        (_name, _sets) = (name, mine.FindAll(set => set.Name == name));
        Mark = mine.Find(set => set.Name == mark && set is { Type: "TXT", Policy: null });
    }

    /// <summary>The TXT set below the name.</summary>
    public ListedSet? Mark { get; }

    /// <summary>The set of one type.</summary>
    public ListedSet? Of(RecordType type) => _sets.FirstOrDefault(set => set.Type == type.ToString());

    /// <summary>Why the name servers may answer something else than what is written; null when they do not.</summary>
    public string? WhyNotVerifiable => Steered.Any(set => set.Policy is { IsFailover: true })
        ? "it has a failover routing policy, so that Cloud DNS answers its backups whenever Google's own health check finds the primary targets failing"
        : null;

    /// <summary>The records as the daemon sees them.</summary>
    /// <param name="zone">The managed zone's name.</param>
    /// <exception cref="ProviderException">Rejected: there is something that cannot be steered; it is left alone.</exception>
    public NameRecords Records(DnsName zone)
    {
        if (_name != zone && _sets.FirstOrDefault(set => set.Type == "NS") is { } cut)
        {
            throw Rejected($"it is delegated to {string.Join(", ", cut.Values)}, so that what the managed zone {zone} holds there is not answered: give the zone of that name");
        }

        return NameRecords.Create(_name, Steered.Select(Fold)) with { Owner = Mark is null ? null : OwnerText.OwnerIn(Mark.Values) };
    }

    /// <summary>True when exactly the same is there, down to attributes that the daemon does not look at.</summary>
    public bool IsSameAs(ListedName other) => Everything(this).SequenceEqual(Everything(other), StringComparer.Ordinal);

    /// <summary>What is there, for messages, whether or not it can be steered.</summary>
    public override string ToString()
    {
        var sets = Steered.Select(set => $"{set.Ttl} {set.Type} {(set.Policy is { } policy ? policy.Complaint is { } complaint ? $"that {complaint}" : string.Join(", ", policy.Values) : string.Join(", ", set.Values))}").ToList();
        return (sets.Count == 0 ? "nothing" : string.Join("; ", sets)) + (Mark is not null && OwnerText.OwnerIn(Mark.Values) is { } owner ? $", marked by '{owner}'" : string.Empty);
    }

    private IEnumerable<ListedSet> Steered => _sets.Where(set => Enum.TryParse<RecordType>(set.Type, out _));

    private static IEnumerable<string> Everything(ListedName listed) => listed.Steered.Concat(listed.Mark is { } mark ? [mark] : []).Select(set => set.Json.GetRawText()).Order(StringComparer.Ordinal);

    private RecordSet Fold(ListedSet set)
    {
        if (set.Policy?.Complaint is { } complaint)
        {
            throw Rejected($"its {set.Type} record set {complaint}, and is left alone: replace it by a simple or weighted record set, or steer another name");
        }

        try
        {
            var type = Enum.Parse<RecordType>(set.Type);
            var values = set.Policy is { } policy ? policy.Values : set.Values.Select(value => new RecordValue(value));
            var merged = values.GroupBy(value => RecordSet.Canonical(type, value.Data), StringComparer.Ordinal).Select(same => new RecordValue(same.Key, same.First().Weight is null ? null : same.Sum(value => value.Weight)));
            return RecordSet.Create(_name, type, TimeSpan.FromSeconds(set.Ttl), merged);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw Rejected($"it holds a record that cannot be steered: {e.Message}", e);
        }
    }

    private ProviderException Rejected(string reason, Exception? cause = null) => new(ProviderFailure.Rejected, $"{_name} cannot be steered at Google Cloud DNS: {reason}", cause);
}
