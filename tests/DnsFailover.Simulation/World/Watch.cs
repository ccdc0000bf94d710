using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Simulation;

/// <summary>Something happened that must never happen.</summary>
internal sealed record Violation(string Invariant, string What, TimeSpan At);

/// <summary>Holds what happens against every invariant. The first violation ends the run.</summary>
internal sealed class Watch
{
    private readonly World _world;
    private readonly Invariant[] _invariants;

    public Watch(World world) => (_world, _invariants) = (world, Invariant.All(world));

    public Violation? Violation { get; private set; }

    public void Fail(string invariant, string what)
    {
        if (Violation is null)
        {
            _world.Story.Tell($"! {invariant}: {what}");
            Violation = new Violation(invariant, what, _world.Clock.Now);
            _world.Agenda.Stop();
        }
    }

    public void Defect(Exception defect) => Fail("No defect", $"a step or an effect was abandoned: {defect}");

    public void Applying(Effect.Apply apply, DateTimeOffset now)
    {
        if (_world.Drills.IsCanary(apply.Name))
        {
            var canary = _world.Drills.MoveOf(apply);
            foreach (var invariant in _invariants)
            {
                invariant.Drilling(canary, now);
            }

            return;
        }

        var service = _world.Daemon!.Configuration.Services.FirstOrDefault(candidate => candidate.Name == apply.Name);
        var intent = _world.Ledger.Intents.GetValueOrDefault((apply.Name, apply.Provider, apply.Change.Id));
        var shown = _world.Ledger.Shown.GetValueOrDefault((apply.Name, apply.Provider));
        var move = new Move(apply, intent, service, shown?.FindLast(apply.Change.IsUntouchedIn) ?? shown?[^1], now);
        foreach (var invariant in _invariants)
        {
            invariant.Applying(move);
        }
    }

    public void Committed(Commit commit, Provider provider)
    {
        foreach (var invariant in _invariants)
        {
            invariant.Committed(commit, provider);
        }
    }

    public void CanaryCommitted(Effect.Apply apply, Written written)
    {
        foreach (var invariant in _invariants)
        {
            invariant.CanaryCommitted(apply, written);
        }
    }

    public void DrillAsked(ServiceDefinition service, string? objection)
    {
        foreach (var invariant in _invariants)
        {
            invariant.DrillAsked(service, objection);
        }
    }

    public void Durable(Effect.Record record)
    {
        foreach (var invariant in _invariants)
        {
            invariant.Durable(record);
        }
    }

    /// <summary>Most steps ask for nothing; there is little to hold against then, and they are most of the time.</summary>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (effects.Count > 0 || fact is not ControllerEvent.Observed)
        {
            foreach (var invariant in _invariants)
            {
                invariant.Stepped(fact, before, after, effects, now);
            }
        }
    }

    public void BoundPassed(ServiceDefinition service)
    {
        foreach (var invariant in _invariants)
        {
            invariant.BoundPassed(service);
        }
    }

    public void Ended()
    {
        foreach (var invariant in _invariants)
        {
            invariant.Ended();
        }
    }
}
