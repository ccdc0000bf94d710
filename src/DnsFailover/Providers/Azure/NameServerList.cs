namespace DnsFailover.Providers.Azure;

/// <summary>The host names of the servers that Azure assigned to the zone, which stay for its life; asked for once an hour, since a zone may be made anew.</summary>
internal sealed class NameServerList(AzureOptions options, AzureClient client, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _once = new(1, 1);
    private (IReadOnlyList<string> Hosts, long At)? _known;

    /// <inheritdoc/>
    public void Dispose() => _once.Dispose();

    /// <summary>The host names. A failure is not remembered.</summary>
    /// <exception cref="ProviderException">The zone cannot be read, or only virtual networks see its answers.</exception>
    public async Task<IReadOnlyList<string>> GetAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            if (_known is { } known && time.GetElapsedTime(known.At) < MaxAge)
            {
                return known.Hosts;
            }

            var zone = await client.GetZoneAsync(cancellationToken);
            if (zone.IsPrivate)
            {
                throw new ProviderException(Core.Control.ProviderFailure.Rejected, $"the zone {options.Zone} is private, so that only virtual networks see its answers: give a public one, or list under nameServers where its answers can be verified");
            }

            _known = (zone.NameServers, time.GetTimestamp());
            return zone.NameServers;
        }
        finally
        {
            _once.Release();
        }
    }
}
