using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Journal;

namespace DnsFailover.Simulation;

/// <summary>12. A secret never reaches the journal, an alert or a reason: one is planted in what must not be quoted.</summary>
internal sealed class SecretsStaySecret(World world) : Invariant(world)
{
    public override string Name => "12 Secrets stay secret";

    public override void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is ControllerEvent.JournalFailed failed)
        {
            Must(!failed.Reason.Contains(Secrets.Planted, StringComparison.Ordinal), "the reason of a failed record quotes a secret");
        }
    }

    public override void Durable(Effect.Record record)
    {
        foreach (var text in record.Entries.Select(entry => JournalJson.Write(entry) + entry.Sentence).Concat(record.Alerts.Select(JournalJson.Write)))
        {
            Must(!text.Contains(Secrets.Planted, StringComparison.Ordinal), $"a secret is made durable: {text}");
        }
    }
}
