using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>A write of a canary that the daemon is about to send.</summary>
/// <param name="Apply">The request.</param>
/// <param name="Intent">What the journal says of it; null when it says nothing.</param>
/// <param name="Began">The drill that the journal says it belongs to; null when there is none, or it has ended.</param>
/// <param name="Service">The definition in effect; null when the service is not declared any more.</param>
/// <param name="Shown">What the provider last showed this process; null when it has shown nothing.</param>
internal sealed record CanaryMove(Effect.Apply Apply, DrillIntended? Intent, DrillBegan? Began, ServiceDefinition? Service, NameRecords? Shown)
{
    /// <summary>True when the drill may only put back what the name held at first.</summary>
    public bool IsHome(RecordSet set) => Began?.Home.FirstOrDefault(home => home.Type == set.Type) is { } home && set.Values.All(value => home.Values.Any(other => other.Data == value.Data));
}

/// <summary>The world's own account of drills: which names are canaries, what the journal holds of each drill, and what was written.</summary>
internal sealed class Drills(World world)
{
    private readonly Dictionary<DnsName, DnsName> _canaries = [];
    private readonly Dictionary<(string Provider, long Id), DrillIntended> _intents = [];
    private readonly Dictionary<long, TimeSpan> _since = [];

    /// <summary>Drills whose beginning is durable, by number.</summary>
    public Dictionary<long, DrillBegan> Begun { get; } = [];

    /// <summary>Those whose end is.</summary>
    public Dictionary<long, DrillEnded> Ended { get; } = [];

    /// <summary>When each ended, in the world's time.</summary>
    public Dictionary<long, (TimeSpan From, TimeSpan Until)> Times { get; } = [];

    /// <summary>What was written of canaries.</summary>
    public List<(DnsName Canary, string Provider, long Drill)> Commits { get; } = [];

    /// <summary>Canaries that somebody else has written.</summary>
    public HashSet<(DnsName Canary, string Provider)> Meddled { get; } = [];

    /// <summary>The times for live drills that were ever planned, those that are over too: a beginning may take long to become durable.</summary>
    public HashSet<Window> Windows { get; } = [];

    public bool IsCanary(DnsName name) => _canaries.ContainsKey(name);

    /// <summary>The changes of services themselves that were intended while a live drill of theirs was under way.</summary>
    public HashSet<(DnsName? Service, string Provider, long Change)> Moved { get; } = [];

    /// <summary>The drills that have begun and not ended, by the journal.</summary>
    public IEnumerable<DrillBegan> UnderWay => Begun.Values.Where(began => !Ended.ContainsKey(began.Number));

    public void Declare(ServiceDefinition service)
    {
        if (DrillRule.CanaryOf(service) is { } canary)
        {
            _canaries[canary] = service.Name;
        }
    }

    /// <summary>Somebody asks for a drill, as long as it makes sense; the schedule asks in any case.</summary>
    public void Ask(DnsName service, bool live, string? endpoint, string? actor)
    {
        var command = new OperatorCommand.Drill(service, live, endpoint, actor) { IsConfirmed = true };
        if (actor is not null)
        {
            world.Operators.Say(command);
        }
        else if (world.IsRunning)
        {
            world.Daemon!.Post(TimeSpan.Zero, new ControllerEvent.OperatorCommanded(command));
        }
    }

    public void Durable(JournalEntry entry)
    {
        switch (entry)
        {
            case DrillBegan began:
                Begun[began.Number] = began;
                Times[began.Number] = (world.Clock.Now, TimeSpan.MaxValue);
                break;
            case IntentRecorded { Decision: DecisionKind.Forced or DecisionKind.Shift } moved when UnderWay.Any(began => began.Live && began.Service == moved.Service):
                Moved.Add((moved.Service, moved.Provider, moved.Change.Id));
                break;
            case DrillIntended intent:
                _intents[(intent.Provider, intent.Change.Id)] = intent;
                break;
            case DrillEnded ended:
                Ended[ended.Report.Number] = ended;
                Times[ended.Report.Number] = (Times.GetValueOrDefault(ended.Report.Number).From, world.Clock.Now);
                break;
        }
    }

    public CanaryMove MoveOf(Effect.Apply apply)
    {
        var intent = _intents.GetValueOrDefault((apply.Provider, apply.Change.Id));
        var began = intent is not null && !Ended.ContainsKey(intent.Number) ? Begun.GetValueOrDefault(intent.Number) : null;
        var service = world.Daemon!.Configuration.Services.FirstOrDefault(candidate => candidate.Name == _canaries[apply.Name]);
        var shown = world.Ledger.Shown.GetValueOrDefault((apply.Name, apply.Provider));
        return new CanaryMove(apply, intent, began, service, shown?.FindLast(apply.Change.IsUntouchedIn) ?? shown?[^1]);
    }

    public void Committed(Effect.Apply apply, Written written)
    {
        Commits.Add((apply.Name, apply.Provider, _intents.GetValueOrDefault((apply.Provider, apply.Change.Id))?.Number ?? 0));
        world.Watch.CanaryCommitted(apply, written);
    }

    /// <summary>For how long this process has been at a drill.</summary>
    public TimeSpan LastsFor(long drill)
    {
        _since.TryAdd(drill, world.Clock.Now);
        return world.Clock.Now - _since[drill];
    }

    /// <summary>What a name held when a drill of it began is what it holds again.</summary>
    /// <returns>Where it is not; null when it is everywhere.</returns>
    public string? NotHome(DrillBegan began, ServiceDefinition service)
    {
        foreach (var name in service.Providers)
        {
            var records = world.Providers[name].Of(began.Name);
            if (!Meddled.Contains((began.Name, name)) && began.Home.FirstOrDefault(home => records[home.Type]?.HasSameValues(home) != true) is { } home)
            {
                return $"{began.Name} {home.Type} at {name} is {records[home.Type]?.Values.ToString() ?? "nothing"} after drill {began.Number}, and was {home.Values}";
            }
        }

        return null;
    }

    /// <summary>All that was in memory is gone.</summary>
    public void Died() => _since.Clear();
}
