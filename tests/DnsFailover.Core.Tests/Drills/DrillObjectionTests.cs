using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

/// <summary>What stands against a drill, word by word, and from both sides of each limit.</summary>
public sealed class DrillObjectionTests
{
    private static readonly DnsName Other = DnsName.Parse("other.example.com");

    private static readonly ServiceDefinition Manual = TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) };

    [Fact]
    public void A_service_that_is_not_there()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        Assert.Equal("there is no service other.example.com", OperatorRules.Objection(watch.State, new OperatorCommand.Drill(Other, Live: false, Endpoint: null, "alice"), watch.Now));
        watch.Command(new OperatorCommand.Drill(Other, Live: false, Endpoint: null, Actor: null)).Run(5);
        Assert.DoesNotContain(watch.Journal, entry => entry is DrillEnded);
        watch.Provider.WriteTakes = Seconds(20);
        watch.Fails(P).Run(15).Reload(); // a change is under way, whose end is waited for
        Assert.Equal("there is no service api.example.com", watch.Objection());
        watch.Command(Asked(actor: null)).Run(60); // nor does its schedule ask for anything
        Assert.Null(watch.State.Drill);
    }

    [Fact]
    public void A_service_with_nowhere_to_go() => Same("""
        primary is the only endpoint of api.example.com, so that there is nowhere to go
        """, Watch.Settled(Service(Primary), P).Objection()!);

    [Fact]
    public void A_name_that_is_too_long_for_a_canary()
    {
        var name = DnsName.Parse(string.Join('.', Enumerable.Repeat(new string('a', 60), 3)) + "." + new string('a', 55));
        var watch = Watch.Over(TwoEndpoints with { Name = name }, P).Start().Run(30);
        string? Objection(bool live) => OperatorRules.Objection(watch.State, new OperatorCommand.Drill(name, live, Endpoint: null, "alice") { IsConfirmed = true }, watch.Now)?.Replace(name.ToString(), "…", StringComparison.Ordinal);

        Assert.Equal("dnsfailover-drill.… is too long for a name; set drill: {name: …} in failover.yaml", Objection(live: false));
        Assert.Null(Objection(live: true));
    }

    [Fact]
    public void A_drill_of_another_service_is_under_way()
    {
        var watch = Watch.Over([TwoEndpoints, TwoEndpoints with { Name = Other }], P);
        watch.Provider.Records[Other] = Holding(Other, Seconds(30), P);
        watch.Start().Run(30).Begin();

        Assert.Equal("drill 1 of api.example.com is under way, and there is one at a time; ask again when it has ended", OperatorRules.Objection(watch.State, new OperatorCommand.Drill(Other, Live: false, Endpoint: null, "alice"), watch.Now));
        Assert.Equal("drill 1 of api.example.com is under way, and there is one at a time; wait for its end", watch.Objection());
    }

    [Fact]
    public void Before_the_first_verdicts() => Assert.Equal("api.example.com is not watched for long enough yet: each endpoint gets its first verdict", Watch.Over(TwoEndpoints, P).Start().Objection());

    [Fact]
    public void While_the_records_are_not_known()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteFaults = () => WriteFault.Transient;
        watch.Fails(P).RunUntil(() => watch.Service.Live is null, 60, "a write that did not work");
        watch.Provider.ReadFault = () => "HTTP 503";
        Same("""
            the records of api.example.com are not known: HTTP 503
            """, watch.Run(30).Objection()!);
    }

    [Fact]
    public void While_a_provider_is_in_trouble()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P) } };
        Assert.Null(watch.Run(120).Objection());
        watch.Others["second"].ReadFault = () => "HTTP 503";
        Same("""
            second is in trouble (HTTP 503); mend that first
            """, watch.Run(120).Objection()!);
    }

    [Fact]
    public void While_a_change_is_under_way()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(9);
        Same("""
            a change of api.example.com is under way (Failover from primary (192.0.2.1) to standby (192.0.2.2)); ask again when it has ended
            """, watch.Fails(P).RunUntil(() => watch.Service.Change is not null, 30, "a change").Objection()!);
    }

    [Fact]
    public void While_it_is_frozen_forced_or_cannot_be_recorded()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze);
        Same("""
            api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release; nothing is written until then. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover thaw api.example.com`.
            """, watch.Objection()!);
        watch.TakesBack(OverrideKind.Freeze).Says(OverrideKind.Force, "primary");
        Same("""
            api.example.com is forced to primary by alice until 2026-03-01 13:00 UTC: release; it would not fail over. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`.
            """, watch.Objection()!);
        watch.TakesBack(OverrideKind.Force).JournalFails = () => true;
        Same("""
            the journal cannot be written, so that nothing of a drill of api.example.com would be durable; mend that first
            """, watch.Fails(S).Run(20).Objection()!);
    }

    [Fact]
    public void While_our_own_network_is_the_likely_fault()
    {
        var watch = Watch.Over(TwoEndpoints, P).Under(new FleetRules { SelfCheck = new SelfCheckRule(4, 2, Seconds(2), Seconds(5)) }).Start().Run(30);
        watch.Controls = [true, false, false, false];
        Same("""
            our own network is the likely fault of what fails (1 of 4 control targets answered, 2 are needed); nothing is written until that is over
            """, watch.Fails(P).Run(15).Objection()!);
    }

    [Theory]
    [InlineData(true, P)] // the other family is not there at all
    [InlineData(true, P, P6)]
    [InlineData(false, P, "203.0.113.9")]
    [InlineData(false, P, "2001:db8::9")]
    [InlineData(false, P, P6, "2001:db8::9")]
    public void Where_somebody_elses_values_are_served(bool may, params string[] holding)
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)), holding);

        Assert.Equal(may ? null : "api.example.com does not hold what its endpoints declare; `dnsfailover status api.example.com` says why", watch.Objection());
    }

    [Fact]
    public void No_standby_is_ready()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Fails(S).Run(30);
        Same("""
            no standby is ready: if primary were down, the A records would stay where they are (every endpoint is down; onAllDown: keep keeps the answer)
            """, watch.Objection()!);
        var group = Watch.Settled(Service(Endpoint("east", 0, P), Endpoint("west", 0, T), Standby), P, T).Fails(S).Run(30);
        Same("""
            no standby is ready: if east and west were all down, the A records would stay where they are (every endpoint is down; onAllDown: keep keeps the answer)
            """, group.Objection()!);
        var family = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Standby), P, P6);
        Same("""
            no standby is ready: if primary were down, the AAAA records would stay where they are (every endpoint is down; onAllDown: keep keeps the answer)
            """, family.Objection()!);
    }

    [Fact]
    public void A_family_that_only_the_endpoint_that_stays_up_has_is_not_in_the_way()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P), Endpoint("standby", 1, S, S6)), P, S6);

        Assert.Null(watch.Objection(endpoint: "standby"));
    }

    [Theory]
    [InlineData(10, 27, 5, null)] // twice the interval, the timeout and 5 s
    [InlineData(10, 27.1, 5, "no standby is ready: standby (192.0.2.2) passed 27.1 s ago, and that counts for 27 s")]
    [InlineData(60, 127, 5, null)]
    [InlineData(60, 127.1, 5, "no standby is ready: standby (192.0.2.2) passed 2 min 7 s ago, and that counts for 2 min 7 s")]
    public void A_standby_that_has_not_been_heard_of_for_long(double interval, double age, double other, string? expected)
    {
        var standby = Standby with { Timing = new ProbeTiming(Seconds(interval), Seconds(2), Seconds(1)) };
        var watch = Watch.Over(Service(Primary with { Timing = new ProbeTiming(Seconds(other), Seconds(1), Seconds(1)) }, standby), P).Start().Run(200);
        var last = watch.Service.Health[watch.Service.Definition.Target(S)].Last!.StartedAt;

        Assert.Equal(expected, OperatorRules.Objection(watch.State, Asked(), last + Seconds(age)));
    }

    [Theory]
    [InlineData(-60, -1, true)] // over
    [InlineData(-60, 1, false)]
    [InlineData(284, 600, false)]
    [InlineData(285, 600, true)] // not before a drill has ended, whatever happens
    public void Maintenance_soon(double from, double until, bool may)
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Plan(
            new Window(WindowKind.Failback, Name, null, watch.Now - Seconds(10), watch.Now + Seconds(600), "not this"),
            new Window(WindowKind.Maintenance, Other, null, watch.Now + Seconds(10), watch.Now + Seconds(600), "nor this"),
            new Window(WindowKind.Maintenance, Name, "standby", watch.Now + Seconds(from), watch.Now + Seconds(until), "patches"));

        Assert.Equal(may, watch.Objection(live: true) is null);
        Assert.Equal(from > 0 && !may ? "maintenance of standby begins at 2026-03-01 12:05 UTC, and a live drill may take 4 min 45 s" : watch.Objection(live: true), watch.Objection(live: true));
    }

    [Fact]
    public void Maintenance_of_the_whole_service_soon()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Plan(new Window(WindowKind.Maintenance, Name, null, watch.Now + Seconds(60), watch.Now + Seconds(600), "patches"));

        Assert.Equal("maintenance of api.example.com begins at 2026-03-01 12:01 UTC, and a live drill may take 4 min 45 s", watch.Objection(live: true));
    }

    [Fact]
    public void Without_a_window_it_is_said_how_long_users_are_away()
    {
        Same("""
            a live drill moves the users of api.example.com away and back, each time within 20 s and their TTL, and no window is set for it; say that you mean now with --yes
            """, Watch.Settled(TwoEndpoints, P).Objection(live: true, yes: false)!);
        Same("""
            a live drill moves the users of api.example.com away and back, each time within 40 s and their TTL, and no window is set for it; say that you mean now with --yes
            """, Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P).Objection(live: true, yes: false)!);
    }

    [Theory]
    [InlineData(0, 60, null)]
    [InlineData(-60, 0, "a live drill of api.example.com is made only within its windows, and the next one begins at 2026-03-01 13:00 UTC")]
    [InlineData(1, 60, "a live drill of api.example.com is made only within its windows, and the next one begins at 2026-03-01 12:00 UTC")]
    public void Only_within_its_windows(double from, double until, string? expected)
    {
        var watch = Watch.Settled(TwoEndpoints with { Drill = new DrillRule(Canary) { OnlyInWindows = true } }, P);
        watch.Plan(
            new Window(WindowKind.Drill, Name, null, Noon + Seconds(3600), Noon + Seconds(4000), "later"),
            new Window(WindowKind.Drill, Other, null, watch.Now - Seconds(10), watch.Now + Seconds(60), "another's"),
            new Window(WindowKind.Failback, Name, null, watch.Now - Seconds(10), watch.Now + Seconds(60), "another kind"),
            new Window(WindowKind.Drill, Name, null, watch.Now + Seconds(from), watch.Now + Seconds(until), "now"));

        Assert.Equal(expected, watch.Objection(live: true));
    }

    [Fact]
    public void A_drained_endpoint()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Says(OverrideKind.Drain, "third");
        Same("""
            third drained by alice until 2026-03-01 13:00 UTC: release; a live drill needs every endpoint. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover undrain api.example.com third`.
            """, watch.Objection(live: true)!);
        Assert.Null(watch.Objection());

        var both = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Drain, "standby").Fails(S).Run(30);
        Assert.StartsWith("standby drained by alice", both.Objection(live: true), StringComparison.Ordinal); // what is ended with one command goes first
        Assert.StartsWith("no standby is ready", both.Objection(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, P)]
    [InlineData(null, P, T)] // one of the group is enough
    [InlineData("api.example.com is not answered with its preferred endpoint (east (192.0.2.1)), but with standby (192.0.2.2); a live drill begins there", S)]
    public void Not_at_the_preferred_endpoint(string? expected, params string[] holding)
    {
        var group = Service(Endpoint("east", 0, P), Endpoint("west", 0, T), Standby) with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) };

        Assert.Equal(expected, Watch.Settled(group, holding).Objection(live: true));
    }

    [Fact]
    public void Served_by_both_the_preferred_and_the_standby() =>
        Assert.Null(Watch.Settled(Manual, P, S).Objection(live: true));

    [Fact]
    public void A_family_that_is_not_there_at_all_is_not_at_its_preferred_endpoint() =>
        Same("""
            api.example.com is not answered with its preferred endpoint (primary (2001:db8::1)), but with nothing; a live drill begins there
            """, Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)), P).Objection(live: true)!);

    [Fact]
    public void Who_would_join_again_too_late()
    {
        var watch = Watch.Settled(TwoEndpoints with { Policy = Policy.Multivalue }, P, S);
        var since = watch.Service.Health[watch.Service.Definition.Target(P)].Since;
        string? At(double seconds) => OperatorRules.Objection(watch.State, Asked(live: true), since + Seconds(seconds));

        Assert.Equal("primary (192.0.2.1) has been up for 20 s and joins again only after 1 min (failback delay); ask again in 40 s", At(20));
        watch.Run(45);
        Assert.NotNull(At(59.9));
        Assert.Null(At(60));
    }

    [Fact]
    public void Somebody_elses_change_that_is_not_settled()
    {
        var watch = Watch.Over(TwoEndpoints with { AlsoAt = ["second"], OnDrift = OnDrift.Pause }, P);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P) } };
        watch.Start().Run(60);
        watch.Others["second"].Records[Name] = Holding(S);
        watch.Run(120);
        Same("""
            somebody else has changed the records of api.example.com at second, which is not settled
            """, watch.Objection(live: true)!);
        Assert.Null(watch.Objection());
    }

    [Fact]
    public void A_change_that_not_every_name_server_answers_yet()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Fails(P).Run(30).Works(P);
        watch.VerificationFails = () => true;
        watch.Run(90);
        Assert.Equal(P, watch.Holds(Name));
        Same("""
            the last change of api.example.com is not answered by every name server of dns yet
            """, watch.Objection(live: true)!);
    }

    [Theory]
    [InlineData(P, P6)]
    [InlineData(S, P6)]
    [InlineData(P, S6)]
    public void A_provider_that_holds_something_else_than_the_one_that_leads(string four, string six)
    {
        var watch = Watch.Over(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { AlsoAt = ["second"], Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, P6);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(four, six) }, WriteFaults = () => WriteFault.Transient };
        watch.Start();
        var objection = watch.RunUntil(() => watch.Service.IsWarm && watch.Service.Copies.Values.All(copy => copy.Live is not null), 60, "all is known").Objection(live: true);

        Assert.Equal((four, six) == (P, P6) ? null : "second does not hold the same for api.example.com as the provider that leads", objection);
    }

    [Fact]
    public void Soon_after_a_move_and_with_the_switches_of_the_hour_used_up()
    {
        var watch = Watch.Settled(TwoEndpoints with { SwitchesPerHour = 5, MinActiveTime = Seconds(60) }, P);
        watch.Fails(P).Run(60).Works(P).Run(200);
        var moved = watch.Service.SwitchedAt(RecordType.A, watch.Now)!.Value;
        string? At(DateTimeOffset now) => OperatorRules.Objection(watch.State, Asked(live: true), now);
        watch.Run(0.1);

        Assert.Equal("api.example.com was moved 20 s ago and minActiveTime is 1 min; ask again in 40 s", At(moved + Seconds(20)));
        Assert.NotNull(At(moved + Seconds(59.9)));
        Assert.Null(At(watch.Now));
        Assert.Equal(2, watch.Service.Switches.Count);

        watch.Fails(P).Run(60).Works(P).Run(400);
        Assert.Equal(4, watch.Service.Switches.Count);
        var first = watch.Service.Switches[0].At;
        Same("""
            api.example.com has switched 4 times within the last hour, a drill switches it twice, and switchesPerHour is 5; ask again in 48 min 2 s
            """, At(watch.Now)!);
        Assert.Equal("api.example.com has switched 4 times within the last hour, a drill switches it twice, and switchesPerHour is 5; ask again in 2 s", At(first + Seconds(3598)));
        Assert.Null(watch.Run((first - watch.Now).TotalSeconds + 3600.01).Objection(live: true));
    }

    [Fact]
    public void A_budget_that_no_drill_fits_into()
    {
        Assert.Equal("api.example.com has switched 0 times within the last hour, a drill switches it twice, and switchesPerHour is 1", Watch.Settled(TwoEndpoints with { SwitchesPerHour = 1 }, P).Objection(live: true));
        Assert.Null(Watch.Settled(TwoEndpoints with { SwitchesPerHour = 2 }, P).Objection(live: true));
        var once = Watch.Settled(TwoEndpoints with { SwitchesPerHour = 2, Policy = Policy.Multivalue }, P, S).Run(60);
        once.Fails(S).Run(61);
        Same("""
            standby (192.0.2.2) has been up for 58.5 s and joins again only after 1 min (failback delay); ask again in 1.47 s
            """, OperatorRules.Objection(once.State, Asked(live: true, endpoint: "primary"), once.Now) ?? "nothing");
    }

    [Fact]
    public void One_switch_within_the_hour() =>
        Assert.Matches("^api.example.com has switched 1 time within the last hour, a drill switches it twice, and switchesPerHour is 2; ask again in ", Watch.Settled(TwoEndpoints with { SwitchesPerHour = 2 }, S).Run(200).Objection(live: true));

    [Fact]
    public void A_family_that_the_standby_has_already_is_not_in_the_way_of_the_other() =>
        Assert.Null(Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { Failback = Manual.Failback }, S, P6).Objection(endpoint: "standby"));

    [Fact]
    public void Where_all_that_work_are_served_none_is_preferred()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third) with { Policy = Policy.Multivalue }, P, S, T).Fails(P).Run(120);

        Assert.Equal($"{S} {T}", watch.Holds(Name));
        Assert.Null(watch.Objection(live: true));
    }

    [Fact]
    public void Where_everything_is_served_since_nothing_works_no_standby_is_ready()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnAllDown = OnAllDown.All, MinActiveTime = Seconds(1) }, P).Fails(P, S).Run(60);

        Assert.Equal($"{P} {S}", watch.Holds(Name));
        Assert.StartsWith("no standby is ready: if primary and standby were all down, the A records would stay where they are (", watch.Objection(live: true), StringComparison.Ordinal);
    }

    [Fact]
    public void How_long_an_endpoint_has_been_up_is_told_before_a_change_elsewhere()
    {
        var watch = Watch.Over(TwoEndpoints with { Policy = Policy.Multivalue, AlsoAt = ["second"], OnDrift = OnDrift.Pause }, P, S);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P, S) } };
        watch.Start().Run(70);
        watch.Others["second"].Records[Name] = Holding(S);
        watch.Run(120);

        Assert.StartsWith("somebody else has changed the records of api.example.com at second", watch.Objection(live: true), StringComparison.Ordinal);
        Assert.StartsWith("primary (192.0.2.1) has been up for ", OperatorRules.Objection(watch.State, Asked(live: true), watch.Service.Health[watch.Service.Definition.Target(P)].Since + Seconds(10)), StringComparison.Ordinal);
    }
}
