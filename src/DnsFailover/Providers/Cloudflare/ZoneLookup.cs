using System.Net;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>
/// Knows the zone's id and name servers, and asks again once an hour, or when Cloudflare no longer knows the id. A failed
/// look-up is not remembered.
/// </summary>
internal sealed class ZoneLookup(CloudflareOptions options, CloudflareClient client, TimeProvider time) : IDisposable
{
    private const int MostNames = 5;

    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _once = new(1, 1);
    private (CloudflareZone Zone, long At)? _known;

    /// <inheritdoc/>
    public void Dispose() => _once.Dispose();

    /// <summary>The id of the account that owns the zone.</summary>
    /// <exception cref="ProviderException">It cannot be looked up.</exception>
    public async Task<string> AccountIdAsync(CancellationToken cancellationToken) =>
        options.AccountId ?? (await ZoneAsync(cancellationToken)).AccountId
            ?? throw new ProviderException(ProviderFailure.Rejected, $"Cloudflare does not say which account {options.Zone} belongs to: give accountId");

    /// <summary>The servers that answer for the zone: those of the options, else those that Cloudflare assigned to it.</summary>
    /// <exception cref="ProviderException">They cannot be looked up.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> ServersAsync(CancellationToken cancellationToken)
    {
        if (options.NameServers.Count > 0)
        {
            return options.NameServers;
        }

        var hosts = (await ZoneAsync(cancellationToken)).NameServers;
        return hosts.Count > 0
            ? await NameServerHosts.ResolveAsync(hosts, options.Timeout, time, cancellationToken)
            : throw new ProviderException(ProviderFailure.Rejected, $"Cloudflare names no servers for {options.Zone}: list the zone's servers under nameServers");
    }

    /// <summary>Makes a call with the zone's id. When it is refused, the id may be that of a zone that was made anew since: it is looked up again the next time.</summary>
    /// <exception cref="ProviderException">The look-up or the call failed.</exception>
    public async Task<T> InZoneAsync<T>(Func<string, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(await IdAsync(cancellationToken));
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.Rejected)
        {
            _known = null;
            throw;
        }
    }

    /// <summary>The zone.</summary>
    /// <exception cref="ProviderException">It cannot be looked up, or there is none that the token may see.</exception>
    public async Task<CloudflareZone> ZoneAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            if (_known is { } known && time.GetElapsedTime(known.At) < MaxAge)
            {
                return known.Zone;
            }

            var zone = options.ZoneId is { } id ? await client.GetZoneAsync(id, cancellationToken) : await FindAsync(cancellationToken);
            _known = (zone, time.GetTimestamp());
            return zone;
        }
        finally
        {
            _once.Release();
        }
    }

    private async Task<string> IdAsync(CancellationToken cancellationToken) => options.ZoneId ?? (await ZoneAsync(cancellationToken)).Id;

    private async Task<CloudflareZone> FindAsync(CancellationToken cancellationToken)
    {
        var found = await client.FindZonesAsync(options.Zone, cancellationToken);
        var active = found.Where(zone => zone.Status == "active").ToList();
        return (found.Count, active.Count) switch
        {
            (1, _) => found[0],
            (_, 1) => active[0],
            (0, _) => throw new ProviderException(ProviderFailure.Rejected, await NotFoundAsync(cancellationToken)),
            _ => throw new ProviderException(ProviderFailure.Rejected, $"Cloudflare has {found.Count} zones {options.Zone} in different accounts: say by zoneId which one is meant ({string.Join(", ", found.Select(zone => zone.Id))})"),
        };
    }

    private async Task<string> NotFoundAsync(CancellationToken cancellationToken)
    {
        var names = await client.ListZoneNamesAsync(cancellationToken);
        if (names.Count == 0)
        {
            return $"Cloudflare has no zone {options.Zone} that the token may see, nor any other: it needs the permission Zone → Zone → Read for that zone (Zone.Zone:Read); or give zoneId";
        }

        // The zone of a name below it is what is often meant; then come names that are spelled alike.
        var near = names.Where(name => DnsName.TryParse(name, out var zone, out _) && options.Zone.IsWithin(zone))
            .Concat(names.OrderBy(name => Nearest.Slips(options.Zone.ToString(), name)).ThenBy(name => name, StringComparer.Ordinal))
            .Distinct()
            .Take(MostNames);
        return $"Cloudflare has no zone {options.Zone} that the token may see{Nearest.Hint(options.Zone.ToString(), names)}; it sees {string.Join(", ", near)}{(names.Count > MostNames ? " and others" : string.Empty)}: correct zone, or add it to the token's zone resources";
    }
}
