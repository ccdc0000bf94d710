using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>
/// A change that the provider took, or may have taken, and did not show when it was read. Some answer reads from a copy that
/// lags behind: what then appears is our own work, and not somebody else's.
/// </summary>
internal sealed partial class ServiceTurn
{
    /// <summary>So many changes are waited for at the most.</summary>
    private const int MostDoubtful = 8;

    /// <summary>
    /// When the records that were read hold one whose outcome was "not written", it is under way again and is verified like
    /// any other, so that its outcome, its alert and its hold-down are not missing. It may have appeared while the daemon was stopped.
    /// </summary>
    /// <returns>What was to be expected: what was seen before, and this change where it has appeared.</returns>
    private NameRecords? TakeWhatIsLate(NameRecords live)
    {
        var before = Copy.Expected;
        if (Copy.Doubtful.LastOrDefault(doubtful => doubtful.Intent.Change is var change && change.IsAppliedIn(live) && !(before is null ? change.IsUntouchedIn(live) : change.IsAppliedIn(before))) is not { } late)
        {
            return before;
        }

        PutBack(late);
        StartVerification(late);
        var changed = late.Intent.Change;
        return before is null ? null : NameRecords.Create(Name, before.Sets.Where(set => changed.Changes.All(item => item.After.Type != set.Type)).Concat(changed.Changes.Select(item => live[item.After.Type]!))) with
        {
            Owner = live.Owner == changed.Owner ? live.Owner : before.Owner,
        };
    }

    /// <summary>The earlier change that explains what was read after this one, when it is that and nothing of this one; null when there is no such.</summary>
    private ChangeUnderWay? LateInsteadOf(ChangeUnderWay change, NameRecords live) => Copy.Doubtful.LastOrDefault(doubtful =>
        doubtful.Intent.Change is var late && late.IsAppliedIn(live) && !late.IsUntouchedIn(live)
        && (change.Intent.Change with { Changes = change.Intent.Change.Changes.Where(item => late.Changes.All(other => other.After.Type != item.After.Type)).ToValueList() }).IsUntouchedIn(live));

    /// <summary>The list with one more; what it repeats goes, since nobody can tell which of the two appears, and so does the oldest of too many.</summary>
    private static ValueList<ChangeUnderWay> WithDoubtful(ValueList<ChangeUnderWay> doubtful, ChangeUnderWay newest) =>
        doubtful.Where(known => !known.Intent.Change.Changes.Equals(newest.Intent.Change.Changes)).Append(newest).TakeLast(MostDoubtful).ToValueList();
}
