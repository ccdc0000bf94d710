using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Simulation;

/// <summary>Somebody edits failover.yaml. What is edited follows from what it says by then.</summary>
internal sealed record Reload(TimeSpan At, ulong Which) : Fault(At, TimeSpan.Zero)
{
    protected override string What => "failover.yaml is changed";

    public override void Begin(World world)
    {
        var dice = new Dice(Which);
        var services = world.Configuration.Services.ToList();
        var at = dice.Next(services.Count);
        switch (dice.Next(8))
        {
            case 0 when services.Count > 1:
                var left = services[at];
                services.RemoveAt(at);
                world.Agenda.After(dice.Seconds(0.5, 50), () => ComeBack(world, left));
                break;
            case 1:
                services[at] = services[at] with { OnDrift = (OnDrift)dice.Next(3) };
                break;
            case 2:
                services[at] = services[at] with { MinActiveTime = TimeSpan.FromSeconds(dice.Between(1, 12) * 10) };
                break;
            case 3 when services[at].AlsoAt.Count > 0:
                services[at] = services[at] with { Provider = services[at].AlsoAt[0], AlsoAt = services[at].AlsoAt.Skip(1).Append(services[at].Provider).ToValueList() };
                break;
            case 4 when services[at].Endpoints.Count > 2:
                services[at] = services[at] with { Endpoints = services[at].Endpoints.Where((_, index) => index > 0).ToValueList() };
                break;
            case 5:
                var gone = dice.Next(services[at].Endpoints.Count);
                services[at] = services[at] with { Endpoints = services[at].Endpoints.Select((endpoint, index) => index == gone ? endpoint with { Rule = new HealthRule(dice.Between(1, 3), dice.Between(1, 4)) } : endpoint).ToValueList() };
                break;
            case 6:
                var order = services[at].Endpoints.Select(endpoint => endpoint.Priority).Reverse().ToList();
                services[at] = services[at] with { Endpoints = services[at].Endpoints.Select((endpoint, index) => endpoint with { Priority = order[index] }).ToValueList() };
                break;
            default:
                var changed = dice.Next(services[at].Endpoints.Count);
                services[at] = services[at] with { Endpoints = services[at].Endpoints.Select((endpoint, index) => index == changed ? endpoint with { CheckFingerprint = $"{endpoint.CheckFingerprint} {dice.Next(1000)}" } : endpoint).ToValueList() };
                break;
        }

        world.Reconfigure(world.Configuration with { Services = services.ToValueList() }, "failover.yaml is in effect");
    }

    private static void ComeBack(World world, ServiceDefinition left)
    {
        if (world.Configuration.Services.All(service => service.Name != left.Name))
        {
            world.Reconfigure(world.Configuration with { Services = world.Configuration.Services.Append(world.FaultsAreOver ? World.InPeace(left, OnDrift.Alert) : left).ToValueList() }, "what was left out is back");
        }
    }
}

/// <summary>What somebody saved is not valid.</summary>
internal sealed record BadReload(TimeSpan At, string Complaint) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"failover.yaml is not valid: {Complaint}";

    public override void Begin(World world)
    {
        if (world.IsRunning)
        {
            world.Daemon!.Post(TimeSpan.Zero, new ControllerEvent.ConfigurationRejected(Complaint));
        }
    }
}
