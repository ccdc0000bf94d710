using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Probing;
using DnsFailover.Providers;
using DnsFailover.Schedules;

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

    /// <summary>The planned times of the services read so far.</summary>
    public List<WindowSchedule> Windows { get; } = [];

    /// <summary>Reads drills.</summary>
    private DrillReader Drilling { get; } = new(reading);

    /// <summary>When drills begin, for the services read so far.</summary>
    public IReadOnlyList<DrillSchedule> Drills => Drilling.Schedules;

    /// <summary>Once every service is read: no canary is another name.</summary>
    public void CheckDrills() => Drilling.Check(_names);

    /// <summary>A service, or null when the file has errors; what is wrong with it was reported.</summary>
    public ServiceDefinition? Read(Values own)
    {
        var effective = own.Over(defaults);
        var name = Name(own);
        var whose = own.IsWritten(ServiceKeys.Name) ? $"service '{Reading.Shown(own.NodeOf(ServiceKeys.Name))}'" : "this service";
        var chosen = ProvidersOf(own, effective, whose);
        checks.Touch(defaults?.Get(ProbingKeys.Check));
        checks.Touch(own.Get(ProbingKeys.Check));
        var layers = new[] { defaults?.Get(ProbingKeys.Check), own.Get(ProbingKeys.Check) };

        var drafts = new List<EndpointDraft>();
        foreach (var endpoint in own.TryGet(ServiceKeys.Endpoints, out var endpoints) ? endpoints : [])
        {
            drafts.Add(_endpoints.Read(endpoint.Value, effective, layers, name, drafts.Count));
        }

        new ServiceRules(new ServiceDraft(effective, whose, name, drafts), [.. chosen.Select(provider => provider.Value).OfType<ProviderEntry>()], reading).Check();
        var maintenance = Maintenance(effective, whose, drafts);
        DrillRule? drill = null;
        if (name is { } known)
        {
            Windows.AddRange(maintenance.Select(entry => Schedule(WindowKind.Maintenance, known, entry)));
            drill = Drilling.Read(effective, known, [.. chosen.Select(provider => provider.Value).OfType<ProviderEntry>()]);
            Windows.AddRange(effective.Get(DrillKeys.Drill)?.Rule?.Windows.Select(entry => Schedule(WindowKind.Drill, known, entry)) ?? []);
            Windows.AddRange(effective.Get(ServiceKeys.Failback)?.Windows.Select(entry => Schedule(WindowKind.Failback, known, entry)) ?? []);
        }

        return name is not null && chosen.Count > 0 && !reading.HasErrors ? Build(effective, name.Value, chosen, drafts, drill) : null;
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

    private ServiceDefinition Build(Values values, DnsName name, IReadOnlyList<Named<ProviderEntry>> chosen, List<EndpointDraft> drafts, DrillRule? drill)
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
            Provider = chosen[0].Name,
            AlsoAt = chosen.Skip(1).Select(provider => provider.Name).ToValueList(),
            Policy = values.Get(ServiceKeys.Policy),
            // The order of preference; among equal priorities the order of the file.
            Endpoints = endpoints.Select(item => item.Endpoint).OrderBy(endpoint => endpoint.Priority).ToValueList(),
            Ttl = values.TryGet(ServiceKeys.Ttl, out var ttl) ? ttl : null,
            Failback = values.Get(ServiceKeys.Failback)!.Rule,
            MinActiveTime = values.Get(ServiceKeys.MinActiveTime),
            SwitchesPerHour = values.Get(ServiceKeys.SwitchesPerHour),
            Importance = values.Get(ServiceKeys.Importance),
            OnAllDown = values.Get(ServiceKeys.OnAllDown),
            OnDrift = values.Get(ServiceKeys.OnDrift),
            Owner = values.Get(ServiceKeys.Owner),
            Drill = drill,
            Adopt = values.Get(ServiceKeys.Adopt),
            Create = values.Get(ServiceKeys.Create) || chosen.All(provider => provider.Value!.Capabilities.OwnsRecords),
        };
        foreach (var remark in chosen.SelectMany(provider => provider.Value!.Options?.RemarksOn(new DeclaredService(service, Checks)) ?? []))
        {
            reading.Warn(values.NodeOf(ServiceKeys.Name), remark);
        }

        return service;
    }

    private static WindowSchedule Schedule(WindowKind kind, DnsName service, WindowEntry entry) =>
        new(kind, service, entry.Endpoint, entry.Schedule, entry.Duration, kind switch { WindowKind.Failback => "failback window", WindowKind.Drill => "drill window", _ => entry.Reason });

    private IReadOnlyList<WindowEntry> Maintenance(Values values, string whose, List<EndpointDraft> endpoints)
    {
        var entries = WindowKeys.Entries(values, WindowKeys.Maintenance, reading);
        var names = endpoints.Select(endpoint => endpoint.Name).OfType<string>().ToList();
        foreach (var entry in entries.Where(entry => entry.Endpoint is not null && names.Count == endpoints.Count && !names.Contains(entry.Endpoint)))
        {
            reading.Error(entry.EndpointNode!, $"endpoint: there is no endpoint '{Reading.Shown(entry.EndpointNode)}' in {whose}; expected {Section.List(names.Take(10), "or")}{Nearest.Hint(entry.Endpoint!, names)}");
        }

        return entries;
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

    /// <summary>Its providers, the leading one first; none when that is not clear, which was reported.</summary>
    private IReadOnlyList<Named<ProviderEntry>> ProvidersOf(Values own, Values effective, string whose)
    {
        if (effective.IsBroken(ServiceKeys.Provider) || effective.IsBroken(ServiceKeys.Providers) || providers.Count == 0)
        {
            return [];
        }

        // What the service itself says stands in place of what it inherits, whichever of the two keys it uses.
        var values = own.IsWritten(ServiceKeys.Provider) || own.IsWritten(ServiceKeys.Providers) ? own : effective;
        if (values.IsWritten(ServiceKeys.Provider) && values.IsWritten(ServiceKeys.Providers))
        {
            reading.Error(values.NodeOf(ServiceKeys.Providers), $"providers: 'provider' is written too ({whose}); expected one of them");
            _someAreUnknown = true; // which of the two is meant is not known
            return [];
        }

        var found = values.TryGet(ServiceKeys.Providers, out var several)
            ? [.. several.Select(item => Find(item.Value, item.Node, "providers"))]
            : values.TryGet(ServiceKeys.Provider, out var one) ? [Find(one, values.NodeOf(ServiceKeys.Provider), "provider")]
            : providers.Count == 1 ? [Find(providers[0].Name, values.Node, "provider")]
            : new List<Named<ProviderEntry>?>();
        if (found.Count == 0)
        {
            reading.Error(values.NodeOf(ServiceKeys.Provider), $"{whose} has no 'provider' and there are several; expected one of {Section.List(providers.Select(provider => provider.Name).Take(10), "or")}, here or in defaults");
        }

        foreach (var repeated in (several ?? []).GroupBy(item => item.Value, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            reading.Error(repeated.Last().Node, $"providers: '{repeated.Key}' is listed twice in {whose}; expected each provider once");
        }

        foreach (var same in found.OfType<Named<ProviderEntry>>().DistinctBy(provider => provider.Name, StringComparer.Ordinal).Where(provider => provider.Value?.Options is not null).GroupBy(provider => provider.Value!.Options).Where(group => group.Count() > 1))
        {
            reading.Error(values.NodeOf(ServiceKeys.Providers), $"providers: {Section.List(same.Select(provider => $"'{provider.Name}'"), "and")} are the same place under several names ({whose}), which would take each other's writes for somebody else's; expected one of them");
        }

        return found.TrueForAll(provider => provider?.Value is not null) ? [.. found.OfType<Named<ProviderEntry>>().DistinctBy(provider => provider.Name, StringComparer.Ordinal)] : [];
    }

    private Named<ProviderEntry>? Find(string wanted, YamlNode node, string key)
    {
        _used.Add(wanted);
        if (providers.FirstOrDefault(provider => provider.Name == wanted) is { } found)
        {
            return found;
        }

        _someAreUnknown = true;
        var (shown, names) = (Reading.Shown(node), providers.Select(provider => provider.Name));
        reading.Error(node, $"{key}: there is no provider '{shown}'; expected {Section.List(names.Take(10), "or")}{(References.IsIn(shown) ? string.Empty : Nearest.Hint(wanted, names))}");
        return null;
    }
}
