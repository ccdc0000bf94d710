using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Replay;

/// <summary>
/// The drains that a drill of the service itself ended and began at one moment. No operator says them, so that they are not
/// commands: what the drill drains next takes the place of what it drained before in one step, and nothing is decided between.
/// </summary>
/// <param name="At">When.</param>
/// <param name="Service">Of which service.</param>
/// <param name="Ended">Those that ended, some of which may have ended already since their time was over.</param>
/// <param name="Begun">Those that began.</param>
internal sealed record DrillDrains(DateTimeOffset At, DnsName Service, IReadOnlyList<Override> Ended, IReadOnlyList<Override> Begun)
{
    /// <summary>True for what belongs to a drill's drains, and not to what an operator says; an operator may end one.</summary>
    public static bool IsOne(JournalEntry entry) => entry is OverrideBegan { Override.Drill: not null } or OverrideEnded { Override.Drill: not null, Actor: null };

    /// <summary>Those of a record from a time on, in order; first those that are in effect at that time.</summary>
    public static IEnumerable<DrillDrains> In(IReadOnlyList<JournalEntry> record, DateTimeOffset from)
    {
        var left = new List<Override>();
        foreach (var entry in record.Where(entry => entry.At < from))
        {
            if (((entry as OverrideBegan)?.Override ?? (entry as OverrideEnded)?.Override) is not { } said)
            {
                continue;
            }

            left.RemoveAll(other => other.Identity == said.Identity);
            if (entry is OverrideBegan && said.Until > from)
            {
                left.Add(said);
            }
        }

        var inEffect = left.Where(said => said.Drill is not null).GroupBy(said => said.Service!.Value).Select(group => new DrillDrains(from, group.Key, [], [.. group]));
        var later = record.Where(entry => entry.At >= from && IsOne(entry)).GroupBy(entry => (entry.At, Service: entry.Service!.Value))
            .Select(group => new DrillDrains(group.Key.At, group.Key.Service, [.. group.OfType<OverrideEnded>().Select(ended => ended.Override)], [.. group.OfType<OverrideBegan>().Select(began => began.Override)]));
        return inEffect.Concat(later);
    }

    /// <summary>What is in effect after it, of what was before.</summary>
    public IEnumerable<Override> After(IEnumerable<Override> before) => before
        .Where(said => !Ended.Any(ended => ended.Drill == said.Drill && ended.Identity == said.Identity) && !Begun.Any(begun => begun.Identity == said.Identity))
        .Concat(Begun);
}
