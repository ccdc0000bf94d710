namespace DnsFailover.Simulation;

/// <summary>10. Two controllers never both write a name: one that another controller has marked is left alone until <c>adopt</c> says otherwise.</summary>
internal sealed class OneControllerPerName(World world) : Invariant(world)
{
    public override string Name => "10 One controller per name";

    public override void Applying(Move move) =>
        Must(
            move.Service is not { Adopt: false } || move.Shown?.Owner is not { } owner || owner == World.Owner,
            $"{move.Apply.Name} is written at {move.Apply.Provider}, which showed that it belongs to the controller '{move.Shown?.Owner}'");
}
