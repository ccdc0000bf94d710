using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What a person is told of what operators say and what is planned, of our own network and of certificates, word by word.</summary>
public sealed class OperatorSentenceTests
{
    [Fact]
    public void A_name_that_is_forced_and_let_go()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "standby").Run(5).TakesBack(OverrideKind.Force).Run(90);
        Told(watch, """
            Override | api.example.com: forced to standby by alice until 2026-03-01 13:00 UTC | release | The name is answered with standby at once and stays there whatever its health, which is watched as ever. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | to primary (192.0.2.1)
            Override | api.example.com moved from primary (192.0.2.1) to standby (192.0.2.2) | forced to standby by alice until 2026-03-01 13:00 UTC: release | It stays there, whatever its health. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | from primary (192.0.2.1) | to standby (192.0.2.2)
            Override | api.example.com: no longer forced to standby | bob: done; it had been forced to standby by alice until 2026-03-01 13:00 UTC: release | The ordinary rules hold again: traffic moves when they say so. | to standby (192.0.2.2) | 5 s
            Failback | api.example.com failed back from standby (192.0.2.2) to primary (192.0.2.1) | primary (192.0.2.1) has been up for 1 min 29 s (failback delay 1 min) | Nothing to do. Every endpoint is watched as before. | from standby (192.0.2.2) | to primary (192.0.2.1)
            """);
        Recorded(watch, """
            alice: forced to standby until 2026-03-01 13:00 UTC: release
            Forced from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): forced to standby by alice until 2026-03-01 13:00 UTC: release
            change 5 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            bob: no longer forced to standby: done
            Failback from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): primary (192.0.2.1) has been up for 1 min 29 s (failback delay 1 min)
            change 8 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void A_name_that_is_forced_to_what_is_down_and_lacks_a_family() =>
        Told(Watch.Settled(Service(Endpoint("primary", 0, P, P6), Standby), P, P6).Fails(S).Run(20).Says(OverrideKind.Force, "standby").Run(5), """
            RedundancyLost | api.example.com has lost redundancy: standby (192.0.2.2) is down | standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | Traffic is not affected. Mend the endpoint before it is needed. | to primary (192.0.2.1), primary (2001:db8::1)
            Override | api.example.com: forced to standby by alice until 2026-03-01 13:00 UTC | release | The name is answered with standby at once and stays there whatever its health, which is watched as ever. Mind that standby (192.0.2.2) is down: 4 failures in a row, last: connection refused by 192.0.2.2:443. It has no AAAA value, so the AAAA records stay as they are. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | to primary (192.0.2.1), primary (2001:db8::1)
            Override | api.example.com moved from primary (192.0.2.1) to standby (192.0.2.2) | forced to standby by alice until 2026-03-01 13:00 UTC: release | It stays there, whatever its health. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | from primary (192.0.2.1) | to standby (192.0.2.2)
            Refused | api.example.com is forced to standby, which is down | standby (192.0.2.2) is down: 4 failures in a row, last: connection refused by 192.0.2.2:443; primary (192.0.2.1) works, but the name is forced to standby by alice until 2026-03-01 13:00 UTC: release | The daemon leaves it there, as it was told. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | to standby (192.0.2.2), primary (2001:db8::1)
            """);

    [Fact]
    public void One_force_in_the_place_of_another() =>
        Told(Watch.Settled(Service(Primary, Standby, Third), P).Says(OverrideKind.Force, "standby").Run(5).Says(OverrideKind.Force, "third").Run(5), """
            Override | api.example.com: forced to standby by alice until 2026-03-01 13:00 UTC | release | The name is answered with standby at once and stays there whatever its health, which is watched as ever. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | to primary (192.0.2.1)
            Override | api.example.com moved from primary (192.0.2.1) to standby (192.0.2.2) | forced to standby by alice until 2026-03-01 13:00 UTC: release | It stays there, whatever its health. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | from primary (192.0.2.1) | to standby (192.0.2.2)
            Override | api.example.com: forced to third by alice until 2026-03-01 13:00 UTC | release | The name is answered with third at once and stays there whatever its health, which is watched as ever. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. It takes the place of: forced to standby by alice until 2026-03-01 13:00 UTC: release. | to standby (192.0.2.2)
            Override | api.example.com moved from standby (192.0.2.2) to third (192.0.2.3) | forced to third by alice until 2026-03-01 13:00 UTC: release | It stays there, whatever its health. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | from standby (192.0.2.2) | to third (192.0.2.3)
            """);

    [Fact]
    public void What_is_forced_and_fails() => Told(Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Force, "standby").Run(5).Fails(S).Run(30).Works(S).Run(20), """
            Override | api.example.com: forced to standby by alice until 2026-03-01 13:00 UTC | release | The name is answered with standby at once and stays there whatever its health, which is watched as ever. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | to primary (192.0.2.1)
            Override | api.example.com moved from primary (192.0.2.1) to standby (192.0.2.2) | forced to standby by alice until 2026-03-01 13:00 UTC: release | It stays there, whatever its health. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | from primary (192.0.2.1) | to standby (192.0.2.2)
            Refused | api.example.com is forced to standby, which is down | standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443; primary (192.0.2.1) works, but the name is forced to standby by alice until 2026-03-01 13:00 UTC: release | The daemon leaves it there, as it was told. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover release api.example.com`. | to standby (192.0.2.2)
            Recovered | api.example.com: standby (192.0.2.2) is up again after 31 s | before: standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | Nothing to do. In effect: forced to standby by alice until 2026-03-01 13:00 UTC: release. | to standby (192.0.2.2) | 31 s
            Recovered | api.example.com is no longer held back: forced to standby by alice until 2026-03-01 13:00 UTC: release | before: standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443; primary (192.0.2.1) works, but the name is forced to standby by alice until 2026-03-01 13:00 UTC: release | Nothing to do. | to standby (192.0.2.2) | 28.8 s
            """);

    [Fact]
    public void An_endpoint_that_is_drained_and_let_go()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Drain, "primary").Run(10).TakesBack(OverrideKind.Drain, "primary").Run(90);
        Told(watch, """
            Override | api.example.com: primary drained by alice until 2026-03-01 13:00 UTC | release | primary gets no traffic as long as another endpoint works; what it has moves to the next one that is proven to work. Afterwards traffic returns by the ordinary rules. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover undrain api.example.com primary`. | to primary (192.0.2.1)
            Override | api.example.com moved from primary (192.0.2.1) to standby (192.0.2.2) | primary drained by alice until 2026-03-01 13:00 UTC: release; standby (192.0.2.2) is up | primary drained by alice until 2026-03-01 13:00 UTC: release. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover undrain api.example.com primary`. Then traffic returns by the ordinary rules. | from primary (192.0.2.1) | to standby (192.0.2.2)
            Override | api.example.com: no longer primary drained | bob: done; it had been primary drained by alice until 2026-03-01 13:00 UTC: release | The ordinary rules hold again: traffic moves when they say so. | to standby (192.0.2.2) | 10 s
            Failback | api.example.com failed back from standby (192.0.2.2) to primary (192.0.2.1) | primary (192.0.2.1) has been up for 1 min 29 s (failback delay 1 min) | Nothing to do. Every endpoint is watched as before. | from standby (192.0.2.2) | to primary (192.0.2.1)
            """);
        Recorded(watch, """
            alice: primary drained until 2026-03-01 13:00 UTC: release
            Forced from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary drained by alice until 2026-03-01 13:00 UTC: release; standby (192.0.2.2) is up
            change 6 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            bob: no longer primary drained: done
            Failback from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): primary (192.0.2.1) has been up for 1 min 29 s (failback delay 1 min)
            change 9 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void A_drain_while_nothing_else_works() => Told(Watch.Settled(TwoEndpoints, P).Fails(S).Run(30).Says(OverrideKind.Drain, "primary").Run(10).Works(S).Run(20), """
            RedundancyLost | api.example.com has lost redundancy: standby (192.0.2.2) is down | standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | Traffic is not affected. Mend the endpoint before it is needed. | to primary (192.0.2.1)
            Override | api.example.com: primary drained by alice until 2026-03-01 13:01 UTC | release | primary gets no traffic as long as another endpoint works; what it has moves to the next one that is proven to work. Afterwards traffic returns by the ordinary rules. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com primary`. | to primary (192.0.2.1)
            Refused | api.example.com is not moved away from primary | primary drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works: standby (192.0.2.2) is down: 5 failures in a row, last: connection refused by 192.0.2.2:443 | primary (192.0.2.1) keeps the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com primary`. | to primary (192.0.2.1)
            Recovered | api.example.com: standby (192.0.2.2) is up again after 41 s | before: standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | Nothing to do. In effect: primary drained by alice until 2026-03-01 13:01 UTC: release. | to primary (192.0.2.1) | 41 s
            Recovered | api.example.com is no longer held back: primary drained by alice until 2026-03-01 13:01 UTC: release; standby (192.0.2.2) is up | before: primary drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works: standby (192.0.2.2) is down: 5 failures in a row, last: connection refused by 192.0.2.2:443 | Nothing to do. | to primary (192.0.2.1) | 11.3 s
            Override | api.example.com moved from primary (192.0.2.1) to standby (192.0.2.2) | primary drained by alice until 2026-03-01 13:01 UTC: release; standby (192.0.2.2) is up | primary drained by alice until 2026-03-01 13:01 UTC: release. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com primary`. Then traffic returns by the ordinary rules. | from primary (192.0.2.1) | to standby (192.0.2.2)
            """);

    [Fact]
    public void A_drain_while_the_other_is_not_proven() =>
        Told(Watch.Over(TwoEndpoints, P).CannotBeReachedFromHere(S).Start().Run(30).Says(OverrideKind.Drain, "primary").Run(10), """
            Blind | api.example.com is not watched: probes say nothing | standby (192.0.2.2): no route from here | What is not known moves nothing, so a failure would go unnoticed. Mend what keeps the probes from being made. | to primary (192.0.2.1)
            Override | api.example.com: primary drained by alice until 2026-03-01 13:00 UTC | release | primary gets no traffic as long as another endpoint works; what it has moves to the next one that is proven to work. Afterwards traffic returns by the ordinary rules. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover undrain api.example.com primary`. | to primary (192.0.2.1)
            Refused | api.example.com is not moved away from primary | primary drained by alice until 2026-03-01 13:00 UTC: release; but no other is proven to work: standby (192.0.2.2) is not proven yet (0 passed, 0 failed in a row), last: no route from here | primary (192.0.2.1) keeps the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover undrain api.example.com primary`. | to primary (192.0.2.1)
            """);

    [Fact]
    public void A_drained_endpoint_that_is_the_last_one() => Told(Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Drain, "standby").Run(10).Fails(P).Run(20), """
            Override | api.example.com: standby drained by alice until 2026-03-01 13:00 UTC | release | standby gets no traffic as long as another endpoint works; what it has moves to the next one that is proven to work. Afterwards traffic returns by the ordinary rules. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover undrain api.example.com standby`. | to primary (192.0.2.1)
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up (standby drained by alice until 2026-03-01 13:00 UTC: release; but nothing else works) | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Refused | api.example.com is not moved away from standby | standby drained by alice until 2026-03-01 13:00 UTC: release; but nothing else works: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443 | standby (192.0.2.2) keeps the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover undrain api.example.com standby`. | to standby (192.0.2.2)
            """);

    [Fact]
    public void A_freeze_that_holds_a_failover_back_and_ends_by_itself()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze, forSeconds: 60).Fails(P).Run(90);
        Told(watch, """
            Override | api.example.com: frozen by alice until 2026-03-01 12:01 UTC | release | Nothing is written, whatever fails. A change that is already under way is followed to its end. It ends by itself at 2026-03-01 12:01 UTC, or with `dnsfailover thaw api.example.com`. | to primary (192.0.2.1)
            Refused | api.example.com is not changed | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 12:01 UTC: release | Nothing is written until then. It ends by itself at 2026-03-01 12:01 UTC, or with `dnsfailover thaw api.example.com`. | to primary (192.0.2.1)
            Override | api.example.com: no longer frozen | its time is over; it had been frozen by alice until 2026-03-01 12:01 UTC: release | What had to wait is decided anew, by what is seen now. | to primary (192.0.2.1) | 1 min
            Recovered | api.example.com is no longer held back: primary (192.0.2.1) is down: 8 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 12:01 UTC: release | Nothing to do. | to primary (192.0.2.1) | 57.7 s
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 8 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 1 min
            """);
        Recorded(watch, """
            alice: frozen until 2026-03-01 12:01 UTC: release
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 12:01 UTC: release
            no longer frozen: its time is over
            api.example.com is no longer held back: primary (192.0.2.1) is down: 8 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            Failover from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary (192.0.2.1) is down: 8 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            change 9 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void A_freeze_of_everything()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze, ofAll: true).Run(10).TakesBack(OverrideKind.Freeze, ofAll: true).Run(10);
        Told(watch, """
            Override | every service frozen by alice until 2026-03-01 13:00 UTC | release | Nothing is written for any service, whatever fails. A change that is already under way is followed to its end. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover thaw all`.
            Override | no longer every service frozen | bob: done; it had been every service frozen by alice until 2026-03-01 13:00 UTC: release | What had to wait is decided anew, by what is seen now. | 10 s
            """);
        Recorded(watch, """
            alice: every service frozen until 2026-03-01 13:00 UTC: release
            bob: no longer every service frozen: done
            """);
    }

    [Fact]
    public void An_override_that_ended_while_the_daemon_was_stopped()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze, forSeconds: 60).Run(5);
        Told(watch.Restart(after: 100).Run(5), """
            Override | api.example.com: frozen by alice until 2026-03-01 12:01 UTC | release | Nothing is written, whatever fails. A change that is already under way is followed to its end. It ends by itself at 2026-03-01 12:01 UTC, or with `dnsfailover thaw api.example.com`. | to primary (192.0.2.1)
            Override | api.example.com: no longer frozen | its time was over while the daemon was stopped, or just then; it had been frozen by alice until 2026-03-01 12:01 UTC: release | What had to wait is decided anew, by what is seen now. | 1 min 45 s
            """);
    }

    [Fact]
    public void A_failback_that_waits_for_approval_and_gets_it()
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Approve, Seconds(60)) }, P).Fails(P).Run(30).Works(P).Run(120).Says(OverrideKind.Approve).Run(10);
        Told(watch, """
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Once the preferred endpoint has been up for 1 min, you are asked whether traffic may return. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Recovered | api.example.com: primary (192.0.2.1) is up again after 31 s | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443 | primary (192.0.2.1) is up again; failback after 1 min without a failure, in 1 min. | to standby (192.0.2.2) | 31 s
            Refused | api.example.com waits for approval to fail back | primary (192.0.2.1) has been up for 1 min (failback delay 1 min), and failback: approve waits for an operator | Let traffic return with `dnsfailover approve api.example.com`. Until then it stays where it is. | to standby (192.0.2.2)
            Override | api.example.com: failback approved by alice until 2026-03-01 13:03 UTC | release | Traffic returns to the preferred endpoint as soon as it has been up for 1 min. It ends by itself at 2026-03-01 13:03 UTC, or with `dnsfailover unapprove api.example.com`. | to standby (192.0.2.2)
            Failback | api.example.com failed back from standby (192.0.2.2) to primary (192.0.2.1) | primary (192.0.2.1) has been up for 1 min 59 s (failback delay 1 min) | Nothing to do. Every endpoint is watched as before. | from standby (192.0.2.2) | to primary (192.0.2.1)
            """);
        Recorded(watch, """
            Failover from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            change 8 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            primary (192.0.2.1) is up again after 31 s
            primary (192.0.2.1) has been up for 1 min (failback delay 1 min), and failback: approve waits for an operator
            alice: failback approved until 2026-03-01 13:03 UTC: release
            api.example.com is no longer held back: primary (192.0.2.1) has been up for 1 min 59 s (failback delay 1 min)
            Failback from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): primary (192.0.2.1) has been up for 1 min 59 s (failback delay 1 min)
            change 14 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            no longer failback approved: traffic has returned
            """);
    }

    [Fact]
    public void An_approval_that_is_taken_back() =>
        Told(Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P).Fails(P).Run(30).Works(P).Run(30).Says(OverrideKind.Approve).Run(5).TakesBack(OverrideKind.Approve).Run(60), """
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Failback is manual: traffic stays where it is until you say `dnsfailover approve api.example.com`, change the record yourself, or set failback: auto. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Recovered | api.example.com: primary (192.0.2.1) is up again after 31 s | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443 | Failback is manual: traffic stays where it is until you say `dnsfailover approve api.example.com`, change the record yourself, or set failback: auto. | to standby (192.0.2.2) | 31 s
            Override | api.example.com: failback approved by alice until 2026-03-01 13:01 UTC | release | Traffic returns to the preferred endpoint as soon as it has been up for 1 min. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover unapprove api.example.com`. | to standby (192.0.2.2)
            Override | api.example.com: no longer failback approved | bob: done; it had been failback approved by alice until 2026-03-01 13:01 UTC: release | Traffic stays where it is until somebody approves the failback again. | to standby (192.0.2.2) | 5 s
            """);

    [Fact]
    public void Maintenance_of_an_endpoint() => Told(Watch.Settled(TwoEndpoints, P).Plan(Planned("primary", 40, 100)).Run(200), """
            Override | api.example.com moved from primary (192.0.2.1) to standby (192.0.2.2) | primary under planned maintenance until 2026-03-01 12:01 UTC: monthly patches; standby (192.0.2.2) is up | primary under planned maintenance until 2026-03-01 12:01 UTC: monthly patches. The planned maintenance ends at 2026-03-01 12:01 UTC. Then traffic returns by the ordinary rules. | from primary (192.0.2.1) | to standby (192.0.2.2)
            Failback | api.example.com failed back from standby (192.0.2.2) to primary (192.0.2.1) | primary (192.0.2.1) has been up for 1 min 39 s (failback delay 1 min) | Nothing to do. Every endpoint is watched as before. | from standby (192.0.2.2) | to primary (192.0.2.1)
            """);

    [Fact]
    public void Maintenance_of_a_service() => Told(Watch.Settled(TwoEndpoints, P).Plan(Planned(endpoint: null, 40, 100)).Run(20).Fails(P).Run(100), """
            Refused | api.example.com is not changed | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up, but under planned maintenance since 2026-03-01 12:00 UTC until 2026-03-01 12:01 UTC: monthly patches | Nothing is written until then. The planned maintenance ends at 2026-03-01 12:01 UTC. | to primary (192.0.2.1)
            Recovered | api.example.com is no longer held back: primary (192.0.2.1) is down: 7 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up, but under planned maintenance since 2026-03-01 12:00 UTC until 2026-03-01 12:01 UTC: monthly patches | Nothing to do. | to primary (192.0.2.1) | 47.7 s
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 7 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 50.1 s
            """);

    [Fact]
    public void A_drift_that_a_force_makes_pointless()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = OnDrift.Pause }, P);
        watch.Provider.Records[Name] = Holding(S);
        Recorded(watch.Run(65).Says(OverrideKind.Force, "primary").Run(10), """
            somebody else changed the records from A 192.0.2.1 (TTL 30) to A 192.0.2.2 (TTL 30)
            primary (192.0.2.1) has been up for 1 min (failback delay 1 min), but somebody else changed the records 1.14 s ago and onDrift is pause
            alice: forced to primary until 2026-03-01 13:01 UTC: release
            the records of api.example.com at dns are taken as they are: forced to primary by alice until 2026-03-01 13:01 UTC: release
            api.example.com is no longer held back: forced to primary by alice until 2026-03-01 13:01 UTC: release
            Forced from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): forced to primary by alice until 2026-03-01 13:01 UTC: release
            change 6 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void Our_own_network()
    {
        var watch = NetworkTests.Over([TwoEndpoints], new FleetRules { SelfCheck = new SelfCheckRule(Targets: 4, Needed: 2, Seconds(2), Seconds(5)) });
        watch.Controls = [false, true, false, false];
        watch.Fails(P, S).Run(60);
        watch.Controls = [true, true, true, true];
        watch.Works(P, S).Run(60);
        Told(watch, """
            Frozen | nothing is written: our own network is the likely fault | 1 of 4 control targets answered, 2 are needed | Every name stays as it is. The control targets are asked again every 5 s, and once enough of them answer, what still fails is acted on. If they cannot be reached from here at all, choose others, or set selfCheck: off.
            Recovered | our own network is not the likely fault any more | 4 of 4 control targets answered, the slowest in 34 ms; before: 1 of 4 control targets answered, 2 are needed | What failed meanwhile is judged by new probes, and what still fails is acted on. | 1 min 1 s
            """);
        Recorded(watch, """
            nothing is written, since our own network is the likely fault: 1 of 4 control targets answered, 2 are needed
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; no endpoint is proven to work: standby (192.0.2.2) is up, but 2 failures in a row, last: connection refused by 192.0.2.2:443
            standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443
            every endpoint is down: primary (192.0.2.1): 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2): 3 failures in a row, last: connection refused by 192.0.2.2:443
            api.example.com is no longer held back: every endpoint is down; onAllDown: keep keeps the answer
            primary (192.0.2.1) is up again after 1 min 1 s
            primary (192.0.2.1) is up again after 1 min 1 s with every endpoint down
            standby (192.0.2.2) is up again after 1 min 1 s
            it is written again: 4 of 4 control targets answered, the slowest in 34 ms
            """);
    }

    [Fact]
    public void Our_own_network_when_nothing_answers_any_more_and_a_reload_does_not_ask()
    {
        var watch = NetworkTests.Over([TwoEndpoints], new FleetRules { SelfCheck = new SelfCheckRule(Targets: 2, Needed: 1, Seconds(2), Seconds(5)) });
        watch.Controls = [false, false];
        watch.Fails(P).Run(30);
        Told(watch.Under(new FleetRules()).Reload(TwoEndpoints).Run(5), """
            Frozen | nothing is written: our own network is the likely fault | none of 2 control targets answered, 1 is needed | Every name stays as it is. The control targets are asked again every 5 s, and once enough of them answer, what still fails is acted on. If they cannot be reached from here at all, choose others, or set selfCheck: off.
            Recovered | our own network is not the likely fault any more | failover.yaml was changed, and does not ask for it any more; before: none of 2 control targets answered, 1 is needed | What failed meanwhile is judged by new probes, and what still fails is acted on. | 29.7 s
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 5 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 30.1 s
            """);
    }

    [Theory]
    [InlineData(10, "Frozen | nothing is written for now: too much failed at once | 2 endpoints of 1 vendor failed within 274 ms | Every name stays as it is. What is still down 30 s after the last failure is taken for real and acted on. If these endpoints may well fail together, say which vendor each belongs to, or change massFailure.\nRecovered | our own network is not the likely fault any more | of what failed at once, nothing is still down; before: 2 endpoints of 1 vendor failed within 274 ms | What failed meanwhile is judged by new probes, and what still fails is acted on. | 13.6 s")] // what fails recovers in time
    [InlineData(60, "Frozen | nothing is written for now: too much failed at once | 2 endpoints of 1 vendor failed within 274 ms | Every name stays as it is. What is still down 30 s after the last failure is taken for real and acted on. If these endpoints may well fail together, say which vendor each belongs to, or change massFailure.\nRecovered | our own network is not the likely fault any more | 2 endpoints of 1 vendor are still down 30.3 s after the first of them failed, so that it is taken for real; before: 2 endpoints of 1 vendor failed within 274 ms | What failed meanwhile is judged by new probes, and what still fails is acted on. | 30 s\nFailover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 6 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 32.7 s\nFailover | s1.example.com failed over from primary (192.0.2.10) to standby (192.0.2.11) | primary (192.0.2.10) is down: 6 failures in a row, last: connection refused by 192.0.2.10:443; standby (192.0.2.11) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.10) | to standby (192.0.2.11) | 32.4 s\nRecovered | api.example.com: primary (192.0.2.1) is up again after 1 min 1 s | before: primary (192.0.2.1) is down: 6 failures in a row, last: connection refused by 192.0.2.1:443 | primary (192.0.2.1) is up again; failback after 1 min without a failure, in 1 min. | to standby (192.0.2.2) | 1 min 1 s\nRecovered | s1.example.com: primary (192.0.2.10) is up again after 1 min 1 s | before: primary (192.0.2.10) is down: 6 failures in a row, last: connection refused by 192.0.2.10:443 | primary (192.0.2.10) is up again; failback after 1 min without a failure, in 1 min. | to standby (192.0.2.11) | 1 min 1 s")]
    public void Too_much_at_once(int seconds, string expected)
    {
        var watch = NetworkTests.Over(NetworkTests.Many(2), new FleetRules { MassFailure = new MassFailureRule(Endpoints: 2, Vendors: 1, Seconds(30)) });
        Told(watch.Fails(P, "192.0.2.10").Run(seconds).Works(P, "192.0.2.10").Run(30), expected);
    }

    [Fact]
    public void Certificates()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.CertificateTroubles[S] = "certificate is for *.up.railway.app";
        watch.Run(30).Fails(P).Run(30);
        watch.CertificateTroubles.Clear();
        Told(watch.Run(30), """
            RedundancyLost | api.example.com has lost redundancy: standby (192.0.2.2) has no certificate for it | standby (192.0.2.2) is up, but users of api.example.com would get no valid certificate from it: certificate is for *.up.railway.app | Traffic is not affected. It would be moved there nevertheless if need be: install a certificate for the name before that. | to primary (192.0.2.1)
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            RedundancyLost | api.example.com: users get no valid certificate from standby (192.0.2.2) | standby (192.0.2.2) is served and up, but users of api.example.com get no valid certificate from it: certificate is for *.up.railway.app | The check does not look at it, so traffic is not moved. Install a certificate for the name there, or let the check ask for it (host). | to standby (192.0.2.2)
            Recovered | api.example.com: standby (192.0.2.2) has a certificate for api.example.com now | before: standby (192.0.2.2) is served and up, but users of api.example.com get no valid certificate from it: certificate is for *.up.railway.app | Nothing to do. | to standby (192.0.2.2) | 27.8 s
            """);
        Recorded(watch, """
            standby (192.0.2.2) is up, but users of api.example.com would get no valid certificate from it: certificate is for *.up.railway.app
            Failover from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            change 9 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            standby (192.0.2.2) has the traffic now
            standby (192.0.2.2) is served and up, but users of api.example.com get no valid certificate from it: certificate is for *.up.railway.app
            standby (192.0.2.2) has a certificate for api.example.com now
            """);
    }

    [Fact]
    public void What_an_operator_cannot_say()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third) with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
        var said = new Override(OverrideKind.Force, Name, "standby", "release", "alice", watch.Now, watch.Now + Seconds(3600));
        var objections = new List<string?>
        {
            Objection(said with { Reason = string.Empty }),
            Objection(said with { Actor = " " }),
            Objection(said with { Reason = new string('x', 501) }),
            Objection(said with { Actor = new string('x', 501) }),
            Objection(said with { Reason = new string('x', 500), Actor = new string('x', 500) }),
            Objection(said with { Reason = "a\nb" }),
            Objection(said with { Until = watch.Now }),
            Objection(said with { Until = watch.Now + TimeSpan.FromDays(30) }),
            Objection(said with { Until = watch.Now + TimeSpan.FromDays(31) }),
            Objection(said with { Service = null }),
            Objection(said with { Service = null, Kind = OverrideKind.Freeze, Endpoint = null }),
            Objection(said with { Service = DnsName.Parse("www.example.com") }),
            Objection(said with { Kind = OverrideKind.Freeze }),
            Objection(said with { Endpoint = null }),
            Objection(said with { Endpoint = "fourth" }),
            Objection(said with { Kind = OverrideKind.Approve, Endpoint = null }),
        };
        watch.Says(OverrideKind.Force, "standby");
        objections.AddRange(
        [
            Objection(said with { Kind = OverrideKind.Drain }),
            Objection(said with { Kind = OverrideKind.Approve, Endpoint = null }),
            Ends(OverrideKind.Drain, "third"),
            Ends(OverrideKind.Freeze),
            Ends(OverrideKind.Approve),
        ]);
        watch.TakesBack(OverrideKind.Force).Says(OverrideKind.Drain, "primary").Says(OverrideKind.Drain, "third");
        objections.AddRange([Objection(said with { Kind = OverrideKind.Drain }), Objection(said with { Endpoint = "third" }), Ends(OverrideKind.Force)]);
        watch.Says(OverrideKind.Freeze);
        objections.AddRange([Objection(said), OperatorRules.Objection(watch.State, new OperatorCommand.End(OverrideKind.Freeze, null, null, "done", "bob"), watch.Now), Ends(OverrideKind.Freeze)]);

        Same("""
            a reason is needed: who looks at it later has to understand it
            it has to be said who says so
            a reason and a name have at most 500 characters
            a reason and a name have at most 500 characters
            -
            a reason and a name are one line of text
            it would end at 2026-03-01 12:00 UTC, which is over
            -
            it would last until 2026-04-01 12:00 UTC, 31 d from now; the longest is 30 d
            it has to be said for which service; only a freeze can be for all
            -
            there is no service www.example.com; there are api.example.com
            it is for the whole service, not for the endpoint standby
            it has to be said which endpoint: primary, standby, third
            api.example.com has no endpoint fourth; it has primary, standby, third
            nothing of api.example.com waits for approval: no preferred endpoint works that has not the traffic
            api.example.com is forced to standby by alice until 2026-03-01 13:00 UTC: release; end that first (`dnsfailover release api.example.com`)
            api.example.com is forced to standby by alice until 2026-03-01 13:00 UTC: release; there is no failback to approve
            api.example.com is not draining third; there is: forced to standby by alice until 2026-03-01 13:00 UTC: release
            api.example.com is not frozen; there is: forced to standby by alice until 2026-03-01 13:00 UTC: release
            api.example.com is not approved; there is: forced to standby by alice until 2026-03-01 13:00 UTC: release
            standby is the last endpoint of api.example.com that is not drained, and something has to have the traffic (primary drained by alice until 2026-03-01 13:00 UTC: release; third drained by alice until 2026-03-01 13:00 UTC: release)
            third drained by alice until 2026-03-01 13:00 UTC: release; undrain it first (`dnsfailover undrain api.example.com third`)
            api.example.com is not forced; there is: primary drained by alice until 2026-03-01 13:00 UTC: release; third drained by alice until 2026-03-01 13:00 UTC: release
            api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release; thaw it first (`dnsfailover thaw api.example.com`)
            the daemon as a whole is not frozen; there is no override
            -
            """, string.Join('\n', objections.Select(objection => objection ?? "-")));

        string? Objection(Override what) => OperatorRules.Objection(watch.State, new OperatorCommand.Begin(what), watch.Now);
        string? Ends(OverrideKind kind, string? endpoint = null) => OperatorRules.Objection(watch.State, new OperatorCommand.End(kind, Name, endpoint, "done", "bob"), watch.Now);
    }

    private static Window Planned(string? endpoint, int from, int until) => new(WindowKind.Maintenance, Name, endpoint, Noon + Seconds(from), Noon + Seconds(until), "monthly patches");
}
