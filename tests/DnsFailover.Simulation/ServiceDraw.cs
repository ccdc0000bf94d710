using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>Draws services, their providers and their first records.</summary>
internal static class ServiceDraw
{
    private static readonly string[] Vendors = ["railway", "render", "fly", "rack"];

    public static IReadOnlyList<ProviderTraits> Providers(Dice dice) =>
        [.. Enumerable.Range(1, dice.Between(1, 3)).Select(number => new ProviderTraits($"p{number}", dice.Chance(0.6), dice.Chance(0.6), dice.Chance(0.4), TimeSpan.FromSeconds(dice.Chance(0.2) ? 120 : 1)))];

    public static ControllerConfiguration Configuration(Dice dice, IReadOnlyList<ProviderTraits> providers) =>
        new(Enumerable.Range(1, dice.Chance(0.3) ? 1 : dice.Between(2, 6)).Select(number => Service(dice, number, providers)).ToValueList(), TimeSpan.FromSeconds(dice.Between(3, 18) * 10))
        {
            Rules = Rules(dice),
        };

    public static FleetRules Rules(Dice dice) => new()
    {
        SelfCheck = dice.Chance(0.5) ? new SelfCheckRule(Targets: 4, Needed: 2, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)) : null,
        MassFailure = dice.Chance(0.2) ? new MassFailureRule(Endpoints: 4, Vendors: 3, TimeSpan.FromSeconds(30)) : null,
        Velocity = dice.Chance(0.3) ? new VelocityRule(Moves: dice.Between(1, 3), TimeSpan.FromSeconds(dice.Between(5, 60))) : null,
        Share = dice.Chance(0.2) ? new ShareRule(Percent: 50, AtLeast: 2, TimeSpan.FromMinutes(5)) : null,
    };

    /// <summary>A service as most are: two endpoints, probed every 10 s.</summary>
    public static ServiceDefinition Usual(int number, string provider) => new()
    {
        Name = DnsName.Parse($"s{number}.example.com"),
        Provider = provider,
        Endpoints = Enumerable.Range(1, 2).Select(endpoint => new EndpointDefinition
        {
            Name = $"e{endpoint}",
            Vendor = Vendors[endpoint - 1],
            Priority = endpoint - 1,
            Targets = [new EndpointTarget(RecordType.A, Value(RecordType.A, number, endpoint))],
            Rule = new HealthRule(Rise: 2, Fall: 3),
            Timing = new ProbeTiming(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)),
            CheckFingerprint = "GET /",
        }).ToValueList(),
        Ttl = TimeSpan.FromSeconds(60),
        Failback = new FailbackRule(FailbackMode.Auto, TimeSpan.FromMinutes(5)),
        MinActiveTime = TimeSpan.FromMinutes(1),
        Owner = World.Owner,
    };

    public static IEnumerable<(string Provider, NameRecords Records)> Records(ServiceDefinition service, Dice dice)
    {
        if (service.Create && dice.Chance(0.3))
        {
            yield break;
        }

        var first = dice.Chance(0.85) ? service.Endpoints.Min(endpoint => endpoint.Priority) : service.Endpoints.Max(endpoint => endpoint.Priority);
        var sets = service.Types.Select(type =>
        {
            var targets = service.Targets.Where(pair => pair.Target.Type == type && (pair.Endpoint.Priority == first || service.Policy != Policy.Failover)).ToList();
            targets = targets.Count == 0 ? [service.Targets.First(pair => pair.Target.Type == type)] : targets;
            targets = type == RecordType.CNAME && service.Policy != Policy.Weighted ? [targets[0]] : targets;
            return RecordSet.Create(service.Name, type, service.Ttl ?? TimeSpan.FromSeconds(300), targets.Select(pair => new RecordValue(pair.Target.Value, service.Policy == Policy.Weighted ? pair.Endpoint.Weight : null)));
        });
        var records = NameRecords.Create(service.Name, sets);
        foreach (var provider in service.Providers)
        {
            yield return (provider, records);
        }
    }

    private static ServiceDefinition Service(Dice dice, int number, IReadOnlyList<ProviderTraits> providers)
    {
        var policy = dice.Chance(0.6) ? Policy.Failover : dice.Chance(0.5) ? Policy.Multivalue : Policy.Weighted;
        RecordType[] types = dice.Chance(0.25) ? [RecordType.CNAME] : dice.Chance(0.4) ? [RecordType.A, RecordType.AAAA] : [RecordType.A];
        var order = providers.Select(provider => provider.Name).OrderBy(_ => dice.Next()).ToList();
        var together = dice.Chance(0.3); // two endpoints of the first priority
        return new ServiceDefinition
        {
            Name = DnsName.Parse($"s{number}.example.com"),
            Provider = order[0],
            AlsoAt = dice.Chance(0.35) ? order.Skip(1).Take(dice.Between(1, 2)).ToValueList() : [],
            Policy = policy,
            Endpoints = Enumerable.Range(1, dice.Between(2, 4)).Select(endpoint => Endpoint(dice, number, endpoint, together ? Math.Max(0, endpoint - 2) : endpoint - 1, types)).ToValueList(),
            Ttl = dice.Chance(0.6) ? TimeSpan.FromSeconds(dice.Between(1, 4) * 30) : null,
            Failback = new FailbackRule(dice.Chance(0.75) ? FailbackMode.Auto : (FailbackMode)dice.Between(1, 2), TimeSpan.FromSeconds(dice.Between(2, 12) * 10))
            {
                FlapWindow = dice.Chance(0.5) ? TimeSpan.FromMinutes(dice.Between(5, 30)) : TimeSpan.Zero,
                LongestDelay = TimeSpan.FromMinutes(dice.Between(3, 12)),
            },
            SwitchesPerHour = dice.Chance(0.3) ? dice.Between(2, 6) : null,
            MinActiveTime = TimeSpan.FromSeconds(dice.Between(1, 12) * 10),
            Importance = dice.Next(3),
            OnAllDown = dice.Chance(0.5) ? OnAllDown.Keep : (OnAllDown)dice.Next(3),
            OnDrift = (OnDrift)dice.Next(3),
            Owner = World.Owner,
            Adopt = dice.Chance(0.15),
            Create = dice.Chance(0.3),
        };
    }

    private static EndpointDefinition Endpoint(Dice dice, int service, int number, int priority, RecordType[] types)
    {
        var timeout = dice.Between(1, 4);
        return new EndpointDefinition
        {
            Name = $"e{number}",
            Vendor = Vendors[(number - 1) % Vendors.Length],
            Priority = priority,
            Weight = dice.Between(1, 10),
            Targets = types.Select(type => new EndpointTarget(type, Value(type, service, number))).ToValueList(),
            Rule = new HealthRule(dice.Between(1, 3), dice.Chance(0.1) ? dice.Between(5, 10) : dice.Between(1, 4), dice.Chance(0.2) ? new FailureWindow(4, 10) : null),
            Timing = new ProbeTiming(TimeSpan.FromSeconds(timeout + dice.Between(2, 20)), TimeSpan.FromSeconds(timeout), TimeSpan.FromMilliseconds(dice.Chance(0.5) ? dice.Between(1, 5) * 100 : dice.Between(1, 2) * 1000)),
            CheckFingerprint = $"GET / authorization {Secrets.Planted}",
        };
    }

    private static string Value(RecordType type, int service, int number) => type switch
    {
        RecordType.A => $"10.{service}.0.{number}",
        RecordType.AAAA => $"2001:db8:{service}::{number}",
        _ => $"e{number}.s{service}.example.net",
    };
}
