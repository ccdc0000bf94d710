using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Journal;
using DnsFailover.Tests.Control;
using DnsFailover.Tests.Notifications;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Journal;

/// <summary>How observations are kept: compactly, bounded, and without anybody waiting for it.</summary>
public sealed class ObservationRuns : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly ServiceDefinition Service = Sample.Service("api.example.com");

    private static readonly TargetId Target = Service.Target(Sample.Active);

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_day_of_passes_of_ten_endpoints_is_ten_rows_and_their_times_come_back()
    {
        var book = new RunBook();
        TargetId[] targets = [.. Enumerable.Range(0, 10).Select(number => Target with { Value = $"192.0.2.{number}" })];
        var times = Enumerable.Range(0, 8640).Select(number => Samples.Noon + (Interval * number) + TimeSpan.FromMilliseconds(number % 3)).ToList();
        foreach (var at in times)
        {
            Array.ForEach(targets, target => book.Take(Seen(at, Verdict.Pass, target: target, took: 40 + at.Second), Interval));
        }

        var runs = book.TakeChanged().Select(open => open.Run).ToList();

        Assert.Equal(10, runs.Count);
        Assert.All(runs, run => Assert.Equal((8640, TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(90)), (run.Count, run.Fastest, run.Slowest)));
        Assert.All(times.Zip(runs[0].Starts), pair => Assert.InRange((pair.First - pair.Second).Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(3)));
    }

    [Fact]
    public void A_gap_another_verdict_and_another_interval_begin_a_new_run_and_probes_beside_the_schedule_do_not_break_it()
    {
        var book = new RunBook();
        book.Take(Seen(At(0), Verdict.Pass), Interval);
        book.Take(Seen(At(10), Verdict.Pass), Interval);
        book.Take(Seen(At(13), Verdict.Pass, scheduled: false), Interval);
        book.Take(Seen(At(20), Verdict.Pass), Interval);
        book.Take(Seen(At(60), Verdict.Pass), Interval);
        book.Take(Seen(At(70), Verdict.Inconclusive), Interval);
        book.Take(Seen(At(80), Verdict.Inconclusive), Interval);
        book.Take(Seen(At(90), Verdict.Inconclusive), Interval * 3);

        Assert.Equal(
            [(0, 3, Verdict.Pass, true), (13, 1, Verdict.Pass, false), (60, 1, Verdict.Pass, true), (70, 2, Verdict.Inconclusive, true), (90, 1, Verdict.Inconclusive, true)],
            book.TakeChanged().Select(open => (Second(open.Run.First), open.Run.Count, open.Run.Verdict, open.Run.IsScheduled)));
    }

    [Fact]
    public void Failures_stay_apart_until_an_outage_lasts()
    {
        var book = new RunBook();
        for (var i = 0; i < 1000; i++)
        {
            book.Take(Seen(At(10 * i), Verdict.Fail, reason: $"refused {i}"), Interval);
        }

        var runs = book.TakeChanged().Select(open => open.Run).ToList();

        Assert.Equal(RunBook.FailuresApart, runs.Count);
        Assert.Equal("refused 3", runs[3].Reason);
        Assert.Equal((1000 - RunBook.FailuresApart + 1, "refused 999"), (runs[^1].Count, runs[^1].Reason));
    }

    [Fact]
    public void A_run_is_cut_after_a_day_so_that_what_is_old_can_go()
    {
        var book = new RunBook();
        for (var i = 0; i < 3 * 8640; i++)
        {
            book.Take(Seen(At(10 * i), Verdict.Pass), Interval);
        }

        Assert.Equal([8641, 8641, 8638], book.TakeChanged().Select(open => open.Run.Count));
    }

    [Fact]
    public void While_nobody_takes_them_runs_are_bounded_and_those_that_are_lost_are_counted()
    {
        var book = new RunBook();
        for (var i = 0; i < RunBook.MostWaiting + 5; i++)
        {
            book.Take(Seen(At(40 * i), Verdict.Pass), Interval);
        }

        var taken = book.TakeChanged();
        Assert.Equal((RunBook.MostWaiting, 5), (taken.Count, book.Lost));
        for (var i = 0; i < 10; i++)
        {
            book.Take(Seen(At((40 * RunBook.MostWaiting) + 10_000 + (40 * i)), Verdict.Pass), Interval);
        }

        book.GiveBack(taken);
        Assert.Equal(15, book.Lost);
        Assert.Equal(RunBook.MostWaiting, book.TakeChanged().Count);
    }

    [Fact]
    public async Task Runs_are_written_grow_in_place_and_are_read_whether_the_journal_is_open_or_not()
    {
        var book = new RunBook();
        await using (var journal = Open())
        {
            book.Take(Seen(At(0), Verdict.Pass), Interval);
            book.Take(Seen(At(1), Verdict.Fail, scheduled: false, reason: "refused"), Interval);
            await WriteAsync(journal, book);
            book.Take(Seen(At(10), Verdict.Pass, took: 55), Interval);
            var expected = await WriteAsync(journal, book);
            Assert.Single(expected);
            await journal.WriteAsync(Samples.EveryEntry, [Samples.FullAlert], Ct);

            var open = JournalFile.Read(_directory.Path);
            Assert.Equal([(0, 2, Verdict.Pass), (1, 1, Verdict.Fail)], open.Runs.Select(run => (Second(run.First), run.Count, run.Verdict)));
            Assert.Equal(expected[0], open.Runs[0]);
            Assert.Equal(Samples.EveryEntry, open.Entries);
        }

        var files = Directory.GetFiles(_directory.Path).Order().ToList();
        var closed = JournalFile.Read(_directory["journal.db"]);
        Assert.Equal((2, Samples.EveryEntry.Count, 2), (closed.Runs.Count, closed.Entries.Count, closed.Alerts.Count));
        Assert.Equal(files, Directory.GetFiles(_directory.Path).Order());
    }

    [Fact]
    public async Task Retention_bounds_runs_by_age_by_number_and_by_target()
    {
        var clock = new FixedTime(Samples.Noon);
        var retention = new JournalRetention { Runs = 60, RunsPerTarget = 40 };
        var (old, flapping, quiet) = (Target with { Value = "192.0.2.7" }, Target with { Value = "192.0.2.8" }, Target with { Value = "192.0.2.9" });
        await using (var journal = Open(clock, retention))
        {
            var book = new RunBook();
            book.Take(Seen(Samples.Noon.AddDays(-31), Verdict.Pass, target: old), Interval);
            for (var i = 0; i < 50; i++)
            {
                book.Take(Seen(At(i), Verdict.Fail, target: flapping), Interval);
            }

            for (var i = 0; i < 5; i++)
            {
                book.Take(Seen(At(1000 * i), Verdict.Pass, target: quiet), Interval);
            }

            await WriteAsync(journal, book, prune: true);
        }

        var kept = JournalFile.Read(_directory.Path).Runs.CountBy(run => run.Target).ToDictionary();
        Assert.Equal([(flapping, 40), (quiet, 5)], kept.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key));
        Assert.Equal(2L, Sql("SELECT count(*) FROM targets"));
        await using (Open(clock, retention with { Runs = 10 }))
        {
        }

        Assert.Equal(10, JournalFile.Read(_directory.Path).Runs.Count);
    }

    [Fact]
    public async Task What_is_too_old_goes_while_the_daemon_runs_also_of_one_that_decides_nothing_and_the_file_stops_growing()
    {
        var time = new ManualTime(Samples.Noon);
        await using var journal = Open(time, new JournalRetention { Age = TimeSpan.FromDays(2) });
        await journal.WriteAsync([Samples.Intent(Samples.Noon, 1)], [], Ct);
        await journal.WriteAsync([Samples.Intent(Samples.Noon, 2)], [], Ct); // a restart needs the newest of its kind
        await using var recorder = new ObservationRecorder(journal, time, NullLogger<ObservationRecorder>.Instance);
        recorder.Start();
        var sizes = new List<long>();
        for (var day = 0; day < 12; day++)
        {
            for (var i = 0; i < 2000; i++)
            {
                Observe(recorder, (day * 86_400) + (i * 40)); // a gap each time: each is a row of its own
            }

            await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(1), ObservationRecorder.Pause);
            time.Advance(TimeSpan.FromDays(1));
            var until = day;
            await Eventually.HoldsAsync(() => JournalFile.Read(_directory.Path).Runs is [.., var newest] && (newest.Last - Samples.Noon).Days == until, () => $"day {until} is recorded");
            sizes.Add((long)Sql("SELECT page_count * (SELECT page_size FROM pragma_page_size()) FROM pragma_page_count()")!);
        }

        var kept = JournalFile.Read(_directory.Path);
        Assert.InRange(kept.Runs.Count, 3000, 6000);
        Assert.True(kept.Runs[0].Last >= time.GetUtcNow().AddDays(-3));
        Assert.Single(kept.Entries);
        Assert.InRange(sizes[^1], 1, sizes[5] * 11 / 10);
    }

    [Fact]
    public async Task A_journal_of_before_observations_were_kept_goes_on_and_is_read()
    {
        await using (var journal = Open())
        {
            await journal.WriteAsync(Samples.EveryEntry, [Samples.FullAlert], Ct);
        }

        Sql("DROP TABLE runs; DROP TABLE targets; DROP TABLE planned; PRAGMA user_version = 1");
        var before = JournalFile.Read(_directory.Path);
        Assert.Equal((Samples.EveryEntry.Count, 0), (before.Entries.Count, before.Runs.Count));
        await using (var journal = Open())
        {
            Assert.Equal(Samples.EveryEntry, await journal.ReadAsync(Ct));
            Assert.Single(await journal.PendingAsync("slack", 10, Ct));
            var book = new RunBook();
            book.Take(Seen(At(0), Verdict.Pass), Interval);
            await WriteAsync(journal, book);
        }

        Assert.Single(JournalFile.Read(_directory.Path).Runs);
    }

    [Fact]
    public async Task What_cannot_be_recorded_is_told_once_disturbs_nothing_and_is_recorded_when_it_can_be()
    {
        var log = new CapturedLog<ObservationRecorder>();
        var time = new ManualTime(Samples.Noon);
        await using (var journal = Open())
        {
            await using var recorder = new ObservationRecorder(journal, time, log);
            recorder.Start();
            Sql("ALTER TABLE runs RENAME TO elsewhere"); // as unusable as a full disk
            Observe(recorder, 0);
            await time.PassAsync(ObservationRecorder.Pause, () => log.Lines.Count > 0);
            Observe(recorder, 10);
            await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(1), ObservationRecorder.Pause);
            time.Advance(ObservationRecorder.Pause);
            await journal.WriteAsync(Samples.EveryEntry, [], Ct);
            Assert.Equal([5007], log.Lines.Select(line => line.Id));

            Sql("ALTER TABLE elsewhere RENAME TO runs");
            Observe(recorder, 20);
        }

        Assert.Equal([5007, 5008], log.Lines.Select(line => line.Id));
        Assert.Equal(3, Assert.Single(JournalFile.Read(_directory.Path).Runs).Count);
    }

    [Fact]
    public void What_is_not_a_journal_is_said_to_be_none()
    {
        Assert.Contains("there is no journal at", Assert.Throws<JournalException>(() => JournalFile.Read(_directory.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(_directory["journal.db"], "this is no database, but long enough to have a header of one hundred bytes, which is what SQLite looks at first of all");
        Assert.Contains("is not a journal of dnsfailover: name the data directory of the daemon", Assert.Throws<JournalException>(() => JournalFile.Read(_directory.Path)).Message, StringComparison.Ordinal);
    }

    private static void Observe(ObservationRecorder recorder, int second)
    {
        var (state, _) = Controller.Start(new ControllerConfiguration([Service], TimeSpan.FromMinutes(5)), [], Samples.Noon);
        recorder.Stepped(new ControllerEvent.Observed(Seen(At(second), Verdict.Pass)), state, state, [], At(second));
    }

    private static DateTimeOffset At(double seconds) => Samples.Noon.AddSeconds(seconds);

    private static int Second(DateTimeOffset at) => (int)(at - Samples.Noon).TotalSeconds;

    private static async Task<IReadOnlyList<ObservationRun>> WriteAsync(SqliteJournal journal, RunBook book, bool prune = false)
    {
        var changed = book.TakeChanged();
        ObservationRun[] runs = [.. changed.Select(open => open.Run)];
        await journal.WriteRunsAsync(changed, runs, planned: null, prune, Ct);
        return runs;
    }

    private static Observation Seen(DateTimeOffset at, Verdict verdict, bool scheduled = true, TargetId? target = null, double took = 40, string reason = "status 200 in 40 ms") => new()
    {
        Target = target ?? Target,
        StartedAt = at,
        Verdict = verdict,
        Reason = reason,
        Phases = new ProbePhases(null, null, null, null, TimeSpan.FromMilliseconds(took)),
        IsScheduled = scheduled,
    };

    private SqliteJournal Open(TimeProvider? time = null, JournalRetention? retention = null) =>
        SqliteJournal.Open(_directory.Path, ["slack", "hook"], time ?? new FixedTime(Samples.Noon), NullLogger<SqliteJournal>.Instance, retention);

    private object? Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_directory["journal.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
