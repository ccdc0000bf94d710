using System.Text.Json;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using Microsoft.Data.Sqlite;
using static DnsFailover.Journal.JournalSchema;

namespace DnsFailover.Journal;

/// <summary>A row whose text could not be read.</summary>
/// <param name="Table">The table it is in.</param>
/// <param name="Id">Its number there.</param>
/// <param name="Kind">What it says to be.</param>
/// <param name="Json">Its text.</param>
/// <param name="Cause">Why it could not be read.</param>
internal sealed record DamagedRow(string Table, long Id, string Kind, string Json, string Cause);

/// <summary>The statements on entries and their retention.</summary>
internal static class JournalRows
{
    private const int DamagedKept = 1000;

    /// <summary>Adds an entry.</summary>
    public static void Insert(SqliteConnection connection, JournalEntry entry) => Execute(
        connection,
        "INSERT INTO entries(at, service, kind, key, json) VALUES($at, $service, $kind, $key, $json)",
        ("$at", entry.At.ToUnixTimeMilliseconds()),
        ("$service", entry.Service?.ToString()),
        ("$kind", JournalJson.KindOf(entry)),
        ("$key", entry.Key),
        ("$json", JournalJson.Write(entry)));

    /// <summary>The texts of all entries, oldest first.</summary>
    public static List<(long Id, string Kind, string Json)> Entries(SqliteConnection connection) =>
        Query(connection, "SELECT id, kind, json FROM entries ORDER BY id", row => (row.GetInt64(0), row.GetString(1), row.GetString(2)));

    /// <summary>Reads each text; what cannot be read is listed in <paramref name="damaged"/> and does not stop the rest.</summary>
    public static List<T> Parse<T>(IEnumerable<(long Id, string Kind, string Json)> rows, string table, Func<long, string, T> read, List<DamagedRow> damaged)
    {
        var items = new List<T>();
        foreach (var (id, kind, json) in rows)
        {
            try
            {
                items.Add(read(id, json));
            }
            catch (JsonException error)
            {
                damaged.Add(new DamagedRow(table, id, kind, json, error.Message));
            }
        }

        return items;
    }

    /// <summary>Moves what could not be read into a table of its own, where a person can look at it.</summary>
    public static void SetAside(SqliteConnection connection, IEnumerable<DamagedRow> rows, DateTimeOffset now)
    {
        foreach (var row in rows)
        {
            Execute(
                connection,
                "INSERT INTO damaged(at, origin, origin_id, json, cause) VALUES($at, $origin, $id, $json, $cause)",
                ("$at", now.ToUnixTimeMilliseconds()),
                ("$origin", row.Table),
                ("$id", row.Id),
                ("$json", row.Json),
                ("$cause", row.Cause));
            Execute(connection, $"DELETE FROM {row.Table} WHERE id = $id", ("$id", row.Id));
        }
    }

    /// <summary>Removes what is older or more than the retention keeps. The newest entry of every key stays.</summary>
    public static int Prune(SqliteConnection connection, JournalRetention retention, DateTimeOffset now)
    {
        var cutoff = ("$cutoff", (object?)(now - retention.Age).ToUnixTimeMilliseconds());
        var surplus = ("$surplus", (object?)retention.Entries);
        const string Expendable = "(at < $cutoff OR id <= (SELECT id FROM entries ORDER BY id DESC LIMIT 1 OFFSET $surplus))";
        var removed = Execute(
            connection,
            $"DELETE FROM entries WHERE {Expendable} AND id NOT IN (SELECT max(id) FROM entries WHERE key IS NOT NULL GROUP BY key)",
            cutoff,
            surplus);

        // A condition that is over needs no memory, but only once nothing older of its key is left that would come
        // back to life without it.
        removed += Execute(
            connection,
            $"""
            DELETE FROM entries WHERE {Expendable} AND kind = 'conditionCleared'
            AND NOT EXISTS (SELECT 1 FROM entries AS other WHERE other.key = entries.key AND other.id <> entries.id)
            """,
            cutoff,
            surplus);
        removed += Execute(
            connection,
            "DELETE FROM outbox WHERE state <> 0 AND (settled_at < $cutoff OR id <= (SELECT id FROM outbox WHERE state <> 0 ORDER BY id DESC LIMIT 1 OFFSET $surplus))",
            cutoff,
            surplus);
        return removed + Execute(
            connection,
            "DELETE FROM damaged WHERE id <= (SELECT id FROM damaged ORDER BY id DESC LIMIT 1 OFFSET $kept)",
            ("$kept", DamagedKept));
    }
}

/// <summary>The statements on the outbox.</summary>
internal static class OutboxRows
{
    /// <summary>Adds each alert for every channel that is told it, and gives up the oldest where too many wait.</summary>
    /// <returns>How many were given up, by channel.</returns>
    public static List<(string Channel, int Count)> Insert(SqliteConnection connection, IReadOnlyList<Alert> alerts, AlertRoutes routes, JournalRetention retention, DateTimeOffset now)
    {
        var placed = alerts.Count == 0 ? [] : Place(connection, alerts, routes);

        // Channel by channel, so that the alerts of one channel have neighbouring numbers.
        foreach (var channel in routes.Channels)
        {
            foreach (var (alert, _) in placed.Where(item => item.Channels.Contains(channel)))
            {
                Execute(
                    connection,
                    "INSERT INTO outbox(at, channel, json) VALUES($at, $channel, $json)",
                    ("$at", alert.At.ToUnixTimeMilliseconds()),
                    ("$channel", channel),
                    ("$json", JournalJson.Write(alert)));
            }
        }

        return [.. (alerts.Count == 0 ? [] : routes.Channels).Select(channel => (channel, MakeRoom(connection, channel, retention, now))).Where(pair => pair.Item2 > 0)];
    }

    private static List<(Alert Alert, IReadOnlyList<string> Channels)> Place(SqliteConnection connection, IReadOnlyList<Alert> alerts, AlertRoutes routes)
    {
        var placed = new List<(Alert, IReadOnlyList<string>)>();
        for (var i = 0; i < alerts.Count; i++)
        {
            var isLast = !alerts.Skip(i + 1).Any(later => later.Service == alerts[i].Service);
            if (IncidentRows.Place(connection, alerts[i], isLast, out var told) is { } alert)
            {
                var channels = routes.Of(alert, told);
                IncidentRows.Told(connection, alert, told, channels);
                placed.Add((alert, channels));
            }
        }

        return placed;
    }

    private static int MakeRoom(SqliteConnection connection, string channel, JournalRetention retention, DateTimeOffset now) => Execute(
        connection,
        """
        UPDATE outbox SET state = 2, settled_at = $now, reason = $reason WHERE channel = $channel AND state = 0
        AND id <= (SELECT id FROM outbox WHERE channel = $channel AND state = 0 ORDER BY id DESC LIMIT 1 OFFSET $most)
        """,
        ("$now", now.ToUnixTimeMilliseconds()),
        ("$reason", TooMany(retention)),
        ("$channel", channel),
        ("$most", retention.PendingPerChannel));

    /// <summary>Why the oldest was given up.</summary>
    public static string TooMany(JournalRetention retention) => $"more than {retention.PendingPerChannel} alerts were waiting, so the oldest made room";

    /// <summary>The texts of the oldest pending alerts.</summary>
    public static List<(long Id, string Kind, string Json)> Pending(SqliteConnection connection, string channel, int limit) => Query(
        connection,
        "SELECT id, json FROM outbox WHERE channel = $channel AND state = 0 ORDER BY id LIMIT $limit",
        row => (row.GetInt64(0), "alert", row.GetString(1)),
        ("$channel", channel),
        ("$limit", limit));

    /// <summary>How many alerts wait for each channel, and when the oldest of them was raised; channels without any are absent.</summary>
    public static List<(string Channel, int Count, DateTimeOffset Oldest)> Depths(SqliteConnection connection) => Query(
        connection,
        "SELECT channel, count(*), min(at) FROM outbox WHERE state = 0 GROUP BY channel",
        row => (row.GetString(0), row.GetInt32(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))));

    /// <summary>Every alert that is kept, oldest first.</summary>
    public static List<(long Id, string Json, Func<Alert, SentAlert> Told)> All(SqliteConnection connection) => Query(
        connection,
        "SELECT id, channel, json, state, settled_at, reason FROM outbox ORDER BY id",
        row =>
        {
            var (channel, settled) = (row.GetString(1), row.GetInt32(3) != 0);
            DateTimeOffset? at = row.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4));
            var reason = row.IsDBNull(5) ? null : row.GetString(5);
            return (row.GetInt64(0), row.GetString(2), (Func<Alert, SentAlert>)(alert => new SentAlert(channel, alert, settled, at, reason)));
        });

    /// <summary>Ends the waiting of an alert; the reason is null when it was delivered.</summary>
    public static int Settle(SqliteConnection connection, long id, string? reason, DateTimeOffset now) => Execute(
        connection,
        "UPDATE outbox SET state = $state, settled_at = $now, reason = $reason WHERE id = $id AND state = 0",
        ("$id", id),
        ("$state", reason is null ? 1 : 2),
        ("$now", now.ToUnixTimeMilliseconds()),
        ("$reason", reason));

    /// <summary>Gives up what waits for a channel that is not configured any more.</summary>
    /// <returns>How many were given up, by channel.</returns>
    public static List<(string Channel, int Count)> AbandonAllBut(SqliteConnection connection, IReadOnlyCollection<string> channels, string reason, DateTimeOffset now)
    {
        var orphaned = Query(connection, "SELECT DISTINCT channel FROM outbox WHERE state = 0", row => row.GetString(0));
        return
        [
            .. orphaned.Where(channel => !channels.Contains(channel)).Select(channel => (channel, Execute(
                connection,
                "UPDATE outbox SET state = 2, settled_at = $now, reason = $reason WHERE channel = $channel AND state = 0",
                ("$now", now.ToUnixTimeMilliseconds()),
                ("$reason", reason),
                ("$channel", channel)))),
        ];
    }
}
