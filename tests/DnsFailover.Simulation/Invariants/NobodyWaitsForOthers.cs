using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Simulation;

/// <summary>
/// 11. One bad record, provider or endpoint never delays the others: a service that nothing is wrong with keeps its bound while
/// others are in trouble. And everything has a bound: what is kept of a service does not grow.
/// </summary>
internal sealed class NobodyWaitsForOthers(World world) : Invariant(world)
{
    private const int MostKept = 400;

    /// <summary>A decision that waits for proof reads about once a second.</summary>
    private const int MostReads = 120;

    private readonly Dictionary<(Core.Records.DnsName, string), Queue<TimeSpan>> _reads = [];

    public override string Name => "11 Nobody waits for others";

    public override void BoundPassed(ServiceDefinition service)
    {
        if (World.IsTroubleElsewhere(service) && RightAnswer.Objection(World, service) is { } wrong)
        {
            Must(false, $"{wrong}, while others are in trouble");
        }
    }

    public override void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, Core.ValueList<Effect> effects, DateTimeOffset now)
    {
        foreach (var read in effects.OfType<Effect.ReadRecords>())
        {
            Must(CountRead(read) <= MostReads, $"{read.Name} is read at {read.Provider} more than {MostReads} times a minute");
        }

        foreach (var service in after.Services.Values)
        {
            Must(service.Unrecorded is not { } kept || (kept.Entries.Count <= MostKept && kept.Alerts.Count <= MostKept), $"{service.Definition.Name} keeps ever more entries that are not durable");
            Must(service.Conditions.Count <= MostKept && service.Formerly.Count <= MostKept && service.ToldAt.Count <= MostKept, $"{service.Definition.Name} keeps ever more");
        }
    }

    private int CountRead(Effect.ReadRecords read)
    {
        if (!_reads.TryGetValue((read.Name, read.Provider), out var times))
        {
            _reads[(read.Name, read.Provider)] = times = new Queue<TimeSpan>();
        }

        times.Enqueue(World.Clock.Now);
        while (times.Peek() < World.Clock.Now - TimeSpan.FromMinutes(1))
        {
            times.Dequeue();
        }

        return times.Count;
    }
}
