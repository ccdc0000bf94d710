using Microsoft.Data.Sqlite;

namespace DnsFailover.Journal;

/// <summary>One connection, used by one caller at a time and off the callers' threads, because SQLite blocks.</summary>
internal sealed class JournalConnection(SqliteConnection connection, string path) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>
    /// Runs work when it is its turn. Cancellation counts only until it has begun: what was begun ends, so that the
    /// caller knows whether it happened.
    /// </summary>
    /// <exception cref="JournalException">The database failed.</exception>
    public async Task<T> UseAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => work(connection), CancellationToken.None);
        }
        catch (SqliteException error)
        {
            throw JournalTrouble.Explain(error, path);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>As <see cref="UseAsync"/>, inside one transaction that is durable when the task ends.</summary>
    /// <exception cref="JournalException">The database failed; nothing was written.</exception>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken) =>
        UseAsync(
            open =>
            {
                using var transaction = open.BeginTransaction(deferred: false);
                var result = work(open);
                transaction.Commit();
                return result;
            },
            cancellationToken);

    /// <summary>Waits for the work at hand and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        await connection.DisposeAsync();
        _turn.Dispose();
    }
}
