using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>An address of an endpoint, or all of its addresses, are in trouble.</summary>
internal sealed record EndpointFails(TimeSpan At, TimeSpan Lasts, DnsName Service, string Endpoint, RecordType? Type, Ailment Ailment, TimeSpan Period) : Fault(At, Lasts)
{
    protected override string What => $"{Endpoint} of {Service}{(Type is { } type ? $" ({type} only)" : string.Empty)}: {Ailment}{(Ailment == Ailment.Flapping ? $" every {Period.TotalSeconds} s" : string.Empty)}";

    public override void Begin(World world) => Change(world, reality => reality.Begin(Ailment, Period));

    public override void End(World world) => Change(world, reality => reality.End(Ailment, Period));

    private void Change(World world, Action<Reality> act)
    {
        // Also where a reload has taken the endpoint away meanwhile: it may come back.
        foreach (var reality in world.Endpoints.Known.Where(reality => reality.Target.Service == Service && reality.Target.Endpoint == Endpoint && (Type is null || reality.Target.Type == Type)).ToList())
        {
            act(reality);
        }

        if (world.Configuration.Services.FirstOrDefault(service => service.Name == Service) is { } service)
        {
            world.Disturb(Service, service.Endpoints.Max(World.RiseTime), What);
        }
    }
}

/// <summary>Everything at one vendor fails at once.</summary>
internal sealed record VendorFails(TimeSpan At, TimeSpan Lasts, string Vendor) : Fault(At, Lasts)
{
    protected override string What => $"everything at {Vendor} fails";

    public override void Begin(World world) => Change(world, reality => reality.Begin(Ailment.Crashed, TimeSpan.FromSeconds(1)));

    public override void End(World world) => Change(world, reality => reality.End(Ailment.Crashed, TimeSpan.FromSeconds(1)));

    private void Change(World world, Action<Reality> act)
    {
        foreach (var reality in world.Endpoints.Known.Where(reality => reality.Vendor == Vendor).ToList())
        {
            act(reality);
        }

        foreach (var service in world.Configuration.Services)
        {
            world.Disturb(service.Name, service.Endpoints.Max(World.RiseTime), What);
        }
    }
}
