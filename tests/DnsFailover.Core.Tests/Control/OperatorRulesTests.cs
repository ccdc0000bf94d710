using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

public sealed class OperatorRulesTests
{
    private static readonly DnsName Unknown = DnsName.Parse("www.example.com");

    [Theory]
    [InlineData(OverrideKind.Force, "render", "api.example.com has no endpoint render; it has primary, standby")]
    [InlineData(OverrideKind.Drain, null, "it has to be said which endpoint: primary, standby")]
    [InlineData(OverrideKind.Freeze, "primary", "it is for the whole service, not for the endpoint primary")]
    [InlineData(OverrideKind.Approve, null, "failback of api.example.com is auto: traffic returns by itself, and nothing waits for approval")]
    public void What_cannot_be_meant_is_refused_with_what_can(OverrideKind kind, string? endpoint, string expected) =>
        Refused(Watch.Settled(TwoEndpoints, P), Said(kind, endpoint), expected);

    [Fact]
    public void Reason_actor_and_expiry_are_needed()
    {
        var (watch, said) = (Watch.Settled(TwoEndpoints, P), Said(OverrideKind.Force, "standby"));
        Refused(watch, said with { Reason = " " }, "a reason is needed");
        Refused(watch, said with { Actor = string.Empty }, "it has to be said who says so");
        Refused(watch, said with { Reason = "a\nb" }, "one line");
        Refused(watch, said with { Reason = new string('x', 501) }, "at most 500 characters");
        Refused(watch, said with { Until = watch.Now }, "it would end at 2026-03-01 12:00 UTC, which is over");
        Refused(watch, said with { Until = watch.Now + TimeSpan.FromDays(31) }, "31 d from now; the longest is 30 d");
        Refused(watch, said with { Service = Unknown }, "there is no service www.example.com; there are api.example.com");
        Refused(watch, said with { Service = null }, "only a freeze can be for all");
    }

    [Fact]
    public void What_is_frozen_or_drained_is_not_forced_and_what_is_forced_is_not_drained()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Says(OverrideKind.Freeze, ofAll: true);
        Refused(watch, Said(OverrideKind.Force, "standby"), "every service frozen by alice until 2026-03-01 13:00 UTC: release; thaw it first (`dnsfailover thaw all`)");
        watch.TakesBack(OverrideKind.Freeze, ofAll: true).Says(OverrideKind.Freeze);
        Refused(watch, Said(OverrideKind.Force, "standby"), "thaw it first (`dnsfailover thaw api.example.com`)");
        watch.TakesBack(OverrideKind.Freeze).Says(OverrideKind.Drain, "standby");
        Refused(watch, Said(OverrideKind.Force, "standby"), "undrain it first (`dnsfailover undrain api.example.com standby`)");
        watch.Says(OverrideKind.Force, "third");
        Refused(watch, Said(OverrideKind.Drain, "third"), "end that first (`dnsfailover release api.example.com`)");
        watch.TakesBack(OverrideKind.Force).Says(OverrideKind.Drain, "third");
        Refused(watch, Said(OverrideKind.Drain, "primary"), "primary is the last endpoint of api.example.com that is not drained");
        Refused(Watch.Settled(Service(Primary), P), Said(OverrideKind.Drain, "primary"), "primary is the only endpoint of api.example.com");
    }

    [Fact]
    public void Approval_needs_something_that_waits_for_it()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Approve, Seconds(60)) }, P);
        Refused(watch, Said(OverrideKind.Approve, endpoint: null), "nothing of api.example.com waits for approval");
    }

    [Fact]
    public void What_is_not_there_cannot_end()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Drain, "standby");
        Refused(watch, new OperatorCommand.End(OverrideKind.Force, Name, Endpoint: null, "done", "bob"), "api.example.com is not forced; there is: standby drained by alice until");
        Refused(watch, new OperatorCommand.End(OverrideKind.Drain, Name, "primary", "done", "bob"), "not draining primary");
        Refused(watch, new OperatorCommand.End(OverrideKind.Freeze, Service: null, Endpoint: null, "done", "bob"), "the daemon as a whole is not frozen");
        Refused(watch, new OperatorCommand.End(OverrideKind.Drain, Name, "standby", string.Empty, "bob"), "a reason is needed");
    }

    [Fact]
    public void There_is_an_end_to_how_many_there_are_but_one_can_always_be_replaced()
    {
        var endpoints = Enumerable.Range(0, OperatorRules.Most + 2).Select(number => Endpoint($"e{number}", number, $"192.0.2.{number % 250}"));
        var watch = Watch.Over(Service([.. endpoints.DistinctBy(endpoint => endpoint.Targets[0]), Endpoint("last", 900, "198.51.100.1")]), "192.0.2.0").Start().Run(40);
        for (var number = 1; number <= OperatorRules.Most; number++)
        {
            watch.Says(OverrideKind.Drain, $"e{number}", forSeconds: 20_000);
        }

        Refused(watch, Said(OverrideKind.Freeze, endpoint: null), "there are 200 overrides, and no more than that at one time");
        watch.Says(OverrideKind.Drain, "e1", forSeconds: 30_000);
    }

    [Fact]
    public void What_somebody_needs_for_longer_is_not_ended_by_the_way()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Says(OverrideKind.Drain, "standby", forSeconds: 7200);
        Refused(watch, Said(OverrideKind.Drain, "standby"), "standby drained by alice until 2026-03-01 14:00 UTC: release, which is longer; for it to end sooner, end it first (`dnsfailover undrain api.example.com standby`)");
        watch.Says(OverrideKind.Drain, "third").Says(OverrideKind.Drain, "standby", forSeconds: 9000); // another endpoint, and longer
        watch.Says(OverrideKind.Freeze, forSeconds: 7200);
        Refused(watch, Said(OverrideKind.Freeze, endpoint: null), "api.example.com is frozen by alice until 2026-03-01 14:00 UTC: release, which is longer");
        watch.TakesBack(OverrideKind.Freeze).Says(OverrideKind.Force, "primary", forSeconds: 7200);
        Refused(watch, Said(OverrideKind.Force, "primary"), "api.example.com is forced to primary by alice until 2026-03-01 14:00 UTC: release, which is longer");
    }

    [Fact]
    public void One_of_the_same_kind_takes_the_place_of_the_other()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Says(OverrideKind.Force, "standby").Run(2).Says(OverrideKind.Force, "third").Run(2);

        Assert.Equal([T], watch.Published());
        Assert.Equal("third", Assert.Single(watch.State.Overrides).Endpoint);
        Assert.Contains("It takes the place of: forced to standby by alice", watch.Alerts.Single(alert => alert.Title.Contains("forced to third", StringComparison.Ordinal)).Next, StringComparison.Ordinal);
        watch.Restart().Run(30);
        Assert.Equal("third", Assert.Single(watch.State.Overrides).Endpoint);
    }

    [Fact]
    public void An_override_of_a_service_that_a_reload_leaves_out_waits_for_it_and_expires_without_it()
    {
        var other = TwoEndpoints with { Name = Unknown };
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "standby", forSeconds: 300).Run(2).Reload(other).Run(60).Reload(TwoEndpoints).Run(60);
        Assert.Equal([S], watch.Published());

        watch.Reload(other).Run(300);
        Assert.Empty(watch.State.Overrides);
        Assert.Contains(watch.Alerts, alert => alert.Title == "api.example.com: no longer forced to standby");
    }

    [Fact]
    public void A_journal_of_before_there_were_overrides_is_taken_up_as_it_is()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(P).Run(30).Restart().Run(30);
        Assert.DoesNotContain(watch.Journal, entry => entry is OverrideBegan or OverrideEnded);
        Assert.Empty(watch.State.Overrides);
        Assert.Equal([S], watch.Published());
    }

    [Fact]
    public void Alerts_of_a_service_that_is_overridden_say_so_once()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Says(OverrideKind.Force, "primary").Run(2).Fails(S).Run(30);

        var alert = Assert.Single(watch.Alerts, alert => alert.Kind == AlertKind.RedundancyLost);
        Assert.EndsWith("In effect: forced to primary by alice until 2026-03-01 13:00 UTC: release.", alert.Next, StringComparison.Ordinal);
    }

    private static Override Said(OverrideKind kind, string? endpoint) => new(kind, Name, endpoint, "release", "alice", Noon, Noon + Seconds(3600));

    private static void Refused(Watch watch, Override said, string expected) => Refused(watch, new OperatorCommand.Begin(said), expected);

    private static void Refused(Watch watch, OperatorCommand command, string expected)
    {
        Assert.Contains(expected, OperatorRules.Objection(watch.State, command, watch.Now), StringComparison.Ordinal);
        var (before, effects) = (watch.State, watch.Effects.Count);
        watch.Command(command);
        Assert.Same(before.Overrides, watch.State.Overrides);
        Assert.Equal(effects, watch.Effects.Count);
    }
}
