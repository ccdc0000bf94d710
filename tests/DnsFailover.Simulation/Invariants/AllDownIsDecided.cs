using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>4. When everything is down, onAllDown decides; its default keeps the last answer.</summary>
internal sealed class AllDownIsDecided(World world) : Invariant(world)
{
    public override string Name => "4 onAllDown decides";

    public override void Applying(Move move)
    {
        if (move.Service is not { } service || move.Intent is not { Follows: false } intent || intent.Decision == DecisionKind.Forced || World.Operators.Holds(service.Name))
        {
            return;
        }

        foreach (var change in move.Changes.Where(Move.MovesTraffic))
        {
            if (!World.Ledger.AreSurelyAllDown(service, change.After.Type) || IsPuttingBack(move))
            {
                continue;
            }

            Must(service.OnAllDown != OnAllDown.Keep, $"{move.Apply.Name}: everything is down, onAllDown is keep, and {change} is written");
            var best = service.Endpoints.Min(endpoint => endpoint.Priority);
            foreach (var (endpoint, target) in service.Targets.Where(pair => pair.Target.Type == change.After.Type))
            {
                var wanted = service.OnAllDown == OnAllDown.All || service.Policy != Policy.Failover || endpoint.Priority == best;
                var served = change.After.Values.Any(value => value.Data == target.Value);
                Must(wanted == served || change.After.Type == RecordType.CNAME, $"{move.Apply.Name}: everything is down, onAllDown is {service.OnAllDown}, and {change.After.Values} is written");
            }
        }
    }

    /// <summary>What somebody else changed may be put back at any time.</summary>
    private bool IsPuttingBack(Move move) =>
        move.Service!.OnDrift == OnDrift.Restore && World.Providers[move.Apply.Provider].MeddledAt.ContainsKey(move.Apply.Name);
}
