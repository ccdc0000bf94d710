using System.Collections.Concurrent;
using System.Collections.Immutable;
using DnsFailover.Control;
using DnsFailover.Core.Control;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Hosting;
using DnsFailover.Schedules;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Hosting;

/// <summary>Drills begin when their time has come, and not twice.</summary>
public sealed class DrillClockTests
{
    private static readonly DateTimeOffset Sunday = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 4, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_is_asked_for_at_its_time_once_a_week()
    {
        var time = new SetTime { Now = Sunday };
        var asked = new ConcurrentQueue<OperatorCommand.Drill>();
        var state = new ControllerState(new ControllerConfiguration([], TimeSpan.FromMinutes(1)), ImmutableSortedDictionary<DnsName, ServiceState>.Empty, ReloadRejected: null);
        var clock = new DrillClock(
            (command, _) =>
            {
                asked.Enqueue((OperatorCommand.Drill)command);
                return Task.FromResult(CommandResult.Durable);
            },
            () => state,
            time,
            NullLogger<DrillClock>.Instance);
        clock.Replace([Weekly("api.example.com", live: false), Weekly("www.example.com", live: true)]);
        using var stopping = new CancellationTokenSource();
        var running = clock.RunAsync(stopping.Token);

        await time.BecomesAsync(Monday.AddSeconds(-1));
        Assert.Empty(asked);
        await time.BecomesAsync(Monday);
        Assert.Equal([("api.example.com", false), ("www.example.com", true)], asked.Select(one => (one.Service.ToString(), one.Live)).Order());
        Assert.All(asked, one => Assert.True(one.Actor is null && one.Endpoint is null));

        clock.Replace([Weekly("api.example.com", live: false)]); // as a reload does
        await time.BecomesAsync(Monday.AddDays(7).AddSeconds(-1));
        Assert.Equal(2, asked.Count);
        await time.BecomesAsync(Monday.AddDays(7).AddMinutes(1));
        Assert.Equal(3, asked.Count);

        await stopping.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static DrillSchedule Weekly(string service, bool live) => new(DnsName.Parse(service), CronSchedule.ParseEither("0 0 4 ? * MON", out _)!, live);

    /// <summary>A clock that says what it is told, under which timers come soon.</summary>
    private sealed class SetTime : TimeProvider
    {
        private long _now;
        private long _looks;

        public DateTimeOffset Now
        {
            init => _now = value.UtcTicks;
        }

        public override DateTimeOffset GetUtcNow()
        {
            Interlocked.Increment(ref _looks);
            return new DateTimeOffset(Interlocked.Read(ref _now), TimeSpan.Zero);
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(2));

        /// <summary>Waits until it was looked at often enough for everything that is due to have been done.</summary>
        public async Task BecomesAsync(DateTimeOffset now)
        {
            Interlocked.Exchange(ref _now, now.UtcTicks);
            var enough = Interlocked.Read(ref _looks) + 20;
            await Eventually.HoldsAsync(() => Interlocked.Read(ref _looks) >= enough, () => "the clock is looked at");
        }
    }
}
