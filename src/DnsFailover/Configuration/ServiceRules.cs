using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Configuration;

/// <summary>Holds a service as a whole against what DNS allows, and against each of its providers. Each rule reports by itself.</summary>
/// <param name="service">The service, as far as it could be read.</param>
/// <param name="providers">Its providers; empty when there are none.</param>
/// <param name="reading">Where problems go.</param>
internal sealed class ServiceRules(ServiceDraft service, IReadOnlyList<ProviderEntry> providers, Reading reading)
{
    /// <summary>A longer TTL leaves clients at a dead endpoint for too long.</summary>
    public static readonly TimeSpan LongTtl = TimeSpan.FromMinutes(5);

    /// <summary>Applies every rule.</summary>
    public void Check()
    {
        EndpointsAreDistinct();
        ValuesAreDistinct();
        CnameStandsAlone();
        CnameHasOneValue();
        TtlIsShort();
        RedundancyIsReal();
        foreach (var provider in providers)
        {
            new ProviderRules(service, provider, reading).Check();
        }
    }

    private void EndpointsAreDistinct()
    {
        var lines = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in service.Endpoints.Where(endpoint => endpoint.Name is not null))
        {
            var node = endpoint.Own.NodeOf(ServiceKeys.EndpointName);
            if (!lines.TryAdd(endpoint.Name!, node.Position.Line))
            {
                reading.Error(node, $"{endpoint.Shown} is declared twice in {service.Whose}; the first is in line {lines[endpoint.Name!]}");
            }
        }
    }

    private void ValuesAreDistinct()
    {
        var first = new Dictionary<EndpointTarget, (EndpointDraft Endpoint, YamlNode Node)>();
        foreach (var (endpoint, target, node) in service.Targets)
        {
            if (!first.TryAdd(target, (endpoint, node)))
            {
                var (owner, place) = first[target];
                var key = target.Type == RecordType.CNAME ? "cname" : "addresses";
                reading.Error(node, $"{key}: '{Reading.Shown(node)}' is declared twice in {service.Whose}; the first is {owner.Shown} in line {place.Position.Line}, and one value cannot be two endpoints");
            }
        }
    }

    private void CnameStandsAlone()
    {
        // An endpoint with both was reported when it was read.
        var pure = service.Targets.GroupBy(item => item.Endpoint, ReferenceEqualityComparer.Instance).Where(group => group.Select(item => item.Target.Type == RecordType.CNAME).Distinct().Count() == 1).SelectMany(group => group).ToList();
        var cnames = pure.Where(item => item.Target.Type == RecordType.CNAME).ToList();
        foreach (var (endpoint, target, node) in cnames)
        {
            if (target.Value == service.Name?.ToString())
            {
                reading.Error(node, $"cname: {endpoint.Shown} points {service.Whose} at itself; expected another host name");
            }
        }

        if (cnames.Count > 0 && pure.Find(item => item.Target.Type != RecordType.CNAME) is { Node: not null } address)
        {
            reading.Error(cnames[0].Node, $"cname: {service.Whose} also has addresses ({address.Endpoint.Shown}, line {address.Node.Position.Line}); expected a cname for every endpoint or for none, as a CNAME stands alone at its name");
        }
    }

    private void CnameHasOneValue()
    {
        var policy = service.Values.Get(ServiceKeys.Policy);
        if (!service.HasCname || service.Values.IsBroken(ServiceKeys.Policy))
        {
            return;
        }

        if (policy == Policy.Multivalue)
        {
            reading.Error(service.Values.NodeOf(ServiceKeys.Policy), $"policy: multivalue is not possible with 'cname' ({service.Whose}), as a CNAME has one value; expected failover or weighted");
        }

        if (policy == Policy.Failover && service.Values.Get(ServiceKeys.OnAllDown) == OnAllDown.All && service.Endpoints.Count > 1)
        {
            reading.Error(service.Values.NodeOf(ServiceKeys.OnAllDown), $"onAllDown: all is not possible with 'cname' ({service.Whose}), as a CNAME has one value; expected keep or primary");
        }

        foreach (var (first, second) in policy == Policy.Failover ? service.SamePriority(_ => true) : [])
        {
            reading.Error(second.Own.NodeOf(ServiceKeys.Priority), $"priority: {first.Shown} and {second.Shown} would be served together, but a CNAME has one value; expected different priorities");
        }
    }

    private void RedundancyIsReal()
    {
        if (service.Endpoints.Count == 1)
        {
            reading.Warn(service.Endpoints[0].Own.Node, $"{service.Whose} has one endpoint, so there is nothing to fail over to; expected at least two");
        }

        if (service.Values.Get(ServiceKeys.Policy) != Policy.Failover || service.Endpoints.Count < 2)
        {
            return;
        }

        var firstPriority = service.Endpoints.Min(endpoint => endpoint.Priority);
        foreach (var type in new[] { RecordType.A, RecordType.AAAA })
        {
            var primary = service.Endpoints.FirstOrDefault(endpoint => endpoint.Priority == firstPriority && Has(endpoint, type));
            var lacking = service.Endpoints.FirstOrDefault(endpoint => endpoint.Priority != firstPriority && endpoint.Targets.Count > 0 && !service.HasCname && !Has(endpoint, type));
            if (primary is not null && lacking is not null)
            {
                var family = type == RecordType.A ? "IPv4" : "IPv6";
                reading.Warn(lacking.Own.NodeOf(ServiceKeys.Addresses), $"addresses: {lacking.Shown} has no {family} address but {primary.Shown} has; after a failover the {type} record would still point at the dead endpoint; expected both families at both, or one family");
            }
        }
    }

    private static bool Has(EndpointDraft endpoint, RecordType type) => endpoint.Targets.Any(item => item.Target.Type == type);

    private void TtlIsShort()
    {
        if (service.Values.TryGet(ServiceKeys.Ttl, out var ttl) && ttl > LongTtl && providers.All(provider => provider.Capabilities.SmallestTtl <= LongTtl))
        {
            reading.Warn(service.Values.NodeOf(ServiceKeys.Ttl), $"ttl: clients keep the old answer for up to {DurationText.Format(ttl)} after a switch; expected 30s to {DurationText.Format(LongTtl)} for a name that fails over");
        }
    }
}
