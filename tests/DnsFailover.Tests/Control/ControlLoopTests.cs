using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Journal;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Control;

public sealed class ControlLoopTests
{
    private static readonly ServiceDefinition Api = Sample.Service("api.example.com");

    [Fact]
    public async Task The_intent_is_durable_before_the_provider_is_asked_to_write()
    {
        await using var loop = new RunningLoop();
        loop.Dns[Api.Name] = Sample.Active;
        var durable = false;
        loop.Dns.OnApply = _ =>
        {
            durable = loop.Journal.Entries.OfType<IntentRecorded>().Any(intent => intent.Service == Api.Name);
            return Task.CompletedTask;
        };
        loop.Start(Api);
        await loop.SettleAsync(Api);

        loop.Fail(Api);

        await loop.SwitchedAsync(Api);
        Assert.True(durable);
        Assert.Equal(Sample.Standby, loop.Dns[Api.Name]);
    }

    [Fact]
    public async Task What_happens_together_is_journalled_together_and_each_write_waits_for_it()
    {
        var services = Enumerable.Range(0, 50).Select(i => Sample.Service($"api{i}.example.com")).ToArray();
        await using var loop = new RunningLoop();
        foreach (var service in services)
        {
            loop.Dns[service.Name] = Sample.Active;
        }

        var early = 0;
        loop.Dns.OnApply = _ =>
        {
            // Of as many writes as were begun, as many intents are durable.
            Interlocked.Add(ref early, loop.Dns.Writes <= loop.Journal.Entries.OfType<IntentRecorded>().Count() ? 0 : 1);
            return Task.CompletedTask;
        };
        loop.Start(services);
        await loop.SettleAsync(services);
        await Eventually.HoldsAsync(() => loop.Journal.Entries.OfType<HealthChanged>().Count() == 100, () => "the health is journalled");
        var disk = new TaskCompletionSource();
        loop.Journal.Hold = disk.Task;
        var before = loop.Journal.Attempts;

        // The first of them waits for the disk, and the others come in meanwhile.
        Array.ForEach(services, loop.Fail);
        await Eventually.HoldsAsync(() => loop.Journal.Attempts > before, () => "the first is journalled");
        loop.Journal.Hold = null;
        disk.SetResult();
        foreach (var service in services)
        {
            await loop.SwitchedAsync(service);
        }

        Assert.Equal(0, early);
        Assert.Equal(50, loop.Journal.Entries.OfType<HealthChanged>().Count(entry => entry.To == HealthStatus.Down));
        Assert.True(loop.Journal.Attempts - before < 100, $"{loop.Journal.Attempts - before} times, although each of them has at least three things to record");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_journal_cannot_be_written_nothing_is_written_at_the_provider_and_afterwards_it_is(bool defect)
    {
        await using var loop = new RunningLoop();
        loop.Dns[Api.Name] = Sample.Active;
        loop.Start(Api);
        await loop.SettleAsync(Api);
        await Eventually.HoldsAsync(() => loop.Journal.Entries.OfType<HealthChanged>().Count() == 2, () => "the health is journalled");
        loop.Journal.Failure = defect ? new InvalidOperationException("boom") : new JournalException("the disk is full");
        var before = loop.Journal.Attempts;

        loop.Fail(Api);

        await Eventually.HoldsAsync(() => loop.Journal.Attempts >= before + 2, () => "the journal is tried again");
        Assert.Equal(0, loop.Dns.Writes);
        Assert.False(loop.Ended.IsCompleted);
        loop.Journal.Failure = null;
        await loop.SwitchedAsync(Api);
        Assert.Equal(1, loop.Dns.Writes);
        Assert.Contains(loop.Journal.Entries.OfType<HealthChanged>(), entry => entry.To == HealthStatus.Down);
    }

    [Fact]
    public async Task A_provider_that_blocks_does_not_delay_the_switch_of_a_service_elsewhere()
    {
        var stuck = Sample.Service("stuck.example.com", "stuck");
        using var never = new ManualResetEventSlim();
        await using var loop = new RunningLoop();
        loop.Directory.Timeout = TimeSpan.FromSeconds(20);
        loop.Directory.Providers["stuck"] = new ScriptedProvider
        {
            OnRead = _ =>
            {
                never.Wait(CancellationToken.None); // not even its thread comes back
                return Task.CompletedTask;
            },
        };
        loop.Dns[Api.Name] = Sample.Active;
        loop.Start(stuck, Api);
        await loop.SettleAsync(Api);

        loop.Fail(Api);

        await loop.SwitchedAsync(Api);
        await loop.StopAsync();
        never.Set();
    }

    [Fact]
    public async Task Facts_are_taken_in_the_order_in_which_they_were_posted()
    {
        await using var loop = new RunningLoop();
        loop.Dns[Api.Name] = Sample.Active;
        loop.Start(Api);
        await loop.SettleAsync(Api);
        var posted = Enumerable.Range(0, 500).Select(i => (ControllerEvent)new ControllerEvent.ConfigurationRejected($"{i}")).ToList();

        posted.ForEach(loop.Post);

        await Eventually.HoldsAsync(() => loop.Facts.OfType<ControllerEvent.ConfigurationRejected>().Count() == 500, () => "all are taken");
        Assert.Equal(posted, loop.Facts.OfType<ControllerEvent.ConfigurationRejected>());
    }

    [Fact]
    public async Task A_defect_in_a_step_leaves_the_loop_alive()
    {
        await using var loop = new RunningLoop();
        loop.Dns[Api.Name] = Sample.Active;
        loop.Start(Api);
        await loop.SettleAsync(Api);

        loop.Post(new ControllerEvent.Observed(null!));
        loop.Fail(Api);

        await loop.SwitchedAsync(Api);
        Assert.Contains(loop.Log.Lines, line => line.Id == 1002);
    }

    [Fact]
    public async Task A_service_with_a_defect_stops_neither_the_time_of_the_others_nor_fills_the_log()
    {
        // A failback that would be due after the end of time: once nobody forces this service any more, looking at it throws.
        var poisoned = Sample.Service("poisoned.example.com") with { Failback = new FailbackRule(FailbackMode.Auto, TimeSpan.MaxValue) { LongestDelay = TimeSpan.MaxValue } };
        var time = new CountingTime();
        await using var loop = new RunningLoop { Time = time, ReconcileInterval = TimeSpan.FromMilliseconds(200) };
        loop.Dns[poisoned.Name] = Sample.Standby;
        loop.Dns[Api.Name] = Sample.Active;
        loop.Start(Api, poisoned);
        await loop.SettleAsync(Api);
        var now = time.GetUtcNow();
        loop.Post(new ControllerEvent.OperatorCommanded(new OperatorCommand.Begin(new Override(OverrideKind.Force, poisoned.Name, poisoned.Endpoints[1].Name, "a test", "alice", now, now + TimeSpan.FromSeconds(1)))));
        loop.Post(Sample.Observed(poisoned.Target(Sample.Active), Verdict.Pass));
        loop.Post(Sample.Observed(poisoned.Target(Sample.Standby), Verdict.Pass));
        await Eventually.HoldsAsync(() => loop.Log.Lines.Any(line => line.Text.Contains("(TimePassed)", StringComparison.Ordinal)), () => $"time meets the defect; the log: {loop.Log.Text}; {loop.State.Services[poisoned.Name]}");

        var (readings, steps) = (time.Readings, ReadsOfApi());
        await Eventually.HoldsAsync(() => ReadsOfApi() >= steps + 3, () => "the records of the other service are read on schedule");

        Assert.InRange(time.Readings - readings, 0, 5000);
        Assert.InRange(loop.Log.Lines.Count(line => line.Id == 1002), 1, 6);

        int ReadsOfApi() => loop.Facts.OfType<ControllerEvent.RecordsRead>().Count(read => read.Service == Api.Name);
    }

    [Fact]
    public async Task An_observer_with_a_defect_keeps_no_effect_from_being_carried_out()
    {
        await using var loop = new RunningLoop();
        loop.Observers.Add(new ThrowingObserver());
        loop.Dns[Api.Name] = Sample.Active;
        loop.Start(Api);
        await loop.SettleAsync(Api);

        loop.Fail(Api);

        await loop.SwitchedAsync(Api);
    }

    [Fact]
    public async Task A_stop_with_a_write_under_way_ends_and_leaves_the_intent_open()
    {
        await using var loop = new RunningLoop();
        loop.Directory.Timeout = TimeSpan.FromMinutes(1);
        loop.Dns[Api.Name] = Sample.Active;
        var writing = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        loop.Dns.OnApply = _ =>
        {
            writing.SetResult();
            return never.Task; // ignores its cancellation
        };
        loop.Start(Api);
        await loop.SettleAsync(Api);
        loop.Fail(Api);
        await writing.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        await loop.StopAsync();

        Assert.Contains(loop.Journal.Entries, entry => entry is IntentRecorded);
        Assert.DoesNotContain(loop.Journal.Entries, entry => entry is OutcomeRecorded);
        var restarted = Controller.Start(new ControllerConfiguration([Api], TimeSpan.FromMinutes(5)), loop.Journal.Entries, DateTimeOffset.UtcNow);
        Assert.Equal(ChangeStage.Resolving, restarted.State.Services[Api.Name].Change!.Stage);
        Assert.Contains(restarted.Effects, effect => effect is Effect.ReadRecords);
        never.SetResult();
    }

    [Fact]
    public async Task What_a_provider_throws_when_it_is_called_off_is_no_defect_of_the_daemon()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var loop = new RunningLoop();
            loop.Directory.Timeout = TimeSpan.FromMinutes(1);
            var reading = new TaskCompletionSource();
            loop.Dns.OnRead = async token =>
            {
                reading.TrySetResult();
                await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new IOException("the connection was closed");
            };
            loop.Start(Api);
            await reading.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

            await loop.StopAsync(); // throws what ended the loop
        }
    }

    [Fact]
    public async Task A_change_at_a_provider_that_a_reload_took_away_does_not_hold_the_name_for_ever()
    {
        await using var loop = new RunningLoop();
        loop.Dns[Api.Name] = Sample.Active;
        loop.Dns.OnApply = _ => throw new ProviderException(ProviderFailure.Ambiguous, "the reply was lost");
        loop.Start(Api);
        await loop.SettleAsync(Api);
        loop.Dns.OnRead = _ => loop.Dns.Writes == 0 ? Task.CompletedTask : throw new ProviderException(ProviderFailure.Transient, "unreachable");
        loop.Fail(Api);
        await Eventually.HoldsAsync(() => loop.State.Services[Api.Name].Change is { Stage: ChangeStage.Resolving }, () => "the outcome is not known");

        var moved = Api with { Provider = "new" };
        var other = new ScriptedProvider { [Api.Name] = Sample.Active };
        loop.Directory.Providers["new"] = other;
        loop.Directory.Providers.TryRemove("dns", out _);
        loop.Post(new ControllerEvent.ConfigurationLoaded(new ControllerConfiguration([moved], TimeSpan.FromMinutes(5)), "moved"));

        await loop.SwitchedAsync(moved);
        Assert.Equal(Sample.Standby, other[Api.Name]);
        Assert.Contains(loop.Journal.Entries.OfType<OutcomeRecorded>(), outcome => outcome.Result == ChangeResult.Failed && outcome.Reason.Contains("cannot be found out", StringComparison.Ordinal));
    }

    private sealed class ThrowingObserver : IStepObserver
    {
        public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now) => throw new InvalidOperationException("boom");
    }

    private sealed class CountingTime : TimeProvider
    {
        private int _readings;

        public int Readings => Volatile.Read(ref _readings);

        public override DateTimeOffset GetUtcNow()
        {
            Interlocked.Increment(ref _readings);
            return base.GetUtcNow();
        }
    }
}
