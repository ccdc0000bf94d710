using System.Diagnostics;
using DnsFailover.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Journal;

public sealed class JournalTroubles : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_missing_directory_is_created_for_the_owner_alone()
    {
        await using var journal = Open(_directory["data"]);
        await journal.WriteAsync([Samples.Health(Samples.Noon)], [], Ct);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory["data"]));
            foreach (var file in Directory.GetFiles(_directory["data"]))
            {
                Assert.Equal((file, UnixFileMode.UserRead | UnixFileMode.UserWrite), (file, File.GetUnixFileMode(file)));
            }
        }
    }

    [Fact]
    public void A_directory_whose_parent_is_missing_is_refused_and_the_parent_named()
    {
        var error = Assert.Throws<JournalException>(() => Open(Path.Combine(_directory.Path, "no", "data")));
        Assert.Contains($"{_directory["no"]} is not a directory", error.Message, StringComparison.Ordinal);
        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_place_of_the_directory_is_refused()
    {
        File.WriteAllText(_directory["file"], "x");
        Assert.Contains("is a file", Assert.Throws<JournalException>(() => Open(_directory["file"])).Message, StringComparison.Ordinal);
        Assert.Contains("is not a directory", Assert.Throws<JournalException>(() => Open(Path.Combine(_directory["file"], "data"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_takes_no_files_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc, which refuses new files even to root");
        var error = Assert.Throws<JournalException>(() => Open("/proc/self"));
        Assert.Contains("the data directory /proc/self cannot be used", error.Message, StringComparison.Ordinal);
        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_daemon_is_refused_and_told_who_has_the_directory()
    {
        await using (Open(_directory.Path))
        {
            var error = Assert.Throws<JournalException>(() => Open(_directory.Path));
            Assert.Contains($"{_directory.Path} is in use by another dnsfailover (process {Environment.ProcessId} on ", error.Message, StringComparison.Ordinal);
        }

        await using var afterwards = Open(_directory.Path);
        Assert.Null(afterwards.StartedFresh);
    }

    [Theory]
    [InlineData("garbage in place of the header")]
    [InlineData("garbage in the middle")]
    [InlineData("cut short")]
    public async Task A_damaged_journal_is_kept_aside_and_a_fresh_one_started(string damage)
    {
        await using (var journal = Open(_directory.Path))
        {
            for (var i = 0; i < 200; i++)
            {
                await journal.WriteAsync(Samples.EveryEntry, [], Ct);
            }
        }

        var file = _directory["journal.db"];
        var size = new FileInfo(file).Length;
        using (var stream = File.OpenWrite(file))
        {
            switch (damage)
            {
                case "garbage in place of the header":
                    stream.Write(new byte[100]);
                    break;
                case "garbage in the middle":
                    stream.Position = size / 2;
                    stream.Write(Enumerable.Repeat((byte)0x5A, 20_000).ToArray());
                    break;
                default:
                    stream.SetLength(size / 2);
                    break;
            }
        }

        var log = new CapturedLog<SqliteJournal>();
        await using var fresh = SqliteJournal.Open(_directory.Path, ["slack"], new FixedTime(Samples.Noon), log);
        Assert.Empty(await fresh.ReadAsync(Ct));
        await fresh.WriteAsync([Samples.Health(Samples.Noon)], [], Ct);
        Assert.Single(await fresh.ReadAsync(Ct));
        var aside = Assert.Single(Directory.GetFiles(_directory.Path, "journal.db.damaged-*"));
        Assert.Contains(aside, fresh.StartedFresh, StringComparison.Ordinal);
        Assert.Contains(log.Lines, line => line.Id == 5003 && line.Text.Contains(aside, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_journal_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        await Open(_directory.Path).DisposeAsync();
        Sql("PRAGMA user_version = 99");
        var error = Assert.Throws<JournalException>(() => Open(_directory.Path));
        Assert.Contains("newer version of dnsfailover (its schema is 99, this version knows 3)", error.Message, StringComparison.Ordinal);
        Assert.Equal(99L, Sql("PRAGMA user_version"));
    }

    [Fact]
    public void A_database_of_something_else_is_refused()
    {
        Sql("CREATE TABLE customers(id)");
        Assert.Contains("not a journal of dnsfailover", Assert.Throws<JournalException>(() => Open(_directory.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_fails_the_write_whole_and_the_next_one_works_when_there_is_space()
    {
        await using var journal = Open(_directory.Path);
        await journal.WriteAsync([Samples.Health(Samples.Noon)], [], Ct);
        await journal.Writer.UseAsync(open => JournalSchema.Execute(open, "PRAGMA max_page_count = 20"), Ct);
        var many = Enumerable.Range(0, 500).Select(i => Samples.Intent(Samples.Noon, i)).ToList();
        var error = await Assert.ThrowsAsync<JournalException>(() => journal.WriteAsync(many, [Samples.FullAlert], Ct));
        Assert.Contains("is full: free some space", error.Message, StringComparison.Ordinal);
        Assert.Single(await journal.ReadAsync(Ct));
        Assert.Empty(await journal.PendingAsync("slack", 10, Ct));
        await journal.Writer.UseAsync(open => JournalSchema.Execute(open, "PRAGMA max_page_count = 100000"), Ct);
        await journal.WriteAsync(many, [Samples.FullAlert], Ct);
        Assert.Equal(501, (await journal.ReadAsync(Ct)).Count);
    }

    [Fact]
    public async Task Writes_at_the_same_time_all_arrive_and_a_cancelled_one_leaves_nothing()
    {
        await using var journal = Open(_directory.Path);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => journal.WriteAsync([Samples.Intent(Samples.Noon, i)], [Samples.SmallAlert], Ct)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => journal.WriteAsync([Samples.Intent(Samples.Noon, 99)], [], new CancellationToken(canceled: true)));
        Assert.Equal(50, (await journal.ReadAsync(Ct)).Count);
        Assert.Equal(50, (await journal.PendingAsync("slack", 100, Ct)).Count);
    }

    [Fact]
    public async Task Kill_9_at_any_time_loses_nothing_that_was_acknowledged_and_tears_no_write_apart()
    {
        for (var round = 0; round < 3; round++)
        {
            var acknowledged = await WriteAndKillAsync(atLeast: 20 + (round * 17));
            await using var journal = Open(_directory.Path);
            Assert.Null(journal.StartedFresh);
            var entries = await journal.ReadAsync(Ct);
            var intents = entries.OfType<Core.Journal.IntentRecorded>().Select(entry => entry.Change.Id).ToList();
            Assert.Equal(Enumerable.Range(0, intents.Count).Select(i => (long)i), intents);
            Assert.Equal(intents, entries.OfType<Core.Journal.OutcomeRecorded>().Select(entry => entry.ChangeId));
            Assert.Equal(intents.TakeLast(1000).Select(id => $"{id}"), (await journal.PendingAsync("slack", 2000, Ct)).Select(item => item.Alert.Title));
            Assert.True(intents[^1] >= acknowledged, $"{acknowledged} was acknowledged, {intents[^1]} is there");
        }
    }

    private static SqliteJournal Open(string directory) => SqliteJournal.Open(directory, ["slack"], new FixedTime(Samples.Noon), NullLogger<SqliteJournal>.Instance);

    private async Task<long> WriteAndKillAsync(int atLeast)
    {
        var file = _directory["acknowledged"];
        File.Delete(file);
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "exec", typeof(JournalTroubles).Assembly.Location, "-explicit", "only", "-method", $"{typeof(JournalCrash).FullName}.{nameof(JournalCrash.Writes_until_it_is_killed)}" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[JournalCrash.DirectoryVariable] = _directory.Path;
        using var process = Process.Start(start)!;
        try
        {
            var deadline = Stopwatch.StartNew();
            while (Acknowledged(file).Length < atLeast)
            {
                Assert.False(process.HasExited, process.HasExited ? await process.StandardOutput.ReadToEndAsync(Ct) : null);
                Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(60), "the writer did not get going");
                await Task.Delay(5, Ct);
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return long.Parse(Acknowledged(file)[^1]);
    }

    // The last line may be half written.
    private static string[] Acknowledged(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n')[..^1];
    }

    private object? Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_directory["journal.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
