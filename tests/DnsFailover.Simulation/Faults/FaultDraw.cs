using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;

namespace DnsFailover.Simulation;

/// <summary>Draws everything that will go wrong in a run.</summary>
internal static class FaultDraw
{
    /// <summary>Faults that are over by the end, in order of time.</summary>
    public static IReadOnlyList<Fault> Faults(Dice dice, ControllerConfiguration configuration, IReadOnlyList<ProviderTraits> providers, TimeSpan end)
    {
        var faults = new List<Fault>();
        var flavour = dice.Next(8); // some runs are about one kind of trouble, so that others do not hide what it does
        var count = dice.Between(2, 30);
        for (var number = 0; number < count; number++)
        {
            var at = dice.Seconds(1, end.TotalSeconds - 20);
            var lasts = dice.Chance(flavour == 2 ? 0.7 : 0.3) ? dice.Seconds(1, 20) : dice.Seconds(20, 900);
            faults.Add(Draw(dice, flavour, configuration, providers, at, at + lasts < end ? lasts : end - at));
        }

        AddStaying(dice, configuration, faults, end);
        return [.. faults.OrderBy(fault => fault.At)];
    }

    private static Fault Draw(Dice dice, int flavour, ControllerConfiguration configuration, IReadOnlyList<ProviderTraits> providers, TimeSpan at, TimeSpan lasts)
    {
        var service = dice.Pick(configuration.Services);
        var kind = flavour switch
        {
            0 => dice.Next(40), // endpoints alone
            1 => dice.Chance(0.5) ? dice.Next(40) : 50 + dice.Next(15), // endpoints and providers
            2 => dice.Chance(0.5) ? dice.Next(40) : 65 + dice.Next(10), // endpoints and crashes
            3 => dice.Chance(0.6) ? dice.Next(40) : 97 + dice.Next(6), // endpoints and operators
            4 => dice.Chance(0.6) ? dice.Next(40) : 40 + dice.Next(10), // endpoints and our own network
            5 => dice.Chance(0.6) ? dice.Next(40) : 85 + dice.Next(7), // endpoints and somebody else who writes
            _ => dice.Next(103),
        };
        return kind switch
        {
            < 37 => EndpointFails(dice, service, at, lasts),
            < 40 => new VendorFails(at, lasts, dice.Pick(configuration.Services.SelectMany(any => any.Endpoints).Select(endpoint => endpoint.Vendor).Distinct().Order(StringComparer.Ordinal).ToList())),
            < 50 => new NetworkFails(at, lasts, (Outage)dice.Next(4), 0.05 + (dice.Next() * 0.6)),
            < 65 => new ProviderFails(at, lasts, dice.Pick(providers).Name, (Illness)dice.Next(10), TimeSpan.FromSeconds(dice.Between(1, 120))),
            < 75 => new Crash(at, dice.Next(8), dice.Chance(0.5), dice.Seconds(0.5, dice.Chance(0.8) ? 5 : 200)),
            < 80 => new ClockJumps(at, TimeSpan.FromSeconds((dice.Chance(0.5) ? 1 : -1) * (dice.Chance(0.5) ? dice.Between(1, 60) : dice.Between(60, 7200)))),
            < 85 => new DiskFails(at, lasts, (DiskTrouble)dice.Next(3)),
            < 92 => new SomebodyMeddles(at, service.Name, dice.Pick(service.Providers.ToList()), dice.Pick(service.Types.ToList()), (Meddling)dice.Next(5), dice.Next(10)),
            < 96 => new Reload(at * 0.8, (ulong)dice.Next(int.MaxValue)),
            < 97 => new BadReload(at, $"line {dice.Next(3)}: 'interval' is not a duration"),
            _ => Told(dice, service, at, lasts),
        };
    }

    private static Fault Told(Dice dice, ServiceDefinition service, TimeSpan at, TimeSpan lasts)
    {
        var endpoint = dice.Pick(service.Endpoints).Name;
        var time = dice.Chance(0.5) ? lasts * 2 : lasts / 2; // it is taken back, or ends by itself
        return dice.Next(6) switch
        {
            0 => new OperatorSays(at, lasts, OverrideKind.Force, service.Name, endpoint, time),
            1 => new OperatorSays(at, lasts, OverrideKind.Drain, service.Name, endpoint, time),
            2 or 5 => new OperatorSays(at, lasts, OverrideKind.Freeze, dice.Chance(0.3) ? null : service.Name, Endpoint: null, time),
            3 => new OperatorSays(at, TimeSpan.Zero, OverrideKind.Approve, service.Name, Endpoint: null, time),
            _ => new MaintenanceIsPlanned(at, service.Name, dice.Chance(0.7) ? endpoint : null, lasts / 4, lasts / 2),
        };
    }

    private static EndpointFails EndpointFails(Dice dice, ServiceDefinition service, TimeSpan at, TimeSpan lasts)
    {
        var endpoint = dice.Chance(0.5) ? service.Endpoints[0] : dice.Pick(service.Endpoints);
        var ailment = dice.Chance(0.5) ? Ailment.Crashed : (Ailment)dice.Next(8);
        var types = endpoint.Targets.Select(target => target.Type).ToList();
        return new EndpointFails(at, lasts, service.Name, endpoint.Name, types.Count > 1 && dice.Chance(0.4) ? dice.Pick(types) : null, ailment, TimeSpan.FromSeconds(dice.Between(2, 40)));
    }

    /// <summary>Some endpoints stay down for good, but never all of a service.</summary>
    private static void AddStaying(Dice dice, ControllerConfiguration configuration, List<Fault> faults, TimeSpan end)
    {
        foreach (var service in configuration.Services)
        {
            if (dice.Chance(0.3))
            {
                var endpoint = dice.Pick(service.Endpoints);
                faults.Add(new EndpointFails(dice.Seconds(1, end.TotalSeconds - 1), TimeSpan.FromDays(3650), service.Name, endpoint.Name, Type: null, Ailment.Crashed, TimeSpan.FromSeconds(1)));
            }
        }
    }
}
