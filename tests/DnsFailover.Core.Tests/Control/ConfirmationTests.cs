using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>From the first suspicion to the verdict. The cast is probed every 10 s with a timeout of 2 s, and confirmed at a pace of 1 s.</summary>
public sealed class ConfirmationTests
{
    private static readonly ServiceDefinition Three = Service(Primary, Standby, Third);

    [Fact]
    public void What_hangs_is_down_one_timeout_and_the_pace_of_confirmations_after_the_probe_that_found_it()
    {
        var watch = Hanging(TwoEndpoints);
        watch.RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 20, "the verdict");

        var starts = Failures(watch);
        Assert.Equal([Seconds(0), Seconds(1), Seconds(2)], starts.Select(start => start - starts[0]));
        Assert.Equal(starts[0] + Seconds(2 + 2), watch.Now);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    public void However_many_failures_it_takes_the_printed_bound_holds_for_what_hangs(int fall)
    {
        var service = TwoEndpoints with { Endpoints = [Primary with { Rule = new HealthRule(2, fall) }, Standby with { Rule = new HealthRule(2, 1) }] };
        var watch = Hanging(service);
        var bound = RecoveryBound.Of(service, Seconds(10)).Detection;
        watch.RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: bound.TotalSeconds, "the verdict");

        Assert.Equal(fall, Failures(watch).Count);
    }

    [Fact]
    public void A_long_timeout_and_a_quick_pace_overlap_all_the_more()
    {
        var timing = new ProbeTiming(Seconds(20), Seconds(10), Seconds(0.1));
        var watch = Watch.Settled(TwoEndpoints with { Endpoints = [Primary with { Timing = timing }, Standby with { Timing = timing }] }, P).Run(30);
        (watch.SlowAfter, watch.FailTakes) = (timing.SlowAfter, timing.Timeout);
        watch.Fails(P).RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 20 + 10 + 0.2, "the verdict");

        Assert.Equal(Failures(watch)[0] + Seconds(10.2), watch.Now);
    }

    [Fact]
    public void The_standby_is_proven_and_the_records_are_read_by_the_time_of_the_verdict_and_nothing_is_waited_for_then()
    {
        var watch = Hanging(TwoEndpoints);
        watch.PassTakes = Seconds(0.5);
        watch.RunUntil(() => watch.Intents.Any(), within: 20, "the switch");

        var intent = watch.Intents.Single();
        Assert.Equal(intent.VerdictAt, intent.At);
        var suspected = Failures(watch)[0] + Seconds(0.8);
        Assert.Contains(watch.Started, probe => probe.Target.Value == S && probe.StartedAt == suspected && probe.RequestId is not null);
        Assert.Contains(intent.Evidence, line => line.EndsWith("standby (192.0.2.2): status 200 in 40 ms", StringComparison.Ordinal));
    }

    [Fact]
    public void A_standby_that_fails_its_proof_ahead_is_passed_over_for_the_next_one()
    {
        var watch = Watch.Settled(Three, P);
        (watch.SlowAfter, watch.FailTakes) = (Seconds(0.8), Seconds(2));
        watch.Fails(P, S).RunUntil(() => watch.Intents.Any(), within: 20, "the switch");

        Assert.Equal("third (192.0.2.3)", watch.Intents.Single().To);
    }

    [Fact]
    public void Proof_that_says_nothing_ahead_is_asked_for_again_with_the_verdict()
    {
        var watch = Hanging(TwoEndpoints);
        watch.CannotBeReachedFromHere(S).RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 20, "the verdict");
        watch.Works(S).RunUntil(() => watch.Intents.Any(), within: 5, "the switch");
    }

    [Fact]
    public void A_slow_probe_that_passes_in_the_end_leaves_no_trace()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.SlowAfter = Seconds(0.8);
        var (journal, health) = (watch.Journal.Count, watch.Service.Health[TwoEndpoints.Target(P)].Since);
        watch.PassTakes = Seconds(0.9);
        watch.Started.Clear();
        watch.Run(100);

        Assert.Equal((journal, health), (watch.Journal.Count, watch.Service.Health[TwoEndpoints.Target(P)].Since));
        Assert.Empty(watch.Alerts);
        Assert.Empty(watch.Provider.Writes);
        Assert.Empty(watch.Service.Confirming);
        Assert.All(watch.Started.Where(probe => probe.Target.Value == P), probe => Assert.True(probe.IsScheduled, "it had ended before the first confirmation was due"));
        Assert.Contains("call off primary", watch.Effects);
    }

    [Fact]
    public void An_endpoint_that_always_takes_longer_than_the_pace_is_not_confirmed_without_end()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        (watch.SlowAfter, watch.PassTakes) = (Seconds(0.8), Seconds(1.7));
        watch.Started.Clear();
        watch.Run(100);

        Assert.InRange(watch.Started.Count(probe => probe.Target.Value == P), 10, 22); // one confirmation for each scheduled probe
        Assert.Equal(HealthStatus.Up, watch.HealthOf(P));
    }

    [Fact]
    public void Two_of_three_failures_and_a_pass_move_nothing()
    {
        var watch = Hanging(TwoEndpoints);
        watch.RunUntil(() => watch.Started.Count(probe => probe.Verdict == Verdict.Fail) == 2, within: 20, "the second");
        watch.Works(P).Run(30);

        Assert.Equal(HealthStatus.Up, watch.HealthOf(P));
        Assert.DoesNotContain(watch.Journal.OfType<HealthChanged>(), change => change.To == HealthStatus.Down);
        Assert.Empty(watch.Service.Confirming);
        Assert.Null(watch.Lead.Preparing);
    }

    [Fact]
    public void What_says_nothing_is_replaced_at_the_same_pace()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).RunUntil(() => watch.Service.Health[TwoEndpoints.Target(P)].IsSuspect, within: 20, "the first failure");
        watch.FailTakes = Seconds(0);
        watch.Started.Clear();
        watch.CannotBeReachedFromHere(P).Run(8).Fails(P).RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 6, "the verdict");

        var starts = watch.Started.Where(probe => probe.Target.Value == P && !probe.IsScheduled).Select(probe => probe.StartedAt).ToList();
        Assert.InRange(starts.Count, 9, 13);
        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.True(pair.Second - pair.First >= Seconds(1)));
    }

    [Fact]
    public void What_is_refused_before_it_was_due_is_not_asked_for_again_at_once()
    {
        var target = TwoEndpoints.Target(P);
        var (state, now, asked) = Warm();
        (state, var effects) = Controller.Step(state, new ControllerEvent.Observed(Observation(target, Verdict.Fail, now)), now);
        asked.AddRange(effects.OfType<Effect.Confirm>());
        Assert.Equal(2, asked.Count);
        foreach (var one in asked)
        {
            (state, effects) = Controller.Step(state, new ControllerEvent.Observed(Observation(target, Verdict.Inconclusive, now, one.RequestId) with { Class = ReasonClass.Outdated }), now);
            Assert.Empty(effects.OfType<Effect.Confirm>());
        }

        now += Seconds(10);
        (_, effects) = Controller.Step(state, new ControllerEvent.Observed(Observation(target, Verdict.Fail, now) with { IsScheduled = true }), now);
        Assert.Single(effects.OfType<Effect.Confirm>());
    }

    [Fact]
    public void Word_of_a_slow_probe_that_comes_after_its_end_changes_nothing()
    {
        var target = TwoEndpoints.Target(P);
        var (state, now, _) = Warm();
        (state, _) = Controller.Step(state, new ControllerEvent.Observed(Observation(target, Verdict.Pass, now) with { IsScheduled = true }), now);

        var (after, effects) = Controller.Step(state, new ControllerEvent.ProbeIsSlow(new SlowProbe(target, now, null, IsScheduled: true, Seconds(0.8), null)), now);

        Assert.Empty(effects);
        Assert.Empty(after.Services[Name].Confirming);
        (after, effects) = Controller.Step(state, new ControllerEvent.ProbeIsSlow(new SlowProbe(target with { Value = "192.0.2.77" }, now, null, IsScheduled: true, Seconds(0.8), null)), now);
        Assert.Empty(effects);
        Assert.Same(state.Services[Name].Health, after.Services[Name].Health);
    }

    [Fact]
    public void A_clock_that_is_set_back_between_two_failures_keeps_nobody_from_a_verdict()
    {
        var health = TargetHealth.Unproven(Noon).With(Observation(TwoEndpoints.Target(P), Verdict.Pass, Noon), new HealthRule(1, 3), Noon, Seconds(1));
        var before = Noon - TimeSpan.FromHours(1);
        for (var i = 0; i < 3; i++)
        {
            var at = before + Seconds(i);
            health = health.With(Observation(TwoEndpoints.Target(P), Verdict.Fail, at), new HealthRule(1, 3), at, Seconds(1));
        }

        Assert.Equal(HealthStatus.Down, health.Status);
    }

    [Fact]
    public void A_recovery_is_confirmed_at_the_same_pace()
    {
        var watch = Watch.Settled(TwoEndpoints with { Endpoints = [Primary with { Rule = new HealthRule(4, 3) }, Standby] }, P);
        watch.Fails(P).RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 20, "the verdict");
        watch.Run(20).Works(P);
        watch.Started.Clear();
        watch.RunUntil(() => watch.HealthOf(P) == HealthStatus.Up, within: 15, "the recovery");

        var starts = watch.Started.Where(probe => probe.Target.Value == P).Select(probe => probe.StartedAt).ToList();
        Assert.Equal([Seconds(0), Seconds(1), Seconds(2), Seconds(3)], starts.Select(start => start - starts[0]).Select(after => TimeSpan.FromSeconds(Math.Round(after.TotalSeconds, 1))));
    }

    [Fact]
    public void A_reload_while_confirmations_are_under_way_loses_no_verdict()
    {
        var watch = Hanging(TwoEndpoints);
        watch.RunUntil(() => watch.Service.Confirming.Count > 0, within: 20, "the suspicion");
        watch.Reload(TwoEndpoints with { MinActiveTime = Seconds(90) });
        watch.RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 20, "the verdict");
        watch.Reload(Service(Standby)).Run(30);

        Assert.Empty(watch.Service.Confirming);
    }

    [Theory]
    [InlineData("f0 f1 f2", HealthStatus.Down)]
    [InlineData("f0 f0.1 f0.2 f0.3 f0.4", HealthStatus.Up)] // within a moment
    [InlineData("f0 f0.5 f1 f1.5 f1.9", HealthStatus.Up)]
    [InlineData("f0 f0.5 f1 f1.5 f2", HealthStatus.Down)] // the first, the third and the fifth
    [InlineData("f2 f1 f0", HealthStatus.Down)] // as they end
    [InlineData("f0 f1.5 f1 f2", HealthStatus.Down)]
    [InlineData("f0 f1 p3 f2 f4", HealthStatus.Up)] // the third began before the pass did
    [InlineData("f0 f1 p0.5 f2", HealthStatus.Up)] // the first is older than the pass
    [InlineData("f1 f2 p0.5 f3", HealthStatus.Down)] // the pass is older than all of them
    [InlineData("f0 p1 f2 f3 f4", HealthStatus.Down)]
    public void In_a_row_is_what_began_in_a_row_and_apart(string ended, HealthStatus expected)
    {
        var health = TargetHealth.Unproven(Noon);
        health = health.With(Observation(TwoEndpoints.Target(P), Verdict.Pass, Noon), new HealthRule(1, 3), Noon, Seconds(1));
        var (now, rule) = (Noon + Seconds(60), new HealthRule(1, 3));
        foreach (var one in ended.Split(' '))
        {
            var at = Noon + Seconds(10 + double.Parse(one[1..], System.Globalization.CultureInfo.InvariantCulture));
            health = health.With(Observation(TwoEndpoints.Target(P), one[0] == 'p' ? Verdict.Pass : Verdict.Fail, at), rule, now, Seconds(1));
        }

        Assert.Equal(expected, health.Status);
    }

    [Fact]
    public void A_failure_that_is_older_than_the_newest_pass_counts_among_the_last_few()
    {
        var rule = new HealthRule(1, 9, new FailureWindow(2, 5));
        var health = TargetHealth.Unproven(Noon).With(Observation(TwoEndpoints.Target(P), Verdict.Pass, Noon), rule, Noon, Seconds(1));
        foreach (var (verdict, at) in new[] { (Verdict.Fail, 1), (Verdict.Pass, 5), (Verdict.Fail, 3) })
        {
            health = health.With(Observation(TwoEndpoints.Target(P), verdict, Noon + Seconds(at)), rule, Noon + Seconds(9), Seconds(1));
        }

        Assert.Equal((HealthStatus.Down, 0), (health.Status, health.Fails));
        Assert.StartsWith("2 of the last 5 probes failed", health.Explain(), StringComparison.Ordinal);
    }

    [Fact]
    public void Passes_within_a_moment_make_nothing_up()
    {
        var rule = new HealthRule(2, 3);
        var health = TargetHealth.Unproven(Noon);
        foreach (var at in new[] { 0, 0.2, 0.4 })
        {
            health = health.With(Observation(TwoEndpoints.Target(P), Verdict.Pass, Noon + Seconds(at)), rule, Noon + Seconds(5), Seconds(1));
        }

        Assert.Equal(HealthStatus.Unknown, health.Status);
        Assert.Equal(HealthStatus.Up, health.With(Observation(TwoEndpoints.Target(P), Verdict.Pass, Noon + Seconds(1)), rule, Noon + Seconds(5), Seconds(1)).Status);
    }

    private static Watch Hanging(ServiceDefinition service)
    {
        var watch = Watch.Settled(service, P);
        (watch.SlowAfter, watch.FailTakes) = (Primary.Timing.SlowAfter, Primary.Timing.Timeout);
        watch.Started.Clear();
        return watch.Fails(P);
    }

    private static List<DateTimeOffset> Failures(Watch watch) => [.. watch.Started.Where(probe => probe is { Verdict: Verdict.Fail, Target.Value: P } && probe.StartedAt <= watch.Now - watch.FailTakes).Select(probe => probe.StartedAt).Order()];

    private static (ControllerState State, DateTimeOffset Now, List<Effect.Confirm> Asked) Warm()
    {
        var service = TwoEndpoints with { Endpoints = [Primary with { Rule = new HealthRule(1, 3) }, Standby with { Rule = new HealthRule(1, 3) }] };
        var (state, effects) = Controller.Start(Watch.Configured(service), [], Noon);
        var now = Noon;
        Do(new ControllerEvent.RecordsRead(Name, effects.OfType<Effect.ReadRecords>().Single().RequestId, Holding(P)));
        foreach (var value in new[] { P, S })
        {
            Do(new ControllerEvent.Observed(Observation(TwoEndpoints.Target(value), Verdict.Pass, now)));
        }

        return (state, now + Seconds(1), []);

        void Do(ControllerEvent fact)
        {
            now += Seconds(1);
            (state, effects) = Controller.Step(state, fact, now);
        }
    }
}
