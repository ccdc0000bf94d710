using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Journal;

/// <summary>Observations of one target that followed each other evenly with the same verdict, as they are kept: a day of passes is one row.</summary>
internal sealed record ObservationRun
{
    /// <summary>What was probed.</summary>
    public required TargetId Target { get; init; }

    /// <summary>What each of them found.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>True for probes of the schedule, false for confirmations and proofs.</summary>
    public required bool IsScheduled { get; init; }

    /// <summary>When the first probe began.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>When the last probe began.</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>How many there were.</summary>
    public int Count { get; init; } = 1;

    /// <summary>How long the fastest took.</summary>
    public required TimeSpan Fastest { get; init; }

    /// <summary>How long the slowest took.</summary>
    public required TimeSpan Slowest { get; init; }

    /// <summary>The interval that failover.yaml gave for the schedule then; zero when it was not known.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The sentence of the newest.</summary>
    public required string Reason { get; init; }

    /// <summary>From one probe to the next, on average; zero for a single one.</summary>
    public TimeSpan Step => Count > 1 ? (Last - First) / (Count - 1) : TimeSpan.Zero;

    /// <summary>When each of them began.</summary>
    public IEnumerable<DateTimeOffset> Starts => Enumerable.Range(0, Count).Select(index => First + (Step * index));

    /// <summary>When the newest that began by then began; null when none did.</summary>
    public DateTimeOffset? NewestBy(DateTimeOffset at) =>
        at < First ? null : at >= Last || Count == 1 ? (at >= Last ? Last : First) : First + (Step * Math.Floor((at - First) / Step));
}
