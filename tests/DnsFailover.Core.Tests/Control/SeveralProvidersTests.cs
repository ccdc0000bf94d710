using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>One name at two providers: they hold the same, and what can be reached serves what works.</summary>
public sealed class SeveralProvidersTests
{
    private static readonly ServiceDefinition AtBoth = TwoEndpoints with { AlsoAt = ["aws"] };

    [Fact]
    public void A_failover_reaches_both_and_is_told_once()
    {
        var (watch, aws) = Settled(AtBoth, P, P);

        watch.Fails(P).Run(10);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S], Published(aws));
        Assert.Single(watch.Provider.Writes);
        Assert.Single(aws.Writes);
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
        Assert.Equal([false, true], watch.Intents.Select(intent => intent.Follows));
    }

    [Fact]
    public void A_failback_reaches_both()
    {
        var (watch, aws) = Settled(AtBoth, P, P);
        watch.Fails(P).Run(10);

        watch.Works(P).Run(200);

        Assert.Equal([P], watch.Published());
        Assert.Equal([P], Published(aws));
        Assert.Equal(2, aws.Writes.Count);
    }

    [Fact]
    public void A_stranger_at_the_one_that_leads_does_not_keep_the_other_on_what_is_down()
    {
        var (watch, aws) = Settled(AtBoth, P, P);
        watch.Provider.Records[Name] = Holding("203.0.113.9");
        watch.Run(140); // it is noticed and left alone, and its hold-down has passed

        watch.Fails(P).Run(20);

        Assert.Equal([S], Published(aws));
        Assert.Equal(["203.0.113.9"], watch.Published());
        Assert.Contains(AlertKind.Failover, watch.AlertKinds);
    }

    [Fact]
    public void A_record_that_is_missing_at_the_one_that_leads_does_not_keep_a_dead_member_at_the_other()
    {
        var (watch, aws) = Settled(Service(Primary, Standby) with { Policy = Policy.Multivalue, AlsoAt = ["aws"] }, P, P);
        watch.Run(140);
        Assert.Equal([P, S], Published(aws));
        watch.Provider.Records[Name] = NameRecords.Create(Name, []);
        watch.Run(140);

        watch.Fails(P).Run(20);

        Assert.Equal([S], Published(aws));
        Assert.Empty(watch.Published());
    }

    [Theory]
    [InlineData(true)] // the first one declared, which leads
    [InlineData(false)]
    public void While_one_cannot_be_reached_the_other_serves_what_works_and_the_first_follows_later(bool firstIsGone)
    {
        var (watch, aws) = Settled(AtBoth, P, P);
        var (gone, reached) = firstIsGone ? (watch.Provider, aws) : (aws, watch.Provider);
        var broken = true;
        gone.ReadFault = () => broken ? "connection refused" : null;
        gone.WriteFaults = () => broken ? WriteFault.Transient : WriteFault.None;

        watch.Fails(P).Run(15);
        Assert.Equal([S], Published(reached));
        Assert.Equal([P], Published(gone));
        Assert.Equal(AlertKind.Failover, watch.Alerts[0].Kind);
        broken = false;
        watch.Run(120);

        Assert.Equal([S], Published(gone));
        Assert.Equal([S], Published(reached));
        Assert.Single(gone.Writes);
        Assert.Single(reached.Writes);
    }

    [Fact]
    public void The_switch_says_who_is_behind_and_why()
    {
        var (watch, _) = Settled(AtBoth, P, P);
        watch.Provider.ReadFault = () => "connection refused by 192.0.2.53:443";

        watch.Fails(P).Run(15);

        var alert = watch.Alerts.First(alert => alert.Kind == AlertKind.Failover);
        Assert.Contains("dns is behind and follows once it works (connection refused by 192.0.2.53:443)", alert.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_was_behind_does_not_take_the_name_back_even_when_failback_is_manual()
    {
        var (watch, aws) = Settled(AtBoth with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, P);
        var broken = true;
        watch.Provider.ReadFault = () => broken ? "connection refused" : null;
        watch.Fails(P).Run(15);
        watch.Works(P).Run(60); // what dns still holds works again

        broken = false;
        watch.Run(200);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S], Published(aws));
    }

    [Fact]
    public void After_a_restart_the_one_that_led_still_leads()
    {
        var (watch, aws) = Settled(AtBoth with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, P);
        var broken = true;
        watch.Provider.ReadFault = () => broken ? "connection refused" : null;
        watch.Fails(P).Run(15);
        watch.Crash();
        watch.Works(P);
        broken = false;

        watch.Restart().Run(200);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S], Published(aws));
    }

    [Fact]
    public void A_crash_between_the_two_writes_leaves_one_to_follow()
    {
        var (whole, _) = Settled(AtBoth, P, P);
        whole.Fails(P).Run(20);
        for (var effect = 0; effect <= whole.Effects.Count; effect++)
        {
            var (watch, aws) = Given(AtBoth, P, P);
            watch.CrashBefore = effect;
            watch.Start().Run(30).Fails(P).Run(20);
            watch.Restart().Run(60);

            Assert.True(watch.Published() is [S] && Published(aws) is [S], $"crash before effect {effect}\n{watch.Told()}");
            Assert.True(watch.Provider.Writes.Count == 1 && aws.Writes.Count == 1, $"crash before effect {effect}\n{watch.Told()}");
        }
    }

    [Fact]
    public void A_reply_that_is_lost_at_the_first_does_not_hold_up_the_second()
    {
        var (watch, aws) = Settled(AtBoth, P, P);
        var broken = false;
        watch.Provider.WriteFaults = () =>
        {
            broken = true;
            return WriteFault.LostReply;
        };
        watch.Provider.ReadFault = () => broken ? "no answer" : null;

        watch.Fails(P).Run(15);
        Assert.Equal([S], Published(aws));
        broken = false;
        watch.Run(120);

        Assert.Equal([S], watch.Published());
        Assert.Single(watch.Provider.Writes);
        Assert.Single(aws.Writes);
    }

    [Fact]
    public void What_they_hold_differently_at_the_start_is_made_the_same_as_at_the_first()
    {
        var (watch, aws) = Given(AtBoth with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, S);

        watch.Start().Run(60);

        Assert.Equal([P], watch.Published());
        Assert.Equal([P], Published(aws));
        Assert.Empty(watch.Provider.Writes);
    }

    [Fact]
    public void A_foreign_value_at_the_second_is_left_alone_and_told_once()
    {
        var (watch, aws) = Given(AtBoth, P, "203.0.113.77");

        watch.Start().Run(400);

        Assert.Equal(["203.0.113.77"], Published(aws));
        var alert = Assert.Single(watch.Alerts);
        Assert.Equal(AlertKind.Refused, alert.Kind);
        Assert.Equal("api.example.com is not the same at aws as at dns", alert.Title);
        Assert.Contains("203.0.113.77, which no endpoint declares", alert.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_comes_back_while_the_first_is_being_written_follows_what_comes_of_it()
    {
        var (watch, aws) = Given(AtBoth, P, S);
        var broken = true;
        aws.ReadFault = () => broken ? "connection refused" : null;
        watch.Start().Run(30);
        watch.Provider.WriteTakes = Seconds(20);
        watch.Fails(P).Run(10);
        Assert.Contains(watch.Story, line => line.Contains("apply", StringComparison.Ordinal));

        broken = false;
        watch.Run(200);

        Assert.Equal([S], watch.Published());
        Assert.Empty(aws.Writes); // it held that already
    }

    [Fact]
    public void Both_out_of_reach_is_told_and_both_follow_when_they_are_back()
    {
        var (watch, aws) = Settled(AtBoth, P, P);
        var broken = true;
        watch.Provider.ReadFault = aws.ReadFault = () => broken ? "no network" : null;

        watch.Fails(P).Run(60);
        Assert.Contains(AlertKind.Refused, watch.AlertKinds);
        broken = false;
        watch.Run(120);

        Assert.Equal([S], watch.Published());
        Assert.Equal([S], Published(aws));
    }

    [Fact]
    public void A_provider_that_is_added_follows_and_one_that_is_taken_away_is_left_as_it_is()
    {
        var (watch, aws) = Given(TwoEndpoints, P, S);
        watch.Start().Run(30);

        watch.Reload(AtBoth).Run(30);
        Assert.Equal([P], Published(aws));
        watch.Reload(TwoEndpoints).Fails(P).Run(30);

        Assert.Equal([S], watch.Published());
        Assert.Equal([P], Published(aws));
    }

    [Fact]
    public void A_write_that_the_first_refuses_is_still_made_at_the_second()
    {
        var (watch, aws) = Settled(AtBoth, P, P);
        watch.Provider.WriteFaults = () => WriteFault.Rejected;

        watch.Fails(P).Run(20);

        Assert.Equal([S], Published(aws));
        Assert.Equal([P], watch.Published());
        Assert.Contains(watch.Outcomes, outcome => outcome is { Provider: "aws", Result: ChangeResult.Verified, Lead: "aws" });
    }

    [Fact]
    public void What_was_switched_while_the_first_was_out_stays_also_when_the_daemon_stops_in_the_middle()
    {
        for (var effect = 0; ; effect++)
        {
            var (watch, aws) = Given(AtBoth with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, P);
            var broken = false;
            watch.Provider.ReadFault = () => broken ? "connection refused" : null;
            watch.Start().Run(30);
            broken = true;
            watch.CrashBefore = effect;
            watch.Fails(P).Run(15);
            if (watch.IsRunning && effect > watch.Effects.Count)
            {
                return;
            }

            var served = Published(aws);
            watch.Crash();
            watch.Works(P);
            broken = false;
            watch.Restart().Run(200);

            Assert.True(served is [P] || (Published(aws) is [S] && watch.Published() is [S]), $"crash before effect {effect}\n{watch.Told()}");
        }
    }

    [Fact]
    public void Another_controllers_mark_at_the_second_is_told_before_it_is_in_the_way_and_nothing_is_written_there()
    {
        var (watch, aws) = Given(AtBoth with { Owner = "blue" }, P, P);
        aws.Records[Name] = Holding(Name, Seconds(300), P) with { Owner = "green" }; // another TTL than declared, too

        watch.Start().Run(200);

        Assert.Empty(aws.Writes);
        var alert = Assert.Single(watch.Alerts);
        Assert.Equal("api.example.com would not follow at aws", alert.Title);
        Assert.Contains("'green'", alert.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_onAllDown_asks_for_is_the_same_at_both()
    {
        var (watch, aws) = Settled(AtBoth with { OnAllDown = OnAllDown.All }, P, P);

        watch.Fails(P, S).Run(200);

        Assert.Equal([P, S], watch.Published());
        Assert.Equal([P, S], Published(aws));
    }

    [Fact]
    public void The_switch_says_who_does_not_follow()
    {
        var (watch, _) = Given(AtBoth, P, "203.0.113.77");
        watch.Start().Run(700).Fails(P).Run(30);

        var alert = watch.Alerts.Single(alert => alert.Kind == AlertKind.Failover);
        Assert.StartsWith("aws does not follow (the A record of api.example.com holds 203.0.113.77, which no endpoint declares). Traffic returns", alert.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void With_three_the_last_one_that_can_be_reached_serves_what_works_and_the_others_follow()
    {
        var (watch, aws) = Given(TwoEndpoints with { AlsoAt = ["aws", "azure"], Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, P);
        var azure = watch.Others["azure"] = new TinyProvider();
        azure.Records[Name] = Holding(P);
        var broken = false;
        watch.Provider.ReadFault = aws.ReadFault = () => broken ? "connection refused" : null;
        watch.Start().Run(30);

        broken = true;
        watch.Fails(P).Run(20);
        Assert.Equal([S], Published(azure));
        broken = false;
        watch.Works(P).Run(200);

        Assert.All([watch.Provider, aws, azure], provider => Assert.Equal([S], Published(provider)));
        Assert.Single(watch.AlertKinds, AlertKind.Failover);
    }

    [Fact]
    public void Who_was_held_back_and_leads_now_is_no_longer_held_back()
    {
        var (watch, _) = Given(AtBoth, P, "203.0.113.77");
        watch.Start().Run(30);
        Assert.Contains("behind:aws", watch.Service.Conditions.Keys);

        watch.Restart().Reload(AtBoth with { Provider = "aws", AlsoAt = [] }).Run(60);

        Assert.DoesNotContain("behind:aws", watch.Service.Conditions.Keys);
    }

    [Fact]
    public void A_lead_that_is_out_of_reach_does_not_keep_the_name_from_being_moved_and_says_so()
    {
        var (watch, aws) = Settled(AtBoth, P, P);
        watch.Provider.ReadFault = () => "HTTP 503";
        watch.Run(300);

        var alert = Assert.Single(watch.Alerts);
        Assert.Equal("api.example.com cannot be changed at dns", alert.Title);
        Assert.Contains("If traffic has to move before, it is moved at aws.", alert.Next, StringComparison.Ordinal);
        watch.Fails(P).Run(15);
        Assert.Equal([S], Published(aws));
    }

    [Fact]
    public void Two_that_are_each_left_alone_in_part_do_not_pass_the_lead_to_and_fro()
    {
        var service = Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { AlsoAt = ["aws"] };
        var (watch, aws) = Settled(service, P, P);
        watch.Provider.Records[Name] = Holding(P, "2001:db8:ffff::9");
        aws.Records[Name] = Holding("203.0.113.9", P6);
        watch.Run(140);
        var (full, leads) = (true, new List<string>());
        watch.JournalFails = () => full; // so that nothing is written, however much has to move
        watch.Fails(P, P6);
        for (var second = 0; second < 60; second++)
        {
            leads.Add(watch.Run(1).Service.Lead);
        }

        Assert.Equal(["dns"], leads.Distinct());
        full = false;
        watch.Run(60);
        Assert.Equal([S], watch.Published());
        Assert.Equal([S6], aws.Of(Name)[RecordType.AAAA]!.Values.Select(value => value.Data));
    }

    [Fact]
    public void Who_turns_out_to_have_written_leads_again_and_the_other_follows_it()
    {
        var (watch, aws) = Settled(AtBoth, P, P);
        var lost = true;
        watch.Provider.WriteFaults = () => WriteFault.LostReply;
        watch.Provider.ReadFault = () => lost && watch.Provider.Writes.Count > 0 ? "connection refused" : null;
        aws.ReadTakes = Seconds(5);
        watch.Fails(P).RunUntil(() => watch.Service.Lead == "aws", within: 30, "the passing of the lead");
        lost = false;
        watch.Run(30);

        Assert.Equal("dns", watch.Service.Lead);
        Assert.Equal([S], Published(aws));
        Assert.Equal([false, true], watch.Intents.Select(intent => intent.Follows));
        Assert.Single(watch.AlertKinds, AlertKind.Failover);
    }

    [Fact]
    public void What_is_written_counts_as_a_switch_before_its_outcome()
    {
        var (watch, _) = Settled(AtBoth, P, P);
        watch.Fails(P).RunUntil(() => watch.Lead.Change is { Stage: Core.Control.ChangeStage.Verifying }, within: 30, "the verification");
        Assert.Empty(watch.Service.HoldDowns);
        Assert.Equal(watch.Now, watch.Service.SwitchedAt(RecordType.A, watch.Now));
        Assert.Null(watch.Service.SwitchedAt(RecordType.AAAA, watch.Now));
    }

    [Fact]
    public void What_was_switched_is_held_down_where_it_was_followed_although_its_own_outcome_is_not_known()
    {
        var (watch, aws) = SwitchedAndStopped(AtBoth with { MinActiveTime = Seconds(60) });
        var switchedAt = watch.Intents.Single(intent => !intent.Follows).At;

        watch.Fails(S).RunUntil(() => Published(aws) is [P], within: 90, "the second moving by itself");

        Assert.True(watch.Now - switchedAt >= Seconds(60), $"moved again after {watch.Now - switchedAt}\n{watch.Told()}");
        Assert.Equal(["dns", "aws"], watch.Intents.Where(intent => !intent.Follows).Select(intent => intent.Provider));
    }

    [Fact]
    public void What_was_switched_counts_for_the_budget_where_it_was_followed_although_its_own_outcome_is_not_known()
    {
        var (watch, aws) = SwitchedAndStopped(AtBoth with { MinActiveTime = Seconds(0), SwitchesPerHour = 1 });

        watch.Fails(S).Run(120);

        Assert.Equal([S], Published(aws));
        Assert.Contains(watch.Alerts, alert => alert.Reason.Contains("switchesPerHour is 1", StringComparison.Ordinal));
    }

    /// <summary>The first is switched and the second follows; the daemon is started again before an outcome, and cannot read the first any more.</summary>
    private static (Watch Watch, TinyProvider Aws) SwitchedAndStopped(ServiceDefinition service)
    {
        var (watch, aws) = Settled(service, P, P);
        watch.Run(60);
        var gone = false;
        watch.Provider.ReadFault = () => gone ? "connection refused" : null;
        watch.Fails(P).RunUntil(() => Published(aws) is [S], within: 30, "the second following");
        Assert.DoesNotContain(watch.Outcomes, outcome => outcome.Provider == "dns");
        watch.Crash();
        gone = true;
        watch.Works(P).Restart().RunUntil(() => watch.Service.IsWarm, within: 30, "verdicts");
        return (watch, aws);
    }

    private static (Watch Watch, TinyProvider Aws) Given(ServiceDefinition service, string atDns, string atAws)
    {
        var watch = Watch.Over(service, atDns);
        var aws = new TinyProvider();
        aws.Records[Name] = Holding(atAws);
        watch.Others["aws"] = aws;
        return (watch, aws);
    }

    private static (Watch Watch, TinyProvider Aws) Settled(ServiceDefinition service, string atDns, string atAws)
    {
        var (watch, aws) = Given(service, atDns, atAws);
        watch.Start().Run(30);
        return (watch, aws);
    }

    private static string[] Published(TinyProvider provider) => [.. provider.Of(Name)[RecordType.A]!.Values.Select(value => value.Data)];
}
