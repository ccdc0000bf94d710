using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Desec;

/// <summary>
/// Reads with few calls: one list of the zone answers everybody who waits. While calls are scarce, idle reads are also
/// answered by a list that is a little older; never a read that a write depends on, and never by a list from before one
/// of our own writes.
/// </summary>
internal sealed class ZoneReads(DesecClient client, TimeProvider time, CancellationToken stopping)
{
    /// <summary>Calls are scarce after so many reads within a minute (50 are allowed), or within a day (2000 calls are allowed).</summary>
    private const int ScarceInMinute = 10;

    private const int ScarceInDay = 600;

    /// <summary>Beyond this idle reads are refused, so that switches still have calls for their own.</summary>
    private const int MostIdleInDay = 1250;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>How old a list may be; less than half of the usual period of reconciling.</summary>
    private static readonly TimeSpan OldestShared = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly List<Request> _waiting = [];
    private bool _running;
    private long _writes;
    private int _pages = 1;
    private Listing? _last;

    private sealed record Request(DnsName Name, bool Idle, TaskCompletionSource<IReadOnlyList<DesecRrset>> Rrsets, CancellationToken Cancelled);

    private sealed record Listing(ILookup<DnsName, DesecRrset> ByName, long At, long Writes);

    /// <summary>What is at a name and its mark; nothing is written on the strength of it.</summary>
    public async Task<IReadOnlyList<DesecRrset>> IdleAsync(DnsName name, CancellationToken cancellationToken) => await Ask([name], idle: true, cancellationToken)[0];

    /// <summary>What is at each name and its mark now, and not a moment ago.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<DesecRrset>>> FreshAsync(IReadOnlyCollection<DnsName> names, CancellationToken cancellationToken) =>
        await Task.WhenAll(Ask(names, idle: false, cancellationToken));

    private Task<IReadOnlyList<DesecRrset>>[] Ask(IReadOnlyCollection<DnsName> names, bool idle, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Request[] requests = [.. names.Select(name => new Request(name, idle, new TaskCompletionSource<IReadOnlyList<DesecRrset>>(TaskCreationOptions.RunContinuationsAsynchronously), cancellationToken))];
        lock (_lock)
        {
            _waiting.AddRange(requests);
            if (!_running)
            {
                _running = true;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        return [.. requests.Select(request => request.Rrsets.Task.WaitAsync(cancellationToken))];
    }

    /// <summary>A write begins or ends: what was read before says nothing any more.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _writes++;
            _last = null;
        }
    }

    private Listing? Shared()
    {
        lock (_lock)
        {
            return _last is { } last && last.Writes == _writes && time.GetElapsedTime(last.At) < OldestShared && IsScarce ? last : null;
        }
    }

    private bool IsScarce => client.Reads.CountWithin(Minute) >= ScarceInMinute || client.Reads.CountWithin(Day) >= ScarceInDay;

    private async Task RunAsync()
    {
        while (Next() is { } batch)
        {
            try
            {
                await AnswerAsync(batch);
            }
            catch (Exception e)
            {
                batch.ForEach(request => request.Rrsets.TrySetException(e));
                batch.ForEach(request => _ = request.Rrsets.Task.Exception); // its caller may have gone
            }
        }
    }

    private List<Request>? Next()
    {
        lock (_lock)
        {
            _waiting.RemoveAll(request => request.Cancelled.IsCancellationRequested);
            List<Request> batch = [.. _waiting];
            _waiting.Clear();
            _running = batch.Count > 0;
            return _running ? batch : null;
        }
    }

    private async Task AnswerAsync(List<Request> batch)
    {
        AnswerIdle(batch);
        DnsName[] names = [.. batch.Where(request => !request.Rrsets.Task.IsCompleted).Select(request => request.Name).Distinct()];
        if (names.Length == 0)
        {
            return;
        }

        // A name by itself takes two calls.
        var byName = names.Length * 2 >= _pages ? await ListAsync(names.Length, stopping) : null;
        foreach (var same in batch.Where(request => !request.Rrsets.Task.IsCompleted).GroupBy(request => request.Name))
        {
            IReadOnlyList<DesecRrset> rrsets = byName is null ? await client.ListAsync(same.Key, stopping) : [.. byName[same.Key]];
            foreach (var request in same)
            {
                request.Rrsets.TrySetResult(rrsets);
            }
        }
    }

    /// <summary>While calls are scarce, idle reads get what is known; when hardly any are left, they get none.</summary>
    private void AnswerIdle(List<Request> batch)
    {
        var (known, isOver) = (Shared(), client.Reads.CountWithin(Day) >= MostIdleInDay);
        foreach (var request in batch.Where(request => request.Idle))
        {
            if (known is not null)
            {
                request.Rrsets.TrySetResult([.. known.ByName[request.Name]]);
            }
            else if (isOver)
            {
                request.Rrsets.TrySetException(new ProviderException(
                    ProviderFailure.Transient,
                    $"{MostIdleInDay} reads went to deSEC within a day, and the rest is kept for switches: let reconcileInterval be longer, or steer fewer names there; nothing was sent",
                    cause: null,
                    Minute));
            }
        }
    }

    /// <summary>Lists the zone; null when that would take more calls than to read the names one by one.</summary>
    private async Task<ILookup<DnsName, DesecRrset>?> ListAsync(int names, CancellationToken cancellationToken)
    {
        long writes;
        lock (_lock)
        {
            writes = _writes;
        }

        var at = time.GetTimestamp();
        var mostPages = Math.Min(DesecClient.MostPages, names * 2);
        if (await client.ListAsync(mostPages, cancellationToken) is not var (rrsets, pages))
        {
            _pages = mostPages + 1;
            return null;
        }

        var byName = rrsets.ToLookup(rrset => rrset.Steered);
        lock (_lock)
        {
            (_pages, _last) = (pages, new Listing(byName, at, writes));
        }

        return byName;
    }
}
