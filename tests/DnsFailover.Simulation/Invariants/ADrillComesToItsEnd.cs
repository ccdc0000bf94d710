using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>
/// A drill begins only where nothing stands against it, there is one at a time, and each that has begun ends, in the journal too,
/// with its name back home and nothing left behind. Where nothing is wrong it passes.
/// </summary>
internal sealed class ADrillComesToItsEnd(World world) : Invariant(world)
{
    /// <summary>On top of the bounds of its legs: the last answers of a provider and of name servers.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(90);

    private readonly HashSet<long> _isOver = [];

    public override string Name => "A drill comes to its end";

    public override void Durable(Effect.Record record)
    {
        foreach (var entry in record.Entries)
        {
            switch (entry)
            {
                case DrillBegan began:
                    Begins(began);
                    break;
                case DrillEnded { Report.Result: not DrillResult.Refused } ended:
                    Ends(ended, World.Drills.Begun.GetValueOrDefault(ended.Report.Number) ?? record.Entries.OfType<DrillBegan>().LastOrDefault(began => began.Number == ended.Report.Number));
                    break;
            }
        }
    }

    public override void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        var left = after.Overrides.FirstOrDefault(said => said.Drill is { } number && number != after.Drill?.Number);
        Must(left is null, $"drill {left?.Drill} of {left?.Service} is over, and {left?.Endpoint} is drained for it until {left?.Until}");
        if (after.Drill is { } drill)
        {
            var longest = (World.LegOf(drill.Bound) * 4) + Margin;
            Must(World.Clock.WasSetBack || World.Drills.LastsFor(drill.Number) <= longest, $"drill {drill.Number} of {drill.Service} is not over after {World.Drills.LastsFor(drill.Number).TotalSeconds:0} s ({drill.Leg}), and its legs take {longest.TotalSeconds:0} s at the most");
        }
    }

    public override void DrillAsked(ServiceDefinition service, string? objection) =>
        Must(objection is null || HasNoStandby(service) || service.Targets.Any(pair => !World.Endpoints[pair.Target].IsHealthy), $"all is quiet, every endpoint of {service.Name} works, and a drill is refused: {objection}");

    public override void Ended()
    {
        foreach (var began in World.Drills.Begun.Values)
        {
            Must(World.Drills.Ended.ContainsKey(began.Number), $"drill {began.Number} of {began.Service} began, and the journal has no end of it");
        }

        var state = World.Daemon!.State;
        Must(state.Drill is null, $"all is quiet, and drill {state.Drill?.Number} of {state.Drill?.Service} is under way");
        Must(state.Overrides.All(said => said.Drill is null), $"all is quiet, and a drain of a drill is left: {state.Overrides.FirstOrDefault(said => said.Drill is not null)}");
        foreach (var (canary, last) in World.Drills.Begun.Values.Where(began => !began.Live).GroupBy(began => began.Name).Select(group => (group.Key, group.MaxBy(began => began.Number)!)))
        {
            if (World.Configuration.Services.FirstOrDefault(service => DrillRule.CanaryOf(service) == canary) is { } service && !World.WasHindered(last) && World.Drills.Commits.Exists(commit => commit.Canary == canary && commit.Drill == last.Number))
            {
                Must(World.Drills.NotHome(last, service) is not { } away, World.Drills.NotHome(last, service) ?? string.Empty);
            }
        }
    }

    /// <summary>True when every endpoint has traffic by priority, so that a drill, which takes all of these for down, finds nobody else.</summary>
    private bool HasNoStandby(ServiceDefinition service) => service.Policy == Policy.Failover
        && service.Endpoints.All(endpoint => endpoint.Targets.Any(target => World.Providers[service.Provider].Of(service.Name)[target.Type]?.Values.Any(value => value.Data == target.Value) == true));

    private void Begins(DrillBegan began)
    {
        var service = World.Daemon!.Configuration.Services.FirstOrDefault(candidate => candidate.Name == began.Service);
        Must(!World.Drills.Begun.ContainsKey(began.Number), $"there are two drills {began.Number}");
        Must(!World.Drills.UnderWay.Any(), $"drill {began.Number} of {began.Service} begins while drill {World.Drills.UnderWay.FirstOrDefault()?.Number} of {World.Drills.UnderWay.FirstOrDefault()?.Service} has no end");
        Must(began.Home.Count > 0 && began.Down.Count > 0, $"drill {began.Number} of {began.Service} has no home, or takes nobody for down");
        Must(!World.Operators.Holding.Any(said => (said.Kind == OverrideKind.Freeze || (said.Kind == OverrideKind.Force && IsDeclared(began.Service!.Value, said.Endpoint))) && (said.Service is null || said.Service == began.Service) && said.Since <= began.At), $"drill {began.Number} begins while {began.Service} is frozen or forced");
        Must(
            service?.Drill is not { OnlyInWindows: true } || !began.Live || World.Drills.Windows.Any(window => window.Service == began.Service && window.From <= began.At && window.Until > began.At),
            $"live drill {began.Number} of {began.Service} begins outside its windows");
    }

    /// <summary>A force to an endpoint that a reload has taken away has no effect any more.</summary>
    private bool IsDeclared(DnsName name, string? endpoint) => World.Daemon!.Configuration.Services.Any(service => service.Name == name && service.Endpoints.Any(declared => declared.Name == endpoint));

    private void Ends(DrillEnded ended, DrillBegan? began)
    {
        var report = ended.Report;
        Must(began is not null, $"drill {report.Number} of {ended.Service} ended, and the journal has no beginning of it");
        Must(_isOver.Add(report.Number), $"drill {report.Number} of {ended.Service} ended twice");
        if (began is null || World.Daemon!.Configuration.Services.FirstOrDefault(candidate => candidate.Name == ended.Service) is not { } service)
        {
            return;
        }

        if (report.Result == DrillResult.Passed && World.IsAtPeace)
        {
            World.Drills.Meddled.RemoveWhere(place => place.Canary == began.Name); // it is ours again
        }

        var away = World.Drills.NotHome(began, service);
        if (report.Result == DrillResult.Passed)
        {
            Must(away is null || World.IsDoubtful(began, service), $"it is said to have passed, but {away}");
        }

        Must(!World.IsAtPeace || !(World.Drills.Times.GetValueOrDefault(began.Number).From >= World.PeaceSince) || report.Result == DrillResult.Passed, $"all is quiet, and drill {report.Number} of {ended.Service} failed: {report.Reason}");
    }
}
