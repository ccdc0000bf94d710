using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>Nothing is written on a guess: not after a start, and not on what was seen too long ago.</summary>
public sealed class EvidenceTests
{
    private static readonly ServiceDefinition Three = Service(Primary, Standby, Third);

    [Fact]
    public void After_a_start_nothing_is_written_before_every_endpoint_has_a_verdict_however_long_it_takes()
    {
        var steps = new Steps(Three);
        steps.Observe(P, Verdict.Fail, 3).Observe(S, Verdict.Pass, 2);
        for (var hour = 0; hour < 5; hour++)
        {
            steps.Wait(3600).Observe(P, Verdict.Fail).Observe(S, Verdict.Pass);
        }

        Assert.Empty(steps.Proofs);
        steps.Observe(T, Verdict.Pass, 1).Observe(P, Verdict.Fail);
        Assert.Empty(steps.Proofs);
        steps.Observe(T, Verdict.Pass, 1);
        Assert.NotEmpty(steps.Proofs);
    }

    [Theory]
    [InlineData("pf")]
    [InlineData("i")]
    public void An_endpoint_of_which_no_verdict_is_to_be_had_holds_the_others_up_for_a_number_of_probes(string pattern)
    {
        var steps = new Steps(Three);
        steps.Observe(P, Verdict.Fail, 3).Observe(S, Verdict.Pass, 2);
        for (var probe = 0; probe < (2 * 3) + 2; probe++)
        {
            Assert.Empty(steps.Proofs);
            steps.Observe(T, pattern[probe % pattern.Length] switch { 'p' => Verdict.Pass, 'f' => Verdict.Fail, _ => Verdict.Inconclusive });
        }

        Assert.NotEmpty(steps.Proofs);
    }

    [Fact]
    public void After_a_start_nothing_is_written_before_the_live_record_was_read()
    {
        var steps = new Steps(Three, isReadable: false);
        steps.Observe(P, Verdict.Fail, 3).Observe(S, Verdict.Pass, 2).Observe(T, Verdict.Pass, 2).Wait(3600).Observe(P, Verdict.Fail);
        Assert.Empty(steps.Proofs);
    }

    [Fact]
    public void What_failed_too_long_ago_is_probed_again_before_it_is_left()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(600), Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 60, "the failover");
        watch.Run(60).Works(P).Fails(S).Run(100).CannotBeReachedFromHere(S);
        watch.RunUntil(() => watch.Service.Decisions[RecordType.A].Refusal?.Cause == "stale-evidence", within: 600, "the refusal");
        var (reason, confirmed) = (watch.Service.Decisions[RecordType.A].Reason, watch.Effects.Count(effect => effect == "confirm standby"));
        Assert.Matches("the last failure of standby \\(192\\.0\\.2\\.2\\) is .* old, and it counts for 27 s", reason);
        Assert.True(confirmed > 0);
        Assert.Contains(watch.Journal.OfType<ConditionRaised>(), raised => raised.Cause == "refused:A:stale-evidence:waits" && raised.Guards.Any(guard => guard.StartsWith("evidence: the last failure of standby", StringComparison.Ordinal)));

        watch.Run(600);
        Assert.Equal([S], watch.Published()); // it may work by now: nobody knows

        watch.Fails(S).RunUntil(() => watch.Published()[0] == P, within: 15, "the switch");
    }

    [Fact]
    public void Proof_that_has_grown_too_old_while_the_records_were_read_is_dropped_and_made_again()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.ReadTakes = Seconds(40); // proof holds for 32 s
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 120, "the failover").Run(1);

        Assert.Equal(2, watch.Effects.Count(effect => effect == "prove standby"));
        var intent = watch.Intents.Single();
        var proof = intent.Evidence.Last(line => line.Contains("status 200", StringComparison.Ordinal));
        Assert.True(intent.At.TimeOfDay - TimeSpan.Parse(proof.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) < Seconds(32), $"{intent.At:HH:mm:ss}: {proof}");
    }

    [Fact]
    public void The_record_of_a_switch_has_every_guard_with_its_figures()
    {
        var watch = Watch.Over(TwoEndpoints with { SwitchesPerHour = 6 }, P)
            .Under(new FleetRules { Velocity = new VelocityRule(10, Seconds(10)), Share = new ShareRule(50, 5, TimeSpan.FromMinutes(10)) }).Start().Run(30);
        watch.Fails(P).Run(60).Works(P).Run(100);

        var (failover, failback) = (watch.Intents.First(), watch.Intents.Last());
        Assert.Equal(
            ["evidence: the last failure of primary (192.0.2.1) is 200 ms old and counts for 27 s", "minActiveTime 1 min: no switch is remembered", "budget 6 an hour: 0 used", "share: 0 of 0 other names moved within 10 min, 5 may (50 % of 1, but at least 5)", "velocity 10 per 10 s: 0 under way"],
            failover.Guards);
        Assert.StartsWith("minActiveTime 1 min: the last switch was ", failback.Guards[0], StringComparison.Ordinal);
        Assert.Equal("budget 6 an hour: 1 used", failback.Guards[1]);
        Assert.Equal([new EndpointTarget(RecordType.A, P)], failover.Left);
        Assert.True(failover.MovesTraffic);
        Assert.Equal(watch.Service.Switches, watch.Outcomes.Last().Switches);
        Assert.Equal(2, watch.Service.Switches.Count);
    }

    [Fact]
    public void A_refusal_that_passes_by_itself_is_in_the_journal_too()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(300) }, P);
        watch.Fails(P).Run(30).Works(P).Fails(S).Run(60);

        var refused = Assert.Single(watch.Journal.OfType<ConditionRaised>(), raised => raised.Cause == "refused:A:min-active-time:waits");
        Assert.False(refused.Told);
        Assert.Contains(refused.Guards, guard => guard.StartsWith("minActiveTime 5 min: the last switch was ", StringComparison.Ordinal));
        Assert.Contains(refused.Evidence, line => line.Contains("connection refused by 192.0.2.2:443", StringComparison.Ordinal));
    }

    /// <summary>A controller that is told one thing after another, and whose reads are answered at once.</summary>
    private sealed class Steps
    {
        private readonly ServiceDefinition _service;
        private readonly bool _isReadable;
        private ControllerState _state;
        private DateTimeOffset _now = Noon;

        public Steps(ServiceDefinition service, bool isReadable = true)
        {
            (_service, _isReadable) = (service, isReadable);
            (_state, var effects) = Controller.Start(Watch.Configured(service), [], _now);
            Answer(effects);
        }

        public List<Effect.ProbeNow> Proofs { get; } = [];

        public Steps Observe(string value, Verdict verdict, int times = 1)
        {
            for (var time = 0; time < times; time++)
            {
                _now += Seconds(1);
                Step(new ControllerEvent.Observed(Observation(_service.Target(value), verdict, _now)));
            }

            return this;
        }

        public Steps Wait(double seconds)
        {
            _now += Seconds(seconds);
            Step(new ControllerEvent.TimePassed());
            return this;
        }

        private void Step(ControllerEvent fact)
        {
            (_state, var effects) = Controller.Step(_state, fact, _now);
            Answer(effects);
        }

        private void Answer(ValueList<Effect> effects)
        {
            Proofs.AddRange(effects.OfType<Effect.ProbeNow>().Where(probe => probe.RequestId is not null));
            Assert.Empty(effects.OfType<Effect.Apply>());
            foreach (var read in effects.OfType<Effect.ReadRecords>().Where(_ => _isReadable))
            {
                Step(new ControllerEvent.RecordsRead(read.Name, read.RequestId, Holding(P)));
            }
        }
    }
}
