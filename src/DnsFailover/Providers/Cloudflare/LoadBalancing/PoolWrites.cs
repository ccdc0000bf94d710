using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>A pool that is changed where it stands: what is null stays as it is, and so does all that is not here.</summary>
/// <param name="Pool">As it is now.</param>
/// <param name="IsEnabled">Whether it may get traffic.</param>
/// <param name="Origins">All of its origins: Cloudflare replaces the list as a whole.</param>
/// <param name="Description">With the mark of the owner.</param>
internal sealed record PoolWrite(Pool Pool, bool? IsEnabled, JsonArray? Origins, string? Description)
{
    /// <summary>True when it changes nothing.</summary>
    public bool IsEmpty => IsEnabled is null && Origins is null && Description is null;

    /// <summary>The body of a PATCH.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        Add("enabled", IsEnabled);
        Add("origins", Origins?.DeepClone());
        Add("description", Description);
        return json;

        void Add(string member, JsonNode? value)
        {
            if (value is not null)
            {
                json[member] = value;
            }
        }
    }
}

/// <summary>
/// The writes that turn what a load balancer serves into what a change set wants: first pools that get values, then those
/// that lose their last, so that something is served at any moment. Values are exchanged by enabling and disabling
/// origins; nothing is deleted.
/// </summary>
internal sealed class PoolWrites
{
    private readonly ChangeSet _change;
    private readonly BalancedName _now;
    private readonly bool _mayCreate;
    private readonly Dictionary<EndpointTarget, int?> _wanted;
    private readonly Dictionary<string, List<EndpointTarget>> _parts = [];

    private PoolWrites(ChangeSet change, BalancedName now, bool mayCreate)
    {
        (_change, _now, _mayCreate) = (change, now, mayCreate);
        _wanted = change.Changes.SelectMany(one => one.After.Values.Select(value => (Value: new EndpointTarget(one.After.Type, value.Data), value.Weight))).ToDictionary(item => item.Value, item => item.Weight);
    }

    /// <summary>Plans the writes; empty when everything is as it shall be.</summary>
    /// <param name="change">What is wanted.</param>
    /// <param name="now">The name as it is, with a load balancer.</param>
    /// <param name="mayCreate">Whether origins may be added.</param>
    /// <exception cref="ProviderException">Rejected: it is not possible with these pools; the message says what to change.</exception>
    public static IReadOnlyList<PoolWrite> For(ChangeSet change, BalancedName now, bool mayCreate) => new PoolWrites(change, now, mayCreate).Plan();

    private List<PoolWrite> Plan()
    {
        Distribute();
        RefuseImpossible();
        var gaining = _now.Pools.Where(pool => _parts.ContainsKey(pool.Id)).ToList();
        // Of pools in order, one behind the others gets nothing as long as they are there.
        var inTheWay = _now.Balancer!.IsOrdered ? _now.Pools.TakeWhile(pool => pool.Id != gaining[0].Id) : _now.Pools;
        var losing = inTheWay.Where(pool => pool.IsServing && !_parts.ContainsKey(pool.Id));
        var marked = _now.Pools.Where(pool => _change.Owner is not null && OwnerMark.Read(pool.Description) is { } owner && owner != _change.Owner);
        return
        [
            .. gaining.Select(Fill)
                .Concat(losing.Select(pool => new PoolWrite(pool, IsEnabled: false, Origins: null, Description(pool))))
                .Concat(marked.Select(pool => new PoolWrite(pool, IsEnabled: null, Origins: null, Description(pool))))
                .Where(write => !write.IsEmpty)
                .DistinctBy(write => write.Pool.Id),
        ];
    }

    /// <summary>Which pool has which of the values that shall be served; types that do not change keep theirs.</summary>
    private void Distribute()
    {
        var kept = _now.ServingValues.Where(value => _change.Changes.All(one => one.After.Type != value.Type));
        var missing = new List<EndpointTarget>();
        foreach (var value in kept.Concat(_wanted.Keys.OrderBy(value => value.Type).ThenBy(value => value.Value, StringComparer.Ordinal)))
        {
            if (_now.Pools.FirstOrDefault(pool => pool.Origins.Any(origin => origin.Value == value)) is { } home)
            {
                Put(home, value);
            }
            else
            {
                missing.Add(value);
            }
        }

        if (missing.Count > 0 && !_mayCreate)
        {
            throw Rejected($"no origin of its load balancer (pool {Pools(_now.Pools)}) has the address {string.Join(", ", missing.Select(value => value.Value))}: add it to a pool there, or set createOrigins: true");
        }

        var nearest = _now.Pools.Where(pool => _parts.ContainsKey(pool.Id)).Concat(_now.ServingPools).Concat(_now.Pools).FirstOrDefault();
        missing.ForEach(value => Put(nearest ?? throw Rejected("its load balancer has no pool: give it one"), value));

        void Put(Pool pool, EndpointTarget value)
        {
            _parts.TryAdd(pool.Id, []);
            _parts[pool.Id].Add(value);
        }
    }

    private void RefuseImpossible()
    {
        var used = _now.Pools.Where(pool => _parts.ContainsKey(pool.Id)).ToList();
        if (used.Count > 1 && _now.Balancer!.IsOrdered)
        {
            throw Rejected($"what shall be served together is in several pools ({Pools(used)}), which its load balancer serves one after another: make them origins of one pool, or set its steering_policy to random");
        }

        if (used.Count > 1 && _wanted.Values.Any(weight => weight is not null))
        {
            throw Rejected($"weights hold within one pool, but its endpoints are in several ({Pools(used)}): make them origins of one pool");
        }

        if (used.Find(pool => _parts[pool.Id].Count < pool.LeastOrigins) is { } few)
        {
            throw Rejected($"the pool {few.Name} gets traffic only with {few.LeastOrigins} origins at least (minimum_origins, the health threshold), and would have {_parts[few.Id].Count}: set it to 1");
        }

        if (_wanted.Values.FirstOrDefault(weight => weight is < 1 or > 100) is { } weight)
        {
            throw Rejected($"an origin cannot have the weight {weight}; Cloudflare has 1 to 99 (hundredths): correct weight");
        }
    }

    /// <summary>The pool with these values enabled, and no other.</summary>
    private PoolWrite Fill(Pool pool)
    {
        var part = _parts[pool.Id];
        var origins = pool.Origins.Select(origin => Exchange(origin, part.Contains(origin.Value!.Value))).ToList();
        var added = part.Where(value => pool.Origins.All(origin => origin.Value != value)).Select(value => Origin.New(value, Origin.FromWhole(_wanted[value]))).ToList();
        var isNew = added.Count > 0 || origins.Exists(item => item.IsChanged);
        return new PoolWrite(pool, pool.IsEnabled ? null : true, isNew ? new JsonArray([.. origins.Select(item => item.Json), .. added]) : null, Description(pool));
    }

    private (JsonObject Json, bool IsChanged) Exchange(Origin origin, bool isWanted)
    {
        // An enabled origin without any weight gets nothing, and is left as it is.
        var isEnabled = isWanted || (origin.IsEnabled && !origin.IsServing);
        var weight = isWanted && _wanted.TryGetValue(origin.Value!.Value, out var whole) ? Origin.FromWhole(whole) : origin.Weight;
        return (origin.With(isEnabled, weight), isEnabled != origin.IsEnabled || weight != origin.Weight);
    }

    private string? Description(Pool pool) =>
        _change.Owner is { } owner && OwnerMark.Write(pool.Description, owner) is { } marked && marked != pool.Description ? marked : null;

    private static string Pools(IEnumerable<Pool> pools) => string.Join(", ", pools.Select(pool => pool.Name));

    private ProviderException Rejected(string because) => new(ProviderFailure.Rejected, $"the change of {_change.Name} is not possible: {because}; nothing was written");
}
