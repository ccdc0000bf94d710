using DnsFailover.Core.Records;

namespace DnsFailover.Core.Definitions;

/// <summary>Which healthy endpoints are served.</summary>
public enum Policy
{
    /// <summary>Those of the first priority that has a healthy one.</summary>
    Failover,

    /// <summary>All healthy ones.</summary>
    Multivalue,

    /// <summary>All healthy ones, each with its weight.</summary>
    Weighted,
}

/// <summary>What becomes of the name when every endpoint is Down.</summary>
public enum OnAllDown
{
    /// <summary>The last answer stays.</summary>
    Keep,

    /// <summary>The endpoints of the first priority are served.</summary>
    Primary,

    /// <summary>Every endpoint is served.</summary>
    All,
}

/// <summary>What is done when somebody else changes the records.</summary>
public enum OnDrift
{
    /// <summary>It is told, and taken for what is served now.</summary>
    Alert,

    /// <summary>It is told, and what was there before is put back.</summary>
    Restore,

    /// <summary>It is told, and nothing is changed until it is undone.</summary>
    Pause,
}

/// <summary>Whether traffic returns by itself to a preferred endpoint that has recovered.</summary>
public enum FailbackMode
{
    /// <summary>Yes, after the delay.</summary>
    Auto,

    /// <summary>Only when an operator says so.</summary>
    Manual,

    /// <summary>After the delay, an operator is asked, and it returns when one has said yes.</summary>
    Approve,
}

/// <summary>The way back.</summary>
/// <param name="Mode">By itself or not.</param>
/// <param name="Delay">How long the preferred endpoint must have been Up without a break.</param>
public sealed record FailbackRule(FailbackMode Mode, TimeSpan Delay)
{
    /// <summary>The delay doubles with each failover after the first within this time, and halves as they pass out of it; zero leaves it as it is.</summary>
    public TimeSpan FlapWindow { get; init; }

    /// <summary>The delay does not grow beyond this.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>True when traffic returns only within the planned times for it.</summary>
    public bool OnlyInWindows { get; init; }
}

/// <summary>One DNS name being steered, with its policy and its endpoints.</summary>
public sealed record ServiceDefinition
{
    /// <summary>The name being steered.</summary>
    public required DnsName Name { get; init; }

    /// <summary>The name of the provider that holds its records.</summary>
    public required string Provider { get; init; }

    /// <summary>Further providers that hold the same records, so that the name has name servers of several vendors.</summary>
    public ValueList<string> AlsoAt { get; init; } = [];

    /// <summary>Every provider that holds its records, the first one first.</summary>
    public IEnumerable<string> Providers => AlsoAt.Prepend(Provider);

    /// <summary>Which healthy endpoints are served.</summary>
    public Policy Policy { get; init; }

    /// <summary>In order of preference; at least one.</summary>
    public required ValueList<EndpointDefinition> Endpoints { get; init; }

    /// <summary>The TTL that its records shall have; null leaves the TTL found (and creates with 60 s).</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>The way back to a preferred endpoint.</summary>
    public required FailbackRule Failback { get; init; }

    /// <summary>After a switch, the next one to another priority waits at least this long.</summary>
    public required TimeSpan MinActiveTime { get; init; }

    /// <summary>So many switches an hour, and no more: then the name is held and a person is told; null when they are not limited.</summary>
    public int? SwitchesPerHour { get; init; }

    /// <summary>When many services want to move at once, a higher one goes first.</summary>
    public int Importance { get; init; }

    /// <summary>What becomes of the name when every endpoint is Down.</summary>
    public OnAllDown OnAllDown { get; init; }

    /// <summary>What is done when somebody else changes the records.</summary>
    public OnDrift OnDrift { get; init; }

    /// <summary>The name of this controller, which its records are marked with where the provider has marks.</summary>
    public string? Owner { get; init; }

    /// <summary>True lets the daemon replace values that no endpoint declares, and take over a name that another controller has marked.</summary>
    public bool Adopt { get; init; }

    /// <summary>True lets the daemon create the records when the name has none.</summary>
    public bool Create { get; init; }

    /// <summary>What is said of its drills; null when nothing is.</summary>
    public DrillRule? Drill { get; init; }

    /// <summary>The record types that its endpoints contribute to, sorted.</summary>
    public IEnumerable<RecordType> Types => Endpoints.SelectMany(endpoint => endpoint.Targets).Select(target => target.Type).Distinct().Order();

    /// <summary>All targets, in order of preference.</summary>
    public IEnumerable<(EndpointDefinition Endpoint, TargetId Target)> Targets =>
        Endpoints.SelectMany(endpoint => endpoint.Targets.Select(target => (endpoint, new TargetId(Name, endpoint.Name, target.Type, target.Value))));
}
