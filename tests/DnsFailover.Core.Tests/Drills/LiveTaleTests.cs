using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

/// <summary>What a drill of the service itself tells, word by word.</summary>
public sealed class LiveTaleTests
{
    private static readonly ServiceDefinition Manual = TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) };

    [Fact]
    public void One_that_passes()
    {
        var watch = Watch.Settled(TwoEndpoints, P).WithNameServers();
        var before = watch.Effects.Count;
        watch.Begin(live: true).Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +90 ms dns has taken it
            +190 ms every name server of dns answers it: both name servers answer it
            +190 ms it returns to primary (192.0.2.1)
            +190 ms standby is drained
            +230 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +280 ms dns has taken it
            +380 ms every name server of dns answers it: both name servers answer it
            +380 ms PASS: api.example.com was answered with standby (192.0.2.2) everywhere 160 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            live drill 1 of api.example.com for alice: Passed after 0.38 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at ns1.dns.example.net:53: 70 ms | ns1 answers it after 70 ms
            - verify at ns2.dns.example.net:53: 30 ms | ns2 answers it after 30 ms
            - answered: 160 ms (at most 20 s) | all of this together
            - return: 160 ms (at most 20 s) | back to primary (192.0.2.1)
            api.example.com was answered with standby (192.0.2.2) everywhere 160 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            Nothing to do.
            """);
        Same("""
            read
            prove standby
            record DrillBegan
            record OverrideBegan
            record IntentRecorded
            apply A 192.0.2.1 → 192.0.2.2
            verify
            read
            prove primary
            record OutcomeRecorded+OverrideEnded+OverrideBegan
            record IntentRecorded
            apply A 192.0.2.2 → 192.0.2.1
            verify
            record OutcomeRecorded+OverrideEnded
            record DrillEnded+!DrillPassed
            """, string.Join('\n', watch.Effects.Skip(before)));
    }

    [Fact]
    public void What_the_journal_keeps_and_people_are_told_of_one_that_passes()
    {
        var watch = Watch.Settled(TwoEndpoints, P).WithNameServers().Begin(live: true, actor: null).Ends();

        Same("""
            drill:api.example.com | drill 1 on the service itself began by schedule: as if primary were down
            override:api.example.com:Drain:primary | dnsfailover: primary drained until 2026-03-01 12:05 UTC: drill 1
            intent:api.example.com:dns | Forced from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1; standby (192.0.2.2) is up
            outcome:api.example.com:dns | change 6 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            override:api.example.com:Drain:primary | no longer primary drained: drill 1 does not need it any more
            override:api.example.com:Drain:standby | dnsfailover: standby drained until 2026-03-01 12:05 UTC: drill 1
            intent:api.example.com:dns | Forced from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): standby drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1; primary (192.0.2.1) is up
            outcome:api.example.com:dns | change 9 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            override:api.example.com:Drain:standby | no longer standby drained: drill 1 does not need it any more
            drill:api.example.com | drill 1 passed: api.example.com was answered with standby (192.0.2.2) everywhere 160 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            DrillPassed | the live drill of api.example.com passed | api.example.com was answered with standby (192.0.2.2) everywhere 160 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s | Nothing to do. | primary (192.0.2.1) | standby (192.0.2.2)
            decide: 40 ms (at most 10 s)
            read at dns: 20 ms (at most 10 s)
            write at dns: 50 ms (at most 10 s)
            verify at ns1.dns.example.net:53: 70 ms
            verify at ns2.dns.example.net:53: 30 ms
            answered: 160 ms (at most 20 s)
            return: 160 ms (at most 20 s)
            """, string.Join('\n', watch.Journal.SkipWhile(entry => entry is not DrillBegan).Select(entry => $"{entry.Key ?? "-"} | {entry.Sentence}").Concat(watch.Alerts.SelectMany(alert => alert.Evidence.Prepend($"{alert.Kind} | {alert.Title} | {alert.Reason} | {alert.Next} | {alert.From} | {alert.To}")))));
    }

    [Fact]
    public void A_group_leaves_and_returns_as_a_whole() =>
        Watch.Settled(Service(Endpoint("east", 0, P), Endpoint("west", 0, T), Standby) with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P, T).Begin(live: true).Ends().Tells("""
            +0 ms east and west are drained
            +40 ms write at dns: A 192.0.2.1, 192.0.2.3 → 192.0.2.2
            +90 ms dns has taken it
            +190 ms every name server of dns answers it: both name servers answer it
            +190 ms it returns to east (192.0.2.1), west (192.0.2.3)
            +190 ms standby is drained
            +230 ms write at dns: A 192.0.2.2 → 192.0.2.1, 192.0.2.3
            +280 ms dns has taken it
            +380 ms every name server of dns answers it: both name servers answer it
            +380 ms PASS: api.example.com was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with east (192.0.2.1), west (192.0.2.3) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            live drill 1 of api.example.com for alice: Passed after 0.38 s, from east (192.0.2.1), west (192.0.2.3) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1, 192.0.2.3 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: 190 ms (at most 20 s) | back to east (192.0.2.1), west (192.0.2.3)
            api.example.com was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with east (192.0.2.1), west (192.0.2.3) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            Nothing to do.
            """);

    [Fact]
    public void To_the_endpoint_that_is_asked_for() => Watch.Settled(Service(Primary, Standby, Third), P).Begin(live: true, endpoint: "third").Ends().Shows("""
        +0 ms primary and standby are drained
        +40 ms write at dns: A 192.0.2.1 → 192.0.2.3
        +90 ms dns has taken it
        +190 ms every name server of dns answers it: both name servers answer it
        +190 ms it returns to primary (192.0.2.1)
        +190 ms third is drained
        +230 ms write at dns: A 192.0.2.3 → 192.0.2.1
        +280 ms dns has taken it
        +380 ms every name server of dns answers it: both name servers answer it
        +380 ms PASS: api.example.com was answered with third (192.0.2.3) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
        """);

    [Fact]
    public void Of_endpoints_that_are_all_served_one_leaves_and_joins_again() => Watch.Settled(Service(Primary, Standby) with { Policy = Policy.Multivalue }, P, S).Run(60).Begin(live: true).Ends().Tells("""
        +0 ms primary is drained
        +20 ms write at dns: A 192.0.2.1, 192.0.2.2 → 192.0.2.2
        +70 ms dns has taken it
        +170 ms every name server of dns answers it: both name servers answer it
        +170 ms it returns to primary (192.0.2.1), standby (192.0.2.2)
        +170 ms no endpoint is drained any more
        +210 ms write at dns: A 192.0.2.2 → 192.0.2.1, 192.0.2.2
        +260 ms dns has taken it
        +360 ms every name server of dns answers it: both name servers answer it
        +360 ms PASS: api.example.com was answered with standby (192.0.2.2) everywhere 170 ms after the decision began (at most 20 s), and with primary (192.0.2.1), standby (192.0.2.2) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
        live drill 1 of api.example.com for alice: Passed after 0.36 s, from primary (192.0.2.1), standby (192.0.2.2) to standby (192.0.2.2)
        - decide: 20 ms (at most 10 s) | the standby is proven
        - read at dns: 20 ms (at most 10 s) | the records were read
        - write at dns: 50 ms (at most 10 s) | A 192.0.2.1, 192.0.2.2 → 192.0.2.2
        - verify at dns: 100 ms | both name servers answer it
        - answered: 170 ms (at most 20 s) | all of this together
        - return: 190 ms (at most 20 s) | back to primary (192.0.2.1), standby (192.0.2.2)
        api.example.com was answered with standby (192.0.2.2) everywhere 170 ms after the decision began (at most 20 s), and with primary (192.0.2.1), standby (192.0.2.2) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
        Nothing to do.
        """);

    [Fact]
    public void Of_endpoints_of_which_one_is_served_at_a_time_the_one_returns() =>
        Watch.Settled(Service(Endpoint("primary", 0, "a.example.net"), Endpoint("standby", 1, "b.example.net")) with { Policy = Policy.Multivalue }, "a.example.net").Run(60).Begin(live: true).Ends().Shows("""
            +0 ms primary is drained
            +40 ms write at dns: CNAME a.example.net → b.example.net
            +90 ms dns has taken it
            +190 ms every name server of dns answers it: both name servers answer it
            +190 ms it returns to primary (a.example.net)
            +190 ms standby is drained
            +230 ms write at dns: CNAME b.example.net → a.example.net
            +280 ms dns has taken it
            +380 ms every name server of dns answers it: both name servers answer it
            +380 ms PASS: api.example.com was answered with standby (b.example.net) everywhere 190 ms after the decision began (at most 20 s), and with primary (a.example.net) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            """);

    [Fact]
    public void Both_families_at_two_providers_of_which_the_second_is_slower()
    {
        var watch = Watch.Over(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { AlsoAt = ["second"] }, P, P6);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P, P6) }, ReadTakes = Seconds(0.3), WriteTakes = Seconds(0.4) };
        watch.Start().Run(30).WithNameServers().Begin(live: true).Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2; AAAA 2001:db8::1 → 2001:db8::2
            +90 ms dns has taken it
            +190 ms every name server of dns answers it: both name servers answer it
            +390 ms write at second: A 192.0.2.1 → 192.0.2.2; AAAA 2001:db8::1 → 2001:db8::2
            +790 ms second has taken it
            +890 ms every name server of second answers it: both name servers answer it
            +890 ms it returns to primary (192.0.2.1), primary (2001:db8::1)
            +890 ms standby is drained
            +930 ms write at dns: A 192.0.2.2 → 192.0.2.1; AAAA 2001:db8::2 → 2001:db8::1
            +980 ms dns has taken it
            +1.08 s every name server of dns answers it: both name servers answer it
            +1.28 s write at second: A 192.0.2.2 → 192.0.2.1; AAAA 2001:db8::2 → 2001:db8::1
            +1.68 s second has taken it
            +1.78 s every name server of second answers it: both name servers answer it
            +1.78 s PASS: api.example.com was answered with standby (192.0.2.2), standby (2001:db8::2) everywhere 860 ms after the decision began (at most 40 s), and with primary (192.0.2.1), primary (2001:db8::1) again at the end. To notice a failure takes up to 14 s more: 14.9 s in all, of at most 54 s
            live drill 1 of api.example.com for alice: Passed after 1.78 s, from primary (192.0.2.1), primary (2001:db8::1) to standby (192.0.2.2), standby (2001:db8::2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2; AAAA 2001:db8::1 → 2001:db8::2
            - verify at ns1.dns.example.net:53: 70 ms | ns1 answers it after 70 ms
            - verify at ns2.dns.example.net:53: 30 ms | ns2 answers it after 30 ms
            - read at second: 390 ms (at most 10 s) | the records were read
            - write at second: 400 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2; AAAA 2001:db8::1 → 2001:db8::2
            - verify at ns1.second.example.net:53: 70 ms | ns1 answers it after 70 ms
            - verify at ns2.second.example.net:53: 30 ms | ns2 answers it after 30 ms
            - answered: 860 ms (at most 40 s) | all of this together
            - return: 860 ms (at most 40 s) | back to primary (192.0.2.1), primary (2001:db8::1)
            api.example.com was answered with standby (192.0.2.2), standby (2001:db8::2) everywhere 860 ms after the decision began (at most 40 s), and with primary (192.0.2.1), primary (2001:db8::1) again at the end. To notice a failure takes up to 14 s more: 14.9 s in all, of at most 54 s
            Nothing to do.
            """);
    }

    [Fact]
    public void The_second_of_two_providers_whose_name_servers_follow_too_late()
    {
        var watch = Watch.Over(Manual with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P) } };
        watch.Verifies = (provider, ended) => provider == "second" && watch.State.Drill?.Leg == DrillLeg.Away ? ended with { Verified = false, Reason = "ns2 still answers the old value" } : ended;
        watch.Start().Run(30).Begin(live: true).Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +90 ms dns has taken it
            +130 ms write at second: A 192.0.2.1 → 192.0.2.2
            +180 ms second has taken it
            +190 ms every name server of dns answers it: both name servers answer it
            +280 ms not every name server of second answers it: ns2 still answers the old value
            +280 ms FAIL: not every name server of second answers it: ns2 still answers the old value
            +280 ms it returns to primary (192.0.2.1)
            +280 ms standby is drained
            +320 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +370 ms dns has taken it
            +410 ms write at second: A 192.0.2.2 → 192.0.2.1
            +460 ms second has taken it
            +470 ms every name server of dns answers it: both name servers answer it
            +560 ms every name server of second answers it: both name servers answer it
            +560 ms FAIL: not every name server of second answers it: ns2 still answers the old value
            live drill 1 of api.example.com for alice: Failed after 0.56 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - read at second: 110 ms (at most 10 s) | the records were read
            - write at second: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at second: 100 ms: ns2 still answers the old value | ns2 still answers the old value
            - answered: not done (at most 40 s): all of this together | all of this together
            - return: 280 ms (at most 40 s) | back to primary (192.0.2.1)
            not every name server of second answers it: ns2 still answers the old value
            Look at how these name servers get the zone: NOTIFY, transfers, and whether they are still name servers of it.
            """);
    }

    [Fact]
    public void One_that_is_not_moved_in_time_because_the_provider_does_not_take_it()
    {
        var watch = Watch.Settled(Manual, P).Begin(live: true);
        watch.Provider.WriteFaults = () => WriteFault.Transient;
        watch.Until(DrillLeg.Return);
        watch.Provider.WriteFaults = () => WriteFault.None;
        watch.Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +650 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +1.76 s write at dns: A 192.0.2.1 → 192.0.2.2
            +3.87 s write at dns: A 192.0.2.1 → 192.0.2.2
            +7.98 s write at dns: A 192.0.2.1 → 192.0.2.2
            +16.1 s write at dns: A 192.0.2.1 → 192.0.2.2
            +32.2 s write at dns: A 192.0.2.1 → 192.0.2.2
            +1 min 4 s write at dns: A 192.0.2.1 → 192.0.2.2
            +1 min 35 s FAIL: api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; standby (192.0.2.2) is up; the write met Transient
            +1 min 35 s it returns to primary (192.0.2.1)
            +1 min 35 s standby is drained
            +2 min 4 s FAIL: api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; standby (192.0.2.2) is up; the write met Transient
            live drill 1 of api.example.com for alice: Failed after 124.38 s, from primary (192.0.2.1) to nowhere
            - decide: 1 min 4 s (at most 10 s): the standby is proven | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: not done (at most 10 s): A 192.0.2.1 → 192.0.2.2 | A 192.0.2.1 → 192.0.2.2
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            - return: not done (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; standby (192.0.2.2) is up; the write met Transient
            Mend that: in an outage it would stand in the way as well.
            """);
    }

    [Fact]
    public void One_that_is_not_moved_in_time_because_the_standby_fails() => Watch.Settled(TwoEndpoints, P).Fails(S).Begin(live: true).Ends().Tells("""
        +0 ms primary is drained
        +1 min 35 s FAIL: api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; but nothing else works: standby (192.0.2.2) is down: 8 failures in a row, last: connection refused by 192.0.2.2:443
        +1 min 35 s it returns to primary (192.0.2.1)
        +1 min 35 s FAIL: api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; but nothing else works: standby (192.0.2.2) is down: 8 failures in a row, last: connection refused by 192.0.2.2:443
        live drill 1 of api.example.com for alice: Failed after 95 s, from primary (192.0.2.1) to nowhere
        - decide: not done (at most 10 s): nothing was decided | nothing was decided
        - read at dns: 20 ms (at most 10 s) | the records were read
        - write at dns: not done (at most 10 s): nothing was written | nothing was written
        - verify at dns: not done: nothing was verified | nothing was verified
        - answered: not done (at most 20 s): all of this together | all of this together
        - return: not done (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
        api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; but nothing else works: standby (192.0.2.2) is down: 8 failures in a row, last: connection refused by 192.0.2.2:443
        Mend that: in an outage it would stand in the way as well.
        """);

    [Fact]
    public void One_that_does_not_return_in_time() => DoesNotReturn(FailbackMode.Auto).Reports("""
            live drill 1 of api.example.com for alice: Failed after 190.19 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: not done (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            api.example.com did not return to primary (192.0.2.1) within 3 min 10 s: standby drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; primary (192.0.2.1) is up; the write met Transient
            It stays at what it is answered with and returns by its ordinary rules.
            """);

    [Fact]
    public void One_that_does_not_return_in_time_and_then_waits_for_an_operator() => DoesNotReturn(FailbackMode.Manual).Reports("""
            live drill 1 of api.example.com for alice: Failed after 190.19 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: not done (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            api.example.com did not return to primary (192.0.2.1) within 3 min 10 s: standby drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; primary (192.0.2.1) is up; the write met Transient
            It stays at what it is answered with and returns by its ordinary rules. These wait for an operator: `dnsfailover approve api.example.com`.
            """);

    [Fact]
    public void A_standby_that_goes_down_under_the_traffic()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider { Records = { [Name] = Holding(P) }, WriteTakes = Seconds(9) };
        watch.Run(120).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Fails(S).Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +90 ms dns has taken it
            +190 ms every name server of dns answers it: both name servers answer it
            +2.29 s FAIL: standby (192.0.2.2) went down while it had the traffic: 3 failures in a row, last: connection refused by 192.0.2.2:443
            +2.29 s it returns to primary (192.0.2.1)
            +2.29 s standby is drained
            +2.33 s write at dns: A 192.0.2.2 → 192.0.2.1
            +2.38 s dns has taken it
            +2.48 s every name server of dns answers it: both name servers answer it
            +2.48 s FAIL: standby (192.0.2.2) went down while it had the traffic: 3 failures in a row, last: connection refused by 192.0.2.2:443
            live drill 1 of api.example.com for alice: Failed after 2.48 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - read at second: 110 ms (at most 10 s) | the records were read
            - write at second: not done (at most 10 s): nothing was written | nothing was written
            - verify at second: not done: nothing was verified | nothing was verified
            - answered: not done (at most 40 s): all of this together | all of this together
            - return: not done (at most 40 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            standby (192.0.2.2) went down while it had the traffic: 3 failures in a row, last: connection refused by 192.0.2.2:443
            Mend the standby: it did not bear the traffic for as long as a drill.
            """);
    }

    [Fact]
    public void An_endpoint_that_goes_down_without_the_traffic_is_nothing_to_it()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third) with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) }, P);
        watch.Provider.WriteTakes = Seconds(9);
        watch.Fails(T).Begin(live: true).Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
    }

    [Fact]
    public void Its_drain_is_ended_by_somebody()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(5);
        watch.Begin(live: true).Run(1).TakesBack(OverrideKind.Drain, "primary").Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +1 s FAIL: the drain of primary was ended by somebody
            +1 s it returns to primary (192.0.2.1)
            +1 s standby is drained
            +1 min 5 s write at dns: A 192.0.2.2 → 192.0.2.1
            +1 min 10 s dns has taken it
            +1 min 10 s every name server of dns answers it: both name servers answer it
            +1 min 10 s FAIL: the drain of primary was ended by somebody
            live drill 1 of api.example.com for alice: Failed after 70.18 s, from primary (192.0.2.1) to nowhere
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: not done (at most 10 s): A 192.0.2.1 → 192.0.2.2 | A 192.0.2.1 → 192.0.2.2
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            - return: 1 min 9 s (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            the drain of primary was ended by somebody
            Run it again.
            """);
    }

    [Fact]
    public void A_freeze_that_lasts() => Frozen(FailbackMode.Auto).Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +90 ms dns has taken it
            +90 ms api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release: it stays at standby (192.0.2.2) until then, and the drill fails when that lasts for longer than 1 min 35 s. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover thaw api.example.com`.
            +190 ms every name server of dns answers it: both name servers answer it
            +190 ms it returns to primary (192.0.2.1)
            +190 ms standby is drained
            +3 min 10 s FAIL: api.example.com did not return to primary (192.0.2.1) within 3 min 10 s: standby drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; primary (192.0.2.1) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 13:00 UTC: release
            +3 min 10 s FAIL: api.example.com did not return to primary (192.0.2.1) within 3 min 10 s: standby drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; primary (192.0.2.1) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 13:00 UTC: release
            live drill 1 of api.example.com for alice: Failed after 190.19 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: not done (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            api.example.com did not return to primary (192.0.2.1) within 3 min 10 s: standby drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; primary (192.0.2.1) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 13:00 UTC: release
            Its users stay at standby (192.0.2.2) while it is frozen by alice until 2026-03-01 13:00 UTC: release. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover thaw api.example.com`. Then it returns by its ordinary rules.
            """);

    [Fact]
    public void A_freeze_that_lasts_and_then_an_operator_is_waited_for() => Frozen(FailbackMode.Manual).Reports("""
            live drill 1 of api.example.com for alice: Failed after 190.19 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: not done (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            api.example.com did not return to primary (192.0.2.1) within 3 min 10 s: standby drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; primary (192.0.2.1) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 13:00 UTC: release
            Its users stay at standby (192.0.2.2) while it is frozen by alice until 2026-03-01 13:00 UTC: release. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover thaw api.example.com`. Then it returns by its ordinary rules. These wait for an operator: `dnsfailover approve api.example.com`.
            """);

    [Fact]
    public void A_freeze_that_ends_in_time()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Says(OverrideKind.Freeze).Run(10).TakesBack(OverrideKind.Freeze).Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +90 ms dns has taken it
            +90 ms api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release: it stays at standby (192.0.2.2) until then, and the drill fails when that lasts for longer than 1 min 35 s. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover thaw api.example.com`.
            +190 ms every name server of dns answers it: both name servers answer it
            +190 ms it returns to primary (192.0.2.1)
            +190 ms standby is drained
            +10.1 s api.example.com is not held any more, and the drill goes on
            +10.1 s write at dns: A 192.0.2.2 → 192.0.2.1
            +10.2 s dns has taken it
            +10.3 s every name server of dns answers it: both name servers answer it
            +10.3 s PASS: api.example.com was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            live drill 1 of api.example.com for alice: Passed after 10.28 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: 10.1 s (at most 20 s) | back to primary (192.0.2.1)
            api.example.com was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            Nothing to do.
            """);
    }

    [Fact]
    public void A_freeze_before_it_has_moved()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.ReadTakes = Seconds(2);
        watch.Begin(live: true).Run(1).Says(OverrideKind.Freeze).Ends().Tells("""
            +0 ms primary is drained
            +1 s api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release: it stays at primary (192.0.2.1) until then, and the drill fails when that lasts for longer than 1 min 34 s. It ends by itself at 2026-03-01 13:00 UTC, or with `dnsfailover thaw api.example.com`.
            +1 min 35 s FAIL: api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; standby (192.0.2.2) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 13:00 UTC: release
            +1 min 35 s it returns to primary (192.0.2.1)
            +1 min 35 s FAIL: api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; standby (192.0.2.2) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 13:00 UTC: release
            live drill 1 of api.example.com for alice: Failed after 95 s, from primary (192.0.2.1) to nowhere
            - decide: not done (at most 10 s): nothing was decided | nothing was decided
            - read at dns: not done (at most 10 s): the records were read | the records were read
            - write at dns: not done (at most 10 s): nothing was written | nothing was written
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            - return: not done (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            api.example.com was not moved within 1 min 35 s: primary drained by dnsfailover until 2026-03-01 12:05 UTC: drill 1, asked for by alice; standby (192.0.2.2) is up, but frozen by alice since 2026-03-01 12:00 UTC until 2026-03-01 13:00 UTC: release
            Mend that: in an outage it would stand in the way as well.
            """);
    }

    [Fact]
    public void A_restart_in_the_middle()
    {
        var watch = Watch.Settled(Manual, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Restart().Ends().Tells("""
            the daemon was started again in the middle of it
            +3.4 s standby is drained
            +3.44 s write at dns: A 192.0.2.2 → 192.0.2.1
            +3.49 s dns has taken it
            +3.59 s every name server of dns answers it: both name servers answer it
            +3.59 s FAIL: the daemon was stopped in the middle of it
            live drill 1 of api.example.com for alice: Failed after 3.594 s, from primary (192.0.2.1) to nowhere
            - return: 1.5 s (at most 20 s) | back to primary (192.0.2.1)
            the daemon was stopped in the middle of it
            Run it again.
            """);
        Assert.Equal(P, watch.Holds(Name));
    }

    [Fact]
    public void After_a_restart_without_verdicts_it_does_not_wait_for_ever()
    {
        var watch = Watch.Settled(Manual, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.PassTakes = Seconds(1000);
        watch.Restart().Ends().Tells("""
            the daemon was started again in the middle of it
            +1 min 37 s FAIL: api.example.com did not return to primary (192.0.2.1) within 1 min 35 s: not every endpoint has a verdict since the daemon was started
            +1 min 37 s FAIL: the daemon was stopped in the middle of it; and api.example.com did not return to primary (192.0.2.1) within 1 min 35 s: not every endpoint has a verdict since the daemon was started
            live drill 1 of api.example.com for alice: Failed after 97.09 s, from primary (192.0.2.1) to nowhere
            - return: not done (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            the daemon was stopped in the middle of it; and api.example.com did not return to primary (192.0.2.1) within 1 min 35 s: not every endpoint has a verdict since the daemon was started
            It stays at standby (192.0.2.2) and returns by its ordinary rules. These wait for an operator: `dnsfailover approve api.example.com`.
            """);
    }

    [Fact]
    public void A_reload_in_the_middle()
    {
        var watch = Watch.Settled(Manual, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Reload(Manual with { Endpoints = [Primary, Standby, Third] }).Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +90 ms dns has taken it
            +90 ms FAIL: failover.yaml was changed in the middle of it
            +90 ms it returns to primary (192.0.2.1)
            +90 ms standby and third are drained
            +230 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +280 ms dns has taken it
            +380 ms every name server of dns answers it: both name servers answer it
            +380 ms FAIL: failover.yaml was changed in the middle of it
            live drill 1 of api.example.com for alice: Failed after 0.38 s, from primary (192.0.2.1) to nowhere
            - return: 290 ms (at most 20 s) | back to primary (192.0.2.1)
            failover.yaml was changed in the middle of it
            Run it again.
            """);
    }

    [Fact]
    public void A_service_that_is_not_declared_any_more()
    {
        var watch = Watch.Settled(Manual, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        watch.Run(0.05).Reload().Run(100).Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +90 ms dns has taken it
            +140 ms FAIL: api.example.com is not declared any more
            +140 ms FAIL: api.example.com is not declared any more
            live drill 1 of api.example.com for alice: Failed after 0.14 s, from primary (192.0.2.1) to nowhere
            api.example.com is not declared any more
            api.example.com stays as it is.
            """);
    }

    [Fact]
    public void Its_drains_say_whose_they_are_and_for_how_long()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin(live: true);
        var drain = Assert.Single(watch.State.Overrides);
        Assert.Equal(("drill 1, asked for by alice", "dnsfailover", "primary", Seconds(285)), (drain.Reason, drain.Actor, drain.Endpoint!, drain.Until - drain.Since));
        watch.Ends();
        watch.Run(100).Begin(live: true, actor: null);
        Assert.Equal("drill 2", Assert.Single(watch.State.Overrides).Reason);
    }

    [Fact]
    public void An_endpoint_that_goes_down_before_it_has_left()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(9);
        watch.Begin(live: true).Fails(P).Run(12).Works(P).Ends().Tells("""
            +0 ms primary is drained
            +40 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +9.04 s dns has taken it
            +9.14 s every name server of dns answers it: both name servers answer it
            +9.14 s it returns to primary (192.0.2.1)
            +9.14 s standby is drained
            +21.2 s write at dns: A 192.0.2.2 → 192.0.2.1
            +30.2 s dns has taken it
            +30.3 s every name server of dns answers it: both name servers answer it
            +30.3 s FAIL: return: 21.2 s (at most 20 s): back to primary (192.0.2.1)
            +30.3 s FAIL: return: 21.2 s (at most 20 s): back to primary (192.0.2.1)
            live drill 1 of api.example.com for alice: Failed after 30.317 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | the standby is proven
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 9 s (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 9.14 s (at most 20 s) | all of this together
            - return: 21.2 s (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            return: 21.2 s (at most 20 s): back to primary (192.0.2.1)
            The name servers follow too late: look at NOTIFY and at transfers between them.
            """);
    }

    private static Watch DoesNotReturn(FailbackMode mode)
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(mode, Seconds(60)) }, P).Begin(live: true).Until(DrillLeg.Return);
        watch.Provider.WriteFaults = () => WriteFault.Transient;
        watch.Ends();
        Assert.DoesNotContain(watch.State.Overrides, said => said.Kind == OverrideKind.Drain);
        return watch;
    }

    private static Watch Frozen(FailbackMode mode)
    {
        var watch = Watch.Settled(TwoEndpoints with { Failback = new FailbackRule(mode, Seconds(60)) }, P).Begin(live: true);
        watch.RunUntil(() => watch.Holds(Name) == S, 10, "the move");
        return watch.Says(OverrideKind.Freeze).Ends();
    }
}
