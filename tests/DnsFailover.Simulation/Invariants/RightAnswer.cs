using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>What a name should resolve to by now, judged by how the endpoints look from here.</summary>
internal static class RightAnswer
{
    /// <summary>What is wrong with a service that had all the time it needs; null when nothing is.</summary>
    public static string? Objection(World world, ServiceDefinition service)
    {
        if (world.IsExcused(service))
        {
            return null;
        }

        foreach (var name in service.Providers)
        {
            var records = world.Providers[name].Of(service.Name);
            foreach (var type in service.Types)
            {
                if (world.IsNotOurs(service, type, name) || records[type] is not { } set)
                {
                    continue;
                }

                var serving = world.Endpoints.Serving(service, set).ToList();
                var works = service.Targets.Where(pair => pair.Target.Type == type && world.Endpoints[pair.Target].Look == Look.Works).Select(pair => pair.Target).ToList();
                if (works.Count > 0 && serving.TrueForAll(reality => reality.Look == Look.Fails))
                {
                    return $"{service.Name} {type} at {name} is {set.Values}, none of which works, and {string.Join(", ", works)} does; that should have changed within {world.BoundOf(service).TotalSeconds:0} s";
                }

                if (works.Count > 0 && service.Policy != Policy.Failover && serving.Exists(reality => reality.Look == Look.Fails))
                {
                    return $"{service.Name} {type} at {name} still serves {string.Join(", ", serving.Where(reality => reality.Look == Look.Fails).Select(reality => reality.Target))}, which should have left within {world.BoundOf(service).TotalSeconds:0} s";
                }
            }
        }

        return null;
    }

    /// <summary>In the end the best that works is served, at every provider.</summary>
    public static string? NotBest(World world, ServiceDefinition service)
    {
        foreach (var name in service.Providers)
        {
            foreach (var type in service.Types)
            {
                var up = service.Targets.Where(pair => pair.Target.Type == type && world.Endpoints[pair.Target].Look == Look.Works).ToList();
                if (up.Count == 0)
                {
                    continue;
                }

                var published = world.Providers[name].Of(service.Name)[type]?.Values.Select(value => value.Data).Order(StringComparer.Ordinal).ToList() ?? [];
                if (service.Policy == Policy.Failover && service.Failback.Mode == FailbackMode.Auto)
                {
                    var best = up.Min(pair => pair.Endpoint.Priority);
                    up = up.FindAll(pair => pair.Endpoint.Priority == best);
                }

                var wanted = up.Select(pair => pair.Target.Value).Order(StringComparer.Ordinal).ToList();
                var right = type == RecordType.CNAME && service.Policy != Policy.Weighted ? published.Count == 1 && wanted.Contains(published[0])
                    : service.Policy == Policy.Failover && service.Failback.Mode != FailbackMode.Auto ? published.Count > 0 && published.TrueForAll(wanted.Contains)
                    : published.SequenceEqual(wanted, StringComparer.Ordinal);
                if (!right)
                {
                    return $"in the end {service.Name} {type} at {name} is {string.Join(", ", published)}, and should be {string.Join(", ", wanted)} ({service.Policy})";
                }
            }
        }

        return null;
    }
}
