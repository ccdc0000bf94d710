using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>
/// A change that the provider took, or may have taken, and did not show when it was read. Some answer reads from a copy that
/// lags behind: what then appears is our own work, and not somebody else's.
/// </summary>
internal sealed partial class ServiceTurn
{
    /// <summary>
    /// When the records that were read hold a change whose outcome was "not written", it is under way again and is verified like
    /// any other, so that its outcome, its alert and its hold-down are not missing. It may have appeared while the daemon was stopped.
    /// </summary>
    /// <returns>What was to be expected: what was seen before, and this change where it has appeared.</returns>
    private NameRecords? TakeWhatIsLate(NameRecords live)
    {
        if (Copy is not { Doubtful: { } late, Expected: var before } || late.Intent.Change is not { } change || !change.IsAppliedIn(live) || (before is null ? change.IsUntouchedIn(live) : change.IsAppliedIn(before)))
        {
            return Copy.Expected;
        }

        PutBack(late);
        StartVerification(late);
        return before is null ? null : NameRecords.Create(Name, before.Sets.Where(set => change.Changes.All(item => item.After.Type != set.Type)).Concat(change.Changes.Select(item => live[item.After.Type]!))) with
        {
            Owner = live.Owner == change.Owner ? live.Owner : before.Owner,
        };
    }
}
