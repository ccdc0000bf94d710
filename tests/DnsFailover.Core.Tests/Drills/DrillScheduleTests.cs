using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

/// <summary>What is told of drills that are refused, expected, overdue or left unfinished, word by word.</summary>
public sealed class DrillScheduleTests
{
    private static readonly DnsName Other = DnsName.Parse("other.example.com");

    private static ServiceDefinition Expecting(double seconds) => TwoEndpoints with { Drill = new DrillRule(Canary) { OverdueAfter = Seconds(seconds) } };

    [Fact]
    public void One_that_is_refused_and_the_next_that_passes()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Run(30);
        watch.Command(Asked(actor: null)).Run(3600).Command(Asked(actor: null)).Run(5).Works(S).Run(60).Command(Asked(actor: null)).Run(5);

        Told(watch, """
            RedundancyLost | api.example.com has lost redundancy: standby (192.0.2.2) is down | standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | Traffic is not affected. Mend the endpoint before it is needed. | to primary (192.0.2.1)
            DrillFailed | the drill of api.example.com was refused | no standby is ready: if primary were down, the A records would stay where they are (every endpoint is down; onAllDown: keep keeps the answer) | It is tried again at its next time. Until then it is not known whether a failover would work. | to primary (192.0.2.1)
            Recovered | api.example.com: standby (192.0.2.2) is up again after 1 h | before: standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | Nothing to do. | to primary (192.0.2.1) | 1 h
            DrillPassed | the drill of api.example.com passed | dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s | Nothing to do. | from primary (192.0.2.1) | to standby (192.0.2.2)
            """);
        Same("""
            drill:api.example.com | drill 1 refused: no standby is ready: if primary were down, the A records would stay where they are (every endpoint is down; onAllDown: keep keeps the answer) | 1 api.example.com Refused False | It is tried again at its next time. | False
            drill:api.example.com | drill 2 refused: no standby is ready: if primary were down, the A records would stay where they are (every endpoint is down; onAllDown: keep keeps the answer) | 2 api.example.com Refused False | It is tried again at its next time. | False
            drill:api.example.com | drill 3 passed: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s | 3 dnsfailover-drill.api.example.com Passed True | Nothing to do. | True
            """, string.Join('\n', watch.Journal.OfType<DrillEnded>().Select(ended => $"{ended.Key} | {ended.Sentence} | {ended.Report.Number} {ended.Report.Name} {ended.Report.Result} {ended.Report.Took.TotalSeconds > 0} | {ended.Report.Next} | {ended.LastPassedAt == ended.At}")));
    }

    [Fact]
    public void One_that_an_operator_asks_for_and_is_refused_is_not_kept()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Run(30);
        watch.Command(Asked()).Run(5);

        Assert.DoesNotContain(watch.Journal, entry => entry is DrillBegan or DrillEnded);
        Assert.Equal([AlertKind.RedundancyLost], watch.AlertKinds);
        Assert.Equal(1, watch.Works(S).Run(60).Begin().Ends().Report().Number);
    }

    [Fact]
    public void One_that_the_schedule_asks_for_in_the_middle_of_another_is_told_and_the_one_under_way_is_finished()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S);
        watch.Command(Asked(actor: null)).Ends();

        Assert.Equal((1, DrillResult.Passed), (watch.Report().Number, watch.Report().Result));
        Assert.Equal([1L], watch.State.DrillBooks[Name].Reports.Select(report => report.Number)); // it has the last word
        Assert.Equal([1L], watch.Journal.OfType<DrillEnded>().Select(ended => ended.Report.Number));
        Told(watch, """
            DrillFailed | the drill of api.example.com was refused | drill 1 of api.example.com is under way, and there is one at a time; wait for its end | It is tried again at its next time. Until then it is not known whether a failover would work. | to primary (192.0.2.1)
            DrillPassed | the drill of api.example.com passed | dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s | Nothing to do. | from primary (192.0.2.1) | to standby (192.0.2.2)
            """);
        Assert.Equal(3, watch.Begin().Ends().Report().Number);
    }

    [Fact]
    public void One_of_another_service_that_the_schedule_asks_for_meanwhile_is_kept_as_refused()
    {
        var watch = Watch.Over([TwoEndpoints, TwoEndpoints with { Name = Other }], P);
        watch.Provider.Records[Other] = Holding(Other, Seconds(30), P);
        watch.Start().Run(30).Begin().UntilCanaryHolds(S);
        watch.Command(new OperatorCommand.Drill(Other, Live: false, Endpoint: null, Actor: null)).Ends();

        Assert.Equal(["refused: drill 1 of api.example.com is under way, and there is one at a time; ask again when it has ended", "passed: "], watch.Journal.OfType<DrillEnded>().Select(ended => ended.Sentence[8..][..(ended.Report.Result == DrillResult.Passed ? 8 : ^0)]));
        Assert.Equal(DrillResult.Refused, watch.State.DrillBooks[Other].Last!.Result);
        Assert.Equal(3, watch.Restart().Run(30).Begin().Ends().Report().Number); // the numbers of all services count
    }

    [Fact]
    public void Drills_that_are_overdue()
    {
        var watch = Watch.Settled(Expecting(7200), P).Run(7100);
        Assert.Empty(watch.Alerts);
        watch.Run(100).Fails(S).Begin().Ends().Works(S).Run(60).Restart(); // fails: it stays overdue
        watch.Run(60).Begin().Ends().Run(60).Fails(S).Begin().Ends().Works(S).Run(7140);

        Told(watch, """
            DrillFailed | a drill of api.example.com is overdue | none has passed since they are expected (2026-03-01 12:00 UTC, 2 h ago), and overdueAfter is 2 h | Run `dnsfailover drill api.example.com`, and mend what it finds. | to primary (192.0.2.1)
            DrillFailed | the drill of api.example.com failed | standby (192.0.2.2) did not pass the fresh probe that was made for this drill: connection refused by 192.0.2.2:443 | Mend the standby: in an outage the name would not be moved there. | from primary (192.0.2.1)
            DrillPassed | the drill of api.example.com passed | dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s | Nothing to do. | from primary (192.0.2.1) | to standby (192.0.2.2)
            Recovered | api.example.com: api.example.com: a drill has passed | before: none has passed since they are expected (2026-03-01 12:00 UTC, 2 h ago), and overdueAfter is 2 h | Nothing to do. | to primary (192.0.2.1) | 2 min 33 s
            DrillFailed | the drill of api.example.com failed | standby (192.0.2.2) did not pass the fresh probe that was made for this drill: connection refused by 192.0.2.2:443 | Mend the standby: in an outage the name would not be moved there. | from primary (192.0.2.1)
            DrillFailed | a drill of api.example.com is overdue | the last one that passed ended 2 h ago (2026-03-01 14:02 UTC), and overdueAfter is 2 h; drill 3 failed: standby (192.0.2.2) did not pass the fresh probe that was made for this drill: connection refused by 192.0.2.2:443 | Run `dnsfailover drill api.example.com`, and mend what it finds. | to primary (192.0.2.1)
            """);
        Same("""
            drill-expected:api.example.com | drills of api.example.com are expected from now on
            """, string.Join('\n', watch.Journal.OfType<DrillExpected>().Select(entry => $"{entry.Key} | {entry.Sentence}")));
    }

    [Fact]
    public void Each_service_has_a_time_of_its_own()
    {
        var watch = Watch.Over([Expecting(600), Expecting(300) with { Name = Other }, TwoEndpoints with { Name = DnsName.Parse("third.example.com") }], P);
        watch.Provider.Records[Other] = Holding(Other, Seconds(30), P);
        watch.Start().Run(299.9);
        Assert.DoesNotContain(watch.Alerts, alert => alert.Kind == AlertKind.DrillFailed);
        watch.Run(0.1);
        Assert.Equal(["a drill of other.example.com is overdue"], watch.Alerts.Where(alert => alert.Kind == AlertKind.DrillFailed).Select(alert => alert.Title));
        watch.Run(299.9);
        Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.DrillFailed);
        watch.Run(0.1);
        Assert.Equal(["a drill of other.example.com is overdue", "a drill of api.example.com is overdue"], watch.Alerts.Where(alert => alert.Kind == AlertKind.DrillFailed).Select(alert => alert.Title));
    }

    [Fact]
    public void Drills_that_are_expected_only_after_a_reload_count_from_then()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Run(1000).Reload(Expecting(600)).Run(599);
        Assert.Empty(watch.Alerts);
        watch.Run(1);
        Told(watch, """
            DrillFailed | a drill of api.example.com is overdue | none has passed since they are expected (2026-03-01 12:17 UTC, 10 min ago), and overdueAfter is 10 min | Run `dnsfailover drill api.example.com`, and mend what it finds. | to primary (192.0.2.1)
            """);
    }

    [Fact]
    public void Nothing_is_overdue_of_a_service_that_is_not_declared_any_more()
    {
        var watch = Watch.Settled(Expecting(60), P).Fails(P);
        watch.Provider.WriteTakes = Seconds(40);
        watch.Run(15).Reload().Run(600);

        Assert.DoesNotContain(AlertKind.DrillFailed, watch.AlertKinds);
    }

    [Fact]
    public void One_of_a_service_that_the_next_start_does_not_declare()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S);
        watch.Crash();
        watch.Redeclare(TwoEndpoints with { Name = Other }).Restart();

        watch.Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 2.26 s, from  to nowhere
            the daemon was stopped in the middle of it, and api.example.com is not declared any more
            dnsfailover-drill.api.example.com stays as it is.
            """);
        Told(watch, """
            DrillFailed | the drill of api.example.com failed | the daemon was stopped in the middle of it, and api.example.com is not declared any more | dnsfailover-drill.api.example.com stays as it is.
            """);
        Assert.Equal(1, watch.State.LastDrill);
        watch.Redeclare(TwoEndpoints).Restart().Run(30).Begin().Ends();
        Assert.Equal((2, DrillResult.Passed), (watch.Report().Number, watch.Report().Result));
    }

    [Fact]
    public void Other_orders_than_those_of_drills_outlive_a_restart()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Says(OverrideKind.Drain, "third");
        watch.Begin().UntilCanaryHolds(S).Restart();

        Assert.Equal("third", Assert.Single(watch.State.Overrides).Endpoint);
        watch.Ends();
        Assert.Single(watch.State.Overrides);
    }

    [Fact]
    public void Twenty_reports_are_at_hand_and_the_last_that_passed_is_remembered_over_restarts()
    {
        var watch = Watch.Settled(Expecting(7200), P).Begin().Ends();
        var passed = watch.State.DrillBooks[Name].LastPassedAt;
        Assert.Equal((watch.Now, watch.Now), (passed, watch.Report().EndedAt));
        for (var drill = 0; drill < 20; drill++)
        {
            watch.Fails(S).Command(Asked(actor: null)).Ends().Works(S).Run(30);
        }

        Assert.Equal(Enumerable.Range(2, 20).Select(number => (long)number), watch.State.DrillBooks[Name].Reports.Select(report => report.Number));
        Assert.Equal(passed, watch.State.DrillBooks[Name].LastPassedAt);
        Assert.Equal(passed, watch.Restart().State.DrillBooks[Name].LastPassedAt);
        Assert.Equal(passed + Seconds(7200), watch.State.DrillBooks[Name].OverdueAt(watch.Service.Definition));
    }

    [Fact]
    public void The_values_of_a_drill_before_a_reload_stay_its_own_without_a_restart()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Ends();
        watch.Provider.Records[Name] = Holding(T);
        watch.Reload(Service(Endpoint("primary", 0, T), Standby)).Run(130).Begin().Ends();

        Assert.Equal([T, S, T], watch.Writes()[3..]);
        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
    }

    [Fact]
    public void A_live_one_whose_beginning_is_recorded_late_goes_on()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var full = true;
        watch.JournalFails = () => full;
        watch.Begin(live: true).Run(1);
        Assert.NotNull(watch.State.Drill);
        full = false;
        watch.Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
        Assert.Equal([1L, 1L], watch.Journal.Select(entry => (entry as DrillBegan)?.Number ?? (entry as DrillEnded)?.Report.Number).OfType<long>());
    }

    [Fact]
    public void An_entry_of_an_older_journal_may_lack_a_list()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Ends();
        var began = watch.Journal.OfType<DrillBegan>().Single() with { Down = null!, Home = null!, Formerly = null! };
        var ended = watch.Journal.OfType<DrillEnded>().Single() with { Formerly = null! };

        Assert.Equal((0, 0, 0), (began.Down.Count, began.Home.Count, began.Formerly.Count));
        Assert.Equal((0, 0), (ended.Formerly.Count, (ended.Report with { Phases = null! }).Phases.Count));
    }

    [Fact]
    public void A_live_one_of_a_service_that_the_next_start_does_not_declare_leaves_no_drain()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Crash();
        var (state, effects) = Controller.Start(Watch.Configured(TwoEndpoints with { Name = Other }), watch.Journal, watch.Now);

        Assert.Empty(state.Overrides);
        Assert.Equal(["DrillEnded", "OverrideEnded"], effects.OfType<Effect.Record>().SelectMany(record => record.Entries).Select(entry => entry.GetType().Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_values_of_a_drill_before_a_reload_stay_its_own_when_the_next_is_broken_off_at_its_beginning()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Ends();
        watch.Provider.Records[Name] = Holding(T);
        watch.Redeclare(Service(Endpoint("primary", 0, T), Standby)).Restart().Run(30).Begin().Restart().Ends();

        Assert.Equal(T, watch.Holds(Canary));
    }
}
