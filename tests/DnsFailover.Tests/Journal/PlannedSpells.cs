using DnsFailover.Core;
using DnsFailover.Core.Operations;
using DnsFailover.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Journal;

/// <summary>How planned times that were in effect are kept: one row each, bounded, and true though failover.yaml changes.</summary>
public sealed class PlannedSpells : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task One_is_one_row_from_when_it_is_taken_up_to_its_end_whatever_is_told_anew_meanwhile()
    {
        var book = new PlannedBook();
        ValueList<Window> told = [Planned(0, 60), Planned(120, 180)];
        await using var journal = Open();
        for (var minute = -10; minute < 130; minute += 2)
        {
            book.Take(minute % 20 == 0 ? told.Select(window => window with { }).ToValueList() : told, At(minute));
            await WriteAsync(journal, book);
        }

        Assert.Equal([(0, 60), (120, 180)], Kept().Select(spell => (Minute(spell.From), Minute(spell.Until))));
        Assert.Equal(told, Kept().Select(spell => spell.Planned));
    }

    [Fact]
    public async Task A_restart_in_the_middle_goes_on_in_the_same_row()
    {
        await using var journal = Open();
        var (before, after) = (new PlannedBook(), new PlannedBook());
        before.Take([Planned(0, 60)], At(5));
        await WriteAsync(journal, before);

        after.Take([Planned(0, 60)], At(30));
        await WriteAsync(journal, after);

        Assert.Equal([(5, 60)], Kept().Select(spell => (Minute(spell.From), Minute(spell.Until))));
    }

    [Fact]
    public async Task What_is_planned_no_more_ends_then_and_what_was_taken_out_while_no_daemon_ran_at_the_next_start()
    {
        await using var journal = Open();
        var (before, after) = (new PlannedBook(), new PlannedBook());
        before.Take([Planned(0, 60), Planned(0, 60) with { Endpoint = "render" }], At(5));
        await WriteAsync(journal, before);
        before.Take([Planned(0, 60)], At(10));
        await WriteAsync(journal, before);
        Assert.Equal([("render", 10), (null, 60)], Kept().Select(spell => (spell.Planned.Endpoint, Minute(spell.Until))).OrderBy(pair => pair.Item2));

        after.Take([], At(40));
        await WriteAsync(journal, after);
        Assert.Equal([10, 40], Kept().Select(spell => Minute(spell.Until)).Order());

        after.Take([Planned(0, 60)], At(50)); // planned again: in effect from now, not all the while
        await WriteAsync(journal, after);
        Assert.Equal([(5, 40), (50, 60)], Kept().Where(spell => spell.Planned.Endpoint is null).Select(spell => (Minute(spell.From), Minute(spell.Until))));
    }

    [Fact]
    public async Task What_could_not_be_written_is_written_later()
    {
        await using var journal = Open();
        var book = new PlannedBook();
        book.Take([Planned(0, 60)], At(5));
        var changes = book.TakeChanged();
        Assert.True(changes.OnlyThese);
        book.GiveBack(changes);
        book.Take([], At(7));

        await WriteAsync(journal, book);

        Assert.Equal([(5, 7)], Kept().Select(spell => (Minute(spell.From), Minute(spell.Until))));
        Assert.False(book.TakeChanged().OnlyThese);
    }

    [Fact]
    public async Task Their_number_and_their_age_are_bounded()
    {
        var book = new PlannedBook();
        await using (var journal = Open(new JournalRetention { Planned = 10 }))
        {
            book.Take(Enumerable.Range(0, 20).Select(number => Planned(-60, 60) with { Endpoint = $"e{number}" }).Append(Planned(-50_000, -40_000)).ToValueList(), At(-41_000));
            book.Take(Enumerable.Range(0, 20).Select(number => Planned(-60, 60) with { Endpoint = $"e{number}" }).ToValueList(), At(0));
            await WriteAsync(journal, book);
            await journal.WriteRunsAsync([], [], planned: null, prune: true, Ct);
        }

        Assert.Equal(10, Kept().Count);
        await using (Open(new JournalRetention { Age = TimeSpan.FromMinutes(-61) }))
        {
        }

        Assert.Empty(Kept());
    }

    [Fact]
    public async Task A_journal_of_before_they_were_kept_goes_on_and_is_read()
    {
        await using (var journal = Open())
        {
            await journal.WriteAsync(Samples.EveryEntry, [Samples.FullAlert], Ct);
        }

        await using (var connection = new SqliteConnection($"Data Source={_directory["journal.db"]};Pooling=False"))
        {
            await connection.OpenAsync(Ct);
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE planned; PRAGMA user_version = 2";
            await command.ExecuteNonQueryAsync(Ct);
        }

        Assert.Equal((Samples.EveryEntry.Count, 0), (JournalFile.Read(_directory.Path).Entries.Count, Kept().Count));
        await using (var journal = Open())
        {
            var book = new PlannedBook();
            book.Take([Planned(0, 60)], At(5));
            await WriteAsync(journal, book);
        }

        Assert.Single(Kept());
    }

    private static Window Planned(int from, int until) => new(WindowKind.Maintenance, Samples.Api, Endpoint: null, At(from), At(until), "backup");

    private static DateTimeOffset At(double minutes) => Samples.Noon.AddMinutes(minutes);

    private static int Minute(DateTimeOffset at) => (int)(at - Samples.Noon).TotalMinutes;

    private static Task<int> WriteAsync(SqliteJournal journal, PlannedBook book) => journal.WriteRunsAsync([], [], book.TakeChanged(), prune: false, Ct);

    private IReadOnlyList<PlannedSpell> Kept() => JournalFile.Read(_directory.Path).Planned;

    private SqliteJournal Open(JournalRetention? retention = null) =>
        SqliteJournal.Open(_directory.Path, ["slack"], new FixedTime(Samples.Noon), NullLogger<SqliteJournal>.Instance, retention);
}
