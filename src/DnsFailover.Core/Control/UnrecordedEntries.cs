using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What becomes of entries and alerts that could not be made durable.</summary>
internal static class UnrecordedEntries
{
    /// <summary>How many of each are kept at the most.</summary>
    private const int Most = 200;

    /// <summary>How long it takes until the journal is tried again, when nothing new is to be recorded earlier.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Puts what failed now behind what failed before. Intents are dropped: the write behind them was not made, and
    /// it is decided again. When it is too much, what matters least goes first, and of that the oldest: a disk that is
    /// full for an hour loses some of the ups and downs, but no outcome, no override and no switch's alert.
    /// </summary>
    public static Effect.Record Keep(DnsName? service, Effect.Record? before, ControllerEvent.JournalFailed failed)
    {
        var entries = (before?.Entries ?? []).Concat(failed.Entries.Where(entry => entry is not IntentRecorded)).ToList();
        var alerts = (before?.Alerts ?? []).Concat(failed.Alerts).ToList();
        return new Effect.Record(service, Weightiest(entries, WeightsOf), Weightiest(alerts, all => all.ConvertAll(alert => WeightOf(alert.Kind))));
    }

    private static ValueList<T> Weightiest<T>(List<T> all, Func<List<T>, List<int>> weights) => all.Count <= Most
        ? all.ToValueList()
        : all.Zip(weights(all), Enumerable.Range(0, all.Count)).OrderBy(item => item.Second).ThenBy(item => item.Third).Skip(all.Count - Most).OrderBy(item => item.Third).Select(item => item.First).ToValueList();

    /// <summary>What cannot be found out again, then what a restart needs (the newest of each key), then the rest.</summary>
    private static List<int> WeightsOf(List<JournalEntry> entries)
    {
        var newest = entries.Where(entry => entry.Key is not null).GroupBy(entry => entry.Key, StringComparer.Ordinal).Select(group => group.Last()).ToHashSet<object>(ReferenceEqualityComparer.Instance);
        return entries.ConvertAll(entry => entry is OutcomeRecorded or OverrideBegan or OverrideEnded ? 2 : newest.Contains(entry) ? 1 : 0);
    }

    private static int WeightOf(AlertKind kind) => kind is AlertKind.Failover or AlertKind.Failback or AlertKind.Shift or AlertKind.Unverified or AlertKind.Override ? 1 : 0;
}
