using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using Microsoft.Data.Sqlite;
using static DnsFailover.Journal.JournalSchema;

namespace DnsFailover.Journal;

/// <summary>The statements on planned times that were in effect.</summary>
internal static class PlannedRows
{
    private const string Same = "kind = $kind AND service = $service AND endpoint IS $endpoint AND begins = $begins AND ends = $ends AND reason = $reason";

    /// <summary>Adds what begins, and brings what ended before its time up to date.</summary>
    public static int Write(SqliteConnection connection, PlannedChanges changes)
    {
        if (changes.OnlyThese)
        {
            EndAllBut(connection, changes);
        }

        foreach (var spell in changes.Changed)
        {
            // What was in effect when the process of before ended goes on in its row.
            var known = Execute(connection, $"UPDATE planned SET until_at = $until WHERE {Same} AND until_at > $from", Parameters(spell));
            if (known == 0)
            {
                Execute(
                    connection,
                    "INSERT INTO planned(kind, service, endpoint, begins, ends, reason, from_at, until_at) VALUES($kind, $service, $endpoint, $begins, $ends, $reason, $from, $until)",
                    Parameters(spell));
            }
        }

        return changes.Changed.Count;
    }

    /// <summary>All of them, oldest first.</summary>
    public static List<PlannedSpell> All(SqliteConnection connection) => [.. Read(connection, DateTimeOffset.MinValue).Select(row => row.Spell)];

    /// <summary>Removes what is older or more than the retention keeps.</summary>
    public static int Prune(SqliteConnection connection, JournalRetention retention, DateTimeOffset now) => Execute(
        connection,
        "DELETE FROM planned WHERE until_at < $cutoff OR id <= (SELECT id FROM planned ORDER BY id DESC LIMIT 1 OFFSET $most)",
        ("$cutoff", (now - retention.Age).ToUnixTimeMilliseconds()),
        ("$most", retention.Planned));

    private static void EndAllBut(SqliteConnection connection, PlannedChanges changes)
    {
        var inEffect = changes.Changed.Select(spell => spell.Planned).ToHashSet();
        foreach (var (id, spell) in Read(connection, changes.StartedAt).Where(row => !inEffect.Contains(row.Spell.Planned)))
        {
            var end = spell.From > changes.StartedAt ? spell.From : changes.StartedAt; // the clock may have been set back
            Execute(connection, "UPDATE planned SET until_at = $until WHERE id = $id", ("$until", end.ToUnixTimeMilliseconds()), ("$id", id));
        }
    }

    private static IEnumerable<(long Id, PlannedSpell Spell)> Read(SqliteConnection connection, DateTimeOffset endingAfter) =>
        from row in Query(
            connection,
            "SELECT id, kind, service, endpoint, begins, ends, reason, from_at, until_at FROM planned WHERE until_at > $after ORDER BY from_at, id",
            row => DnsName.TryParse(row.GetString(2), out var service, out _)
                ? (Id: row.GetInt64(0), Spell: new PlannedSpell(new Window((WindowKind)row.GetInt32(1), service, row.IsDBNull(3) ? null : row.GetString(3), Time(row, 4), Time(row, 5), row.GetString(6)), Time(row, 7), Time(row, 8)))
                : default,
            ("$after", endingAfter.ToUnixTimeMilliseconds()))
        where row.Spell is not null
        select row;

    private static (string Name, object? Value)[] Parameters(PlannedSpell spell) =>
    [
        ("$kind", (int)spell.Planned.Kind), ("$service", spell.Planned.Service.ToString()), ("$endpoint", spell.Planned.Endpoint),
        ("$begins", spell.Planned.From.ToUnixTimeMilliseconds()), ("$ends", spell.Planned.Until.ToUnixTimeMilliseconds()), ("$reason", spell.Planned.Reason),
        ("$from", spell.From.ToUnixTimeMilliseconds()), ("$until", spell.Until.ToUnixTimeMilliseconds()),
    ];

    private static DateTimeOffset Time(SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
