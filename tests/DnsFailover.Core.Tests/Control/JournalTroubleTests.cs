using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Journal;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class JournalTroubleTests
{
    [Fact]
    public void Without_a_durable_intent_nothing_is_applied_and_afterwards_nothing_is_missing()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var full = true;
        watch.JournalFails = () => full;
        watch.Fails(P).Run(120);
        Assert.Empty(watch.Provider.Writes);
        Assert.Empty(watch.Alerts);

        full = false;
        watch.RunUntil(() => watch.Published()[0] == S, within: 8, "the failover");
        watch.Run(10);
        Assert.Single(watch.Journal.OfType<HealthChanged>(), entry => entry.To == Core.Health.HealthStatus.Down);
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
        Assert.Null(watch.Service.Unrecorded);
    }

    [Fact]
    public void What_of_the_whole_daemon_could_not_be_recorded_is_told_with_what_is_new_of_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var full = true;
        watch.JournalFails = () => full;
        watch.Post(Seconds(0), new ControllerEvent.ConfigurationRejected("line 3: no"));
        watch.Run(0.1);
        Assert.NotNull(watch.State.Unrecorded);
        full = false;
        watch.Post(Seconds(0), new ControllerEvent.ConfigurationRejected("line 4: no"));
        watch.Run(0.1);
        Assert.Equal(["line 3: no", "line 4: no"], watch.Alerts.Select(alert => alert.Reason));

        full = true;
        watch.Post(Seconds(0), new ControllerEvent.ConfigurationRejected("line 5: no"));
        watch.Run(0.1);
        full = false;
        var www = NetworkTests.Other("www", 1);
        watch.Provider.Records[www.Name] = Holding(www.Name, Seconds(30), "192.0.2.10");
        watch.Reload(TwoEndpoints, www).Run(0.5); // the records of the new name are asked for all the same
        Assert.Equal(["line 5: no", "failover.yaml changed"], watch.Alerts.Skip(2).Select(alert => alert.Reason));
        Assert.NotNull(watch.State.Services[www.Name].Live);
    }

    [Fact]
    public void The_order_of_what_happened_survives_a_failed_write()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(S).RunUntil(() => watch.Service.Health[TwoEndpoints.Target(S)].Fails == 2, within: 20, "the second failure");
        var fails = true;
        watch.JournalFails = () => fails; // "down" cannot be recorded, "up again" can, before the retry
        watch.RunUntil(() => watch.Service.Unrecorded is not null, within: 5, "the failed record");
        fails = false;
        var target = TwoEndpoints.Target(S);
        foreach (var after in new[] { 0.1, 0.2 })
        {
            watch.Post(Seconds(after), new ControllerEvent.Observed(Observation(target, Core.Health.Verdict.Pass, watch.Now)));
        }

        watch.Works(S).Run(10);
        var story = watch.Journal.Where(entry => entry is ConditionRaised or ConditionCleared).Select(entry => entry.GetType().Name);
        Assert.Equal([nameof(ConditionRaised), nameof(ConditionCleared)], story);
        Assert.Equal([AlertKind.RedundancyLost, AlertKind.Recovered], watch.AlertKinds);
        Assert.Empty(watch.Restart().Service.Conditions);
    }

    [Fact]
    public void An_outcome_that_could_not_be_recorded_is_recorded_later_with_its_alert()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).RunUntil(() => watch.Effects[^1] == "verify", within: 20, "the verification");
        var full = true;
        watch.JournalFails = () => full;
        watch.Run(3);
        Assert.Empty(watch.Outcomes);

        full = false;
        watch.Run(6);
        Assert.Equal(ChangeResult.Verified, watch.Outcomes.Single().Result);
        Assert.Equal([AlertKind.Failover], watch.AlertKinds);
    }

    [Fact]
    public void A_rejected_reload_is_told_even_when_the_journal_failed_at_that_moment()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var full = true;
        watch.JournalFails = () => full;
        watch.Post(TimeSpan.Zero, new ControllerEvent.ConfigurationRejected("failover.yaml:3:5: unknown key 'enpoints'"));
        watch.Run(3);
        full = false;
        watch.Run(10);

        Assert.Equal([AlertKind.ReloadRejected], watch.AlertKinds);
        Assert.False(Assert.Single(watch.Journal.OfType<ConfigurationChanged>()).Accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // what is of the daemon as a whole
    public void A_journal_that_fails_for_hours_keeps_the_newest_of_what_it_owes(bool ofAll)
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        for (var hour = 0; hour < 3; hour++)
        {
            var failed = Enumerable.Range(hour * 90, 90).Select(number => $"{number}").ToList();
            watch.Post(TimeSpan.Zero, new ControllerEvent.JournalFailed(
                ofAll ? null : Name,
                failed.Select(JournalEntry (reason) => new ConditionCleared { At = Noon, Service = ofAll ? null : Name, Cause = "x", Reason = reason }).ToValueList(),
                failed.Select(reason => new Alert { Kind = AlertKind.Recovered, At = Noon, Title = reason, Reason = reason, Next = "Nothing." }).ToValueList(),
                "the disk is full"));
        }

        watch.JournalFails = () => true;
        watch.Run(1);

        var owed = (ofAll ? watch.State.Unrecorded : watch.Service.Unrecorded)!;
        var newest = Enumerable.Range(70, 200).Select(number => $"{number}").ToList();
        Assert.Equal(newest, owed.Entries.Select(entry => entry.Sentence));
        Assert.Equal(newest, owed.Alerts.Select(alert => alert.Title));

        watch.JournalFails = () => false;
        watch.Run(6);
        Assert.Null(ofAll ? watch.State.Unrecorded : watch.Service.Unrecorded);
        Assert.Equal(newest, watch.Journal.OfType<ConditionCleared>().Select(entry => entry.Reason));
    }

    [Fact]
    public void However_much_comes_and_goes_while_the_disk_is_full_no_outcome_no_override_and_no_switch_is_lost()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).RunUntil(() => watch.Effects[^1] == "verify", within: 20, "the verification");
        var full = true;
        watch.JournalFails = () => full;
        watch.Run(1);
        var flapping = Enumerable.Range(0, 500).Select(number => $"{number}").ToList();
        watch.Post(TimeSpan.Zero, new ControllerEvent.JournalFailed(
            Name,
            flapping.Select(JournalEntry (reason) => new ConditionCleared { At = Noon, Service = Name, Cause = "x", Reason = reason }).ToValueList(),
            flapping.Select(reason => new Alert { Kind = AlertKind.Recovered, At = Noon, Title = reason, Reason = reason, Next = "Nothing." }).ToValueList(),
            "the disk is full"));
        watch.Run(1);
        full = false;
        watch.Run(10);

        Assert.Equal(ChangeResult.Verified, watch.Outcomes.Single().Result);
        Assert.Equal("499", watch.Journal.OfType<ConditionCleared>().Last(entry => entry.Cause == "x").Reason);
        Assert.Single(watch.AlertKinds, AlertKind.Failover);
        Assert.Equal("499", watch.Alerts[^1].Title);
        Assert.InRange(watch.Journal.OfType<ConditionCleared>().Count(entry => entry.Cause == "x"), 190, 199);
    }
}
