using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class RestartTests
{
    private static readonly ServiceDefinition Patient = TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Auto, Seconds(120)) };

    /// <summary>Failover and failback, stopped before each effect in turn: the end is the same, with the same two switches.</summary>
    [Fact]
    public void Stopped_before_any_effect_it_ends_the_same_after_a_restart()
    {
        var whole = Story(crashBefore: null);
        Assert.Equal([P], whole.Published());
        Assert.Equal(2, whole.Provider.Writes.Count);
        var effects = whole.Effects.Count;
        Assert.InRange(effects, 20, 100);
        for (var crash = 0; crash < effects; crash++)
        {
            var watch = Story(crash);
            var told = $"stopped before effect {crash} ({whole.Effects[crash]})\n{watch.Told()}";
            Assert.True(watch.IsRunning, told);
            Assert.True(watch.Published() is [P], told);
            Assert.True(watch.Provider.Writes.Count == 2, told);
            Assert.True(watch.AlertKinds.Count(kind => kind == AlertKind.Failover) == 1, told);
            Assert.True(watch.AlertKinds.Count(kind => kind == AlertKind.Failback) == 1, told);
            Assert.True(watch.Alerts.Count == 3, $"{string.Join(' ', watch.AlertKinds)}\n{told}");
            Assert.True(watch.Service.Conditions.IsEmpty, told);
            Assert.True(watch.Service.Change is null, told);
        }
    }

    [Fact]
    public void The_hold_down_survives_a_restart()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(600) }, P);
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 30, "the failover");
        var switched = watch.Now;
        watch.Run(1).Works(P).Fails(S).Restart().RunUntil(() => watch.Published()[0] == P, within: 700, "the second switch");

        Assert.True(watch.Now - switched >= Seconds(600));
    }

    [Fact]
    public void A_switch_recorded_by_a_clock_that_ran_ahead_does_not_hold_the_name_for_years()
    {
        var watch = Watch.Over(TwoEndpoints, S);
        watch.Journal.Add(new OutcomeRecorded
        {
            At = Noon.AddYears(3),
            Service = Name,
            Provider = "dns",
            ChangeId = 1,
            Result = ChangeResult.Verified,
            Reason = "both name servers answer it",
            HoldDowns = [new HoldDown(RecordType.A, Noon.AddYears(3))],
        });
        watch.Fails(S).Start().RunUntil(() => watch.Published()[0] == P, within: 70, "the failover");
    }

    [Fact]
    public void What_was_told_is_not_told_again_and_its_end_is()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(S).Run(30);
        Assert.Equal([AlertKind.RedundancyLost], watch.AlertKinds);

        watch.Restart().Run(60);
        Assert.Equal([AlertKind.RedundancyLost], watch.AlertKinds);
        watch.Works(S).Run(30);
        Assert.Equal([AlertKind.RedundancyLost, AlertKind.Recovered], watch.AlertKinds);
        Assert.True(watch.Alerts[1].Downtime > Seconds(80));
    }

    [Fact]
    public void After_a_restart_at_any_place_numbers_go_on_upwards()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).Run(30).Works(P).Restart().Run(200);

        Assert.Equal(watch.Intents.Select(intent => intent.Change.Id), watch.Intents.Select(intent => intent.Change.Id).Order().Distinct());
        Assert.Equal(2, watch.Intents.Count());
    }

    private static Watch Story(int? crashBefore)
    {
        var watch = Watch.Over(Patient, P);
        watch.CrashBefore = crashBefore;
        Live(watch.Start(), 40);
        Live(watch.Fails(P), 60);
        Live(watch.Works(P), 300);
        return watch;
    }

    private static void Live(Watch watch, double seconds)
    {
        var end = watch.Now + Seconds(seconds);
        while (watch.Now < end)
        {
            watch.Run(0.5);
            if (!watch.IsRunning)
            {
                watch.Restart();
            }
        }
    }
}
