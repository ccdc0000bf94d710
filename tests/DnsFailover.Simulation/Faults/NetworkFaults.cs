namespace DnsFailover.Simulation;

/// <summary>What can be wrong with our own network.</summary>
internal enum Outage
{
    /// <summary>Some packets get lost.</summary>
    Loss,

    /// <summary>Nothing outside is reached.</summary>
    Partition,

    /// <summary>No name is resolved.</summary>
    DeadResolver,

    /// <summary>Answers come late, and overtake each other.</summary>
    Delays,
}

/// <summary>Our own network is in trouble.</summary>
internal sealed record NetworkFails(TimeSpan At, TimeSpan Lasts, Outage Outage, double HowMuch) : Fault(At, Lasts)
{
    protected override string What => $"our network: {Outage}{(Outage is Outage.Loss or Outage.Delays ? $" {HowMuch:0.00}" : string.Empty)}";

    private TimeSpan LongestDelay => TimeSpan.FromSeconds(20 * HowMuch);

    public override void Begin(World world)
    {
        switch (Outage)
        {
            case Outage.Loss:
                world.Network.Losses.Add(HowMuch);
                break;
            case Outage.Partition:
                world.Network.Part(world.Clock.Now);
                break;
            case Outage.DeadResolver:
                world.Network.DeadResolvers++;
                break;
            case Outage.Delays:
                world.Network.Delays.Add(LongestDelay);
                break;
        }

        world.Network.LastDisturbed = world.Clock.Now;
        world.Disturb(null, World.AfterTrouble + world.ColdTime(), What);
    }

    public override void End(World world)
    {
        switch (Outage)
        {
            case Outage.Loss:
                world.Network.Losses.Remove(HowMuch);
                break;
            case Outage.Partition:
                world.Network.Join();
                break;
            case Outage.DeadResolver:
                world.Network.DeadResolvers--;
                break;
            case Outage.Delays:
                world.Network.Delays.Remove(LongestDelay);
                break;
        }

        world.Network.LastDisturbed = world.Clock.Now;
        world.Disturb(null, World.AfterTrouble + world.ColdTime() + LongestDelay, What);
    }
}
