using System.Collections.Concurrent;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>
/// Reads load balancers with their pools: two calls, whatever the number of names that are asked for at once. Right before
/// a write only the pools are read again, as long as the load balancer itself was read a moment ago.
/// </summary>
internal sealed class BalancedNames : IDisposable
{
    /// <summary>From the reading that a decision rests on to the write less time passes than this.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(30);

    private readonly LoadBalancingClient _client;
    private readonly ZoneLookup _zone;
    private readonly TimeProvider _time;
    private readonly PoolReferences _references;
    private readonly SharedRead<Listing> _lists;
    private readonly ConcurrentDictionary<DnsName, (BalancedName Name, long At)> _known = new();

    /// <summary>Nothing is read yet.</summary>
    public BalancedNames(LoadBalancingClient client, ZoneLookup zone, TimeProvider time, CancellationToken stopping)
    {
        (_client, _zone, _time) = (client, zone, time);
        _references = new PoolReferences(client, time);
        _lists = new SharedRead<Listing>(() => ListAsync(stopping));
    }

    private sealed record Listing(IReadOnlyList<LoadBalancer> Balancers, IReadOnlyDictionary<string, Pool> Pools);

    /// <inheritdoc/>
    public void Dispose() => _references.Dispose();

    /// <summary>A name with its load balancer, which is none where the name has none.</summary>
    /// <exception cref="ProviderException">The read failed, was not complete, or a pool moves other names too.</exception>
    public async Task<BalancedName> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        var at = _time.GetTimestamp();
        var listing = await _lists.ReadAsync(cancellationToken);
        var found = await FindAsync(listing, name, cancellationToken);
        RefuseSharedHere(found, listing);
        if (found.Balancer is not null)
        {
            await _references.LearnAsync(await _zone.AccountIdAsync(cancellationToken), found, cancellationToken);
            RefuseSharedElsewhere(found);
        }

        _known[name] = (found, at);
        return found;
    }

    /// <summary>As <see cref="ReadAsync"/>, for a name that was read a moment ago: then one call.</summary>
    /// <exception cref="ProviderException">As there; Conflict: the pool is gone.</exception>
    public async Task<BalancedName> ReadAgainAsync(DnsName name, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(name, out var known) || known.Name.Balancer is null || _time.GetElapsedTime(known.At) > Moment)
        {
            known = (await ReadAsync(name, cancellationToken), _time.GetTimestamp());
        }
        else
        {
            known = (known.Name.With(await PoolsAsync(known.Name, cancellationToken)), known.At);
        }

        if (known.Name.Balancer is not null)
        {
            await _references.AskAsync(await _zone.AccountIdAsync(cancellationToken), known.Name, cancellationToken);
            RefuseSharedElsewhere(known.Name);
        }

        return known.Name;
    }

    /// <summary>Reads it in full the next time.</summary>
    public void Forget(DnsName name) => _known.TryRemove(name, out _);

    /// <summary>The names of the load balancers, those that are spelled alike first.</summary>
    public async Task<IReadOnlyList<DnsName>> NearAsync(DnsName name, int most, CancellationToken cancellationToken) =>
        [.. (await _lists.ReadAsync(cancellationToken)).Balancers.Select(balancer => balancer.Name).OrderBy(other => Nearest.Slips(name.ToString(), other.ToString())).ThenBy(other => other).Take(most)];

    /// <summary>A pool of this name in the account that no load balancer of the zone uses; null where there is none.</summary>
    /// <exception cref="ProviderException">Rejected: one uses it.</exception>
    public async Task<Pool?> FindUnusedPoolAsync(string name, CancellationToken cancellationToken)
    {
        var listing = await _lists.ReadAsync(cancellationToken);
        var pool = listing.Pools.Values.FirstOrDefault(pool => pool.Name == name);
        return pool is not null && listing.Balancers.FirstOrDefault(balancer => balancer.DefaultPools.Contains(pool.Id) || balancer.OtherPools.Contains(pool.Id)) is { } user
            ? throw new ProviderException(ProviderFailure.Rejected, $"the pool {name} is used by the load balancer of {user.Name} already: rename it; nothing was written")
            : pool;
    }

    private async Task<Listing> ListAsync(CancellationToken cancellationToken)
    {
        var balancers = await _zone.InZoneAsync(id => _client.ListAsync(id, cancellationToken), cancellationToken);
        var pools = await _client.ListPoolsAsync(await _zone.AccountIdAsync(cancellationToken), cancellationToken);
        return new Listing(balancers, pools.ToDictionary(pool => pool.Id));
    }

    private async Task<BalancedName> FindAsync(Listing listing, DnsName name, CancellationToken cancellationToken)
    {
        var balancers = listing.Balancers.Where(balancer => balancer.Name == name).ToList();
        if (balancers.Count != 1)
        {
            return balancers.Count == 0
                ? new BalancedName(name, balancer: null, [])
                : throw new ProviderException(ProviderFailure.Rejected, $"{name} has {balancers.Count} load balancers: remove all but one");
        }

        var pools = new List<Pool>();
        foreach (var id in balancers[0].DefaultPools.Distinct())
        {
            // A pool may have been made, and put to use, between the two lists.
            pools.Add(listing.Pools.GetValueOrDefault(id) ?? await _client.GetPoolAsync(await _zone.AccountIdAsync(cancellationToken), name, id, cancellationToken));
        }

        return new BalancedName(name, balancers[0], pools);
    }

    private async Task<IReadOnlyList<Pool>> PoolsAsync(BalancedName name, CancellationToken cancellationToken)
    {
        var account = await _zone.AccountIdAsync(cancellationToken);
        if (name.Pools is [var only])
        {
            return [await _client.GetPoolAsync(account, name.Name, only.Id, cancellationToken)];
        }

        var all = (await _client.ListPoolsAsync(account, cancellationToken)).ToDictionary(pool => pool.Id);
        return name.Pools.All(pool => all.ContainsKey(pool.Id))
            ? [.. name.Pools.Select(pool => all[pool.Id])]
            : throw new ProviderException(ProviderFailure.Conflict, $"a pool of {name.Name} is gone; nothing was written");
    }

    private static void RefuseSharedHere(BalancedName name, Listing listing)
    {
        foreach (var pool in name.Pools)
        {
            var other = listing.Balancers.FirstOrDefault(balancer => balancer.Id != name.Balancer!.Id && (balancer.DefaultPools.Contains(pool.Id) || balancer.OtherPools.Contains(pool.Id)));
            if (other is not null)
            {
                throw Shared(name, pool, other.Name.ToString());
            }
        }
    }

    private void RefuseSharedElsewhere(BalancedName name)
    {
        foreach (var pool in name.Pools)
        {
            if (_references.OtherUserOf(pool) is { } other)
            {
                throw Shared(name, pool, other);
            }
        }
    }

    private static ProviderException Shared(BalancedName name, Pool pool, string other) =>
        new(ProviderFailure.Rejected, $"the pool {pool.Name} of {name.Name} is used by the load balancer {other} too, which would move along: give each name a pool of its own");
}
