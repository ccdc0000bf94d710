using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What flaps gets its traffic back ever later, and only where and when it may.</summary>
public sealed class FlappingTests
{
    private static readonly ServiceDefinition Damped = TwoEndpoints with
    {
        MinActiveTime = Seconds(10),
        Failback = new FailbackRule(FailbackMode.Auto, Seconds(60)) { FlapWindow = TimeSpan.FromHours(1), LongestDelay = TimeSpan.FromHours(1) },
    };

    [Fact]
    public void The_failback_delay_doubles_with_each_failover()
    {
        var watch = Watch.Settled(Damped, P);
        foreach (var expected in new[] { 60, 120, 240, 480 })
        {
            Assert.InRange(TimeUp(watch), Seconds(expected), Seconds(expected + 5));
        }
    }

    [Fact]
    public void It_says_so_with_the_arithmetic()
    {
        var watch = Watch.Settled(Damped, P);
        TimeUp(watch);
        TimeUp(watch);
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 60, "the failover").Run(1);
        Assert.Equal("Traffic returns once the preferred endpoint has been up for 4 min (delay 1 min, doubled twice: 3 failovers within 1 h).", watch.Alerts[^1].Next);

        watch.Works(P).Run(30);
        Assert.StartsWith("primary (192.0.2.1) is up again; failback after 4 min (delay 1 min, doubled twice: 3 failovers within 1 h) without a failure", watch.Service.Decisions[RecordType.A].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_damping_survives_a_restart()
    {
        var watch = Watch.Settled(Damped, P);
        TimeUp(watch);
        TimeUp(watch);
        watch.Restart().Run(30);
        Assert.InRange(TimeUp(watch), Seconds(240), Seconds(245));
    }

    [Fact]
    public void After_a_quiet_window_nothing_is_left_of_it()
    {
        var watch = Watch.Settled(Damped, P);
        TimeUp(watch);
        TimeUp(watch);
        watch.Run(3700);
        Assert.InRange(TimeUp(watch), Seconds(60), Seconds(65));
    }

    [Fact]
    public void A_member_that_flaps_joins_ever_later_and_the_others_do_not_wait_for_it()
    {
        var service = Damped with { Endpoints = [Primary, Standby, Third], Policy = Policy.Multivalue };
        var watch = Watch.Settled(service, P, S, T);
        foreach (var expected in new[] { 60, 120, 240 })
        {
            watch.Fails(P).RunUntil(() => !watch.Published().Contains(P), within: 60, "the leaving").Run(1);
            watch.Works(P).RunUntil(() => watch.HealthOf(P) == HealthStatus.Up, within: 60, "the recovery");
            var up = watch.Now;
            watch.RunUntil(() => watch.Published().Contains(P), within: 1000, "the return");
            Assert.InRange(watch.Now - up, Seconds(expected), Seconds(expected + 5));
        }

        watch.Fails(T).RunUntil(() => !watch.Published().Contains(T), within: 60, "the leaving").Works(T).RunUntil(() => watch.Published().Contains(T), within: 100, "the return");
    }

    /// <summary>Between the first and the last of k failovers within an hour there are delays of 60 + 120 + … = 60 · (2^(k−1) − 1) s: k is 6 at the most.</summary>
    [Fact]
    public void However_long_it_flaps_the_switches_of_a_day_stay_within_what_the_delays_allow()
    {
        var watch = Watch.Settled(Damped, P);
        var random = new Random(7);
        for (var end = watch.Now.AddDays(1); watch.Now < end;)
        {
            var served = watch.Published()[0];
            watch.Fails(P).Run(20 + random.Next(20)).Works(P);
            var since = watch.Now;
            while (watch.Published()[0] != P && watch.Now - since < TimeSpan.FromHours(2))
            {
                watch.Run(5); // the worst that an endpoint can do: it fails as soon as it has the traffic again
            }

            Assert.Equal(P, served);
        }

        var failovers = watch.Journal.OfType<IntentRecorded>().Where(intent => intent.Decision == DecisionKind.Failover).Select(intent => intent.At).ToList();
        Assert.InRange(failovers.Count, 20, 24 * 6);
        Assert.All(failovers, first => Assert.InRange(failovers.Count(at => at >= first && at - first < TimeSpan.FromHours(1)), 1, 6));
        Assert.InRange(watch.Service.Switches.Count, 1, 128);
    }

    [Fact]
    public void Traffic_returns_only_within_a_window_and_the_next_one_is_named()
    {
        var service = Damped with { Failback = Damped.Failback with { OnlyInWindows = true } };
        var (from, until) = (Noon.AddMinutes(30), Noon.AddMinutes(40));
        var watch = Watch.Over(service, P).Planned(
            new Window(WindowKind.Failback, DnsName.Parse("other.example.com"), null, Noon, until, "not ours"),
            new Window(WindowKind.Maintenance, Name, null, Noon, Noon.AddSeconds(1), "no failback"),
            new Window(WindowKind.Failback, Name, null, from, until, "quiet hours")).Start().Run(30);
        watch.Fails(P).Run(60).Works(P).Run(300);
        Assert.Equal([S], watch.Published());
        Assert.Matches("failback waits for one of its windows; the next one begins in 2[0-9] min .* s, at 2026-03-01 12:30 UTC", watch.Service.Decisions[RecordType.A].Reason);
        Assert.Equal(from, watch.Service.Decisions[RecordType.A].RevisitAt);

        watch.RunUntil(() => watch.Published()[0] == P, within: 3600, "the failback");
        Assert.InRange(watch.Now, from, from.AddSeconds(2));
        Assert.Contains("failback window: open until 2026-03-01 12:40 UTC", watch.Intents.Last().Guards);
        Assert.DoesNotContain(AlertKind.Refused, watch.AlertKinds); // to wait is no trouble
    }

    [Fact]
    public void A_window_that_has_ended_lets_nothing_through()
    {
        var service = Damped with { Failback = Damped.Failback with { OnlyInWindows = true } };
        var watch = Watch.Over(service, P).Planned(new Window(WindowKind.Failback, Name, null, Noon, Noon.AddSeconds(100), "quiet hours")).Start().Run(30);
        watch.Fails(P).Run(60).Works(P).Run(3600);

        Assert.Equal([S], watch.Published());
        Assert.Contains("none is planned for the time that is near", watch.Service.Decisions[RecordType.A].Reason, StringComparison.Ordinal);
    }

    /// <summary>Lets the primary fail and come back, and gives the time from its Up to the failback.</summary>
    private static TimeSpan TimeUp(Watch watch)
    {
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 60, "the failover").Run(1);
        watch.Works(P).RunUntil(() => watch.HealthOf(P) == HealthStatus.Up, within: 60, "the recovery");
        var up = watch.Now;
        watch.RunUntil(() => watch.Published()[0] == P, within: 4000, "the failback").Run(1);
        return watch.Now - up;
    }
}
