namespace DnsFailover.Simulation;

/// <summary>1. No answer is ever empty, and no write ever removes the last value of a name.</summary>
internal sealed class NoAnswerIsEmpty(World world) : Invariant(world)
{
    public override string Name => "1 No answer is ever empty";

    public override void Applying(Move move)
    {
        foreach (var change in move.Changes)
        {
            Must(change.After.Values.Count > 0, $"{move.Apply.Name} {change.After.Type} would have no value");
        }
    }

    public override void Committed(Commit commit, Provider provider)
    {
        foreach (var set in commit.Written.Before.Sets)
        {
            Must(commit.Written.After[set.Type] is { Values.Count: > 0 }, $"{commit.Apply.Name} had {set} and now has no {set.Type} record");
        }
    }
}
