using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Replay;

/// <summary>How long writing and verifying took, as the record has it.</summary>
internal sealed class RecordedDurations
{
    /// <summary>What is decided so much later or earlier is another change.</summary>
    private static readonly TimeSpan Farthest = TimeSpan.FromMinutes(1);

    /// <summary>When the record has none at all.</summary>
    private static readonly TimeSpan Unknown = TimeSpan.FromMilliseconds(50);

    private readonly List<(IntentRecorded Intent, SwitchTimings Timings)> _changes = [];

    /// <summary>Of a record.</summary>
    public RecordedDurations(IReadOnlyList<JournalEntry> record)
    {
        var intents = new Dictionary<(DnsName?, string, long), IntentRecorded>();
        foreach (var entry in record)
        {
            if (entry is IntentRecorded intent)
            {
                intents[(intent.Service, intent.Provider, intent.Change.Id)] = intent;
            }
            else if (entry is OutcomeRecorded { Timings: { } timings } outcome && intents.TryGetValue((outcome.Service, outcome.Provider, outcome.ChangeId), out var written))
            {
                _changes.Add((written, timings));
            }
        }

        Usual = (Median(_changes.Select(change => change.Timings.Write)), Median(_changes.Select(change => change.Timings.Verification).OfType<TimeSpan>()));
    }

    /// <summary>What is usual.</summary>
    public (TimeSpan Write, TimeSpan Verify) Usual { get; }

    /// <summary>Of a change that is made at a time: what it took when it was made then, else what is usual.</summary>
    public (TimeSpan Write, TimeSpan Verify) Of(string provider, ChangeSet change, DateTimeOffset at)
    {
        var timings = _changes.Where(known => known.Intent.Change.Name == change.Name && (known.Intent.Provider.Length == 0 || known.Intent.Provider == provider)
                && (known.Intent.At - at).Duration() <= Farthest && RecordedSwitch.LeadWhere(known.Intent.Change, change))
            .OrderBy(known => (known.Intent.At - at).Duration()).Select(known => known.Timings).FirstOrDefault();
        return (timings?.Write ?? Usual.Write, timings?.Verification ?? Usual.Verify);
    }

    private static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return sorted.Count == 0 ? Unknown : sorted[sorted.Count / 2];
    }
}
