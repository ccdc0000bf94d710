using DnsFailover.Core.Control;
using DnsFailover.Core.Journal;
using DnsFailover.Journal;
using DnsFailover.Tests.Control;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Journal;

public sealed class JournalContents : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_kind_of_entry_comes_back_equal_and_in_order(bool ephemeral)
    {
        await using var journal = Open(ephemeral ? null : _directory.Path);
        foreach (var entry in Samples.EveryEntry)
        {
            await journal.WriteAsync([entry], [], Ct);
        }

        Assert.Equal(Samples.EveryEntry, await journal.ReadAsync(Ct));
        Assert.Equal(
            typeof(JournalEntry).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JournalEntry))).ToHashSet(),
            Samples.EveryEntry.Select(entry => entry.GetType()).ToHashSet());
    }

    [Fact]
    public void Entries_of_before_there_could_be_several_providers_are_read()
    {
        string[] lines =
        [
            """{"kind":"intent","change":{"id":7,"name":"api.example.com","changes":[{"before":{"name":"api.example.com","type":"A","ttl":30,"values":[{"data":"192.0.2.1"}]},"after":{"name":"api.example.com","type":"A","ttl":30,"values":[{"data":"198.51.100.1"}]}}]},"decision":"Failover","reason":"railway is down","evidence":["connection refused"],"from":"railway","to":"render","verdictAt":"2026-07-29T12:00:00+00:00","switched":["A"],"at":"2026-07-29T12:00:00+00:00","service":"api.example.com"}""",
            """{"kind":"outcome","changeId":7,"result":"Verified","reason":"both name servers answer it","holdDowns":[{"type":"A","switchedAt":"2026-07-29T12:00:00+00:00"}],"formerly":[{"type":"A","value":"198.51.100.1"}],"at":"2026-07-29T12:00:00+00:00","service":"api.example.com"}""",
            """{"kind":"drift","expected":"A 198.51.100.1 (TTL 30)","actual":"A 192.0.2.1 (TTL 30)","holdDowns":[],"at":"2026-07-29T12:00:00+00:00","service":"api.example.com"}""",
        ];

        var entries = lines.Select(JournalJson.ReadEntry).ToList();

        Assert.Equal((string.Empty, false), entries[0] is IntentRecorded intent ? (intent.Provider, intent.Follows) : default);
        Assert.Equal((string.Empty, null), entries[1] is OutcomeRecorded outcome ? (outcome.Provider, outcome.Lead) : default);
        Assert.Equal((string.Empty, null), entries[2] is DriftNoticed drift ? (drift.Provider, drift.Response) : default);
        Assert.Empty(Assert.IsType<DriftNoticed>(entries[2]).Restores);
        var (state, _) = Controller.Start(new ControllerConfiguration([Sample.Service("api.example.com")], TimeSpan.FromMinutes(5)), entries, Samples.Noon);
        Assert.Null(Assert.Single(state.Services).Value.Change);
    }

    [Fact]
    public async Task Entries_and_undelivered_alerts_survive_a_restart()
    {
        await using (var journal = Open(_directory.Path))
        {
            await journal.WriteAsync(Samples.EveryEntry, [Samples.FullAlert, Samples.SmallAlert], Ct);
            var first = (await journal.PendingAsync("slack", 10, Ct))[0];
            Assert.Equal(Samples.FullAlert, first.Alert);
            await journal.DeliveredAsync(first, Ct);
        }

        await using var again = Open(_directory.Path);
        Assert.Equal(Samples.EveryEntry, await again.ReadAsync(Ct));
        Assert.Null(again.StartedFresh);
        Assert.Equal([Samples.SmallAlert], (await again.PendingAsync("slack", 10, Ct)).Select(item => item.Alert));
        Assert.Equal([Samples.FullAlert, Samples.SmallAlert], (await again.PendingAsync("hook", 10, Ct)).Select(item => item.Alert));
    }

    [Fact]
    public async Task An_entry_that_cannot_be_read_is_set_aside_and_the_rest_is_read()
    {
        var log = new CapturedLog<SqliteJournal>();
        await using (var journal = Open(_directory.Path))
        {
            await journal.WriteAsync(Samples.EveryEntry, [Samples.FullAlert, Samples.SmallAlert], Ct);
        }

        Sql("""
            UPDATE entries SET json = '{"kind":"fromTheFuture","at":"2026-07-29T12:00:00+00:00"}' WHERE id = 1;
            UPDATE entries SET json = replace(json, '"198.51.100.1"', '"not an address"') WHERE id = 2;
            UPDATE entries SET json = '{"kind":"drift","at":' WHERE id = 3;
            UPDATE entries SET json = '{"at":"2026-07-29T12:00:00+00:00"}' WHERE id = 4;
            UPDATE entries SET json = replace(json, '{"kind"', '{"added":{"by":["a","later"]},"kind"') WHERE id = 5;
            UPDATE outbox SET json = '[]' WHERE id = (SELECT min(id) FROM outbox WHERE channel = 'slack');
            """);
        await using (var journal = Open(_directory.Path, log: log))
        {
            Assert.Equal(Samples.EveryEntry.Skip(4), await journal.ReadAsync(Ct));
            Assert.Equal([Samples.SmallAlert], (await journal.PendingAsync("slack", 1, Ct)).Select(item => item.Alert));
            Assert.Equal(5, log.Lines.Count(line => line.Id == 5004));
            Assert.Equal(Samples.EveryEntry.Skip(4), await journal.ReadAsync(Ct));
            Assert.Equal(5, log.Lines.Count(line => line.Id == 5004));
        }

        Assert.Equal(5L, Sql("SELECT count(*) FROM damaged"));
    }

    [Fact]
    public async Task Retention_removes_the_old_but_never_what_a_restart_needs()
    {
        var clock = new FixedTime(Samples.Noon);
        var old = Samples.Noon.AddDays(-31);
        await using (var journal = Open(_directory.Path, clock))
        {
            await journal.WriteAsync(
                [
                    Samples.Health(old), Samples.Intent(old, 1), Samples.Intent(old, 2), Samples.Outcome(old, 1), Samples.Outcome(old, 2),
                    Samples.Raised(old, "standing"), Samples.Raised(old, "over"), Samples.Cleared(old, "over"), Samples.Health(Samples.Noon),
                ],
                [],
                Ct);
        }

        await using var again = Open(_directory.Path, clock);
        Assert.Equal<JournalEntry>(
            [Samples.Intent(old, 2), Samples.Outcome(old, 2), Samples.Raised(old, "standing"), Samples.Health(Samples.Noon)],
            await again.ReadAsync(Ct));
    }

    [Fact]
    public async Task A_condition_that_is_over_does_not_come_back_when_the_clock_went_backwards()
    {
        var clock = new FixedTime(Samples.Noon);
        await using (var journal = Open(_directory.Path, clock))
        {
            await journal.WriteAsync([Samples.Raised(Samples.Noon, "x"), Samples.Cleared(Samples.Noon.AddDays(-40), "x")], [], Ct);
        }

        await using var again = Open(_directory.Path, clock);
        Assert.IsType<ConditionCleared>((await again.ReadAsync(Ct))[^1]);
    }

    [Fact]
    public async Task The_number_of_entries_and_settled_alerts_stays_bounded_while_it_runs()
    {
        var retention = new JournalRetention { Entries = 50, PruneEvery = 20 };
        await using (var journal = Open(_directory.Path, retention: retention))
        {
            await journal.WriteAsync([Samples.Intent(Samples.Noon, 1)], [], Ct);
            for (var i = 0; i < 300; i++)
            {
                await journal.WriteAsync([Samples.Health(Samples.Noon.AddSeconds(i))], [Samples.SmallAlert], Ct);
                await journal.DeliveredAsync((await journal.PendingAsync("slack", 1, Ct))[0], Ct);
                await journal.DeliveredAsync((await journal.PendingAsync("hook", 1, Ct))[0], Ct);
            }
        }

        Assert.InRange((long)Sql("SELECT count(*) FROM entries")!, 50, 50 + 25);
        Assert.InRange((long)Sql("SELECT count(*) FROM outbox")!, 50, 50 + 80);
        Assert.Equal(1L, Sql("SELECT count(*) FROM entries WHERE kind = 'intent'"));
    }

    [Fact]
    public async Task More_alerts_than_fit_push_out_the_oldest_with_a_reason()
    {
        var log = new CapturedLog<SqliteJournal>();
        await using (var journal = Open(_directory.Path, log: log, retention: new JournalRetention { PendingPerChannel = 5 }))
        {
            for (var i = 0; i < 8; i++)
            {
                await journal.WriteAsync([], [Samples.SmallAlert with { Title = $"alert {i}" }], Ct);
            }

            Assert.Equal(["alert 3", "alert 4", "alert 5", "alert 6", "alert 7"], (await journal.PendingAsync("slack", 100, Ct)).Select(item => item.Alert.Title));
        }

        Assert.Equal(6L, Sql("SELECT count(*) FROM outbox WHERE state = 2 AND reason LIKE 'more than 5 alerts%'"));
        Assert.Contains(log.Lines, line => line.Id == 5006);
    }

    [Fact]
    public async Task The_alerts_of_a_removed_channel_are_given_up_and_new_ones_go_to_the_new_channels()
    {
        await using (var journal = Open(_directory.Path))
        {
            await journal.WriteAsync([], [Samples.SmallAlert], Ct);
            await journal.SetChannelsAsync(["hook", "pager"], Ct);
            await journal.WriteAsync([], [Samples.FullAlert], Ct);
            Assert.Empty(await journal.PendingAsync("slack", 10, Ct));
            Assert.Equal([Samples.SmallAlert, Samples.FullAlert], (await journal.PendingAsync("hook", 10, Ct)).Select(item => item.Alert));
            Assert.Equal([Samples.FullAlert], (await journal.PendingAsync("pager", 10, Ct)).Select(item => item.Alert));
        }

        await using (var journal = Open(_directory.Path, channels: ["hook"]))
        {
            Assert.Empty(await journal.PendingAsync("pager", 10, Ct));
        }

        Assert.Equal(2L, Sql("SELECT count(*) FROM outbox WHERE state = 2 AND reason = 'the channel is no longer configured'"));
    }

    [Fact]
    public async Task An_abandoned_alert_keeps_its_reason_and_a_delivered_one_is_never_pending_again()
    {
        await using (var journal = Open(_directory.Path))
        {
            await journal.WriteAsync([], [Samples.SmallAlert, Samples.FullAlert], Ct);
            var items = await journal.PendingAsync("slack", 10, Ct);
            await journal.AbandonedAsync(items[0], "refused: invalid_payload", Ct);
            await journal.DeliveredAsync(items[1], Ct);
            await journal.AbandonedAsync(items[1], "too late", Ct);
            Assert.Empty(await journal.PendingAsync("slack", 10, Ct));
        }

        Assert.Equal("refused: invalid_payload", Sql("SELECT reason FROM outbox WHERE channel = 'slack' AND state = 2"));
    }

    [Fact]
    public async Task Whoever_waits_for_alerts_is_woken_by_new_ones_and_by_nothing_else()
    {
        await using var journal = Open(_directory.Path);
        var waiting = journal.WaitForAlertsAsync(Ct);
        await journal.WriteAsync([Samples.Health(Samples.Noon)], [], Ct);
        Assert.False(waiting.IsCompleted);
        await journal.WriteAsync([], [Samples.SmallAlert], Ct);
        await waiting.WaitAsync(TimeSpan.FromSeconds(60), Ct);
        Assert.False(journal.WaitForAlertsAsync(Ct).IsCompleted);
    }

    [Fact]
    public async Task Alert_numbers_go_on_rising_when_a_journal_is_started_afresh()
    {
        using var other = new TemporaryDirectory();
        var first = await FirstId(_directory.Path, new FixedTime(Samples.Noon));
        Assert.True(await FirstId(other.Path, new FixedTime(Samples.Noon.AddSeconds(1))) > first);
    }

    private static async Task<long> FirstId(string directory, TimeProvider time)
    {
        await using var journal = Open(directory, time);
        await journal.WriteAsync([], [Samples.SmallAlert], Ct);
        return (await journal.PendingAsync("slack", 1, Ct))[0].Id;
    }

    private static SqliteJournal Open(
        string? directory, TimeProvider? time = null, CapturedLog<SqliteJournal>? log = null, JournalRetention? retention = null, IReadOnlyList<string>? channels = null) =>
        SqliteJournal.Open(directory, channels ?? ["slack", "hook"], time ?? new FixedTime(Samples.Noon), log is null ? NullLogger<SqliteJournal>.Instance : log, retention);

    private object? Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_directory["journal.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
