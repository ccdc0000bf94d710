using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>What a run begins with, and everything that will go wrong in it. It follows from its seed alone.</summary>
/// <param name="Seed">From which the dice of the world are made.</param>
/// <param name="Configuration">What failover.yaml says at first.</param>
/// <param name="Providers">What its providers are like.</param>
/// <param name="Records">What they hold at first.</param>
/// <param name="Faults">In order of time.</param>
/// <param name="FaultsEnd">When all of them are over.</param>
internal sealed record Scenario(
    int Seed,
    ControllerConfiguration Configuration,
    IReadOnlyList<ProviderTraits> Providers,
    IReadOnlyList<(string Provider, NameRecords Records)> Records,
    IReadOnlyList<Fault> Faults,
    TimeSpan FaultsEnd)
{
    /// <summary>The scenario of a seed.</summary>
    public static Scenario Of(int seed)
    {
        var providers = ServiceDraw.Providers(Dice.Of(seed, "providers"));
        var configuration = DrillDraw.Rules(Dice.Of(seed, "drill rules"), ServiceDraw.Configuration(Dice.Of(seed, "services"), providers));
        var records = configuration.Services.SelectMany(service => ServiceDraw.Records(service, Dice.Of(seed, $"records {service.Name}"))).ToList();
        var end = TimeSpan.FromMinutes(Dice.Of(seed, "length").Between(5, 40));
        var faults = FaultDraw.Faults(Dice.Of(seed, "faults"), configuration, providers, end).Concat(DrillDraw.Faults(Dice.Of(seed, "drills"), configuration, end));
        return new Scenario(seed, configuration, providers, records, [.. faults.OrderBy(fault => fault.At)], end);
    }

    /// <summary>The configuration of the figures: so many services with two endpoints each, probed every 10 s, and nothing goes wrong.</summary>
    public static Scenario Quiet(int services)
    {
        var definitions = Enumerable.Range(1, services).Select(number => ServiceDraw.Usual(number, "p1")).ToValueList();
        var records = definitions.Select(service => ("p1", NameRecords.Create(service.Name, [RecordSet.Create(service.Name, RecordType.A, TimeSpan.FromSeconds(60), service.Endpoints[0].Targets[0].Value)]))).ToList();
        return new Scenario(0, new ControllerConfiguration(definitions, TimeSpan.FromMinutes(5)), [new ProviderTraits("p1", Conditional: true, AtomicBatch: true, Marks: false, TimeSpan.FromSeconds(1))], records, [], TimeSpan.Zero);
    }
}
