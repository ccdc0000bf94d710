using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>
/// A canary is written as any name is: behind its durable intent and on condition of what was shown, one change at a time, with nothing
/// but what the service's endpoints declare, and never so that it holds nothing. It leaves home only for what has passed a probe made for the drill.
/// </summary>
internal sealed class ACanaryIsWrittenWithCare(World world) : Invariant(world)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    public override string Name => "A canary is written with care";

    public override void Drilling(CanaryMove move, DateTimeOffset now)
    {
        var (apply, place) = (move.Apply, (move.Apply.Name, move.Apply.Provider));
        Must(move.Intent is not null && move.Intent.Change == apply.Change, $"change {apply.Change.Id} of {apply.Name} is sent to {apply.Provider} and its intent is not durable");
        Must(move.Began is not null, $"change {apply.Change.Id} of {apply.Name} is sent to {apply.Provider} for a drill of which the journal has no beginning, or an end");
        Must(!World.Ledger.UnderWay.ContainsKey(place), $"{apply.Name} has two changes under way at {apply.Provider}");
        Must(!World.Ledger.Ambiguous.ContainsKey(place), $"{apply.Name} is written at {apply.Provider}, where the outcome of the last change has not been found out");
        Must(move.Shown is not null && apply.Change.IsUntouchedIn(move.Shown), $"change {apply.Change.Id} of {apply.Name} is not on condition of what {apply.Provider} showed");
        Must(move.Shown?.Owner is not { } owner || owner == World.Owner, $"{apply.Name} is written at {apply.Provider}, which showed that it belongs to the controller '{move.Shown?.Owner}'");
        if (move.Service is not { } service || move.Began is not { } began)
        {
            return;
        }

        var frozen = World.Operators.Holding.Any(said => said.Kind == OverrideKind.Freeze && (said.Service is null || said.Service == service.Name)) || World.Operators.Planned(service.Name).Any(window => window.Endpoint is null);
        foreach (var change in apply.Change.Changes)
        {
            Must(change.After.Values.Count > 0, $"{apply.Name} {change.After.Type} would have no value");
            Must(change.After.Values.All(value => World.WasDeclared(service.Name, change.After.Type, value.Data)), $"{apply.Name}: {change.After.Values} is written, which no endpoint of {service.Name} declares");
            Must(change.Before?.Values.All(value => World.WasDeclared(service.Name, change.After.Type, value.Data)) != false, $"{apply.Name}: {change.Before?.Values} is replaced, which is not ours");
            var away = service.Targets.Select(pair => pair.Target).Where(target => target.Type == change.After.Type && change.After.Values.Any(value => value.Data == target.Value) && !IsHomely(began, service.Name, target)).ToList();
            Must(away.Count == 0 || !frozen, $"{service.Name} is frozen, and {apply.Name} moves to {change.After.Values}");
            Must(apply.Provider != service.Provider || away.TrueForAll(target => IsProven(target, service.Endpoints.Max(endpoint => endpoint.Timing.Timeout), now)), $"{apply.Name} moves to {change.After.Values} without a pass that was made for the drill");
        }
    }

    public override void CanaryCommitted(Effect.Apply apply, Written written)
    {
        foreach (var set in written.Before.Sets)
        {
            Must(written.After[set.Type] is { Values.Count: > 0 }, $"{apply.Name} had {set} and now has no {set.Type} record");
        }
    }

    private bool IsProven(TargetId target, TimeSpan timeout, DateTimeOffset now) =>
        World.Ledger.DrillProofsOf(target).Any(proof => now - proof.ByClock <= Lifetime + timeout || World.Clock.Now - proof.StartedAt <= Lifetime + timeout);

    /// <summary>What the service held when the drill began, or holds by now where failover.yaml was changed meanwhile.</summary>
    private bool IsHomely(Core.Journal.DrillBegan began, DnsName service, TargetId target) =>
        began.Home.Any(set => set.Type == target.Type && set.Values.Any(value => value.Data == target.Value))
        || World.Providers.Values.Any(provider => provider.Of(service)[target.Type]?.Values.Any(value => value.Data == target.Value) == true);
}
