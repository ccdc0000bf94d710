using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>A write that the daemon is about to send.</summary>
/// <param name="Apply">The request.</param>
/// <param name="Intent">What the journal says of it; null when it says nothing.</param>
/// <param name="Service">The definition in effect; null when the service is not declared any more.</param>
/// <param name="Shown">What the provider last showed this process; null when it has shown nothing.</param>
/// <param name="Now">By the daemon's clock.</param>
internal sealed record Move(Effect.Apply Apply, IntentRecorded? Intent, ServiceDefinition? Service, NameRecords? Shown, DateTimeOffset Now)
{
    public IEnumerable<RecordChange> Changes => Apply.Change.Changes;

    public IEnumerable<TargetId> TargetsOf(RecordType type) => Service?.Targets.Select(pair => pair.Target).Where(target => target.Type == type) ?? [];

    /// <summary>The declared targets that newly get traffic.</summary>
    public IEnumerable<TargetId> Added(RecordChange change) => TargetsOf(change.After.Type).Where(target => Holds(change.After, target) && !Holds(change.Before, target));

    /// <summary>The declared targets that lose it.</summary>
    public IEnumerable<TargetId> Removed(RecordChange change) => TargetsOf(change.After.Type).Where(target => !Holds(change.After, target) && Holds(change.Before, target));

    public static bool MovesTraffic(RecordChange change) => change.Before?.HasSameValues(change.After) != true;

    private static bool Holds(RecordSet? set, TargetId target) => set?.Values.Any(value => value.Data == target.Value) == true;
}

/// <summary>One of the twelve rules of the design, or what an operator was promised, checked from the outside: against what the world saw.</summary>
internal abstract class Invariant(World world)
{
    /// <summary>The rule in short.</summary>
    public abstract string Name { get; }

    protected World World => world;

    public static Invariant[] All(World world) =>
    [
        new NoAnswerIsEmpty(world),
        new TheUnknownMovesNothing(world),
        new TrafficNeedsFreshProof(world),
        new AllDownIsDecided(world),
        new OneChangeAtATime(world),
        new OnlyWhatIsOurs(world),
        new HoldDownsHold(world),
        new TheSwitchIsMadeInTime(world),
        new ACrashLosesNothing(world),
        new OneControllerPerName(world),
        new NobodyWaitsForOthers(world),
        new SecretsStaySecret(world),
        new TheOperatorsWordHolds(world),
        new AVerdictNeedsItsFailures(world),
        new ACanaryIsWrittenWithCare(world),
        new ADrillComesToItsEnd(world),
    ];

    /// <summary>A write is about to be sent.</summary>
    public virtual void Applying(Move move)
    {
    }

    /// <summary>A write took place.</summary>
    public virtual void Committed(Commit commit, Provider provider)
    {
    }

    /// <summary>A write of a canary is about to be sent.</summary>
    public virtual void Drilling(CanaryMove move, DateTimeOffset now)
    {
    }

    /// <summary>A write of a canary took place.</summary>
    public virtual void CanaryCommitted(Effect.Apply apply, Written written)
    {
    }

    /// <summary>Somebody asks for a drill while all is quiet.</summary>
    public virtual void DrillAsked(ServiceDefinition service, string? objection)
    {
    }

    /// <summary>A record was made durable.</summary>
    public virtual void Durable(Effect.Record record)
    {
    }

    /// <summary>A step was made that asked for something, or was due to more than an observation.</summary>
    public virtual void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
    }

    /// <summary>A service was left undisturbed for as long as its bound says.</summary>
    public virtual void BoundPassed(ServiceDefinition service)
    {
    }

    /// <summary>The faults have stopped, and every bound has passed.</summary>
    public virtual void Ended()
    {
    }

    protected void Must(bool held, string otherwise)
    {
        if (!held)
        {
            world.Watch.Fail(Name, otherwise);
        }
    }
}
