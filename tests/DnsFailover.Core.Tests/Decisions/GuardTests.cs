using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Decisions;

/// <summary>The rules that can hold a decision back: the figures that each gives, what it refuses, and when it is decided again.</summary>
public sealed class GuardTests
{
    private static readonly DateTimeOffset Now = Noon + Seconds(3600);

    [Fact]
    public void The_budget_of_a_failover_is_used_up_by_the_switches_of_this_family_within_the_hour()
    {
        var limited = Failing with { SwitchesPerHour = 2 };
        var before = Switched(3600, DecisionKind.Failover);
        var other = Switched(10, DecisionKind.Failover, RecordType.AAAA);
        var said = Switched(20, DecisionKind.Forced);
        Same("""
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | budget 2 an hour: 0 used
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | budget 2 an hour: 0 used
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | budget 2 an hour: 1 used
            Hold in place of Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | budget 2 an hour: 2 used | budget!: the name has switched twice within the last hour and switchesPerHour is 2 → Find out what makes it go back and forth. It is decided again in 10 min, when enough of these switches are an hour old; to move it before, `dnsfailover force api.example.com <endpoint>`. | again in 10 min
            Hold in place of Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | budget 2 an hour: 3 used | budget!: the name has switched 3 times within the last hour and switchesPerHour is 2 → Find out what makes it go back and forth. It is decided again in 43 min 20 s, when enough of these switches are an hour old; to move it before, `dnsfailover force api.example.com <endpoint>`. | again in 43 min 20 s
            Hold in place of Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | budget 1 an hour: 1 used | budget!: the name has switched once within the last hour and switchesPerHour is 1 → Find out what makes it go back and forth. It is decided again in 1 h, when enough of these switches are an hour old; to move it before, `dnsfailover force api.example.com <endpoint>`. | again in 1 h
            """, Told(
            Decided(Failing, "P"),
            Decided(limited, "P"),
            Decided(limited, "P", before, other, said),
            Decided(limited, "P", before, Switched(3599, DecisionKind.Failover)),
            Decided(limited, "P", Switched(3000, DecisionKind.Failover), Switched(120, DecisionKind.Failback)),
            Decided(limited, "P", Switched(3000, DecisionKind.Failover), Switched(1000, DecisionKind.Failback), Switched(120, DecisionKind.Failback)),
            Decided(limited with { SwitchesPerHour = 1 }, "P", Switched(-500, DecisionKind.Failover))));
    }

    [Fact]
    public void A_failback_leaves_one_switch_for_the_way_out_again()
    {
        var limited = Service(Primary, Standby) with { SwitchesPerHour = 2 };
        Same("""
            Failback | minActiveTime 1 min: no switch is remembered | budget 2 an hour: 0 used
            Hold in place of Failback | minActiveTime 1 min: no switch is remembered | budget 2 an hour: 1 used | budget: the name has switched once within the last hour, and of its switchesPerHour (2) the last one is kept for the way out again → It is decided again in 26 min 40 s. | again in 26 min 40 s
            Hold in place of Failback | minActiveTime 1 min: no switch is remembered | budget 2 an hour: 2 used | budget: the name has switched twice within the last hour and switchesPerHour is 2 → Find out what makes it go back and forth. It is decided again in 26 min 40 s, when enough of these switches are an hour old; to move it before, `dnsfailover force api.example.com <endpoint>`. | again in 26 min 40 s
            Failback | minActiveTime 1 min: no switch is remembered | budget 1 an hour: 0 used
            Hold in place of Failback | minActiveTime 1 min: no switch is remembered | budget 1 an hour: 1 used | budget: the name has switched once within the last hour and switchesPerHour is 1 → Find out what makes it go back and forth. It is decided again in 26 min 40 s, when enough of these switches are an hour old; to move it before, `dnsfailover force api.example.com <endpoint>`. | again in 26 min 40 s
            """, Told(
            Decided(limited, "S", "uu"),
            Decided(limited, "S", "uu", Switched(2000, DecisionKind.Failover)),
            Decided(limited, "S", "uu", Switched(3000, DecisionKind.Failback), Switched(2000, DecisionKind.Failover)),
            Decided(limited with { SwitchesPerHour = 1 }, "S", "uu"),
            Decided(limited with { SwitchesPerHour = 1 }, "S", "uu", Switched(2000, DecisionKind.Failover))));
    }

    [Fact]
    public void Only_a_share_of_all_names_moves()
    {
        var rule = new ShareRule(Percent: 25, AtLeast: 2, Within: Seconds(600));
        Same("""
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | share: 4 of 19 other names moved within 10 min, 5 may (25 % of 20, but at least 2)
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | share: 5 of 20 other names moved within 10 min, 6 may (25 % of 21, but at least 2)
            Hold in place of Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | share: 5 of 19 other names moved within 10 min, 5 may (25 % of 20, but at least 2) | share!: 5 of 20 names have moved within 10 min, and 5 may (25 % of 20, but at least 2) → So many at once may be a fault of ours, so every further name stays where it is. If the outage is real, force the names that have to move, or raise switchShare; else mend what makes the probes fail. It is decided again in 1 min 30 s. | again in 1 min 30 s
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | share: 5 of 19 other names moved within 10 min, 5 may (25 % of 20, but at least 2)
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | share: 1 of 2 other names moved within 10 min, 2 may (25 % of 3, but at least 2)
            Hold in place of Failback | minActiveTime 1 min: no switch is remembered | share: 2 of 2 other names moved within 10 min, 2 may (25 % of 3, but at least 2) | share: 2 of 3 names have moved within 10 min, and 2 may (25 % of 3, but at least 2) → So many at once may be a fault of ours, so every further name stays where it is. If the outage is real, force the names that have to move, or raise switchShare; else mend what makes the probes fail. It is decided again in 1 min 30 s. | again in 1 min 30 s
            """, Told(
            Decided(Failing, share: new ShareFigures(rule, Services: 20, Moved: 4, HasMoved: false, Now)),
            Decided(Failing, share: new ShareFigures(rule, Services: 21, Moved: 5, HasMoved: false, Now)),
            Decided(Failing, share: new ShareFigures(rule, Services: 20, Moved: 5, HasMoved: false, Now + Seconds(90))),
            Decided(Failing, share: new ShareFigures(rule, Services: 20, Moved: 5, HasMoved: true, Now + Seconds(90))),
            Decided(Failing, share: new ShareFigures(rule, Services: 3, Moved: 1, HasMoved: false, Now)),
            Decided(Service(Primary, Standby), live: "S", health: "uu", share: new ShareFigures(rule, Services: 3, Moved: 2, HasMoved: false, Now + Seconds(90)))));
    }

    [Fact]
    public void So_many_begin_to_move_within_a_while()
    {
        var rule = new VelocityRule(Moves: 2, Per: Seconds(10));
        var other = DnsName.Parse("www.example.com");
        Same("""
            Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | velocity 2 per 10 s: 1 under way
            Hold in place of Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | velocity 2 per 10 s: 2 under way | velocity: 2 other services began to move within 10 s and massChange lets 2 → It has its turn in 4 s or soon after. | again in 4 s
            Hold in place of Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | velocity 2 per 10 s: 1 under way, and www.example.com goes first | velocity: 1 other service began to move within 10 s and massChange lets 2, and www.example.com goes first → It has its turn in 4 s or soon after. | again in 4 s
            Hold in place of Failover | evidence: the last failure of primary (192.0.2.1) is 0 ms old and counts for 27 s | minActiveTime 1 min: no switch is remembered | velocity 2 per 10 s: 0 under way, and www.example.com and 2 more go first | velocity: 0 other services began to move within 10 s and massChange lets 2, and www.example.com and 2 more go first → It has its turn in 4 s or soon after. | again in 4 s
            """, Told(
            Decided(Failing, velocity: new VelocityFigures(rule, Taken: 1, Ahead: 0, First: null, Now)),
            Decided(Failing, velocity: new VelocityFigures(rule, Taken: 2, Ahead: 0, First: null, Now + Seconds(4))),
            Decided(Failing, velocity: new VelocityFigures(rule, Taken: 1, Ahead: 1, First: other, Now + Seconds(4))),
            Decided(Failing, velocity: new VelocityFigures(rule, Taken: 0, Ahead: 3, First: other, Now + Seconds(4)))));
    }

    [Fact]
    public void Nothing_is_left_on_the_word_of_old_probes()
    {
        Same("""
            Failover | evidence: the last failure of primary (192.0.2.1) is 27 s old and counts for 27 s | minActiveTime 1 min: no switch is remembered
            Hold in place of Failover | evidence: the last failure of primary (192.0.2.1) is 27.1 s old and counts for 27 s | minActiveTime 1 min: no switch is remembered | stale-evidence: the last failure of primary (192.0.2.1) is 27.1 s old, and it counts for 27 s → It is probed again, and decided by what that says. | probe primary (192.0.2.1) | again in 27 s
            Hold in place of Shift | evidence: the last failure of primary (192.0.2.1) is 28 s old and counts for 27 s | stale-evidence: the last failure of primary (192.0.2.1) is 28 s old, and it counts for 27 s → It is probed again, and decided by what that says. | probe primary (192.0.2.1) | again in 27 s
            """, Told(
            Decided(Failing, failedAgo: 27), // two intervals, a timeout and 5 s
            Decided(Failing, failedAgo: 27.1),
            Decided(Service(Primary, Standby) with { Policy = Policy.Multivalue }, live: "PS", health: "du", failedAgo: 28)));
    }

    [Fact]
    public void Traffic_returns_only_within_the_times_that_are_planned_for_it()
    {
        var service = Service(Primary, Standby);
        var planned = service with { Failback = service.Failback with { OnlyInWindows = true } };
        var night = new Window(WindowKind.Failback, Name, Endpoint: null, Now + Seconds(7200), Now + Seconds(10_800), "nights");
        Same("""
            Hold in place of Failback | failback window: none is planned for the time that is near | minActiveTime 1 min: no switch is remembered | failback-window: failback waits for one of its windows; none is planned for the time that is near → Traffic stays where it is.
            Hold in place of Failback | failback window: the next one begins in 2 h, at 2026-03-01 15:00 UTC | minActiveTime 1 min: no switch is remembered | failback-window: failback waits for one of its windows; the next one begins in 2 h, at 2026-03-01 15:00 UTC → It is decided again at 2026-03-01 15:00 UTC. | again in 2 h
            Hold in place of Failback | failback window: none is planned for the time that is near | minActiveTime 1 min: no switch is remembered | failback-window: failback waits for one of its windows; none is planned for the time that is near → Traffic stays where it is.
            Failback | failback window: open until 2026-03-01 16:00 UTC | minActiveTime 1 min: no switch is remembered
            Hold in place of Failback | failback window: none is planned for the time that is near | minActiveTime 1 min: no switch is remembered | failback-window: failback waits for one of its windows; none is planned for the time that is near → Traffic stays where it is.
            Hold in place of Failback | failback window: the next one begins in 2 h, at 2026-03-01 15:00 UTC | minActiveTime 1 min: no switch is remembered | failback-window: failback waits for one of its windows; the next one begins in 2 h, at 2026-03-01 15:00 UTC → It is decided again at 2026-03-01 15:00 UTC. | again in 2 h
            Failback | minActiveTime 1 min: no switch is remembered
            """, Told(
            Returning(planned),
            Returning(planned, night),
            Returning(planned, night with { Kind = WindowKind.Maintenance, From = Now }, night with { Service = DnsName.Parse("www.example.com"), From = Now }),
            Returning(planned, night, night with { From = Now }),
            Returning(planned, night with { From = Now - Seconds(60), Until = Now }),
            Returning(planned, night with { From = Now + Seconds(9000) }, night),
            Returning(service, night)));
    }

    private static ServiceDefinition Failing { get; } = Service(Primary, Standby);

    private static PastSwitch Switched(double ago, DecisionKind kind, RecordType type = RecordType.A) => new(Now - Seconds(ago), kind, [type]);

    private static Decision Decided(ServiceDefinition service, string live, params PastSwitch[] switches) => Decided(service, live, "du", switches);

    private static Decision Decided(ServiceDefinition service, string live, string health, params PastSwitch[] switches) =>
        Decide.For(Of(service, live, health) with { Around = new Circumstances { Switches = switches.ToValueList() } });

    private static Decision Decided(ServiceDefinition service, VelocityFigures? velocity = null, ShareFigures? share = null, string live = "P", string health = "du") =>
        Decide.For(Of(service, live, health) with { Around = new Circumstances { Fleet = _ => new FleetFigures(velocity, share) } });

    private static Decision Decided(ServiceDefinition service, double failedAgo, string live = "P", string health = "du")
    {
        var situation = Of(service, live, health);
        return Decide.For(new Situation(service, RecordType.A, situation.Live, situation.Candidates.ToDictionary(candidate => candidate.Target, candidate => Aged(candidate.Health)), SwitchedAt: null, MayMendTtl: true, Now));

        Core.Health.TargetHealth Aged(Core.Health.TargetHealth known) =>
            known with { Evidence = known.Evidence.Select(failure => failure with { StartedAt = Now - Seconds(failedAgo) }).ToValueList() };
    }

    private static Decision Returning(ServiceDefinition service, params Window[] windows) =>
        Decide.For(Of(service, "S", "uu") with { Around = new Circumstances { Windows = windows.ToValueList() } });

    private static Situation Of(ServiceDefinition service, string live, string health) => ReasonTests.Situation(service, RecordType.A, ReasonTests.Live(live, Seconds(30)), health, string.Empty);

    private static string Told(params IEnumerable<Decision> decisions) => string.Join('\n', decisions.Select(decision => string.Concat(
        decision.Answer is { } ? decision.Kind : $"{decision.Kind} in place of {decision.Wanted}",
        $" | {string.Join(" | ", decision.Guards)}",
        decision.Refusal is { } refusal ? $" | {refusal.Cause}{(refusal.NeedsOperator ? "!" : string.Empty)}: {refusal.Reason.Split(", but ", 2)[^1]} → {refusal.Next}" : string.Empty,
        decision.ProbeAgain.Count > 0 ? $" | probe {string.Join(", ", decision.ProbeAgain)}" : string.Empty,
        decision.RevisitAt is { } at ? $" | again in {Text.Of(at - Now)}" : string.Empty)));
}
