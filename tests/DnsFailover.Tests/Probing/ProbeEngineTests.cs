using DnsFailover.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Probing;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Probing;

public sealed class ProbeEngineTests
{
    // Long enough that nothing but the first probe and what the test fires is ever due.
    private static readonly TimeSpan Hourly = TimeSpan.FromHours(1);
    private static readonly TargetId One = Sample.Target("192.0.2.1");
    private static readonly TargetId Two = Sample.Target("192.0.2.2");

    [Fact]
    public async Task A_new_target_is_probed_at_once_and_not_only_after_its_interval()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);

        await test.ReplaceAsync(Hourly, One, Two);

        await Eventually.HoldsAsync(() => test.CountOf(One) == 1 && test.CountOf(Two) == 1, "no first probe");
        Assert.All(test.Posted, observation => Assert.Null(observation.RequestId));
    }

    [Fact]
    public void Starts_are_spread_over_the_interval_and_the_same_after_a_restart()
    {
        var interval = TimeSpan.FromSeconds(30);
        var targets = Targets(500);
        var round = ProbeSpread.Round(targets.Count, handshakes: 0);
        var offsets = targets.Select(target => ProbeSpread.Second(target, interval, round) - ProbeSpread.First(target, interval, round)).ToList();

        // Each tenth of the interval has its share, give or take.
        var tenths = offsets.GroupBy(offset => Math.Min(9, (int)(offset / interval * 10))).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(10, tenths.Count);
        Assert.All(tenths.Values, count => Assert.InRange(count, 20, 90));
        Assert.All(offsets, offset => Assert.InRange(offset, TimeSpan.FromTicks(1), interval));
        Assert.All(targets, target => Assert.InRange(ProbeSpread.First(target, interval, round), TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        Assert.All(targets, target => Assert.InRange(ProbeSpread.First(target, TimeSpan.FromMilliseconds(200), round), TimeSpan.Zero, TimeSpan.FromMilliseconds(200)));

        // A fixed figure, so that a hash that differs between processes would show.
        Assert.Equal(ProbeSpread.First(One, interval, round), ProbeSpread.First(Sample.Target("192.0.2.1"), interval, round));
        Assert.Equal(392.628, ProbeSpread.First(One, interval, round).TotalMilliseconds, 0.01);
    }

    [Fact]
    public async Task Only_one_scheduled_probe_of_a_target_is_in_flight()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        var held = new TaskCompletionSource();
        test.Prober.Hold(One, held.Task);
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.Prober.InFlight == 1, "no first probe");

        for (var i = 0; i < 10; i++)
        {
            schedule.Fire(One);
        }

        held.SetResult();
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1 && test.Prober.InFlight == 0, "the probe did not end");
        await FireUntilAsync(test, schedule, One, 2);

        Assert.Equal(2, test.Prober.Started(One));
        Assert.Equal(1, test.Prober.MostInFlight);
    }

    [Fact]
    public async Task Unchanged_targets_keep_their_place_and_changed_ones_get_a_new_one()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        await test.ReplaceAsync(Hourly, One, Two);
        Assert.Equal(2, schedule.Changes);

        await test.ReplaceAsync(Hourly, One, Two);
        Assert.Equal(2, schedule.Changes);

        await test.ReplaceAsync(Hourly * 2, One, Two);
        Assert.Equal(4, schedule.Changes);
        Assert.Equal(Hourly * 2, schedule.Places[One].Interval);

        await test.ReplaceAsync(Hourly * 2, Two);
        Assert.Equal(5, schedule.Changes);
        Assert.Equal(Two, Assert.Single(schedule.Places).Key);
    }

    [Fact]
    public async Task A_target_that_is_gone_is_not_heard_of_again()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        var held = new TaskCompletionSource();
        test.Prober.Hold(One, held.Task);
        await test.ReplaceAsync(Hourly, One, Two);
        await Eventually.HoldsAsync(() => test.Prober.Started(One) == 1 && test.CountOf(Two) == 1, "no first probe");
        test.Engine.Request(One, 5, TimeSpan.Zero);
        await Eventually.HoldsAsync(() => test.Prober.Started(One) == 2, "the request was not started");

        await test.ReplaceAsync(Hourly, Two);
        held.SetResult();
        schedule.Fire(One);
        await FireUntilAsync(test, schedule, Two, 2);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "the numbered request got no answer");

        var only = Assert.Single(test.Posted, observation => observation.Target == One);
        Assert.Equal((Verdict.Inconclusive, 5L, $"{One} is not probed any more"), (only.Verdict, only.RequestId, only.Reason));
    }

    [Fact]
    public async Task An_observation_of_the_old_check_is_dropped()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        var held = new TaskCompletionSource();
        test.Prober.Hold(One, held.Task);
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.Prober.Started(One) == 1, "no first probe");

        test.Prober.Hold(One, Task.CompletedTask);
        await test.ReplaceAsync(Sample.Tcp(8443), Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "the new check was not probed");
        held.SetResult();
        await Eventually.HoldsAsync(() => test.Prober.InFlight == 0, "the old probe did not end");
        await FireUntilAsync(test, schedule, One, 2);

        Assert.Equal(3, test.Prober.Started(One));
    }

    [Fact]
    public async Task A_numbered_request_gets_exactly_one_answer_whatever_happens()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule, new ProbeEngineOptions { MaxRequestsPerTarget = 3 });
        var held = new TaskCompletionSource();
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");
        test.Prober.Hold(One, held.Task);

        for (var id = 1; id <= 5; id++)
        {
            test.Engine.Request(One, id, TimeSpan.Zero);
        }

        test.Engine.Request(Two, 6, TimeSpan.Zero);
        await Eventually.HoldsAsync(() => test.Posted.Count(observation => observation.RequestId is not null) == 3 && test.Prober.InFlight == 3, "refusals are answered at once");
        held.SetResult();
        await Eventually.HoldsAsync(() => test.Posted.Count(observation => observation.RequestId is not null) == 6, "an answer is missing");

        var answers = test.Posted.Where(observation => observation.RequestId is not null).ToDictionary(observation => observation.RequestId!.Value);
        Assert.All([1, 2, 3], id => Assert.Equal(Verdict.Pass, answers[id].Verdict));
        Assert.All([4, 5], id => Assert.Equal((Verdict.Inconclusive, $"3 requested probes of {One} are waiting already"), (answers[id].Verdict, answers[id].Reason)));
        Assert.Equal((Verdict.Inconclusive, $"{Two} is not probed"), (answers[6].Verdict, answers[6].Reason));

        test.Engine.Request(One, 7, TimeSpan.Zero);
        await Eventually.HoldsAsync(() => test.Posted.Any(observation => observation.RequestId == 7), "the places were not given back");
    }

    [Fact]
    public async Task A_confirmation_is_asked_for_once_at_a_time_and_can_ask_for_the_next()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");
        var held = new TaskCompletionSource();
        test.Prober.Hold(One, held.Task);

        // As the controller does: each of the first two observations asks for another look.
        test.OnPosted = observation =>
        {
            if (test.CountOf(One) < 4)
            {
                test.Engine.Request(observation.Target, null, TimeSpan.Zero);
            }
        };
        for (var i = 0; i < 10; i++)
        {
            test.Engine.Request(One, null, TimeSpan.FromMilliseconds(1));
        }

        await Eventually.HoldsAsync(() => test.Prober.InFlight == 1, "no confirmation");
        test.Engine.Request(One, null, TimeSpan.Zero);
        held.SetResult();

        await Eventually.HoldsAsync(() => test.CountOf(One) == 4, "the chain of confirmations broke");
        Assert.Equal(4, test.Prober.Started(One));
        Assert.Equal(1, test.Prober.MostInFlight);
    }

    [Fact]
    public async Task A_request_does_not_wait_for_a_scheduled_probe_that_hangs()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        test.Prober.Hold(One, new TaskCompletionSource().Task);
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.Prober.InFlight == 1, "no first probe");
        test.Prober.Hold(One, Task.CompletedTask);

        test.Engine.Request(One, 1, TimeSpan.Zero);

        await Eventually.HoldsAsync(() => test.Posted.Any(observation => observation.RequestId == 1), "the request waited");
    }

    [Fact]
    public async Task Concurrency_and_queue_are_bounded_and_requests_go_first()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule, new ProbeEngineOptions { MaxConcurrency = 1, MaxQueued = 3 });
        var targets = Targets(8);
        await test.ReplaceAsync(Hourly, targets);
        await Eventually.HoldsAsync(() => test.Posted.Select(observation => observation.Target).Distinct().Count() == 8, "no first probes");
        var held = new TaskCompletionSource();
        targets.ForEach(target => test.Prober.Hold(target, held.Task));
        test.Prober.Calls.Clear();
        test.Posted.Clear();

        schedule.Fire(targets[0]);
        await Eventually.HoldsAsync(() => test.Prober.InFlight == 1, "the place was not used");
        schedule.Fire(targets[2]);
        schedule.Fire(targets[3]);
        test.Engine.Request(targets[4], 1, TimeSpan.Zero);
        test.Engine.Request(targets[5], 2, TimeSpan.Zero);
        schedule.Fire(targets[6]);

        await Eventually.HoldsAsync(() => test.Posted.Count == 2, "what does not fit is answered at once");
        Assert.All(test.Posted, observation => Assert.Equal((Verdict.Inconclusive, "this machine is overloaded: 3 probes are waiting for their turn"), (observation.Verdict, observation.Reason)));
        held.SetResult();
        await Eventually.HoldsAsync(() => test.Posted.Count == 6, "the queue was not worked off");

        Assert.Equal(1, test.Prober.MostInFlight);
        Assert.Equal([null, 1, null, null], test.Prober.Calls.Select(call => call.RequestId));
    }

    [Fact]
    public async Task A_bug_in_the_prober_is_one_inconclusive_observation_and_the_schedule_goes_on()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        test.Prober.Hold(One, Task.FromException(new InvalidOperationException("a bug")));
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "the bug was swallowed");
        test.Prober.Hold(One, Task.CompletedTask);
        await FireUntilAsync(test, schedule, One, 2);

        var observations = test.Posted.ToList();
        Assert.Equal((Verdict.Inconclusive, "the probe failed inside the daemon (InvalidOperationException); its log has the details"), (observations[0].Verdict, observations[0].Reason));
        Assert.Equal(Verdict.Pass, observations[1].Verdict);
    }

    [Fact]
    public async Task A_sink_that_throws_does_not_stop_the_schedule()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        test.OnPosted = _ => throw new InvalidOperationException("a bug");
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");

        await FireUntilAsync(test, schedule, One, 3);
    }

    [Fact]
    public async Task Stopping_calls_off_what_is_in_flight_and_posts_nothing_more()
    {
        var schedule = new ManualSchedule();
        var test = await EngineUnderTest.StartAsync(schedule, new ProbeEngineOptions { MaxConcurrency = 1 });
        test.Prober.Hold(One, new TaskCompletionSource().Task);
        test.Prober.Hold(Two, new TaskCompletionSource().Task);
        await test.ReplaceAsync(Hourly, One, Two);
        await Eventually.HoldsAsync(() => test.Prober.InFlight == 1, "no first probe");
        test.Engine.Request(One, 1, TimeSpan.Zero);
        test.Engine.Request(One, 2, Hourly);

        await test.DisposeAsync();
        test.Engine.Request(One, 3, TimeSpan.Zero);
        schedule.Fire(One);

        Assert.Equal(0, test.Prober.InFlight);
        Assert.Empty(test.Posted);
    }

    [Fact]
    public async Task Half_of_three_hundred_targets_hanging_does_not_keep_the_others_from_their_schedule()
    {
        await using var test = await EngineUnderTest.StartAsync(new QuartzProbeSchedule(TimeProvider.System, NullLoggerFactory.Instance));
        var targets = Targets(300);
        var hanging = targets.Where((_, index) => index % 2 == 0).ToHashSet();
        var never = new TaskCompletionSource();
        foreach (var target in hanging)
        {
            test.Prober.Hold(target, never.Task);
        }

        await test.ReplaceAsync(TimeSpan.FromMilliseconds(500), targets);
        await Eventually.HoldsAsync(
            () => test.Posted.GroupBy(observation => observation.Target).Count(group => group.Count() >= 5) == targets.Count - hanging.Count,
            "a healthy target fell behind");

        // All of them advance together: none is probed much more often than another.
        var counts = targets.Except(hanging).Select(test.CountOf).ToList();
        Assert.True(counts.Max() <= counts.Min() * 3, $"between {counts.Min()} and {counts.Max()} probes");
        Assert.All(hanging, target => Assert.Equal(1, test.Prober.Started(target)));
    }

    [Fact]
    public async Task Quartz_keeps_the_interval_and_forgets_a_target_that_was_removed()
    {
        var fired = new System.Collections.Concurrent.ConcurrentQueue<TargetId>();
        await using var schedule = new QuartzProbeSchedule(TimeProvider.System, NullLoggerFactory.Instance);
        await schedule.StartAsync(fired.Enqueue, TestContext.Current.CancellationToken);
        await schedule.SetAsync(One, TimeSpan.Zero, TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        await schedule.SetAsync(Two, TimeSpan.Zero, TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => fired.Count(target => target == One) >= 3, "nothing is due");

        await schedule.RemoveAsync(One, TestContext.Current.CancellationToken);
        await schedule.SetAsync(Two, TimeSpan.Zero, Hourly, TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => fired.Contains(Two), "the other is not due");
        await schedule.RemoveAsync(One, TestContext.Current.CancellationToken);
        await schedule.SetAsync(Two, TimeSpan.Zero, TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        fired.Clear();
        await Eventually.HoldsAsync(() => fired.Count(target => target == Two) >= 5, "the other fell off the schedule");

        Assert.DoesNotContain(One, fired);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_does_not_stop_the_schedule()
    {
        var clock = new AdjustableClock();
        var fired = new System.Collections.Concurrent.ConcurrentQueue<TargetId>();
        await using var schedule = new QuartzProbeSchedule(new SteadyTime(clock, NullLogger<SteadyTime>.Instance), NullLoggerFactory.Instance);
        await schedule.StartAsync(fired.Enqueue, TestContext.Current.CancellationToken);
        await schedule.SetAsync(One, TimeSpan.Zero, TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => fired.Count >= 2, "nothing is due");

        clock.Offset = -TimeSpan.FromDays(1);
        var before = fired.Count;

        await Eventually.HoldsAsync(() => fired.Count >= before + 3, "nothing is due after the clock was set back");
    }

    [Fact]
    public async Task The_first_round_of_ten_thousand_targets_is_spread_and_nothing_of_it_is_dropped()
    {
        await using var test = await EngineUnderTest.StartAsync(new ManualSchedule());
        var targets = Enumerable.Range(0, 10_000).Select(i => Sample.Target($"10.0.{i / 250}.{i % 250}")).ToList();

        await test.ReplaceAsync(Hourly, targets);
        await Eventually.HoldsAsync(() => test.Posted.Count >= targets.Count, "the first round is not complete");

        Assert.All(test.Posted, observation => Assert.Equal(Verdict.Pass, observation.Verdict));
        Assert.Equal(TimeSpan.FromSeconds(5), ProbeSpread.Round(targets.Count, handshakes: 0));
        Assert.Equal(TimeSpan.FromSeconds(10), ProbeSpread.Round(1000, handshakes: 1000));
        Assert.Equal(TimeSpan.FromSeconds(1), ProbeSpread.Round(100, handshakes: 50));
        Assert.Equal(TimeSpan.FromSeconds(1), ProbeSpread.Round(100, handshakes: 0));
    }

    [Fact]
    public void There_is_room_for_a_probe_of_every_target_and_explicit_bounds_hold()
    {
        var few = ProbeCapacity.For(10, new ProbeEngineOptions());
        var many = ProbeCapacity.For(100_000, new ProbeEngineOptions());

        Assert.Equal((512, 4096), (few.Concurrency, few.Queued));
        Assert.True(many.Concurrency > 512 && many.Concurrency + many.Queued >= 100_000, $"{many}");
        Assert.Equal(new ProbeCapacity(3, 4), ProbeCapacity.For(100_000, new ProbeEngineOptions { MaxConcurrency = 3, MaxQueued = 4 }));
    }

    [Fact]
    public async Task Targets_that_share_a_slot_are_all_due_and_one_that_leaves_takes_no_other_along()
    {
        var fired = new System.Collections.Concurrent.ConcurrentQueue<TargetId>();
        await using var schedule = new QuartzProbeSchedule(TimeProvider.System, NullLoggerFactory.Instance);
        await schedule.StartAsync(fired.Enqueue, TestContext.Current.CancellationToken);
        var targets = Targets(200);
        foreach (var target in targets)
        {
            await schedule.SetAsync(target, TimeSpan.Zero, TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }

        await Eventually.HoldsAsync(() => fired.CountBy(target => target).Count(pair => pair.Value >= 2) == targets.Count, "a target is not due");
        foreach (var target in targets.Take(199))
        {
            await schedule.RemoveAsync(target, TestContext.Current.CancellationToken);
        }

        // What was under way when it was taken off may still come; what comes later may not.
        await Eventually.HoldsAsync(() => fired.Count(target => target == targets[199]) >= 5, "the last one fell off the schedule");
        fired.Clear();
        await Eventually.HoldsAsync(() => fired.Count(target => target == targets[199]) >= 5, "the last one fell off the schedule");
        Assert.Equal(targets[199], Assert.Single(fired.Distinct()));
    }

    [Fact]
    public async Task A_newcomer_to_a_slot_is_not_due_before_its_time()
    {
        var fired = new System.Collections.Concurrent.ConcurrentQueue<TargetId>();
        await using var schedule = new QuartzProbeSchedule(TimeProvider.System, NullLoggerFactory.Instance);
        await schedule.StartAsync(fired.Enqueue, TestContext.Current.CancellationToken);
        var interval = TimeSpan.FromMilliseconds(100);
        foreach (var target in Targets(100))
        {
            await schedule.SetAsync(target, TimeSpan.Zero, interval, TestContext.Current.CancellationToken);
        }

        var newcomer = Sample.Target("192.0.2.99", "newcomer");
        await schedule.SetAsync(newcomer, Hourly, interval, TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => fired.CountBy(target => target).All(pair => pair.Value >= 3) && fired.Distinct().Count() == 100, "the others are not due");

        Assert.DoesNotContain(newcomer, fired);
    }

    [Fact]
    public async Task Two_engines_live_side_by_side()
    {
        await using var first = await EngineUnderTest.StartAsync(new QuartzProbeSchedule(TimeProvider.System, NullLoggerFactory.Instance));
        await using var second = await EngineUnderTest.StartAsync(new QuartzProbeSchedule(TimeProvider.System, NullLoggerFactory.Instance));

        await first.ReplaceAsync(TimeSpan.FromMilliseconds(100), One);
        await second.ReplaceAsync(TimeSpan.FromMilliseconds(100), Two);
        await Eventually.HoldsAsync(() => first.CountOf(One) >= 3 && second.CountOf(Two) >= 3, "one of them stands still");

        Assert.Equal(0, first.CountOf(Two));
    }

    private static List<TargetId> Targets(int count) => [.. Enumerable.Range(0, count).Select(i => Sample.Target($"192.0.{2 + (i / 250)}.{1 + (i % 250)}", $"endpoint-{i % 7}"))];

    // The place of a scheduled probe is given back after its observation was posted, so one firing may come too early.
    private static async Task FireUntilAsync(EngineUnderTest test, ManualSchedule schedule, TargetId target, int posted) => await Eventually.HoldsAsync(
        () =>
        {
            if (test.CountOf(target) < posted && test.Prober.InFlight == 0)
            {
                schedule.Fire(target);
            }

            return test.CountOf(target) >= posted;
        },
        $"{target} was not probed again");
}
