using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Tests.Notifications;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>An alert as the outbox holds it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="State">0 waits, 1 is delivered, 2 is given up.</param>
/// <param name="Alert">It.</param>
internal sealed record OutboxRow(long Id, long State, Alert Alert);

/// <summary>What the books of a daemon that was killed often say of one name: its journal, its outbox, and the changes that BIND saw.</summary>
internal sealed class LaneLedger
{
    /// <summary>What the clocks of two processes and the way of a probe may make of one moment.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private readonly List<JournalEntry> _journal;
    private readonly List<IntentRecorded> _intents;
    private readonly List<OutcomeRecorded> _outcomes;
    private readonly List<OutcomeRecorded> _written;
    private readonly List<Alert> _alerts;
    private readonly IReadOnlyList<ZoneChange> _zone;

    /// <summary>The books of one name.</summary>
    public LaneLedger(string name, IEnumerable<JournalEntry> journal, IEnumerable<OutboxRow> outbox, IReadOnlyList<ZoneChange> zone)
    {
        var service = DnsName.Parse(name);
        _journal = [.. journal.Where(entry => entry.Service == service)];
        _intents = [.. _journal.OfType<IntentRecorded>()];
        _outcomes = [.. _journal.OfType<OutcomeRecorded>()];
        _written = _outcomes.FindAll(outcome => outcome.Result is ChangeResult.Verified or ChangeResult.Unverified);
        _alerts = [.. outbox.Select(row => row.Alert).Where(alert => alert.Service == service)];
        _zone = zone;
    }

    /// <summary>How often the name was moved.</summary>
    public int Switches => _written.Count;

    /// <summary>Every alert that the outbox holds.</summary>
    public static List<OutboxRow> Outbox(string data)
    {
        using var connection = JournalSchema.Connect(Database(data));
        return JournalSchema.Query(connection, "SELECT id, state, json FROM outbox ORDER BY id", row => new OutboxRow(row.GetInt64(0), row.GetInt64(1), JournalJson.ReadAlert(row.GetString(2))));
    }

    /// <summary>Whether every change has an outcome and every alert is delivered; asked also while the daemon runs.</summary>
    public static bool IsQuiet(string data)
    {
        using var connection = JournalSchema.Connect(Database(data));
        return (long)JournalSchema.Scalar(connection, "SELECT count(*) FROM outbox WHERE state = 0")! == 0
            && (long)JournalSchema.Scalar(connection, "SELECT count(*) FROM entries WHERE kind = 'intent'")! == (long)JournalSchema.Scalar(connection, "SELECT count(*) FROM entries WHERE kind = 'outcome'")!;
    }

    /// <summary>What is in the outbox arrived, and nothing arrived that is not in it.</summary>
    public static void AssertDelivered(IReadOnlyList<OutboxRow> outbox, IReadOnlyList<ReceivedRequest> requests)
    {
        Assert.All(outbox, row => Assert.Equal(1, row.State));
        Assert.Equal(outbox.Select(row => row.Id), requests.Select(request => request.Json.GetProperty("id").GetInt64()).Distinct().Order());
    }

    /// <summary>What BIND saw is what the journal says, change by change; nothing was ever taken away without something in its place.</summary>
    public void AssertEveryChangeIsJournalled(string first)
    {
        Assert.All(_zone, change => Assert.True(change is { Deleted.Count: 1, Added.Count: 1 }, $"an update that is no exchange: {change}"));
        Assert.Equal(_zone.Select(change => change.Deleted[0]), _zone.Select(change => change.Added[0]).Prepend($"42 {first}").SkipLast(1));
        Assert.Equal(
            _zone.Select(change => $"{change.Deleted[0]} to {change.Added[0]}"),
            _written.Select(IntentOf).Select(intent => $"42 {Value(intent.Change.Changes.Single().Before)} to 42 {Value(intent.Change.Changes.Single().After)}"));
        Assert.All(_intents, intent => Assert.Single(_outcomes, outcome => outcome.ChangeId == intent.Change.Id));
        Assert.All(_outcomes, outcome => Assert.True(_journal.IndexOf(IntentOf(outcome)) < _journal.IndexOf(outcome), $"{outcome.Sentence} stands before its intent"));
    }

    /// <summary>Each change that was written is told once, with the moment of its outcome; nothing else is told as one.</summary>
    public void AssertEverySwitchIsTold() => Assert.Equal(
        _written.Select(outcome => $"{outcome.At:O} {IntentOf(outcome).From} to {IntentOf(outcome).To}"),
        _alerts.Where(alert => alert.Timings is not null).Select(alert => $"{alert.At:O} {alert.From} to {alert.To}"));

    /// <summary>A standby that went down, and was journalled as told, is told: an alert lives as long as the entry that it belongs to.</summary>
    public void AssertLostRedundancyIsTold(string first)
    {
        var (current, open, allDown) = (first, false, false);
        foreach (var entry in _journal)
        {
            switch (entry)
            {
                case IntentRecorded:
                    open = true;
                    break;
                case OutcomeRecorded outcome:
                    open = false;
                    current = _written.Contains(outcome) ? Value(IntentOf(outcome).Change.Changes.Single().After) : current;
                    break;
                case ConditionRaised { Alert: AlertKind.AllDown }:
                    allDown = true;
                    break;
                case ConditionCleared cleared when cleared.Cause.StartsWith("all-down:", StringComparison.Ordinal):
                    allDown = false;
                    break;

                // That of the endpoint which is served is told by its switch, and the last one by "all down".
                case ConditionRaised { Told: true, IsOfTarget: true } raised when !open && !allDown && !raised.Cause.EndsWith($":{current}", StringComparison.Ordinal)
                    && !_journal.OfType<ConditionRaised>().Any(other => other.Alert == AlertKind.AllDown && other.At == raised.At):
                    Assert.Single(_alerts, alert => alert.Kind == AlertKind.RedundancyLost && alert.At == raised.At && alert.Reason == raised.Reason);
                    break;
            }
        }
    }

    /// <summary>No number was given twice.</summary>
    public void AssertNumbersGrow()
    {
        var numbers = _intents.ConvertAll(intent => intent.Change.Id);
        Assert.Equal(numbers.Distinct().Order(), numbers);
    }

    /// <summary>From one switch to the next at least the hold-down passed, whoever was killed in between.</summary>
    public void AssertHoldDown(TimeSpan minActiveTime)
    {
        foreach (var intent in _intents.Where(intent => intent.Decision is DecisionKind.Failover or DecisionKind.Failback))
        {
            if (_journal.Take(_journal.IndexOf(intent)).OfType<OutcomeRecorded>().LastOrDefault(_written.Contains) is { } last)
            {
                var passed = intent.At - Assert.Single(last.HoldDowns).SwitchedAt;
                Assert.True(passed >= minActiveTime, $"the switch before was {passed} ago, and minActiveTime is {minActiveTime}: {intent.Sentence}");
            }
        }
    }

    /// <summary>What it failed over from did fail then.</summary>
    public void AssertReasonsAreTrue(IReadOnlyList<FickleEndpoint> endpoints)
    {
        // A busy machine may see a timeout where nothing failed; a refused connection or a 503 it does not make up.
        foreach (var intent in _intents.Where(intent => intent.Decision == DecisionKind.Failover && (intent.Reason.Contains("refused", StringComparison.Ordinal) || intent.Reason.Contains("503", StringComparison.Ordinal))))
        {
            var from = endpoints.Single(endpoint => endpoint.Address == Value(intent.Change.Changes.Single().Before));
            Assert.True(from.FailedWithin(intent.FirstFailureAt!.Value - Slack, intent.VerdictAt + Slack), $"it had not failed: {intent.Sentence}");
        }
    }

    /// <summary>How many changes were under way when the daemon was killed.</summary>
    public int Interrupted(IReadOnlyList<DateTimeOffset> killedAt) => _outcomes.Count(outcome => killedAt.Any(kill => kill > IntentOf(outcome).At && kill < outcome.At));

    private static string Database(string data) => Path.Combine(data, "journal.db");

    private static string Value(RecordSet? set) => Assert.Single(set!.Values).Data;

    private IntentRecorded IntentOf(OutcomeRecorded outcome) => Assert.Single(_intents, intent => intent.Change.Id == outcome.ChangeId);
}
