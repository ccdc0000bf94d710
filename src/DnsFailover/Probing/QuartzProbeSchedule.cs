using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using DnsFailover.Control;
using DnsFailover.Core.Definitions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Quartz;
using Quartz.Extensibility;

namespace DnsFailover.Probing;

/// <summary>
/// The schedule on Quartz with its store in memory. Targets that are due every so often and within the same 10 ms share a
/// trigger, a <see cref="Slot"/>: ten thousand targets at 1 s are a hundred firings each second, and ten targets at 10 s are ten
/// in ten seconds. A firing only reports the targets and ends at once, so that a slow probe never holds one of Quartz'
/// threads; the probes in flight are bounded by <see cref="ProbeEngine"/>.
/// </summary>
/// <param name="time">A clock that is never set back, such as <see cref="SteadyTime"/>: Quartz plans in times of day.</param>
/// <param name="loggers">For what Quartz itself complains of.</param>
internal sealed class QuartzProbeSchedule(TimeProvider time, ILoggerFactory loggers) : IProbeSchedule
{
    private static readonly JobKey DueJobKey = new("due");

    /// <summary>
    /// Triggers due within this window are taken from the store together: 1000 a second cost a tenth of the processor
    /// time that single ones do, for firing up to so much early.
    /// </summary>
    private static readonly TimeSpan FireAheadWindow = TimeSpan.FromMilliseconds(20);

    private const int BatchSize = 200;

    private static readonly TimeSpan SlotLength = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<TargetId, Slot> _places = [];
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private StandaloneSchedulerFactory? _factory;
    private IScheduler? _scheduler;

    /// <inheritdoc/>
    public async ValueTask StartAsync(Action<TargetId> due, CancellationToken cancellationToken)
    {
        _factory = QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.UseTimeProvider(time);
            quartz.UseDefaultThreadPool(BatchSize);
            quartz.UseInMemoryStore(store => store.MisfireThreshold = TimeSpan.FromSeconds(1));
            quartz.UseJobFactory(new DueJobFactory(new DueJob(_slots, time, due)));
            quartz.ConfigureScheduler(scheduler =>
            {
                // The name must be unique in the process, where tests run several.
                scheduler.InstanceName = $"probes-{Guid.NewGuid():N}";
                scheduler.MaxBatchSize = BatchSize;
                scheduler.BatchTriggerAcquisitionFireAheadTimeWindow = FireAheadWindow;
                scheduler.PropagateTraceContext = false;
            });
            quartz.Services.AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddProvider(new Forwarding(loggers)));
        }).Build();
        _scheduler = await _factory.GetScheduler(cancellationToken);
        await _scheduler.AddJob(JobBuilder.Create<DueJob>().WithIdentity(DueJobKey).StoreDurably().Build(), AddJobOptions.Replacing, cancellationToken);
        await _scheduler.Start(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SetAsync(TargetId target, TimeSpan first, TimeSpan interval, CancellationToken cancellationToken)
    {
        var at = time.GetUtcNow() + first;
        var start = at - TimeSpan.FromTicks(at.UtcTicks % interval.Ticks % SlotLength.Ticks);
        var name = string.Create(CultureInfo.InvariantCulture, $"{interval.Ticks}+{start.UtcTicks % interval.Ticks}");
        await RemoveAsync(target, cancellationToken);
        if (Join(name, new Member(target, at - (interval / 2))))
        {
            return; // others are due then, too
        }

        try
        {
            var trigger = TriggerBuilder.Create(time)
                .WithIdentity(name)
                .ForJob(DueJobKey)
                .StartAt(start)
                .WithSchedule(SimpleScheduleBuilder.Create().WithInterval(interval).RepeatForever().WithMisfireInstruction(SimpleTriggerMisfireInstruction.NextWithRemainingCount))
                .Build();
            await Running.ScheduleJob(trigger, ScheduleJobOptions.Replacing, cancellationToken);
        }
        catch
        {
            Leave(target);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(TargetId target, CancellationToken cancellationToken)
    {
        if (Leave(target) is { } empty)
        {
            await Running.UnscheduleJob(new TriggerKey(empty), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_scheduler is not null)
        {
            await _scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None);
            _scheduler = null;
        }

        if (_factory is not null)
        {
            await _factory.DisposeAsync();
            _factory = null;
        }
    }

    private IScheduler Running => _scheduler ?? throw new InvalidOperationException("the schedule is not running");

    /// <summary>Puts a target into a slot.</summary>
    /// <returns>False when the slot is new, and needs a trigger.</returns>
    private bool Join(string name, Member member)
    {
        lock (_gate)
        {
            var known = _slots.TryGetValue(name, out var slot);
            slot = known ? slot! : _slots[name] = new Slot(name);
            slot.Members = slot.Members.Add(member);
            _places[member.Target] = slot;
            return known;
        }
    }

    /// <summary>Takes a target out of its slot.</summary>
    /// <returns>The name of the slot when it is empty now.</returns>
    private string? Leave(TargetId target)
    {
        lock (_gate)
        {
            if (!_places.Remove(target, out var slot))
            {
                return null;
            }

            slot.Members = slot.Members.RemoveAll(member => member.Target == target);
            return slot.Members.IsEmpty && _slots.TryRemove(slot.Name, out _) ? slot.Name : null;
        }
    }

    /// <summary>Those who are due at the same time.</summary>
    private sealed class Slot(string name)
    {
        public string Name { get; } = name;

        public ImmutableArray<Member> Members { get; set; } = [];
    }

    /// <summary>One of them.</summary>
    /// <param name="Target">Who.</param>
    /// <param name="NotBefore">A slot that was there already may be due sooner than the newcomer.</param>
    private sealed record Member(TargetId Target, DateTimeOffset NotBefore);

    private sealed class DueJob(ConcurrentDictionary<string, Slot> slots, TimeProvider time, Action<TargetId> due) : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            // Between being taken off the schedule and its last firing a slot is no longer known.
            if (slots.TryGetValue(context.Trigger.Key.Name, out var slot))
            {
                var now = time.GetUtcNow();
                foreach (var member in slot.Members)
                {
                    if (member.NotBefore <= now)
                    {
                        due(member.Target);
                    }
                }
            }

            return ValueTask.CompletedTask;
        }
    }

    private sealed class DueJobFactory(IJob job) : IJobFactory
    {
        private readonly JobScope _scope = new(job, null);

        public ValueTask<JobScope> CreateJob(TriggerFiredBundle bundle, IScheduler scheduler, CancellationToken cancellationToken = default) => ValueTask.FromResult(_scope);

        public ValueTask ReturnJob(JobScope scope, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }

    // Quartz builds a container of its own; its warnings go to our log, its chatter nowhere.
    private sealed class Forwarding(ILoggerFactory loggers) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void Dispose()
        {
            // The factory is not ours.
        }
    }
}
