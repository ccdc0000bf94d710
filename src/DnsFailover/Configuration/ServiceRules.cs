using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Configuration;

/// <summary>Holds a service as a whole against what DNS and its provider allow. Each rule reports by itself.</summary>
/// <param name="values">What the service says and inherits.</param>
/// <param name="whose">What it is called in messages.</param>
/// <param name="name">Its name; null when it has none.</param>
/// <param name="endpoints">Its endpoints, as far as they could be read.</param>
/// <param name="provider">Its provider; null when there is none.</param>
/// <param name="reading">Where problems go.</param>
internal sealed class ServiceRules(Values values, string whose, DnsName? name, IReadOnlyList<EndpointDraft> endpoints, ProviderEntry? provider, Reading reading)
{
    private static readonly TimeSpan LongTtl = TimeSpan.FromMinutes(5);

    private IEnumerable<(EndpointDraft Endpoint, EndpointTarget Target, YamlNode Node)> Targets =>
        endpoints.SelectMany(endpoint => endpoint.Targets.Select(item => (endpoint, item.Target, item.Node)));

    private bool HasCname => Targets.Any(item => item.Target.Type == RecordType.CNAME);

    /// <summary>Applies every rule.</summary>
    public void Check()
    {
        EndpointsAreDistinct();
        ValuesAreDistinct();
        CnameStandsAlone();
        CnameHasOneValue();
        NameIsInTheZone();
        TtlIsPossible();
        ProviderCanDoIt();
        RedundancyIsReal();
    }

    private void EndpointsAreDistinct()
    {
        var lines = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in endpoints.Where(endpoint => endpoint.Name is not null))
        {
            var node = endpoint.Own.NodeOf(ServiceKeys.EndpointName);
            if (!lines.TryAdd(endpoint.Name!, node.Position.Line))
            {
                reading.Error(node, $"{endpoint.Shown} is declared twice in {whose}; the first is in line {lines[endpoint.Name!]}");
            }
        }
    }

    private void ValuesAreDistinct()
    {
        var first = new Dictionary<EndpointTarget, (EndpointDraft Endpoint, YamlNode Node)>();
        foreach (var (endpoint, target, node) in Targets)
        {
            if (!first.TryAdd(target, (endpoint, node)))
            {
                var (owner, place) = first[target];
                var key = target.Type == RecordType.CNAME ? "cname" : "addresses";
                reading.Error(node, $"{key}: '{Reading.Shown(node)}' is declared twice in {whose}; the first is {owner.Shown} in line {place.Position.Line}, and one value cannot be two endpoints");
            }
        }
    }

    private void CnameStandsAlone()
    {
        // An endpoint with both was reported when it was read.
        var pure = Targets.GroupBy(item => item.Endpoint).Where(group => group.Select(item => item.Target.Type == RecordType.CNAME).Distinct().Count() == 1).SelectMany(group => group).ToList();
        var cnames = pure.Where(item => item.Target.Type == RecordType.CNAME).ToList();
        foreach (var (endpoint, target, node) in cnames)
        {
            if (target.Value == name?.ToString())
            {
                reading.Error(node, $"cname: {endpoint.Shown} points {whose} at itself; expected another host name");
            }
        }

        if (cnames.Count > 0 && pure.Find(item => item.Target.Type != RecordType.CNAME) is { Node: not null } address)
        {
            reading.Error(cnames[0].Node, $"cname: {whose} also has addresses ({address.Endpoint.Shown}, line {address.Node.Position.Line}); expected a cname for every endpoint or for none, as a CNAME stands alone at its name");
        }
    }

    private void CnameHasOneValue()
    {
        var policy = values.Get(ServiceKeys.Policy);
        if (!HasCname || values.IsBroken(ServiceKeys.Policy))
        {
            return;
        }

        if (policy == Policy.Multivalue)
        {
            reading.Error(values.NodeOf(ServiceKeys.Policy), $"policy: multivalue is not possible with 'cname' ({whose}), as a CNAME has one value; expected failover or weighted");
        }

        if (policy == Policy.Failover && values.Get(ServiceKeys.OnAllDown) == OnAllDown.All && endpoints.Count > 1)
        {
            reading.Error(values.NodeOf(ServiceKeys.OnAllDown), $"onAllDown: all is not possible with 'cname' ({whose}), as a CNAME has one value; expected keep or primary");
        }

        foreach (var (first, second) in policy == Policy.Failover ? SamePriority(_ => true) : [])
        {
            reading.Error(second.Own.NodeOf(ServiceKeys.Priority), $"priority: {first.Shown} and {second.Shown} would be served together, but a CNAME has one value; expected different priorities");
        }
    }

    private void NameIsInTheZone()
    {
        if (name is not { } own || provider?.Zone is not { } zone)
        {
            return;
        }

        var node = values.NodeOf(ServiceKeys.Name);
        if (!own.IsWithin(zone))
        {
            reading.Error(node, $"name: '{Reading.Shown(node)}' is not in its provider's zone; expected the zone itself or a name below it, or another provider");
        }
        else if (own == zone && HasCname)
        {
            var cname = Targets.First(item => item.Target.Type == RecordType.CNAME).Node;
            reading.Error(cname, $"cname: {whose} is the top of its zone, where a CNAME is not allowed; expected 'addresses', or a service below it such as www.{Reading.Shown(node)}");
        }
    }

    private void TtlIsPossible()
    {
        if (!values.TryGet(ServiceKeys.Ttl, out var ttl))
        {
            return;
        }

        var node = values.NodeOf(ServiceKeys.Ttl);
        if (provider is not null && (provider.Options?.SmallestTtl ?? provider.Capabilities.SmallestTtl) is var least && ttl < least)
        {
            reading.Error(node, $"ttl: {DurationText.Format(ttl)} is less than a provider of type {provider.Kind.Type} takes; expected at least {DurationText.Format(least)}");
        }

        if (ttl > LongTtl)
        {
            reading.Warn(node, $"ttl: clients keep the old answer for up to {DurationText.Format(ttl)} after a switch; expected 30s to {DurationText.Format(LongTtl)} for a name that fails over");
        }
    }

    private void ProviderCanDoIt()
    {
        if (provider is null || values.IsBroken(ServiceKeys.Policy))
        {
            return;
        }

        var (policy, type) = (values.Get(ServiceKeys.Policy), provider.Kind.Type);
        if (policy == Policy.Weighted && !provider.Capabilities.Weights)
        {
            reading.Error(values.NodeOf(ServiceKeys.Policy), $"policy: a provider of type {type} has no weights, so {whose} cannot be weighted; expected failover or multivalue");
        }

        if (!provider.Capabilities.SeveralValues)
        {
            OneValuePerFamily(policy, type);
        }
    }

    private void OneValuePerFamily(Policy policy, string type)
    {
        if (policy == Policy.Multivalue)
        {
            reading.Error(values.NodeOf(ServiceKeys.Policy), $"policy: a provider of type {type} holds one address per name, so {whose} cannot be multivalue; expected failover");
        }

        if (values.Get(ServiceKeys.OnAllDown) == OnAllDown.All && endpoints.Count > 1)
        {
            reading.Error(values.NodeOf(ServiceKeys.OnAllDown), $"onAllDown: a provider of type {type} holds one address per name; expected keep or primary");
        }

        foreach (var endpoint in endpoints)
        {
            if (endpoint.Targets.GroupBy(item => item.Target.Type).FirstOrDefault(group => group.Count() > 1) is { } several)
            {
                reading.Error(several.ElementAt(1).Node, $"addresses: {endpoint.Shown} has several {several.Key} values, but a provider of type {type} holds one; expected one");
            }
        }

        foreach (var (first, second) in policy == Policy.Failover && !HasCname ? SamePriority(types => types.Item1.Overlaps(types.Item2)) : [])
        {
            reading.Error(second.Own.NodeOf(ServiceKeys.Priority), $"priority: {first.Shown} and {second.Shown} would be served together, but a provider of type {type} holds one address per name; expected different priorities");
        }
    }

    private void RedundancyIsReal()
    {
        if (endpoints.Count == 1)
        {
            reading.Warn(endpoints[0].Own.Node, $"{whose} has one endpoint, so there is nothing to fail over to; expected at least two");
        }

        if (values.Get(ServiceKeys.Policy) != Policy.Failover || endpoints.Count < 2)
        {
            return;
        }

        var firstPriority = endpoints.Min(endpoint => endpoint.Priority);
        foreach (var type in new[] { RecordType.A, RecordType.AAAA })
        {
            var primary = endpoints.FirstOrDefault(endpoint => endpoint.Priority == firstPriority && Has(endpoint, type));
            var lacking = endpoints.FirstOrDefault(endpoint => endpoint.Priority != firstPriority && endpoint.Targets.Count > 0 && !HasCname && !Has(endpoint, type));
            if (primary is not null && lacking is not null)
            {
                var family = type == RecordType.A ? "IPv4" : "IPv6";
                reading.Warn(lacking.Own.NodeOf(ServiceKeys.Addresses), $"addresses: {lacking.Shown} has no {family} address but {primary.Shown} has; after a failover the {type} record would still point at the dead endpoint; expected both families at both, or one family");
            }
        }
    }

    private static bool Has(EndpointDraft endpoint, RecordType type) => endpoint.Targets.Any(item => item.Target.Type == type);

    /// <summary>Each endpoint that repeats a priority, with the first endpoint that has it.</summary>
    private IEnumerable<(EndpointDraft First, EndpointDraft Second)> SamePriority(Func<(HashSet<RecordType>, HashSet<RecordType>), bool> clash) =>
        endpoints.GroupBy(endpoint => endpoint.Priority)
            .SelectMany(group => group.Skip(1).Select(second => (First: group.First(), Second: second)))
            .Where(pair => clash((Types(pair.First), Types(pair.Second))));

    private static HashSet<RecordType> Types(EndpointDraft endpoint) => [.. endpoint.Targets.Select(item => item.Target.Type)];
}
