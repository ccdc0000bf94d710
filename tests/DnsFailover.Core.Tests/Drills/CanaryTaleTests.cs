using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

/// <summary>What a drill of the canary tells, word by word, from its first line to its report.</summary>
public sealed class CanaryTaleTests
{
    [Fact]
    public void One_that_passes() => Watch.Settled(TwoEndpoints, P).WithNameServers().Begin().Ends().Tells("""
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
        +380 ms read at dns: A 192.0.2.2
        +380 ms write at dns: A 192.0.2.2 → 192.0.2.1
        +430 ms dns has taken it
        +530 ms every name server of dns answers it: both name servers answer it
        +530 ms PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 160 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
        drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 0.53 s, from primary (192.0.2.1) to standby (192.0.2.2)
        - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
        - read at dns: 20 ms (at most 10 s) | the records were read
        - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
        - verify at ns1.dns.example.net:53: 70 ms | ns1 answers it after 70 ms
        - verify at ns2.dns.example.net:53: 30 ms | ns2 answers it after 30 ms
        - answered: 160 ms (at most 20 s) | all of this together
        - return: 140 ms (at most 20 s) | back to primary (192.0.2.1)
        dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 160 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
        Nothing to do.
        """);

    [Fact]
    public void What_the_journal_keeps_and_people_are_told_of_one_that_passes()
    {
        var watch = Watch.Settled(TwoEndpoints, P).WithNameServers().Begin().Ends();

        Same("""
            drill:api.example.com | drill 1 on dnsfailover-drill.api.example.com began, asked for by alice: as if primary were down
            - | drill 1 writes at dns: dnsfailover-drill.api.example.com A (none) → 192.0.2.1, TTL 30
            - | drill 1 writes at dns: dnsfailover-drill.api.example.com A 192.0.2.1 → 192.0.2.2
            - | drill 1 writes at dns: dnsfailover-drill.api.example.com A 192.0.2.2 → 192.0.2.1
            drill:api.example.com | drill 1 passed: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 160 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            DrillPassed | the drill of api.example.com passed | dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 160 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s | Nothing to do. | primary (192.0.2.1) | standby (192.0.2.2)
            decide: 40 ms (at most 10 s)
            read at dns: 20 ms (at most 10 s)
            write at dns: 50 ms (at most 10 s)
            verify at ns1.dns.example.net:53: 70 ms
            verify at ns2.dns.example.net:53: 30 ms
            answered: 160 ms (at most 20 s)
            return: 140 ms (at most 20 s)
            """, string.Join('\n', watch.Journal.SkipWhile(entry => entry is not DrillBegan).Select(entry => $"{entry.Key ?? "-"} | {entry.Sentence}").Concat(watch.Alerts.SelectMany(alert => alert.Evidence.Prepend($"{alert.Kind} | {alert.Title} | {alert.Reason} | {alert.Next} | {alert.From} | {alert.To}")))));
    }

    [Fact]
    public void Both_families_by_schedule_with_control_targets_and_an_owner()
    {
        var watch = Watch.Over(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)) with { Owner = "one" }, P, P6).Under(new FleetRules { SelfCheck = new SelfCheckRule(4, 2, Seconds(2), Seconds(5)) }).Start().Run(30);
        watch.ControlsTake = Seconds(0.5); // the slowest of what a decision waits for
        watch.Begin(actor: null).Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30; AAAA (none) → 2001:db8::1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1; AAAA 2001:db8::1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms standby (2001:db8::2): status 200 in 40 ms
            +670 ms write at dns: A 192.0.2.1 → 192.0.2.2; AAAA 2001:db8::1 → 2001:db8::2
            +720 ms dns has taken it
            +820 ms every name server of dns answers it: both name servers answer it
            +820 ms it returns to primary (192.0.2.1), primary (2001:db8::1)
            +840 ms read at dns: A 192.0.2.2; AAAA 2001:db8::2
            +840 ms write at dns: A 192.0.2.2 → 192.0.2.1; AAAA 2001:db8::2 → 2001:db8::1
            +890 ms dns has taken it
            +990 ms every name server of dns answers it: both name servers answer it
            +990 ms PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2), standby (2001:db8::2) everywhere 650 ms after the decision began (at most 20 s), and with primary (192.0.2.1), primary (2001:db8::1) again at the end. To notice a failure takes up to 14 s more: 14.7 s in all, of at most 34 s
            drill 1 of dnsfailover-drill.api.example.com for the schedule: Passed after 0.99 s, from primary (192.0.2.1), primary (2001:db8::1) to standby (192.0.2.2), standby (2001:db8::2)
            - decide: 500 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms; standby (2001:db8::2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2; AAAA 2001:db8::1 → 2001:db8::2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 650 ms (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1), primary (2001:db8::1)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2), standby (2001:db8::2) everywhere 650 ms after the decision began (at most 20 s), and with primary (192.0.2.1), primary (2001:db8::1) again at the end. To notice a failure takes up to 14 s more: 14.7 s in all, of at most 34 s
            Nothing to do.
            """);
        Same("""
            drill 1 on dnsfailover-drill.api.example.com began by schedule: as if primary were down
            """, string.Join('\n', watch.Journal.OfType<DrillBegan>().Select(entry => entry.Sentence)));
    }

    [Fact]
    public void Several_endpoints_are_taken_for_down_when_another_is_asked_for()
    {
        var watch = Watch.Settled(Service(Primary, Standby, Third), P).Begin(endpoint: "third").Ends();
        watch.Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 0.53 s, from primary (192.0.2.1) to third (192.0.2.3)
            - decide: 40 ms (at most 10 s) | third (192.0.2.3): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.3
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with third (192.0.2.3) everywhere 190 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            Nothing to do.
            """);
        Same("""
            drill 1 on dnsfailover-drill.api.example.com began, asked for by alice: as if primary and standby were down
            """, string.Join('\n', watch.Journal.OfType<DrillBegan>().Select(entry => entry.Sentence)));
    }

    [Fact]
    public void A_group_leaves_as_a_whole()
    {
        var watch = Watch.Settled(Service(Endpoint("east", 0, P), Endpoint("west", 0, T), Standby), P, T).Begin().Ends();
        watch.Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, 192.0.2.3, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1, 192.0.2.3
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1, 192.0.2.3 → 192.0.2.2
            +260 ms dns has taken it
            +360 ms every name server of dns answers it: both name servers answer it
            +360 ms it returns to east (192.0.2.1), west (192.0.2.3)
            +380 ms read at dns: A 192.0.2.2
            +380 ms write at dns: A 192.0.2.2 → 192.0.2.1, 192.0.2.3
            +430 ms dns has taken it
            +530 ms every name server of dns answers it: both name servers answer it
            +530 ms PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with east (192.0.2.1), west (192.0.2.3) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 0.53 s, from east (192.0.2.1), west (192.0.2.3) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1, 192.0.2.3 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to east (192.0.2.1), west (192.0.2.3)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 190 ms after the decision began (at most 20 s), and with east (192.0.2.1), west (192.0.2.3) again at the end. To notice a failure takes up to 14 s more: 14.2 s in all, of at most 34 s
            Nothing to do.
            """);
    }

    [Fact]
    public void Two_providers_of_which_the_second_is_slower_and_holds_something_already()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider { Records = { [Canary] = Holding(Canary, Seconds(30), S) }, ReadTakes = Seconds(0.3), WriteTakes = Seconds(0.4) };
        watch.WithNameServers().Begin().Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +300 ms read at second: A 192.0.2.2
            +300 ms write at second: A 192.0.2.2 → 192.0.2.1
            +700 ms second has taken it
            +800 ms every name server of second answers it: both name servers answer it
            +820 ms read at dns: A 192.0.2.1
            +840 ms standby (192.0.2.2): status 200 in 40 ms
            +840 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +890 ms dns has taken it
            +990 ms every name server of dns answers it: both name servers answer it
            +1.1 s read at second: A 192.0.2.1
            +1.1 s write at second: A 192.0.2.1 → 192.0.2.2
            +1.5 s second has taken it
            +1.6 s every name server of second answers it: both name servers answer it
            +1.6 s it returns to primary (192.0.2.1)
            +1.62 s read at dns: A 192.0.2.2
            +1.62 s write at dns: A 192.0.2.2 → 192.0.2.1
            +1.67 s dns has taken it
            +1.77 s every name server of dns answers it: both name servers answer it
            +1.9 s read at second: A 192.0.2.2
            +1.9 s write at second: A 192.0.2.2 → 192.0.2.1
            +2.3 s second has taken it
            +2.4 s every name server of second answers it: both name servers answer it
            +2.4 s PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 770 ms after the decision began (at most 40 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.8 s in all, of at most 54 s
            drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 2.4 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at ns1.dns.example.net:53: 70 ms | ns1 answers it after 70 ms
            - verify at ns2.dns.example.net:53: 30 ms | ns2 answers it after 30 ms
            - read at second: 300 ms (at most 10 s) | the records were read
            - write at second: 400 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at ns1.second.example.net:53: 70 ms | ns1 answers it after 70 ms
            - verify at ns2.second.example.net:53: 30 ms | ns2 answers it after 30 ms
            - answered: 770 ms (at most 40 s) | all of this together
            - return: 770 ms (at most 40 s) | back to primary (192.0.2.1)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 770 ms after the decision began (at most 40 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.8 s in all, of at most 54 s
            Nothing to do.
            """);
    }

    [Fact]
    public void A_name_server_that_follows_too_late_on_the_way_out()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.WithNameServers(() => watch.State.Drill?.Leg == DrillLeg.Away).Begin().Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns has taken it
            +360 ms not every name server of dns answers it: 1 of 2 name servers answers it
            +360 ms FAIL: not every name server of dns answers it: 1 of 2 name servers answers it
            +360 ms it returns to primary (192.0.2.1)
            +380 ms read at dns: A 192.0.2.2
            +380 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +430 ms dns has taken it
            +530 ms every name server of dns answers it: both name servers answer it
            +530 ms FAIL: not every name server of dns answers it: 1 of 2 name servers answers it
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.53 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at ns1.dns.example.net:53: 70 ms | ns1 answers it after 70 ms
            - verify at ns2.dns.example.net:53: 30 ms: ns2 still answers 192.0.2.1 after 30 ms | ns2 still answers 192.0.2.1 after 30 ms
            - answered: not done (at most 20 s): all of this together | all of this together
            - return: 140 ms (at most 20 s) | back to primary (192.0.2.1)
            not every name server of dns answers it: 1 of 2 name servers answers it
            Look at how these name servers get the zone: NOTIFY, transfers, and whether they are still name servers of it.
            """);
    }

    [Fact]
    public void A_name_server_that_follows_too_late_on_the_way_back()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.WithNameServers(() => watch.State.Drill?.Leg == DrillLeg.Return).Begin().Ends().Tells("""
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
            +380 ms read at dns: A 192.0.2.2
            +380 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +430 ms dns has taken it
            +530 ms not every name server of dns answers it: 1 of 2 name servers answers it
            +530 ms FAIL: not every name server of dns answers it: 1 of 2 name servers answers it
            +530 ms FAIL: not every name server of dns answers it: 1 of 2 name servers answers it
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.53 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at ns1.dns.example.net:53: 70 ms | ns1 answers it after 70 ms
            - verify at ns2.dns.example.net:53: 30 ms | ns2 answers it after 30 ms
            - answered: 160 ms (at most 20 s) | all of this together
            - return: not done (at most 20 s): 1 of 2 name servers answers it | 1 of 2 name servers answers it
            not every name server of dns answers it: 1 of 2 name servers answers it
            Look at how these name servers get the zone: NOTIFY, transfers, and whether they are still name servers of it.
            """);
    }

    [Fact]
    public void A_name_server_that_follows_too_late_before_it_has_moved_ends_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.VerificationFails = () => watch.State.Drill?.Leg == DrillLeg.Settle;
        watch.Begin().Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms not every name server of dns answers it: ns2 still answers the old value
            +170 ms FAIL: not every name server of dns answers it: ns2 still answers the old value
            +170 ms it returns to primary (192.0.2.1)
            +190 ms read at dns: A 192.0.2.1
            +190 ms FAIL: not every name server of dns answers it: ns2 still answers the old value
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.19 s, from primary (192.0.2.1) to nowhere
            not every name server of dns answers it: ns2 still answers the old value
            Look at how these name servers get the zone: NOTIFY, transfers, and whether they are still name servers of it.
            """);
    }

    [Theory]
    [InlineData(10, 0.05, DrillResult.Passed)]
    [InlineData(10.001, 0.05, DrillResult.Failed)]
    public void A_step_may_take_as_long_as_is_promised_and_no_longer(double write, double read, DrillResult expected)
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        (watch.Provider.WriteTakes, watch.Provider.ReadTakes) = (Seconds(write), Seconds(read));
        watch.Begin().Ends();

        Assert.Equal(expected, watch.Report().Result);
    }

    [Fact]
    public void A_write_that_takes_too_long()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteTakes = Seconds(11);
        watch.Begin().Ends().Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 33.38 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 11 s (at most 10 s): A 192.0.2.1 → 192.0.2.2 | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 11.1 s (at most 20 s) | all of this together
            - return: 11.1 s (at most 20 s) | back to primary (192.0.2.1)
            write at dns: 11 s (at most 10 s): A 192.0.2.1 → 192.0.2.2
            The provider is slower than it is given time for: raise its timeout, which raises what validate promises, or look at its status page.
            """);
    }

    [Fact]
    public void A_reading_that_takes_too_long()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(P);
        watch.Provider.ReadTakes = Seconds(11);
        watch.Ends().Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 22.47 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 11 s (at most 10 s): standby (192.0.2.2): status 200 in 40 ms | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 11 s (at most 10 s): the records were read | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 11.2 s (at most 20 s) | all of this together
            - return: 11.2 s (at most 20 s) | back to primary (192.0.2.1)
            decide: 11 s (at most 10 s): standby (192.0.2.2): status 200 in 40 ms
            Find out which is slow, the probe of the standby or the reading of the records: `dnsfailover check` and `dnsfailover doctor` show both.
            """);
    }

    [Fact]
    public void Name_servers_that_take_too_long_together()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Verifies = (_, ended) => ended with { Servers = [new("ns1.example.net:53", true, Seconds(25), "ns1 answers it after 25 s")] };
        watch.Begin().Ends().Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.53 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at ns1.example.net:53: 25 s | ns1 answers it after 25 s
            - answered: 25.1 s (at most 20 s): all of this together | all of this together
            - return: 25.1 s (at most 20 s): back to primary (192.0.2.1) | back to primary (192.0.2.1)
            answered: 25.1 s (at most 20 s): all of this together
            The name servers follow too late: look at NOTIFY and at transfers between them.
            """);
    }

    [Fact]
    public void A_canary_that_holds_what_it_should_is_not_written()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Ends().Begin().Until(DrillLeg.Away);
        watch.Provider.Records[Canary] = Holding(Canary, Seconds(30), S); // a hand was quicker
        watch.Ends().Tells("""
            +20 ms read at dns: A 192.0.2.1
            +40 ms read at dns: A 192.0.2.2
            +40 ms FAIL: no standby would take over: standby (192.0.2.2) serves the name
            +60 ms standby (192.0.2.2): status 200 in 40 ms
            +60 ms it returns to primary (192.0.2.1)
            +80 ms read at dns: A 192.0.2.2
            +80 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +130 ms dns has taken it
            +230 ms every name server of dns answers it: both name servers answer it
            +230 ms FAIL: no standby would take over: standby (192.0.2.2) serves the name
            drill 2 of dnsfailover-drill.api.example.com for alice: Failed after 0.23 s, from primary (192.0.2.1) to nowhere
            - decide: not done (at most 10 s): standby (192.0.2.2): status 200 in 40 ms | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: not done (at most 10 s): nothing was written | nothing was written
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
            no standby would take over: standby (192.0.2.2) serves the name
            Mend the standby: in an outage the name would stay where it is.
            """);
    }

    [Fact]
    public void What_it_asks_of_the_world_and_in_which_order()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var before = watch.Effects.Count;
        watch.Begin().Ends();

        Same("""
            read
            record DrillBegan
            record DrillIntended
            apply A (none) → 192.0.2.1, TTL 30
            verify
            read
            prove standby
            record DrillIntended
            apply A 192.0.2.1 → 192.0.2.2
            verify
            read
            record DrillIntended
            apply A 192.0.2.2 → 192.0.2.1
            verify
            record DrillEnded+!DrillPassed
            """, string.Join('\n', watch.Effects.Skip(before)));
    }

    [Fact]
    public void Numbers_of_requests_are_never_given_twice()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        for (var drill = 0; drill < 3; drill++)
        {
            watch.Begin().UntilCanaryHolds(S).Restart().Ends();
            watch.Begin().Ends();
        }

        var numbers = watch.Asked.Where(write => write.Name == Canary).Select(write => write.Change.Id).Concat(watch.AskedToRead.Where(read => read.Name == Canary).Select(read => read.RequestId)).ToList();
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.Equal([1L, 2, 3, 4, 5, 6], watch.Journal.OfType<DrillEnded>().Select(ended => ended.Report.Number));
        Assert.Equal(6, watch.Started.Select(seen => seen.RequestId).Where(id => id < 0).Distinct().Count()); // so they are told from those of the service
    }

    [Theory]
    [InlineData(0.02, 31.96)]
    [InlineData(5, 27)]
    public void A_write_is_good_for_as_long_as_its_evidence(double readTakes, double left)
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(P);
        watch.Provider.ReadTakes = Seconds(readTakes);
        watch.Until(DrillLeg.Away);
        watch.Provider.ReadTakes = Seconds(0.02);
        watch.Ends();

        Assert.Equal([32, left, 32], watch.Asked.Where(write => write.Name == Canary).Select(write => write.GoodFor!.Value.TotalSeconds));
    }

    [Theory]
    [InlineData(1, 31.9, 1)]
    [InlineData(1, 32.1, 2)]
    [InlineData(7, 37.9, 1)] // the slowest probe counts
    [InlineData(7, 38.1, 2)]
    public void Evidence_that_is_too_old_is_made_anew(double timeout, double readTakes, int probes)
    {
        var slow = Standby with { Timing = new ProbeTiming(Seconds(10), Seconds(timeout > 1 ? timeout + 1 : 2), Seconds(1)) };
        var watch = Watch.Settled(Service(Primary, slow), P).Begin().UntilCanaryHolds(P);
        watch.Provider.ReadTakes = Seconds(readTakes);
        watch.Until(DrillLeg.Away);
        watch.Provider.ReadTakes = Seconds(0.02);
        watch.Ends();

        Assert.Equal(probes, watch.Effects.Count(effect => effect == "prove standby"));
        Assert.Equal([P, S, P], watch.Writes());
    }

    [Fact]
    public void It_asks_for_the_declared_TTL_where_the_provider_wants_another()
    {
        var watch = Watch.Over(TwoEndpoints, P);
        watch.Provider.SmallestTtl = Seconds(60);
        watch.Provider.Records[Name] = Holding(Name, Seconds(60), P);
        watch.Start().Run(130).Begin().Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
        Assert.All(watch.Asked.Where(write => write.Name == Canary), write => Assert.Equal(Seconds(30), write.Change.Changes[0].After.Ttl));
    }
}
