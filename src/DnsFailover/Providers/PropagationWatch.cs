using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers;

/// <summary>
/// Follows changes until the vendor says that they are through, and logs how long it took. Nothing waits for it: the records
/// are shown at once, and whether they are answered is verified at the name servers themselves. But a change that does not
/// get there is told, also where the name servers cannot be reached from here.
/// </summary>
/// <param name="isThrough">Asks the vendor about a change.</param>
/// <param name="told">What is told of changes that are through, and of others.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is told.</param>
internal sealed partial class PropagationWatch(Func<string, CancellationToken, Task<bool>> isThrough, PropagationTold told, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>Between two looks at the changes.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Changes are through within 60 s nearly always; after so long it is a fault.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>So many calls per look, and so many changes at most: the vendor's limit is for reads and writes.</summary>
    private const int MostPerLook = 10;

    private const int MostFollowed = 500;

    private readonly Lock _lock = new();
    private readonly Queue<Followed> _followed = new();
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;
    private bool _isRunning;

    private sealed record Followed(string ChangeId, DnsName Name, long Since);

    /// <summary>Follows one more change; the oldest is let go when there are too many.</summary>
    public void Follow(string changeId, DnsName name)
    {
        lock (_lock)
        {
            if (_followed.Count == MostFollowed)
            {
                _followed.Dequeue();
            }

            _followed.Enqueue(new Followed(changeId, name, time.GetTimestamp()));
            if (!_isRunning)
            {
                _isRunning = true;
                _running = RunAsync();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            do
            {
                await Task.Delay(Interval, time, _end.Token);
                await LookAsync();
            }
            while (GoesOn());
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The provider is closed; the change spreads without us.
        }
    }

    private bool GoesOn()
    {
        lock (_lock)
        {
            return _isRunning = _followed.Count > 0;
        }
    }

    private async Task LookAsync()
    {
        foreach (var change in Take())
        {
            var took = time.GetElapsedTime(change.Since);
            var answer = await IsThroughAsync(change);
            if (answer == true)
            {
                LogThrough(change.ChangeId, change.Name, told.Through, took.TotalSeconds);
            }
            else if (answer is null)
            {
                continue; // it cannot be asked about, and would not be the next time
            }
            else if (took >= Patience)
            {
                LogNotThrough(change.ChangeId, change.Name, told.NotThrough, Text.Of(took), told.StatusPage);
            }
            else
            {
                lock (_lock)
                {
                    _followed.Enqueue(change); // behind those that were not looked at yet
                }
            }
        }
    }

    private List<Followed> Take()
    {
        lock (_lock)
        {
            var taken = new List<Followed>();
            while (taken.Count < MostPerLook && _followed.TryDequeue(out var change))
            {
                taken.Add(change);
            }

            return taken;
        }
    }

    /// <summary>Null when the vendor does not say: the permission to ask is missing, or a compatible server does not know the question.</summary>
    private async Task<bool?> IsThroughAsync(Followed change)
    {
        try
        {
            return await isThrough(change.ChangeId, _end.Token);
        }
        catch (ProviderException e)
        {
            LogNotFollowed(e.Message);
            return e.Failure == ProviderFailure.Rejected ? null : false;
        }
    }

    [LoggerMessage(4132, LogLevel.Debug, "Change {ChangeId} of {Name} {Through} after at most {Seconds:0} s")]
    private partial void LogThrough(string changeId, DnsName name, string through, double seconds);

    [LoggerMessage(4133, LogLevel.Warning, "Change {ChangeId} of {Name} {NotThrough} after {Time}; see {StatusPage}")]
    private partial void LogNotThrough(string changeId, DnsName name, string notThrough, string time, string statusPage);

    [LoggerMessage(4134, LogLevel.Debug, "A change cannot be followed at the moment: {Reason}")]
    private partial void LogNotFollowed(string reason);
}

/// <summary>A vendor's words for how far a change is.</summary>
/// <param name="Through">For example: is in sync at all name servers.</param>
/// <param name="NotThrough">For example: is still not in sync at all name servers of Route 53.</param>
/// <param name="StatusPage">Where the vendor tells of its own trouble.</param>
internal sealed record PropagationTold(string Through, string NotThrough, string StatusPage);
