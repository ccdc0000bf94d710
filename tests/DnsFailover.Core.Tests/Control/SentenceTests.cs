using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Control.Sentences;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>
/// What a person is told of health, switches, providers and other people's changes, word by word.
/// </summary>
public sealed class SentenceTests
{
    private const string Stranger = "203.0.113.9";

    private static readonly ServiceDefinition Manual = TwoEndpoints with { Failback = new FailbackRule(FailbackMode.Manual, Seconds(60)) };

    [Fact]
    public void A_failover_and_the_failback() => Told(Watch.Settled(TwoEndpoints, P).Fails(P).Run(30).Works(P).Run(150), """
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Recovered | api.example.com: primary (192.0.2.1) is up again after 31 s | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443 | primary (192.0.2.1) is up again; failback after 1 min without a failure, in 1 min. | to standby (192.0.2.2) | 31 s
            Failback | api.example.com failed back from standby (192.0.2.2) to primary (192.0.2.1) | primary (192.0.2.1) has been up for 1 min (failback delay 1 min) | Nothing to do. Every endpoint is watched as before. | from standby (192.0.2.2) | to primary (192.0.2.1)
            """);

    [Fact]
    public void A_failover_that_stays_where_it_is() => Told(Watch.Settled(Manual, P).Fails(P).Run(30).Works(P).Run(60), """
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Failback is manual: traffic stays where it is until you say `dnsfailover approve api.example.com`, change the record yourself, or set failback: auto. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Recovered | api.example.com: primary (192.0.2.1) is up again after 31 s | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443 | Failback is manual: traffic stays where it is until you say `dnsfailover approve api.example.com`, change the record yourself, or set failback: auto. | to standby (192.0.2.2) | 31 s
            """);

    [Fact]
    public void A_standby_that_is_down_and_up_again() => Told(Watch.Settled(TwoEndpoints, P).Fails(S).Run(60).Works(S).Run(30), """
            RedundancyLost | api.example.com has lost redundancy: standby (192.0.2.2) is down | standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | Traffic is not affected. Mend the endpoint before it is needed. | to primary (192.0.2.1)
            Recovered | api.example.com: standby (192.0.2.2) is up again after 1 min 1 s | before: standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | Nothing to do. | to primary (192.0.2.1) | 1 min 1 s
            """);

    [Fact]
    public void A_member_that_leaves_and_joins_again() =>
        Told(Watch.Settled(TwoEndpoints with { Policy = Policy.Multivalue }, P, S).Fails(S).Run(60).Works(S).Run(120), """
            Shift | api.example.com shifted from primary (192.0.2.1), standby (192.0.2.2) to primary (192.0.2.1) | standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | What is down joins again once it has been up for 1 min. | from primary (192.0.2.1), standby (192.0.2.2) | to primary (192.0.2.1)
            Recovered | api.example.com: standby (192.0.2.2) is up again after 1 min 1 s | before: standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443 | standby (192.0.2.2) is up again and joins when up for long enough, in 1 min. | to primary (192.0.2.1) | 1 min 1 s
            Shift | api.example.com shifted from primary (192.0.2.1) to primary (192.0.2.1), standby (192.0.2.2) | standby (192.0.2.2) is up | Nothing to do. | from primary (192.0.2.1) | to primary (192.0.2.1), standby (192.0.2.2)
            """);

    [Fact]
    public void Everything_down_and_the_last_answer_stays() => Told(Watch.Settled(TwoEndpoints, P).Fails(P, S).Run(60).Works(S).Run(60), """
            AllDown | api.example.com: every endpoint is down | primary (192.0.2.1): 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2): 3 failures in a row, last: connection refused by 192.0.2.2:443 | onAllDown: keep. The records stay as they are until one of them passes its probes. | to primary (192.0.2.1)
            Recovered | api.example.com: standby (192.0.2.2) is up again after 1 min 1 s with every endpoint down | before: primary (192.0.2.1): 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2): 3 failures in a row, last: connection refused by 192.0.2.2:443 | Nothing to do. | to primary (192.0.2.1) | 1 min 1 s
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 9 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 1 min 1 s
            """);

    [Fact]
    public void Everything_down_and_everything_is_served() =>
        Told(Watch.Settled(TwoEndpoints with { OnAllDown = OnAllDown.All }, P).Fails(P, S).Run(60).Works(S).Run(60), """
            AllDown | api.example.com: every endpoint is down | primary (192.0.2.1): 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2): 3 failures in a row, last: connection refused by 192.0.2.2:443 | onAllDown: all. That is served until one of them passes its probes. | to primary (192.0.2.1)
            Failover | api.example.com failed over from primary (192.0.2.1) to primary (192.0.2.1), standby (192.0.2.2) | every endpoint is down; onAllDown: all | onAllDown: all. That is served until one of them passes its probes. | from primary (192.0.2.1) | to primary (192.0.2.1), standby (192.0.2.2)
            Recovered | api.example.com: standby (192.0.2.2) is up again after 1 min 1 s with every endpoint down | before: primary (192.0.2.1): 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2): 3 failures in a row, last: connection refused by 192.0.2.2:443 | Nothing to do. | to primary (192.0.2.1), standby (192.0.2.2) | 1 min 1 s
            Shift | api.example.com shifted from primary (192.0.2.1), standby (192.0.2.2) to standby (192.0.2.2) | primary (192.0.2.1) is down: 9 failures in a row, last: connection refused by 192.0.2.1:443 | What is down joins again once it has been up for 1 min. | from primary (192.0.2.1), standby (192.0.2.2) | to standby (192.0.2.2)
            """);

    [Fact]
    public void A_family_that_is_down() => Told(Watch.Settled(Service(Endpoint("primary", 0, P, P6), Standby), P, P6).Fails(P6).Run(60).Works(P6).Run(30), """
            AllDown | api.example.com: every IPv6 endpoint is down | primary (2001:db8::1): 3 failures in a row, last: connection refused by 2001:db8::1:443 | onAllDown: keep. The records stay as they are until one of them passes its probes. | to primary (192.0.2.1), primary (2001:db8::1)
            Recovered | api.example.com: primary (2001:db8::1) is up again after 1 min 1 s with every IPv6 endpoint down | before: primary (2001:db8::1): 3 failures in a row, last: connection refused by 2001:db8::1:443 | Nothing to do. | to primary (192.0.2.1), primary (2001:db8::1) | 1 min 1 s
            """);

    [Fact]
    public void Probes_that_say_nothing() => Told(Watch.Settled(TwoEndpoints, P).CannotBeReachedFromHere(P, S).Run(60).Works(P, S).Run(30), """
            Blind | api.example.com is not watched: probes say nothing | primary (192.0.2.1): no route from here | What is not known moves nothing, so a failure would go unnoticed. Mend what keeps the probes from being made. | to primary (192.0.2.1)
            Recovered | api.example.com: every endpoint is watched again | before: primary (192.0.2.1): no route from here | Nothing to do. | to primary (192.0.2.1) | 1 min
            """);

    [Fact]
    public void A_value_that_is_not_ours()
    {
        var watch = Watch.Settled(TwoEndpoints, P, Stranger).Run(30);
        watch.Provider.Records[Name] = Holding(P);
        Told(watch.Run(90), """
            Refused | api.example.com is not changed | the A record of api.example.com holds 203.0.113.9, which no endpoint declares | Declare it as an endpoint's address, or set adopt: true for api.example.com to let it be replaced. | to primary (192.0.2.1), undeclared (203.0.113.9)
            Drift | somebody else changed the records of api.example.com | at dns there was A 192.0.2.1, 203.0.113.9 (TTL 30), and now there is A 192.0.2.1 (TTL 30) | It is taken for what is served now. A preferred endpoint that is up gets the traffic back after 1 min; failback: manual leaves it where it is. | from primary (192.0.2.1), undeclared (203.0.113.9) | to primary (192.0.2.1)
            Recovered | api.example.com is no longer held back: primary (192.0.2.1) serves the name | before: the A record of api.example.com holds 203.0.113.9, which no endpoint declares | Nothing to do. | to primary (192.0.2.1) | 58.7 s
            """);
    }

    [Fact]
    public void Nothing_is_proven_to_take_over() =>
        Told(Watch.Settled(Service(Primary, Standby), P).CannotBeReachedFromHere(S).Fails(P).Run(40).Works(S).Run(30), """
            Refused | Failover of api.example.com waits for proof | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up; but the fresh probe for it was not conclusive: standby (192.0.2.2): no route from here | It is probed and decided again at once. | to primary (192.0.2.1)
            Recovered | api.example.com is no longer held back: primary (192.0.2.1) is down: 7 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up; but the fresh probe for it was not conclusive: standby (192.0.2.2): no route from here | Nothing to do. | to primary (192.0.2.1) | 38.2 s
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 7 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 40.8 s
            """);

    [Fact]
    public void A_standby_that_was_never_proven() =>
        Told(Watch.Over(TwoEndpoints, P).CannotBeReachedFromHere(S).Start().Run(30).Fails(P).Run(40).Works(S).Run(30), """
            Blind | api.example.com is not watched: probes say nothing | standby (192.0.2.2): no route from here | What is not known moves nothing, so a failure would go unnoticed. Mend what keeps the probes from being made. | to primary (192.0.2.1)
            Refused | api.example.com is not changed | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; no endpoint is proven to work: standby (192.0.2.2) is not proven yet (0 passed, 0 failed in a row), last: no route from here | It moves as soon as one of them passes its probes. | to primary (192.0.2.1)
            Recovered | api.example.com: every endpoint is watched again | before: standby (192.0.2.2): no route from here | Nothing to do. | to primary (192.0.2.1) | 1 min 10 s
            Recovered | api.example.com is no longer held back: primary (192.0.2.1) is down: 7 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; no endpoint is proven to work: standby (192.0.2.2) is not proven yet (0 passed, 0 failed in a row), last: no route from here | Nothing to do. | to primary (192.0.2.1) | 39 s
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 7 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 41.4 s
            """);

    [Fact]
    public void Records_that_cannot_be_read()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var broken = true;
        watch.Provider.ReadFault = () => broken ? "HTTP 503" : null;
        watch.Run(200);
        broken = false;
        Told(watch.Run(120), """
            Refused | api.example.com cannot be changed | records cannot be read at dns: HTTP 503 | The daemon cannot act: the records stay as they are. It is decided again, not replayed, in 2 s. | to primary (192.0.2.1)
            Recovered | api.example.com: the records of api.example.com can be read at dns again | before: records cannot be read at dns: HTTP 503 | Nothing to do. | to primary (192.0.2.1) | 3 min 2 s
            """);
    }

    [Fact]
    public void A_write_that_is_refused()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var broken = true;
        watch.Provider.WriteFaults = () => broken ? WriteFault.Rejected : WriteFault.None;
        watch.Fails(P).Run(20);
        broken = false;
        Told(watch.Run(90), """
            Refused | Failover of api.example.com from primary (192.0.2.1) to standby (192.0.2.2) was not written | dns: the write met Rejected | The daemon cannot act: the records stay as they are. It is decided again, not replayed, in 1 min.
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 9 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 1 min 2 s
            Recovered | api.example.com: dns takes changes of api.example.com again | before: dns: the write met Rejected | Nothing to do. | to standby (192.0.2.2) | 1 min
            """);
    }

    [Fact]
    public void A_write_that_is_refused_and_not_wanted_any_more()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteFaults = () => WriteFault.Rejected;
        Told(watch.Fails(P).Run(20).Works(P).Run(90), """
            Refused | Failover of api.example.com from primary (192.0.2.1) to standby (192.0.2.2) was not written | dns: the write met Rejected | The daemon cannot act: the records stay as they are. It is decided again, not replayed, in 1 min.
            Recovered | api.example.com: primary (192.0.2.1) is up again after 21 s | before: primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443 | Nothing to do. | 21 s
            Recovered | api.example.com needs no change any more | before: dns: the write met Rejected | Nothing to do. | to primary (192.0.2.1) | 1 min
            """);
    }

    [Fact]
    public void A_throttled_write()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var broken = true;
        watch.Provider.RetryAfter = Seconds(120);
        watch.Provider.WriteFaults = () => broken ? WriteFault.Transient : WriteFault.None;
        watch.Fails(P).Run(20);
        broken = false;
        Told(watch.Run(120), """
            Refused | Failover of api.example.com from primary (192.0.2.1) to standby (192.0.2.2) was not written | dns: the write met Transient | The daemon cannot act: the records stay as they are. It is decided again, not replayed, in 2 min.
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 15 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2 min 2 s
            Recovered | api.example.com: dns takes changes of api.example.com again | before: dns: the write met Transient | Nothing to do. | to standby (192.0.2.2) | 2 min
            """);
    }

    [Fact]
    public void Lost_words_of_the_provider()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var faults = new Queue<WriteFault>([WriteFault.LostRequest, WriteFault.LostReply]);
        watch.Provider.WriteFaults = () => faults.TryDequeue(out var fault) ? fault : WriteFault.None;
        Recorded(watch.Fails(P).Run(30), """
            Failover from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            change 8 failed: it was not written: the write met LostRequest
            Failover from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            change 12 verified, written in 70 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void A_write_that_somebody_elses_was_faster_than()
    {
        var watch = Watch.Settled(TwoEndpoints with { Adopt = true }, P);
        watch.Provider.WriteFaults = () =>
        {
            if (watch.Provider.Writes.Count == 0 && watch.Provider.Of(Name)[RecordType.A]!.Values[0].Data == P)
            {
                watch.Provider.Records[Name] = Holding(Stranger);
                return WriteFault.LostRequest;
            }

            return WriteFault.None;
        };
        Recorded(watch.Fails(P).Run(30), """
            Failover from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            change 8 conflict: the write met LostRequest, and the records are now A 203.0.113.9 (TTL 30)
            Shift from undeclared (203.0.113.9) to standby (192.0.2.2) (A 203.0.113.9 → 192.0.2.2): 203.0.113.9 is live and is adopted; standby (192.0.2.2) is up
            change 12 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void Servers_that_lag_behind()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var lagging = true;
        watch.VerificationFails = () => lagging;
        watch.Fails(P).Run(30);
        lagging = false;
        Told(watch.Run(60), """
            Unverified | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2), but that is not verified yet | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up; ns2 still answers the old value | It is written at dns, and is not asked for again: look at what the zone's name servers answer. Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Recovered | api.example.com: every name server answers the change, 30.1 s late | before: ns2 still answers the old value | Nothing to do. | to standby (192.0.2.2) | 30.1 s
            """);
        Recorded(watch, """
            Failover from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            change 8 unverified, written in 50 ms: ns2 still answers the old value
            ns2 still answers the old value
            every name server answers the change, 30.1 s late
            """);
    }

    [Fact]
    public void A_ttl_that_is_mended()
    {
        var watch = Watch.Over(TwoEndpoints);
        watch.Provider.Records[Name] = Holding(Name, Seconds(300), P);
        Told(watch.Start().Run(60), "Shift | api.example.com stays at primary (192.0.2.1); its records are mended | the TTL is 5 min, failover.yaml says 30 s | Nothing to do. | from primary (192.0.2.1) | to primary (192.0.2.1)");
    }

    [Fact]
    public void A_first_answer() => Told(Watch.Over(TwoEndpoints with { Create = true }).Start().Run(60), "Shift | api.example.com shifted from nothing to primary (192.0.2.1) | the name has no such record yet; primary (192.0.2.1) is up | Nothing to do. | from nothing | to primary (192.0.2.1)");

    [Theory]
    [InlineData(OnDrift.Alert, FailbackMode.Auto, "Drift | somebody else changed the records of api.example.com | at dns there was A 192.0.2.1 (TTL 30), and now there is A 192.0.2.2 (TTL 30) | It is taken for what is served now. A preferred endpoint that is up gets the traffic back after 1 min 30 s; failback: manual leaves it where it is. | from primary (192.0.2.1) | to standby (192.0.2.2)")]
    [InlineData(OnDrift.Alert, FailbackMode.Manual, "Drift | somebody else changed the records of api.example.com | at dns there was A 192.0.2.1 (TTL 30), and now there is A 192.0.2.2 (TTL 30) | It is taken for what is served now, and stays as long as it works. | from primary (192.0.2.1) | to standby (192.0.2.2)")]
    [InlineData(OnDrift.Restore, FailbackMode.Auto, "Drift | somebody else changed the records of api.example.com | at dns there was A 192.0.2.1 (TTL 30), and now there is A 192.0.2.2 (TTL 30) | onDrift: restore. What was there before is put back, as soon as it is proven to work. | from primary (192.0.2.1) | to standby (192.0.2.2)\nShift | api.example.com shifted from standby (192.0.2.2) to primary (192.0.2.1) | somebody else put 192.0.2.2 in place of 192.0.2.1; onDrift: restore puts it back | Nothing to do. | from standby (192.0.2.2) | to primary (192.0.2.1)")]
    [InlineData(OnDrift.Pause, FailbackMode.Auto, "Drift | somebody else changed the records of api.example.com | at dns there was A 192.0.2.1 (TTL 30), and now there is A 192.0.2.2 (TTL 30) | onDrift: pause. Nothing is changed at dns any more until the records are as they were (A 192.0.2.1), or onDrift is changed in failover.yaml. | from primary (192.0.2.1) | to standby (192.0.2.2)")]
    public void Somebody_elses_change(OnDrift onDrift, FailbackMode mode, string expected)
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = onDrift, Failback = new FailbackRule(mode, Seconds(90)) }, P);
        watch.Provider.Records[Name] = Holding(S);
        Told(watch.Run(70), expected);
    }

    [Fact]
    public void Somebody_elses_change_where_all_are_served()
    {
        var watch = Watch.Settled(TwoEndpoints with { Policy = Policy.Multivalue }, P, S);
        watch.Provider.Records[Name] = Holding(S);
        Told(watch.Run(62), """
            Drift | somebody else changed the records of api.example.com | at dns there was A 192.0.2.1, 192.0.2.2 (TTL 30), and now there is A 192.0.2.2 (TTL 30) | It is taken for what is served now, but every endpoint that has been up for 1 min is served again at once. | from primary (192.0.2.1), standby (192.0.2.2) | to standby (192.0.2.2)
            Shift | api.example.com shifted from standby (192.0.2.2) to primary (192.0.2.1), standby (192.0.2.2) | primary (192.0.2.1) is up | Nothing to do. | from standby (192.0.2.2) | to primary (192.0.2.1), standby (192.0.2.2)
            """);
    }

    [Fact]
    public void Somebody_who_does_not_stop()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = OnDrift.Restore }, P);
        for (var edit = 0; edit < 4; edit++)
        {
            watch.Provider.Records[Name] = Holding(S);
            watch.Run(70);
        }

        watch.Provider.Records[Name] = Holding(P);
        watch.Fails(P).Run(100);
        Recorded(watch, """
            somebody else changed the records from A 192.0.2.1 (TTL 30) to A 192.0.2.2 (TTL 30)
            Shift from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): somebody else put 192.0.2.2 in place of 192.0.2.1; onDrift: restore puts it back
            the A records of api.example.com at dns were put back
            change 7 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            somebody else changed the records from A 192.0.2.1 (TTL 30) to A 192.0.2.2 (TTL 30)
            Shift from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): somebody else put 192.0.2.2 in place of 192.0.2.1; onDrift: restore puts it back
            the A records of api.example.com at dns were put back
            change 11 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            somebody else changed the records from A 192.0.2.1 (TTL 30) to A 192.0.2.2 (TTL 30)
            Shift from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): somebody else put 192.0.2.2 in place of 192.0.2.1; onDrift: restore puts it back
            the A records of api.example.com at dns were put back
            change 15 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            somebody else changed the records from A 192.0.2.1 (TTL 30) to A 192.0.2.2 (TTL 30)
            primary (192.0.2.1) has been up for 3 min 59 s (failback delay 1 min), but somebody else changed the records 0 ms ago, again and again
            api.example.com is no longer held back: somebody else changed the records 1 min 10 s ago, again and again; standby (192.0.2.2) serves the name
            primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443
            the A records of api.example.com at dns are again what they were
            Failover from primary (192.0.2.1) to standby (192.0.2.2) (A 192.0.2.1 → 192.0.2.2): primary (192.0.2.1) is down: 8 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up
            change 23 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void A_pause_that_holds_a_failover_back()
    {
        var watch = Watch.Settled(TwoEndpoints with { OnDrift = OnDrift.Pause }, P);
        watch.Provider.Records[Name] = Holding(S);
        Told(watch.Run(70).Fails(S).Run(30), """
            Drift | somebody else changed the records of api.example.com | at dns there was A 192.0.2.1 (TTL 30), and now there is A 192.0.2.2 (TTL 30) | onDrift: pause. Nothing is changed at dns any more until the records are as they were (A 192.0.2.1), or onDrift is changed in failover.yaml. | from primary (192.0.2.1) | to standby (192.0.2.2)
            Refused | api.example.com is not changed | standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443; primary (192.0.2.1) is up, but somebody else changed the records 42.4 s ago and onDrift is pause | Nothing is changed at dns any more until the records are as they were (A 192.0.2.1), or onDrift is changed in failover.yaml. | to standby (192.0.2.2)
            """);
        Recorded(watch.Reload(TwoEndpoints).Run(30), """
            somebody else changed the records from A 192.0.2.1 (TTL 30) to A 192.0.2.2 (TTL 30)
            primary (192.0.2.1) has been up for 1 min (failback delay 1 min), but somebody else changed the records 1.14 s ago and onDrift is pause
            standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443
            standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443; primary (192.0.2.1) is up, but somebody else changed the records 42.4 s ago and onDrift is pause
            api.example.com is still held back: standby (192.0.2.2) is down: 3 failures in a row, last: connection refused by 192.0.2.2:443; primary (192.0.2.1) is up, but somebody else changed the records 42.4 s ago and onDrift is pause
            failover.yaml changed
            failover.yaml was changed, so that the records of api.example.com at dns are taken as they are
            api.example.com is no longer held back: standby (192.0.2.2) is down: 5 failures in a row, last: connection refused by 192.0.2.2:443; primary (192.0.2.1) is up
            Failover from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): standby (192.0.2.2) is down: 5 failures in a row, last: connection refused by 192.0.2.2:443; primary (192.0.2.1) is up
            change 10 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void The_configuration_that_is_not_valid()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Post(TimeSpan.Zero, new ControllerEvent.ConfigurationRejected("failover.yaml:3:5: unknown key 'enpoints'"));
        Told(watch.Run(60).Reload(TwoEndpoints), """
            ReloadRejected | failover.yaml was rejected | failover.yaml:3:5: unknown key 'enpoints' | The last good configuration goes on. Mend the file; it is read again as soon as it changes.
            Recovered | failover.yaml is valid again | failover.yaml changed | The new configuration is in effect. | 1 min
            """);
    }

    [Fact]
    public void A_second_provider_that_cannot_follow()
    {
        var watch = AtBoth(P, Stranger);
        watch.Start().Run(30).Fails(P).Run(30);
        Others(watch).Records[Name] = Holding(P);
        Told(watch.Run(90), """
            Refused | api.example.com is not the same at aws as at dns | the A record of api.example.com holds 203.0.113.9, which no endpoint declares | Declare it as an endpoint's address, or set adopt: true for api.example.com to let it be replaced. | to undeclared (203.0.113.9)
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | aws does not follow (the A record of api.example.com holds 203.0.113.9, which no endpoint declares). Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Drift | somebody else changed the records of api.example.com | at aws there was A 203.0.113.9 (TTL 30), and now there is A 192.0.2.1 (TTL 30) | It is kept the same as at dns. | from undeclared (203.0.113.9) | to primary (192.0.2.1)
            Recovered | api.example.com is no longer held back at aws | before: the A record of api.example.com holds 203.0.113.9, which no endpoint declares | Nothing to do. | to primary (192.0.2.1) | 58.7 s
            """);
    }

    [Fact]
    public void A_leading_provider_that_is_out_of_reach()
    {
        var watch = AtBoth(P, P).Start().Run(30);
        var broken = true;
        watch.Provider.ReadFault = () => broken ? "HTTP 503" : null;
        watch.Run(200).Fails(P).Run(30);
        broken = false;
        Told(watch.Run(120), """
            Refused | api.example.com cannot be changed at dns | records cannot be read at dns: HTTP 503 | What dns holds stays as it is until it works. If traffic has to move before, it is moved at aws. | to primary (192.0.2.1)
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | dns is behind and follows once it works (HTTP 503). Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.39 s
            Recovered | api.example.com: the records of api.example.com can be read at dns again | before: records cannot be read at dns: HTTP 503 | Nothing to do. | to primary (192.0.2.1) | 4 min 2 s
            """);
    }

    [Fact]
    public void A_following_provider_that_refuses()
    {
        var watch = AtBoth(P, P).Start().Run(30);
        var broken = true;
        Others(watch).WriteFaults = () => broken ? WriteFault.Rejected : WriteFault.None;
        watch.Fails(P).Run(30);
        broken = false;
        Told(watch.Run(90), """
            Refused | api.example.com is not the same at aws as at dns | aws: the write met Rejected | What aws holds stays as it is, and follows what dns holds as soon as it works.
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | aws is behind and follows once it works (the write met Rejected). Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Recovered | api.example.com: aws takes changes of api.example.com again | before: aws: the write met Rejected | Nothing to do. | to standby (192.0.2.2) | 1 min
            """);
    }

    [Fact]
    public void A_standby_that_one_provider_still_answers()
    {
        var watch = AtBoth(P, P).Start().Run(30);
        Others(watch).WriteFaults = () => WriteFault.Rejected;
        watch.Fails(P).Run(15);
        Told(watch.Run(600), """
            Refused | api.example.com is not the same at aws as at dns | aws: the write met Rejected | What aws holds stays as it is, and follows what dns holds as soon as it works.
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | aws is behind and follows once it works (the write met Rejected). Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            """);
    }

    [Fact]
    public void Somebody_elses_change_at_the_second_provider()
    {
        var watch = AtBoth(P, P).Start().Run(30);
        Others(watch).Records[Name] = Holding(S);
        Told(watch.Run(70), "Drift | somebody else changed the records of api.example.com | at aws there was A 192.0.2.1 (TTL 30), and now there is A 192.0.2.2 (TTL 30) | It is made the same as at dns again, as soon as that is proven to work. | from primary (192.0.2.1) | to standby (192.0.2.2)");
        Recorded(watch, """
            somebody else changed the records from A 192.0.2.1 (TTL 30) to A 192.0.2.2 (TTL 30)
            Shift from standby (192.0.2.2) to primary (192.0.2.1) (A 192.0.2.2 → 192.0.2.1): dns holds 192.0.2.1; aws follows
            the A records of api.example.com at aws were put back
            change 9 verified, written in 50 ms, verified in 100 ms: both name servers answer it
            """);
    }

    [Fact]
    public void Two_families_that_fail_are_told_apart() =>
        Told(Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)), P, P6).Fails(P, P6).Run(40), """
            Failover | api.example.com failed over from primary (192.0.2.1) to standby (192.0.2.2) | primary (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443; standby (192.0.2.2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (192.0.2.1) | to standby (192.0.2.2) | 2.35 s
            Failover | api.example.com failed over from primary (2001:db8::1) to standby (2001:db8::2) | primary (2001:db8::1) is down: 3 failures in a row, last: connection refused by 2001:db8::1:443; standby (2001:db8::2) is up | Traffic returns once the preferred endpoint has been up for 1 min. | from primary (2001:db8::1) | to standby (2001:db8::2) | 2.4 s
            """);

    private static Watch AtBoth(string atDns, string atAws)
    {
        var watch = Watch.Over(TwoEndpoints with { AlsoAt = ["aws"] }, atDns);
        watch.Others["aws"] = new TinyProvider();
        Others(watch).Records[Name] = Holding(atAws);
        return watch;
    }

    private static TinyProvider Others(Watch watch) => watch.Others["aws"];
}
