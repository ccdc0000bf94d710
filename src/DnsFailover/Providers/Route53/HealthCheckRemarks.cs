using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>What Route 53 can and cannot watch over of a service.</summary>
internal static class HealthCheckRemarks
{
    /// <summary>Each target of a service with the health check that it can have.</summary>
    public static IEnumerable<(TargetId Target, MappedCheck Mapped)> Mapped(DeclaredService service, Route53Options options) =>
        service.Definition.Policy == Policy.Multivalue ? [] : service.Definition.Targets
            .Select(pair => (pair.Target, options.IsAlias(pair.Target.Value)
                ? new MappedCheck(null, "it is written as an alias")
                : HealthCheckMapping.Map(new EndpointTarget(pair.Target.Type, pair.Target.Value), service.Checks[pair.Target], pair.Endpoint.Rule, options.HealthCheckInterval)));

    /// <summary>What Route 53 does not do for a service while the daemon is down, each as a sentence.</summary>
    public static IEnumerable<string> On(DeclaredService service, Route53Options options)
    {
        var (name, definition) = (service.Name, service.Definition);
        if (definition.Policy == Policy.Multivalue)
        {
            yield return $"healthChecks: {name} is multivalue, which is one record set with all its values, and Route 53 takes a health check for the whole set only: it gets none; weighted would have one per endpoint";
            yield break;
        }

        foreach (var (target, mapped) in Mapped(service, options).Where(item => item.Mapped.WhyNot is not null))
        {
            yield return $"healthChecks: {target} of {name} gets no health check: {mapped.WhyNot}";
        }

        foreach (var several in definition.Policy == Policy.Failover ? Several(definition) : [])
        {
            yield return $"healthChecks: {several} of {name} are served together, and Route 53 takes a health check for the whole set only: it does not fail over from them by itself";
        }
    }

    private static IEnumerable<string> Several(ServiceDefinition service) => service.Targets
        .GroupBy(pair => (pair.Endpoint.Priority, pair.Target.Type))
        .Where(group => group.Key.Type != RecordType.CNAME && group.Count() > 1)
        .Select(group => string.Join(", ", group.Select(pair => pair.Target.ToString())));
}
