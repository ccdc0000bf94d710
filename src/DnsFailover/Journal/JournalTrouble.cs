using Microsoft.Data.Sqlite;

namespace DnsFailover.Journal;

/// <summary>Says what an error of the database or the file system means for the operator.</summary>
internal static class JournalTrouble
{
    // The primary result codes of https://www.sqlite.org/rescode.html that have advice of their own.
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>True when the file itself is beyond use, and another file would do better.</summary>
    public static bool IsDamage(SqliteException error) => error.SqliteErrorCode is Corrupt or NotADatabase;

    /// <summary>The error as one sentence with its remedy.</summary>
    public static JournalException Explain(SqliteException error, string path) => new(
        error.SqliteErrorCode switch
        {
            Busy or Locked => $"the journal {path} is locked by another program: close what has it open, for example a database browser or a backup",
            ReadOnly => $"the journal {path} cannot be written: make the file and its directory writable for this user, or choose another directory with --data",
            IoError => $"the disk that holds the journal {path} reports an error ({error.Message}): check the disk, or choose another directory with --data",
            Corrupt or NotADatabase => $"the journal {path} is damaged: restart the daemon, which keeps the file aside and starts a fresh one",
            Full => $"the disk that holds the journal {path} is full: free some space there",
            CannotOpen => $"the journal {path} cannot be opened: make the file and its directory readable and writable for this user, or choose another directory with --data",
            _ => $"the journal {path} failed: {error.Message}",
        },
        error);

    /// <summary>An error of the file system while the data directory is made ready.</summary>
    public static JournalException Unusable(string directory, Exception error) =>
        new($"the data directory {directory} cannot be used ({FirstLine(error.Message)}): make it writable for this user, or choose another with --data", error);

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd('\r', '.');
}
