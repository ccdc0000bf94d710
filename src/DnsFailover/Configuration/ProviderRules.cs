using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Planning;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Configuration;

/// <summary>Holds a service against what one of its providers can do. Each rule reports by itself.</summary>
/// <param name="service">The service, as far as it could be read.</param>
/// <param name="provider">The provider.</param>
/// <param name="reading">Where problems go.</param>
internal sealed class ProviderRules(ServiceDraft service, ProviderEntry provider, Reading reading)
{
    /// <summary>Applies every rule.</summary>
    public void Check()
    {
        NameIsInTheZone();
        TtlIsPossible();
        NewRecordsHaveAPossibleTtl();
        ProviderCanDoIt();
        FamiliesChangeTogether();
        OwnerIsMarked();
    }

    private void NameIsInTheZone()
    {
        if (service.Name is not { } own || provider.Zone is not { } zone)
        {
            return;
        }

        var node = service.Values.NodeOf(ServiceKeys.Name);
        if (!own.IsWithin(zone))
        {
            reading.Error(node, $"name: '{Reading.Shown(node)}' is not in its provider's zone; expected the zone itself or a name below it, or another provider");
        }
        else if (own == zone && service.Targets.FirstOrDefault(item => item.Target.Type == RecordType.CNAME && provider.Options?.IsAlias(item.Target.Value) != true).Node is { } cname)
        {
            reading.Error(cname, $"cname: {service.Whose} is the top of its zone, where a CNAME is not allowed; expected 'addresses', or a service below it such as www.{Reading.Shown(node)}");
        }
    }

    private void TtlIsPossible()
    {
        if (!service.Values.TryGet(ServiceKeys.Ttl, out var ttl))
        {
            return;
        }

        var node = service.Values.NodeOf(ServiceKeys.Ttl);
        var least = SmallestTtl;
        if (ttl < least)
        {
            reading.Error(node, $"ttl: {DurationText.Format(ttl)} is less than a provider of type {provider.Kind.Type} takes; expected at least {DurationText.Format(least)}");
        }
        else if (least > ServiceRules.LongTtl)
        {
            reading.Warn(node, $"ttl: clients keep the old answer for up to {DurationText.Format(ttl)} after a switch, and a provider of type {provider.Kind.Type} takes no less than {DurationText.Format(least)}; expected another provider for a name that fails over");
        }
    }

    private TimeSpan SmallestTtl => provider.Capabilities.SmallestTtl;

    /// <summary>Without <c>ttl</c>, the first write of a new name would be the one that finds out.</summary>
    private void NewRecordsHaveAPossibleTtl()
    {
        if (!service.Values.IsWritten(ServiceKeys.Ttl) && service.Values.Get(ServiceKeys.Create) && SmallestTtl > Planner.DefaultTtl)
        {
            reading.Error(service.Values.NodeOf(ServiceKeys.Create), $"create: records that are created without 'ttl' get {DurationText.Format(Planner.DefaultTtl)}, less than a provider of type {provider.Kind.Type} takes; expected ttl: {DurationText.Format(SmallestTtl)} or more in {service.Whose}");
        }
    }

    private void FamiliesChangeTogether()
    {
        if (provider.Capabilities.AtomicBatch || !service.Targets.Any(item => item.Target.Type == RecordType.A))
        {
            return;
        }

        if (service.Targets.FirstOrDefault(item => item.Target.Type == RecordType.AAAA) is { Node: { } six })
        {
            reading.Warn(six, $"addresses: a provider of type {provider.Kind.Type} changes the A and the AAAA records of {service.Whose} one after the other, so that for a moment, or until a failed write is mended, they point at different endpoints; expected one family, or a provider that changes both as one");
        }
    }

    /// <summary>A builtin zone needs no marks, since nobody else writes there.</summary>
    private void OwnerIsMarked()
    {
        if (service.Values.IsWritten(ServiceKeys.Owner) && !service.Values.IsBroken(ServiceKeys.Owner) && provider.Capabilities is { OwnsRecords: false, OwnerMarks: false })
        {
            reading.Warn(service.Values.NodeOf(ServiceKeys.Owner), $"owner: names are not marked at this provider of type {provider.Kind.Type}, so that another controller which steers them is not noticed; expected that no other one writes there");
        }
    }

    private void ProviderCanDoIt()
    {
        if (service.Values.IsBroken(ServiceKeys.Policy))
        {
            return;
        }

        var (policy, type) = (service.Values.Get(ServiceKeys.Policy), provider.Kind.Type);
        if (policy == Policy.Weighted && !provider.Capabilities.Weights)
        {
            var mend = provider.Capabilities.WeightsWith is { } key ? $", or {key} in the provider's entry" : string.Empty;
            reading.Error(service.Values.NodeOf(ServiceKeys.Policy), $"policy: a provider of type {type} has no weights{(mend.Length > 0 ? " as it is" : string.Empty)}, so {service.Whose} cannot be weighted; expected failover or multivalue{mend}");
        }

        foreach (var endpoint in policy == Policy.Weighted && provider.Capabilities.Weights ? service.Endpoints : [])
        {
            WeightIsPossible(endpoint, type, provider.Capabilities.LargestWeight);
        }

        if (!provider.Capabilities.SeveralValues)
        {
            OneValuePerFamily(policy, type);
        }
    }

    private void WeightIsPossible(EndpointDraft endpoint, string type, int largest)
    {
        if (endpoint.Own.TryGet(ServiceKeys.Weight, out var weight) && weight > largest)
        {
            reading.Error(endpoint.Own.NodeOf(ServiceKeys.Weight), $"weight: {weight} is more than a provider of type {type} keeps exactly; expected 1 to {largest} (only the ratio counts)");
        }
    }

    private void OneValuePerFamily(Policy policy, string type)
    {
        if (policy == Policy.Multivalue)
        {
            reading.Error(service.Values.NodeOf(ServiceKeys.Policy), $"policy: a provider of type {type} holds one address per name, so {service.Whose} cannot be multivalue; expected failover");
        }

        if (service.Values.Get(ServiceKeys.OnAllDown) == OnAllDown.All && service.Endpoints.Count > 1)
        {
            reading.Error(service.Values.NodeOf(ServiceKeys.OnAllDown), $"onAllDown: a provider of type {type} holds one address per name; expected keep or primary");
        }

        foreach (var endpoint in service.Endpoints)
        {
            if (endpoint.Targets.GroupBy(item => item.Target.Type).FirstOrDefault(group => group.Count() > 1) is { } several)
            {
                reading.Error(several.ElementAt(1).Node, $"addresses: {endpoint.Shown} has several {several.Key} values, but a provider of type {type} holds one; expected one");
            }
        }

        foreach (var (first, second) in policy == Policy.Failover && !service.HasCname ? service.SamePriority(types => types.Item1.Overlaps(types.Item2)) : [])
        {
            reading.Error(second.Own.NodeOf(ServiceKeys.Priority), $"priority: {first.Shown} and {second.Shown} would be served together, but a provider of type {type} holds one address per name; expected different priorities");
        }
    }
}
