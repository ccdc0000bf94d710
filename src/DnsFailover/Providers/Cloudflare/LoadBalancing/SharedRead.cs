namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>
/// Reads something that answers for every name at once. Who asks while a reading is under way gets the next one, together
/// with all who wait for it, so that what was written before they asked is in it.
/// </summary>
/// <param name="read">The reading; it ends by itself.</param>
internal sealed class SharedRead<T>(Func<Task<T>> read)
{
    private readonly Lock _lock = new();
    private Task _current = Task.CompletedTask;
    private Task<T>? _next;

    /// <summary>A reading that begins after this call.</summary>
    public Task<T> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _next ??= AfterAsync(_current);
            return _next.WaitAsync(cancellationToken);
        }
    }

    private async Task<T> AfterAsync(Task before)
    {
        // The caller holds the lock: nothing is read before it has let go.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            (_current, _next) = (_next!, null);
        }

        return await read();
    }
}
