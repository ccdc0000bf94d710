using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Probing;
using DnsFailover.Providers;

namespace DnsFailover.Configuration;

/// <summary>Reads the services with all that they inherit.</summary>
/// <param name="defaults">What the file says for all of them; null when nothing.</param>
/// <param name="providers">The entries of <c>providers</c>.</param>
/// <param name="checks">Resolves checks.</param>
/// <param name="reading">Where problems go.</param>
internal sealed class ServiceReader(Values? defaults, IReadOnlyList<Named<ProviderEntry>> providers, CheckReader checks, Reading reading)
{
    private readonly Dictionary<DnsName, YamlNode> _names = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly EndpointReader _endpoints = new(checks, reading);
    private bool _someAreUnknown;

    /// <summary>What is probed, for every target of the services read so far.</summary>
    public Dictionary<TargetId, CheckDefinition> Checks { get; } = [];

    /// <summary>A service, or null when the file has errors; what is wrong with it was reported.</summary>
    public ServiceDefinition? Read(Values own)
    {
        var effective = own.Over(defaults);
        var name = Name(own);
        var whose = own.IsWritten(ServiceKeys.Name) ? $"service '{Reading.Shown(own.NodeOf(ServiceKeys.Name))}'" : "this service";
        var provider = Provider(effective, whose);
        checks.Touch(defaults?.Get(ProbingKeys.Check));
        checks.Touch(own.Get(ProbingKeys.Check));
        var layers = new[] { defaults?.Get(ProbingKeys.Check), own.Get(ProbingKeys.Check) };

        var drafts = new List<EndpointDraft>();
        foreach (var endpoint in own.TryGet(ServiceKeys.Endpoints, out var endpoints) ? endpoints : [])
        {
            drafts.Add(_endpoints.Read(endpoint.Value, effective, layers, name, drafts.Count));
        }

        new ServiceRules(effective, whose, name, drafts, provider?.Value, reading).Check();
        return name is not null && provider?.Value is not null && !reading.HasErrors ? Build(effective, name.Value, provider, drafts) : null;
    }

    /// <summary>Warns of entries in <c>providers</c> that no service refers to.</summary>
    public void WarnOfUnused()
    {
        // A misspelled reference leaves its entry unused; one complaint is enough.
        foreach (var provider in providers.Where(provider => !_used.Contains(provider.Name) && !_someAreUnknown))
        {
            reading.Warn(provider.Node, $"provider '{provider.Name}' is not used by any service");
        }
    }

    private ServiceDefinition Build(Values values, DnsName name, Named<ProviderEntry> provider, List<EndpointDraft> drafts)
    {
        var endpoints = drafts.Select(draft => draft.Complete!.Value).ToList();
        foreach (var (endpoint, check) in endpoints)
        {
            foreach (var target in endpoint.Targets)
            {
                Checks[new TargetId(name, endpoint.Name, target.Type, target.Value)] = check;
            }
        }

        var service = new ServiceDefinition
        {
            Name = name,
            Provider = provider.Name,
            Policy = values.Get(ServiceKeys.Policy),
            // The order of preference; among equal priorities the order of the file.
            Endpoints = endpoints.Select(item => item.Endpoint).OrderBy(endpoint => endpoint.Priority).ToValueList(),
            Ttl = values.TryGet(ServiceKeys.Ttl, out var ttl) ? ttl : null,
            Failback = values.Get(ServiceKeys.Failback)!,
            MinActiveTime = values.Get(ServiceKeys.MinActiveTime),
            OnAllDown = values.Get(ServiceKeys.OnAllDown),
            Owner = values.Get(ServiceKeys.Owner),
            Adopt = values.Get(ServiceKeys.Adopt),
            Create = values.Get(ServiceKeys.Create) || provider.Value!.Kind.Capabilities.OwnsRecords,
        };
        foreach (var remark in provider.Value!.Options?.RemarksOn(new DeclaredService(service, Checks)) ?? [])
        {
            reading.Warn(values.NodeOf(ServiceKeys.Name), remark);
        }

        return service;
    }

    private DnsName? Name(Values own)
    {
        if (!own.TryGet(ServiceKeys.Name, out var name))
        {
            return null;
        }

        var node = own.NodeOf(ServiceKeys.Name);
        if (!_names.TryAdd(name, node))
        {
            reading.Error(node, $"service '{Reading.Shown(node)}' is declared twice; the first is in line {_names[name].Position.Line} (case and a trailing dot make no difference)");
        }

        return name;
    }

    private Named<ProviderEntry>? Provider(Values values, string whose)
    {
        if (values.IsBroken(ServiceKeys.Provider) || providers.Count == 0)
        {
            return null;
        }

        var names = providers.Select(provider => provider.Name);
        var node = values.NodeOf(ServiceKeys.Provider);
        if (!values.TryGet(ServiceKeys.Provider, out var wanted))
        {
            if (providers.Count > 1)
            {
                reading.Error(node, $"{whose} has no 'provider' and there are several; expected one of {Section.List(names.Take(10), "or")}, here or in defaults");
                return null;
            }

            wanted = providers[0].Name;
        }

        _used.Add(wanted);
        if (providers.FirstOrDefault(provider => provider.Name == wanted) is { } found)
        {
            return found;
        }

        _someAreUnknown = true;
        var shown = Reading.Shown(node);
        reading.Error(node, $"provider: there is no provider '{shown}'; expected {Section.List(names.Take(10), "or")}{(References.IsIn(shown) ? string.Empty : Nearest.Hint(wanted, names))}");
        return null;
    }
}
