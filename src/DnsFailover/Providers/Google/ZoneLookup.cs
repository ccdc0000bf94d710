using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Google;

/// <summary>The managed zone that records are in.</summary>
/// <param name="Id">Its own name.</param>
/// <param name="Name">Its DNS name; the zone of failover.yaml, or with managedZone one above it.</param>
/// <param name="NameServers">The host names of its name servers.</param>
internal sealed record FoundZone(string Id, DnsName Name, IReadOnlyList<string> NameServers);

/// <summary>
/// Finds the managed zone, by its own name or by its DNS name, and asks again once an hour, or when Google no longer knows
/// it. A failed look-up is not remembered.
/// </summary>
internal sealed class ZoneLookup(GoogleOptions options, GoogleClient client, TimeProvider time) : IDisposable
{
    private const int MostNamesTold = 5;

    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _once = new(1, 1);
    private volatile Known? _known;

    private sealed record Known(FoundZone Zone, long At);

    /// <summary>The zone.</summary>
    /// <exception cref="ProviderException">Rejected: there is none, or there are several; the message names those that there are.</exception>
    public async Task<FoundZone> GetAsync(CancellationToken cancellationToken)
    {
        if (_known is { } known && time.GetElapsedTime(known.At) < MaxAge)
        {
            return known.Zone;
        }

        await _once.WaitAsync(cancellationToken);
        try
        {
            if (_known is { } meanwhile && time.GetElapsedTime(meanwhile.At) < MaxAge)
            {
                return meanwhile.Zone;
            }

            var zone = await FindAsync(cancellationToken);
            _known = new Known(zone, time.GetTimestamp());
            return zone;
        }
        finally
        {
            _once.Release();
        }
    }

    /// <summary>Looks it up again the next time.</summary>
    public void Forget() => _known = null;

    /// <inheritdoc/>
    public void Dispose() => _once.Dispose();

    private async Task<FoundZone> FindAsync(CancellationToken cancellationToken)
    {
        var zone = options.ManagedZone is { } id
            ? await client.FindZoneAsync(id, cancellationToken) ?? throw await NoneAsync($"there is no managed zone {id}", cancellationToken)
            : await FindByNameAsync(cancellationToken);
        return !DnsName.TryParse(zone.Name, out var name, out _) || !options.Zone.IsWithin(name) ? throw Rejected($"the managed zone {zone.Id} is {zone.Name} and does not hold {options.Zone}: check zone and managedZone")
            : zone.IsPrivate && options.NameServers.Count == 0 ? throw Rejected($"the managed zone {zone.Id} is private, so that nobody outside of its networks sees its answers: give a public one, or list under nameServers where its answers can be verified")
            : new FoundZone(zone.Id, name, zone.NameServers);
    }

    private async Task<ManagedZone> FindByNameAsync(CancellationToken cancellationToken)
    {
        var named = (await client.ListZonesAsync(options.Zone, cancellationToken)).Where(zone => !zone.IsPrivate && zone.Name == options.Zone.ToString()).ToList();
        return named.Count switch
        {
            1 => named[0],
            0 => throw await NoneAsync($"there is no public managed zone with the DNS name {options.Zone}", cancellationToken),
            _ => throw Rejected($"several public managed zones have the DNS name {options.Zone} ({string.Join(", ", named.Select(zone => zone.Id).Order(StringComparer.Ordinal))}): set managedZone to the one that the domain is delegated to"),
        };
    }

    private async Task<ProviderException> NoneAsync(string sentence, CancellationToken cancellationToken)
    {
        try
        {
            var zones = await client.ListZonesAsync(name: null, cancellationToken);

            // The zone of a name below it is what is often meant; then come names that are spelled alike.
            var near = zones.OrderByDescending(zone => DnsName.TryParse(zone.Name, out var name, out _) && options.Zone.IsWithin(name))
                .ThenBy(zone => Nearest.Slips(zone.Name, options.Zone.ToString())).ThenBy(zone => zone.Name, StringComparer.Ordinal).ThenBy(zone => zone.Id, StringComparer.Ordinal)
                .Take(MostNamesTold).Select(zone => $"{zone.Name} ({zone.Id}{(zone.IsPrivate ? ", private" : string.Empty)})");
            return Rejected(zones.Count == 0
                ? $"{sentence}: the project {options.Project} has no managed zones; check project"
                : $"{sentence}; the project {options.Project} has {string.Join(", ", near)}{(zones.Count > MostNamesTold ? " and others" : string.Empty)}{Nearest.Hint(options.Zone.ToString(), zones.Where(zone => !zone.IsPrivate).Select(zone => zone.Name))}");
        }
        catch (ProviderException)
        {
            return Rejected($"{sentence} in the project {options.Project}");
        }
    }

    private static ProviderException Rejected(string message) => new(ProviderFailure.Rejected, message);
}
