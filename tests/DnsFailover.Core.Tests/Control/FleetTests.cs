using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What holds over all services together: how fast they may move, how many of them, and in which order.</summary>
public sealed class FleetTests
{
    private static readonly FleetRules TwoInTenSeconds = new() { Velocity = new VelocityRule(2, Seconds(10)) };

    private static readonly FleetRules AThird = new() { Share = new ShareRule(30, 2, TimeSpan.FromMinutes(10)) };

    [Fact]
    public void At_most_so_many_begin_to_move_within_so_long_and_all_of_them_do_in_the_end()
    {
        var watch = Fleet(8, TwoInTenSeconds);
        FailAll(watch, 8).Run(120);

        Assert.All(Names(8), name => Assert.Equal(Standby(name), Value(watch, name)));
        var begun = watch.Intents.Select(intent => intent.At).ToList();
        Assert.Equal(8, begun.Count);
        Assert.All(begun, first => Assert.InRange(begun.Count(at => at >= first && at - first < Seconds(10)), 1, 2));
        Assert.InRange(begun.Max() - begun.Min(), Seconds(30), Seconds(33));
        Assert.DoesNotContain(AlertKind.Refused, watch.AlertKinds); // it passes by itself
        Assert.Contains(watch.Journal.OfType<ConditionRaised>(), raised => raised.Cause == "refused:A:velocity:waits" && raised.Reason.Contains("2 other services began to move within 10 s and massChange lets 2", StringComparison.Ordinal));
    }

    [Fact]
    public void The_most_important_go_first()
    {
        var watch = Fleet(8, TwoInTenSeconds, importance: [1, 5, 3, 8, 2, 7, 4, 6]);
        FailAll(watch, 8).Run(120);

        var order = watch.Intents.Skip(2).Select(intent => watch.State.Services[intent.Service!.Value].Definition.Importance).ToList(); // the first two were noticed first
        Assert.Equal(order.OrderDescending(), order);
        Assert.Equal(6, order.Count);
    }

    /// <summary>The place is free, and before the time is told, a probe of the less important one comes in.</summary>
    [Fact]
    public void Who_is_less_important_does_not_take_the_place_that_a_more_important_one_waits_for()
    {
        var watch = Fleet(3, new FleetRules { Velocity = new VelocityRule(1, Seconds(10)) }, importance: [0, 5, 9]);
        watch.Fails(Primary(NameOf(2))).RunUntil(() => watch.Intents.Any(), within: 30, "the first");
        watch.Fails(Primary(NameOf(0)), Primary(NameOf(1))).RunUntil(() => Waits(watch, 0) && Waits(watch, 1), within: 10, "the others wait");
        var due = watch.State.Services[NameOf(1)].RevisitAt!.Value;
        Assert.InRange(due - watch.Intents.First().At, Seconds(10), Seconds(10.1)); // since it was written

        var target = watch.State.Services[NameOf(0)].Definition.Target(Primary(NameOf(0)));
        var (state, effects) = Controller.Step(watch.State, new ControllerEvent.Observed(Observation(target, Verdict.Fail, due)), due);
        Assert.DoesNotContain(effects.OfType<Effect.ProbeNow>(), probe => probe.RequestId is not null);
        Assert.Contains($"{NameOf(1)} goes first", state.Services[NameOf(0)].Decisions[RecordType.A].Reason, StringComparison.Ordinal);

        (_, effects) = Controller.Step(state, new ControllerEvent.TimePassed(), due);
        Assert.Equal(NameOf(1), Assert.Single(effects.OfType<Effect.ProbeNow>(), probe => probe.RequestId is not null).Target.Service);
    }

    [Fact]
    public void Who_waits_is_told_who_goes_first_and_when_there_is_a_place()
    {
        var watch = Fleet(6, new FleetRules { Velocity = new VelocityRule(2, TimeSpan.FromMinutes(2)) }, importance: [0, 5, 9, 9, 5, 0]);
        watch.Fails(Primary(NameOf(4))).RunUntil(() => watch.Intents.Any(), within: 30, "the first").Run(3);
        watch.Fails(Primary(NameOf(5))).RunUntil(() => watch.Intents.Count() == 2, within: 30, "the second");
        var begun = watch.Intents.Select(intent => intent.At).ToList();
        watch.Fails([.. Names(4).Select(Primary)]).RunUntil(() => Enumerable.Range(0, 4).All(index => Waits(watch, index)), within: 30, "the others wait");
        var due = begun[0] + TimeSpan.FromMinutes(2); // that of the first one: the second place is free later
        Assert.All(Enumerable.Range(0, 4), index => Assert.InRange(Decided(index).RevisitAt!.Value, due, due + Seconds(0.2)));

        var target = watch.State.Services[NameOf(0)].Definition.Target(Primary(NameOf(0)));
        due = Decided(2).RevisitAt!.Value;
        var (state, _) = Controller.Step(watch.State, new ControllerEvent.Observed(Observation(target, Verdict.Fail, due)), due);
        Assert.Contains($"1 other service began to move within 2 min and massChange lets 2, and {NameOf(2)} and 2 more go first", state.Services[NameOf(0)].Decisions[RecordType.A].Reason, StringComparison.Ordinal); // the most important one, by name

        Decision Decided(int index) => watch.State.Services[NameOf(index)].Decisions[RecordType.A];
    }

    [Fact]
    public void Who_leaves_what_is_down_goes_before_a_more_important_one_that_only_returns()
    {
        var watch = Fleet(3, new FleetRules { Velocity = new VelocityRule(1, Seconds(30)) }, importance: [0, 9, 5]);
        watch.Fails(Primary(NameOf(1))).Run(20).Works(Primary(NameOf(1))).Run(50);
        watch.Fails(Primary(NameOf(2))).RunUntil(() => watch.Intents.Any(intent => intent.Service == NameOf(2)), within: 60, "the one that takes the place");
        watch.Fails(Primary(NameOf(0))).RunUntil(() => Waits(watch, 0) && Waits(watch, 1), within: 60, "the others wait");
        watch.Run(120);

        Assert.Equal([(NameOf(0), DecisionKind.Failover), (NameOf(1), DecisionKind.Failback)], watch.Intents.TakeLast(2).Select(intent => (intent.Service!.Value, intent.Decision)).ToArray());
    }

    [Fact]
    public void Services_whose_provider_is_dead_do_not_keep_the_places()
    {
        var (watch, dead) = (Fleet(6, TwoInTenSeconds, importance: [9, 9, 9, 9, 0, 0], deadProviders: 4), new TinyProvider());
        watch.Others["dead"] = dead;
        dead.ReadTakes = Seconds(10);
        foreach (var name in Names(4))
        {
            dead.Records[name] = Holding(name, Seconds(30), Primary(name));
        }

        watch.Start().Run(40);
        dead.ReadFault = () => "no answer";
        FailAll(watch, 6);
        watch.RunUntil(() => Value(watch, NameOf(4)) == Standby(NameOf(4)) && Value(watch, NameOf(5)) == Standby(NameOf(5)), within: 45, "the others");
    }

    /// <summary>Each of the six tries once, 10 s apart; what has failed then waits for the two that work.</summary>
    [Fact]
    public void Services_whose_changes_are_not_taken_let_the_others_go_first_the_next_time()
    {
        var (watch, dead) = (Fleet(8, new FleetRules { Velocity = new VelocityRule(1, Seconds(10)) }, importance: [9, 9, 9, 9, 9, 9, 0, 0], deadProviders: 6), new TinyProvider());
        watch.Others["dead"] = dead;
        dead.WriteTakes = Seconds(9);
        dead.WriteFaults = () => WriteFault.Transient;
        foreach (var name in Names(6))
        {
            dead.Records[name] = Holding(name, Seconds(30), Primary(name));
        }

        FailAll(watch.Start().Run(30), 8);
        watch.RunUntil(() => Value(watch, NameOf(6)) == Standby(NameOf(6)) && Value(watch, NameOf(7)) == Standby(NameOf(7)), within: 100, "the others");
    }

    [Fact]
    public void Beyond_the_share_names_are_held_and_one_message_says_how_many_have_moved()
    {
        var watch = Fleet(10, AThird);
        FailAll(watch, 10).Run(120);

        Assert.Equal(3, watch.Intents.Count());
        var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Contains("3 of 10 names have moved within 10 min, and 3 may (30 % of 10, but at least 2)", alert.Reason, StringComparison.Ordinal);
        Assert.Contains("force the names that have to move, or raise switchShare", alert.Next, StringComparison.Ordinal);
        Assert.Equal(7, watch.Journal.OfType<ConditionRaised>().Count(raised => raised.Cause == "refused:A:share"));
    }

    [Fact]
    public void The_others_move_when_those_that_have_moved_no_longer_count()
    {
        var watch = Fleet(10, AThird);
        FailAll(watch, 10).Run(4 * 600);
        Assert.All(Names(10), name => Assert.Equal(Standby(name), Value(watch, name)));
    }

    [Fact]
    public void A_name_that_has_moved_may_move_again_and_few_names_are_never_held()
    {
        var watch = Fleet(10, AThird);
        watch.Fails([.. Names(3).Select(Primary)]).Run(60);
        Assert.Equal(3, watch.Intents.Count());
        watch.Works([.. Names(3).Select(Primary)]).Fails([.. Names(3).Select(Standby)]).Run(60);
        Assert.Equal(6, watch.Intents.Count());

        watch = Fleet(3, new FleetRules { Share = new ShareRule(50, 20, TimeSpan.FromMinutes(10)), Velocity = new VelocityRule(10, Seconds(10)) });
        FailAll(watch, 3).Run(30);
        Assert.Equal(3, watch.Intents.Count());
    }

    [Fact]
    public void After_a_freeze_of_everything_the_most_important_of_those_that_may_move_does()
    {
        var watch = Fleet(4, new FleetRules { Share = new ShareRule(1, 1, TimeSpan.FromMinutes(10)) }, importance: [0, 5, 9, 3]);
        FailAll(watch.Says(OverrideKind.Freeze, ofAll: true), 4).Run(60).TakesBack(OverrideKind.Freeze, ofAll: true).Run(30);
        Assert.Equal(NameOf(2), Assert.Single(watch.Intents).Service);
    }

    [Fact]
    public void A_name_that_moved_long_ago_is_one_more_when_it_moves_again()
    {
        var watch = Fleet(4, new FleetRules { Share = new ShareRule(30, 2, TimeSpan.FromMinutes(2)) });
        watch.Fails(Primary(NameOf(0))).Run(30).Works(Primary(NameOf(0))).Run(90);
        Assert.Equal(2, watch.Intents.Count());
        watch.Run(150).Fails(Primary(NameOf(1)), Primary(NameOf(2))).Run(30);
        Assert.Equal(4, watch.Intents.Count());

        watch.Fails(Primary(NameOf(0))).Run(30);
        Assert.Equal(4, watch.Intents.Count());
        Assert.Equal("share", watch.State.Services[NameOf(0)].Decisions[RecordType.A].Refusal?.Cause);
    }

    [Fact]
    public void The_share_counts_across_a_restart()
    {
        var watch = Fleet(10, AThird);
        FailAll(watch, 10).Run(60).Restart().Run(120);
        Assert.Equal(3, watch.Intents.Count());
    }

    [Fact]
    public void A_ttl_is_mended_and_followers_follow_whatever_others_do()
    {
        var watch = Fleet(3, new FleetRules { Velocity = new VelocityRule(1, TimeSpan.FromHours(1)), Share = new ShareRule(1, 1, TimeSpan.FromHours(1)) });
        watch.Fails(Primary(NameOf(0))).Run(30);
        Assert.Single(watch.Intents);

        watch.Reload([.. watch.State.Services.Values.Select(service => service.Definition with { Ttl = Seconds(45) })]).Run(30);
        Assert.All(Names(3), name => Assert.Equal(Seconds(45), watch.Provider.Of(name)[RecordType.A]!.Ttl));
    }

    [Fact]
    public void A_place_is_kept_while_proof_is_gathered_but_not_for_long()
    {
        var rules = new FleetRules { Velocity = new VelocityRule(1, Seconds(10)) };
        var watch = Fleet(2, rules);
        watch.Provider.ReadTakes = Seconds(3); // the first reads its records while the second is noticed
        watch.Fails(Primary(NameOf(0))).Run(1).Fails(Primary(NameOf(1))).Run(60);
        var begun = watch.Intents.Select(intent => intent.At).ToList();
        Assert.Equal(2, begun.Count);
        Assert.InRange(begun[1] - begun[0], Seconds(10), Seconds(16));

        var slow = Fleet(2, rules, slowProviders: 1);
        slow.Others["slow"].ReadTakes = Seconds(20);
        slow.Fails(Primary(NameOf(0))).RunUntil(() => Answer(slow, 0) is not null, within: 30, "the first wants to move");
        var wanted = slow.Now;
        slow.Fails(Primary(NameOf(1))).RunUntil(() => slow.Intents.Any(), within: 30, "the second");
        Assert.Equal(NameOf(1), slow.Intents.First().Service);
        Assert.InRange(slow.Now - wanted, Seconds(5), Seconds(20));
    }

    [Fact]
    public void When_a_share_is_full_it_is_decided_again_when_the_oldest_move_no_longer_counts()
    {
        var watch = Fleet(5, AThird);
        watch.Fails(Primary(NameOf(0))).Run(60).Fails(Primary(NameOf(1))).Run(60);
        var moved = watch.Intents.Select(intent => intent.At).ToList();
        Assert.Equal(2, moved.Count);
        watch.Fails(Primary(NameOf(2))).Run(30);

        var held = watch.State.Services[NameOf(2)].Decisions[RecordType.A];
        Assert.Equal("share", held.Refusal?.Cause);
        Assert.InRange(held.RevisitAt!.Value - moved[0], TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10) + Seconds(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_last_of_all_names_keeps_the_bound_that_is_printed_also_with_slow_providers(bool velocity)
    {
        var rules = velocity ? TwoInTenSeconds : new FleetRules { Share = new ShareRule(25, 2, TimeSpan.FromMinutes(1)) };
        var watch = Fleet(8, rules);
        watch.FailTakes = Seconds(2);
        watch.PassTakes = Seconds(1.9);
        watch.Provider.ReadTakes = Seconds(9.9);
        watch.Provider.WriteTakes = Seconds(9.9);
        var service = watch.State.Services[NameOf(0)].Definition;
        var bound = RecoveryBound.Of(service, Seconds(10));
        var held = HoldBack.Of(service with { MinActiveTime = TimeSpan.Zero }, rules, services: 8, bound.ToWrite).Single().Longest;
        FailAll(watch, 8).RunUntil(() => Names(8).All(name => Value(watch, name) == Standby(name)), within: (bound.ToAnswer + held).TotalSeconds, "the last of them");

        var rounds = (velocity ? Seconds(10) : TimeSpan.FromMinutes(1)) * 3;
        Assert.True(watch.Intents.Max(intent => intent.At) - watch.Intents.Min(intent => intent.At) > rounds + Seconds(20), "the rule's time alone would not have been enough");
    }

    [Fact]
    public void A_member_that_would_join_waits_for_the_share_without_anybody_being_told()
    {
        var joining = Service(Endpoint("a", 0, Primary(NameOf(9))), Endpoint("b", 0, Standby(NameOf(9)))) with { Name = NameOf(9), Policy = Policy.Multivalue, Failback = new FailbackRule(FailbackMode.Auto, Seconds(10)) };
        var watch = Fleet(4, AThird, also: joining);
        watch.Fails([.. Names(2).Select(Primary)]).Run(30).Works(Standby(NameOf(9))).Run(60);

        Assert.Contains(watch.Journal.OfType<ConditionRaised>(), raised => raised.Service == NameOf(9) && raised.Cause == "refused:A:share:waits");
        Assert.DoesNotContain(watch.Alerts, alert => alert.Service == NameOf(9) && alert.Kind == AlertKind.Refused);

        watch.Fails(Primary(NameOf(9))).Run(20); // now that one has to leave, it matters
        Assert.Contains(watch.Alerts, alert => alert.Service == NameOf(9) && alert.Kind == AlertKind.Refused);
    }

    private static DnsName NameOf(int index) => DnsName.Parse($"s{index}.example.com");

    private static IEnumerable<DnsName> Names(int count) => Enumerable.Range(0, count).Select(NameOf);

    private static string Primary(DnsName name) => $"192.0.2.{name.ToString()[1]}";

    private static string Standby(DnsName name) => $"198.51.100.{name.ToString()[1]}";

    private static string Value(Watch watch, DnsName name) => watch.Provider.Of(name)[RecordType.A]!.Values.Single().Data;

    private static Answer? Answer(Watch watch, int index) => watch.State.Services[NameOf(index)].Decisions.GetValueOrDefault(RecordType.A)?.Answer;

    private static bool Waits(Watch watch, int index) => watch.State.Services[NameOf(index)].Decisions[RecordType.A].Refusal?.Cause == "velocity";

    private static Watch FailAll(Watch watch, int count) => watch.Fails([.. Names(count).Select(Primary)]);

    private static Watch Fleet(int count, FleetRules rules, int[]? importance = null, int deadProviders = 0, int slowProviders = 0, ServiceDefinition? also = null)
    {
        var services = Enumerable.Range(0, count).Select(index => Service(Endpoint("primary", 0, Primary(NameOf(index))), Endpoint("standby", 1, Standby(NameOf(index)))) with
        {
            Name = NameOf(index),
            Importance = importance?[index] ?? 0,
            MinActiveTime = Seconds(10),
            Provider = index < deadProviders ? "dead" : index < slowProviders ? "slow" : "dns",
        }).ToArray();
        var watch = Watch.Over(also is null ? services : [.. services, also]).Under(rules);
        foreach (var name in Names(count))
        {
            watch.Provider.Records[name] = Holding(name, Seconds(30), Primary(name));
        }

        if (also is not null)
        {
            watch.Provider.Records[also.Name] = Holding(also.Name, Seconds(30), Primary(also.Name));
            watch.Fails(Standby(also.Name));
        }

        if (slowProviders > 0)
        {
            watch.Others["slow"] = new TinyProvider();
            foreach (var (name, records) in watch.Provider.Records)
            {
                watch.Others["slow"].Records[name] = records;
            }
        }

        return deadProviders > 0 ? watch : watch.Start().Run(30);
    }
}
