using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// Which health checks records may get, and what stands in for an answer. It is a snapshot: whoever keeps the health checks
/// makes a new one, and a switch takes the one that there is, so that it waits for nothing.
/// </summary>
internal sealed class HealthCheckBook
{
    /// <summary>No health checks: records are written without any, and those that they have are somebody else's.</summary>
    public static readonly HealthCheckBook Empty = new([], new Dictionary<EndpointValue, string>(), new HashSet<string>(StringComparer.Ordinal));

    private readonly Dictionary<DnsName, ServiceDefinition> _services;
    private readonly IReadOnlyDictionary<EndpointValue, string> _proven;
    private readonly IReadOnlySet<string> _ours;

    /// <summary>A snapshot.</summary>
    /// <param name="services">The services that are declared.</param>
    /// <param name="proven">The health checks that Route 53 has seen pass.</param>
    /// <param name="ours">Every health check that is the daemon's.</param>
    public HealthCheckBook(IEnumerable<ServiceDefinition> services, IReadOnlyDictionary<EndpointValue, string> proven, IReadOnlySet<string> ours) =>
        (_services, _proven, _ours) = (services.ToDictionary(service => service.Name), proven, ours);

    /// <summary>True when there is nothing in it that a write would take into account.</summary>
    public bool HasNone => _proven.Count == 0;

    /// <summary>The health check of a value at a name; null when it has none, or Route 53 has not seen it pass yet.</summary>
    public string? IdOf(DnsName name, RecordType type, string value) => _proven.GetValueOrDefault(new EndpointValue(name, type, value));

    /// <summary>True when the health check is the daemon's, which alone may put it on records or take it off.</summary>
    public bool IsOurs(string id) => _ours.Contains(id);

    /// <summary>
    /// The values that stand in for an answer under the failover policy: those of the next priority, and after the last one
    /// those of the first. Empty where there is nothing else.
    /// </summary>
    public IReadOnlyList<string> StandInFor(RecordSet answer)
    {
        if (!_services.TryGetValue(answer.Name, out var service) || service.Policy != Policy.Failover)
        {
            return [];
        }

        var groups = service.Endpoints.GroupBy(endpoint => endpoint.Priority).OrderBy(group => group.Key)
            .Select(group => group.SelectMany(endpoint => endpoint.Targets).Where(target => target.Type == answer.Type).Select(target => target.Value).ToList())
            .Where(values => values.Count > 0).ToList();
        var serving = groups.FindIndex(values => values.Exists(value => answer.Values.Any(held => held.Data == value)));
        return serving < 0 || groups.Count < 2 ? [] : groups[(serving + 1) % groups.Count];
    }

    /// <summary>The same without health checks for records, for a write that must not depend on them.</summary>
    public HealthCheckBook WithoutIds() => new([], new Dictionary<EndpointValue, string>(), _ours);
}

/// <summary>A value that an endpoint contributes to a name.</summary>
internal readonly record struct EndpointValue(DnsName Name, RecordType Type, string Value)
{
    /// <summary>For example <c>api.example.com A 192.0.2.1</c>.</summary>
    public override string ToString() => $"{Name} {Type} {Value}";
}
