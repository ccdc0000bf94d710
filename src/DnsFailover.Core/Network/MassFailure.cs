using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Network;

/// <summary>
/// Endpoints that went down close together, over all services.
/// <para>
/// The intuition: vendors fail one at a time. When endpoints of different vendors, of different services, go down
/// within one window, what they have in common is us. An endpoint with several addresses counts once; one that never
/// worked counts not at all, since it did not fail at any moment.
/// </para>
/// </summary>
/// <param name="Endpoints">How many.</param>
/// <param name="Vendors">Of how many vendors.</param>
/// <param name="Services">Of how many services.</param>
/// <param name="First">When the first of them went down.</param>
/// <param name="Last">When the last of them did.</param>
internal sealed record MassFailure(int Endpoints, int Vendors, int Services, DateTimeOffset First, DateTimeOffset Last)
{
    private IReadOnlyList<Failing> _failing = [];

    /// <summary>An endpoint that failed, or has begun to.</summary>
    public readonly record struct Failing(DnsName Service, string Endpoint, string Vendor, DateTimeOffset At);

    /// <summary>Which, sorted, the first few: <c>railway of api.example.com</c>.</summary>
    public ValueList<string> Who => _failing.Select(one => $"{one.Endpoint} of {one.Service}").Order(StringComparer.Ordinal).Take(MostNamed).ToValueList();

    /// <summary>Endpoints of one service may well fail together: whatever stands behind the name may be broken.</summary>
    private const int LeastServices = 2;

    private const int MostNamed = 20;

    /// <summary>True when so many do not fail at once by themselves.</summary>
    public bool IsSuspicious(MassFailureRule rule) => Endpoints >= rule.Endpoints && Vendors >= rule.Vendors && Services >= LeastServices;

    /// <summary>How many: <c>5 endpoints of 3 vendors</c>.</summary>
    public string Figures => $"{Endpoints} endpoints of {Vendors} {(Vendors == 1 ? "vendor" : "vendors")}";

    /// <summary>With the figures: <c>5 endpoints of 3 vendors failed within 12 s</c>.</summary>
    public string Sentence => $"{Figures} failed within {Text.Of(Last - First)}";

    /// <summary>Counts what went down after a time and is still down.</summary>
    /// <param name="after">The time.</param>
    /// <param name="services">Every service.</param>
    public static MassFailure Since(DateTimeOffset after, IEnumerable<ServiceState> services) => Of(Among(services, after, withSuspects: false), after);

    /// <summary>The endpoints that went down after a time and are still down; one with several addresses once, with the first of them.</summary>
    /// <param name="services">The services.</param>
    /// <param name="after">The time.</param>
    /// <param name="withSuspects">True to count what has begun to fail, too.</param>
    public static List<Failing> Among(IEnumerable<ServiceState> services, DateTimeOffset after, bool withSuspects)
    {
        var failing = new List<Failing>();
        foreach (var service in services)
        {
            if (service.Retired)
            {
                continue;
            }

            foreach (var endpoint in service.Definition.Endpoints)
            {
                if (FirstOf(service, endpoint, after, withSuspects) is { } at)
                {
                    failing.Add(new Failing(service.Definition.Name, endpoint.Name, endpoint.Vendor, at));
                }
            }
        }

        return failing;
    }

    // It looks at every endpoint of every service each time one of them goes down, and goes without LINQ for that.
    private static DateTimeOffset? FirstOf(ServiceState service, EndpointDefinition endpoint, DateTimeOffset after, bool withSuspects)
    {
        DateTimeOffset? first = null;
        foreach (var target in endpoint.Targets)
        {
            var health = service.Health[new TargetId(service.Definition.Name, endpoint.Name, target.Type, target.Value)];
            var at = withSuspects && health.IsSuspect ? health.FirstFailureAt : health.FellAt;
            if (at > after && !(first <= at))
            {
                first = at;
            }
        }

        return first;
    }

    /// <summary>Counts them.</summary>
    public static MassFailure Of(List<Failing> failing, DateTimeOffset after) => new(
        failing.Count,
        failing.Select(one => one.Vendor).Distinct(StringComparer.OrdinalIgnoreCase).Count(),
        failing.Select(one => one.Service).Distinct().Count(),
        failing.Count > 0 ? failing.Min(one => one.At) : after,
        failing.Count > 0 ? failing.Max(one => one.At) : after)
    {
        _failing = failing,
    };

    /// <summary>What went down within the window before now and is not settled.</summary>
    public static MassFailure Recent(MassFailureRule rule, NetworkState network, IEnumerable<ServiceState> services, DateTimeOffset now) => Since(Start(rule, network, now), services);

    /// <summary>What is older than the window, or settled, is not counted.</summary>
    public static DateTimeOffset Start(MassFailureRule rule, NetworkState network, DateTimeOffset now)
    {
        var start = now - rule.Window;
        return network.MassSettledAt > start ? network.MassSettledAt.Value : start;
    }
}
