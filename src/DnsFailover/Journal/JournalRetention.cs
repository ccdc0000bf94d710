namespace DnsFailover.Journal;

/// <summary>How much history is kept. What a restart needs is kept whatever these say.</summary>
public sealed record JournalRetention
{
    /// <summary>Older entries, and alerts that were settled longer ago, go.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The most entries, and the most settled alerts, that stay.</summary>
    public int Entries { get; init; } = 20_000;

    /// <summary>The most runs of observations that stay; a run takes about 150 bytes.</summary>
    public int Runs { get; init; } = 200_000;

    /// <summary>The most of them for one target, so that one that comes and goes does not push out the others.</summary>
    public int RunsPerTarget { get; init; } = 20_000;

    /// <summary>The most planned times that were in effect, one row for each.</summary>
    public int Planned { get; init; } = 20_000;

    /// <summary>The most alerts that wait for one channel; beyond that the oldest is given up.</summary>
    public int PendingPerChannel { get; init; } = 1000;

    /// <summary>After how many written entries what is too old is removed.</summary>
    public int PruneEvery { get; init; } = 200;
}
