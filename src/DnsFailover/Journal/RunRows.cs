using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using Microsoft.Data.Sqlite;
using static DnsFailover.Journal.JournalSchema;

namespace DnsFailover.Journal;

/// <summary>The statements on runs of observations.</summary>
internal static class RunRows
{
    /// <summary>Adds runs that have no row, and brings the rows of the others up to date.</summary>
    /// <returns>The row of each; good once the transaction is.</returns>
    /// <param name="connection">Inside a transaction.</param>
    /// <param name="open">Whose rows they are.</param>
    /// <param name="runs">As they were when they were given out; they go on growing.</param>
    public static IReadOnlyList<long> Write(SqliteConnection connection, IReadOnlyList<OpenRun> open, IReadOnlyList<ObservationRun> runs) =>
        [.. open.Zip(runs).Select(pair => Write(connection, pair.Second, pair.First.Row))];

    /// <summary>Notes the rows with the runs.</summary>
    public static int Written(IReadOnlyList<OpenRun> runs, IReadOnlyList<long> rows)
    {
        foreach (var (run, row) in runs.Zip(rows))
        {
            run.Row = row;
        }

        return runs.Count;
    }

    /// <summary>Every run, oldest first.</summary>
    public static List<ObservationRun> All(SqliteConnection connection) => Read(connection, "ORDER BY first_at, runs.id");

    /// <summary>The runs of one service that had not ended by a time, oldest first.</summary>
    public static List<ObservationRun> Of(SqliteConnection connection, DnsName service, DateTimeOffset since, bool onlyScheduled) => Read(
        connection,
        $"WHERE service = $service AND last_at >= $since {(onlyScheduled ? "AND scheduled = 1" : string.Empty)} ORDER BY first_at, runs.id",
        ("$service", service.ToString()),
        ("$since", since.ToUnixTimeMilliseconds()));

    private static List<ObservationRun> Read(SqliteConnection connection, string which, params ReadOnlySpan<(string Name, object? Value)> parameters) => Query(
        connection,
        $"SELECT service, endpoint, type, value, verdict, scheduled, first_at, last_at, count, fastest, slowest, interval, reason FROM runs JOIN targets ON targets.id = runs.target {which}",
        row => Enum.TryParse<RecordType>(row.GetString(2), out var type) && DnsName.TryParse(row.GetString(0), out var service, out _)
            ? new ObservationRun
            {
                Target = new TargetId(service, row.GetString(1), type, row.GetString(3)),
                Verdict = (Verdict)row.GetInt32(4),
                IsScheduled = row.GetBoolean(5),
                First = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
                Last = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)),
                Count = row.GetInt32(8),
                Fastest = TimeSpan.FromMicroseconds(row.GetInt64(9)),
                Slowest = TimeSpan.FromMicroseconds(row.GetInt64(10)),
                Interval = TimeSpan.FromMicroseconds(row.GetInt64(11)),
                Reason = row.GetString(12),
            }
            : null,
        parameters).OfType<ObservationRun>().ToList();

    /// <summary>Removes what is older or more than the retention keeps.</summary>
    public static int Prune(SqliteConnection connection, JournalRetention retention, DateTimeOffset now)
    {
        var removed = Execute(
            connection,
            "DELETE FROM runs WHERE last_at < $cutoff OR id <= (SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET $most)",
            ("$cutoff", (now - retention.Age).ToUnixTimeMilliseconds()),
            ("$most", retention.Runs));
        foreach (var target in Query(connection, "SELECT id FROM targets", row => row.GetInt64(0)))
        {
            removed += Execute(
                connection,
                "DELETE FROM runs WHERE target = $target AND id <= (SELECT id FROM runs WHERE target = $target ORDER BY id DESC LIMIT 1 OFFSET $most)",
                ("$target", target),
                ("$most", retention.RunsPerTarget));
        }

        Execute(connection, "DELETE FROM targets WHERE id NOT IN (SELECT target FROM runs)");
        return removed;
    }

    private static long Write(SqliteConnection connection, ObservationRun run, long? row)
    {
        // A row that the retention has taken meanwhile is not there any more: then the run gets a new one.
        if (row is { } known && Update(connection, run, known) > 0)
        {
            return known;
        }

        (string, object?)[] target =
        [
            ("$service", run.Target.Service.ToString()), ("$endpoint", run.Target.Endpoint), ("$type", run.Target.Type.ToString()), ("$value", run.Target.Value),
        ];
        Execute(connection, "INSERT OR IGNORE INTO targets(service, endpoint, type, value) VALUES($service, $endpoint, $type, $value)", target);
        return (long)Scalar(
            connection,
            """
            INSERT INTO runs(target, verdict, scheduled, first_at, last_at, count, fastest, slowest, interval, reason)
            SELECT id, $verdict, $scheduled, $first, $last, $count, $fastest, $slowest, $interval, $reason
            FROM targets WHERE service = $service AND endpoint = $endpoint AND type = $type AND value = $value
            RETURNING id
            """,
            [
                .. target,
                ("$verdict", (int)run.Verdict), ("$scheduled", run.IsScheduled), ("$first", run.First.ToUnixTimeMilliseconds()), ("$last", run.Last.ToUnixTimeMilliseconds()),
                ("$count", run.Count), ("$fastest", Microseconds(run.Fastest)), ("$slowest", Microseconds(run.Slowest)), ("$interval", Microseconds(run.Interval)), ("$reason", run.Reason),
            ])!;
    }

    private static int Update(SqliteConnection connection, ObservationRun run, long row) => Execute(
        connection,
        "UPDATE runs SET last_at = $last, count = $count, fastest = $fastest, slowest = $slowest, reason = $reason WHERE id = $id",
        ("$id", row),
        ("$last", run.Last.ToUnixTimeMilliseconds()),
        ("$count", run.Count),
        ("$fastest", Microseconds(run.Fastest)),
        ("$slowest", Microseconds(run.Slowest)),
        ("$reason", run.Reason));

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
