using System.Diagnostics.Metrics;
using DnsFailover.Core;
using DnsFailover.Journal;

namespace DnsFailover.Metrics;

/// <summary>How many alerts wait, since when, and what became of the others.</summary>
internal sealed class OutboxMetrics : IOutbox
{
    private static readonly MetricLabel Outcome = new("outcome", "delivered, given_up");

    /// <summary>What waits.</summary>
    public static readonly MetricDefinition Depth = new(
        "dnsfailover.outbox.depth", MetricKind.Gauge, null, "Alerts that wait for their channel.", Labels.Channel);

    /// <summary>Since when.</summary>
    public static readonly MetricDefinition Oldest = new(
        "dnsfailover.outbox.oldest.age", MetricKind.Gauge, "s", "How long the oldest of them has been waiting; 0 when none waits.", Labels.Channel);

    /// <summary>What became of the others.</summary>
    public static readonly MetricDefinition Alerts = new(
        "dnsfailover.alerts", MetricKind.Counter, null, "Alerts that left the outbox: taken by their channel, or given up by it as too old or refused.", Labels.Channel, Outcome);

    /// <summary>The journal may hang with its disk; a scrape does not wait for it longer.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly SqliteJournal _journal;
    private readonly Func<Declared> _declared;
    private readonly Counter<long> _alerts;
    private readonly Lock _gate = new();
    private volatile IReadOnlyDictionary<string, (int Count, DateTimeOffset Oldest)> _depths = new Dictionary<string, (int, DateTimeOffset)>();
    private Task _refreshing = Task.CompletedTask;

    /// <summary>Makes the instruments.</summary>
    /// <param name="journal">Holds the outbox.</param>
    /// <param name="meter">Gets the instruments.</param>
    /// <param name="declared">What is declared now.</param>
    /// <param name="time">The clock.</param>
    public OutboxMetrics(SqliteJournal journal, DaemonMeter meter, Func<Declared> declared, TimeProvider time)
    {
        (_journal, _declared, _alerts) = (journal, declared, meter.Counter(Alerts));
        meter.Gauge(Depth, () => Channels().Select(channel => DaemonMeter.Measure(channel.Count, Depth, channel.Name)));
        meter.Gauge(Oldest, () => Channels().Select(channel =>
            DaemonMeter.Measure(channel.Count == 0 ? 0 : Math.Max(0, (time.GetUtcNow() - channel.Oldest).TotalSeconds), Oldest, channel.Name)));
    }

    /// <summary>All that it measures.</summary>
    public static ValueList<MetricDefinition> All => [Depth, Oldest, Alerts];

    /// <summary>Counts what waits. When the journal does not say, what it said last goes on.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => Begin().WaitAsync(LongestWait, cancellationToken).ContinueWith(
        static _ => { }, cancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <inheritdoc/>
    public Task<IReadOnlyList<OutboxItem>> PendingAsync(string channel, int limit, CancellationToken cancellationToken) => _journal.PendingAsync(channel, limit, cancellationToken);

    /// <inheritdoc/>
    public async Task DeliveredAsync(OutboxItem item, string? thread, CancellationToken cancellationToken)
    {
        await _journal.DeliveredAsync(item, thread, cancellationToken);
        Count(item, "delivered");
    }

    /// <inheritdoc/>
    public async Task AbandonedAsync(OutboxItem item, string reason, CancellationToken cancellationToken)
    {
        await _journal.AbandonedAsync(item, reason, cancellationToken);
        Count(item, "given_up");
    }

    /// <inheritdoc/>
    public Task WaitForAlertsAsync(CancellationToken cancellationToken) => _journal.WaitForAlertsAsync(cancellationToken);

    private void Count(OutboxItem item, string outcome)
    {
        if (_declared().HasChannel(item.Channel))
        {
            _alerts.Add(1, new(Labels.Channel.Name, item.Channel), new(Outcome.Name, outcome));
        }
    }

    /// <summary>What was counted last; a counting is begun for who looks without having asked for one, such as a push.</summary>
    private IEnumerable<(string Name, int Count, DateTimeOffset Oldest)> Channels()
    {
        _ = Begin();
        var depths = _depths;
        return _declared().Channels.Select(channel => depths.TryGetValue(channel, out var found) ? (channel, found.Count, found.Oldest) : (channel, 0, default));
    }

    private Task Begin()
    {
        lock (_gate)
        {
            return _refreshing.IsCompleted ? _refreshing = Task.Run(CountAsync) : _refreshing;
        }
    }

    private async Task CountAsync()
    {
        try
        {
            _depths = await _journal.DepthsAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is JournalException or ObjectDisposedException or InvalidOperationException)
        {
            // The journal's own trouble is told where it matters.
        }
    }
}
