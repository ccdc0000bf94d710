using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class ProviderTroubleTests
{
    [Fact]
    public void A_conflict_is_read_and_decided_again_and_needs_no_message()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var meddled = false;
        watch.Provider.WriteFaults = () =>
        {
            if (!meddled)
            {
                meddled = true;
                watch.Provider.Records[Name] = Holding(Name, Seconds(99), P); // somebody else was faster
            }

            return WriteFault.None;
        };
        watch.Fails(P).Run(30);

        Assert.Equal([S], watch.Published());
        Assert.Equal([ChangeResult.Conflict, ChangeResult.Verified], watch.Outcomes.Select(outcome => outcome.Result));
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
        var second = watch.Provider.Writes.Single().Change.Changes.Single();
        Assert.Equal(Seconds(99), second.Before!.Ttl); // decided from what was read anew
    }

    [Fact]
    public void A_lost_reply_is_resolved_by_reading_and_not_written_again()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteFaults = () => WriteFault.LostReply;
        watch.Fails(P).Run(30);

        Assert.Equal([S], watch.Published());
        Assert.Single(watch.Provider.Writes);
        Assert.Single(watch.Intents);
        Assert.Equal(ChangeResult.Verified, watch.Outcomes.Single().Result);
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
        Assert.Single(watch.Service.HoldDowns);
    }

    [Fact]
    public void A_lost_request_is_found_out_by_reading_and_made_again()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var lost = 0;
        watch.Provider.WriteFaults = () => lost++ == 0 ? WriteFault.LostRequest : WriteFault.None;
        watch.Fails(P).Run(30);

        Assert.Equal([S], watch.Published());
        Assert.Equal([ChangeResult.Failed, ChangeResult.Verified], watch.Outcomes.Select(outcome => outcome.Result));
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void What_is_neither_the_old_nor_the_new_after_a_lost_request_is_a_conflict()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P);
        var lost = 0;
        watch.Provider.WriteFaults = () =>
        {
            if (lost++ > 0)
            {
                return WriteFault.None;
            }

            watch.Provider.Records[Name] = Holding(T);
            return WriteFault.LostRequest;
        };
        watch.Fails(P).Run(20);

        Assert.Equal([ChangeResult.Conflict], watch.Outcomes.Select(outcome => outcome.Result));
        Assert.Equal([T], watch.Published()); // it works, so that the failback delay holds for what is better
    }

    [Fact]
    public void Transient_trouble_is_asked_ever_less_often_told_once_and_recovered_from()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var attempts = new List<DateTimeOffset>();
        var broken = true;
        watch.Provider.WriteFaults = () =>
        {
            attempts.Add(watch.Now);
            return broken ? WriteFault.Transient : WriteFault.None;
        };
        watch.Fails(P).Run(400);

        var gaps = attempts.Zip(attempts.Skip(1), (left, right) => (right - left).TotalSeconds).ToList();
        Assert.True(gaps[0] < 1.5 && gaps[^1] is > 55 and < 65, string.Join(' ', gaps));
        Assert.All(gaps.Zip(gaps.Skip(1)).Take(6), pair => Assert.True(pair.Second > pair.First));
        Assert.Equal([AlertKind.Refused], watch.AlertKinds);
        broken = false;
        watch.RunUntil(() => watch.Published()[0] == S, within: 65, "the failover");
        watch.Run(1);
        Assert.Equal([AlertKind.Refused, AlertKind.Failover, AlertKind.Recovered], watch.AlertKinds);
    }

    [Fact]
    public void A_single_hiccup_is_not_worth_a_message_of_its_own()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var attempts = 0;
        watch.Provider.WriteFaults = () => attempts++ == 0 ? WriteFault.Transient : WriteFault.None;
        watch.Fails(P).Run(20);

        Assert.Equal([S], watch.Published());
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void Retry_After_is_honoured_and_told()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var attempts = new List<DateTimeOffset>();
        watch.Provider.RetryAfter = Seconds(120);
        watch.Provider.WriteFaults = () =>
        {
            attempts.Add(watch.Now);
            return attempts.Count == 1 ? WriteFault.Transient : WriteFault.None;
        };
        watch.Fails(P).Run(180);

        Assert.InRange((attempts[1] - attempts[0]).TotalSeconds, 120, 121);
        Assert.Equal([S], watch.Published());
        Assert.Contains("in 2 min", watch.Alerts[0].Next, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rejected_write_is_told_at_once_and_tried_once_a_minute()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var attempts = 0;
        watch.Provider.WriteFaults = () =>
        {
            attempts++;
            return WriteFault.Rejected;
        };
        watch.Fails(P).Run(15);
        Assert.Equal([AlertKind.Refused], watch.AlertKinds);

        watch.Run(300);
        Assert.InRange(attempts, 4, 7);
        Assert.Equal([AlertKind.Refused], watch.AlertKinds);
    }

    [Fact]
    public void When_the_change_is_not_wanted_any_more_the_trouble_is_over()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteFaults = () => WriteFault.Rejected;
        watch.Fails(P).Run(30).Works(P).Run(100);

        Assert.DoesNotContain("provider-write:dns", watch.Service.Conditions.Keys);
        Assert.Equal(0, watch.Lead.WriteFailures);
        Assert.Empty(watch.Service.Conditions);
    }

    [Fact]
    public void Records_that_cannot_be_read_are_not_taken_for_gone()
    {
        var watch = Watch.Settled(TwoEndpoints with { Create = true }, P);
        var broken = true;
        watch.Provider.ReadFault = () => broken ? "connection refused by 192.0.2.53:53" : null;
        watch.Fails(P).Run(120);

        Assert.Empty(watch.Provider.Writes);
        Assert.Equal([AlertKind.Refused], watch.AlertKinds);
        Assert.Contains("cannot be read at dns: connection refused", watch.Alerts[0].Reason, StringComparison.Ordinal);
        broken = false;
        watch.RunUntil(() => watch.Published()[0] == S, within: 62, "the failover");
        watch.Run(1);
        Assert.Equal([AlertKind.Refused, AlertKind.Recovered, AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void All_down_is_told_even_when_the_records_were_never_read()
    {
        var watch = Watch.Over(TwoEndpoints, P);
        watch.Provider.ReadFault = () => "no answer from 192.0.2.53:53";
        watch.Fails(P, S).Start().Run(120);

        Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.AllDown);
        Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        watch.Works(P, S).Run(60);
        Assert.Equal([AlertKind.Recovered, AlertKind.Recovered], watch.AlertKinds.Skip(2).Order()); // the other endpoint is told apart
    }

    [Fact]
    public void A_read_that_comes_late_is_used_and_one_that_was_given_up_is_not()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.ReadTakes = Seconds(20); // within the life of the proof
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 45, "the failover");
        watch.Run(200);
        Assert.Single(watch.Provider.Writes);
        Assert.DoesNotContain(watch.Journal, entry => entry is DriftNoticed);
    }

    [Fact]
    public void A_read_slower_than_the_life_of_proof_costs_new_proof_and_not_the_failover()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.ReadTakes = Seconds(50);
        watch.Fails(P).RunUntil(() => watch.Published()[0] == S, within: 150, "the failover");
    }

    [Fact]
    public void Half_a_change_is_finished_and_held_down()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { MinActiveTime = Seconds(600) }, P, P6);
        var writes = 0;
        watch.Provider.WriteFaults = () => writes++ == 0 ? WriteFault.OnlyTheFirstType : WriteFault.None;
        watch.PassTakes = Seconds(0.3); // both families are decided in one change
        watch.Fails(P, P6).Run(120);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S6], watch.Published(RecordType.AAAA));
        Assert.Equal([RecordType.A, RecordType.AAAA], watch.Service.HoldDowns.Select(hold => hold.Type));
    }

    [Fact]
    public void Servers_that_do_not_follow_are_told_and_do_not_block_the_next_change()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.VerificationFails = () => true;
        watch.Fails(P).Run(20);

        Assert.Equal([AlertKind.Unverified], watch.AlertKinds);
        Assert.Contains("not verified yet", watch.Alerts[0].Title, StringComparison.Ordinal);
        watch.VerificationFails = () => false;
        watch.Works(P).Run(120);
        Assert.Equal([P], watch.Published());
    }

    [Fact]
    public void Servers_that_do_not_follow_are_asked_again_until_they_do_also_after_a_restart()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.VerificationFails = () => true;
        watch.Fails(P).Run(300);
        Assert.Equal([AlertKind.Unverified], watch.AlertKinds);

        watch.Restart().Run(100);
        Assert.Equal([AlertKind.Unverified], watch.AlertKinds);
        watch.VerificationFails = () => false;
        watch.Run(40);

        Assert.Equal([AlertKind.Unverified, AlertKind.Recovered], watch.AlertKinds);
        Assert.Contains("every name server answers the change", watch.Alerts[^1].Title, StringComparison.Ordinal);
        Assert.Single(watch.Intents);
    }

    [Fact]
    public void A_later_change_ends_the_wait_for_servers_that_lag_behind()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.VerificationFails = () => true;
        watch.Fails(P).Run(20);
        watch.VerificationFails = () => false;
        watch.Provider.Records[Name] = Holding(T); // somebody else
        watch.Run(200);

        Assert.DoesNotContain(watch.Service.Conditions.Keys, cause => cause == "unverified:dns");
        Assert.Null(watch.Lead.Unverified);
    }

    [Fact]
    public void A_provider_that_asks_for_hours_of_patience_is_asked_again_after_a_quarter_of_one()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.RetryAfter = TimeSpan.FromHours(8);
        watch.Provider.WriteFaults = () => WriteFault.Transient;
        watch.Fails(P).Run(60);
        watch.Provider.WriteFaults = () => WriteFault.None;
        watch.Run(16 * 60);

        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void One_services_provider_does_not_delay_the_other()
    {
        var other = TwoEndpoints with { Name = DnsName.Parse("www.example.com") };
        var watch = Watch.Over([TwoEndpoints, other], P);
        watch.Provider.Records[other.Name] = Holding(other.Name, Seconds(30), P);
        watch.Start().Run(30);
        watch.Provider.WriteFaults = () => watch.State.Services[other.Name].Change is { Stage: Core.Control.ChangeStage.Applying } ? WriteFault.Rejected : WriteFault.None;
        watch.Fails(P).Run(90);

        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void The_harness_stays_inside_the_bound_that_is_promised()
    {
        var providerTimeout = Seconds(10);
        foreach (var offset in new[] { 0.0, 0.1, 0.2, 1.4, 3, 5, 9.9, 10 })
        {
            var watch = Watch.Settled(TwoEndpoints, P);
            watch.FailTakes = Seconds(2);
            watch.PassTakes = Seconds(1.9);
            watch.Provider.ReadTakes = Seconds(9.9);
            watch.Provider.WriteTakes = Seconds(9.9);
            watch.Run(offset).Fails(P);
            var bound = RecoveryBound.Of(TwoEndpoints, providerTimeout);
            watch.RunUntil(() => watch.Published()[0] == S, within: bound.ToAnswer.TotalSeconds, $"the failover (failed {offset} s later)");
        }
    }

    [Fact]
    public void A_vendor_that_answers_5xx_for_an_hour_is_told_once_and_what_comes_then_is_decided_anew()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var broken = true;
        watch.Provider.ReadFault = () => broken ? "HTTP 503" : null;
        watch.Provider.WriteFaults = () => broken ? WriteFault.Transient : WriteFault.None;
        watch.Fails(P).Run(1800);
        Assert.Equal("HTTP 503", watch.Lead.Trouble);
        var told = Assert.Single(watch.Alerts);
        Assert.Equal(AlertKind.Refused, told.Kind);
        Assert.Contains("cannot act", told.Next, StringComparison.Ordinal);

        watch.Works(P).Fails(S).Run(1800); // by the end of the hour, what was wanted at first would be wrong
        Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.Refused);
        broken = false;
        watch.Run(120);

        Assert.Empty(watch.Provider.Writes);
        Assert.Equal([P], watch.Published());
        Assert.Null(watch.Lead.Trouble);
        Assert.Contains(watch.Alerts, alert => alert.Kind == AlertKind.Recovered && alert.Title.Contains("can be read at dns again", StringComparison.Ordinal));
    }

    [Fact]
    public void After_an_hour_of_5xx_the_switch_that_is_still_right_is_made()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var broken = true;
        watch.Provider.WriteFaults = () => broken ? WriteFault.Transient : WriteFault.None;
        watch.Fails(P).Run(3600);
        var told = watch.Alerts.Count;
        Assert.Equal(1, told);

        broken = false;
        watch.Run(120);

        Assert.Equal([S], watch.Published());
        var intent = watch.Intents.Last();
        Assert.True(watch.Now - intent.At < Seconds(120), "it rests on proof of now, not of an hour ago");
        Assert.Single(watch.Provider.Writes);
    }

    [Fact]
    public void Two_records_where_one_is_expected_become_one()
    {
        var watch = Watch.Over(TwoEndpoints, P, S).Start().Run(30);

        Assert.Equal([P], watch.Published());
        Assert.Contains("standby (192.0.2.2) is not needed any more", watch.Intents.Single().Reason, StringComparison.Ordinal);
    }
}
