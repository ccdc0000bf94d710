using DnsFailover.Core.Operations;

namespace DnsFailover.Journal;

/// <summary>A planned time as it was really in effect: not before the daemon knew of it, and no longer than failover.yaml declared it.</summary>
/// <param name="Planned">As failover.yaml said then.</param>
/// <param name="From">Since when it was in effect.</param>
/// <param name="Until">When it ended, or will end.</param>
internal sealed record PlannedSpell(Window Planned, DateTimeOffset From, DateTimeOffset Until);

/// <summary>The planned times that were taken up or ended since the last time somebody asked.</summary>
/// <param name="Changed">Each as it is now, oldest first.</param>
/// <param name="OnlyThese">
/// At the first time of a process: nothing but <see cref="Changed"/> has been in effect since <see cref="StartedAt"/>, whatever a
/// process of before had recorded. Failover.yaml may have changed while none ran.
/// </param>
/// <param name="StartedAt">When this process looked at the planned times first.</param>
internal sealed record PlannedChanges(IReadOnlyList<PlannedSpell> Changed, bool OnlyThese, DateTimeOffset StartedAt);
