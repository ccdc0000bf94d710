using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>Reads back what a provider has taken.</summary>
internal static class ReadAfterWrite
{
    /// <summary>The records as they are now. From here on trouble no longer means "nothing was written".</summary>
    /// <param name="provider">Where it was written.</param>
    /// <param name="name">The name that was changed.</param>
    /// <param name="what">What has happened, for the message: <c>Hetzner took the change of api.example.com</c>.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="ProviderException">Ambiguous: they cannot be read.</exception>
    public static async Task<NameRecords> ReadAfterWriteAsync(this IRecordReader provider, DnsName name, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await provider.ReadAsync(name, cancellationToken);
        }
        catch (ProviderException e)
        {
            throw new ProviderException(ProviderFailure.Ambiguous, $"{what}, but it cannot be read back: {e.Message}", e, e.RetryAfter);
        }
    }
}
