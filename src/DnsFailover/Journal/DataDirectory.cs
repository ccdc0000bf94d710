using System.Globalization;

namespace DnsFailover.Journal;

/// <summary>
/// The directory that holds the journal, made ready and taken by this process alone. The lock is the operating
/// system's and ends with the process, however it ends; only its file stays.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int KeptAside = 3;
    private readonly string _path;
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream @lock) => (_path, _lock) = (path, @lock);

    /// <summary>The database file.</summary>
    public string Database => Path.Combine(_path, "journal.db");

    /// <summary>Creates the directory when only its last part is missing, and takes it.</summary>
    /// <exception cref="JournalException">It cannot be used, or another daemon uses it.</exception>
    public static DataDirectory Take(string directory, TimeProvider time)
    {
        var path = Path.GetFullPath(directory);
        try
        {
            EnsureExists(path);
            var taken = TakeLock(path, time);
            var result = new DataDirectory(path, taken);
            result.EnsureDatabaseFile();
            return result;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw JournalTrouble.Unusable(path, error);
        }
    }

    /// <summary>Moves a damaged database out of the way.</summary>
    /// <returns>Its new path.</returns>
    public string KeepAside(DateTimeOffset now)
    {
        var aside = Database + ".damaged-" + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        try
        {
            foreach (var suffix in new[] { string.Empty, "-wal", "-shm" })
            {
                if (File.Exists(Database + suffix))
                {
                    File.Move(Database + suffix, aside + suffix, overwrite: true);
                }
            }

            RemoveOldestAside();
            EnsureDatabaseFile();
            return aside;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw JournalTrouble.Unusable(_path, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static void EnsureExists(string path)
    {
        if (File.Exists(path))
        {
            throw new JournalException($"the data directory {path} is a file: choose a directory with --data");
        }

        if (Directory.Exists(path))
        {
            return;
        }

        var parent = Path.GetDirectoryName(path);
        if (parent is not null && !Directory.Exists(parent))
        {
            throw new JournalException($"the data directory {path} cannot be created, because {parent} is not a directory: create that first, or choose another with --data");
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    private static FileStream TakeLock(string path, TimeProvider time)
    {
        var file = Path.Combine(path, "journal.lock");
        FileStream stream;
        try
        {
            stream = new FileStream(file, Options(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            throw new JournalException(
                $"the data directory {path} is in use by another dnsfailover{Holder(path)}: stop that one, or give this one a directory of its own with --data",
                error);
        }

        // The locked file cannot be read by others, so who holds it is noted beside it.
        using var note = new FileStream(HolderFile(path), Options(FileMode.Create, FileShare.Read));
        note.Write(System.Text.Encoding.UTF8.GetBytes(
            $"process {Environment.ProcessId} on {Environment.MachineName} since {time.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC"));
        return stream;
    }

    private static string HolderFile(string path) => Path.Combine(path, "journal.holder");

    // EAGAIN of Linux, EWOULDBLOCK of the BSDs and macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeldByAnother(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string Holder(string path)
    {
        try
        {
            using var stream = new FileStream(HolderFile(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> note = stackalloc byte[200];
            var length = stream.ReadAtLeast(note, note.Length, throwOnEndOfStream: false);
            return length == 0 ? string.Empty : $" ({System.Text.Encoding.UTF8.GetString(note[..length])})";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    // SQLite gives its -wal and -shm files the mode of the database, so that one file decides for all three.
    private void EnsureDatabaseFile()
    {
        if (Directory.Exists(Database))
        {
            throw new JournalException($"{Database} is a directory where the journal's file is expected: move it away, or choose another directory with --data");
        }

        new FileStream(Database, Options(FileMode.OpenOrCreate, FileShare.ReadWrite)).Dispose();
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(Database) != OwnerOnly)
        {
            File.SetUnixFileMode(Database, OwnerOnly);
        }
    }

    private void RemoveOldestAside()
    {
        var asides = Directory.GetFiles(_path, "journal.db.damaged-*")
            .Where(file => file[^1] == 'Z')
            .OrderDescending(StringComparer.Ordinal)
            .Skip(KeptAside);
        foreach (var file in asides)
        {
            File.Delete(file);
            File.Delete(file + "-wal");
            File.Delete(file + "-shm");
        }
    }

    private static FileStreamOptions Options(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}
