using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Drills;

/// <summary>
/// Decides about the name of a drill as it would be decided about its service if some endpoints were down. It is the production
/// decision on a situation in which only the health of those endpoints is made up.
/// </summary>
/// <param name="service">The service.</param>
/// <param name="name">The name of the drill.</param>
/// <param name="home">What the service held when the drill began.</param>
/// <param name="health">The health of the service's targets.</param>
/// <param name="orders">What holds for the service.</param>
/// <param name="formerly">Values that the name may hold from earlier drills.</param>
/// <param name="now">The time.</param>
internal sealed class WhatIf(
    ServiceDefinition service, DnsName name, NameRecords home, IReadOnlyDictionary<TargetId, TargetHealth> health, Orders orders, ValueList<EndpointTarget> formerly, DateTimeOffset now)
{
    /// <summary>
    /// The service under the name of the drill. Nobody depends on that name, so that it may be created and need not rest between two
    /// moves; but what stands there and is not ours is left alone, whatever holds for the service.
    /// </summary>
    public ServiceDefinition Definition { get; } = service with
    {
        Name = name,
        Ttl = service.Ttl ?? home.Sets.Select(set => (TimeSpan?)set.Ttl).FirstOrDefault(),
        Create = true,
        Adopt = false,
        OnAllDown = OnAllDown.Keep,
        MinActiveTime = TimeSpan.Zero,
        SwitchesPerHour = null,
    };

    /// <summary>What the service held, as records of the drill's name.</summary>
    public NameRecords Home => NameRecords.Create(name, home.Sets.Where(set => service.Types.Contains(set.Type)).Select(set => RecordSet.Create(name, set.Type, set.Ttl, set.Values)));

    /// <summary>What becomes of each RRset when these endpoints are down.</summary>
    /// <param name="live">What the name holds.</param>
    /// <param name="down">The endpoints.</param>
    /// <param name="provider">Who holds it.</param>
    public List<Decision> IfDown(NameRecords live, ValueList<string> down, string provider) =>
        [.. Definition.Types.Where(type => home[type] is not null).Select(type => Decide.For(Of(live, type, target => down.Contains(target.Endpoint) ? AssumedDown(target) : null, provider)))];

    /// <summary>The name is made to hold what another does, of which it is known that it works.</summary>
    /// <param name="live">What the name holds.</param>
    /// <param name="wanted">What it is to hold.</param>
    /// <param name="leader">Who holds that.</param>
    /// <param name="provider">Who holds the name.</param>
    public List<Decision> Follow(NameRecords live, NameRecords wanted, string leader, string provider) =>
        [.. Definition.Types.Where(type => wanted[type] is not null).Select(type => Decide.Follow(Of(live, type, target => wanted.Holds(target.Type, target.Value) ? AssumedUp(target) : null, provider), wanted[type], leader))];

    /// <summary>The target of the service that is meant by one of the drill's.</summary>
    public TargetId Real(TargetId target) => target with { Service = service.Name };

    private Situation Of(NameRecords live, RecordType type, Func<TargetId, TargetHealth?> assumed, string provider) => new(
        Definition, type, live, Definition.Targets.ToDictionary(pair => pair.Target, pair => assumed(pair.Target) ?? health[Real(pair.Target)]), SwitchedAt: null, MayMendTtl: false, now)
    {
        Provider = provider,
        Formerly = formerly,
        Orders = orders with { Freeze = null, Force = null, Approval = null },
    };

    private TargetHealth AssumedDown(TargetId target)
    {
        var failure = Seen(target, Verdict.Fail, "assumed for a drill");
        return new TargetHealth { Status = HealthStatus.Down, Since = now, Fails = 1, Seen = 1, Last = failure, LastOfAll = failure, FirstFailureAt = now, Evidence = [failure], Window = 1 };
    }

    private TargetHealth AssumedUp(TargetId target)
    {
        var pass = Seen(target, Verdict.Pass, "the service is answered with it");
        return new TargetHealth { Status = HealthStatus.Up, Since = now, Passes = 1, Seen = 1, Last = pass, LastOfAll = pass };
    }

    private Observation Seen(TargetId target, Verdict verdict, string reason) =>
        new() { Target = target, StartedAt = now, Verdict = verdict, Reason = reason, Phases = new ProbePhases(null, null, null, null, TimeSpan.Zero), Vantage = "drill" };
}
