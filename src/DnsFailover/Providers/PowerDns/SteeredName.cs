using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.PowerDns;

/// <summary>Everything that PowerDNS holds at one name, and what of it can be steered.</summary>
/// <param name="name">The name.</param>
/// <param name="sets">All its RRsets, of whatever type.</param>
internal sealed class SteeredName(DnsName name, IReadOnlyList<PowerDnsSet> sets)
{
    /// <summary>The name.</summary>
    public DnsName Name => name;

    /// <summary>The sets whose types are steered.</summary>
    public IReadOnlyList<PowerDnsSet> Sets { get; } = [.. sets.Where(set => IsSteered(set.Type))];

    /// <summary>The set of one type; null when there is none.</summary>
    public PowerDnsSet? this[RecordType type] => Sets.FirstOrDefault(set => set.Type == type.ToString());

    /// <summary>The records as the daemon sees them: without disabled ones.</summary>
    /// <param name="zone">The zone, whose own NS records delegate nothing.</param>
    /// <exception cref="ProviderException">Rejected: there is something that cannot be steered; it is left alone.</exception>
    public NameRecords Records(DnsName zone)
    {
        if ((ForeignAnswer(zone) ?? SeveralOwners()) is { } reason)
        {
            throw Rejected(reason);
        }

        try
        {
            var live = Sets.Where(set => set.Live.Any()).Select(set => RecordSet.Create(name, Enum.Parse<RecordType>(set.Type), TimeSpan.FromSeconds(set.Ttl), set.Live.Select(value => value.Content)));
            return NameRecords.Create(name, live) with { Owner = Owners().FirstOrDefault() };
        }
        catch (ArgumentException e)
        {
            throw Rejected($"it holds a record that cannot be steered: {e.Message}", e);
        }
    }

    /// <summary>Refuses a change that would put a CNAME beside others, or others beside one: no server would take both (RFC 2181 section 10.1).</summary>
    /// <exception cref="ProviderException">Rejected: nothing was written.</exception>
    public void RefuseCompany(ChangeSet change)
    {
        foreach (var after in change.Changes.Select(one => one.After.Type))
        {
            var company = sets.FirstOrDefault(set => set.Live.Any() && set.Type != after.ToString() && (after == RecordType.CNAME || set.Type == nameof(RecordType.CNAME)));
            if (company is not null)
            {
                throw Rejected($"a CNAME must be alone, so that the {after} it would get cannot be beside its {company.Type}: delete one; nothing was written");
            }
        }

        if (change.Changes.Any(one => one.After.Type == RecordType.CNAME) && this[RecordType.CNAME]?.Values.Any(value => value.IsDisabled) == true)
        {
            throw Rejected("its CNAME set holds a disabled record, beside which PowerDNS takes no other: delete that; nothing was written");
        }
    }

    /// <summary>What answers for the name's addresses besides its records; null when nothing does.</summary>
    private string? ForeignAnswer(DnsName zone)
    {
        foreach (var set in sets.Where(set => set.Live.Any()))
        {
            switch (set.Type)
            {
                case "ALIAS":
                    return $"it holds an ALIAS to {set.Live.First().Content}, which answers for its addresses and which no endpoint can declare: delete it, or steer another name";
                case "LUA" when set.Live.Any(value => IsSteered(value.Content.Split(' ', '\t')[0].ToUpperInvariant())):
                    return "it holds a LUA record, which works its addresses out by itself: delete it, or steer another name";
                case "NS" when name != zone:
                    return $"it is delegated to {string.Join(", ", set.Live.Select(value => value.Content))}, so that what the zone {zone} holds there is not answered: give the zone of that name";
            }
        }

        return null;
    }

    private string? SeveralOwners() => Owners() is { Count: > 1 } owners
        ? $"it carries the marks of several controllers ({string.Join(", ", owners)}): delete the wrong ones among its comments of the account {OwnerComment.Account}"
        : null;

    private List<string> Owners() => [.. Sets.SelectMany(set => OwnerComment.OwnersIn(set.Comments)).Distinct().Order(StringComparer.Ordinal)];

    private static bool IsSteered(string type) => Enum.TryParse<RecordType>(type, out var known) && known.ToString() == type;

    private ProviderException Rejected(string reason, Exception? cause = null) => new(ProviderFailure.Rejected, $"{name} cannot be steered at PowerDNS: {reason}", cause);
}
