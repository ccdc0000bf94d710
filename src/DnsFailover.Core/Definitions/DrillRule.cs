using DnsFailover.Core.Records;

namespace DnsFailover.Core.Definitions;

/// <summary>What failover.yaml says of a service's drills.</summary>
/// <param name="Canary">The name that is moved in place of the service's own.</param>
public sealed record DrillRule(DnsName Canary)
{
    /// <summary>What stands in front of the service's name in that of its canary, unless failover.yaml says otherwise.</summary>
    public const string DefaultLabel = "dnsfailover-drill";

    /// <summary>True when a drill on the service itself is made only within the planned times for it.</summary>
    public bool OnlyInWindows { get; init; }

    /// <summary>So long after the last drill that passed a person is told; null when nobody is.</summary>
    public TimeSpan? OverdueAfter { get; init; }

    /// <summary>The canary of a service; null when its name is too long to have one of the usual name.</summary>
    public static DnsName? CanaryOf(ServiceDefinition service) => service.Drill?.Canary ?? DefaultFor(service.Name);

    /// <summary>The usual canary of a name; null when it would be too long.</summary>
    public static DnsName? DefaultFor(DnsName service) => DnsName.TryParse($"{DefaultLabel}.{service}", out var name, out _) ? name : null;
}
