namespace DnsFailover.Simulation;

/// <summary>The process dies before the effect of this number, counted from now, and is started again.</summary>
internal sealed record Crash(TimeSpan At, int BeforeEffect, TimeSpan Downtime) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"the process dies before effect {BeforeEffect} from now, and starts again after {Downtime.TotalSeconds} s";

    public override void Begin(World world)
    {
        if (world.IsRunning)
        {
            world.RestartsAfter = Downtime;
            world.Daemon!.DiesAfter = BeforeEffect;
        }
    }
}

/// <summary>The wall clock is set.</summary>
internal sealed record ClockJumps(TimeSpan At, TimeSpan By) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"the clock is set {(By < TimeSpan.Zero ? "back" : "forward")} by {By.Duration().TotalSeconds} s";

    public override void Begin(World world)
    {
        world.Clock.Skew += By;
        world.Disturb(null, World.AfterTrouble, What);
        if (world.IsRunning)
        {
            world.Daemon!.ClockWasSet();
        }
    }
}

/// <summary>What can be wrong with the disk.</summary>
internal enum DiskTrouble
{
    Full,
    Slow,

    /// <summary>The journal throws what it should not.</summary>
    Defect,
}

/// <summary>The disk is in trouble.</summary>
internal sealed record DiskFails(TimeSpan At, TimeSpan Lasts, DiskTrouble Trouble) : Fault(At, Lasts)
{
    protected override string What => $"the disk: {Trouble}";

    public override void Begin(World world) => Change(world, 1);

    public override void End(World world) => Change(world, -1);

    private void Change(World world, int by)
    {
        switch (Trouble)
        {
            case DiskTrouble.Full:
                world.Disk.Full += by;
                break;
            case DiskTrouble.Slow:
                world.Disk.Slow += by;
                break;
            case DiskTrouble.Defect:
                world.Disk.Defects += by;
                break;
        }

        world.Disturb(null, TimeSpan.FromSeconds(30), What);
    }
}
