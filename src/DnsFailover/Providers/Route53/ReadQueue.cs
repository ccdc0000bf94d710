using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// Reads that are asked for while others are under way are made together, so that hundreds of services cost a few calls.
/// A read is always answered by a listing that began after it was asked for.
/// </summary>
/// <param name="list">Lists names and tells each as soon as it is found.</param>
/// <param name="atOnce">So many listings run at the same time; a slow one delays only those that it lists.</param>
internal sealed class ReadQueue(Func<IReadOnlyCollection<DnsName>, Action<DnsName, ListedName>, CancellationToken, Task> list, int atOnce) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private List<Waiting> _waiting = [];
    private int _running;

    private sealed record Waiting(DnsName Name, TaskCompletionSource<ListedName> Done, CancellationToken Cancelled);

    /// <summary>What is listed at a name now.</summary>
    public Task<ListedName> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiting = new Waiting(name, new TaskCompletionSource<ListedName>(TaskCreationOptions.RunContinuationsAsynchronously), cancellationToken);
        lock (_lock)
        {
            _waiting.Add(waiting);
            if (_running < atOnce)
            {
                _running++;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        return waiting.Done.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        while (Next() is { } batch)
        {
            try
            {
                var byName = batch.ToLookup(waiting => waiting.Name);
                await list([.. byName.Select(same => same.Key)], (name, listed) => Tell(byName[name], listed), _end.Token);
            }
            catch (Exception e)
            {
                // Each caller gets what kept it from its answer; those that have one already keep it.
                batch.ForEach(waiting => waiting.Done.TrySetException(e));
            }
        }
    }

    private static void Tell(IEnumerable<Waiting> same, ListedName listed)
    {
        foreach (var waiting in same)
        {
            waiting.Done.TrySetResult(listed);
        }
    }

    private List<Waiting>? Next()
    {
        lock (_lock)
        {
            var batch = _waiting.FindAll(waiting => !waiting.Cancelled.IsCancellationRequested);
            _waiting = [];
            if (batch.Count > 0)
            {
                return batch;
            }

            _running--;
            return null;
        }
    }
}
