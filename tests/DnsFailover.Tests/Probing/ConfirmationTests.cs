using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Probing;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.Probing;

/// <summary>Several looks at a target that may be failing, which do not wait for each other.</summary>
public class ConfirmationTests
{
    private static readonly TargetId One = Sample.Target("192.0.2.1");
    private static readonly TimeSpan Hourly = TimeSpan.FromHours(1);

    private const int Many = 200;

    [Fact]
    public async Task Confirmations_of_a_target_that_hangs_overlap_with_its_scheduled_probe_and_with_each_other()
    {
        await using var test = await EngineUnderTest.StartAsync(new ManualSchedule());
        var held = new TaskCompletionSource();
        test.Prober.Hold(One, held.Task);
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.Prober.InFlight == 1, "no first probe");

        for (var id = 1; id <= 9; id++)
        {
            test.Engine.Confirm(One, id, TimeSpan.FromMilliseconds(id), TimeSpan.FromMilliseconds(1));
        }

        await Eventually.HoldsAsync(() => test.Prober.InFlight == 10, "they wait for each other");
        held.SetResult();
        await Eventually.HoldsAsync(() => test.CountOf(One) == 10, "an observation is missing");
        Assert.Equal(Enumerable.Range(1, 9).Select(id => (long?)id), test.Posted.Select(observation => observation.RequestId).Where(id => id is not null).Order());
    }

    [Fact]
    public async Task Their_starts_are_never_nearer_than_asked_for_even_when_all_are_due_at_once()
    {
        await using var test = await EngineUnderTest.StartAsync(new ManualSchedule());
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");
        var apart = TimeSpan.FromMilliseconds(30);

        for (var id = 1; id <= 5; id++)
        {
            test.Engine.Confirm(One, id, TimeSpan.Zero, apart);
            await Eventually.HoldsAsync(() => test.CountOf(One) == id + 1, "no observation");
        }

        var starts = test.Posted.Skip(1).Select(observation => observation.StartedAt).Order().ToList();
        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.True(pair.Second - pair.First >= apart - TimeSpan.FromMilliseconds(1), $"{(pair.Second - pair.First).TotalMilliseconds} ms"));
    }

    [Fact]
    public async Task What_is_called_off_is_not_started_and_what_runs_is_told()
    {
        await using var test = await EngineUnderTest.StartAsync(new ManualSchedule());
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");
        var held = new TaskCompletionSource();
        test.Prober.Hold(One, held.Task);
        test.Engine.Confirm(One, 1, TimeSpan.Zero, TimeSpan.Zero);
        await Eventually.HoldsAsync(() => test.Prober.InFlight == 1, "the confirmation does not run");

        test.Engine.Confirm(One, 2, Hourly, TimeSpan.Zero);
        test.Engine.CallOff(One);
        test.Engine.CallOff(One);
        test.Engine.Confirm(One, 3, TimeSpan.Zero, TimeSpan.Zero);
        held.SetResult();

        await Eventually.HoldsAsync(() => test.CountOf(One) == 3, "the others are not told");
        Assert.Equal([1, 3], test.Posted.Select(observation => observation.RequestId).OfType<long>().Order());
        Assert.DoesNotContain(test.Prober.Calls, call => call.RequestId == 2);
    }

    /// <summary>Late probes would ask for more and more probes, on a machine that does not keep up with those it has.</summary>
    [Fact]
    public async Task Where_many_are_made_sure_of_and_the_machine_does_not_keep_up_confirmations_wait_for_it()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var backlog = new Backlog(time);
        await using var test = await EngineUnderTest.StartAsync(new ManualSchedule(), new ProbeEngineOptions { MaxConfirmationsPerTarget = Many }, backlog);
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");
        var since = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(1));
        backlog.Waited(since);

        for (var id = 1; id <= Many; id++)
        {
            test.Engine.Confirm(One, id, TimeSpan.Zero, TimeSpan.Zero);
        }

        test.Engine.Request(One, Many + 1, TimeSpan.Zero);
        await Eventually.HoldsAsync(() => test.CountOf(One) > 1, "what is no confirmation waits too");
        var made = test.Prober.Calls.Where(call => call.RequestId <= Many).ToList();
        Assert.InRange(made.Count, 0, Many / 2); // the first of them were too few
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.HoldsAsync(() => test.CountOf(One) == Many + 2, "they are not made afterwards");
    }

    [Fact]
    public async Task They_are_bounded_and_what_does_not_fit_is_answered()
    {
        await using var test = await EngineUnderTest.StartAsync(new ManualSchedule(), new ProbeEngineOptions { MaxConfirmationsPerTarget = 2 });
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");

        for (var id = 1; id <= 3; id++)
        {
            test.Engine.Confirm(One, id, Hourly, TimeSpan.Zero);
        }

        test.Engine.Confirm(Sample.Target("192.0.2.9"), 4, TimeSpan.Zero, TimeSpan.Zero);

        await Eventually.HoldsAsync(() => test.Posted.Count == 3, "a refusal is missing");
        Assert.Equal([ReasonClass.Overload, ReasonClass.Outdated], test.Posted.Skip(1).OrderBy(observation => observation.RequestId).Select(observation => observation.Class));
        test.Engine.CallOff(One);
        test.Engine.Confirm(One, 5, TimeSpan.Zero, TimeSpan.Zero);
        await Eventually.HoldsAsync(() => test.Posted.Any(observation => observation is { RequestId: 5, Verdict: Verdict.Pass }), "the places were not given back");
    }

    [Fact]
    public async Task A_reload_answers_those_that_are_under_way()
    {
        await using var test = await EngineUnderTest.StartAsync(new ManualSchedule());
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");
        var held = new TaskCompletionSource();
        test.Prober.Hold(One, held.Task);
        test.Engine.Confirm(One, 1, TimeSpan.Zero, TimeSpan.Zero);
        await Eventually.HoldsAsync(() => test.Prober.InFlight == 1, "the confirmation does not run");

        await test.ReplaceAsync(Hourly);
        held.SetResult();

        await Eventually.HoldsAsync(() => test.Posted.Any(observation => observation is { RequestId: 1, Class: ReasonClass.Outdated }), "nobody answers");
    }

    [Fact]
    public async Task A_probe_that_is_far_slower_than_usual_is_told_once_while_it_is_under_way()
    {
        var schedule = new ManualSchedule();
        await using var test = await EngineUnderTest.StartAsync(schedule);
        await test.ReplaceAsync(Hourly, One);
        await Eventually.HoldsAsync(() => test.CountOf(One) == 1, "no first probe");
        for (var id = 1; id <= UsualLatency.Enough; id++)
        {
            test.Engine.Request(One, id, TimeSpan.Zero);
            await Eventually.HoldsAsync(() => test.CountOf(One) == id + 1, "no observation");
        }

        Assert.Empty(test.Slow);
        var held = new TaskCompletionSource();
        test.Prober.Hold(One, held.Task);
        await Eventually.HoldsAsync(
            () =>
            {
                schedule.Fire(One); // its place is given back a moment after its observation
                return test.Prober.InFlight == 1;
            },
            "no probe");
        test.Engine.Request(One, 100, TimeSpan.Zero);

        await Eventually.HoldsAsync(() => test.Slow.Count == 2, "nobody says that they are slow");
        held.SetResult();
        await Eventually.HoldsAsync(() => test.CountOf(One) == UsualLatency.Enough + 3, "no observation");

        var slow = test.Slow.OrderBy(probe => probe.RequestId).ToList();
        Assert.Equal([(null, true), (100L, false)], slow.Select(probe => (probe.RequestId, probe.IsScheduled)));
        Assert.All(slow, probe => Assert.True(probe.Elapsed >= SlowProbeWatch.Floor && probe.Usual is not null, probe.Reason));
        Assert.All(slow, probe => Assert.Contains(test.Posted, observation => observation.StartedAt == probe.StartedAt && observation.RequestId == probe.RequestId));
    }
}
