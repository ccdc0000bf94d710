using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Simulation;

/// <summary>
/// Probes may overlap, be late and be suspected early: Down still needs <c>fall</c> failures whose probes began after the newest pass
/// did, and as far apart as confirmations are, unless so many of the last few failed.
/// </summary>
internal sealed class AVerdictNeedsItsFailures(World world) : Invariant(world)
{
    public override string Name => "13 A verdict needs its failures";

    public override void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        // An entry alone says little: one that could not be made durable comes again with a later step.
        if (fact is ControllerEvent.Observed { Observation.Target: var target } && StatusIn(before, target) != HealthStatus.Down && StatusIn(after, target) == HealthStatus.Down && World.Ledger.TallyOf(target) is { } tally)
        {
            Must(
                tally.FailsApart >= tally.Rule.Fall || tally.HasFailedOften,
                $"{target} of {target.Service} is Down after {tally.FailsApart} failures in a row that began {tally.Apart.TotalMilliseconds} ms apart, and its rule is {tally.Rule}");
        }
    }

    private static HealthStatus? StatusIn(ControllerState? state, TargetId target) =>
        state?.Services.GetValueOrDefault(target.Service)?.Health.TryGetValue(target, out var health) == true ? health.Status : null;
}
