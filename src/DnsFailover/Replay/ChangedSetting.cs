using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Replay;

/// <summary>A setting of which the record shows that it was another one than is tried.</summary>
/// <param name="Names">By service where it differs, with the value that is tried: <c>fall 5</c>.</param>
/// <param name="PutBack">A service as it was, as far as this setting goes.</param>
internal sealed record ChangedSetting(IReadOnlyDictionary<DnsName, string> Names, Func<ServiceDefinition, ServiceDefinition> PutBack)
{
    /// <summary>Those of a configuration. What the record does not show, or shows differently at different times, is not among them.</summary>
    public static IReadOnlyList<ChangedSetting> In(ControllerConfiguration tried, RecordedSettings recorded)
    {
        var services = tried.Services;
        return [.. new[]
        {
            OfEndpoints("interval", services, recorded.Interval, endpoint => endpoint.Timing.Interval, DurationText.Format, (endpoint, was) => endpoint with { Timing = endpoint.Timing with { Interval = was } }),
            OfEndpoints("fastInterval", services, recorded.FastInterval, endpoint => endpoint.Timing.FastInterval, DurationText.Format, (endpoint, was) => endpoint with { Timing = endpoint.Timing with { FastInterval = was } }),
            OfEndpoints("fall", services, recorded.Fall, endpoint => endpoint.Rule.Fall, fall => $"{fall}", (endpoint, was) => endpoint with { Rule = endpoint.Rule with { Fall = was } }),
            OfServices("failback delay", services, recorded.FailbackDelay, service => service.Failback.Delay, DurationText.Format, (service, was) => service with { Failback = service.Failback with { Delay = was } }),
            OfServices("minActiveTime", services, recorded.MinActiveTime, service => service.MinActiveTime, DurationText.Format, (service, was) => service with { MinActiveTime = was }),
        }.OfType<ChangedSetting>()];
    }

    private static ChangedSetting? OfEndpoints<T>(
        string name, IEnumerable<ServiceDefinition> services, Func<ServiceDefinition, EndpointDefinition, T?> recorded, Func<EndpointDefinition, T> tried, Func<T, string> spell, Func<EndpointDefinition, T, EndpointDefinition> with)
        where T : struct
    {
        var was = new Dictionary<(DnsName Service, string Endpoint), T>();
        var names = new Dictionary<DnsName, string>();
        foreach (var service in services)
        {
            var differing = service.Endpoints.Where(endpoint => recorded(service, endpoint) is { } value && !value.Equals(tried(endpoint))).ToList();
            foreach (var endpoint in differing)
            {
                was[(service.Name, endpoint.Name)] = recorded(service, endpoint)!.Value;
            }

            if (differing.Count > 0)
            {
                names[service.Name] = $"{name} {string.Join(" and ", differing.Select(tried).Distinct().Order().Select(spell))}";
            }
        }

        return names.Count == 0 ? null : new ChangedSetting(names, service => service with
        {
            Endpoints = service.Endpoints.Select(endpoint => was.TryGetValue((service.Name, endpoint.Name), out var value) ? with(endpoint, value) : endpoint).ToValueList(),
        });
    }

    private static ChangedSetting? OfServices<T>(
        string name, IEnumerable<ServiceDefinition> services, Func<ServiceDefinition, T?> recorded, Func<ServiceDefinition, T> tried, Func<T, string> spell, Func<ServiceDefinition, T, ServiceDefinition> with)
        where T : struct
    {
        var differing = services.Where(service => recorded(service) is { } value && !value.Equals(tried(service))).ToDictionary(service => service.Name);
        return differing.Count == 0 ? null : new ChangedSetting(
            differing.ToDictionary(pair => pair.Key, pair => $"{name} {spell(tried(pair.Value))}"),
            service => differing.ContainsKey(service.Name) ? with(service, recorded(service)!.Value) : service);
    }
}
