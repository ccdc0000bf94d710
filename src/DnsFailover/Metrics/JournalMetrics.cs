using System.Diagnostics.Metrics;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Journal;

namespace DnsFailover.Metrics;

/// <summary>
/// What the daemon decided, refused and changed. It counts what becomes durable, on its way into the journal: so each fact is counted
/// once, however often it was tried to record it.
/// </summary>
internal sealed class JournalMetrics : IJournal
{
    private static readonly MetricLabel Kind = new("kind", "failover, failback, shift, forced");

    private static readonly double[] Times = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600];

    /// <summary>Decisions that are carried out.</summary>
    public static readonly MetricDefinition Decisions = new(
        "dnsfailover.decisions", MetricKind.Counter, null, "Decisions to change records, at the time they became durable and before anything was written.", Labels.Service, Kind);

    /// <summary>Decisions that are held back.</summary>
    public static readonly MetricDefinition Refusals = new(
        "dnsfailover.refusals", MetricKind.Counter, null, "Changes that were wanted and held back, once per cause while it lasts.", Labels.Service, new MetricLabel("reason", string.Join(", ", ConditionWords.All)));

    /// <summary>Change sets and how they ended.</summary>
    public static readonly MetricDefinition Changes = new(
        "dnsfailover.changes", MetricKind.Counter, null, "Change sets that ended, by outcome.", Labels.Service, Labels.Provider, new MetricLabel("outcome", string.Join(", ", ProbeMetrics.Words<ChangeResult>())));

    /// <summary>Switches of traffic.</summary>
    public static readonly MetricDefinition Switches = new(
        "dnsfailover.switches", MetricKind.Counter, null, "Switches that were written: traffic changed sides.", Labels.Service, Kind);

    /// <summary>From the first failure to the verdict.</summary>
    public static readonly MetricDefinition Detection = new(
        "dnsfailover.switch.detection", MetricKind.Histogram, "s", "From the first failed observation to the verdict Down, of changes that were written because of it.", Kind)
    { Buckets = Times };

    /// <summary>From the verdict to the intent.</summary>
    public static readonly MetricDefinition Deciding = new(
        "dnsfailover.switch.decision", MetricKind.Histogram, "s", "From the verdict to the durable intent, with the fresh probe and the read of the live records.", Kind)
    { Buckets = Times };

    /// <summary>From the intent to the provider's word.</summary>
    public static readonly MetricDefinition Write = new(
        "dnsfailover.switch.write", MetricKind.Histogram, "s", "From the durable intent to the provider's word that it is written.", Kind)
    { Buckets = Times };

    /// <summary>From there to the last name server.</summary>
    public static readonly MetricDefinition Verification = new(
        "dnsfailover.switch.verification", MetricKind.Histogram, "s", "From the provider's word to the last authoritative server answering it.", Kind)
    { Buckets = Times };

    /// <summary>Drills and how they ended.</summary>
    public static readonly MetricDefinition Drills = new(
        "dnsfailover.drills", MetricKind.Counter, null, "Drills that ended, by result; refused are those that the schedule asked for.", Labels.Service, new MetricLabel("result", string.Join(", ", ProbeMetrics.Words<DrillResult>())));

    /// <summary>Whether the disk takes it.</summary>
    public static readonly MetricDefinition Writes = new(
        "dnsfailover.journal.writes", MetricKind.Counter, null, "Writes to the journal; while they fail, nothing is written at a provider.", new MetricLabel("outcome", "ok, failed"));

    private readonly IJournal _journal;
    private readonly Func<Declared> _declared;
    private readonly Action<IntentRecorded, OutcomeRecorded> _ended;
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _changes;
    private readonly Counter<long> _switches;
    private readonly Histogram<double> _detection;
    private readonly Histogram<double> _deciding;
    private readonly Histogram<double> _write;
    private readonly Histogram<double> _verification;
    private readonly Counter<long> _drills;
    private readonly Counter<long> _writes;

    // Only touched from the control loop, which writes to the journal one record at a time, and before it starts.
    private readonly Dictionary<(string Service, string Provider), IntentRecorded> _intents = [];
    private readonly HashSet<(string Service, string Cause)> _refused = [];

    /// <summary>Makes the instruments.</summary>
    /// <param name="journal">The journal itself.</param>
    /// <param name="meter">Gets them.</param>
    /// <param name="declared">What is declared now.</param>
    /// <param name="ended">Is told each change that ended, with its intent.</param>
    public JournalMetrics(IJournal journal, DaemonMeter meter, Func<Declared> declared, Action<IntentRecorded, OutcomeRecorded> ended)
    {
        (_journal, _declared, _ended) = (journal, declared, ended);
        (_decisions, _refusals, _changes, _switches, _drills, _writes) = (meter.Counter(Decisions), meter.Counter(Refusals), meter.Counter(Changes), meter.Counter(Switches), meter.Counter(Drills), meter.Counter(Writes));
        (_detection, _deciding, _write, _verification) = (meter.Histogram(Detection), meter.Histogram(Deciding), meter.Histogram(Write), meter.Histogram(Verification));
    }

    /// <summary>All that it measures.</summary>
    public static ValueList<MetricDefinition> All => [Decisions, Refusals, Changes, Switches, Detection, Deciding, Write, Verification, Drills, Writes];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<JournalEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        var entries = await _journal.ReadAsync(cancellationToken);
        foreach (var entry in entries)
        {
            Remember(entry);
        }

        return entries;
    }

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<JournalEntry> entries, IReadOnlyList<Alert> alerts, CancellationToken cancellationToken)
    {
        try
        {
            await _journal.WriteAsync(entries, alerts, cancellationToken);
        }
        catch
        {
            _writes.Add(1, new KeyValuePair<string, object?>(Writes.Labels[0].Name, "failed"));
            throw;
        }

        _writes.Add(1, new KeyValuePair<string, object?>(Writes.Labels[0].Name, "ok"));
        foreach (var entry in entries)
        {
            Count(entry);
            Remember(entry);
        }
    }

    /// <summary>Begins the series that are few at zero, for who listens now: an alert on the rate of a series that is not there yet would miss its first event.</summary>
    public void Begin()
    {
        foreach (var outcome in new[] { "ok", "failed" })
        {
            _writes.Add(0, new KeyValuePair<string, object?>(Writes.Labels[0].Name, outcome));
        }
    }

    private void Count(JournalEntry entry)
    {
        var service = entry.Service?.ToString();
        if (service is null || !_declared().HasService(service))
        {
            return;
        }

        switch (entry)
        {
            case IntentRecorded { Follows: false } intent:
                _decisions.Add(1, new(Labels.Service.Name, service), KindOf(intent));
                break;
            case ConditionRaised { Alert: AlertKind.Refused } raised when !_refused.Contains((service, raised.Cause)):
                _refusals.Add(1, new(Labels.Service.Name, service), new(Refusals.Labels[1].Name, ConditionWords.RuleOf(raised.Cause)));
                break;
            case OutcomeRecorded outcome:
                Count(service, outcome);
                break;
            case DrillEnded drill:
                _drills.Add(1, new(Labels.Service.Name, service), new(Drills.Labels[1].Name, Text.Of(drill.Report.Result)));
                break;
        }
    }

    private void Count(string service, OutcomeRecorded outcome)
    {
        if (_declared().HasProvider(outcome.Provider))
        {
            _changes.Add(1, new(Labels.Service.Name, service), new(Labels.Provider.Name, outcome.Provider), new(Changes.Labels[2].Name, Text.Of(outcome.Result)));
        }

        if (IntentOf(service, outcome) is not { } intent)
        {
            return;
        }

        if (outcome.Timings is { } timings && !intent.Follows)
        {
            var kind = KindOf(intent);
            if (intent.Switched.Count > 0)
            {
                _switches.Add(1, new(Labels.Service.Name, service), kind);
            }

            Sort(_detection, timings.Detection, kind);
            Sort(_deciding, timings.Decision, kind);
            Sort(_write, timings.Write, kind);
            Sort(_verification, timings.Verification, kind);
        }

        _ended(intent, outcome);
    }

    private IntentRecorded? IntentOf(string service, OutcomeRecorded outcome) =>
        _intents.TryGetValue((service, outcome.Provider), out var intent) && intent.Change.Id == outcome.ChangeId ? intent : null;

    private static KeyValuePair<string, object?> KindOf(IntentRecorded intent) => new(Kind.Name, intent.Decision switch
    {
        DecisionKind.Failover => "failover",
        DecisionKind.Failback => "failback",
        DecisionKind.Forced => "forced",
        _ => "shift",
    });

    private static void Sort(Histogram<double> histogram, TimeSpan? took, KeyValuePair<string, object?> kind)
    {
        if (took is { } time)
        {
            histogram.Record(Math.Max(0, time.TotalSeconds), kind);
        }
    }

    /// <summary>
    /// The last change of each, also after its outcome: one that was taken for not written may appear late, and then has another. A
    /// restart reads it from the journal.
    /// </summary>
    private void Remember(JournalEntry entry)
    {
        var service = entry.Service?.ToString() ?? string.Empty;
        switch (entry)
        {
            case IntentRecorded intent:
                _intents[(service, intent.Provider)] = intent;
                break;
            case ConditionRaised { Alert: AlertKind.Refused } raised:
                _refused.Add((service, raised.Cause));
                break;
            case ConditionCleared cleared:
                _refused.Remove((service, cleared.Cause));
                break;
        }
    }
}
