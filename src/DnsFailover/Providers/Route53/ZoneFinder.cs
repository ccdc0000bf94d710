using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>The hosted zone that records are in.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name; the zone of failover.yaml, or above it.</param>
/// <param name="NameServers">Its name servers.</param>
/// <param name="IsPrivate">True when only VPCs see it.</param>
internal sealed record FoundZone(string Id, DnsName Name, IReadOnlyList<string> NameServers, bool IsPrivate);

/// <summary>Finds the hosted zone once, by its id or by the longest name that holds the configured one, and remembers it.</summary>
internal sealed class ZoneFinder(Route53Options options, Route53Client client) : IDisposable
{
    private const int MostNamesTold = 5;

    private readonly SemaphoreSlim _once = new(1, 1);
    private volatile FoundZone? _found;

    /// <summary>The zone.</summary>
    /// <exception cref="ProviderException">Rejected: there is none, or there are several; the message names those that there are.</exception>
    public async Task<FoundZone> GetAsync(CancellationToken cancellationToken)
    {
        if (_found is { } known)
        {
            return known;
        }

        await _once.WaitAsync(cancellationToken);
        try
        {
            return _found ??= await FindAsync(cancellationToken);
        }
        finally
        {
            _once.Release();
        }
    }

    /// <summary>Looks the zone up again the next time: it may have been deleted and made anew, with another id.</summary>
    public void Forget() => _found = null;

    /// <inheritdoc/>
    public void Dispose() => _once.Dispose();

    private async Task<FoundZone> FindAsync(CancellationToken cancellationToken)
    {
        var id = options.ZoneId ?? await FindIdAsync(cancellationToken);
        var zone = await client.GetZoneAsync(id, cancellationToken) ?? throw await NoneAsync($"there is no hosted zone {id}", cancellationToken);
        return !DnsName.TryParse(zone.Name, out var name, out _) || !options.Zone.IsWithin(name) ? throw Rejected($"the hosted zone {id} is {zone.Name} and does not hold {options.Zone}: check zone and zoneId")
            : zone.IsPrivate && options.NameServers.Count == 0 ? throw Rejected($"the hosted zone {id} is private, so that nobody outside of its VPCs sees its answers: give a public one, or list under nameServers where its answers can be verified")
            : new FoundZone(id, name, zone.NameServers, zone.IsPrivate);
    }

    private async Task<string> FindIdAsync(CancellationToken cancellationToken)
    {
        // One label is never a zone of anybody who would use this.
        for (var name = options.Zone; name.TryGetParent(out var parent); name = parent)
        {
            var zones = await client.ListZonesAsync(name.ToString(), cancellationToken);
            var named = zones.Where(zone => !zone.IsPrivate && zone.Name == name.ToString()).ToList();
            if (named.Count > 1)
            {
                throw Rejected($"several public hosted zones have the name {name} ({string.Join(", ", named.Select(zone => zone.Id).Order(StringComparer.Ordinal))}): set zoneId to the one that the domain is delegated to");
            }

            if (named.Count == 1)
            {
                return named[0].Id;
            }
        }

        throw await NoneAsync($"there is no public hosted zone that holds {options.Zone}", cancellationToken);
    }

    private async Task<ProviderException> NoneAsync(string sentence, CancellationToken cancellationToken)
    {
        try
        {
            var zones = await client.ListZonesAsync(from: null, cancellationToken);
            var near = Nearest.Hint(options.Zone.ToString(), zones.Where(zone => !zone.IsPrivate).Select(zone => zone.Name));
            var others = zones.OrderBy(zone => Nearest.Slips(zone.Name, options.Zone.ToString())).ThenBy(zone => zone.Name, StringComparer.Ordinal).ThenBy(zone => zone.Id, StringComparer.Ordinal)
                .Take(MostNamesTold).Select(zone => $"{zone.Name} ({zone.Id}{(zone.IsPrivate ? ", private" : string.Empty)})");
            return Rejected(zones.Count == 0 ? $"{sentence}: the account of these credentials has no hosted zones" : $"{sentence}; the account has {string.Join(", ", others)}{(zones.Count > MostNamesTold ? " and others" : string.Empty)}{near}");
        }
        catch (ProviderException)
        {
            return Rejected($"{sentence} in the account of these credentials");
        }
    }

    private static ProviderException Rejected(string message) => new(ProviderFailure.Rejected, message);
}
