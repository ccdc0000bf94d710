using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using Microsoft.Data.Sqlite;

namespace DnsFailover.Journal;

/// <summary>An alert as it stands in the outbox for one channel.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Alert">What it says.</param>
/// <param name="IsSettled">True when it was delivered or given up.</param>
/// <param name="SettledAt">When.</param>
/// <param name="GivenUp">Why it was given up; null when it was delivered, or waits.</param>
internal sealed record SentAlert(string Channel, Alert Alert, bool IsSettled, DateTimeOffset? SettledAt, string? GivenUp);

/// <summary>Everything that a journal holds, oldest first.</summary>
/// <param name="Path">The file.</param>
/// <param name="Entries">What happened.</param>
/// <param name="Runs">What was observed; empty in a journal of before observations were kept.</param>
/// <param name="Alerts">What was told, per channel.</param>
/// <param name="Unreadable">How many entries and alerts could not be read.</param>
internal sealed record JournalRecord(string Path, IReadOnlyList<JournalEntry> Entries, IReadOnlyList<ObservationRun> Runs, IReadOnlyList<SentAlert> Alerts, int Unreadable)
{
    /// <summary>The planned times that were in effect; empty in a journal of before they were kept.</summary>
    public IReadOnlyList<PlannedSpell> Planned { get; init; } = [];

    /// <summary>The services that it knows, in order.</summary>
    public IReadOnlyList<DnsName> Services => [.. Entries.Select(entry => entry.Service).OfType<DnsName>().Concat(Runs.Select(run => run.Target.Service)).Distinct().Order()];
}

/// <summary>Reads a journal without touching it, whether a daemon has it open or not.</summary>
internal static class JournalFile
{
    /// <summary>The first version whose journals hold observations.</summary>
    private const int WithRuns = 2;

    /// <summary>The first version whose journals hold planned times.</summary>
    private const int WithPlanned = 3;

    /// <summary>Reads all of it.</summary>
    /// <param name="path">The file, or the data directory that it is in.</param>
    /// <exception cref="JournalException">There is none, or it cannot be read; the message says what to do.</exception>
    public static JournalRecord Read(string path)
    {
        var file = System.IO.Path.GetFullPath(Directory.Exists(path) ? System.IO.Path.Combine(path, "journal.db") : path);
        if (WhyNotOpen(file) is { } why)
        {
            throw new JournalException(why);
        }

        // With nothing in a log beside the file nobody is writing, and then it can be read without making files there.
        return HasLog(file) ? Read(file, immutable: false)
            : Read(file, immutable: true) is var record && HasLog(file) ? Read(file, immutable: false) : record;
    }

    /// <summary>Why the file cannot be read, by what the operating system says of it; null when it can.</summary>
    private static string? WhyNotOpen(string file)
    {
        try
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"there is no journal at {file}: name the data directory of the daemon, or its journal.db";
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return Directory.Exists(file)
                ? $"{file} is a directory where the journal's file is expected: name the data directory of the daemon, or its journal.db"
                : $"the journal {file} may not be read by this user: run this as the user of the daemon, for example with sudo -u";
        }
    }

    private static bool HasLog(string file) => File.Exists($"{file}-wal");

    private static JournalRecord Read(string file, bool immutable)
    {
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = immutable ? $"{new Uri(file).AbsoluteUri}?immutable=1" : file,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
                DefaultTimeout = 5,
            }.ToString());
            connection.Open();
            using var transaction = connection.BeginTransaction(deferred: true); // one moment for all of it
            return Read(connection, file);
        }
        catch (SqliteException error)
        {
            throw new JournalException(WhyNotRead(file, error), error);
        }
    }

    private static string WhyNotRead(string file, SqliteException error)
    {
        const int NotADatabase = 26;
        return error.SqliteErrorCode == NotADatabase ? $"{file} is not a journal of dnsfailover: name the data directory of the daemon, or its journal.db"
            : JournalTrouble.IsDamage(error) ? $"the journal {file} is damaged ({error.Message}): what is left of older ones is beside it, as journal.db.damaged-…"
            : HasLog(file) ? $"the journal {file} cannot be read: {error.Message}. While there is a journal.db-wal beside it, this takes the right to write in its directory: run this as the user of the daemon"
            : $"the journal {file} cannot be read: {error.Message}";
    }

    private static JournalRecord Read(SqliteConnection connection, string file)
    {
        var version = (long)JournalSchema.Scalar(connection, "PRAGMA user_version")!;
        if (version is < 1 or > JournalSchema.Version)
        {
            throw new JournalException(version > JournalSchema.Version
                ? $"the journal {file} was written by a newer version of dnsfailover (its schema is {version}, this version knows {JournalSchema.Version}): use that version"
                : $"{file} is not a journal of dnsfailover");
        }

        var damaged = new List<DamagedRow>();
        var entries = JournalRows.Parse(JournalRows.Entries(connection), "entries", (_, json) => JournalJson.ReadEntry(json), damaged);
        var sent = OutboxRows.All(connection).ToDictionary(row => row.Id);
        var alerts = JournalRows.Parse(sent.Values.Select(row => (row.Id, "alert", row.Json)), "outbox", (id, json) => sent[id].Told(JournalJson.ReadAlert(json)), damaged);
        return new JournalRecord(file, entries, version < WithRuns ? [] : RunRows.All(connection), alerts, damaged.Count)
        {
            Planned = version < WithPlanned ? [] : PlannedRows.All(connection),
        };
    }
}
