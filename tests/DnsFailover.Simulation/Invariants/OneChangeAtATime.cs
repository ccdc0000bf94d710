namespace DnsFailover.Simulation;

/// <summary>
/// 5. One change in flight per name and provider, behind its durable intent and on condition of what was shown; an ambiguous
/// outcome is resolved by a read that began later, never by writing again blind.
/// </summary>
internal sealed class OneChangeAtATime(World world) : Invariant(world)
{
    public override string Name => "5 One change at a time";

    public override void Applying(Move move)
    {
        var place = (move.Apply.Name, move.Apply.Provider);
        Must(move.Intent is not null, $"change {move.Apply.Change.Id} of {move.Apply.Name} is sent to {move.Apply.Provider} and its intent is not durable");
        Must(move.Intent is null || move.Intent.Change == move.Apply.Change, $"change {move.Apply.Change.Id} of {move.Apply.Name} is not what its intent says");
        Must(!World.Ledger.UnderWay.ContainsKey(place), $"{move.Apply.Name} has two changes under way at {move.Apply.Provider}");
        Must(!World.Ledger.Ambiguous.ContainsKey(place), $"{move.Apply.Name} is written at {move.Apply.Provider}, where the outcome of the last change has not been found out");
        Must(move.Shown is not null, $"{move.Apply.Name} is written at {move.Apply.Provider}, which has not been read");
        Must(move.Shown is null || move.Apply.Change.IsUntouchedIn(move.Shown), $"change {move.Apply.Change.Id} of {move.Apply.Name} is not on condition of what {move.Apply.Provider} showed");
    }
}
