using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>Who was disturbed until when: whoever is left alone for as long as the printed bound has to have the right answer.</summary>
internal sealed partial class World
{
    /// <summary>What the daemon leaves a provider alone for at the most that has failed, and what a call and a verification take.</summary>
    public static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(60 + 70 + 20);

    /// <summary>What calls take in this world besides, where the bound counts with timeouts only.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    private readonly Dictionary<DnsName, TimeSpan> _disturbedUntil = [];

    /// <summary>Something happened that a service (or all of them) is not expected to have got over before some time has passed.</summary>
    public void Disturb(DnsName? name, TimeSpan aftermath, string why)
    {
        _ = why;
        foreach (var service in Configuration.Services)
        {
            if (name is not null && service.Name != name)
            {
                continue;
            }

            var until = Clock.Now + aftermath;
            if (_disturbedUntil.TryGetValue(service.Name, out var known) && known > until)
            {
                until = known;
            }

            _disturbedUntil[service.Name] = until;
            var due = until + BoundOf(service);
            var disturbed = service.Name;
            Agenda.At(due, () => LeftAlone(disturbed));
        }
    }

    /// <summary>Disturbs the services that a provider holds records of.</summary>
    public void DisturbAt(string provider, TimeSpan aftermath, string why)
    {
        foreach (var service in Configuration.Services.Where(service => service.Providers.Contains(provider)))
        {
            Disturb(service.Name, aftermath, why);
        }
    }

    /// <summary>The name was moved, by us or by somebody else: its hold-down comes on top of the bound, once.</summary>
    public void Moved(DnsName name, TimeSpan aftermath, string why)
    {
        if (Configuration.Services.FirstOrDefault(service => service.Name == name) is { } service)
        {
            Disturb(name, aftermath + service.MinActiveTime, why);
        }
    }

    /// <summary>From a failure to the answer, as <c>validate</c> prints it, for a name that was not just moved.</summary>
    public TimeSpan BoundOf(ServiceDefinition service)
    {
        var slowest = Configuration.Services.Select(other => RecoveryOf(other).ToWrite).Max();
        var holdBacks = HoldBack.Of(service with { SwitchesPerHour = null, MinActiveTime = TimeSpan.Zero }, Configuration.Rules, Configuration.Services.Count, slowest).Aggregate(TimeSpan.Zero, (sum, held) => sum + held.Longest);
        return RecoveryOf(service).ToAnswer + holdBacks + Slack;
    }

    private RecoveryBound RecoveryOf(ServiceDefinition service) => RecoveryBound.Of(service, [.. service.Providers.Select(_ => Provider.Timeout)]).With(Configuration.Rules.SelfCheck);

    /// <summary>True while no answer can be expected of the daemon.</summary>
    public bool IsExcused(ServiceDefinition service) =>
        !IsRunning
        || !Network.IsFine
        || Disk.Full > 0 || Disk.Defects > 0 || Disk.Slow > 0
        || Operators.Holds(service.Name)
        || IsHeldByBudget(service)
        || service.Providers.Any(name => !Providers[name].IsHealthy || (service.OnDrift != OnDrift.Alert && Providers[name].MeddledAt.ContainsKey(service.Name)) || Providers[name].IsTugOfWar(service.Name))
        || service.Targets.Any(pair => Endpoints[pair.Target].Look == Look.Unsteady);

    /// <summary>True when failures may have been taken for ones of our own network, so that verdicts were void.</summary>
    public bool MayJudgeItself => Configuration.Rules is not { SelfCheck: null, MassFailure: null } && (Network.LastDisturbed > TimeSpan.Zero || Configuration.Rules.MassFailure is not null);

    /// <summary>True when it has moved so often, or so many others have, that it may not move now.</summary>
    private bool IsHeldByBudget(ServiceDefinition service)
    {
        var hour = Clock.Now - TimeSpan.FromHours(1);
        var moved = Ledger.Commits.Where(commit => commit.At > hour && commit.Intent is { Switched.Count: > 0 } or { MovesTraffic: true }).ToList(); // members that come and go count for the share
        return (service.SwitchesPerHour is { } limit && moved.Count(commit => commit.Apply.Name == service.Name && commit.Intent is { Switched.Count: > 0 }) >= limit)
            || (Configuration.Rules.Share is { } share && moved.Where(commit => commit.Apply.Name != service.Name && commit.At > Clock.Now - share.Within - AfterTrouble).Select(commit => commit.Apply.Name).Distinct().Count() >= share.AtLeast);
    }

    /// <summary>True when the records may not be touched, by what the world sees of them.</summary>
    public bool IsNotOurs(ServiceDefinition service, RecordType type, string provider)
    {
        var records = Providers[provider].Of(service.Name);
        return !service.Adopt && ((records.Owner is { } owner && owner != Owner)
            || records[type]?.Values.Any(value => !service.Targets.Any(pair => pair.Target.Type == type && pair.Target.Value == value.Data)) == true);
    }

    /// <summary>True when something is wrong in the world, but nothing with this service.</summary>
    public bool IsTroubleElsewhere(ServiceDefinition service) =>
        Providers.Values.Any(provider => !provider.IsHealthy && !service.Providers.Contains(provider.Traits.Name))
        || Configuration.Services.Any(other => other.Name != service.Name && other.Targets.Any(pair => !Endpoints[pair.Target].IsHealthy));

    /// <summary>True when nobody else wrote the name, no read was stale, and the process that sent a write lived to see it.</summary>
    public bool WasClear(Commit commit)
    {
        var provider = Providers[commit.Apply.Provider];
        return commit.WasSeen && !provider.WasStale && !provider.MeddledAt.ContainsKey(commit.Apply.Name);
    }

    /// <summary>How long a process takes from its start to the verdict on every endpoint. A switch that is in the future by now is held down anew.</summary>
    public TimeSpan ColdTime() => (Clock.WasSetBack ? Configuration.Services.Select(service => service.MinActiveTime).Max() : TimeSpan.Zero) + Configuration.Services.SelectMany(service => service.Endpoints).Select(RiseTime).Append(TimeSpan.Zero).Max() + Provider.Timeout;

    /// <summary>How long an endpoint that works again takes to be Up at the most.</summary>
    public static TimeSpan RiseTime(EndpointDefinition endpoint) =>
        (endpoint.Timing.Interval + endpoint.Timing.Timeout) * (Math.Max(endpoint.Rule.Rise, endpoint.Rule.Fall) + 1);

    private void LeftAlone(DnsName name)
    {
        if (Configuration.Services.FirstOrDefault(service => service.Name == name) is { } service && Clock.Now >= _disturbedUntil[name] + BoundOf(service))
        {
            Watch.BoundPassed(service);
        }
    }
}
