using System.Collections.Concurrent;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Azure;

/// <summary>
/// Reads one name, with one call where that can be. There is none for all types of a name, but a list holds them with their
/// etags and metadata: of the zone, if it is short, else of what is beside the name. A list only ever says what there is:
/// that it does not hold the name may be due to a filter, and that it fails may be due to a role. Then the name is read type
/// by type, which has the last word, and for a while such a list is not tried again.
/// </summary>
internal sealed class NameReads(AzureOptions options, AzureClient client, TimeProvider time)
{
    private const string WholeZone = "";

    /// <summary>Two pages are still fewer calls than the three that read the types.</summary>
    private const int MostPages = 2;

    private static readonly TimeSpan Rest = TimeSpan.FromHours(1);

    /// <summary>Suffixes of lists that did not help, and when; at most two for each name that is read.</summary>
    private readonly ConcurrentDictionary<string, long> _inVain = new(StringComparer.Ordinal);

    /// <summary>The steered record sets of the name.</summary>
    /// <exception cref="ProviderException">They cannot be read.</exception>
    public async Task<IReadOnlyList<AzureRecordSet>> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        var suffix = new[] { WholeZone, Beside(name) }.FirstOrDefault(suffix => suffix is not null && !IsResting(suffix));
        if (suffix is null || !client.HasListToSpare || !await IsTokenThereAsync(cancellationToken))
        {
            return await client.GetSetsAsync(name, isZoneThere: false, cancellationToken);
        }

        var listed = await TryListAsync(suffix, cancellationToken);
        if (listed?.Where(set => set.Name == name).ToList() is { Count: > 0 } found)
        {
            return found;
        }

        var sets = await client.GetSetsAsync(name, isZoneThere: listed is not null, cancellationToken);
        if (listed is null ? client.HasListToSpare : sets.Count > 0)
        {
            _inVain[suffix] = time.GetTimestamp();
        }

        return sets;
    }

    /// <summary>
    /// The suffix of the name and those beside it: the rest after its first label. A name of one label has only itself, of
    /// which the documentation says no; that is tried out. Null for the zone's own name.
    /// </summary>
    private string? Beside(DnsName name)
    {
        var relative = AzureRecordSet.RelativeName(name, options.Zone);
        return relative == AzureRecordSet.Apex ? null : relative[(relative.IndexOf('.', StringComparison.Ordinal) + 1)..];
    }

    private bool IsResting(string suffix) => _inVain.TryGetValue(suffix, out var at) && time.GetElapsedTime(at) < Rest;

    /// <summary>Without a token no call would do better; a secret that cannot be read is told by the call itself.</summary>
    private async Task<bool> IsTokenThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.TryTokenAsync(cancellationToken);
            return true;
        }
        catch (SecretUnavailableException)
        {
            return false;
        }
    }

    /// <summary>The list; null when it is not to be had in good time or would take too many calls.</summary>
    private async Task<IReadOnlyList<AzureRecordSet>?> TryListAsync(string suffix, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.Timeout / 2, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await client.TryListSetsAsync(suffix, MostPages, either.Token);
        }
        catch (ProviderException) when (!client.IsTokenRefused)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
