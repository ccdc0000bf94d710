using DnsFailover.Core.Alerts;
using DnsFailover.Core.Records;
using Microsoft.Data.Sqlite;
using static DnsFailover.Journal.JournalSchema;

namespace DnsFailover.Journal;

/// <summary>The statements on incidents and on the threads that channels keep for them.</summary>
internal static class IncidentRows
{
    /// <summary>So many threads of ended incidents are remembered, for what is still to be told in them.</summary>
    private const int ThreadsKept = 5000;

    private const char Between = '\n';

    /// <summary>
    /// The tables. An older version does not know them and leaves them alone, so they need no version of their own.
    /// One row of incidents is one that has not ended; its service is empty for the daemon as a whole.
    /// </summary>
    public const string Tables = """
        CREATE TABLE IF NOT EXISTS incidents(
            service TEXT PRIMARY KEY, id TEXT NOT NULL, since INTEGER NOT NULL, told_at INTEGER NOT NULL,
            reminders INTEGER NOT NULL DEFAULT 0, channels TEXT NOT NULL DEFAULT '');
        CREATE TABLE IF NOT EXISTS threads(
            id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, incident TEXT NOT NULL, reference TEXT NOT NULL, UNIQUE(channel, incident));
        """;

    /// <summary>
    /// Finds out which incident an alert belongs to, opens or ends it, and says so in the alert. Null when the alert is
    /// of an incident that has ended meanwhile, so that nobody has to hear it.
    /// </summary>
    /// <param name="connection">In a transaction with the alert.</param>
    /// <param name="alert">The alert.</param>
    /// <param name="isLast">True when no other alert of the same service is written with it: only the last can be the end.</param>
    /// <param name="told">The channels that were told of the incident before.</param>
    public static Alert? Place(SqliteConnection connection, Alert alert, bool isLast, out IReadOnlyList<string> told)
    {
        told = [];
        var service = Key(alert);
        var open = Find(connection, service);
        if (alert.Incident is { } meant && open?.Id != meant.Id)
        {
            return null;
        }

        if (open is not { } row)
        {
            if (!alert.OpensIncidents())
            {
                return alert;
            }

            var begun = new Incident($"{(service.Length > 0 ? service : "dnsfailover")}/{alert.At.ToUnixTimeMilliseconds()}", alert.At.ToUniversalTime()) { Opens = true };
            Execute(connection, "INSERT INTO incidents(service, id, since, told_at) VALUES($service, $id, $at, $at)", ("$service", service), ("$id", begun.Id), ("$at", alert.At.ToUnixTimeMilliseconds()));
            return alert with { Incident = begun };
        }

        told = row.Channels.Split(Between, StringSplitOptions.RemoveEmptyEntries);
        var ends = isLast && alert.StillWrong is { Count: 0 };
        if (ends)
        {
            Execute(connection, "DELETE FROM incidents WHERE service = $service", ("$service", service));
        }
        else
        {
            var reminds = alert.Kind == AlertKind.Reminder;
            Execute(
                connection,
                $"UPDATE incidents SET told_at = max(told_at, $at), reminders = {(reminds ? "reminders + 1" : "0")} WHERE service = $service",
                ("$service", service),
                ("$at", alert.At.ToUnixTimeMilliseconds()));
        }

        return alert with { Incident = new Incident(row.Id, row.Since) { Ends = ends } };
    }

    /// <summary>Remembers which channels are told of an incident.</summary>
    public static void Told(SqliteConnection connection, Alert alert, IEnumerable<string> before, IEnumerable<string> now)
    {
        if (alert.Incident is { Ends: false })
        {
            Execute(connection, "UPDATE incidents SET channels = $channels WHERE service = $service", ("$service", Key(alert)), ("$channels", string.Join(Between, before.Union(now, StringComparer.Ordinal))));
        }
    }

    /// <summary>Every incident that has not ended.</summary>
    public static List<OpenIncident> Open(SqliteConnection connection) => Query(
        connection,
        "SELECT service, id, since, told_at, reminders FROM incidents ORDER BY since, service",
        row => new OpenIncident(
            new Incident(row.GetString(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))),
            row.GetString(0) is { Length: > 0 } service ? DnsName.Parse(service) : null,
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            row.GetInt32(4)));

    /// <summary>What a channel goes on with, by incident.</summary>
    public static Dictionary<string, string> Threads(SqliteConnection connection, string channel) => Query(
        connection,
        "SELECT incident, reference FROM threads WHERE channel = $channel",
        row => (row.GetString(0), row.GetString(1)),
        ("$channel", channel)).ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal);

    /// <summary>Remembers what a channel goes on with.</summary>
    public static void KeepThread(SqliteConnection connection, string channel, string incident, string reference)
    {
        Execute(
            connection,
            "INSERT INTO threads(channel, incident, reference) VALUES($channel, $incident, $reference) ON CONFLICT(channel, incident) DO UPDATE SET reference = excluded.reference",
            ("$channel", channel),
            ("$incident", incident),
            ("$reference", reference));
        Execute(
            connection,
            "DELETE FROM threads WHERE incident NOT IN (SELECT id FROM incidents) AND id <= (SELECT id FROM threads ORDER BY id DESC LIMIT 1 OFFSET $kept)",
            ("$kept", ThreadsKept));
    }

    private static (string Id, DateTimeOffset Since, string Channels)? Find(SqliteConnection connection, string service)
    {
        var rows = Query(connection, "SELECT id, since, channels FROM incidents WHERE service = $service", row => (row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetString(2)), ("$service", service));
        return rows.Count == 0 ? null : rows[0];
    }

    private static string Key(Alert alert) => alert.Service?.ToString() ?? string.Empty;
}
