using System.Text.Json;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using Microsoft.Data.Sqlite;
using static DnsFailover.Journal.JournalSchema;

namespace DnsFailover.Journal;

/// <summary>An entry with its number.</summary>
internal sealed record NumberedEntry<T>(long Id, T Entry)
    where T : JournalEntry;

/// <summary>A change with its number: that of its intent.</summary>
/// <param name="Id">The number.</param>
/// <param name="Intent">What was to be written.</param>
/// <param name="Outcome">How it ended; null while that is not known.</param>
internal sealed record NumberedChange(long Id, IntentRecorded Intent, OutcomeRecorded? Outcome);

/// <summary>Looks things up in a journal that is in use, a bounded piece at a time. What cannot be read is passed over.</summary>
internal sealed class JournalLookups(SqliteJournal journal)
{
    private const int Batch = 200;

    /// <summary>False where nobody keeps observations, so that nothing is known of the time before.</summary>
    public bool HasObservations => !journal.IsEphemeral;

    /// <summary>Changes of a service or of all, newest first; those that only bring a further provider in line are left out.</summary>
    /// <param name="service">The service; null for all.</param>
    /// <param name="before">Only those with a smaller number.</param>
    /// <param name="limit">So many at the most.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="JournalException">It could not be read.</exception>
    public Task<List<NumberedChange>> ChangesAsync(DnsName? service, long before, int limit, CancellationToken cancellationToken) => journal.Lookups.UseAsync(
        connection => Entries<IntentRecorded>(connection, "'intent'", service, before).Where(entry => !entry.Entry.Follows).Take(limit)
            .Select(entry => new NumberedChange(entry.Id, entry.Entry, OutcomeOf(connection, entry))).ToList(),
        cancellationToken);

    /// <summary>What was decided for a service or for all, newest first: changes, and changes that were wanted and not made.</summary>
    /// <inheritdoc cref="ChangesAsync"/>
    public Task<List<NumberedEntry<JournalEntry>>> DecisionsAsync(DnsName? service, long before, int limit, CancellationToken cancellationToken) => journal.Lookups.UseAsync(
        connection => Entries<JournalEntry>(connection, "'intent', 'conditionRaised'", service, before)
            .Where(entry => entry.Entry is IntentRecorded { Follows: false } or ConditionRaised { IsOfTarget: false }).Take(limit).ToList(),
        cancellationToken);

    /// <summary>One entry; null when there is none, or it cannot be read.</summary>
    /// <exception cref="JournalException">It could not be read.</exception>
    public Task<JournalEntry?> EntryAsync(long id, CancellationToken cancellationToken) => journal.Lookups.UseAsync(
        connection => Query(connection, "SELECT json FROM entries WHERE id = $id", row => Parse<JournalEntry>(row.GetString(0)), ("$id", id)).FirstOrDefault(),
        cancellationToken);

    /// <summary>The outcome of a change; null while there is none.</summary>
    /// <exception cref="JournalException">It could not be read.</exception>
    public Task<OutcomeRecorded?> OutcomeAsync(long id, IntentRecorded intent, CancellationToken cancellationToken) =>
        journal.Lookups.UseAsync(connection => OutcomeOf(connection, new NumberedEntry<IntentRecorded>(id, intent)), cancellationToken);

    /// <summary>Entries as they are written, oldest first.</summary>
    /// <param name="after">Only those with a larger number.</param>
    /// <param name="limit">So many at the most.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="JournalException">It could not be read.</exception>
    public Task<List<(long Id, string Json)>> TextsAsync(long after, int limit, CancellationToken cancellationToken) => journal.Lookups.UseAsync(
        connection => Query(connection, "SELECT id, json FROM entries WHERE id > $after ORDER BY id LIMIT $limit", row => (row.GetInt64(0), row.GetString(1)), ("$after", after), ("$limit", limit)),
        cancellationToken);

    /// <summary>Everything that bears on one service, as if the journal held nothing else.</summary>
    /// <exception cref="JournalException">It could not be read.</exception>
    public Task<JournalRecord> OfAsync(DnsName service, CancellationToken cancellationToken) => journal.Lookups.UseAsync(
        connection =>
        {
            var damaged = new List<DamagedRow>();
            var entries = JournalRows.Parse(
                Query(connection, "SELECT id, kind, json FROM entries WHERE service = $service OR service IS NULL ORDER BY id", row => (row.GetInt64(0), row.GetString(1), row.GetString(2)), ("$service", service.ToString())),
                "entries",
                (_, json) => JournalJson.ReadEntry(json),
                damaged);
            var sent = OutboxRows.All(connection).ToDictionary(row => row.Id);
            var alerts = JournalRows.Parse(sent.Values.Select(row => (row.Id, "alert", row.Json)), "outbox", (id, json) => sent[id].Told(JournalJson.ReadAlert(json)), damaged);
            return new JournalRecord(journal.Path, entries, RunRows.Of(connection, service, DateTimeOffset.UnixEpoch, onlyScheduled: false), alerts, damaged.Count);
        },
        cancellationToken);

    /// <summary>The scheduled probes of one service since a time, and the changes to what it was answered with.</summary>
    /// <exception cref="JournalException">It could not be read.</exception>
    public Task<(List<ObservationRun> Runs, List<NumberedChange> Changes)> RunsAsync(DnsName service, DateTimeOffset since, CancellationToken cancellationToken) => journal.Lookups.UseAsync(
        connection => (
            RunRows.Of(connection, service, since, onlyScheduled: true),
            Entries<IntentRecorded>(connection, "'intent'", service, long.MaxValue).Select(entry => new NumberedChange(entry.Id, entry.Entry, OutcomeOf(connection, entry))).ToList()),
        cancellationToken);

    private static IEnumerable<NumberedEntry<T>> Entries<T>(SqliteConnection connection, string kinds, DnsName? service, long before)
        where T : JournalEntry
    {
        while (true)
        {
            var rows = Query(
                connection,
                $"SELECT id, json FROM entries WHERE kind IN ({kinds}) AND id < $before AND ($service IS NULL OR service = $service) ORDER BY id DESC LIMIT {Batch}",
                row => (Id: row.GetInt64(0), Json: row.GetString(1)),
                ("$before", before),
                ("$service", service?.ToString()));
            foreach (var (id, json) in rows)
            {
                if (Parse<T>(json) is { } entry)
                {
                    yield return new NumberedEntry<T>(id, entry);
                }
            }

            if (rows.Count < Batch)
            {
                yield break;
            }

            before = rows[^1].Id;
        }
    }

    /// <summary>Outcomes are found by their key, which names service and provider; the number of the change tells them apart. One that appeared late has a second one.</summary>
    private static OutcomeRecorded? OutcomeOf(SqliteConnection connection, NumberedEntry<IntentRecorded> intent) =>
        Query(
            connection,
            "SELECT json FROM entries WHERE key = $key AND id > $id ORDER BY id LIMIT 20",
            row => Parse<OutcomeRecorded>(row.GetString(0)),
            ("$key", $"outcome:{intent.Entry.Service}:{intent.Entry.Provider}"),
            ("$id", intent.Id))
        .FindLast(outcome => outcome?.ChangeId == intent.Entry.Change.Id);

    private static T? Parse<T>(string json)
        where T : JournalEntry
    {
        try
        {
            return JournalJson.ReadEntry(json) as T;
        }
        catch (JsonException)
        {
            return null; // the next start sets it aside
        }
    }
}
