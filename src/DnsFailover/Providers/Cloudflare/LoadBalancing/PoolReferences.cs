using System.Collections.Concurrent;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>
/// Knows which load balancers use a pool besides the one of a name: those of other zones are in no list that is read
/// anyway. It is asked once an hour per pool, one at a time, so that reading hundreds of names stays cheap.
/// </summary>
internal sealed class PoolReferences(LoadBalancingClient client, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ConcurrentDictionary<string, (string? Other, long At)> _known = new();

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    /// <summary>Asks about the pools of a name that are not known yet, unless others are being asked about.</summary>
    public async Task LearnAsync(string accountId, BalancedName name, CancellationToken cancellationToken)
    {
        if (name.Pools.All(IsKnown) || !await _one.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return;
        }

        try
        {
            await AskAsync(accountId, name, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Asks about the pools of a name that are not known yet.</summary>
    public async Task AskAsync(string accountId, BalancedName name, CancellationToken cancellationToken)
    {
        foreach (var pool in name.Pools.Where(pool => !IsKnown(pool)))
        {
            try
            {
                var others = (await client.ListReferencesAsync(accountId, name.Name, pool.Id, cancellationToken)).Where(other => other.Id != name.Balancer?.Id).ToList();
                _known[pool.Id] = (others.Count == 0 ? null : others[0].Name ?? others[0].Id ?? "another load balancer", time.GetTimestamp());
            }
            catch (ProviderException e) when (e.Failure == ProviderFailure.Rejected)
            {
                // A server that does not know the question, or a token that may not ask it, must not keep a name from moving.
                _known[pool.Id] = (null, time.GetTimestamp());
            }
            catch (ProviderException)
            {
                return; // the next read asks again
            }
        }
    }

    /// <summary>Another load balancer that uses a pool, as far as that is known.</summary>
    public string? OtherUserOf(Pool pool) => _known.TryGetValue(pool.Id, out var known) ? known.Other : null;

    private bool IsKnown(Pool pool) => _known.TryGetValue(pool.Id, out var known) && time.GetElapsedTime(known.At) < MaxAge;
}
