using System.Collections.Immutable;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>Several words of operators hold at once, for several names: each counts for what it was said of, and no longer.</summary>
public sealed class WhoseWordTests
{
    private const string WwwPrimary = "192.0.2.10";

    private static readonly DnsName Www = DnsName.Parse("www.example.com");

    private static readonly ServiceDefinition ThreeEndpoints = Service(Primary, Standby, Third);

    private static readonly ServiceDefinition DualStack = Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6));

    [Fact]
    public void A_freeze_of_everything_says_so_also_when_more_was_said()
    {
        var watch = Two(ThreeEndpoints).Says(OverrideKind.Drain, "third").Says(OverrideKind.Freeze, ofAll: true).Fails(P).Run(30);
        Assert.Contains("Nothing is written until then, nor for any other name.", Refused(watch, Name).Single().Next, StringComparison.Ordinal);

        watch = Two(ThreeEndpoints).Says(OverrideKind.Drain, "third").Says(OverrideKind.Freeze).Fails(P).Run(30);
        Assert.Contains("Nothing is written until then. ", Refused(watch, Name).Single().Next, StringComparison.Ordinal);
    }

    [Fact]
    public void What_another_name_tells_besides_the_freeze_is_not_told_by_it()
    {
        // One that waits behind the freeze tells nothing of the others' troubles.
        var watch = Two(ThreeEndpoints).Says(OverrideKind.Freeze, ofAll: true).Fails(P).Run(30).Fails("192.0.2.11").Run(30);
        Assert.Contains(watch.Alerts, alert => alert.Kind == AlertKind.RedundancyLost && alert.Service == Www);

        // And another trouble of one is no word of the freeze.
        watch = Two(ThreeEndpoints).Says(OverrideKind.Freeze, ofAll: true).Fails(T).Run(30).Fails(WwwPrimary).Run(30);
        Assert.Single(Refused(watch, Www));

        // What is told by one is told for all, whatever else it has told.
        watch = Two(ThreeEndpoints).Says(OverrideKind.Freeze, ofAll: true).Fails(T).Run(30).Fails(P).Run(30).Fails(WwwPrimary).Run(30);
        Assert.Single(Refused(watch, Name));
        Assert.Empty(Refused(watch, Www));
    }

    [Fact]
    public void A_force_of_another_name_is_none_of_this_one()
    {
        var other = NetworkTests.Other("www", 1);
        var third = other with { Endpoints = [.. other.Endpoints, Endpoint("third", 2, "192.0.2.12")] };
        var watch = Two(TwoEndpoints, third);
        watch.Command(new OperatorCommand.Begin(new Override(OverrideKind.Force, Www, "third", "release", "alice", watch.Now, watch.Now + Seconds(3600)))).Run(30);
        Assert.DoesNotContain(AlertKind.Refused, watch.AlertKinds);
    }

    [Fact]
    public void A_drained_endpoint_that_is_not_declared_any_more_is_no_force_in_vain()
    {
        var watch = Watch.Settled(ThreeEndpoints, P).Says(OverrideKind.Drain, "third").Run(5).Reload(TwoEndpoints).Run(30);
        Assert.DoesNotContain(AlertKind.Refused, watch.AlertKinds);
    }

    [Fact]
    public void A_force_to_what_is_not_declared_any_more_is_told_and_its_end_only_once()
    {
        var watch = Watch.Settled(ThreeEndpoints, P).Says(OverrideKind.Force, "third").Run(60).Reload(TwoEndpoints).Run(60).TakesBack(OverrideKind.Force).Run(30);
        Told(watch, """
            Override | api.example.com: forced to third by alice until 2026-03-01 13:00 UTC | release | The name is answered with third at once and stays there whatever its health, which is watched as ever. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | to primary (192.0.2.1)
            Override | api.example.com moved from primary (192.0.2.1) to third (192.0.2.3) | forced to third by alice until 2026-03-01 13:00 UTC: release | It stays there, whatever its health. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | from primary (192.0.2.1) | to third (192.0.2.3)
            Refused | api.example.com: the force to third has no effect any more | api.example.com is forced to third by alice until 2026-03-01 13:00 UTC: release; but failover.yaml does not declare third | The ordinary rules hold, as if it had ended. Declare third again, or end the force with `dnsfailover release api.example.com`. | to undeclared (192.0.2.3)
            Shift | api.example.com shifted from undeclared (192.0.2.3) to primary (192.0.2.1) | 192.0.2.3 is live and is not declared any more; primary (192.0.2.1) is up | Nothing to do. | from undeclared (192.0.2.3) | to primary (192.0.2.1)
            Override | api.example.com: no longer forced to third | bob: done; it had been forced to third by alice until 2026-03-01 13:00 UTC: release | The ordinary rules hold again: traffic moves when they say so. | to primary (192.0.2.1) | 2 min
            """);
    }

    [Fact]
    public void An_approval_holds_until_every_family_is_back()
    {
        var watch = Watch.Settled(DualStack with { Failback = new FailbackRule(FailbackMode.Approve, Seconds(60)) }, P, P6).Fails(P, P6).Run(90);
        Assert.Equal([S6], watch.Published(RecordType.AAAA));
        watch.Works(P).Run(90).Works(P6).Run(20).Says(OverrideKind.Approve).Run(20); // the other family works again, but not for long enough
        Assert.Equal([P], watch.Published());
        Assert.Equal([S6], watch.Published(RecordType.AAAA));
        Assert.Single(watch.State.Overrides);

        watch.RunUntil(() => watch.Published(RecordType.AAAA) is [P6], within: 60, "the other family");
        watch.Run(1);
        Assert.Empty(watch.State.Overrides);
        Assert.Equal("traffic has returned", Assert.Single(watch.Journal.OfType<OverrideEnded>()).Reason);
    }

    [Fact]
    public void What_else_was_said_holds_on_after_an_approved_failback()
    {
        var watch = Watch.Settled(ThreeEndpoints with { Failback = new FailbackRule(FailbackMode.Approve, Seconds(60)) }, P).Fails(P).Run(90).Works(P).Run(90);
        watch.Says(OverrideKind.Drain, "third").Says(OverrideKind.Approve).RunUntil(() => watch.Published() is [P], within: 20, "the failback");
        watch.Run(1);
        Assert.Equal([OverrideKind.Drain], watch.State.Overrides.Select(said => said.Kind));
    }

    [Fact]
    public void A_change_is_named_by_what_leaves_a_failure()
    {
        var watch = Watch.Over(DualStack with { Create = true }, P).Fails(P).Start().Run(60);
        var intent = watch.Intents.First();
        Assert.Equal(2, intent.Change.Changes.Count);
        Assert.Equal(DecisionKind.Failover, intent.Decision);
        Assert.Equal([RecordType.A], intent.Switched);
    }

    [Fact]
    public void What_is_served_although_it_is_down_has_not_lost_its_traffic()
    {
        var watch = Watch.Settled(ThreeEndpoints with { OnAllDown = OnAllDown.All }, P).Fails(P, S, T).Run(60);
        Assert.Equal([P, S, T], watch.Published());
        Assert.Empty(watch.Intents.Single().Left);

        watch = Watch.Settled(ThreeEndpoints with { Policy = Policy.Multivalue }, P, S, T).Fails(S).Run(60);
        Assert.Equal([new EndpointTarget(RecordType.A, S)], watch.Intents.Single().Left);
    }

    /// <summary>The clock was wrong for a while: only what lies ahead counts as of now.</summary>
    [Fact]
    public void What_happened_before_the_clock_was_set_back_and_does_not_lie_ahead_keeps_its_time()
    {
        var watch = Watch.Settled(DualStack, P, P6);
        var (past, ahead) = (watch.Now - Seconds(20), watch.Now + Seconds(1000));
        var state = watch.State with
        {
            Services = watch.State.Services.SetItem(Name, watch.Service with
            {
                HoldDowns = [new HoldDown(RecordType.A, past), new HoldDown(RecordType.AAAA, ahead)],
                Switches = [new PastSwitch(past, DecisionKind.Failover, [RecordType.A]), new PastSwitch(ahead, DecisionKind.Failback, [RecordType.A])],
            }),
        };
        (state, _) = Controller.Step(state, new ControllerEvent.Observed(Observation(watch.Service.Definition.Target(P), Verdict.Fail, watch.Now)), watch.Now);
        Assert.Equal([past, watch.Now], state.Services[Name].HoldDowns.Select(hold => hold.SwitchedAt));
        Assert.Equal([past, watch.Now], state.Services[Name].Switches.Select(one => one.At));
    }

    private static IEnumerable<Alert> Refused(Watch watch, DnsName name) => watch.Alerts.Where(alert => alert.Kind == AlertKind.Refused && alert.Service == name);

    private static Watch Two(ServiceDefinition service, ServiceDefinition? other = null)
    {
        var services = ImmutableArray.Create(service, other ?? NetworkTests.Other("www", 1));
        var watch = Watch.Over([.. services], P);
        watch.Provider.Records[Www] = Holding(Www, Seconds(30), WwwPrimary);
        return watch.Start().Run(30);
    }
}
