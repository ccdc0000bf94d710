using System.Net.Sockets;

namespace DnsFailover.Probing;

/// <summary>Asks the resolver that the machine is configured with (<c>getaddrinfo</c>).</summary>
internal sealed class SystemNameResolver : INameResolver, IDisposable
{
    /// <summary>
    /// The call blocks a thread for as long as the resolver is silent and cannot be called off. So many may be stuck
    /// at once without starving the other probes of threads; further ones wait their turn or their timeout.
    /// </summary>
    private const int MaxConcurrentLookups = 16;

    private readonly SemaphoreSlim _slots = new(MaxConcurrentLookups);

    /// <inheritdoc/>
    public async Task<NameAnswer> ResolveAsync(string name, AddressFamily family, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        // The slot belongs to the lookup, not to us: it is free again when the lookup ends, even if nobody waits for it.
        return await LookUpAsync(Absolute(name), family).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async Task<NameAnswer> LookUpAsync(string name, AddressFamily family)
    {
        try
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(name, family);
            return addresses.Length == 0 ? new NameAnswer(NameStatus.NotFound, []) : new NameAnswer(NameStatus.Found, addresses);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return new NameAnswer(NameStatus.NotFound, []);
        }
        catch (SocketException e)
        {
            return new NameAnswer(NameStatus.Unavailable, [], e.Message);
        }
        finally
        {
            Release();
        }
    }

    private void Release()
    {
        try
        {
            _slots.Release();
        }
        catch (ObjectDisposedException)
        {
            // The prober is gone and nobody waits for this lookup any more.
        }
    }

    // The trailing dot keeps the search domains of the machine (a cluster's, with a wildcard perhaps) out of it. A
    // name of one label is a local one, such as localhost, and may need them.
    private static string Absolute(string name) => name.Contains('.', StringComparison.Ordinal) && !name.EndsWith('.') ? name + "." : name;
}
