using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Configuration;

/// <summary>A service as it stands in the file, as far as it could be read.</summary>
/// <param name="Values">What it says and inherits.</param>
/// <param name="Whose">What it is called in messages.</param>
/// <param name="Name">Its name; null when it has none.</param>
/// <param name="Endpoints">Its endpoints.</param>
internal sealed record ServiceDraft(Values Values, string Whose, DnsName? Name, IReadOnlyList<EndpointDraft> Endpoints)
{
    /// <summary>Every target, with its endpoint and its place in the file.</summary>
    public IEnumerable<(EndpointDraft Endpoint, EndpointTarget Target, YamlNode Node)> Targets =>
        Endpoints.SelectMany(endpoint => endpoint.Targets.Select(item => (endpoint, item.Target, item.Node)));

    /// <summary>Whether an endpoint is reached by a CNAME.</summary>
    public bool HasCname { get; } = Endpoints.Any(endpoint => endpoint.Targets.Any(item => item.Target.Type == RecordType.CNAME));

    /// <summary>Each endpoint that repeats a priority, with the first endpoint that has it, where their record types clash.</summary>
    public IEnumerable<(EndpointDraft First, EndpointDraft Second)> SamePriority(Func<(HashSet<RecordType>, HashSet<RecordType>), bool> clash) =>
        Endpoints.GroupBy(endpoint => endpoint.Priority)
            .SelectMany(group => group.Skip(1).Select(second => (First: group.First(), Second: second)))
            .Where(pair => clash((Types(pair.First), Types(pair.Second))));

    private static HashSet<RecordType> Types(EndpointDraft endpoint) => [.. endpoint.Targets.Select(item => item.Target.Type)];
}
