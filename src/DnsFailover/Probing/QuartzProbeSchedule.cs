using System.Collections.Concurrent;
using DnsFailover.Control;
using DnsFailover.Core.Definitions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Quartz;
using Quartz.Extensibility;

namespace DnsFailover.Probing;

/// <summary>
/// The schedule on Quartz with its store in memory. A firing only reports the target and ends at once, so that a slow
/// probe never holds one of Quartz' slots; the probes in flight are bounded by <see cref="ProbeEngine"/>.
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

    private readonly ConcurrentDictionary<string, TargetId> _targets = new(StringComparer.Ordinal);
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
            quartz.UseJobFactory(new DueJobFactory(new DueJob(_targets, due)));
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
        var name = Name(target);
        _targets[name] = target;
        var trigger = TriggerBuilder.Create(time)
            .WithIdentity(name)
            .ForJob(DueJobKey)
            .StartAt(time.GetUtcNow() + first)
            .WithSchedule(SimpleScheduleBuilder.Create().WithInterval(interval).RepeatForever().WithMisfireInstruction(SimpleTriggerMisfireInstruction.NextWithRemainingCount))
            .Build();
        await Running.ScheduleJob(trigger, ScheduleJobOptions.Replacing, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(TargetId target, CancellationToken cancellationToken)
    {
        var name = Name(target);
        await Running.UnscheduleJob(new TriggerKey(name), cancellationToken);
        _targets.TryRemove(name, out _);
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

    private static string Name(TargetId target) => $"{target.Service}/{target.Endpoint}/{target.Type}/{target.Value}";

    private sealed class DueJob(ConcurrentDictionary<string, TargetId> targets, Action<TargetId> due) : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            // Between being taken off the schedule and its last firing a target is no longer known.
            if (targets.TryGetValue(context.Trigger.Key.Name, out var target))
            {
                due(target);
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
