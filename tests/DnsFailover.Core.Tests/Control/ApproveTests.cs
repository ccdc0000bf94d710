using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class ApproveTests
{
    private static ServiceDefinition With(FailbackMode mode) => TwoEndpoints with { Failback = new FailbackRule(mode, Seconds(60)) };

    [Fact]
    public void Once_the_delay_is_over_an_operator_is_asked_and_traffic_returns_when_one_says_yes()
    {
        var watch = Away(FailbackMode.Approve);
        Assert.Contains("Once the preferred endpoint has been up for 1 min, you are asked", watch.Alerts[^1].Next, StringComparison.Ordinal);
        watch.Works(P).Run(60);
        Assert.DoesNotContain(AlertKind.Refused, watch.AlertKinds);

        watch.Run(600);
        Assert.Equal([S], watch.Published());
        var asked = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        Assert.Equal("api.example.com waits for approval to fail back", asked.Title);
        Assert.Contains("(failback delay 1 min), and failback: approve waits for an operator", asked.Reason, StringComparison.Ordinal);
        Assert.StartsWith("Let traffic return with `dnsfailover approve api.example.com`.", asked.Next, StringComparison.Ordinal);

        var alerts = watch.Alerts.Count;
        watch.Says(OverrideKind.Approve).RunUntil(() => watch.Published() is [P], within: 3, "the failback").Run(5);
        Assert.Empty(watch.State.Overrides);
        Assert.Equal("traffic has returned", watch.Journal.OfType<OverrideEnded>().Single().Reason);
        Assert.Equal([AlertKind.Override, AlertKind.Failback], watch.AlertKinds[alerts..]);
        Assert.Empty(watch.Service.Conditions);
    }

    [Fact]
    public void A_failover_after_an_approved_failback_is_asked_for_again()
    {
        var watch = Away(FailbackMode.Approve).Works(P);
        watch.Run(100).Says(OverrideKind.Approve).Run(5).Fails(P).RunUntil(() => watch.Published() is [S], within: 90, "the next failover");
        watch.Works(P).Run(300);

        Assert.Equal([S], watch.Published());
    }

    /// <summary>It was given for one recovery.</summary>
    [Fact]
    public void An_approval_ends_when_traffic_returns_by_a_failover_and_when_what_it_is_for_goes_down_again()
    {
        var watch = Away(FailbackMode.Approve).Works(P);
        watch.Run(40).Says(OverrideKind.Approve).Fails(S).RunUntil(() => watch.Published() is [P], within: 90, "the failover to the first");
        watch.Run(5);
        Assert.Empty(watch.State.Overrides);
        Assert.Equal("traffic has returned", watch.Journal.OfType<OverrideEnded>().Single().Reason);

        watch.Works(S).Run(100).Fails(P).RunUntil(() => watch.Published() is [S], within: 90, "the next failover");
        watch.Works(P).Run(20).Says(OverrideKind.Approve).Fails(P).Run(20);
        Assert.Empty(watch.State.Overrides);
        Assert.Equal("primary (192.0.2.1) is down again", watch.Journal.OfType<OverrideEnded>().Last().Reason);
        watch.Works(P).Run(600);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void Manual_failback_goes_with_approval_too_after_its_delay()
    {
        var watch = Away(FailbackMode.Manual).Works(P);
        watch.Run(30).Says(OverrideKind.Approve).Run(20);
        Assert.Equal([S], watch.Published());
        watch.RunUntil(() => watch.Published() is [P], within: 40, "the failback");
    }

    [Fact]
    public void An_approval_that_was_not_used_expires()
    {
        var watch = Away(FailbackMode.Approve).Works(P);
        watch.Run(30).Says(OverrideKind.Approve, forSeconds: 10).Run(300);

        Assert.Equal([S], watch.Published());
        Assert.Contains(watch.Alerts, alert => alert.Title == "api.example.com: no longer failback approved");
    }

    [Fact]
    public void Stopped_before_any_effect_of_it_an_approved_failback_is_made_and_its_approval_ends()
    {
        var effects = Approved(crash: null).Effects;
        for (var crash = effects.FindIndex(effect => effect.Contains(nameof(OverrideBegan), StringComparison.Ordinal)) + 1; crash < effects.Count; crash++)
        {
            var watch = Approved(crash);
            Assert.True(watch.Published() is [P] && watch.State.Overrides.Count == 0 && watch.Journal.OfType<OverrideEnded>().Count() == 1, $"stopped before effect {crash} ({effects[crash]})\n{watch.Told()}");
        }
    }

    private static Watch Approved(int? crash)
    {
        var watch = Away(FailbackMode.Approve).Works(P);
        watch.Run(100);
        watch.CrashBefore = crash;
        watch.Says(OverrideKind.Approve);
        for (var step = 0; step < 240; step++)
        {
            watch = watch.IsRunning ? watch.Run(0.5) : watch.Restart();
        }

        return watch;
    }

    private static Watch Away(FailbackMode mode)
    {
        var watch = Watch.Settled(With(mode), P);
        return watch.Fails(P).RunUntil(() => watch.Published() is [S], within: 30, "the failover").Run(2);
    }
}
