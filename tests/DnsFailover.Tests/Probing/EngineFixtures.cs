using System.Collections.Concurrent;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Probing;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Probing;

/// <summary>A schedule that the test itself drives, and that remembers what was put on it.</summary>
internal sealed class ManualSchedule : IProbeSchedule
{
    private Action<TargetId> _due = _ => { };

    public ConcurrentDictionary<TargetId, (TimeSpan First, TimeSpan Interval)> Places { get; } = new();

    public int Changes { get; private set; }

    public void Fire(TargetId target) => _due(target);

    public ValueTask StartAsync(Action<TargetId> due, CancellationToken cancellationToken)
    {
        _due = due;
        return ValueTask.CompletedTask;
    }

    public ValueTask SetAsync(TargetId target, TimeSpan first, TimeSpan interval, CancellationToken cancellationToken)
    {
        Changes++;
        Places[target] = (first, interval);
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(TargetId target, CancellationToken cancellationToken)
    {
        Changes++;
        Places.TryRemove(target, out _);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A prober whose probes end when the test says so.</summary>
internal sealed class HeldProber : IProber
{
    private readonly ConcurrentDictionary<TargetId, Func<Task>> _behaviour = new();
    private readonly ConcurrentDictionary<TargetId, int> _started = new();
    private int _inFlight;
    private int _mostInFlight;

    public int InFlight => Volatile.Read(ref _inFlight);

    public int MostInFlight => Volatile.Read(ref _mostInFlight);

    public ConcurrentQueue<(TargetId Target, long? RequestId)> Calls { get; } = new();

    public int Started(TargetId target) => _started.GetValueOrDefault(target);

    /// <summary>From now on a probe of the target ends with this task (a failed one throws).</summary>
    public void Hold(TargetId target, Task until) => _behaviour[target] = () => until;

    public async Task<Observation> ProbeAsync(TargetId target, CheckDefinition check, long? requestId, CancellationToken cancellationToken)
    {
        Calls.Enqueue((target, requestId));
        _started.AddOrUpdate(target, 1, (_, count) => count + 1);
        InterlockedMax(Interlocked.Increment(ref _inFlight));
        try
        {
            await _behaviour.GetValueOrDefault(target, () => Task.CompletedTask)().WaitAsync(cancellationToken);
            return Sample.Observed(target, requestId);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private void InterlockedMax(int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref _mostInFlight)) && Interlocked.CompareExchange(ref _mostInFlight, value, seen) != seen)
        {
        }
    }
}

/// <summary>An engine with a held prober, and everything it posted.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private EngineUnderTest(IProbeSchedule schedule, ProbeEngineOptions? options, Backlog? backlog) => Engine = new ProbeEngine(
        Prober,
        schedule,
        (observation, _) =>
        {
            Posted.Enqueue(observation);
            OnPosted?.Invoke(observation);
            return ValueTask.CompletedTask;
        },
        TimeProvider.System,
        NullLogger<ProbeEngine>.Instance,
        options,
        (probe, _) =>
        {
            Slow.Enqueue(probe);
            return ValueTask.CompletedTask;
        },
        backlog);

    public ProbeEngine Engine { get; }

    public HeldProber Prober { get; } = new();

    public ConcurrentQueue<Observation> Posted { get; } = new();

    public ConcurrentQueue<SlowProbe> Slow { get; } = new();

    public Action<Observation>? OnPosted { get; set; }

    public static async Task<EngineUnderTest> StartAsync(IProbeSchedule schedule, ProbeEngineOptions? options = null, Backlog? backlog = null)
    {
        var engine = new EngineUnderTest(schedule, options, backlog);
        await engine.Engine.StartAsync(TestContext.Current.CancellationToken);
        return engine;
    }

    public Task ReplaceAsync(TimeSpan interval, params IEnumerable<TargetId> targets) => ReplaceAsync(Sample.Tcp(443), interval, targets);

    public Task ReplaceAsync(CheckDefinition check, TimeSpan interval, params IEnumerable<TargetId> targets) =>
        Engine.ReplaceAsync(targets.ToDictionary(target => target, _ => new ScheduledProbe(check, interval)), TestContext.Current.CancellationToken);

    public int CountOf(TargetId target) => Posted.Count(observation => observation.Target == target);

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}

/// <summary>A machine's clock that somebody sets; timers and timestamps go on as before.</summary>
internal sealed class AdjustableClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}

/// <summary>A machine on which a hundred times as long passes between two looks at the time as its timers believe.</summary>
internal sealed class StarvedClock : TimeProvider
{
    private readonly long _origin = System.GetTimestamp();

    public override long GetTimestamp() => _origin + ((System.GetTimestamp() - _origin) * 100);
}
