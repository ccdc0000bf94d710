using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What becomes of entries and alerts that could not be made durable.</summary>
internal static class UnrecordedEntries
{
    /// <summary>How many of each are kept at the most; the oldest go first.</summary>
    private const int Most = 200;

    /// <summary>How long it takes until the journal is tried again, when nothing new is to be recorded earlier.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Puts what failed now behind what failed before. Intents are dropped: the write behind them was not made, and
    /// it is decided again.
    /// </summary>
    public static Effect.Record Keep(DnsName? service, Effect.Record? before, ControllerEvent.JournalFailed failed) => new(
        service,
        (before?.Entries ?? []).Concat(failed.Entries.Where(entry => entry is not IntentRecorded)).TakeLast(Most).ToValueList(),
        (before?.Alerts ?? []).Concat(failed.Alerts).TakeLast(Most).ToValueList());
}
