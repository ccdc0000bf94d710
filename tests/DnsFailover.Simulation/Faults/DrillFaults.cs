using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>A drill is asked for, by an operator or by the schedule.</summary>
internal sealed record DrillIsAsked(TimeSpan At, DnsName Service, bool Live, string? Endpoint, bool IsScheduled) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"{(IsScheduled ? "the schedule" : "an operator")} asks for a {(Live ? "live " : string.Empty)}drill of {Service}{(Endpoint is null ? string.Empty : $" to {Endpoint}")}";

    public override void Begin(World world) => world.Drills.Ask(Service, Live, Endpoint, IsScheduled ? null : "alice");
}

/// <summary>A time for live drills is planned.</summary>
internal sealed record DrillWindowIsPlanned(TimeSpan At, DnsName Service, TimeSpan For) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"live drills of {Service} may be made for {For.TotalSeconds} s";

    public override void Begin(World world) => world.Plan(world.Configuration.Windows.Where(known => known.Until > world.DaemonNow)
        .Append(new Window(WindowKind.Drill, Service, Endpoint: null, world.DaemonNow, world.DaemonNow + For, "the monthly drill")).ToValueList());
}

/// <summary>The process dies before the effect of this number of those that the next drill has.</summary>
internal sealed record CrashInADrill(TimeSpan At, int BeforeEffect, TimeSpan Downtime) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"the process dies before effect {BeforeEffect} of a drill, and starts again after {Downtime.TotalSeconds} s";

    public override void Begin(World world)
    {
        if (world.IsRunning)
        {
            world.RestartsAfter = Downtime;
            world.Daemon!.DiesInDrill = BeforeEffect;
        }
    }
}

/// <summary>Somebody else writes a canary.</summary>
internal sealed record SomebodyMeddlesWithACanary(TimeSpan At, DnsName Service, string Provider, RecordType Type, Meddling How, int Which) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"somebody changes the canary of {Service} {Type} at {Provider}: {How} {Which}";

    public override void Begin(World world)
    {
        if (world.Configuration.Services.FirstOrDefault(service => service.Name == Service) is { } service && DrillRule.CanaryOf(service) is { } canary
            && service.Targets.Select(pair => pair.Target).Where(target => target.Type == Type).ToList() is { Count: > 0 } targets)
        {
            var provider = world.Providers[Provider];
            provider.Set(SomebodyMeddles.Meddled(provider.Of(canary), service, targets, How, Which));
            world.Drills.Meddled.Add((canary, Provider));
        }
    }
}
