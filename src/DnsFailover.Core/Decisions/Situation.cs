using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Decisions;

/// <summary>Everything that a decision about one RRset may look at.</summary>
/// <param name="Service">The service.</param>
/// <param name="Type">The RRset in question.</param>
/// <param name="Live">What the provider was last seen to hold at the name.</param>
/// <param name="Health">The health of every target of the service.</param>
/// <param name="SwitchedAt">When traffic of this RRset last changed sides; null when that is not known.</param>
/// <param name="MayMendTtl">False once a TTL that differs from failover.yaml has been written and came back different.</param>
/// <param name="Now">The time of the step.</param>
public sealed record Situation(
    ServiceDefinition Service,
    RecordType Type,
    NameRecords Live,
    IReadOnlyDictionary<TargetId, TargetHealth> Health,
    DateTimeOffset? SwitchedAt,
    bool MayMendTtl,
    DateTimeOffset Now)
{
    /// <summary>The targets of this type, in order of preference, each with the rank of its group (0 is served first).</summary>
    public IReadOnlyList<Candidate> Candidates { get; private init; } = Rank(Service, Type, Live, Health);

    /// <summary>The values that are live and that no endpoint declares, sorted.</summary>
    public ValueList<string> Foreign { get; } =
        (Live[Type]?.Values ?? []).Select(value => value.Data)
        .Where(data => !Service.Targets.Any(pair => pair.Target.Type == Type && pair.Target.Value == data))
        .Order(StringComparer.Ordinal).ToValueList();

    /// <summary>The provider that holds the live records.</summary>
    public string Provider { get; init; } = Service.Provider;

    /// <summary>Values that this daemon wrote or declared earlier; they are its own also when they are not declared any more.</summary>
    public ValueList<EndpointTarget> Formerly { get; init; } = [];

    /// <summary>What was switched before, what is planned, and what other services do.</summary>
    public Circumstances Around { get; init; } = Circumstances.None;

    /// <summary>True when what is live was changed by somebody else and shall be undone, so that values which nobody declares, or none at all, are no objection.</summary>
    public bool IsRestoring { get; init; }

    /// <summary>What operators have said and what is planned.</summary>
    public Orders Orders
    {
        get;
        init
        {
            field = value;
            Candidates = [.. Candidates.Select(candidate => candidate with { Drain = value.DrainOf(candidate.Target.Endpoint) })];
        }
    } = Orders.None;

    /// <summary>The foreign values that were never ours, sorted: somebody else's.</summary>
    public ValueList<string> Strange => Foreign.Where(data => !Formerly.Contains(new EndpointTarget(Type, data))).ToValueList();

    private static List<Candidate> Rank(ServiceDefinition service, RecordType type, NameRecords live, IReadOnlyDictionary<TargetId, TargetHealth> health)
    {
        // A provider may hold one value twice with different weights; the first stands for both.
        var published = (live[type]?.Values ?? []).DistinctBy(value => value.Data, StringComparer.Ordinal).ToDictionary(value => value.Data, value => value.Weight, StringComparer.Ordinal);
        var ranks = service.Endpoints.Select(endpoint => endpoint.Priority).Distinct().Order().ToList();
        return
        [
            .. service.Targets.Where(pair => pair.Target.Type == type).Select(pair => new Candidate(
                pair.Target,
                service.Policy == Policy.Failover ? ranks.IndexOf(pair.Endpoint.Priority) : 0,
                service.Policy == Policy.Weighted ? pair.Endpoint.Weight : null,
                health[pair.Target],
                published.ContainsKey(pair.Target.Value),
                published.GetValueOrDefault(pair.Target.Value))).OrderBy(candidate => candidate.Rank),
        ];
    }
}

/// <summary>One target as a decision sees it.</summary>
/// <param name="Target">Which.</param>
/// <param name="Rank">The rank of the group it is served with; 0 is preferred.</param>
/// <param name="Weight">The weight it should be served with.</param>
/// <param name="Health">What is known of it.</param>
/// <param name="IsPublished">Whether the live RRset holds its value.</param>
/// <param name="PublishedWeight">The weight the live RRset gives it.</param>
public sealed record Candidate(TargetId Target, int Rank, int? Weight, TargetHealth Health, bool IsPublished, int? PublishedWeight)
{
    /// <summary>Why it shall get no traffic as long as another works; null when it may get it.</summary>
    public Order? Drain { get; init; }

    /// <summary>True when it may be in the next answer: not drained, and published and Up, or newly fit.</summary>
    public bool IsServable => Drain is null && Works;

    /// <summary>As <see cref="IsServable"/>, drained or not.</summary>
    public bool Works => IsPublished ? Health.Status == HealthStatus.Up : Health.IsFit;
}
