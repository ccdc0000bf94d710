using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;

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
        foreach (var fallen in effects.OfType<Effect.Record>().SelectMany(record => record.Entries).OfType<HealthChanged>().Where(change => change.To == HealthStatus.Down && change.At == now))
        {
            if (fact is ControllerEvent.Observed && World.Ledger.TallyOf(fallen.Target) is { } tally)
            {
                Must(
                    tally.FailsApart >= tally.Rule.Fall || tally.HasFailedOften,
                    $"{fallen.Target} of {fallen.Service} is Down after {tally.FailsApart} failures in a row that began {tally.Apart.TotalMilliseconds} ms apart, and its rule is {tally.Rule}");
            }
        }
    }
}
