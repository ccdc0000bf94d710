using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;

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
/// <param name="Who">Which, sorted, the first few: <c>railway of api.example.com</c>.</param>
internal sealed record MassFailure(int Endpoints, int Vendors, int Services, DateTimeOffset First, DateTimeOffset Last, ValueList<string> Who)
{
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
    /// <param name="withSuspects">True to count what has begun to fail, too.</param>
    public static MassFailure Since(DateTimeOffset after, IEnumerable<ServiceState> services, bool withSuspects = false)
    {
        var fallen = (from service in services
                      where !service.Retired
                      from pair in service.Definition.Targets
                      let health = service.Health[pair.Target]
                      let at = withSuspects && health.IsSuspect ? health.FirstFailureAt : health.FellAt
                      where at > after
                      group at.Value by (service.Definition.Name, pair.Endpoint.Name, pair.Endpoint.Vendor)).ToList();
        return new MassFailure(
            fallen.Count,
            fallen.Select(group => group.Key.Vendor).Distinct(StringComparer.OrdinalIgnoreCase).Count(),
            fallen.Select(group => group.Key.Item1).Distinct().Count(),
            fallen.Count > 0 ? fallen.Min(group => group.Min()) : after,
            fallen.Count > 0 ? fallen.Max(group => group.Max()) : after,
            fallen.Select(group => $"{group.Key.Item2} of {group.Key.Item1}").Order(StringComparer.Ordinal).Take(MostNamed).ToValueList());
    }

    /// <summary>What went down within the window before now and is not settled.</summary>
    public static MassFailure Recent(MassFailureRule rule, NetworkState network, IEnumerable<ServiceState> services, DateTimeOffset now, bool withSuspects = false)
    {
        var start = now - rule.Window;
        return Since(network.MassSettledAt > start ? network.MassSettledAt.Value : start, services, withSuspects);
    }
}
