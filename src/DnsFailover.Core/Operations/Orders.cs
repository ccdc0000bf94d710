using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Operations;

/// <summary>One thing that holds for a service at the moment, because an operator said so or because it is planned.</summary>
/// <param name="Kind">What is meant.</param>
/// <param name="Endpoint">The endpoint, for force and drain; else null.</param>
/// <param name="What">What it is, as in <see cref="Override.Describe"/>.</param>
/// <param name="Actor">Who said so; null for what is planned in failover.yaml.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">From when.</param>
/// <param name="Until">When it ends by itself.</param>
public sealed record Order(OverrideKind Kind, string? Endpoint, string What, string? Actor, string Reason, DateTimeOffset Since, DateTimeOffset Until)
{
    /// <summary>True for a planned time, which ends with it; an operator's override can be ended before.</summary>
    public bool IsPlanned => Actor is null;

    /// <summary>For example <c>forced to render by alice@laptop until 2026-03-01 14:00 UTC: release</c>.</summary>
    public string Sentence => $"{What}{(Actor is null ? string.Empty : $" by {Actor}")} until {Text.At(Until)}: {Reason}";

    /// <summary>As <see cref="Sentence"/>, with since when.</summary>
    public string Arithmetic => $"{What}{(Actor is null ? string.Empty : $" by {Actor}")} since {Text.At(Since)} until {Text.At(Until)}: {Reason}";

    internal static Order Of(Override said) => new(said.Kind, said.Endpoint, said.Describe(), said.Actor, said.Reason, said.Since, said.Until);

    internal static Order Of(Window planned) => planned.Endpoint is { } endpoint
        ? new(OverrideKind.Drain, endpoint, $"{endpoint} under planned maintenance", Actor: null, planned.Reason, planned.From, planned.Until)
        : new(OverrideKind.Freeze, Endpoint: null, "under planned maintenance", Actor: null, planned.Reason, planned.From, planned.Until);
}

/// <summary>
/// What holds for one service at one moment: of everything that operators have said and that is planned, what is in
/// effect. An operator's word goes before the plan, so that a force also works during planned maintenance.
/// </summary>
public sealed record Orders
{
    /// <summary>Nothing but the ordinary rules.</summary>
    public static readonly Orders None = new();

    /// <summary>Nothing is written; null when that is not so.</summary>
    public Order? Freeze { get; init; }

    /// <summary>The name is answered with one endpoint; null when that is not so.</summary>
    public Order? Force { get; init; }

    /// <summary>The endpoints that get no traffic as long as another works, one for each endpoint, sorted by its name.</summary>
    public ValueList<Order> Drains { get; init; } = [];

    /// <summary>Traffic may return to the preferred endpoint; null when nobody has said so.</summary>
    public Order? Approval { get; init; }

    /// <summary>All of them, the weightiest first.</summary>
    public IEnumerable<Order> All => new[] { Freeze, Force }.Concat(Drains).Append(Approval).OfType<Order>();

    /// <summary>What holds for a service as it is declared: what is said of an endpoint that it has not is passed over.</summary>
    /// <param name="service">The service.</param>
    /// <param name="overrides">What operators have said; what has expired is passed over.</param>
    /// <param name="windows">The planned times.</param>
    /// <param name="now">The moment.</param>
    public static Orders Of(ServiceDefinition service, ValueList<Override> overrides, ValueList<Window> windows, DateTimeOffset now) =>
        Of(service.Name, overrides.All(said => IsDeclared(service, said)) ? overrides : overrides.Where(said => IsDeclared(service, said)).ToValueList(), windows, now);

    /// <summary>True unless it is for an endpoint of this service that is not declared, or not any more.</summary>
    internal static bool IsDeclared(ServiceDefinition service, Override said) =>
        said.Endpoint is null || said.Service != service.Name || service.Endpoints.Any(endpoint => endpoint.Name == said.Endpoint);

    /// <summary>What holds for a service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="overrides">What operators have said; what has expired is passed over.</param>
    /// <param name="windows">The planned times.</param>
    /// <param name="now">The moment.</param>
    public static Orders Of(DnsName service, ValueList<Override> overrides, ValueList<Window> windows, DateTimeOffset now)
    {
        if (overrides.Count == 0 && windows.Count == 0)
        {
            return None;
        }

        var said = overrides.Where(item => item.Until > now && (item.Service is null || item.Service == service)).Select(Order.Of);
        var planned = windows.Where(item => item.Kind == WindowKind.Maintenance && item.Service == service && item.From <= now && item.Until > now).Select(Order.Of);
        var all = said.Concat(planned).OrderBy(order => order.IsPlanned).ThenByDescending(order => order.Until).ToList(); // the first of each kind holds the longest
        var force = all.Find(order => order.Kind == OverrideKind.Force);
        var freeze = all.Find(order => order.Kind == OverrideKind.Freeze);
        return all.Count == 0 ? None : new Orders
        {
            Freeze = freeze is { IsPlanned: true } && force is not null ? null : freeze,
            Force = force,
            Drains = all.Where(order => order.Kind == OverrideKind.Drain).DistinctBy(order => order.Endpoint, StringComparer.Ordinal).OrderBy(order => order.Endpoint, StringComparer.Ordinal).ToValueList(),
            Approval = all.Find(order => order.Kind == OverrideKind.Approve),
        };
    }

    /// <summary>The drain of an endpoint; null when it is not drained.</summary>
    public Order? DrainOf(string endpoint) => Drains.FirstOrDefault(order => order.Endpoint == endpoint);
}
