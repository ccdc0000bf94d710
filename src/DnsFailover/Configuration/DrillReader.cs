using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Schedules;

namespace DnsFailover.Configuration;

/// <summary>Reads the drills of the services, and holds each canary against the zones and against all other names.</summary>
/// <param name="reading">Where problems go.</param>
internal sealed class DrillReader(Reading reading)
{
    private readonly List<(DnsName Canary, DnsName Service, YamlNode Node, bool IsWritten)> _canaries = [];

    /// <summary>The schedules of the services read so far.</summary>
    public List<DrillSchedule> Schedules { get; } = [];

    /// <summary>What is said of the drills of one service; null when nothing is.</summary>
    /// <param name="values">What the service says and inherits.</param>
    /// <param name="service">Its name.</param>
    /// <param name="providers">Its providers.</param>
    public DrillRule? Read(Values values, DnsName service, IReadOnlyList<ProviderEntry> providers)
    {
        var entry = values.Get(DrillKeys.Drill)?.Rule;
        var node = values.IsWritten(DrillKeys.Drill) ? values.NodeOf(DrillKeys.Drill) : values.NodeOf(ServiceKeys.Name);
        if (entry?.Schedule is { } schedule)
        {
            Schedules.Add(new DrillSchedule(service, schedule, entry.Live));
        }

        if ((entry?.Name ?? DrillRule.DefaultFor(service)) is not { } canary)
        {
            if (entry is not null)
            {
                reading.Error(node, $"drill: '{DrillRule.DefaultLabel}.{service}' is too long for a name; expected 'name' with another one in the zone");
            }

            return null;
        }

        _canaries.Add((canary, service, node, entry?.Name is not null));
        foreach (var zone in entry?.Name is null ? [] : providers.Select(provider => provider.Zone).OfType<DnsName>())
        {
            if (!canary.IsWithin(zone) || canary == zone)
            {
                reading.Error(node, $"drill: the name '{canary}' is {(canary == zone ? $"the zone {zone} itself" : $"not in the zone {zone}")}; expected a name below it that nobody uses, such as {DrillRule.DefaultLabel}.{service}");
            }
        }

        return entry is null ? null : new DrillRule(canary) { OnlyInWindows = entry.Windows.Count > 0, OverdueAfter = entry.OverdueAfter };
    }

    /// <summary>A canary is nobody else's name.</summary>
    /// <param name="services">Where each service is declared.</param>
    public void Check(IReadOnlyDictionary<DnsName, YamlNode> services)
    {
        foreach (var (canary, service, node, _) in _canaries)
        {
            if (services.TryGetValue(canary, out var declared))
            {
                reading.Error(node, $"drill: the canary of {service} would be {canary}, which is a service (line {declared.Position.Line}); expected 'name' with one that nobody uses");
            }
        }

        foreach (var same in _canaries.GroupBy(item => item.Canary).Where(group => group.Select(item => item.Service).Distinct().Count() > 1))
        {
            var (first, second) = (same.First(), same.Last());
            reading.Error(second.IsWritten ? second.Node : first.Node, $"drill: {first.Service} and {second.Service} have the same canary {same.Key}; expected one for each");
        }
    }
}
