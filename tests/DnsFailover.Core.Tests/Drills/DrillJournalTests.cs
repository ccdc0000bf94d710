using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

public sealed class DrillJournalTests
{
    [Fact]
    public void What_a_step_records_behind_a_record_that_is_not_durable_is_kept_as_well()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        var full = true;
        watch.JournalFails = () => full;
        watch.RunUntil(() => watch.State.Drill!.Leg == DrillLeg.Return, 60, "the way back"); // the outcome of the move and the end of its drain are in one step
        full = false;
        watch.Ends();

        Assert.Equal(["primary", "standby"], watch.Journal.OfType<OverrideEnded>().Select(ended => ended.Override.Endpoint!));
        Assert.Empty(watch.Restart().State.Overrides);
    }

    [Fact]
    public void What_is_asked_in_the_step_in_which_the_journal_fails_is_asked_all_the_same()
    {
        var watch = Watch.Settled(Service(Primary, Standby) with { Policy = Core.Definitions.Policy.Multivalue }, P, S).Run(60).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        var full = true;
        watch.JournalFails = () => full;
        watch.Run(30);
        full = false;
        watch.Ends();

        Assert.Equal($"{P} {S}", watch.Holds(Name));
    }

    [Fact]
    public void A_crash_at_any_moment_leaves_no_drain_of_a_drill_that_is_over()
    {
        var over = 0;
        for (var effect = 0; effect < 40; effect++)
        {
            var watch = Watch.Settled(TwoEndpoints, P);
            watch.CrashBefore = watch.Effects.Count + effect;
            watch.Command(Asked(live: true));
            watch.Run(60).Restart();

            over += watch.State.Drill is null ? 1 : 0;
            Assert.All(watch.State.Overrides, said => Assert.Equal(watch.State.Drill?.Number, said.Drill));
        }

        Assert.InRange(over, 1, 39);
    }

    [Fact]
    public void After_a_restart_it_does_not_wait_for_ever_for_a_service_that_cannot_be_read()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.RunUntil(() => watch.Holds(Canary) == S, 10, "the move");
        var broken = true;
        watch.Provider.ReadFault = () => broken ? "HTTP 503" : null;
        watch.Restart().Ends();

        Assert.Equal("the daemon was stopped in the middle of it", watch.Report().Reason);
        broken = false;
        watch.Run(120).Begin().Ends();
        Assert.Equal((P, DrillResult.Passed), (watch.Holds(Canary), watch.Report().Result));
    }

    [Fact]
    public void A_drill_of_a_service_that_the_next_start_does_not_declare_has_an_end()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.Crash();
        watch.Redeclare(TwoEndpoints with { Name = DnsName.Parse("other.example.com") }).Restart();

        var report = Assert.Single(watch.Journal.OfType<DrillEnded>()).Report;
        Assert.Equal((1, DrillResult.Failed), (report.Number, report.Result));
        Assert.Equal("the daemon was stopped in the middle of it, and api.example.com is not declared any more", report.Reason);
        Assert.Single(watch.Alerts);
        watch.Crash();
        watch.Restart();
        Assert.Single(watch.Journal.OfType<DrillEnded>());
    }

    [Fact]
    public void Nothing_is_tried_while_the_journal_takes_nothing()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P);
        watch.JournalFails = () => true;
        watch.Fails(T).Run(20);

        Assert.StartsWith("the journal cannot be written, so that nothing of a drill of api.example.com would be durable", watch.Objection(), StringComparison.Ordinal);
        watch.JournalFails = () => false;
        watch.Run(20);
        Assert.Null(watch.Objection());
    }
}
