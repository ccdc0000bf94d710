using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>What hinders drills, and drills in peace: there each of them has to pass.</summary>
internal sealed partial class World
{
    /// <summary>When nothing was wrong any more, and all had become right.</summary>
    public TimeSpan PeaceSince { get; private set; } = TimeSpan.MaxValue;

    public bool IsAtPeace => Clock.Now >= PeaceSince;

    /// <summary>After how long one leg of a drill is given up: its bound, and what name servers get on top.</summary>
    public static TimeSpan LegOf(RecoveryBound bound) => bound.Decision + bound.Write + TimeSpan.FromSeconds(75);

    /// <summary>True when something stood in the way of a drill while it was under way, that keeps it from returning or makes another place its home. A crash is no such thing.</summary>
    public bool WasHindered(DrillBegan began)
    {
        var (from, until) = Drills.Times[began.Number];
        return _scenario.Faults.Any(fault => fault is ProviderFails or NetworkFails or DiskFails or ClockJumps or Reload or SomebodyMeddlesWithACanary
            && fault.At <= until && fault.At + fault.Lasts + (fault is ProviderFails provider ? provider.RetryAfter + AfterTrouble : TimeSpan.FromSeconds(60)) >= from);
    }

    /// <summary>True when a write that was sent long ago may have come through after the drill, or a read may have shown an old state.</summary>
    public bool IsDoubtful(DrillBegan began, ServiceDefinition service) =>
        service.Providers.Any(name => Providers[name].WasStale) || WasHindered(began);

    /// <summary>A drill of each canary, one after the other, and one of a service itself.</summary>
    private void DrillInPeace()
    {
        PeaceSince = Clock.Now;
        foreach (var service in Configuration.Services)
        {
            if (DrillRule.CanaryOf(service) is { } canary)
            {
                foreach (var name in service.Providers.Where(name => Drills.Meddled.Contains((canary, name))))
                {
                    Providers[name].Set(NameRecords.Create(canary, []));
                }

                Watch.DrillAsked(service, OperatorRules.Objection(Daemon!.State, new OperatorCommand.Drill(service.Name, Live: false, Endpoint: null, "bob"), DaemonNow));
                Drills.Ask(service.Name, live: false, endpoint: null, "bob");
                Agenda.RunTo(Clock.Now + TimeSpan.FromSeconds(30));
            }
        }

        Drills.Ask(Configuration.Services[0].Name, live: true, endpoint: null, "bob");
        Agenda.RunTo(Clock.Now + LongestDrill());
        if (Watch.Violation is null)
        {
            Watch.Ended();
        }
    }

    private TimeSpan LongestDrill() => _scenario.Faults.Any(fault => fault is DrillIsAsked)
        ? (Configuration.Services.Max(service => LegOf(RecoveryOf(service))) * 4) + TimeSpan.FromSeconds(30)
        : TimeSpan.Zero;
}
