using DnsFailover.Core.Definitions;

namespace DnsFailover.Simulation;

/// <summary>8. Active endpoint down, another up and fresh, provider reachable, nothing frozen or forced: the switch is made within the bound that is printed.</summary>
internal sealed class TheSwitchIsMadeInTime(World world) : Invariant(world)
{
    public override string Name => "8 The switch is made in time";

    public override void BoundPassed(ServiceDefinition service)
    {
        if (!World.IsTroubleElsewhere(service))
        {
            Must(RightAnswer.Objection(World, service) is not { } wrong, RightAnswer.Objection(World, service) ?? string.Empty);
        }
    }

    public override void Ended()
    {
        foreach (var service in World.Configuration.Services)
        {
            if (RightAnswer.Objection(World, service) is { } wrong)
            {
                Must(false, wrong);
            }

            if (RightAnswer.NotBest(World, service) is { } worse)
            {
                Must(false, worse);
            }

            var state = World.Daemon!.State.Services[service.Name];
            Must(state.Change is null && state.Unrecorded is null, $"{service.Name}: all is quiet, and a change is still under way: {state.Change}");
        }
    }
}
