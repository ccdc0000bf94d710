using System.Net.Sockets;
using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Probing;

namespace DnsFailover.Configuration;

/// <summary>An endpoint as far as it could be read; what is missing was reported.</summary>
internal sealed record EndpointDraft
{
    /// <summary>What it says itself.</summary>
    public required Values Own { get; init; }

    /// <summary>What it is called in messages: "endpoint 'render'".</summary>
    public required string Shown { get; init; }

    /// <summary>Its name; null when it has none.</summary>
    public required string? Name { get; init; }

    /// <summary>0 is preferred.</summary>
    public required int Priority { get; init; }

    /// <summary>Its values, each with its place.</summary>
    public required IReadOnlyList<(EndpointTarget Target, YamlNode Node)> Targets { get; init; }

    /// <summary>The whole endpoint with its check; null when something of it is missing.</summary>
    public required (EndpointDefinition Endpoint, CheckDefinition Check)? Complete { get; init; }
}

/// <summary>Reads one endpoint with all that it inherits.</summary>
/// <param name="checks">Resolves its check.</param>
/// <param name="reading">Where problems go.</param>
internal sealed class EndpointReader(CheckReader checks, Reading reading)
{
    /// <summary>Reads an endpoint.</summary>
    /// <param name="own">What the endpoint says.</param>
    /// <param name="service">What its service says and inherits.</param>
    /// <param name="layers">What defaults and service say about the check.</param>
    /// <param name="name">The service's name; null when it has none.</param>
    /// <param name="place">Its place in the list, from 0.</param>
    public EndpointDraft Read(Values own, Values service, IReadOnlyList<CheckLayer?> layers, DnsName? name, int place)
    {
        var shown = own.IsWritten(ServiceKeys.EndpointName) ? $"endpoint '{Reading.Shown(own.NodeOf(ServiceKeys.EndpointName))}'" : $"endpoint {place + 1} in the list";
        var effective = own.Over(service);
        var policy = service.Get(ServiceKeys.Policy);
        WarnOfIdleKeys(own, policy);

        var targets = Targets(own, shown);
        var timing = Timing(effective);
        var check = effective.IsBroken(ProbingKeys.Check) ? null : checks.Resolve([.. layers, own.Get(ProbingKeys.Check)], own.Node, shown);
        if (check is not null && timing is { } known && check.TryGet(CheckKeys.LatencyLimit, out var limit) && limit >= known.Timeout)
        {
            reading.Error(check.NodeOf(CheckKeys.LatencyLimit), $"latencyLimit: {DurationText.Format(limit)} is not shorter than the {(effective.IsWritten(ProbingKeys.Timeout) ? string.Empty : "default ")}timeout of {DurationText.Format(known.Timeout)}, so it would never count; expected a shorter one, or a longer timeout");
        }

        var priority = own.TryGet(ServiceKeys.Priority, out var written) ? written : policy == Policy.Failover ? place : 0;
        var draft = new EndpointDraft { Own = own, Shown = shown, Name = own.Get(ServiceKeys.EndpointName), Priority = priority, Targets = targets, Complete = null };
        return name is { } serviceName && draft.Name is not null && timing is not null && check is not null && !reading.HasErrors
            ? draft with { Complete = Complete(draft, effective, serviceName, check, timing) }
            : draft;
    }

    private (EndpointDefinition Endpoint, CheckDefinition Check) Complete(EndpointDraft draft, Values effective, DnsName service, Values check, ProbeTiming timing)
    {
        var definition = checks.Build(check, service, timing.Timeout);
        return (new EndpointDefinition
        {
            Name = draft.Name!,
            Vendor = draft.Own.TryGet(ServiceKeys.Vendor, out var vendor) ? vendor : draft.Name!,
            Priority = draft.Priority,
            Weight = effective.Get(ServiceKeys.Weight),
            Targets = draft.Targets.Select(item => item.Target).ToValueList(),
            Rule = new HealthRule(effective.Get(ProbingKeys.Rise), effective.Get(ProbingKeys.Fall), effective.Get(ProbingKeys.Window)),
            Timing = timing,
            CheckFingerprint = CheckReader.Fingerprint(definition),
        }, definition);
    }

    private void WarnOfIdleKeys(Values own, Policy policy)
    {
        if (own.IsWritten(ServiceKeys.Weight) && policy != Policy.Weighted)
        {
            reading.Warn(own.NodeOf(ServiceKeys.Weight), "weight: has no effect here; expected the policy weighted with it");
        }

        if (own.IsWritten(ServiceKeys.Priority) && policy != Policy.Failover)
        {
            reading.Warn(own.NodeOf(ServiceKeys.Priority), "priority: has no effect here; expected the policy failover with it");
        }
    }

    private List<(EndpointTarget Target, YamlNode Node)> Targets(Values own, string whose)
    {
        if (own.IsWritten(ServiceKeys.Addresses) && own.IsWritten(ServiceKeys.Cname))
        {
            reading.Error(own.NodeOf(ServiceKeys.Cname), $"cname: {whose} has addresses too; expected one of the two, as a CNAME stands alone at its name");
        }
        else if (!own.IsWritten(ServiceKeys.Addresses) && !own.IsWritten(ServiceKeys.Cname))
        {
            reading.Error(own.Node, $"{whose} has neither 'addresses' nor 'cname'; expected one of them, for example addresses: [192.0.2.10]");
        }

        var targets = new List<(EndpointTarget Target, YamlNode Node)>();
        if (own.TryGet(ServiceKeys.Addresses, out var addresses))
        {
            targets.AddRange(addresses.Select(item =>
                (new EndpointTarget(item.Value.AddressFamily == AddressFamily.InterNetwork ? RecordType.A : RecordType.AAAA, item.Value.ToString()), item.Node)));
        }

        if (own.TryGet(ServiceKeys.Cname, out var cname))
        {
            targets.Add((new EndpointTarget(RecordType.CNAME, cname.ToString()), own.NodeOf(ServiceKeys.Cname)));
        }

        return targets;
    }

    /// <summary>Null when a part of it could not be read, which was reported.</summary>
    private ProbeTiming? Timing(Values values)
    {
        if (values.IsBroken(ProbingKeys.Interval) || values.IsBroken(ProbingKeys.Timeout) || values.IsBroken(ProbingKeys.FastInterval))
        {
            return null;
        }

        // Defaults give way to a short interval: nobody is blamed for what they did not write.
        var interval = values.Get(ProbingKeys.Interval);
        var half = new TimeSpan(interval.Ticks / 2);
        var timeout = values.TryGet(ProbingKeys.Timeout, out var ownTimeout) ? ownTimeout : interval <= ProbingKeys.Timeout.Default ? half : ProbingKeys.Timeout.Default;
        var fast = values.TryGet(ProbingKeys.FastInterval, out var ownFast) ? ownFast : TimeSpan.FromTicks(Math.Min(interval.Ticks, ProbingKeys.FastInterval.Default.Ticks));
        var whose = values.IsWritten(ProbingKeys.Interval) ? "the interval" : "the default interval";
        if (timeout >= interval)
        {
            reading.Error(values.InnerOf(ProbingKeys.Timeout, ProbingKeys.Interval), $"timeout: {DurationText.Format(timeout)} is not shorter than {whose} of {DurationText.Format(interval)}; expected that a probe ends before the next begins");
        }

        if (fast > interval)
        {
            reading.Error(values.InnerOf(ProbingKeys.FastInterval, ProbingKeys.Interval), $"fastInterval: {DurationText.Format(fast)} is longer than {whose} of {DurationText.Format(interval)}; expected that confirmations come sooner than scheduled probes");
        }

        return new ProbeTiming(interval, timeout, fast);
    }
}
