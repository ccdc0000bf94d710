using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Journal;

/// <summary>
/// The journal and the outbox in one SQLite database, so that an outcome and its alerts are written together or not
/// at all. A second connection reads, so that a long reading does not hold up a write.
/// </summary>
public sealed class SqliteJournal : IJournal, IOutbox, IIncidents, IAsyncDisposable
{
    private const string InMemory = ":memory:";
    private const string NotConfigured = "the channel is no longer configured";
    private readonly TimeProvider _time;
    private readonly ILogger<SqliteJournal> _logger;
    private readonly DataDirectory? _directory;
    private readonly JournalConnection _writer;
    private readonly JournalConnection _reader;
    private AlertRoutes _routes;
    private volatile JournalRetention _retention;
    private TaskCompletionSource _newAlerts = NewSignal();
    private Task _pruning = Task.CompletedTask;
    private int _sincePruning;
    private bool _disposed;

    private SqliteJournal(
        DataDirectory? directory, SqliteConnection writer, AlertRoutes routes, TimeProvider time, ILogger<SqliteJournal> logger, JournalRetention retention)
    {
        (_directory, _routes, _time, _logger, _retention) = (directory, routes, time, logger, retention);
        Path = directory?.Database ?? InMemory;
        _writer = new JournalConnection(writer, Path);
        _reader = directory is null ? _writer : new JournalConnection(JournalSchema.Connect(Path), Path);
        Lookups = directory is null ? _writer : new JournalConnection(JournalSchema.Connect(Path), Path);
    }

    /// <summary>The database file, or <c>:memory:</c>.</summary>
    public string Path { get; }

    /// <summary>True when it is kept in memory only.</summary>
    internal bool IsEphemeral => _directory is null;

    /// <summary>
    /// Says where the old journal is, when it was damaged and a fresh one had to be started; worth an alert, because
    /// hold-downs and undelivered alerts are forgotten with it. Null otherwise.
    /// </summary>
    public string? StartedFresh { get; private set; }

    /// <summary>The connection that writes.</summary>
    internal JournalConnection Writer => _writer;

    /// <summary>The connection for those who look things up: however long that takes, neither a write nor an alert waits for it.</summary>
    internal JournalConnection Lookups { get; }

    /// <summary>Opens or creates the journal, takes the directory for this process, and removes what is too old.</summary>
    /// <param name="dataDirectory">Where it is kept; null keeps it in memory.</param>
    /// <param name="channels">The names of the channels that alerts are written for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="retention">How much is kept; null takes the defaults.</param>
    /// <exception cref="JournalException">It cannot be used; the message says what to do.</exception>
    public static SqliteJournal Open(
        string? dataDirectory, IReadOnlyList<string> channels, TimeProvider time, ILogger<SqliteJournal> logger, JournalRetention? retention = null) =>
        Open(dataDirectory, AlertRoutes.All(channels), time, logger, retention);

    /// <inheritdoc cref="Open(string?, IReadOnlyList{string}, TimeProvider, ILogger{SqliteJournal}, JournalRetention?)"/>
    /// <param name="dataDirectory">Where it is kept; null keeps it in memory.</param>
    /// <param name="routes">Which alerts are written for which channels.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="retention">How much is kept; null takes the defaults.</param>
    public static SqliteJournal Open(
        string? dataDirectory, AlertRoutes routes, TimeProvider time, ILogger<SqliteJournal> logger, JournalRetention? retention = null)
    {
        var directory = dataDirectory is null ? null : DataDirectory.Take(dataDirectory, time);
        SqliteConnection? writer = null;
        try
        {
            (writer, var warning) = OpenDatabase(directory, time);
            var journal = new SqliteJournal(directory, writer, routes, time, logger, retention ?? new JournalRetention()) { StartedFresh = warning };
            journal.Announce();
            journal.Tidy(writer);
            JournalRehearsal.Run(writer, journal._retention, time.GetUtcNow());
            return journal;
        }
        catch (Exception error) when (error is SqliteException or JournalException)
        {
            writer?.Dispose();
            directory?.Dispose();
            throw error is SqliteException failure ? JournalTrouble.Explain(failure, directory?.Database ?? InMemory) : error;
        }
    }

    /// <summary>Sets which channels alerts are written for from now on; what waits for any other is given up.</summary>
    /// <exception cref="JournalException">It could not be written; alerts go to the new channels all the same.</exception>
    public Task SetChannelsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken) => SetRoutesAsync(AlertRoutes.All(channels), cancellationToken);

    /// <summary>Sets which alerts are written for which channels from now on; what waits for any other channel is given up.</summary>
    /// <exception cref="JournalException">It could not be written; alerts go to the new channels all the same.</exception>
    public async Task SetRoutesAsync(AlertRoutes routes, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _routes, routes);
        var abandoned = await _writer.WriteAsync(open => OutboxRows.AbandonAllBut(open, routes.Channels, NotConfigured, _time.GetUtcNow()), cancellationToken);
        Report(abandoned, NotConfigured);
    }

    /// <summary>Sets how long history is kept from now on.</summary>
    internal void Keep(TimeSpan age) => _retention = _retention with { Age = age };

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<JournalEntry> entries, IReadOnlyList<Alert> alerts, CancellationToken cancellationToken)
    {
        if (entries.Count == 0 && alerts.Count == 0)
        {
            return;
        }

        var abandoned = await _writer.WriteAsync(
            open =>
            {
                foreach (var entry in entries)
                {
                    JournalRows.Insert(open, entry);
                }

                return OutboxRows.Insert(open, alerts, Volatile.Read(ref _routes), _retention, _time.GetUtcNow());
            },
            cancellationToken);
        Report(abandoned, OutboxRows.TooMany(_retention));
        if (alerts.Count > 0)
        {
            Interlocked.Exchange(ref _newAlerts, NewSignal()).SetResult();
        }

        PruneNowAndThen(entries.Count + alerts.Count);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<JournalEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await _reader.UseAsync(JournalRows.Entries, cancellationToken);
        var damaged = new List<DamagedRow>();
        var entries = JournalRows.Parse(rows, "entries", (_, json) => JournalJson.ReadEntry(json), damaged);
        await SetAsideAsync(damaged, cancellationToken);
        return entries;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<OutboxItem>> PendingAsync(string channel, int limit, CancellationToken cancellationToken)
    {
        var (rows, threads) = await _reader.UseAsync(open => (OutboxRows.Pending(open, channel, limit), IncidentRows.Threads(open, channel)), cancellationToken);
        var damaged = new List<DamagedRow>();
        var items = JournalRows.Parse(rows, "outbox", (id, json) => Item(id, JournalJson.ReadAlert(json)), damaged);
        await SetAsideAsync(damaged, cancellationToken);

        // Nothing but unreadable alerts must not look like an empty outbox; they are gone now, so this ends.
        return items.Count == 0 && damaged.Count > 0 ? await PendingAsync(channel, limit, cancellationToken) : items;

        OutboxItem Item(long id, Alert alert) => new(id, channel, alert) { Thread = alert.Incident is { } incident ? threads.GetValueOrDefault(incident.Id) : null };
    }

    /// <summary>How many alerts wait for each channel, and when the oldest of them was raised; channels without any are absent.</summary>
    /// <exception cref="JournalException">It could not be read.</exception>
    internal async Task<IReadOnlyDictionary<string, (int Count, DateTimeOffset Oldest)>> DepthsAsync(CancellationToken cancellationToken) =>
        (await _reader.UseAsync(OutboxRows.Depths, cancellationToken)).ToDictionary(row => row.Channel, row => (row.Count, row.Oldest), StringComparer.Ordinal);

    /// <inheritdoc cref="DeliveredAsync(OutboxItem, string?, CancellationToken)"/>
    public Task DeliveredAsync(OutboxItem item, CancellationToken cancellationToken) => DeliveredAsync(item, thread: null, cancellationToken);

    /// <inheritdoc/>
    public Task DeliveredAsync(OutboxItem item, string? thread, CancellationToken cancellationToken) => _writer.WriteAsync(
        open =>
        {
            if (thread is not null && item.Alert.Incident is { } incident)
            {
                IncidentRows.KeepThread(open, item.Channel, incident.Id, thread);
            }

            return OutboxRows.Settle(open, item.Id, reason: null, _time.GetUtcNow());
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<OpenIncident>> OpenAsync(CancellationToken cancellationToken) => await _reader.UseAsync(IncidentRows.Open, cancellationToken);

    /// <inheritdoc/>
    public async Task AbandonedAsync(OutboxItem item, string reason, CancellationToken cancellationToken)
    {
        var count = await _writer.WriteAsync(open => OutboxRows.Settle(open, item.Id, reason, _time.GetUtcNow()), cancellationToken);
        Report(count == 0 ? [] : [(item.Channel, count)], reason);
    }

    /// <summary>
    /// Ends when alerts are written after this call. Call it before <see cref="PendingAsync"/> and wait afterwards,
    /// so that what is written in between is not missed.
    /// </summary>
    public Task WaitForAlertsAsync(CancellationToken cancellationToken) => Volatile.Read(ref _newAlerts).Task.WaitAsync(cancellationToken);

    /// <summary>
    /// Writes runs of observations and planned times, all or none. What is written survives the end of this process, but not a power cut of
    /// the next seconds: nothing depends on it, and a switch must not wait for the disk because of it.
    /// </summary>
    /// <exception cref="JournalException">It could not be written; nothing was.</exception>
    internal Task<int> WriteRunsAsync(IReadOnlyList<OpenRun> open, IReadOnlyList<ObservationRun> runs, PlannedChanges? planned, bool prune, CancellationToken cancellationToken) => _writer.UseAsync(
        connection =>
        {
            JournalSchema.Execute(connection, "PRAGMA synchronous = NORMAL");
            try
            {
                using var transaction = connection.BeginTransaction(deferred: false);
                var rows = RunRows.Write(connection, open, runs);
                if (planned is not null)
                {
                    PlannedRows.Write(connection, planned);
                }

                if (prune)
                {
                    JournalRows.Prune(connection, _retention, _time.GetUtcNow()); // of a quiet daemon too, which hardly ever writes an entry
                    RunRows.Prune(connection, _retention, _time.GetUtcNow());
                    PlannedRows.Prune(connection, _retention, _time.GetUtcNow());
                }

                transaction.Commit();
                return RunRows.Written(open, rows);
            }
            finally
            {
                JournalSchema.Execute(connection, "PRAGMA synchronous = FULL");
            }
        },
        cancellationToken);

    /// <summary>Waits for the writes at hand, closes the database and leaves the directory to others.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _pruning;
        if (_reader != _writer)
        {
            await _reader.DisposeAsync();
            await Lookups.DisposeAsync();
        }

        // The last connection to close folds the write-ahead log into the database file.
        await _writer.DisposeAsync();
        _directory?.Dispose();
    }

    private static (SqliteConnection Connection, string? Warning) OpenDatabase(DataDirectory? directory, TimeProvider time)
    {
        if (directory is null)
        {
            return (OpenOnce(InMemory, time), null);
        }

        try
        {
            return (OpenOnce(directory.Database, time), null);
        }
        catch (SqliteException error) when (JournalTrouble.IsDamage(error))
        {
            var aside = directory.KeepAside(time.GetUtcNow());
            return (
                OpenOnce(directory.Database, time),
                $"the journal was damaged ({error.Message}): it is kept aside as {aside} and a fresh one was started, so hold-downs and undelivered alerts from before are forgotten");
        }
    }

    private static SqliteConnection OpenOnce(string path, TimeProvider time)
    {
        var connection = JournalSchema.Connect(path);
        try
        {
            JournalSchema.Prepare(connection, path, time.GetUtcNow());
            JournalSchema.Check(connection);
            return connection;
        }
        catch (Exception error) when (error is SqliteException or JournalException)
        {
            connection.Dispose();
            throw;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Announce()
    {
        if (StartedFresh is not null)
        {
            _logger.StartedFresh(StartedFresh);
        }

        if (_directory is null)
        {
            _logger.OpenedInMemory();
        }
        else
        {
            _logger.Opened(Path);
        }
    }

    private void Tidy(SqliteConnection writer)
    {
        using var transaction = writer.BeginTransaction(deferred: false);
        JournalRows.Prune(writer, _retention, _time.GetUtcNow());
        RunRows.Prune(writer, _retention, _time.GetUtcNow());
        PlannedRows.Prune(writer, _retention, _time.GetUtcNow());
        var abandoned = OutboxRows.AbandonAllBut(writer, _routes.Channels, NotConfigured, _time.GetUtcNow());
        transaction.Commit();
        Report(abandoned, NotConfigured);
    }

    private void PruneNowAndThen(int written)
    {
        if (Interlocked.Add(ref _sincePruning, written) >= _retention.PruneEvery && _pruning.IsCompleted)
        {
            _sincePruning = 0;
            _pruning = PruneAsync();
        }
    }

    private async Task PruneAsync()
    {
        try
        {
            await _writer.WriteAsync(open => JournalRows.Prune(open, _retention, _time.GetUtcNow()), CancellationToken.None);
        }
        catch (JournalException error)
        {
            _logger.PruneFailed(error.Message);
        }
    }

    private async Task SetAsideAsync(List<DamagedRow> damaged, CancellationToken cancellationToken)
    {
        if (damaged.Count == 0)
        {
            return;
        }

        await _writer.WriteAsync(
            open =>
            {
                JournalRows.SetAside(open, damaged, _time.GetUtcNow());
                return damaged.Count;
            },
            cancellationToken);
        foreach (var row in damaged)
        {
            _logger.SetAside(row.Table, row.Id, row.Kind, row.Cause);
        }
    }

    private void Report(IEnumerable<(string Channel, int Count)> abandoned, string reason)
    {
        foreach (var (channel, count) in abandoned)
        {
            _logger.Abandoned(count, channel, reason);
        }
    }
}
