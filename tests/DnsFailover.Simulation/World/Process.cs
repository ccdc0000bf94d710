using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Simulation;

/// <summary>
/// One life of the daemon, from its start to its crash: the production stepper, over a carrier whose calls end at once. When it
/// dies between two effects, what follows is not carried out and nobody takes an answer any more.
/// </summary>
internal sealed class Process : IEffectCarrier, IStepObserver
{
    private readonly World _world;
    private readonly ControlStepper _stepper;
    private readonly Calls _calls;
    private DateTimeOffset? _wakeAt;

    public Process(World world, int life, ControllerConfiguration configuration)
    {
        (_world, Life, Configuration) = (world, life, configuration);
        Time = new SteadyTime(world.Clock, NullLogger<SteadyTime>.Instance);
        _stepper = new ControlStepper(this, static (_, _) => ValueTask.CompletedTask, Time, [this], new DefectTrap(world));
        _calls = new Calls(world, this);
        Probes = new Probes(world, this);
    }

    public int Life { get; }

    public TimeProvider Time { get; }

    public Probes Probes { get; }

    /// <summary>The one that was last posted to it; a reload is in effect for providers before the controller knows.</summary>
    public ControllerConfiguration Configuration { get; set; }

    public bool IsAlive { get; private set; } = true;

    public ControllerState State => _stepper.State!;

    /// <summary>How many more effects are carried out before the process dies; null when it is not about to.</summary>
    public int? DiesAfter { get; set; }

    /// <summary>The same, counted from the next write.</summary>
    public int? DiesAfterWrite { get; set; }

    /// <summary>The same, counted in the effects of the next drill.</summary>
    public int? DiesInDrill { get; set; }

    public void Start()
    {
        var journal = _world.Disk.Read();
        Probes.Replace(Configuration);
        End(_stepper.StartAsync(Configuration, journal, CancellationToken.None));
        ThinkOfTime();
    }

    public void Die()
    {
        IsAlive = false;
        _world.Story.Tell("* the process dies");
        _world.Ledger.Died();
        _world.Died();
    }

    /// <summary>Hands in a fact later, unless the process is gone by then.</summary>
    public void Post(TimeSpan after, ControllerEvent fact, Action? delivered = null) => _world.Agenda.After(after, () =>
    {
        if (IsAlive)
        {
            delivered?.Invoke();
            Step(fact);
        }
    });

    /// <summary>Hands in an observation later.</summary>
    public void Take(TimeSpan after, Observation observation, TimeSpan startedAt) => _world.Agenda.After(after, () => Take(observation, startedAt));

    public void Take(Observation observation, TimeSpan startedAt)
    {
        if (IsAlive)
        {
            _world.Ledger.Observed(observation, startedAt, Time.GetUtcNow());
            Step(new ControllerEvent.Observed(observation));
        }
    }

    /// <summary>The clock was set: naps are short, so that the daemon notices within a second.</summary>
    public void ClockWasSet()
    {
        _world.Agenda.After(TimeSpan.FromSeconds(1), () =>
        {
            _wakeAt = null;
            ThinkOfTime();
        });
    }

    Task IEffectCarrier.CarryAsync(Effect effect, Func<ControllerEvent, ValueTask> post, CancellationToken stopping)
    {
        if (IsAlive && (DiesAfter-- <= 0 || (DiesInDrill is not null && IsOfADrill(effect) && DiesInDrill-- <= 0)))
        {
            Die();
        }

        if (!IsAlive)
        {
            return Task.CompletedTask;
        }

        try
        {
            Carry(effect);
            return Task.CompletedTask;
        }
        catch (Exception e) when (effect is Effect.Record)
        {
            _world.Story.Tell(effect, $" FAILS: {e.GetType().Name}");
            _world.Disturb(null, TimeSpan.FromSeconds(6), "the journal");
            return Task.FromException(e);
        }
    }

    void IStepObserver.Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (IsAlive)
        {
            _world.Story.Tell(fact);
            _world.Watch.Stepped(fact, before, after, effects, now);
        }
    }

    private bool IsOfADrill(Effect effect) =>
        (State.Drill is { } drill && (effect.Service == drill.Name || effect.Service == drill.Service)) || (effect is Effect.Record record && record.Entries.Any(entry => entry is DrillBegan or DrillEnded));

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case Effect.ProbeNow probe:
                _world.Story.Tell(effect);
                _world.Ledger.Asked(probe);
                Probes.Request(probe);
                break;
            case Effect.Confirm confirmation:
                _world.Story.Tell(effect);
                Probes.Confirm(confirmation);
                break;
            case Effect.CallOff confirmations:
                _world.Story.Tell(effect);
                Probes.CallOff(confirmations.Target);
                break;
            case Effect.ReadRecords read:
                _world.Story.Tell(effect);
                _calls.Read(read);
                break;
            case Effect.Record record:
                _world.Disk.Write(record.Entries, record.Alerts);
                _world.Story.Tell(effect);
                _world.Ledger.Durable(record);
                break;
            case Effect.Apply apply:
                _world.Story.Tell(effect);
                _world.Watch.Applying(apply, Time.GetUtcNow());
                _world.Ledger.Sent(apply);
                _calls.Apply(apply);
                (DiesAfter, DiesAfterWrite) = (DiesAfterWrite ?? DiesAfter, null);
                break;
            case Effect.Verify verify:
                _world.Story.Tell(effect);
                _calls.Verify(verify);
                break;
            case Effect.CheckControls check:
                _world.Story.Tell(effect);
                CheckControls(check);
                break;
            default:
                throw new InvalidOperationException($"nobody carries out {effect}");
        }
    }

    private void CheckControls(Effect.CheckControls check)
    {
        if (Configuration.Rules.SelfCheck is { } rule)
        {
            var results = _world.Network.CheckControls(rule.Targets, rule.Timeout);
            Post(results.Max(result => result.Took), new ControllerEvent.ControlsChecked(check.RequestId, results), () => _world.Ledger.ControlsAnswered(check.RequestId, results.Count(result => result.Passed)));
        }
    }

    private void Step(ControllerEvent fact)
    {
        End(_stepper.StepAsync(fact, CancellationToken.None));
        ThinkOfTime();
    }

    /// <summary>As the pump does: time passes as soon as it is due, and the nap is no longer than until then.</summary>
    private void ThinkOfTime()
    {
        if (!IsAlive || _stepper.Wake is not { } wake)
        {
            return;
        }

        var now = Time.GetUtcNow();
        if (wake <= now)
        {
            var before = now;
            End(_stepper.PassTimeAsync(CancellationToken.None));
            now = Time.GetUtcNow();
            if (!IsAlive || _stepper.Wake is not { } next)
            {
                return;
            }

            wake = next;
            if (wake <= now && now == before) // a slow disk takes time, and then more may be due
            {
                _world.Watch.Fail("Everything has a bound", $"time passed, and the controller asks at once for time again ({(wake - now).TotalSeconds} s)");
            }
        }

        if (!(_wakeAt <= wake))
        {
            _wakeAt = wake;
            _world.Agenda.After(wake - now, new WakeUp(this, wake));
        }
    }

    private void WokenUp(DateTimeOffset at)
    {
        if (_wakeAt == at)
        {
            _wakeAt = null;
            ThinkOfTime();
        }
    }

    private static void End(ValueTask task)
    {
        if (!task.IsCompleted)
        {
            throw new InvalidOperationException("the stepper waits for something that is not simulated");
        }

        task.GetAwaiter().GetResult();
    }

    private static void End(ValueTask<bool> task)
    {
        if (!task.IsCompleted)
        {
            throw new InvalidOperationException("the stepper waits for something that is not simulated");
        }

        _ = task.GetAwaiter().GetResult();
    }

    /// <summary>The end of a nap; when another one was begun meanwhile, it wakes nobody.</summary>
    private sealed class WakeUp(Process process, DateTimeOffset at) : Due
    {
        public override void Happen() => process.WokenUp(at);
    }

    /// <summary>A defect in the daemon is a violation too. What the invariants throw comes by here as well.</summary>
    private sealed class DefectTrap(World world) : ILogger
    {
        private const int StepAbandoned = 1002;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == StepAbandoned)
            {
                world.Watch.Defect(exception!);
            }
        }
    }
}
