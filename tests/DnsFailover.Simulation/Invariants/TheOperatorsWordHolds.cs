using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;

namespace DnsFailover.Simulation;

/// <summary>What an operator was told to be in effect is in effect until it ends, across restarts too: no write goes against it.</summary>
internal sealed class TheOperatorsWordHolds(World world) : Invariant(world)
{
    public override string Name => "The operator's word holds";

    public override void Applying(Move move)
    {
        if (move.Service is not { } service)
        {
            return;
        }

        var orders = World.Operators.Holding.Where(said => said.Service is null || said.Service == service.Name).ToList();
        var force = orders.Find(said => said.Kind == OverrideKind.Force);
        Must(!orders.Exists(said => said.Kind == OverrideKind.Freeze), $"{service.Name} is frozen, and change {move.Apply.Change.Id} is written");
        Must(force is not null || !World.Operators.Planned(service.Name).Any(window => window.Endpoint is null), $"{service.Name} is under maintenance, and change {move.Apply.Change.Id} is written");
        if (move.Intent is { Follows: true })
        {
            return;
        }

        foreach (var change in move.Changes.Where(Move.MovesTraffic))
        {
            var targets = move.TargetsOf(change.After.Type).ToList();
            if (force is not null)
            {
                Must(!targets.Exists(target => target.Endpoint == force.Endpoint) || move.Added(change).All(target => target.Endpoint == force.Endpoint), $"{service.Name} is forced to {force.Endpoint}, and {change} is written");
                continue;
            }

            // A drill is no reason to keep traffic from anything once what has it instead is down.
            var isOvertaken = move.Removed(change).Any(World.Ledger.MayBeDown);
            var drained = orders.Where(said => said.Kind == OverrideKind.Drain && !(isOvertaken && said.Drill is not null)).Select(said => said.Endpoint).Concat(World.Operators.Planned(service.Name).Select(window => window.Endpoint)).ToHashSet(StringComparer.Ordinal);
            var isLastResort = targets.TrueForAll(target => drained.Contains(target.Endpoint) || World.Ledger.MayBeDown(target));
            Must(isLastResort || !move.Added(change).Any(target => drained.Contains(target.Endpoint)), $"{service.Name} sends traffic to a drained endpoint, and others work: {change}");
        }
    }

    public override void Durable(Effect.Record record)
    {
        foreach (var ended in record.Entries.OfType<OverrideEnded>())
        {
            Must(ended.Actor is not null || ended.Override.Drill is not null || ended.Override.Kind == OverrideKind.Approve || ended.Override.Until <= World.DaemonNow, $"it is over before its time, and nobody said so: {ended.Sentence}");
        }
    }

    public override void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is null)
        {
            foreach (var said in World.Operators.Holding.Where(said => said.Drill is null))
            {
                Must(after.Overrides.Any(known => known.Identity == said.Identity && known.Until == said.Until), $"a restart has forgotten: {said.Describe()}");
            }
        }
    }
}
