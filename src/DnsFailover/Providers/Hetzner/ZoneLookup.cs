namespace DnsFailover.Providers.Hetzner;

/// <summary>Knows the zone's default TTL and name servers, and asks again once an hour. A failed look-up is not remembered.</summary>
internal sealed class ZoneLookup(HetznerClient client, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _once = new(1, 1);
    private (HetznerZone Zone, long At)? _known;

    /// <summary>The zone.</summary>
    public async Task<HetznerZone> GetAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            if (_known is not { } known || time.GetElapsedTime(known.At) >= MaxAge)
            {
                known = (await client.GetZoneAsync(cancellationToken), time.GetTimestamp());
                _known = known;
            }

            return known.Zone;
        }
        finally
        {
            _once.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _once.Dispose();
}
