using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class ForceTests
{
    [Fact]
    public void The_name_goes_to_the_endpoint_at_once_and_stays_there_until_the_force_ends()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "standby").Run(1);
        Assert.Equal([S], watch.Published());

        watch.Run(600);
        Assert.Equal([S], watch.Published());
        Assert.Equal(HealthStatus.Up, watch.HealthOf(P));
        watch.TakesBack(OverrideKind.Force).RunUntil(() => watch.Published() is [P], within: 5, "the failback, whose delay has long passed").Run(1);
        Assert.Equal([AlertKind.Override, AlertKind.Override, AlertKind.Override, AlertKind.Failback], watch.AlertKinds);
    }

    [Fact]
    public void Alerts_say_who_and_what_and_until_when_and_why_and_what_comes_next()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "standby").Run(1);

        var began = watch.Alerts[0];
        Assert.Equal("api.example.com: forced to standby by alice until 2026-03-01 13:00 UTC", began.Title);
        Assert.Equal("release", began.Reason);
        Assert.Equal("primary (192.0.2.1)", began.To);
        Assert.Contains("The name is answered with standby at once and stays there whatever its health", began.Next, StringComparison.Ordinal);
        Assert.Contains("It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`.", began.Next, StringComparison.Ordinal);
        var moved = watch.Alerts[1];
        Assert.Equal("api.example.com moved from primary (192.0.2.1) to standby (192.0.2.2)", moved.Title);
        Assert.Equal("forced to standby by alice until 2026-03-01 13:00 UTC: release", moved.Reason);
        var intent = Assert.Single(watch.Intents);
        Assert.Equal(DecisionKind.Forced, intent.Decision);
        Assert.Equal([RecordType.A], intent.Switched);

        watch.TakesBack(OverrideKind.Force);
        Assert.Equal("api.example.com: no longer forced to standby", watch.Alerts[2].Title);
        Assert.StartsWith("bob: done; it had been forced to standby by alice", watch.Alerts[2].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endpoint_that_is_down_needs_no_proof_and_that_it_is_down_is_told()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Run(30).Says(OverrideKind.Force, "standby").Run(2);
        Assert.Equal([S], watch.Published());
        Assert.Contains("Mind that standby (192.0.2.2) is down: ", watch.Alerts[1].Next, StringComparison.Ordinal);

        watch.Run(300);
        Assert.Equal([S], watch.Published());
        var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Equal("api.example.com is forced to standby, which is down", alert.Title);
        Assert.Contains("primary (192.0.2.1) works, but the name is forced to standby by alice", alert.Reason, StringComparison.Ordinal);
        Assert.Contains("`dnsfailover release api.example.com`", alert.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_left_where_it_is_forced_when_that_goes_down_and_fails_over_when_the_time_is_over()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "primary", forSeconds: 200).Run(1);
        Assert.Empty(watch.Provider.Writes);
        watch.Fails(P).Run(190);
        Assert.Equal([P], watch.Published());

        watch.RunUntil(() => watch.Published() is [S], within: 15, "the failover after the time was over");
        Assert.True(watch.Now >= Noon + Seconds(230));
        Assert.Empty(watch.State.Overrides);
        Assert.Null(watch.Journal.OfType<OverrideEnded>().Single().Actor);
    }

    [Fact]
    public void It_does_not_wait_for_minActiveTime_which_counts_from_it()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(600) }, P);
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 30, "the failover");
        watch.Works(P).Run(20).Says(OverrideKind.Force, "primary", forSeconds: 60).Run(1);
        Assert.Equal([P], watch.Published());

        var forced = watch.Now;
        watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 700, "the failover");
        Assert.InRange((watch.Now - forced).TotalSeconds, 598, 615);
    }

    [Fact]
    public void Records_that_are_not_ours_are_not_touched_by_force_either()
    {
        var watch = Watch.Settled(TwoEndpoints, "203.0.113.9").Says(OverrideKind.Force, "standby").Run(120);

        Assert.Equal(["203.0.113.9"], watch.Published());
        Assert.Empty(watch.Provider.Writes);
        Assert.Contains(watch.Alerts, alert => alert.Kind == AlertKind.Refused && alert.Reason.Contains("203.0.113.9", StringComparison.Ordinal));
    }

    [Fact]
    public void Types_that_the_endpoint_lacks_stay_as_they_are_and_that_is_said()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6), Third), P, P6).Says(OverrideKind.Force, "third").Run(60);

        Assert.Equal([T], watch.Published());
        Assert.Equal([P6], watch.Published(RecordType.AAAA));
        Assert.Contains("It has no AAAA value, so the AAAA records stay as they are.", watch.Alerts[0].Next, StringComparison.Ordinal);
    }

    [Fact]
    public void All_addresses_of_the_endpoint_are_served_with_its_weight_and_one_cname()
    {
        var weighted = Watch.Settled(Service(Primary with { Weight = 3 }, Endpoint("standby", 0, S, T) with { Weight = 7 }) with { Policy = Policy.Weighted, Adopt = true }, P);
        weighted.Run(120).Says(OverrideKind.Force, "standby").Run(1);
        Assert.Equal([new RecordValue(S, 7), new RecordValue(T, 7)], weighted.Provider.Of(Name)[RecordType.A]!.Values);

        var alias = Watch.Settled(Service(Endpoint("primary", 0, "a.example.net"), Endpoint("standby", 1, "b.example.net", "c.example.net")), "a.example.net");
        alias.Says(OverrideKind.Force, "standby").Run(1);
        Assert.Equal(["b.example.net"], alias.Published(RecordType.CNAME));
    }

    [Fact]
    public void The_ttl_is_mended_meanwhile()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "standby").Run(5);
        watch.Reload(TwoEndpoints with { Ttl = Seconds(45) }).Run(10);

        Assert.Equal([S], watch.Published());
        Assert.Equal(Seconds(45), watch.Provider.Of(Name)[RecordType.A]!.Ttl);
    }

    [Fact]
    public void Providers_that_follow_get_it_too_even_when_it_is_down()
    {
        var watch = Watch.Over(TwoEndpoints with { AlsoAt = ["other"] }, P);
        var other = watch.Others["other"] = new TinyProvider();
        other.Records[Name] = Holding(P);
        watch.Start().Run(30).Fails(S).Run(30).Says(OverrideKind.Force, "standby").Run(3);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S], other.Of(Name)[RecordType.A]!.Values.Select(value => value.Data));
    }

    [Fact]
    public void Somebody_who_keeps_moving_the_record_is_answered_at_the_usual_pace()
    {
        var watch = Watch.Settled(TwoEndpoints with { MinActiveTime = Seconds(300) }, P).Says(OverrideKind.Force, "standby").Run(5);
        for (var minute = 0; minute < 30; minute++)
        {
            watch.Provider.Records[Name] = Holding(P);
            watch.Run(60);
        }

        Assert.InRange(watch.Provider.Writes.Count, 4, 8);
        Assert.Contains(watch.Alerts, alert => alert.Kind == AlertKind.Drift && alert.Next.Contains("so that it is moved back after 5 min", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(OnDrift.Pause)]
    [InlineData(OnDrift.Restore)]
    public void What_somebody_did_before_is_overridden_and_what_he_does_after_is_drift(OnDrift onDrift)
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third) with { OnDrift = onDrift }, P);
        watch.Provider.WriteTakes = Seconds(2);
        watch.Provider.Records[Name] = Holding(S);
        watch.RunUntil(() => watch.Lead.Drift is not null, within: 70, "the drift").Says(OverrideKind.Force, "third").Run(10);
        Assert.Equal([T], watch.Published());
        Assert.Null(watch.Lead.Drift);

        watch.Provider.Records[Name] = Holding(S);
        watch.RunUntil(() => watch.Lead.Drift is not null, within: 70, "the next drift").Run(20);
        Assert.Equal(onDrift == OnDrift.Pause ? [S] : [T], watch.Published());
    }

    /// <summary>Stopped before each effect in turn, a force that was recorded is carried out, once, and is over when its time is.</summary>
    [Fact]
    public void Stopped_before_any_effect_a_force_ends_the_same()
    {
        var whole = Story(crashBefore: null);
        Assert.Equal([P], whole.Published());
        Assert.Equal(2, whole.Provider.Writes.Count);
        var begun = whole.Effects.FindIndex(effect => effect.Contains(nameof(OverrideBegan), StringComparison.Ordinal));
        Assert.InRange(whole.Effects.Count, 20, 100);
        for (var crash = 0; crash < whole.Effects.Count; crash++)
        {
            var watch = Story(crash);
            var told = $"stopped before effect {crash} ({whole.Effects[crash]})\n{watch.Told()}";
            Assert.True(watch.IsRunning && watch.Published() is [P], told);
            Assert.True(watch.State.Overrides.Count == 0, told);
            Assert.True(watch.Service.Conditions.IsEmpty && watch.Service.Change is null, told);
            if (crash <= begun && !watch.Journal.Exists(entry => entry is OverrideBegan))
            {
                Assert.True(watch.Provider.Writes.Count == 0 && crash >= begun - 1, told);
                continue; // what was said was not recorded, and so it was not said
            }

            Assert.True(watch.Provider.Writes.Count == 2, told);
            Assert.True(watch.Journal.OfType<OverrideBegan>().Count() == 1 && watch.Journal.OfType<OverrideEnded>().Count() == 1, told);
            Assert.True(watch.AlertKinds is [AlertKind.Override, AlertKind.Override, AlertKind.Override, AlertKind.Failback], $"{string.Join(' ', watch.AlertKinds)}\n{told}");
        }
    }

    private static Watch Story(int? crashBefore)
    {
        var watch = Watch.Over(TwoEndpoints, P);
        watch.CrashBefore = crashBefore;
        Live(watch.Start(), 40);
        watch.Command(new OperatorCommand.Begin(new Override(OverrideKind.Force, Name, "standby", "release", "alice", watch.Now, watch.Now + Seconds(100))));
        Live(watch, 300);
        return watch;
    }

    private static void Live(Watch watch, double seconds)
    {
        for (var end = watch.Now + Seconds(seconds); watch.Now < end;)
        {
            if (!watch.IsRunning)
            {
                watch.Restart();
            }

            watch.Run(0.5);
        }
    }
}
