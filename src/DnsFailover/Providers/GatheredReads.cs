using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>
/// Reads names one by one while that is quick, and many at once when many wait: then one list of the whole zone answers
/// all of them, so that hundreds of names are reconciled with a handful of calls. Every read begins after it was asked
/// for, so that what was written before is in it.
/// </summary>
/// <typeparam name="TRecord">What the provider's lists hold: a record, or an RRset.</typeparam>
/// <param name="one">Reads one name.</param>
/// <param name="all">Reads the zone; null when that would take more than so many calls.</param>
/// <param name="nameOf">The steered name that one of them belongs to.</param>
/// <param name="stopping">Ends every read under way.</param>
internal sealed class GatheredReads<TRecord>(
    Func<DnsName, CancellationToken, Task<IReadOnlyList<TRecord>>> one,
    Func<int, CancellationToken, Task<IReadOnlyList<TRecord>?>> all,
    Func<TRecord, DnsName> nameOf,
    CancellationToken stopping)
{
    private const int MostAtOnce = 8;

    private sealed class Request(DnsName name)
    {
        public DnsName Name { get; } = name;

        public IReadOnlyList<ProviderCalls> Calls { get; } = ProviderCalls.Current;

        public TaskCompletionSource<IReadOnlyList<TRecord>> Records { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly Lock _lock = new();
    private readonly Queue<Request> _waiting = new();
    private int _underWay;

    /// <summary>The records of one name.</summary>
    public Task<IReadOnlyList<TRecord>> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var request = new Request(name);
        lock (_lock)
        {
            if (_underWay >= MostAtOnce)
            {
                _waiting.Enqueue(request);
                return request.Records.Task.WaitAsync(cancellationToken);
            }

            _underWay++;
        }

        // A call may answer several callers, so that none of them ends it; each ends by itself after the timeout.
        _ = RunAsync([request]);
        return request.Records.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync(IReadOnlyList<Request> requests)
    {
        while (requests.Count > 0)
        {
            await AnswerAsync(requests);
            requests = Next();
        }
    }

    /// <summary>What to do next, or nothing; few are read one by one, many together.</summary>
    private IReadOnlyList<Request> Next()
    {
        lock (_lock)
        {
            var together = _waiting.Count > MostAtOnce ? _waiting.Count : Math.Min(1, _waiting.Count);
            if (together == 0)
            {
                _underWay--;
            }

            return [.. Enumerable.Range(0, together).Select(_ => _waiting.Dequeue())];
        }
    }

    private async Task AnswerAsync(IReadOnlyList<Request> requests)
    {
        ProviderCalls.MadeFor(requests.SelectMany(request => request.Calls));
        try
        {
            var zone = requests.Count > 1 ? await all(requests.Count, stopping) : null;
            var byName = zone?.ToLookup(nameOf);
            foreach (var request in requests)
            {
                request.Records.TrySetResult(byName is null ? await one(request.Name, stopping) : [.. byName[request.Name]]);
            }
        }
        catch (Exception e)
        {
            foreach (var request in requests)
            {
                request.Records.TrySetException(e);
                _ = request.Records.Task.Exception; // its caller may have gone
            }
        }
    }
}
