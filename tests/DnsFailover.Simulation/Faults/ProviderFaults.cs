using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>A provider is in trouble.</summary>
internal sealed record ProviderFails(TimeSpan At, TimeSpan Lasts, string Provider, Illness Illness, TimeSpan RetryAfter) : Fault(At, Lasts)
{
    protected override string What => $"{Provider}: {Illness}{(Illness == Illness.Throttling ? $", Retry-After {RetryAfter.TotalSeconds} s" : string.Empty)}";

    public override void Begin(World world)
    {
        var provider = world.Providers[Provider];
        provider.Illnesses.Add(Illness);
        provider.RetryAfter = RetryAfter;
        provider.WasStale |= Illness == Illness.Stale;
        world.DisturbAt(Provider, World.AfterTrouble, What);
    }

    public override void End(World world)
    {
        world.Providers[Provider].Illnesses.Remove(Illness);
        world.DisturbAt(Provider, World.AfterTrouble + (Illness == Illness.Throttling ? RetryAfter : TimeSpan.Zero), What);
    }
}

/// <summary>How somebody else changes records.</summary>
internal enum Meddling
{
    /// <summary>To another endpoint that is declared.</summary>
    ToAnotherEndpoint,

    /// <summary>To something that nobody declares.</summary>
    ToAStranger,

    /// <summary>The record is removed.</summary>
    Removal,

    /// <summary>Only the TTL.</summary>
    Ttl,

    /// <summary>A second controller with another owner, which marks what it writes.</summary>
    Rival,
}

/// <summary>Somebody else writes the name.</summary>
internal sealed record SomebodyMeddles(TimeSpan At, DnsName Service, string Provider, RecordType Type, Meddling How, int Which) : Fault(At, TimeSpan.Zero)
{
    protected override string What => $"somebody changes {Service} {Type} at {Provider}: {How} {Which}";

    public override void Begin(World world)
    {
        if (world.Configuration.Services.FirstOrDefault(service => service.Name == Service) is not { } service)
        {
            return;
        }

        var provider = world.Providers[Provider];
        var records = provider.Of(Service);
        var targets = service.Targets.Select(pair => pair.Target).Where(target => target.Type == Type).ToList();
        if (targets.Count == 0)
        {
            return;
        }

        provider.Meddle(Meddled(records, service, targets, How, Which));
        world.Moved(Service, world.Configuration.ReconcileInterval + World.AfterTrouble, What);
    }

    /// <summary>Records as somebody else leaves them.</summary>
    public static NameRecords Meddled(NameRecords records, ServiceDefinition service, List<TargetId> targets, Meddling how, int which)
    {
        var type = targets[0].Type;
        var ttl = records[type]?.Ttl ?? TimeSpan.FromSeconds(60);
        int? weight = service.Policy == Policy.Weighted ? 1 : null;
        var set = how switch
        {
            Meddling.Removal => null,
            Meddling.Ttl => records[type] is { } same ? RecordSet.Create(records.Name, type, TimeSpan.FromSeconds(60 * (1 + (which % 5))), same.Values) : null,
            Meddling.ToAStranger => RecordSet.Create(records.Name, type, ttl, [new RecordValue(type switch { RecordType.A => "203.0.113.9", RecordType.AAAA => "2001:db8:ffff::9", _ => "stranger.example.org" }, weight)]),
            _ => RecordSet.Create(records.Name, type, ttl, [new RecordValue(targets[which % targets.Count].Value, weight)]),
        };
        var others = records.Sets.Where(other => other.Type != type);
        return NameRecords.Create(records.Name, set is null ? others : others.Append(set)) with { Owner = how == Meddling.Rival ? "rival" : records.Owner };
    }
}
