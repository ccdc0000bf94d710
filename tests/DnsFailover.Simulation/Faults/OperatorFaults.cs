using DnsFailover.Core;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>An operator says something; perhaps it is taken back before its time.</summary>
internal sealed record OperatorSays(TimeSpan At, TimeSpan Lasts, OverrideKind Kind, DnsName? Service, string? Endpoint, TimeSpan For) : Fault(At, Lasts)
{
    protected override string What => $"an operator says {Kind} {Service?.ToString() ?? "everything"} {Endpoint} for {For.TotalSeconds} s";

    public override void Begin(World world) =>
        world.Operators.Say(new OperatorCommand.Begin(new Override(Kind, Service, Endpoint, "a rehearsal", "alice", world.DaemonNow, world.DaemonNow + For)));

    public override void End(World world) => world.Operators.Say(new OperatorCommand.End(Kind, Service, Endpoint, "it is done", "alice"));
}

/// <summary>Maintenance is planned, for an endpoint or for a whole service.</summary>
internal sealed record MaintenanceIsPlanned(TimeSpan At, DnsName Service, string? Endpoint, TimeSpan In, TimeSpan For) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"maintenance of {Service} {Endpoint} is planned in {In.TotalSeconds} s for {For.TotalSeconds} s";

    public override void Begin(World world)
    {
        var from = world.DaemonNow + In;
        var window = new Window(WindowKind.Maintenance, Service, Endpoint, from, from + For, "a new kernel");
        world.Disturb(Service, In, What);
        world.Disturb(Service, In + For + World.AfterTrouble, What);
        world.Plan(world.Configuration.Windows.Where(known => known.Until > world.DaemonNow).Append(window).ToValueList());
    }
}
