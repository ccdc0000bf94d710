using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>
/// A name with its load balancer and the pools of that, in their order. Its records are what Cloudflare serves while it
/// finds every origin working: enabled origins of enabled pools, and of pools in order only those of the first.
/// </summary>
internal sealed class BalancedName
{
    private readonly IReadOnlyList<(Pool Pool, Origin Origin)> _serving;

    /// <summary>Puts it together.</summary>
    /// <param name="name">The name.</param>
    /// <param name="balancer">Its load balancer; null when it has none.</param>
    /// <param name="pools">The pools of that, in their order.</param>
    public BalancedName(DnsName name, LoadBalancer? balancer, IReadOnlyList<Pool> pools)
    {
        (Name, Balancer, Pools) = (name, balancer, pools);
        ServingPools = [.. pools.Where(pool => pool.IsServing).Take(balancer?.IsOrdered == true ? 1 : int.MaxValue)];
        _serving = [.. ServingPools.SelectMany(pool => pool.Origins.Where(origin => origin.IsServing).Select(origin => (pool, origin)))];
    }

    /// <summary>The name.</summary>
    public DnsName Name { get; }

    /// <summary>Its load balancer; null when it has none.</summary>
    public LoadBalancer? Balancer { get; }

    /// <summary>The pools that are steered, in order.</summary>
    public IReadOnlyList<Pool> Pools { get; }

    /// <summary>The pools that get traffic.</summary>
    public IReadOnlyList<Pool> ServingPools { get; }

    /// <summary>The values that get traffic.</summary>
    public IEnumerable<EndpointTarget> ServingValues => _serving.Select(item => item.Origin.Value).OfType<EndpointTarget>();

    /// <summary>The same with some pools as they are now.</summary>
    public BalancedName With(IReadOnlyCollection<Pool> pools) => new(Name, Balancer, [.. Pools.Select(pool => pools.FirstOrDefault(other => other.Id == pool.Id) ?? pool)]);

    /// <summary>Why the name servers do not answer exactly this; null when they do.</summary>
    public string? WhyNotVerifiable =>
        Balancer is null ? null
        : Balancer.IsProxied ? "its load balancer is proxied, so that the name servers answer Cloudflare's own addresses"
        : _serving.Any(item => item.Origin.Value?.Type == RecordType.CNAME) ? "its load balancer resolves the host names of its origins, so that the name servers answer their addresses"
        : _serving.Count > 1 ? "its load balancer answers with a choice of its origins"
        : null;

    /// <summary>What it serves, as the sets that are steered.</summary>
    /// <exception cref="ProviderException">Rejected: it is set up so that it cannot be steered; the message says what to change.</exception>
    public NameRecords Records()
    {
        if (Balancer is null)
        {
            return NameRecords.Create(Name, []);
        }

        Refuse(Balancer.WhyNotSteered);
        foreach (var pool in Pools)
        {
            Refuse(pool.Origins.FirstOrDefault(origin => origin.Value is null) is { } odd ? $"the origin '{odd.Address}' of its pool {pool.Name} is neither an address nor a host name: correct or remove it" : null);
        }

        var twice = Pools.SelectMany(pool => pool.Origins.Select(origin => (pool.Name, origin.Value))).GroupBy(item => item.Value).FirstOrDefault(group => group.Count() > 1);
        Refuse(twice is null ? null : $"{twice.Key!.Value.Value} is the address of several origins ({string.Join(", ", twice.Select(item => $"pool {item.Name}"))}), and one value cannot be steered at two places: remove all but one");
        string[] owners = [.. Pools.Select(pool => OwnerMark.Read(pool.Description)).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        Refuse(owners.Length > 1 ? $"its pools carry the marks of several controllers ({string.Join(", ", owners)}): remove the wrong ones from the pools' descriptions" : null);
        return NameRecords.Create(Name, _serving.GroupBy(item => item.Origin.Value!.Value.Type).Select(Set)) with { Owner = owners.SingleOrDefault() };
    }

    /// <summary>Origins of which none was given a weight are a set without weights; several host names need weights to be one set.</summary>
    private RecordSet Set(IGrouping<RecordType, (Pool Pool, Origin Origin)> of)
    {
        var hasWeights = of.Any(item => item.Origin.Weight != Origin.NoWeight) || (of.Key == RecordType.CNAME && of.Count() > 1);
        return RecordSet.Create(Name, of.Key, Balancer!.Ttl, of.Select(item => new RecordValue(item.Origin.Value!.Value.Value, hasWeights ? Origin.ToWhole(item.Origin.Weight) : null)));
    }

    private void Refuse(string? because)
    {
        if (because is not null)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the load balancer of {Name} cannot be steered: {because}");
        }
    }
}
