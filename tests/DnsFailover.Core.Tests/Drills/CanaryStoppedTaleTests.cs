using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

/// <summary>What a drill of the canary tells when it is stopped in the middle, word by word.</summary>
public sealed class CanaryStoppedTaleTests
{
    [Fact]
    public void A_freeze_before_anything_was_written_ends_it_at_once()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.Says(OverrideKind.Freeze).Run(10).Tells("""
            +0 ms FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            +0 ms FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0 s, from primary (192.0.2.1) to nowhere
            api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            Run it again when that has ended.
            """);
        Assert.Empty(watch.Writes());
    }

    [Fact]
    public void A_freeze_during_the_first_write_waits_for_its_answer_and_brings_it_back()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(3);
        watch.Begin().Run(1).Says(OverrideKind.Freeze).Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +1 s FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            +3.02 s dns has taken it
            +3.02 s it returns to primary (192.0.2.1)
            +3.04 s read at dns: A 192.0.2.1
            +3.04 s FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 3.04 s, from primary (192.0.2.1) to nowhere
            api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            Run it again when that has ended.
            """);
    }

    [Fact]
    public void A_freeze_when_one_of_two_providers_has_been_written_brings_it_back()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider { ReadTakes = Seconds(5) };
        watch.Begin().Run(1).Says(OverrideKind.Freeze).Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +1 s FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            +1 s it returns to primary (192.0.2.1)
            +1.02 s read at dns: A 192.0.2.1
            +6 s read at second: nothing
            +6 s write at second: A (none) → 192.0.2.1, TTL 30
            +6.05 s second has taken it
            +6.15 s every name server of second answers it: both name servers answer it
            +6.15 s FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 6.15 s, from primary (192.0.2.1) to nowhere
            - return: 5.15 s (at most 40 s) | back to primary (192.0.2.1)
            api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            Run it again when that has ended.
            """);
    }

    [Fact]
    public void A_freeze_on_the_way_out() => Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S).Says(OverrideKind.Freeze).Ends().Tells("""
        +20 ms read at dns: nothing
        +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
        +70 ms dns has taken it
        +170 ms every name server of dns answers it: both name servers answer it
        +190 ms read at dns: A 192.0.2.1
        +210 ms standby (192.0.2.2): status 200 in 40 ms
        +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
        +260 ms dns has taken it
        +260 ms FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
        +260 ms it returns to primary (192.0.2.1)
        +280 ms read at dns: A 192.0.2.2
        +280 ms write at dns: A 192.0.2.2 → 192.0.2.1
        +330 ms dns has taken it
        +430 ms every name server of dns answers it: both name servers answer it
        +430 ms FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
        drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.43 s, from primary (192.0.2.1) to standby (192.0.2.2)
        - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
        - read at dns: 20 ms (at most 10 s) | the records were read
        - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
        - verify at dns: not done: nothing was verified | nothing was verified
        - answered: not done (at most 20 s): all of this together | all of this together
        - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
        api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
        Run it again when that has ended.
        """);

    [Fact]
    public void A_freeze_on_the_way_back_changes_nothing()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Until(DrillLeg.Return).Says(OverrideKind.Freeze).Ends();

        Assert.Equal((DrillResult.Passed, P), (watch.Report().Result, watch.Holds(Canary)));
    }

    [Fact]
    public void A_standby_that_fails_the_fresh_probe() => Watch.Settled(TwoEndpoints, P).Fails(S).Begin().Ends().Tells("""
        +20 ms read at dns: nothing
        +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
        +70 ms dns has taken it
        +170 ms every name server of dns answers it: both name servers answer it
        +190 ms read at dns: A 192.0.2.1
        +370 ms standby (192.0.2.2): connection refused by 192.0.2.2:443
        +370 ms FAIL: standby (192.0.2.2) did not pass the fresh probe that was made for this drill: connection refused by 192.0.2.2:443
        +370 ms it returns to primary (192.0.2.1)
        +390 ms read at dns: A 192.0.2.1
        +390 ms FAIL: standby (192.0.2.2) did not pass the fresh probe that was made for this drill: connection refused by 192.0.2.2:443
        drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.39 s, from primary (192.0.2.1) to nowhere
        - decide: not done (at most 10 s): standby (192.0.2.2): connection refused by 192.0.2.2:443 | standby (192.0.2.2): connection refused by 192.0.2.2:443
        - read at dns: 20 ms (at most 10 s) | the records were read
        - write at dns: not done (at most 10 s): nothing was written | nothing was written
        - verify at dns: not done: nothing was verified | nothing was verified
        - answered: not done (at most 20 s): all of this together | all of this together
        standby (192.0.2.2) did not pass the fresh probe that was made for this drill: connection refused by 192.0.2.2:443
        Mend the standby: in an outage the name would not be moved there.
        """);

    [Fact]
    public void A_fresh_probe_that_says_nothing_is_no_proof() => Watch.Settled(TwoEndpoints, P).CannotBeReachedFromHere(S).Begin().Ends().Reports("""
        drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.39 s, from primary (192.0.2.1) to nowhere
        - decide: not done (at most 10 s): standby (192.0.2.2): no route from here | standby (192.0.2.2): no route from here
        - read at dns: 20 ms (at most 10 s) | the records were read
        - write at dns: not done (at most 10 s): nothing was written | nothing was written
        - verify at dns: not done: nothing was verified | nothing was verified
        - answered: not done (at most 20 s): all of this together | all of this together
        standby (192.0.2.2) did not pass the fresh probe that was made for this drill: no route from here
        Mend the standby: in an outage the name would not be moved there.
        """);

    [Fact]
    public void A_fresh_probe_that_is_never_answered()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.PassTakes = Seconds(400);
        watch.Begin().Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +1 min 35 s FAIL: it was not moved within 1 min 35 s (dns)
            +1 min 35 s it returns to primary (192.0.2.1)
            +1 min 35 s read at dns: A 192.0.2.1
            +1 min 35 s FAIL: it was not moved within 1 min 35 s (dns)
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 95.19 s, from primary (192.0.2.1) to nowhere
            - decide: not done (at most 10 s): standby (192.0.2.2): no answer | standby (192.0.2.2): no answer
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: not done (at most 10 s): nothing was written | nothing was written
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            it was not moved within 1 min 35 s (dns)
            Mend that, and run it again.
            """);
    }

    [Fact]
    public void A_standby_that_goes_down_before_it_is_its_turn()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(P);
        watch.Provider.ReadTakes = Seconds(25);
        watch.Until(DrillLeg.Away);
        watch.Provider.ReadTakes = Seconds(0.02);
        watch.Run(1).Fails(S).Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +10.5 s FAIL: primary (192.0.2.1) is down: 1 failure, last: assumed for a drill; no endpoint is proven to work: standby (192.0.2.2) is up, but 1 failure, last: connection refused by 192.0.2.2:443
            +11.5 s it returns to primary (192.0.2.1)
            +11.5 s read at dns: A 192.0.2.1
            +11.5 s FAIL: primary (192.0.2.1) is down: 1 failure, last: assumed for a drill; no endpoint is proven to work: standby (192.0.2.2) is up, but 1 failure, last: connection refused by 192.0.2.2:443
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 11.494 s, from primary (192.0.2.1) to nowhere
            - decide: not done (at most 10 s): standby (192.0.2.2): status 200 in 40 ms | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: not done (at most 10 s): the records were read | the records were read
            - write at dns: not done (at most 10 s): nothing was written | nothing was written
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            primary (192.0.2.1) is down: 1 failure, last: assumed for a drill; no endpoint is proven to work: standby (192.0.2.2) is up, but 1 failure, last: connection refused by 192.0.2.2:443
            It moves as soon as one of them passes its probes.
            """);
    }

    [Fact]
    public void Our_own_network_in_the_middle()
    {
        var watch = Watch.Over(TwoEndpoints, P).Under(new FleetRules { SelfCheck = new SelfCheckRule(4, 2, Seconds(2), Seconds(5)) }).Start().Run(30);
        watch.Controls = [true, false, false, false];
        watch.Begin().Run(300).Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +204 ms FAIL: our own network became the likely fault of what fails (1 of 4 control targets answered, 2 are needed)
            +204 ms it returns to primary (192.0.2.1)
            +224 ms read at dns: A 192.0.2.1
            +224 ms FAIL: our own network became the likely fault of what fails (1 of 4 control targets answered, 2 are needed)
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.224 s, from primary (192.0.2.1) to nowhere
            - decide: not done (at most 10 s): standby (192.0.2.2): no answer | standby (192.0.2.2): no answer
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: not done (at most 10 s): nothing was written | nothing was written
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            our own network became the likely fault of what fails (1 of 4 control targets answered, 2 are needed)
            Run it again when that is over.
            """);
    }

    [Fact]
    public void A_reload_that_changes_the_endpoints() => Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S).Run(0.1).Reload(Service(Primary, Standby, Third)).Ends().Tells("""
        +20 ms read at dns: nothing
        +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
        +70 ms dns has taken it
        +170 ms every name server of dns answers it: both name servers answer it
        +190 ms read at dns: A 192.0.2.1
        +210 ms standby (192.0.2.2): status 200 in 40 ms
        +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
        +260 ms dns has taken it
        +360 ms every name server of dns answers it: both name servers answer it
        +360 ms it returns to primary (192.0.2.1)
        +360 ms FAIL: failover.yaml was changed in the middle of it
        +360 ms it returns to primary (192.0.2.1)
        +380 ms read at dns: A 192.0.2.2
        +380 ms write at dns: A 192.0.2.2 → 192.0.2.1
        +430 ms dns has taken it
        +530 ms every name server of dns answers it: both name servers answer it
        +530 ms FAIL: failover.yaml was changed in the middle of it
        drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.53 s, from primary (192.0.2.1) to standby (192.0.2.2)
        - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
        - read at dns: 20 ms (at most 10 s) | the records were read
        - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
        - verify at dns: 100 ms | both name servers answer it
        - answered: 190 ms (at most 20 s) | all of this together
        - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
        failover.yaml was changed in the middle of it
        Run it again.
        """);

    [Fact]
    public void A_reload_that_changes_the_providers()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P) } };
        watch.Begin().UntilCanaryHolds(S).Run(0.1).Reload(TwoEndpoints with { AlsoAt = ["second"] }).Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns has taken it
            +360 ms every name server of dns answers it: both name servers answer it
            +360 ms it returns to primary (192.0.2.1)
            +360 ms FAIL: failover.yaml was changed in the middle of it
            +360 ms it returns to primary (192.0.2.1)
            +380 ms read at dns: A 192.0.2.2
            +380 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +380 ms read at second: nothing
            +380 ms write at second: A (none) → 192.0.2.1, TTL 30
            +430 ms dns has taken it
            +430 ms second has taken it
            +530 ms every name server of dns answers it: both name servers answer it
            +530 ms every name server of second answers it: both name servers answer it
            +530 ms FAIL: failover.yaml was changed in the middle of it
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.53 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
            failover.yaml was changed in the middle of it
            Run it again.
            """);
    }

    [Fact]
    public void A_reload_that_changes_neither_is_nothing_to_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S).Reload(TwoEndpoints with { Ttl = Seconds(60) }).Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
    }

    [Fact]
    public void A_reload_while_it_is_being_written_waits_for_the_answer()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(3);
        watch.Begin().Run(1).Reload(Service(Primary, Standby, Third)).Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +3.02 s dns has taken it
            +3.02 s FAIL: failover.yaml was changed in the middle of it
            +3.02 s it returns to primary (192.0.2.1)
            +3.04 s read at dns: A 192.0.2.1
            +3.04 s FAIL: failover.yaml was changed in the middle of it
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 3.04 s, from primary (192.0.2.1) to nowhere
            failover.yaml was changed in the middle of it
            Run it again.
            """);
    }

    [Fact]
    public void A_reload_after_which_home_is_another_value()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
        watch.Begin().UntilCanaryHolds(S).Run(0.1);
        watch.Provider.Records[Name] = Holding(T);
        watch.Reload(Service(Endpoint("primary", 0, T), Standby)).Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns has taken it
            +360 ms every name server of dns answers it: both name servers answer it
            +360 ms it returns to primary (192.0.2.1)
            +360 ms FAIL: failover.yaml was changed in the middle of it
            +360 ms it returns to 192.0.2.1
            +1.58 s read at dns: A 192.0.2.2
            +1.58 s write at dns: A 192.0.2.2 → 192.0.2.3
            +1.63 s dns has taken it
            +1.73 s every name server of dns answers it: both name servers answer it
            +1.73 s FAIL: failover.yaml was changed in the middle of it
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 1.727 s, from primary (192.0.2.3) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: 1.37 s (at most 20 s) | back to primary (192.0.2.3)
            failover.yaml was changed in the middle of it
            Run it again.
            """);
        Assert.Equal(T, watch.Holds(Canary));
    }

    [Fact]
    public void Where_nothing_that_is_declared_is_held_it_stays_where_it_is()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S);
        watch.Crash();
        watch.Redeclare(Service(Endpoint("primary", 0, T), Endpoint("standby", 1, "192.0.2.4"))).Restart().Ends().Tells("""
            the daemon was started again in the middle of it
            +1 min 37 s FAIL: the daemon was stopped in the middle of it
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 97.26 s, from 192.0.2.1 to nowhere
            the daemon was stopped in the middle of it
            Run it again.
            """);
    }

    [Fact]
    public void A_service_that_is_not_declared_any_more() => Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S).Run(0.1).Reload().Run(1).Tells("""
        +20 ms read at dns: nothing
        +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
        +70 ms dns has taken it
        +170 ms every name server of dns answers it: both name servers answer it
        +190 ms read at dns: A 192.0.2.1
        +210 ms standby (192.0.2.2): status 200 in 40 ms
        +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
        +260 ms dns has taken it
        +360 ms every name server of dns answers it: both name servers answer it
        +360 ms it returns to primary (192.0.2.1)
        +360 ms FAIL: api.example.com is not declared any more
        +360 ms FAIL: api.example.com is not declared any more
        drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.36 s, from primary (192.0.2.1) to standby (192.0.2.2)
        - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
        - read at dns: 20 ms (at most 10 s) | the records were read
        - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
        - verify at dns: 100 ms | both name servers answer it
        - answered: 190 ms (at most 20 s) | all of this together
        api.example.com is not declared any more
        dnsfailover-drill.api.example.com stays as it is.
        """);

    [Fact]
    public void A_service_that_is_not_declared_any_more_while_it_is_being_written()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(3);
        watch.Begin().Run(1).Reload().Run(1);
        Assert.NotNull(watch.State.Drill); // its answer is waited for
        watch.Run(60).Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +3.02 s dns has taken it
            +3.02 s FAIL: api.example.com is not declared any more
            +3.02 s FAIL: api.example.com is not declared any more
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 3.02 s, from primary (192.0.2.1) to nowhere
            api.example.com is not declared any more
            dnsfailover-drill.api.example.com stays as it is.
            """);
    }

    [Fact]
    public void A_restart_in_the_middle() => Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S).Restart().Ends().Tells("""
        the daemon was started again in the middle of it
        +3.59 s read at dns: A 192.0.2.2
        +3.59 s write at dns: A 192.0.2.2 → 192.0.2.1
        +3.64 s dns has taken it
        +3.74 s every name server of dns answers it: both name servers answer it
        +3.74 s FAIL: the daemon was stopped in the middle of it
        drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 3.744 s, from primary (192.0.2.1) to nowhere
        - return: 1.48 s (at most 20 s) | back to primary (192.0.2.1)
        the daemon was stopped in the middle of it
        Run it again.
        """);

    [Fact]
    public void A_restart_before_anything_was_written() => Watch.Settled(TwoEndpoints, P).Begin().Restart().Ends().Tells("""
        the daemon was started again in the middle of it
        +3.33 s read at dns: nothing
        +3.33 s write at dns: A (none) → 192.0.2.1, TTL 30
        +3.38 s dns has taken it
        +3.48 s every name server of dns answers it: both name servers answer it
        +3.48 s FAIL: the daemon was stopped in the middle of it
        drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 3.484 s, from primary (192.0.2.1) to nowhere
        - return: 1.48 s (at most 20 s) | back to primary (192.0.2.1)
        the daemon was stopped in the middle of it
        Run it again.
        """);

    [Fact]
    public void After_a_restart_with_another_value_it_returns_to_what_the_service_holds()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S);
        watch.Crash();
        watch.Provider.Records[Name] = Holding(T);
        watch.Redeclare(Service(Endpoint("primary", 0, T), Standby)).Restart().Ends().Tells("""
            the daemon was started again in the middle of it
            +3.59 s read at dns: A 192.0.2.2
            +3.59 s write at dns: A 192.0.2.2 → 192.0.2.3
            +3.64 s dns has taken it
            +3.74 s every name server of dns answers it: both name servers answer it
            +3.74 s FAIL: the daemon was stopped in the middle of it
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 3.744 s, from primary (192.0.2.3) to nowhere
            - return: 1.48 s (at most 20 s) | back to primary (192.0.2.3)
            the daemon was stopped in the middle of it
            Run it again.
            """);
        Assert.Equal(T, watch.Holds(Canary));
    }

    [Fact]
    public void After_a_restart_without_verdicts_it_does_not_wait_for_ever()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S);
        watch.PassTakes = Seconds(1000);
        watch.Restart().Ends().Tells("""
            the daemon was started again in the middle of it
            +1 min 37 s it did not come back within 1 min 35 s (dns)
            +1 min 37 s FAIL: the daemon was stopped in the middle of it
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 97.26 s, from primary (192.0.2.1) to nowhere
            the daemon was stopped in the middle of it
            Run it again.
            """);
    }
}
