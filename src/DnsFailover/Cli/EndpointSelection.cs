using DnsFailover.Configuration;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Cli;

/// <summary>Finds what an operator means by <c>api.example.com</c>, <c>render</c> or <c>api.example.com/render</c>.</summary>
internal static class EndpointSelection
{
    /// <summary>The targets that are meant, in the order of failover.yaml.</summary>
    /// <exception cref="BadInputException">Nothing has that name; the message lists what there is.</exception>
    public static IReadOnlyList<(ServiceDefinition Service, EndpointDefinition Endpoint, TargetId Target)> Find(DaemonConfiguration configuration, string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (first, second) = slash < 0 ? (text, null) : (text[..slash], text[(slash + 1)..]);
        var isName = DnsName.TryParse(first, out var name, out _);
        var all = configuration.Services.SelectMany(service => service.Targets.Select(pair => (Service: service, pair.Endpoint, pair.Target))).ToList();
        var found = all.Where(item => second is null
            ? (isName && item.Service.Name == name) || item.Endpoint.Name == first
            : isName && item.Service.Name == name && item.Endpoint.Name == second).ToList();
        if (found.Count > 0)
        {
            return found;
        }

        var known = configuration.Services.Select(service => $"{service.Name} ({string.Join(", ", service.Endpoints.Select(endpoint => endpoint.Name))})");
        throw new BadInputException($"there is no service or endpoint '{text}'; there are: {string.Join("; ", known)}");
    }
}
