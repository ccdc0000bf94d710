using Microsoft.Data.Sqlite;

namespace DnsFailover.Journal;

/// <summary>The tables, and the connections to them.</summary>
internal static class JournalSchema
{
    /// <summary>The version that this program writes; it is kept in the file as <c>user_version</c>.</summary>
    public const int Version = 3;

    // Times are Unix milliseconds. outbox.state: 0 pending, 1 delivered, 2 abandoned.
    private const string Tables = """
        CREATE TABLE entries(
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, service TEXT, kind TEXT NOT NULL, key TEXT, json TEXT NOT NULL);
        CREATE INDEX entries_by_key ON entries(key, id) WHERE key IS NOT NULL;
        CREATE TABLE outbox(
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, channel TEXT NOT NULL, json TEXT NOT NULL,
            state INTEGER NOT NULL DEFAULT 0, settled_at INTEGER, reason TEXT);
        CREATE INDEX outbox_pending ON outbox(channel, id) WHERE state = 0;
        CREATE INDEX outbox_settled ON outbox(id) WHERE state <> 0;
        CREATE TABLE damaged(
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, origin TEXT NOT NULL, origin_id INTEGER NOT NULL,
            json TEXT NOT NULL, cause TEXT NOT NULL);
        """;

    // Since version 2. runs.verdict: 0 pass, 1 fail, 2 inconclusive; fastest, slowest and interval in microseconds.
    private const string Observations = """
        CREATE TABLE targets(
            id INTEGER PRIMARY KEY, service TEXT NOT NULL, endpoint TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL,
            UNIQUE(service, endpoint, type, value));
        CREATE TABLE runs(
            id INTEGER PRIMARY KEY AUTOINCREMENT, target INTEGER NOT NULL, verdict INTEGER NOT NULL, scheduled INTEGER NOT NULL,
            first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, count INTEGER NOT NULL,
            fastest INTEGER NOT NULL, slowest INTEGER NOT NULL, interval INTEGER NOT NULL, reason TEXT NOT NULL);
        CREATE INDEX runs_by_target ON runs(target, id);
        """;

    // Since version 3. planned.kind: 0 maintenance, 1 failback; begins and ends as planned, from_at and until_at as it was in effect.
    private const string Planned = """
        CREATE TABLE planned(
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, service TEXT NOT NULL, endpoint TEXT, begins INTEGER NOT NULL,
            ends INTEGER NOT NULL, reason TEXT NOT NULL, from_at INTEGER NOT NULL, until_at INTEGER NOT NULL);
        CREATE INDEX planned_by_end ON planned(until_at);
        """;

    /// <summary>A connection of its own; <c>:memory:</c> is a database that lives as long as it.</summary>
    /// <exception cref="SqliteException">The file cannot be opened or is no database.</exception>
    public static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = path == ":memory:" ? SqliteOpenMode.Memory : SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        try
        {
            connection.Open();

            // FULL in WAL mode makes every commit durable, not only every checkpoint.
            Execute(connection, "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;");
            return connection;
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Creates the tables in an empty database, adds those that an older version did not have, and accepts those of this version.</summary>
    /// <exception cref="JournalException">It was written by a newer version, or by something else.</exception>
    /// <exception cref="SqliteException">It is damaged, or cannot be written.</exception>
    public static void Prepare(SqliteConnection connection, string path, DateTimeOffset now)
    {
        PrepareVersion(connection, path, now);
        Execute(connection, IncidentRows.Tables);
    }

    private static void PrepareVersion(SqliteConnection connection, string path, DateTimeOffset now)
    {
        var version = (long)Scalar(connection, "PRAGMA user_version")!;
        if (version > Version)
        {
            throw new JournalException(
                $"the journal {path} was written by a newer version of dnsfailover (its schema is {version}, this version knows {Version}): run that version, or choose another directory with --data");
        }

        if (version == Version)
        {
            return;
        }

        if (version > 0)
        {
            using var upgrade = connection.BeginTransaction(deferred: false);
            Execute(connection, $"{(version < 2 ? Observations : string.Empty)} {Planned} PRAGMA user_version = {Version};");
            upgrade.Commit();
            return;
        }

        if ((long)Scalar(connection, "SELECT count(*) FROM sqlite_master")! > 0)
        {
            throw new JournalException($"{path} is a database, but not a journal of dnsfailover: move it away, or choose another directory with --data");
        }

        using var transaction = connection.BeginTransaction(deferred: false);

        // The numbers of alerts begin at the clock, so that they go on rising when a journal has to be started
        // afresh, and a receiver that drops repetitions does not drop what is new.
        Execute(connection, $"{Tables} {Observations} {Planned} INSERT INTO sqlite_sequence(name, seq) VALUES('outbox', {now.ToUnixTimeMilliseconds()}); PRAGMA user_version = {Version};");
        transaction.Commit();
    }

    /// <summary>Reads every page and refuses a database whose structure is broken.</summary>
    /// <exception cref="SqliteException">With the code of a damaged database.</exception>
    public static void Check(SqliteConnection connection)
    {
        const int Corrupt = 11;
        if (Scalar(connection, "PRAGMA quick_check(1)") is not "ok")
        {
            throw new SqliteException("quick_check found damage", Corrupt);
        }
    }

    /// <summary>Runs statements without parameters.</summary>
    public static int Execute(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row.</summary>
    public static object? Scalar(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        return command.ExecuteScalar();
    }

    /// <summary>Every row, made into something.</summary>
    public static List<T> Query<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}
