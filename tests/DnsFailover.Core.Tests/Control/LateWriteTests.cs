using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>A provider whose reads lag behind its writes: what appears late is ours.</summary>
public sealed class LateWriteTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_change_that_appears_late_is_ours_and_nobody_elses(bool lostReply)
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = OnDrift.Pause }, P);
        watch.Provider.LagsBehind = true;
        watch.Provider.WriteFaults = () => lostReply ? WriteFault.LostReply : WriteFault.None;
        watch.Fails(P).RunUntil(() => watch.Outcomes.Any(), within: 20, "the outcome");
        Assert.Contains(watch.Outcomes.Single().Result, new[] { ChangeResult.Rejected, ChangeResult.Failed });
        watch.Provider.LagsBehind = false;
        watch.Run(90);

        Assert.Empty(watch.Journal.OfType<DriftNoticed>());
        Assert.Equal(ChangeResult.Verified, watch.Outcomes.Last().Result);
        Assert.Equal(watch.Outcomes.First().ChangeId, watch.Outcomes.Last().ChangeId);
        Assert.Single(watch.AlertKinds, AlertKind.Failover);
        Assert.Single(watch.Service.HoldDowns);
        Assert.Single(watch.Provider.Writes);
        Assert.Empty(watch.Lead.Doubtful);

        watch.Works(P).RunUntil(() => watch.Published() is [P], within: 200, "the failback, which a pause would have kept back");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_change_that_appears_after_a_restart_is_ours_and_holds_the_name_down(bool afterTheFirstRead)
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = OnDrift.Pause, Failback = new FailbackRule(FailbackMode.Auto, Seconds(5)), MinActiveTime = Seconds(120) }, P);
        watch.Provider.LagsBehind = true;
        watch.Provider.WriteFaults = () => WriteFault.LostReply;
        watch.Fails(P).RunUntil(() => watch.Outcomes.Any(), within: 20, "the outcome");
        watch.Crash();
        watch.Provider.LagsBehind = afterTheFirstRead;
        watch.Restart().Run(1);
        watch.Provider.LagsBehind = false;
        watch.RunUntil(() => watch.Outcomes.Last().Result == ChangeResult.Verified, within: 90, "the outcome that it was written");
        var switchedAt = watch.Outcomes.Last().At;

        Assert.Empty(watch.Journal.OfType<DriftNoticed>());
        Assert.Single(watch.AlertKinds, AlertKind.Failover);
        Assert.Single(watch.Service.HoldDowns);
        Assert.Single(watch.Provider.Writes);
        watch.Provider.WriteFaults = () => WriteFault.None;
        watch.Works(P).RunUntil(() => watch.Published() is [P], within: 300, "the failback");
        Assert.True(watch.Now - switchedAt >= Seconds(110), $"{watch.Now - switchedAt} after the switch");
    }

    [Fact]
    public void A_change_by_hand_that_comes_with_a_late_one_is_drift()
    {
        var service = Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { OnDrift = OnDrift.Pause };
        var watch = Watch.Settled(service, P, P6);
        watch.Provider.LagsBehind = true;
        watch.Fails(P).RunUntil(() => watch.Outcomes.Any(), within: 20, "the outcome");
        watch.Provider.LagsBehind = false;
        watch.Provider.Records[Name] = Holding(S, S6);
        watch.Run(90);

        Assert.Equal("somebody else changed the records from A 192.0.2.2 (TTL 30); AAAA 2001:db8::1 (TTL 30) to A 192.0.2.2 (TTL 30); AAAA 2001:db8::2 (TTL 30)", watch.Journal.OfType<DriftNoticed>().Single().Sentence);
        Assert.Equal(ChangeResult.Verified, watch.Outcomes.Last().Result);
    }

    [Fact]
    public void What_somebody_else_puts_in_place_of_what_did_not_appear_is_drift()
    {
        var service = Service(Primary, Standby, Third) with { OnDrift = OnDrift.Pause };
        var watch = Watch.Settled(service, P);
        watch.Provider.LagsBehind = true;
        watch.Fails(P).RunUntil(() => watch.Outcomes.Any(), within: 20, "the outcome");
        watch.Provider.LagsBehind = false;
        watch.Provider.Records[Name] = Holding(T);
        watch.Run(90);

        Assert.Single(watch.Journal.OfType<DriftNoticed>());
        Assert.Equal([ChangeResult.Rejected], watch.Outcomes.Select(outcome => outcome.Result));
    }

    [Theory]
    [InlineData(0)] // while nothing is under way
    [InlineData(1)] // while the first of those is at the provider
    [InlineData(2)] // or the second
    public void A_change_that_appears_after_others_were_tried_is_still_ours(int during)
    {
        var watch = OneFamilyAndThenBoth(during);
        if (during == 0)
        {
            watch.Provider.Records[Name] = Holding(S, P6);
        }

        watch.Run(90);

        Assert.Empty(watch.Journal.OfType<DriftNoticed>());
        Assert.DoesNotContain(watch.Outcomes, outcome => outcome.Result == ChangeResult.Conflict);
        Assert.Equal([ChangeResult.Failed, ChangeResult.Verified], OutcomesOfTheLastOfOneFamily(watch));
        Assert.Equal([S, S6], watch.Provider.Of(Name).Sets.SelectMany(set => set.Values).Select(value => value.Data));
        Assert.Equal(2, watch.AlertKinds.Count(kind => kind == AlertKind.Failover));
    }

    [Fact]
    public void After_a_restart_every_change_that_may_appear_is_still_known()
    {
        var watch = OneFamilyAndThenBoth(during: 0);
        watch.Crash();
        watch.Provider.Records[Name] = Holding(S, P6);
        watch.Restart().Run(90);

        Assert.Empty(watch.Journal.OfType<DriftNoticed>());
        Assert.Equal([ChangeResult.Failed, ChangeResult.Verified], OutcomesOfTheLastOfOneFamily(watch));
    }

    private static IEnumerable<ChangeResult> OutcomesOfTheLastOfOneFamily(Watch watch)
    {
        var last = watch.Intents.Last(intent => intent.Change.Changes is [{ After.Type: RecordType.A }]);
        Assert.Contains(watch.Outcomes, outcome => outcome.ChangeId > last.Change.Id && outcome.Result == ChangeResult.Failed);
        return watch.Outcomes.Where(outcome => outcome.ChangeId == last.Change.Id).Select(outcome => outcome.Result);
    }

    /// <summary>Requests get lost: of a change of A, and then of both; that of A comes through while so many of both were tried, if any.</summary>
    private static Watch OneFamilyAndThenBoth(int during)
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { OnDrift = OnDrift.Pause }, P, P6);
        var ofBoth = 0;
        watch.Provider.WriteFaults = () =>
        {
            if (watch.Intents.Last().Change.Changes.Count == 2 && ++ofBoth == during)
            {
                watch.Provider.Records[Name] = Holding(S, P6);
            }

            return WriteFault.LostRequest;
        };
        watch.Fails(P).RunUntil(() => watch.Outcomes.Any(), within: 20, "the outcome");
        watch.Fails(P6).RunUntil(() => watch.Outcomes.Any(outcome => watch.Intents.First(intent => intent.Change.Id == outcome.ChangeId).Change.Changes.Count == 2) && ofBoth >= during, within: 60, "what came after it");
        watch.Provider.WriteFaults = () => WriteFault.None;
        return watch;
    }
}
