using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class ReloadTests
{
    [Fact]
    public void An_unchanged_service_loses_neither_health_nor_hold_down()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).Run(30);
        var before = watch.Service;
        watch.Reload(TwoEndpoints, TwoEndpoints with { Name = DnsName.Parse("www.example.com") });

        Assert.Equal(before.Health, watch.Service.Health);
        Assert.Equal(before.HoldDowns, watch.Service.HoldDowns);
        Assert.Contains("down:primary:192.0.2.1", watch.Service.Conditions.Keys);
        Assert.Equal(HealthStatus.Unknown, watch.State.Services[DnsName.Parse("www.example.com")].Health.Values.First().Status);
    }

    [Fact]
    public void A_changed_check_starts_anew_and_moves_nothing_by_itself()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Reload(TwoEndpoints with { Endpoints = [Primary with { CheckFingerprint = "GET /healthz" }, Standby] });
        Assert.Equal(HealthStatus.Unknown, watch.HealthOf(P));
        Assert.Equal(HealthStatus.Up, watch.HealthOf(S));

        watch.Run(60);
        Assert.Empty(watch.Provider.Writes);
        Assert.Equal(HealthStatus.Up, watch.HealthOf(P));
    }

    [Fact]
    public void A_changed_timing_keeps_what_was_observed()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Reload(TwoEndpoints with { Endpoints = [Primary with { Timing = new ProbeTiming(Seconds(5), Seconds(1), Seconds(1)) }, Standby] });

        Assert.Equal(HealthStatus.Up, watch.HealthOf(P));
    }

    [Fact]
    public void A_removed_service_finishes_its_change_and_is_gone()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).RunUntil(() => watch.Effects[^1].StartsWith("apply", StringComparison.Ordinal), within: 20, "the write");
        watch.Reload();
        Assert.True(watch.Service.Retired);

        watch.Run(5);
        Assert.Empty(watch.State.Services);
        Assert.Equal(ChangeResult.Verified, watch.Outcomes.Single().Result);
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
        watch.Run(120);
        Assert.Null(Controller.NextWake(watch.State));
    }

    [Fact]
    public void A_removed_service_that_is_declared_again_in_time_goes_on()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).RunUntil(() => watch.Effects[^1].StartsWith("apply", StringComparison.Ordinal), within: 20, "the write");
        watch.Reload().Reload(TwoEndpoints).Run(30);

        Assert.Equal([S], watch.Published());
        Assert.Single(watch.Provider.Writes);
        Assert.Equal(HealthStatus.Down, watch.HealthOf(P));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_service_left_out_by_mistake_comes_back_with_its_hold_down_and_its_numbers(bool restarted)
    {
        var service = TwoEndpoints with { MinActiveTime = Seconds(600) };
        var watch = Watch.Settled(service, P);
        watch.Fails(P).Run(30);
        var (holdDowns, lastId) = (watch.Service.HoldDowns, watch.Intents.Last().Change.Id);
        watch.Reload().Run(1);
        if (restarted)
        {
            watch.Restart();
        }

        watch.Reload(service);
        Assert.Equal(holdDowns, watch.Service.HoldDowns);
        Assert.True(watch.Service.LastId >= lastId, $"{watch.Service.LastId} < {lastId}");
        Assert.Contains("down:primary:192.0.2.1", watch.Service.Conditions.Keys);
    }

    [Theory]
    [InlineData("record HealthChanged+IntentRecorded+ConditionRaised")]
    [InlineData("prove standby")]
    [InlineData("verify")]
    public void A_reload_in_the_middle_of_a_switch_does_not_lose_it(string effect)
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).RunUntil(() => watch.Effects.Contains(effect), within: 20, effect);
        watch.Reload(TwoEndpoints with { MinActiveTime = Seconds(90) }).Run(10);

        Assert.Equal([S], watch.Published());
        Assert.Single(watch.Provider.Writes);
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void A_change_is_resolved_at_the_provider_it_went_to()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteFaults = () => WriteFault.LostReply;
        watch.Fails(P).RunUntil(() => watch.Effects[^1].StartsWith("apply", StringComparison.Ordinal), within: 20, "the write");
        watch.Reload(TwoEndpoints with { Provider = "elsewhere" });
        Assert.NotNull(watch.Service.Copies["dns"].Change);
        var reads = watch.Provider.Reads;
        watch.Run(5);

        Assert.Equal(ChangeResult.Verified, watch.Outcomes.Single().Result);
        Assert.True(watch.Provider.Reads >= reads + 2, "one to resolve the change, one for the live records of the new provider");
    }

    [Fact]
    public void Conditions_of_types_that_are_not_declared_any_more_end()
    {
        var watch = Watch.Over(TwoEndpoints, P, "203.0.113.9");
        watch.Fails(P, S).Start().Run(60);
        Assert.Contains("all-down:A", watch.Service.Conditions.Keys);
        Assert.Contains("refused:A:foreign-value", Watch.Over(TwoEndpoints, P, "203.0.113.9").Start().Run(60).Service.Conditions.Keys);

        watch.Provider.Records[Name] = Holding("a.example.net");
        watch.Reload(Service(Endpoint("primary", 0, "a.example.net"))).Run(60);
        Assert.Empty(watch.Service.Conditions);
    }

    [Fact]
    public void A_rejected_file_is_told_once_and_its_mending_too()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        for (var i = 0; i < 3; i++)
        {
            watch.Post(TimeSpan.Zero, new ControllerEvent.ConfigurationRejected("failover.yaml:3:5: unknown key 'enpoints'"));
        }

        watch.Run(1);
        Assert.Equal([AlertKind.ReloadRejected], watch.AlertKinds);
        watch.Reload(TwoEndpoints).Reload(TwoEndpoints);
        Assert.Equal([AlertKind.ReloadRejected, AlertKind.Recovered], watch.AlertKinds);
    }

    [Fact]
    public void Answers_for_a_service_that_is_not_declared_are_nothing()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Reload();
        watch.Post(TimeSpan.Zero, new ControllerEvent.RecordsRead(Name, 1, Holding(P)));
        watch.Post(TimeSpan.Zero, new ControllerEvent.Observed(Observation(TwoEndpoints.Target(P), Verdict.Fail, watch.Now)));
        watch.Run(1);

        Assert.Empty(watch.State.Services);
    }
}
