using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>Draws drills, and what goes wrong in the middle of them. They have dice of their own.</summary>
internal static class DrillDraw
{
    /// <summary>What failover.yaml says of drills.</summary>
    public static ControllerConfiguration Rules(Dice dice, ControllerConfiguration configuration) =>
        configuration with { Services = configuration.Services.Select(service => dice.Chance(0.4) ? service with { Drill = Rule(dice, service.Name) } : service).ToValueList() };

    /// <summary>Half of the runs have drills, most of them with something that goes wrong in the middle.</summary>
    public static IReadOnlyList<Fault> Faults(Dice dice, ControllerConfiguration configuration, TimeSpan end)
    {
        var faults = new List<Fault>();
        for (var drill = dice.Chance(0.5) ? 0 : dice.Between(1, 6); drill > 0; drill--)
        {
            var (service, live) = (dice.Pick(configuration.Services), dice.Chance(0.35));
            var at = dice.Seconds(20, end.TotalSeconds - 30);
            faults.Add(new DrillIsAsked(at, service.Name, live, dice.Chance(0.2) ? dice.Pick(service.Endpoints).Name : null, dice.Chance(0.4)));
            if (service.Drill is { OnlyInWindows: true } && dice.Chance(0.8))
            {
                faults.Add(new DrillWindowIsPlanned(at - TimeSpan.FromSeconds(1), service.Name, dice.Seconds(30, 300)));
            }

            for (var more = dice.Next(4); more > 0; more--)
            {
                faults.Add(InTheMiddle(dice, service, live, at, end));
            }
        }

        return faults;
    }

    private static DrillRule Rule(Dice dice, DnsName service) => new(dice.Chance(0.7) ? DrillRule.DefaultFor(service)!.Value : DnsName.Parse($"canary.{service}"))
    {
        OnlyInWindows = dice.Chance(0.3),
        OverdueAfter = dice.Chance(0.5) ? TimeSpan.FromMinutes(dice.Between(3, 60)) : null,
    };

    /// <summary>A drill of a canary takes a few seconds, where nothing hinders it; a live one some more.</summary>
    private static Fault InTheMiddle(Dice dice, ServiceDefinition service, bool live, TimeSpan began, TimeSpan end)
    {
        var at = began + dice.Seconds(-1, dice.Chance(0.7) ? (live ? 12 : 3) : 90);
        var longest = end - at;
        at = longest < TimeSpan.FromSeconds(20) ? end - TimeSpan.FromSeconds(20) : at;
        var lasts = dice.Seconds(0.5, dice.Chance(0.6) ? 15 : 300);
        lasts = at + lasts < end ? lasts : end - at;
        var provider = dice.Pick(service.Providers.ToList());
        return dice.Next(20) switch
        {
            < 6 => new CrashInADrill(began - TimeSpan.FromSeconds(0.1), dice.Next(dice.Chance(0.7) ? 14 : 40), dice.Seconds(0.5, dice.Chance(0.8) ? 5 : 200)),
            < 10 => new ProviderFails(at, lasts, provider, (Illness)dice.Next(10), TimeSpan.FromSeconds(dice.Between(1, 60))),
            < 12 => new Reload(at, (ulong)dice.Next(int.MaxValue)),
            12 => new DiskFails(at, lasts, (DiskTrouble)dice.Next(3)),
            13 => new NetworkFails(at, lasts, (Outage)dice.Next(4), 0.05 + (dice.Next() * 0.6)),
            14 => new OperatorSays(at, lasts, OverrideKind.Freeze, dice.Chance(0.3) ? null : service.Name, Endpoint: null, lasts * 2),
            15 => new OperatorSays(at, lasts, dice.Chance(0.5) ? OverrideKind.Drain : OverrideKind.Force, service.Name, dice.Pick(service.Endpoints).Name, lasts * 2),
            16 => new EndpointFails(at, lasts, service.Name, dice.Pick(service.Endpoints).Name, Type: null, Ailment.Crashed, TimeSpan.FromSeconds(1)),
            17 => new DrillIsAsked(began + dice.Seconds(0, 20), service.Name, dice.Chance(0.3), Endpoint: null, IsScheduled: true),
            _ => new SomebodyMeddlesWithACanary(at, service.Name, provider, dice.Pick(service.Types.ToList()), (Meddling)dice.Next(5), dice.Next(10)),
        };
    }
}
