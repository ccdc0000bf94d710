using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using Microsoft.Data.Sqlite;

namespace DnsFailover.Journal;

/// <summary>
/// Writes what a switch writes and takes it back. The first run of that code costs about 150 ms of just-in-time
/// compilation, which would otherwise be paid in the middle of the first failover.
/// </summary>
internal static class JournalRehearsal
{
    /// <summary>Leaves the database as it was.</summary>
    public static void Run(SqliteConnection connection, JournalRetention retention, DateTimeOffset now)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        foreach (var entry in Entries(now))
        {
            JournalRows.Insert(connection, entry);
        }

        OutboxRows.Insert(connection, [Alert(now)], AlertRoutes.All(["rehearsal"]), retention, now);
        transaction.Rollback();
    }

    private static JournalEntry[] Entries(DateTimeOffset now)
    {
        var name = DnsName.Parse("rehearsal.invalid");
        var before = RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.1");
        var after = RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.2");
        return
        [
            new IntentRecorded
            {
                At = now,
                Service = name,
                Provider = "rehearsal",
                Change = new ChangeSet(1, name, [new RecordChange(before, after)]),
                Decision = DecisionKind.Failover,
                Reason = "rehearsal",
                Evidence = ["rehearsal"],
                From = "a",
                To = "b",
                FirstFailureAt = now,
                VerdictAt = now,
                Switched = [RecordType.A],
            },
            new OutcomeRecorded
            {
                At = now,
                Service = name,
                Provider = "rehearsal",
                ChangeId = 1,
                Result = ChangeResult.Verified,
                Reason = "rehearsal",
                HoldDowns = [new HoldDown(RecordType.A, now)],
                Timings = Timings,
            },
        ];
    }

    private static Alert Alert(DateTimeOffset now) => new()
    {
        Kind = AlertKind.Failover,
        At = now,
        Service = DnsName.Parse("rehearsal.invalid"),
        Title = "rehearsal",
        From = "a",
        To = "b",
        Reason = "rehearsal",
        Evidence = ["rehearsal"],
        Timings = Timings,
        Downtime = TimeSpan.Zero,
        Next = "nothing",
        StillWrong = ["rehearsal"],
    };

    private static SwitchTimings Timings => new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
}
