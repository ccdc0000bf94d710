using DnsFailover.Core.Control;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Core.Tests.Control;
using static DnsFailover.Core.Tests.Drills.Drilled;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Drills;

/// <summary>What a drill of the canary tells when something goes wrong, word by word.</summary>
public sealed class CanaryTroubleTaleTests
{
    [Fact]
    public void A_provider_that_cannot_be_read_is_asked_again_ever_more_slowly_until_the_time_is_up()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Begin();
        watch.Provider.ReadFault = () => "HTTP 503";
        watch.Ends().Tells("""
            +20 ms dns: it cannot be read: HTTP 503
            +540 ms dns: it cannot be read: HTTP 503
            +1.56 s dns: it cannot be read: HTTP 503
            +3.58 s dns: it cannot be read: HTTP 503
            +7.6 s dns: it cannot be read: HTTP 503
            +15.6 s dns: it cannot be read: HTTP 503
            +31.6 s dns: it cannot be read: HTTP 503
            +1 min 2 s dns: it cannot be read: HTTP 503
            +1 min 32 s dns: it cannot be read: HTTP 503
            +1 min 35 s FAIL: it was not moved within 1 min 35 s (dns: it cannot be read: HTTP 503)
            +1 min 35 s FAIL: it was not moved within 1 min 35 s (dns: it cannot be read: HTTP 503)
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 95 s, from primary (192.0.2.1) to nowhere
            it was not moved within 1 min 35 s (dns: it cannot be read: HTTP 503)
            Mend that, and run it again.
            """);
    }

    [Theory]
    [InlineData(0.2, "+540 ms read at dns")] // shorter than the pause of its own
    [InlineData(5, "+5.04 s read at dns")]
    public void A_provider_that_says_when_is_not_asked_before(double retryAfter, string expected)
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Begin();
        watch.Provider.RetryAfter = Seconds(retryAfter);
        var left = 1;
        watch.Provider.ReadFault = () => left-- > 0 ? "HTTP 429" : null;
        watch.Ends();

        var lines = watch.State.LastProgress!.Lines;
        Assert.Equal("+20 ms dns: it cannot be read: HTTP 429", lines[0]);
        Assert.StartsWith(expected, lines[1], StringComparison.Ordinal);
        Assert.Equal(DrillResult.Passed, watch.Report().Result);
    }

    [Fact]
    public void One_of_two_providers_that_cannot_be_read_is_the_one_that_is_named()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider();
        watch.Begin().Until(DrillLeg.Away);
        watch.Others["second"].ReadFault = () => "HTTP 503";
        watch.Until(DrillLeg.Return);
        watch.Others["second"].ReadFault = () => null;
        watch.Ends().Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 115.34 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - read at second: not done (at most 10 s): it cannot be read: HTTP 503 | it cannot be read: HTTP 503
            - write at second: not done (at most 10 s): it cannot be read: HTTP 503 | it cannot be read: HTTP 503
            - verify at second: not done: nothing was verified | nothing was verified
            - answered: not done (at most 40 s): all of this together | all of this together
            - return: 170 ms (at most 40 s) | back to primary (192.0.2.1)
            it was not moved within 1 min 55 s (second: it cannot be read: HTTP 503)
            Mend that, and run it again.
            """);
    }

    [Fact]
    public void Two_providers_that_cannot_be_read_are_both_named()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider();
        watch.Begin();
        watch.Provider.ReadFault = () => "HTTP 503";
        watch.Others["second"].ReadFault = () => "HTTP 401";
        watch.Ends().Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 115 s, from primary (192.0.2.1) to nowhere
            it was not moved within 1 min 55 s (dns: it cannot be read: HTTP 503; second: it cannot be read: HTTP 401)
            Mend that, and run it again.
            """);
    }

    [Fact]
    public void One_that_never_answers_has_no_trouble_to_tell()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(P);
        watch.Provider.ReadTakes = Seconds(500);
        watch.Until(DrillLeg.Away);
        watch.Provider.ReadTakes = Seconds(0.02);
        watch.Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +40.2 s standby (192.0.2.2): status 200 in 40 ms
            +1 min 20 s standby (192.0.2.2): status 200 in 40 ms
            +1 min 35 s FAIL: it was not moved within 1 min 35 s (dns)
            +1 min 35 s it returns to primary (192.0.2.1)
            +1 min 35 s read at dns: A 192.0.2.1
            +1 min 35 s FAIL: it was not moved within 1 min 35 s (dns)
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 95.19 s, from primary (192.0.2.1) to nowhere
            - decide: not done (at most 10 s): standby (192.0.2.2): status 200 in 40 ms | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: not done (at most 10 s): the records were read | the records were read
            - write at dns: not done (at most 10 s): nothing was written | nothing was written
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            it was not moved within 1 min 35 s (dns)
            Mend that, and run it again.
            """);
    }

    [Fact]
    public void What_does_not_come_back_in_time_stays_until_the_next_drill()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S);
        watch.Until(DrillLeg.Return);
        watch.Provider.WriteFaults = () => WriteFault.Transient;
        watch.Ends().Tells("""
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
            +430 ms dns: the write met Transient
            +950 ms read at dns: A 192.0.2.2
            +950 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +1 s dns: the write met Transient
            +2.02 s read at dns: A 192.0.2.2
            +2.02 s write at dns: A 192.0.2.2 → 192.0.2.1
            +2.07 s dns: the write met Transient
            +4.09 s read at dns: A 192.0.2.2
            +4.09 s write at dns: A 192.0.2.2 → 192.0.2.1
            +4.14 s dns: the write met Transient
            +8.16 s read at dns: A 192.0.2.2
            +8.16 s write at dns: A 192.0.2.2 → 192.0.2.1
            +8.21 s dns: the write met Transient
            +16.2 s read at dns: A 192.0.2.2
            +16.2 s write at dns: A 192.0.2.2 → 192.0.2.1
            +16.3 s dns: the write met Transient
            +32.3 s read at dns: A 192.0.2.2
            +32.3 s write at dns: A 192.0.2.2 → 192.0.2.1
            +32.4 s dns: the write met Transient
            +1 min 2 s read at dns: A 192.0.2.2
            +1 min 2 s write at dns: A 192.0.2.2 → 192.0.2.1
            +1 min 2 s dns: the write met Transient
            +1 min 32 s read at dns: A 192.0.2.2
            +1 min 32 s write at dns: A 192.0.2.2 → 192.0.2.1
            +1 min 32 s dns: the write met Transient
            +2 min 3 s read at dns: A 192.0.2.2
            +2 min 3 s write at dns: A 192.0.2.2 → 192.0.2.1
            +2 min 3 s dns: the write met Transient
            +2 min 33 s read at dns: A 192.0.2.2
            +2 min 33 s write at dns: A 192.0.2.2 → 192.0.2.1
            +2 min 33 s dns: the write met Transient
            +3 min 3 s read at dns: A 192.0.2.2
            +3 min 3 s write at dns: A 192.0.2.2 → 192.0.2.1
            +3 min 3 s dns: the write met Transient
            +3 min 10 s FAIL: it did not come back within 3 min 10 s (dns: the write met Transient)
            +3 min 10 s it did not come back within 3 min 10 s (dns: the write met Transient)
            +3 min 10 s FAIL: it did not come back within 3 min 10 s (dns: the write met Transient)
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 190.36 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 190 ms (at most 20 s) | all of this together
            it did not come back within 3 min 10 s (dns: the write met Transient)
            dnsfailover-drill.api.example.com stays as it is; the next drill brings it back.
            """);
        watch.Provider.WriteFaults = () => WriteFault.None;
        watch.Run(60).Begin().Ends();
        Assert.Equal((DrillResult.Passed, P), (watch.Report().Result, watch.Holds(Canary)));
    }

    [Fact]
    public void A_refusal_on_the_way_back_is_said_beside_what_failed_first()
    {
        var watch = OnTheWayBackMeets(WriteFault.Rejected);
        watch.Tells("""
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
            +330 ms dns: the write met Rejected
            +330 ms dnsfailover-drill.api.example.com stays as it is at dns: dns: the write met Rejected
            +330 ms FAIL: api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.33 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            Run it again when that has ended.
            """);
        Assert.Equal(S, watch.Holds(Canary));
    }

    [Fact]
    public void A_trouble_on_the_way_back_is_overcome()
    {
        var watch = OnTheWayBackMeets(WriteFault.Transient);
        watch.Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 1 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            - return: 740 ms (at most 20 s) | back to primary (192.0.2.1)
            api.example.com is frozen by alice until 2026-03-01 13:00 UTC: release
            Run it again when that has ended.
            """);
        Assert.Equal(P, watch.Holds(Canary));
    }

    [Fact]
    public void A_provider_that_refuses_the_write_on_the_way_out()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Until(DrillLeg.Away);
        watch.Provider.WriteFaults = () => watch.State.Drill!.Leg == DrillLeg.Away ? WriteFault.Rejected : WriteFault.None;
        watch.Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns: the write met Rejected
            +260 ms FAIL: dns: the write met Rejected
            +260 ms it returns to primary (192.0.2.1)
            +280 ms read at dns: A 192.0.2.1
            +280 ms FAIL: dns: the write met Rejected
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.28 s, from primary (192.0.2.1) to nowhere
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the write met Rejected
            - write at dns: not done (at most 10 s): the write met Rejected | the write met Rejected
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            dns: the write met Rejected
            Mend that: in an outage the name could not be moved either.
            """);
    }

    [Fact]
    public void A_provider_that_is_not_declared_any_more_is_not_asked_again()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin();
        watch.Post(TimeSpan.Zero, new ControllerEvent.ReadFailed(Canary, watch.State.Drill!.Copies["dns"].PendingRead!.Value, "failover.yaml has no provider dns", RetryAfter: null) { ProviderGone = true });
        watch.Ends().Tells("""
            +0 ms dns: it cannot be read: failover.yaml has no provider dns
            +0 ms FAIL: dns: it cannot be read: failover.yaml has no provider dns
            +0 ms FAIL: dns: it cannot be read: failover.yaml has no provider dns
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0 s, from primary (192.0.2.1) to nowhere
            dns: it cannot be read: failover.yaml has no provider dns
            Mend that: in an outage the name could not be moved either.
            """);
    }

    [Fact]
    public void A_conflict_with_a_hand_that_was_quicker_is_read_again_and_there_is_nothing_left_to_write()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Until(DrillLeg.Away);
        var left = 1;
        watch.Provider.WriteFaults = () =>
        {
            watch.Provider.Records[Canary] = left-- > 0 ? Holding(Canary, Seconds(30), S) : watch.Provider.Of(Canary);
            return WriteFault.None;
        };
        watch.Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns: the records are not what was read
            +780 ms read at dns: A 192.0.2.2
            +780 ms FAIL: no standby would take over: standby (192.0.2.2) serves the name
            +10.2 s it returns to primary (192.0.2.1)
            +10.2 s read at dns: A 192.0.2.2
            +10.2 s write at dns: A 192.0.2.2 → 192.0.2.1
            +10.2 s dns has taken it
            +10.3 s every name server of dns answers it: both name servers answer it
            +10.3 s FAIL: no standby would take over: standby (192.0.2.2) serves the name
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 10.347 s, from primary (192.0.2.1) to nowhere
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records are not what was read
            - write at dns: not done (at most 10 s): the records are not what was read | the records are not what was read
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
            no standby would take over: standby (192.0.2.2) serves the name
            Mend the standby: in an outage the name would stay where it is.
            """);
    }

    [Fact]
    public void A_conflict_with_a_stranger_leaves_it_to_them()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Until(DrillLeg.Away);
        watch.Provider.WriteFaults = () =>
        {
            watch.Provider.Records[Canary] = Holding(Canary, Seconds(30), "203.0.113.9");
            return WriteFault.None;
        };
        watch.Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns: the records are not what was read
            +780 ms read at dns: A 203.0.113.9
            +780 ms FAIL: the A record of dnsfailover-drill.api.example.com holds 203.0.113.9, which no endpoint declares
            +10.2 s it returns to primary (192.0.2.1)
            +10.2 s read at dns: A 203.0.113.9
            +10.2 s dnsfailover-drill.api.example.com stays as it is at dns: the A record of dnsfailover-drill.api.example.com holds 203.0.113.9, which no endpoint declares
            +10.2 s FAIL: the A record of dnsfailover-drill.api.example.com holds 203.0.113.9, which no endpoint declares
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 10.197 s, from primary (192.0.2.1) to nowhere
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records are not what was read
            - write at dns: not done (at most 10 s): the records are not what was read | the records are not what was read
            - verify at dns: not done: nothing was verified | nothing was verified
            - answered: not done (at most 20 s): all of this together | all of this together
            the A record of dnsfailover-drill.api.example.com holds 203.0.113.9, which no endpoint declares
            dnsfailover-drill.api.example.com is taken for somebody else's and is not touched. Remove its records, or choose another name: drill: {name: …} in failover.yaml.
            """);
        Assert.Equal("203.0.113.9", watch.Holds(Canary));
    }

    [Fact]
    public void On_the_way_back_the_other_provider_is_brought_home_though_one_is_left_to_a_stranger()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider();
        watch.Begin().UntilCanaryHolds(S).Until(DrillLeg.Return);
        watch.Provider.Records[Canary] = Holding(Canary, Seconds(30), "203.0.113.9");
        watch.Ends().Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.58 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - read at second: 20 ms (at most 10 s) | the records were read
            - write at second: 50 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at second: 100 ms | both name servers answer it
            - answered: 240 ms (at most 40 s) | all of this together
            - return: 170 ms (at most 40 s) | back to primary (192.0.2.1)
            the A record of dnsfailover-drill.api.example.com holds 203.0.113.9, which no endpoint declares
            dnsfailover-drill.api.example.com is taken for somebody else's and is not touched. Remove its records, or choose another name: drill: {name: …} in failover.yaml.
            """);
        Assert.Equal(P, watch.Others["second"].Of(Canary)[RecordType.A]!.Values[0].Data);
    }

    [Fact]
    public void A_strangers_value_is_not_touched_and_it_is_said_how_to_go_on() => Taken(Holding(Canary, Seconds(30), "203.0.113.9") with { Owner = "one" }).Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.177 s, from primary (192.0.2.1) to nowhere
            the A record of dnsfailover-drill.api.example.com holds 203.0.113.9, which no endpoint declares
            dnsfailover-drill.api.example.com is taken for somebody else's and is not touched. Remove its records, or choose another name: drill: {name: …} in failover.yaml.
            """);

    [Fact]
    public void Nor_is_a_CNAME() => Taken(Holding(Canary, Seconds(30), "other.example.net") with { Owner = "one" }).Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.177 s, from primary (192.0.2.1) to nowhere
            dnsfailover-drill.api.example.com is a CNAME (other.example.net), and its endpoints declare addresses
            dnsfailover-drill.api.example.com is taken for somebody else's and is not touched. Remove its records, or choose another name: drill: {name: …} in failover.yaml.
            """);

    [Fact]
    public void Nor_is_what_another_controller_has_marked() => Taken(Holding(Canary, Seconds(30), P) with { Owner = "two" }).Reports("""
            drill 1 of dnsfailover-drill.api.example.com for alice: Failed after 0.177 s, from primary (192.0.2.1) to nowhere
            the records of dnsfailover-drill.api.example.com are marked as owned by the controller 'two', and this one is 'one'
            dnsfailover-drill.api.example.com is taken for somebody else's and is not touched. Remove its records, or choose another name: drill: {name: …} in failover.yaml.
            """);

    [Fact]
    public void A_write_that_did_not_work_is_made_again() => OnTheWayOutMeets(WriteFault.Transient).Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns: the write met Transient
            +780 ms read at dns: A 192.0.2.1
            +780 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +830 ms dns has taken it
            +930 ms every name server of dns answers it: both name servers answer it
            +930 ms it returns to primary (192.0.2.1)
            +950 ms read at dns: A 192.0.2.2
            +950 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +1 s dns has taken it
            +1.1 s every name server of dns answers it: both name servers answer it
            +1.1 s PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 760 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.8 s in all, of at most 34 s
            drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 1.1 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 620 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 760 ms (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 760 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.8 s in all, of at most 34 s
            Nothing to do.
            """);

    [Fact]
    public void A_write_whose_reply_was_lost_is_found_by_a_look() => OnTheWayOutMeets(WriteFault.LostReply).Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns: the reply was lost
            +780 ms read at dns: A 192.0.2.2
            +780 ms dns has taken it
            +880 ms every name server of dns answers it: both name servers answer it
            +880 ms it returns to primary (192.0.2.1)
            +900 ms read at dns: A 192.0.2.2
            +900 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +950 ms dns has taken it
            +1.05 s every name server of dns answers it: both name servers answer it
            +1.05 s PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 710 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.7 s in all, of at most 34 s
            drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 1.05 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 570 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 710 ms (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 710 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.7 s in all, of at most 34 s
            Nothing to do.
            """);

    [Fact]
    public void A_write_that_was_lost_itself_is_made_again_after_a_look() => OnTheWayOutMeets(WriteFault.LostRequest).Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +260 ms dns: the write met LostRequest
            +780 ms read at dns: A 192.0.2.1
            +780 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +830 ms dns has taken it
            +930 ms every name server of dns answers it: both name servers answer it
            +930 ms it returns to primary (192.0.2.1)
            +950 ms read at dns: A 192.0.2.2
            +950 ms write at dns: A 192.0.2.2 → 192.0.2.1
            +1 s dns has taken it
            +1.1 s every name server of dns answers it: both name servers answer it
            +1.1 s PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 760 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.8 s in all, of at most 34 s
            drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 1.1 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 620 ms (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 760 ms (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 760 ms after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 14.8 s in all, of at most 34 s
            Nothing to do.
            """);

    [Fact]
    public void A_provider_that_shows_something_else_than_it_took_is_read_again()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Until(DrillLeg.Away);
        watch.Provider.LagsBehind = true;
        watch.Run(2);
        watch.Provider.LagsBehind = false;
        watch.Ends().Shows("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: nothing
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A (none) → 192.0.2.2, TTL 30
            +260 ms dns: the records are not what was read
            +780 ms read at dns: nothing
            +780 ms write at dns: A (none) → 192.0.2.2, TTL 30
            +830 ms dns: the records are not what was read
            +1.85 s read at dns: nothing
            +1.85 s write at dns: A (none) → 192.0.2.2, TTL 30
            +1.9 s dns: the records are not what was read
            +3.92 s read at dns: A 192.0.2.1
            +3.92 s write at dns: A 192.0.2.1 → 192.0.2.2
            +3.97 s dns has taken it
            +4.07 s every name server of dns answers it: both name servers answer it
            +4.07 s it returns to primary (192.0.2.1)
            +4.09 s read at dns: A 192.0.2.2
            +4.09 s write at dns: A 192.0.2.2 → 192.0.2.1
            +4.14 s dns has taken it
            +4.24 s every name server of dns answers it: both name servers answer it
            +4.24 s PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 3.9 s after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 17.9 s in all, of at most 34 s
            """);
    }

    [Fact]
    public void A_write_of_which_only_a_part_arrived_is_made_again()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)), P, P6).Begin().Until(DrillLeg.Away);
        var left = 1;
        watch.Provider.WriteFaults = () => left-- > 0 ? WriteFault.OnlyTheFirstType : WriteFault.None;
        watch.Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30; AAAA (none) → 2001:db8::1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1; AAAA 2001:db8::1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms standby (2001:db8::2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2; AAAA 2001:db8::1 → 2001:db8::2
            +260 ms dns: it took the change, but shows something else
            +780 ms read at dns: A 192.0.2.2; AAAA 2001:db8::1
            +780 ms write at dns: AAAA 2001:db8::1 → 2001:db8::2
            +830 ms dns has taken it
            +930 ms every name server of dns answers it: both name servers answer it
            +930 ms it returns to primary (192.0.2.1), primary (2001:db8::1)
            +950 ms read at dns: A 192.0.2.2; AAAA 2001:db8::2
            +950 ms write at dns: A 192.0.2.2 → 192.0.2.1; AAAA 2001:db8::2 → 2001:db8::1
            +1 s dns has taken it
            +1.1 s every name server of dns answers it: both name servers answer it
            +1.1 s PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2), standby (2001:db8::2) everywhere 760 ms after the decision began (at most 20 s), and with primary (192.0.2.1), primary (2001:db8::1) again at the end. To notice a failure takes up to 14 s more: 14.8 s in all, of at most 34 s
            drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 1.1 s, from primary (192.0.2.1), primary (2001:db8::1) to standby (192.0.2.2), standby (2001:db8::2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms; standby (2001:db8::2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 620 ms (at most 10 s) | AAAA 2001:db8::1 → 2001:db8::2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 760 ms (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1), primary (2001:db8::1)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2), standby (2001:db8::2) everywhere 760 ms after the decision began (at most 20 s), and with primary (192.0.2.1), primary (2001:db8::1) again at the end. To notice a failure takes up to 14 s more: 14.8 s in all, of at most 34 s
            Nothing to do.
            """);
    }

    [Fact]
    public void An_intent_that_cannot_be_made_durable_is_tried_again()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().Until(DrillLeg.Away);
        var failing = true;
        watch.JournalFails = () => failing;
        watch.Run(3);
        failing = false;
        watch.Ends().Tells("""
            +20 ms read at dns: nothing
            +20 ms write at dns: A (none) → 192.0.2.1, TTL 30
            +70 ms dns has taken it
            +170 ms every name server of dns answers it: both name servers answer it
            +190 ms read at dns: A 192.0.2.1
            +210 ms standby (192.0.2.2): status 200 in 40 ms
            +210 ms write at dns: A 192.0.2.1 → 192.0.2.2
            +210 ms dns: its intent could not be made durable: the disk is full
            +5.23 s read at dns: A 192.0.2.1
            +5.23 s write at dns: A 192.0.2.1 → 192.0.2.2
            +5.28 s dns has taken it
            +5.38 s every name server of dns answers it: both name servers answer it
            +5.38 s it returns to primary (192.0.2.1)
            +5.4 s read at dns: A 192.0.2.2
            +5.4 s write at dns: A 192.0.2.2 → 192.0.2.1
            +5.45 s dns has taken it
            +5.55 s every name server of dns answers it: both name servers answer it
            +5.55 s PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 5.21 s after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 19.2 s in all, of at most 34 s
            drill 1 of dnsfailover-drill.api.example.com for alice: Passed after 5.55 s, from primary (192.0.2.1) to standby (192.0.2.2)
            - decide: 40 ms (at most 10 s) | standby (192.0.2.2): status 200 in 40 ms
            - read at dns: 20 ms (at most 10 s) | the records were read
            - write at dns: 5.07 s (at most 10 s) | A 192.0.2.1 → 192.0.2.2
            - verify at dns: 100 ms | both name servers answer it
            - answered: 5.21 s (at most 20 s) | all of this together
            - return: 170 ms (at most 20 s) | back to primary (192.0.2.1)
            dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 5.21 s after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 19.2 s in all, of at most 34 s
            Nothing to do.
            """);
    }

    [Fact]
    public void Answers_about_the_service_are_not_taken_for_answers_about_its_canary()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.ReadTakes = Seconds(5);
        watch.Provider.WriteTakes = Seconds(5);
        watch.Begin();
        var read = watch.State.Drill!.Copies["dns"].PendingRead!.Value;
        watch.Post(Seconds(1), new ControllerEvent.ReadFailed(Name, read, "HTTP 503", RetryAfter: null));
        watch.Post(Seconds(2), new ControllerEvent.RecordsRead(Name, read, Holding(P)));
        watch.Post(Seconds(2), new ControllerEvent.ReadFailed(Canary, read + 400, "HTTP 503", RetryAfter: null)); // an answer of long ago
        watch.RunUntil(() => watch.State.Drill!.Copies["dns"].IsWriting, 10, "the write");
        var write = watch.State.Drill!.Copies["dns"].Change!.Id;
        watch.Post(Seconds(1), new ControllerEvent.ChangeFailed(Name, write, ProviderFailure.Transient, "HTTP 503", RetryAfter: null));
        watch.Post(Seconds(1), new ControllerEvent.ChangeFailed(Canary, write + 400, ProviderFailure.Transient, "HTTP 503", RetryAfter: null));
        watch.Post(Seconds(2), new ControllerEvent.ChangeApplied(Name, write, Holding(P)));
        watch.Post(Seconds(2), new ControllerEvent.ChangeApplied(Canary, write + 400, Holding(Canary, Seconds(30), P)));
        watch.Post(Seconds(3), new ControllerEvent.VerificationEnded(Canary, write, Verified: false, "too soon"));
        watch.RunUntil(() => watch.State.Drill!.Copies["dns"].WrittenAt is not null, 10, "the answer");
        watch.Post(Seconds(0.01), new ControllerEvent.VerificationEnded(Canary, write + 400, Verified: false, "of another change"));
        watch.Post(Seconds(0.15), new ControllerEvent.Observed(Observation(TwoEndpoints.Target(S), Verdict.Pass, watch.Now, requestId: -400)));
        watch.Ends();

        Assert.True(watch.Report().Result == DrillResult.Passed, watch.Report().Reason);
        watch.Shows("""
            +5 s read at dns: nothing
            +5 s write at dns: A (none) → 192.0.2.1, TTL 30
            +10 s dns has taken it
            +10.1 s every name server of dns answers it: both name servers answer it
            +10.1 s standby (192.0.2.2): status 200 in 40 ms
            +15.1 s read at dns: A 192.0.2.1
            +15.1 s write at dns: A 192.0.2.1 → 192.0.2.2
            +20.1 s dns has taken it
            +20.2 s every name server of dns answers it: both name servers answer it
            +20.2 s it returns to primary (192.0.2.1)
            +25.2 s read at dns: A 192.0.2.2
            +25.2 s write at dns: A 192.0.2.2 → 192.0.2.1
            +30.2 s dns has taken it
            +30.3 s every name server of dns answers it: both name servers answer it
            +30.3 s PASS: dnsfailover-drill.api.example.com, in place of api.example.com, was answered with standby (192.0.2.2) everywhere 10.1 s after the decision began (at most 20 s), and with primary (192.0.2.1) again at the end. To notice a failure takes up to 14 s more: 24.1 s in all, of at most 34 s
            """);
    }

    [Fact]
    public void An_intent_that_cannot_be_made_durable_is_nothing_to_the_write_at_another_provider()
    {
        var watch = Watch.Settled(TwoEndpoints with { AlsoAt = ["second"] }, P);
        watch.Others["second"] = new TinyProvider { ReadTakes = Seconds(0.3) };
        watch.Provider.WriteTakes = Seconds(1);
        var full = false;
        watch.JournalFails = () => full;
        watch.Begin().Run(0.1);
        full = true;
        watch.Run(0.4);
        full = false;
        watch.Ends();

        Assert.Single(watch.State.LastProgress!.Lines, line => line.EndsWith("second: its intent could not be made durable: the disk is full", StringComparison.Ordinal));
        Assert.DoesNotContain(watch.State.LastProgress.Lines, line => line.Contains("dns: its intent", StringComparison.Ordinal));
        Assert.Equal([P, S, P], watch.Writes());
    }

    private static Watch OnTheWayOutMeets(WriteFault fault) => Meets(Watch.Settled(TwoEndpoints, P).Begin().Until(DrillLeg.Away), fault);

    private static Watch OnTheWayBackMeets(WriteFault fault)
    {
        var watch = Watch.Settled(TwoEndpoints, P).Begin().UntilCanaryHolds(S);
        return Meets(watch.Says(OverrideKind.Freeze).Until(DrillLeg.Return), fault);
    }

    private static Watch Meets(Watch watch, WriteFault fault)
    {
        var left = 1;
        watch.Provider.WriteFaults = () => left-- > 0 ? fault : WriteFault.None;
        return watch.Ends();
    }

    private static Watch Taken(NameRecords canary)
    {
        var watch = Watch.Settled(TwoEndpoints with { Owner = "one" }, P);
        watch.Provider.Records[Canary] = canary;
        watch.Begin().Ends();
        Assert.Empty(watch.Writes());
        return watch;
    }
}
