using DnsFailover.Core.Records;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>
/// Reads one name. The list of a small zone is one call, and has the mark of the name's owner in it; of a large zone the
/// name and its mark are two. Which it is, is found out again once an hour.
/// </summary>
internal sealed class ZoneReading(DigitalOceanClient client, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private long? _largeSince;

    /// <summary>The records of the name, and its marks.</summary>
    public async Task<IReadOnlyList<DigitalOceanRecord>> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        if (_largeSince is not { } since || time.GetElapsedTime(since) > MaxAge)
        {
            if (await client.ListRecordsAsync(mostPages: 1, cancellationToken) is { } zone)
            {
                return [.. zone.Where(record => record.SteeredName == name)];
            }

            _largeSince = time.GetTimestamp();
        }

        return await client.ListRecordsAsync(name, cancellationToken);
    }
}
