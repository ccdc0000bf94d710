using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>Is it us? Control targets, asked at the moment of a failure.</summary>
public sealed class NetworkTests
{
    private static readonly bool[] Answering = [true, true, true, true];
    private static readonly bool[] OneAnswers = [false, true, false, false];

    private static readonly FleetRules Checked = new() { SelfCheck = new SelfCheckRule(Targets: 4, Needed: 2, Seconds(2), Seconds(5)) };

    [Fact]
    public void A_dead_uplink_moves_nothing_and_is_one_message_however_many_names_there_are()
    {
        var watch = Over(Many(5), Checked);
        Cut(watch).Run(60);
        Heal(watch).Run(120);

        Assert.Empty(watch.Provider.Writes);
        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered], watch.AlertKinds);
        var frozen = watch.Alerts[0];
        Assert.Null(frozen.Service);
        Assert.Equal("1 of 4 control targets answered, 2 are needed", frozen.Reason);
        Assert.Equal(["tcp://198.51.100.1:443: no answer within 2 s", "tcp://198.51.100.3:443: no answer within 2 s", "tcp://198.51.100.4:443: no answer within 2 s"], frozen.Evidence);
        Assert.Contains("asked again every 5 s", frozen.Next, StringComparison.Ordinal);
        Assert.InRange(watch.Alerts[1].Downtime!.Value.TotalSeconds, 50, 70);
        Assert.All(watch.State.Services.Values, service => Assert.Empty(service.Conditions));
    }

    [Fact]
    public void What_fails_right_after_a_start_may_be_our_own_network_as_well()
    {
        var watch = Over([TwoEndpoints with { MinActiveTime = Seconds(60) }], Checked);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 20, "the failover");
        var heldUntil = watch.Now + Seconds(60);
        watch.Works(P).Run(40).Restart().Run(0.1);
        watch.Controls = OneAnswers;
        watch.Fails(S).Run((heldUntil - watch.Now).TotalSeconds - 0.5);
        Assert.Equal(HealthStatus.Up, watch.HealthOf(P));

        watch.Controls = Answering;
        watch.Works(S).Run(30);

        Assert.Single(watch.Provider.Writes);
    }

    [Fact]
    public void A_refused_switch_is_kept_with_its_arithmetic()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P).Run(30);

        var refused = watch.Journal.OfType<ConditionRaised>().Single(condition => condition.Cause == "refused:A:network:waits");
        Assert.Equal("primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up, but 1 of 4 control targets answered, 2 are needed", refused.Reason);
        Assert.Equal([P], watch.Published());
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
    }

    [Fact]
    public void A_refusal_because_of_our_network_keeps_the_figures_of_the_other_guards()
    {
        var watch = Over([TwoEndpoints with { SwitchesPerHour = 5 }], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P).Run(30);

        var refused = watch.Journal.OfType<ConditionRaised>().Single(condition => condition.Cause == "refused:A:network:waits");
        Assert.Equal(
            ["evidence", "minActiveTime 1 min", "budget 5 an hour"],
            refused.Guards.Select(figures => figures.Split(':')[0]));
    }

    [Fact]
    public void What_is_really_down_is_left_once_the_control_targets_have_answered_since()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 20, "the failover");
        watch.Run(2);

        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
        Assert.Contains("4 of 4 control targets answered, the slowest in 34 ms", watch.Intents.Single().Guards);
        var asked = watch.Effects.FindIndex(effect => effect == "check ourselves");
        Assert.InRange(asked, 0, watch.Effects.FindIndex(effect => effect.StartsWith("apply", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_answer_of_before_the_verdict_is_not_enough()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.ControlsTake = Seconds(1.9);
        watch.Fails(P).RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 20, "the verdict");
        var down = watch.Now;
        watch.RunUntil(() => watch.Published() is [S], within: 20, "the failover");
        Assert.True(watch.Now - down >= Seconds(1.9), watch.Told());
    }

    [Fact]
    public void What_was_held_by_the_freeze_and_still_fails_is_left_after_the_thaw_by_new_failures()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P).Run(40);
        Assert.Equal([P], watch.Published());

        watch.Controls = Answering;
        var healed = watch.Now;
        watch.RunUntil(() => watch.Published() is [S], within: 15, "the failover");
        watch.Run(5);
        Assert.True(watch.Intents.Single().FirstFailureAt > healed, watch.Told());
        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered, AlertKind.Failover], watch.AlertKinds);
        Assert.Contains(watch.Journal.OfType<HealthChanged>(), change => change is { From: HealthStatus.Down, To: HealthStatus.Unknown } && change.Reason.Contains("judged anew", StringComparison.Ordinal));
    }

    [Fact]
    public void No_name_moves_when_the_network_heals_just_before_the_verdict()
    {
        for (var after = 0.0; after < 20; after += 0.25)
        {
            var watch = Over([TwoEndpoints, Other("www", 3)], Checked);
            Cut(watch).Run(after);
            Heal(watch).Run(60);
            Assert.True(watch.Provider.Writes.Count == 0, $"healed after {after} s\n{watch.Told()}");
        }
    }

    [Fact]
    public void A_probe_that_had_begun_before_the_thaw_is_ours_too()
    {
        for (var after = 20.0; after < 32; after += 0.3)
        {
            var watch = Over([Service(Primary with { Rule = new HealthRule(1, 1) }, Standby)], Checked with { SelfCheck = Checked.SelfCheck! with { Recheck = Seconds(3) } });
            watch.FailTakes = Seconds(2);
            watch.Controls = OneAnswers;
            watch.Fails(P).Run(after);
            Heal(watch).Run(60);
            Assert.True(watch.Provider.Writes.Count == 0, $"healed after {after} s\n{watch.Told()}");
        }
    }

    [Fact]
    public void A_lost_answer_is_asked_for_again_and_holds_up_for_seconds_only()
    {
        var watch = Over([TwoEndpoints], Checked);
        var left = 2;
        watch.ControlsLost = () => left-- > 0;
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 40, "the failover");
    }

    [Fact]
    public void A_checker_that_never_answers_does_not_keep_a_failure_secret()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.ControlsLost = () => true;
        watch.Fails(S).Run(60);
        Assert.Equal([AlertKind.RedundancyLost], watch.AlertKinds);
    }

    [Fact]
    public void A_total_outage_of_the_endpoints_is_told_when_the_control_targets_answer()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Fails(P, S).Run(40);
        Assert.Equal([AlertKind.AllDown], watch.AlertKinds);
    }

    [Fact]
    public void Probes_that_say_nothing_because_of_a_dead_network_are_one_message()
    {
        var watch = Over(Many(4), Checked);
        watch.Controls = [false, false, false, false];
        watch.CannotBeReachedFromHere([.. watch.State.Services.Values.SelectMany(service => service.Definition.Targets).Select(pair => pair.Target.Value)]).Run(120);
        Heal(watch).Run(60);
        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered], watch.AlertKinds);
    }

    [Fact]
    public void Control_targets_that_never_answer_are_told_at_the_start()
    {
        var watch = Watch.Over(TwoEndpoints, P).Under(Checked);
        watch.Controls = [false, false, false, false];
        watch.Start().Run(100);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
        Assert.Contains("choose others, or set selfCheck: off", watch.Alerts[0].Next, StringComparison.Ordinal);

        watch.Under(new FleetRules()).Reload(TwoEndpoints).Run(30);
        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered], watch.AlertKinds);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 20, "the failover");
    }

    [Fact]
    public void A_frozen_daemon_that_is_restarted_tells_the_end_once_and_what_is_down_is_left()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P).Run(30).Restart(after: 1);
        watch.Run(30);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);

        watch.Controls = Answering;
        watch.Restart(after: 1);
        watch.RunUntil(() => watch.Published() is [S], within: 20, "the failover");
        watch.Run(5);
        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered, AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void A_freeze_that_began_in_the_future_by_a_clock_that_was_wrong_still_makes_void_what_failed_since()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P, S).Run(30).RestartWithTheClockSetBack(1800).Run(60);
        Assert.Equal(HealthStatus.Down, watch.HealthOf(P));
        Assert.All(watch.Service.Conditions.Values, condition => Assert.True(condition.Since <= watch.Now, condition.Reason));

        watch.Controls = Answering;
        watch.RunUntil(() => watch.AlertKinds.Contains(AlertKind.Recovered), within: 10, "the thaw").Run(0);
        Assert.Equal(HealthStatus.Unknown, watch.HealthOf(P));
        watch.Works(P, S).Run(60);
        Assert.Empty(watch.Provider.Writes);
        Assert.True(watch.Alerts.Single(alert => alert.Kind == AlertKind.Recovered).Downtime > TimeSpan.Zero);
    }

    [Fact]
    public void A_network_that_comes_and_goes_is_told_once_in_ten_minutes()
    {
        var watch = Over([TwoEndpoints], Checked);
        for (var i = 0; i < 10; i++)
        {
            Cut(watch).Run(25);
            Heal(watch).Run(35);
        }

        Assert.InRange(watch.Alerts.Count, 2, 4);
        Assert.Empty(watch.Provider.Writes);
    }

    [Fact]
    public void Nothing_is_asked_while_nothing_fails()
    {
        var watch = Over(Many(3), Checked);
        watch.Run(600);
        Assert.Single(watch.Effects, effect => effect == "check ourselves"); // at the start
    }

    [Fact]
    public void As_many_as_are_needed_are_enough()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Controls = [true, false, true, false];
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 20, "the failover");
    }

    [Fact]
    public void A_reload_thaws_nothing_and_asks_again()
    {
        var watch = Over([TwoEndpoints], Checked);
        Cut(watch).Run(30);
        watch.Effects.Clear();
        watch.Reload(TwoEndpoints);
        Assert.Contains("check ourselves", watch.Effects);
        watch.Run(20);

        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
        Assert.NotNull(watch.State.Network.ByControls);
    }

    [Fact]
    public void While_nothing_is_written_they_are_asked_every_five_seconds_whatever_the_probes_say()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P).Run(20).Works(P).Run(30);
        watch.Effects.Clear();
        watch.Run(60);

        Assert.InRange(watch.Effects.Count(effect => effect == "check ourselves"), 11, 12);
    }

    [Fact]
    public void An_answer_is_lost_five_seconds_after_the_timeout_and_asked_for_again_at_once()
    {
        var watch = Over([TwoEndpoints], Checked);
        var asked = new List<DateTimeOffset>();
        watch.ControlsLost = () =>
        {
            asked.Add(watch.Now);
            return true;
        };
        watch.Fails(P).Run(45);

        Assert.True(asked.Count >= 4);
        Assert.All(asked.Zip(asked.Skip(1)), pair => Assert.Equal(Seconds(2 + 5), pair.Second - pair.First));
    }

    [Fact]
    public void A_freeze_that_failover_yaml_does_not_ask_for_any_more_ends_with_the_start()
    {
        var watch = Over([TwoEndpoints], Checked);
        Cut(watch).Run(30);
        watch.Crash();
        watch.Under(new FleetRules()).Restart().Run(1);

        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered], watch.AlertKinds);
        Assert.Equal("the daemon was started again; before: nothing is written, since our own network is the likely fault: 1 of 4 control targets answered, 2 are needed", watch.Alerts[1].Reason);
    }

    [Fact]
    public void A_freeze_that_comes_back_at_once_and_lasts_is_told_when_ten_minutes_are_over()
    {
        var watch = Over([TwoEndpoints], Checked);
        Cut(watch).Run(30);
        Heal(watch).Run(60);
        Cut(watch).Run(300);
        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered], watch.AlertKinds);
        watch.Run(400);

        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered, AlertKind.Frozen], watch.AlertKinds);
        Assert.InRange(watch.Alerts[2].At - watch.Alerts[0].At, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10) + Seconds(1));
        Heal(watch).Run(30);
        Assert.InRange(watch.Alerts[3].Downtime!.Value, Seconds(680), Seconds(740)); // since it came back, and not since it was told
    }

    [Fact]
    public void Probes_that_begin_to_say_nothing_ask_whether_it_is_us_once_and_once_more_when_it_lasts()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Effects.Clear();
        watch.CannotBeReachedFromHere(P).Run(200);
        Assert.Equal(2, watch.Effects.Count(effect => effect == "check ourselves"));
    }

    [Fact]
    public void What_our_own_network_cannot_be_the_cause_of_is_told_also_while_nothing_is_written()
    {
        var watch = Over([TwoEndpoints], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P).Run(30);
        watch.CertificateTroubles[S] = "certificate is for *.up.railway.app";
        watch.Works(P).Run(30);
        Assert.NotNull(watch.State.Network.ByControls);
        Assert.Equal([AlertKind.Frozen, AlertKind.RedundancyLost], watch.AlertKinds);
    }

    internal static Watch Over(ServiceDefinition[] services, FleetRules rules)
    {
        var watch = Watch.Over(services).Under(rules);
        foreach (var service in services)
        {
            watch.Provider.Records[service.Name] = Holding(service.Name, Seconds(30), service.Endpoints[0].Targets[0].Value);
        }

        return watch.Start().Run(30);
    }

    /// <summary>Another name with a primary and a standby of its own, of the same two vendors.</summary>
    internal static ServiceDefinition Other(string label, int number) =>
        Service(Endpoint("primary", 0, $"192.0.2.{number * 10}"), Endpoint("standby", 1, $"192.0.2.{(number * 10) + 1}")) with { Name = DnsName.Parse($"{label}.example.com") };

    internal static ServiceDefinition[] Many(int count) => [.. Enumerable.Range(1, count - 1).Select(i => Other($"s{i}", i)).Prepend(TwoEndpoints)];

    internal static Watch Cut(Watch watch)
    {
        watch.Controls = OneAnswers;
        return watch.Fails([.. Values(watch)]);
    }

    internal static Watch Heal(Watch watch)
    {
        watch.Controls = Answering;
        return watch.Works([.. Values(watch)]);
    }

    private static IEnumerable<string> Values(Watch watch) => watch.State.Services.Values.SelectMany(service => service.Definition.Targets).Select(pair => pair.Target.Value);
}
