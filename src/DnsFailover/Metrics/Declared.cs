using System.Collections.Frozen;
using DnsFailover.Configuration;
using DnsFailover.Core.Definitions;
using DnsFailover.Probing;

namespace DnsFailover.Metrics;

/// <summary>One target that is probed: its labels, and what its last probe said.</summary>
internal sealed class ProbedTarget(TargetId target, string check)
{
    private const long Never = long.MinValue;

    private long _took = Never;
    private long _certificateEndsAt = Never;

    public string Service { get; } = target.Service.ToString();

    public string Endpoint { get; } = target.Endpoint;

    public string Value { get; } = target.Value;

    /// <summary>The kind of its check.</summary>
    public string Check { get; } = check;

    /// <summary>How long the last probe took; null before the first.</summary>
    public TimeSpan? Took => Volatile.Read(ref _took) is not Never and var ticks ? new TimeSpan(ticks) : null;

    /// <summary>The end of the certificate that was seen last; null when none was.</summary>
    public DateTimeOffset? CertificateEndsAt => Volatile.Read(ref _certificateEndsAt) is not Never and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>A probe ended.</summary>
    public void Note(TimeSpan took, DateTimeOffset? certificateEndsAt)
    {
        Volatile.Write(ref _took, took.Ticks);
        if (certificateEndsAt is { } end)
        {
            Volatile.Write(ref _certificateEndsAt, end.UtcTicks);
        }
    }
}

/// <summary>What failover.yaml declares, as labels: what bounds every series.</summary>
internal sealed class Declared
{
    /// <summary>Nothing.</summary>
    public static readonly Declared Nothing = new();

    private FrozenSet<(string Service, string Endpoint)> _endpoints = FrozenSet<(string, string)>.Empty;
    private FrozenSet<string> _services = FrozenSet<string>.Empty;
    private FrozenSet<string> _providers = FrozenSet<string>.Empty;
    private FrozenSet<string> _channels = FrozenSet<string>.Empty;

    /// <summary>What is probed.</summary>
    public FrozenDictionary<TargetId, ProbedTarget> Targets { get; private init; } = FrozenDictionary<TargetId, ProbedTarget>.Empty;

    /// <summary>Of a configuration; what is known of a target that stays with its check is kept.</summary>
    public static Declared Of(DaemonConfiguration configuration, Declared before) => new()
    {
        Targets = configuration.Checks.ToFrozenDictionary(pair => pair.Key, pair =>
            before.Targets.GetValueOrDefault(pair.Key) is { } known && known.Check == KindOf(pair.Value) ? known : new ProbedTarget(pair.Key, KindOf(pair.Value))),
        _endpoints = configuration.Services.SelectMany(service => service.Endpoints.Select(endpoint => (service.Name.ToString(), endpoint.Name))).ToFrozenSet(),
        _services = configuration.Services.Select(service => service.Name.ToString()).ToFrozenSet(),
        _providers = configuration.Providers.Keys.ToFrozenSet(),
        _channels = configuration.Notifications.Keys.ToFrozenSet(),
    };

    /// <summary>The channels.</summary>
    public IReadOnlyCollection<string> Channels => _channels;

    /// <summary>True for a service that is declared.</summary>
    public bool HasService(string service) => _services.Contains(service);

    /// <summary>True for a provider that is declared.</summary>
    public bool HasProvider(string provider) => _providers.Contains(provider);

    /// <summary>True for a channel that is declared.</summary>
    public bool HasChannel(string channel) => _channels.Contains(channel);

    /// <summary>True unless one of the labels names what is not declared.</summary>
    public bool Has(MetricDefinition metric, SeriesLabels labels)
    {
        var service = string.Empty;
        for (var i = 0; i < metric.Labels.Length; i++)
        {
            var (label, value) = (metric.Labels[i], labels[i] ?? string.Empty);
            service = label == Labels.Service ? value : service;
            if ((label == Labels.Service && !HasService(value)) || (label == Labels.Endpoint && !_endpoints.Contains((service, value)))
                || (label == Labels.Provider && !HasProvider(value)) || (label == Labels.Channel && !HasChannel(value)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when something that was declared before is not any more.</summary>
    public bool HasLost(Declared before) =>
        !before._services.IsSubsetOf(_services) || !before._endpoints.IsSubsetOf(_endpoints) || !before._providers.IsSubsetOf(_providers) || !before._channels.IsSubsetOf(_channels)
        || before.Targets.Keys.Any(target => !Targets.ContainsKey(target));

    private static string KindOf(CheckDefinition check) => check switch
    {
        HttpCheck { Https: true } => "https",
        HttpCheck => "http",
        TlsCheck => "tls",
        _ => "tcp",
    };
}
