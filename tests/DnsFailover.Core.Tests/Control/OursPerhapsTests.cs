using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What a service makes of a fault that may be ours: what it asks, what it keeps to itself, and what it is told.</summary>
public sealed class OursPerhapsTests
{
    private const string WwwPrimary = "192.0.2.10";
    private const string AppPrimary = "192.0.2.20";

    private static readonly bool[] OneAnswers = [false, true, false, false];

    private static readonly FleetRules Checked = new() { SelfCheck = new SelfCheckRule(Targets: 4, Needed: 2, Seconds(2), Seconds(5)) };

    private static readonly FleetRules Three = new() { MassFailure = new MassFailureRule(Endpoints: 3, Vendors: 2, Seconds(30)) };

    private static readonly ServiceDefinition[] ThreeVendors = [TwoEndpoints, MassFailureTests.Of("www", 1, "rack", "cloud"), MassFailureTests.Of("app", 2, "cloud", "rack")];

    private static readonly ServiceDefinition ThreeEndpoints = Service(Primary, Standby, Third);

    [Fact]
    public void What_the_control_targets_say_goes_before_how_much_failed_at_once()
    {
        var watch = NetworkTests.Over(ThreeVendors, Three with { SelfCheck = Checked.SelfCheck });
        watch.Controls = OneAnswers;
        watch.Fails(P, WwwPrimary, AppPrimary).Run(20);
        Assert.NotNull(watch.State.Network.ByMass);
        Assert.Contains("1 of 4 control targets answered, 2 are needed", Assert.Single(watch.Journal.OfType<ConditionRaised>(), raised => raised.Service == Name && raised.Cause == "refused:A:network:waits").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_standby_of_its_own_that_has_begun_to_fail_counts_among_what_failed_at_once()
    {
        var watch = NetworkTests.Over([ThreeEndpoints, NetworkTests.Other("www", 1)], Three);
        watch.Fails(P, S, WwwPrimary).Run(20);
        Assert.Empty(watch.Provider.Writes);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
    }

    [Fact]
    public void One_failure_that_is_a_verdict_asks_whether_it_is_us_as_well()
    {
        var watch = NetworkTests.Over([Service(Primary, Standby with { Rule = new HealthRule(Rise: 2, Fall: 1) })], Checked);
        watch.Effects.Clear();
        watch.Fails(S).RunUntil(() => watch.HealthOf(S) == HealthStatus.Down, within: 20, "the verdict");
        Assert.Contains("check ourselves", watch.Effects);
    }

    [Fact]
    public void What_is_known_of_one_endpoint_is_not_told_before_it_is_known_whether_it_is_us()
    {
        var watch = NetworkTests.Over([Service(Primary, Standby with { Rule = new HealthRule(Rise: 2, Fall: 1) })], Checked);
        watch.Controls = OneAnswers;
        watch.ControlsTake = Seconds(1.9);
        watch.Fails(S).Run(20);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
    }

    [Fact]
    public void Verdicts_of_that_time_are_void_and_recorded_as_such()
    {
        var watch = NetworkTests.Over([TwoEndpoints], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(S).Run(20);
        watch.Controls = [true, true, true, true];
        watch.Run(30);
        Recorded(watch, """
            nothing is written, since our own network is the likely fault: 1 of 4 control targets answered, 2 are needed
            standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443
            it is written again: 4 of 4 control targets answered, the slowest in 34 ms
            standby (192.0.2.2) is judged anew
            standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443
            """);
    }

    [Fact]
    public void What_had_only_begun_to_fail_has_not_changed()
    {
        var watch = NetworkTests.Over([Service(Primary with { Rule = new HealthRule(Rise: 2, Fall: 50) }, Standby)], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P).Run(20);
        Assert.True(watch.Service.Health[watch.Service.Definition.Target(P)].Fails > 1);
        watch.Controls = [true, true, true, true];
        watch.RunUntil(() => watch.State.Network.ByControls is null, within: 10, "the thaw").Run(0);
        Assert.Equal(0, watch.Service.Health[watch.Service.Definition.Target(P)].Fails);
        Assert.All(watch.Journal.OfType<HealthChanged>(), change => Assert.NotEqual(change.From, change.To));
    }

    [Fact]
    public void A_provider_that_cannot_be_reached_either_is_not_told_besides()
    {
        var watch = NetworkTests.Over([TwoEndpoints], Checked);
        watch.Controls = OneAnswers;
        watch.Fails(P, S).Run(10);
        watch.Provider.ReadFault = () => "no route to host";
        watch.Run(300);
        Assert.True(watch.Lead.ReadFailures > 5);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
    }

    [Fact]
    public void A_switch_that_waits_for_the_control_targets_says_so_once_for_all_names()
    {
        var watch = NetworkTests.Over([ThreeEndpoints, .. NetworkTests.Many(3).Skip(1)], Checked);
        watch.ControlsLost = () => true;
        watch.Fails(T).Run(30);
        Assert.Equal([AlertKind.RedundancyLost], watch.AlertKinds);
        watch.Fails(P).Run(30).Fails(WwwPrimary, AppPrimary).Run(60);
        Told(watch, """
            RedundancyLost | api.example.com has lost redundancy: third (192.0.2.3) is down | third (192.0.2.3) is down: 4 failures in a row, last: connection refused by 192.0.2.3:443 | Traffic is not affected. Mend the endpoint before it is needed. | to primary (192.0.2.1)
            Refused | Failover of api.example.com waits for the control targets | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up; but whether our own network is at fault is not known: the control targets were first asked 31.7 s ago, and no answer has come | They are asked again and again, and it is decided with their first answer. If none comes, restart the daemon, or set selfCheck: off; to move the name at once, `dnsfailover force api.example.com <endpoint>`. | to primary (192.0.2.1)
            """);
        Assert.All(watch.State.Services.Values, service => Assert.Equal("unanswered", Assert.Single(service.Conditions.Values, condition => condition.Kind == AlertKind.Refused).Cause.Split(':')[^1]));
    }

    [Fact]
    public void A_failback_takes_traffic_from_nothing_that_failed_and_does_not_wait_for_them()
    {
        var watch = NetworkTests.Over([ThreeEndpoints], Checked);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 20, "the failover");
        Assert.Contains("4 of 4 control targets answered, the slowest in 34 ms", watch.Intents.Single().Guards);
        watch.Run(60).Fails(T).Run(30);
        watch.ControlsLost = () => true;
        watch.Works(P).RunUntil(() => watch.Published() is [P], within: 120, "the failback");
        Assert.Equal(DecisionKind.Failback, watch.Intents.Last().Decision);
        Assert.DoesNotContain(watch.Intents.Last().Guards, figures => figures.Contains("control targets", StringComparison.Ordinal));
    }

    [Fact]
    public void A_move_waits_for_an_answer_since_the_last_of_what_it_leaves_went_down()
    {
        var watch = NetworkTests.Over([ThreeEndpoints with { Policy = Policy.Multivalue }], Checked);
        watch.Run(90);
        Assert.Equal([P, S, T], watch.Published());
        watch.Provider.ReadTakes = Seconds(9);
        watch.Fails(P).RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 20, "the first");
        watch.Fails(S).RunUntil(() => watch.HealthOf(S) == HealthStatus.Down, within: 20, "the second");
        var down = watch.Now;
        watch.RunUntil(() => watch.Published() is [T], within: 60, "both have left");
        var asked = watch.Journal.OfType<IntentRecorded>().Last();
        Assert.True(asked.At > down && watch.State.Network.Last!.AskedAt >= down, watch.Told());
    }

    /// <summary>The others are settled within four seconds, and there is no probe of this name by then.</summary>
    [Fact]
    public void What_others_have_begun_to_fail_holds_a_name_until_it_is_settled_and_no_longer()
    {
        static ServiceDefinition Slow(ServiceDefinition service) => service with { Endpoints = service.Endpoints.Select(endpoint => endpoint with { Timing = new ProbeTiming(Seconds(10), Seconds(2), Seconds(4)) }).ToValueList() };
        var watch = NetworkTests.Over([TwoEndpoints, .. ThreeVendors.Skip(1).Select(Slow)], Three);
        watch.Fails(P, WwwPrimary, AppPrimary).RunUntil(() => watch.HealthOf(P) == HealthStatus.Down, within: 20, "the verdict");
        watch.Works(WwwPrimary, AppPrimary).Run(0.5);
        Assert.Empty(watch.Intents);
        watch.RunUntil(() => watch.State.Services.Values.All(service => service.Health.Values.All(health => !health.IsSuspect)), within: 10, "the others are settled");
        watch.RunUntil(() => watch.Published() is [S], within: 1.5, "the failover");
    }

    [Fact]
    public void While_there_is_nothing_to_do_nobody_is_woken()
    {
        var watch = NetworkTests.Over([TwoEndpoints], Three with { SelfCheck = Checked.SelfCheck });
        Assert.True(Controller.NextWake(watch.State) > watch.Now + Seconds(5), watch.Told());

        watch = NetworkTests.Over(ThreeVendors, Three);
        watch.Fails(P, WwwPrimary, AppPrimary).RunUntil(() => watch.State.Network.ByMass is not null, within: 20, "the freeze").Run(5.3);
        Assert.All(watch.State.Services.Values, service => Assert.True(service.RevisitAt > watch.Now + Seconds(1.5), watch.Told()));
    }

    [Fact]
    public void A_proof_that_says_nothing_is_made_again_at_the_fastest_pace_of_the_endpoints()
    {
        var watch = Watch.Settled(Service(Primary, Standby with { Timing = new ProbeTiming(Seconds(10), Seconds(2), Seconds(4)) }), P);
        watch.CannotBeReachedFromHere(S).Fails(P).RunUntil(() => watch.AlertKinds is [AlertKind.Refused], within: 30, "the refusal");
        Assert.Equal(watch.Now + Seconds(1), watch.Lead.RetryAt);
    }
}
