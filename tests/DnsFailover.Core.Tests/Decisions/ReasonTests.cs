using System.Text.RegularExpressions;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Decisions;

/// <summary>
/// What a decision says, word by word: it is what the journal, the log, the page and the alert show. Each case: what is
/// live, the health of primary, standby and third as in <see cref="DecideTests"/>, and what is special.
/// </summary>
public sealed partial class ReasonTests
{
    private static readonly DateTimeOffset Now = Noon + Seconds(3600);

    [Theory]
    [InlineData("P", "uuu", "", "Hold: primary serves the name")]
    [InlineData("P", "?uu", "", "Hold: the health of primary is not known: not proven yet (0 passed, 0 failed in a row), last: no route from here")]
    [InlineData("PS", "uuu", "", "Shift to primary: standby is not needed any more")]
    [InlineData("PS", "duu", "", "Shift to standby: primary is down: …")]
    [InlineData("P", "duu", "", "Failover to standby with proof of standby, changing sides: primary is down: …; standby is up")]
    [InlineData("P", "dsu", "", "Failover to third with proof of third, changing sides: primary is down: …; third is up")]
    [InlineData("PS", "ddu", "", "Failover to third with proof of third, changing sides: primary is down: …; standby is down: …; third is up")]
    [InlineData("P", "duu", "same-priority", "Failover to standby with proof of standby, changing sides: primary is down: …; standby is up")]
    [InlineData("P", "duu", "switched 20", "Hold: primary is down: …; standby is up, but the last switch was 20 s ago and minActiveTime is 1 min [min-active-time → It is decided again in 40 s.] (again in 40 s)")]
    [InlineData("P", "d?s", "", "Hold: no endpoint is proven to work: standby is not proven yet (0 passed, 0 failed in a row), last: no route from here; third is up, but 1 failure, last: connection refused by :443 [unproven!: primary is down: …; … → It moves as soon as one of them passes its probes.]")]
    [InlineData("P", "dss", "", "Hold: no endpoint is proven to work: standby is up, but 1 failure, last: connection refused by :443; third is up, but 1 failure, last: connection refused by :443 [unproven: primary is down: …; … → It moves as soon as one of them passes its probes.]")]
    [InlineData("P", "sdd", "", "Hold: primary serves the name")]
    [InlineData("", "d?d", "create", "Hold: no endpoint is proven to work: standby is not proven yet (0 passed, 0 failed in a row), last: no route from here")]
    public void Failover(string live, string health, string special, string expected) => Says(live, health, special, expected);

    [Theory]
    [InlineData("S", "uuu", "", "Failback to primary with proof of primary, changing sides: primary has been up for 1 h (failback delay 1 min)")]
    [InlineData("S", "nuu", "", "Hold: primary is up again; failback after 1 min without a failure (again in 1 min)")]
    [InlineData("S", "uuu", "switched 20", "Hold: primary is up again; failback after 1 min without a failure (again in 40 s)")]
    [InlineData("S", "uuu", "switched 90, minActiveTime 300", "Hold: the last switch was 1 min 30 s ago and minActiveTime is 5 min [min-active-time: primary has been up for 1 h (failback delay 1 min), but … → It is decided again in 3 min 30 s.] (again in 3 min 30 s)")]
    [InlineData("S", "uuu", "switched 300, minActiveTime 300", "Failback to primary with proof of primary, changing sides: primary has been up for 1 h (failback delay 1 min)")]
    [InlineData("S", "uuu", "manual", "Hold: primary is up again, and failback is manual")]
    [InlineData("T", "uun", "same-priority, manual", "Hold: primary, standby are up again, and failback is manual")]
    [InlineData("T", "unu", "same-priority", "Failback to primary with proof of primary, changing sides: primary has been up for 1 h (failback delay 1 min)")]
    [InlineData("T", "uuu", "same-priority", "Failback to primary, standby with proof of primary and standby, changing sides: primary, standby have been up for 1 h (failback delay 1 min)")]
    [InlineData("SF", "nuu", "adopt", "Shift to standby: 203.0.113.9 is live and is adopted (again in 1 min)")]
    [InlineData("T", "nhu", "same-priority", "Hold: primary, standby are up again; failback after 1 min without a failure (again in 30 s)")]
    [InlineData("T", "hnu", "same-priority", "Hold: primary, standby are up again; failback after 1 min without a failure (again in 30 s)")]
    [InlineData("T", "ulu", "same-priority", "Failback to primary, standby with proof of primary and standby, changing sides: primary, standby have been up for 2 min (failback delay 1 min)")]
    [InlineData("S", "hun", "same-standbys", "Hold: primary is up again; failback after 1 min without a failure (again in 30 s)")]
    [InlineData("S", "nuh", "same-standbys", "Hold: primary is up again; failback after 1 min without a failure (again in 30 s)")]
    [InlineData("S", "duh", "same-standbys", "Hold: third is up again and joins when up for long enough (again in 30 s)")]
    public void Failback(string live, string health, string special, string expected) => Says(live, health, special, expected);

    [Theory]
    [InlineData("PST", "uuu", "multivalue", "Hold: primary, standby, third serve the name")]
    [InlineData("PST", "udu", "multivalue", "Shift to primary, third: standby is down: …")]
    [InlineData("P", "unu", "multivalue", "Shift to primary, third with proof of third: third is up (again in 1 min)")]
    [InlineData("P", "unn", "multivalue", "Hold: standby, third are up again and join when up for long enough (again in 1 min)")]
    [InlineData("PST", "nnn", "weighted", "Shift to primary × 1, standby × 1, third × 1: the weights differ from failover.yaml")]
    [InlineData("PF", "uuu", "multivalue, adopt", "Shift to primary, standby, third with proof of standby and third: standby, third are up; 203.0.113.9 is live and is adopted")]
    [InlineData("P", "unh", "multivalue", "Hold: standby, third are up again and join when up for long enough (again in 30 s)")]
    [InlineData("P", "uhn", "multivalue", "Hold: standby, third are up again and join when up for long enough (again in 30 s)")]
    public void Members(string live, string health, string special, string expected) => Says(live, health, special, expected);

    [Theory]
    [InlineData("S", "ddd", "", "Hold: every endpoint is down; onAllDown: keep keeps the answer")]
    [InlineData("S", "ddd", "primary", "Failover to primary, changing sides: every endpoint is down; onAllDown: primary")]
    [InlineData("P", "ddd", "primary", "Hold: every endpoint is down; onAllDown: primary keeps the answer")]
    [InlineData("S", "ddd", "all", "Failover to primary, standby, third, changing sides: every endpoint is down; onAllDown: all")]
    [InlineData("S", "ddd", "all, switched 20", "Hold: every endpoint is down; onAllDown: all, but the last switch was 20 s ago and minActiveTime is 1 min [min-active-time → It is decided again in 40 s.] (again in 40 s)")]
    [InlineData("PST", "ddd", "all", "Hold: every endpoint is down; onAllDown: all keeps the answer")]
    [InlineData("", "ddd", "all, create", "Failover to primary, standby, third, changing sides: every endpoint is down; onAllDown: all")]
    public void All_down(string live, string health, string special, string expected) => Says(live, health, special, expected);

    [Theory]
    [InlineData("", "uuu", "", "Hold: api.example.com has no A record at dns [missing! → Create it with the value of an endpoint, or set create: true for api.example.com.]")]
    [InlineData("", "uuu", "create", "Shift to primary with proof of primary: the name has no such record yet; primary is up")]
    [InlineData("F", "uuu", "", "Hold: the A record of api.example.com holds 203.0.113.9, which no endpoint declares [foreign-value! → Declare it as an endpoint's address, or set adopt: true for api.example.com to let it be replaced.]")]
    [InlineData("F", "uuu", "adopt", "Shift to primary with proof of primary, changing sides: 203.0.113.9 is live and is adopted; primary is up")]
    [InlineData("F", "?uu", "adopt", "Shift to standby with proof of standby, changing sides: 203.0.113.9 is live and is adopted; standby is up")]
    [InlineData("F", "uuu", "formerly", "Shift to primary with proof of primary, changing sides: 203.0.113.9 is live and is not declared any more; primary is up")]
    [InlineData("F", "?uu", "formerly", "Hold: 203.0.113.9 is live and is not declared any more; primary is not proven yet (0 passed, 0 failed in a row), last: no route from here")]
    [InlineData("F", "du?", "formerly", "Shift to standby with proof of standby, changing sides: 203.0.113.9 is live and is not declared any more; standby is up")]
    [InlineData("P", "duu", "owner green", "Hold: the records of api.example.com are marked as owned by the controller 'green', and this one is 'blue' [owner! → Stop the other controller from steering api.example.com, or set adopt: true to take the name over.]")]
    [InlineData("P", "duu", "owner green, adopt", "Failover to standby with proof of standby, changing sides: primary is down: …; standby is up")]
    [InlineData("P", "duu", "owner blue", "Failover to standby with proof of standby, changing sides: primary is down: …; standby is up")]
    [InlineData("C", "uuu", "adopt, create", "Hold: api.example.com is a CNAME (elsewhere.example.net), and its endpoints declare addresses [type-conflict! → Remove the CNAME at the provider, or declare the endpoints with cname.]")]
    [InlineData("A", "uuu", "", "Hold: the A records of api.example.com are alias to lb-1.example.net, which no endpoint can declare [foreign-value! → Set adopt: true for api.example.com to let them be replaced, or steer another name.]")]
    [InlineData("F", "u?u", "same-priority, formerly", "Shift to primary with proof of primary, changing sides: 203.0.113.9 is live and is not declared any more; primary is up")]
    public void Whose_records(string live, string health, string special, string expected) => Says(live, health, special, expected);

    [Theory]
    [InlineData("P", "uuu", "ttl 300", "Shift to primary: the TTL is 5 min, failover.yaml says 30 s")]
    [InlineData("P", "uuu", "ttl 300, mended", "Hold: primary serves the name")]
    [InlineData("P", "uuu", "ttl 300, undeclared-ttl", "Hold: primary serves the name")]
    [InlineData("P", "duu", "ttl 300", "Failover to standby with proof of standby, changing sides: primary is down: …; standby is up")]
    [InlineData("PF", "ddd", "ttl 300, adopt", "Hold: every endpoint is down; onAllDown: keep keeps the answer")]
    [InlineData("P", "d??", "ttl 300", "Hold: no endpoint is proven to work: standby is not proven yet (0 passed, 0 failed in a row), last: no route from here; third is not proven yet (0 passed, 0 failed in a row), last: no route from here [unproven!: primary is down: …; … → It moves as soon as one of them passes its probes.]")]
    public void Ttl(string live, string health, string special, string expected) => Says(live, health, special, expected);

    [Theory]
    [InlineData("P", "uuu", "force standby", "Forced to standby, changing sides: forced to standby by alice until 2026-03-01 13:01 UTC: release")]
    [InlineData("S", "uuu", "force standby", "Hold: forced to standby by alice until 2026-03-01 13:01 UTC: release")]
    [InlineData("S", "udu", "force standby", "Hold: forced to standby by alice until 2026-03-01 13:01 UTC: release [forced-down!: standby is down: …; primary, third work, but the name is … → The daemon leaves it there, as it was told. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover release api.example.com`.]")]
    [InlineData("S", "udd", "force standby", "Hold: forced to standby by alice until 2026-03-01 13:01 UTC: release [forced-down!: standby is down: …; primary works, but the name is … → The daemon leaves it there, as it was told. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover release api.example.com`.]")]
    [InlineData("S", "ddd", "force standby", "Hold: forced to standby by alice until 2026-03-01 13:01 UTC: release [forced-down!: standby is down: …; no other is proven to work, but the name is … → The daemon leaves it there, as it was told. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover release api.example.com`.]")]
    [InlineData("P", "uuu", "force standby, switched 20", "Hold: forced to standby by alice until 2026-03-01 13:01 UTC: release; but the last switch was 20 s ago and minActiveTime is 1 min [min-active-time → It is decided again in 40 s.] (again in 40 s)")]
    [InlineData("", "uuu", "force standby, create", "Forced to standby: forced to standby by alice until 2026-03-01 13:01 UTC: release")]
    [InlineData("F", "uuu", "force standby, adopt", "Forced to standby, changing sides: forced to standby by alice until 2026-03-01 13:01 UTC: release")]
    [InlineData("P", "uuu", "force nowhere", "Hold: forced to nowhere by alice until 2026-03-01 13:01 UTC: release; nowhere has no A value, so these records stay as they are")]
    [InlineData("P", "uuu", "drain primary", "Forced to standby with proof of standby, changing sides: primary drained by alice until 2026-03-01 13:01 UTC: release; standby is up")]
    [InlineData("P", "uuu", "drain primary, switched 20", "Hold: primary drained by alice until 2026-03-01 13:01 UTC: release; but the last switch was 20 s ago and minActiveTime is 1 min [min-active-time → It is decided again in 40 s.] (again in 40 s)")]
    [InlineData("P", "uss", "drain primary", "Hold: primary drained by alice until 2026-03-01 13:01 UTC: release; but no other is proven to work: standby is up, but 1 failure, last: connection refused by :443; third is up, but 1 failure, last: connection refused by :443 [drain → primary keeps the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com primary`.]")]
    [InlineData("P", "u?d", "drain primary", "Hold: primary drained by alice until 2026-03-01 13:01 UTC: release; but no other is proven to work: standby is not proven yet (0 passed, 0 failed in a row), last: no route from here [drain! → primary keeps the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com primary`.]")]
    [InlineData("P", "udd", "drain primary", "Hold: primary serves the name [drain!: primary drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works: standby is down: …; third is down: … → primary keeps the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com primary`.]")]
    [InlineData("P", "duu", "drain primary", "Failover to standby with proof of standby, changing sides: primary is down: …; standby is up")]
    [InlineData("P", "duu", "drain primary, switched 20", "Hold: primary drained by alice until 2026-03-01 13:01 UTC: release; but the last switch was 20 s ago and minActiveTime is 1 min [min-active-time → It is decided again in 40 s.] (again in 40 s)")]
    [InlineData("P", "dud", "drain standby", "Failover to standby with proof of standby, changing sides: primary is down: …; standby is up (standby drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works)")]
    [InlineData("P", "ddd", "drain primary, all", "Failover to standby, third, changing sides: every endpoint is down; onAllDown: all")]
    [InlineData("S", "uuu", "drain primary", "Hold: standby serves the name")]
    [InlineData("PST", "uuu", "drain primary, multivalue", "Forced to standby, third: primary drained by alice until 2026-03-01 13:01 UTC: release; standby, third are up")]
    [InlineData("PS", "udu", "drain primary, drain standby, multivalue", "Forced to third with proof of third, changing sides: primary drained by alice until 2026-03-01 13:01 UTC: release; standby drained by alice until 2026-03-01 13:01 UTC: release; third is up")]
    [InlineData("PS", "udd", "drain primary, drain standby, multivalue", "Shift to primary: standby is down: … (primary drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works)")]
    [InlineData("PS", "uud", "drain primary, drain standby, multivalue", "Hold: primary, standby serve the name [drain!: primary drained by alice until 2026-03-01 13:01 UTC: release; standby drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works: third is down: … → primary, standby keep the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com primary`.]")]
    [InlineData("PS", "udd", "drain primary, multivalue", "Shift to primary: standby is down: … (primary drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works)")]
    [InlineData("S", "uuu", "approve", "Hold: primary has been up for 1 h (failback delay 1 min), and failback: approve waits for an operator [approval! → Let traffic return with `dnsfailover approve api.example.com`. Until then it stays where it is.]")]
    [InlineData("S", "nuu", "approve", "Hold: primary is up again; failback after 1 min without a failure (again in 1 min)")]
    [InlineData("T", "uuu", "approve, same-priority", "Hold: primary, standby have been up for 1 h (failback delay 1 min), and failback: approve waits for an operator [approval! → Let traffic return with `dnsfailover approve api.example.com`. Until then it stays where it is.]")]
    [InlineData("T", "unu", "approve, same-priority", "Hold: primary has been up for 1 h (failback delay 1 min), and failback: approve waits for an operator [approval! → Let traffic return with `dnsfailover approve api.example.com`. Until then it stays where it is.]")]
    [InlineData("S", "nun", "same-standbys", "Hold: primary is up again; failback after 1 min without a failure (again in 1 min)")]
    [InlineData("S", "nuu", "same-standbys", "Shift to standby, third with proof of third: third is up (again in 1 min)")]
    [InlineData("T", "ulu", "approve, same-priority", "Hold: primary, standby have been up for 2 min (failback delay 1 min), and failback: approve waits for an operator [approval! → Let traffic return with `dnsfailover approve api.example.com`. Until then it stays where it is.]")]
    [InlineData("S", "uuu", "approve, same-standbys", "Shift to standby, third with proof of third: third is up")]
    [InlineData("PT", "uuu", "drain primary, multivalue", "Forced to third: primary drained by alice until 2026-03-01 13:01 UTC: release; third is up")]
    [InlineData("PT", "duu", "drain primary, multivalue", "Forced to third: primary drained by alice until 2026-03-01 13:01 UTC: release; third is up")]
    [InlineData("PT", "uud", "drain primary, drain standby, multivalue", "Shift to primary, standby with proof of standby: third is down: …; standby is up (primary drained by alice until 2026-03-01 13:01 UTC: release; standby drained by alice until 2026-03-01 13:01 UTC: release; but nothing else works)")]
    [InlineData("P", "dud", "drain standby, switched 20", "Hold: primary is down: …; standby is up, but the last switch was 20 s ago and minActiveTime is 1 min [min-active-time → It is decided again in 40 s.] (again in 40 s)")]
    [InlineData("F", "?uu", "formerly, drain primary, drain standby, drain third", "Hold: 203.0.113.9 is live and is not declared any more; primary is not proven yet (0 passed, 0 failed in a row), last: no route from here")]
    [InlineData("P", "ddd", "drain primary, drain standby, drain third, all", "Failover to primary, standby, third, changing sides: every endpoint is down; onAllDown: all")]
    [InlineData("P", "udd", "drain primary, drain standby, drain third", "Hold: primary serves the name [drain!: primary drained by alice until 2026-03-01 13:01 UTC: release; but every endpoint is drained → primary keeps the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com primary`.]")]
    public void Operators(string live, string health, string special, string expected) => Says(live, health, special, expected);

    [Fact]
    public void A_cname_is_not_put_beside_addresses_and_has_one_value()
    {
        var service = Service(Endpoint("primary", 0, "a.example"), Endpoint("standby", 0, "b.example")) with { Adopt = true };
        Same("Hold: api.example.com has A records, and its endpoints declare a cname [type-conflict! → Remove them at the provider, or declare the endpoints with addresses.]", Told(Decide.For(Situation(service, RecordType.CNAME, Holding(P), "uu", ""))));
        Same("Hold: standby (b.example) serves the name", Told(Decide.For(Situation(service, RecordType.CNAME, Holding("b.example"), "uu", ""))));
        Same("Failover to primary (a.example) with proof of primary, changing sides: standby (b.example) is down: 3 failures in a row, last: connection refused by b.example:443; primary (a.example) is up", Told(Decide.For(Situation(service, RecordType.CNAME, Holding("b.example"), "ud", ""))));
        var ranked = Service(Endpoint("primary", 0, "a.example"), Endpoint("standby", 1, "b.example")) with { OnAllDown = OnAllDown.All };
        Same("Failover to primary (a.example), changing sides: every endpoint is down; onAllDown: all", Told(Decide.For(Situation(ranked, RecordType.CNAME, Holding("b.example"), "dd", "")))); // the preferred one
    }

    [Theory]
    [InlineData("F", "uuu", "", "P", "Shift to primary with proof of primary: somebody else put 203.0.113.9 in place of 192.0.2.1; onDrift: restore puts it back")]
    [InlineData("F", "duu", "", "P", "Failover to standby with proof of standby, changing sides: somebody else put 203.0.113.9 in place of 192.0.2.1; primary is down: …; standby is up")]
    [InlineData("F", "?uu", "", "P", "Hold: somebody else put 203.0.113.9 in place of 192.0.2.1, but primary is not proven yet (0 passed, 0 failed in a row), last: no route from here")]
    [InlineData("S", "duu", "", "P", "Shift to standby, changing sides: somebody else put 192.0.2.2 in place of 192.0.2.1; primary is down: …; standby is up")]
    [InlineData("T", "duu", "", "P", "Shift to standby with proof of standby, changing sides: somebody else put 192.0.2.3 in place of 192.0.2.1; primary is down: …; standby is up")]
    [InlineData("", "uuu", "", "P", "Shift to primary with proof of primary: somebody else put nothing in place of 192.0.2.1; onDrift: restore puts it back")]
    [InlineData("F", "ddd", "all", "P", "Failover to primary, standby, third, changing sides: somebody else put 203.0.113.9 in place of 192.0.2.1; every endpoint is down; onAllDown: all")]
    [InlineData("P", "uuu", "", "P", "Hold: primary serves the name")]
    [InlineData("F", "uuu", "", "", "Hold: the A record of api.example.com holds 203.0.113.9, which no endpoint declares [foreign-value! → Declare it as an endpoint's address, or set adopt: true for api.example.com to let it be replaced.]")]
    [InlineData("F", "uuu", "owner green", "P", "Hold: the records of api.example.com are marked as owned by the controller 'green', and this one is 'blue' [owner! → Stop the other controller from steering api.example.com, or set adopt: true to take the name over.]")]
    [InlineData("F", "suu", "", "P", "Hold: somebody else put 203.0.113.9 in place of 192.0.2.1, but primary is up, but 1 failure, last: connection refused by :443")]
    [InlineData("F", "uuu", "drain primary", "P", "Forced to standby with proof of standby, changing sides: somebody else put 203.0.113.9 in place of 192.0.2.1; primary drained by alice until 2026-03-01 13:01 UTC: release; standby is up")]
    [InlineData("F", "udd", "drain primary", "P", "Shift to primary with proof of primary: somebody else put 203.0.113.9 in place of 192.0.2.1; onDrift: restore puts it back")]
    [InlineData("F", "uuu", "force standby", "P", "Forced to standby, changing sides: forced to standby by alice until 2026-03-01 13:01 UTC: release")]
    [InlineData("F", "sus", "drain standby", "S", "Hold: standby drained by alice until 2026-03-01 13:01 UTC: release; but no other is proven to work: primary is up, but 1 failure, last: connection refused by :443; third is up, but 1 failure, last: connection refused by :443 [drain → standby keeps the traffic until another endpoint is proven to work. It ends by itself at 2026-03-01 13:01 UTC, or with `dnsfailover undrain api.example.com standby`.]")]
    [InlineData("F", "udu", "multivalue", "PS", "Shift to primary, third with proof of primary and third: somebody else put 203.0.113.9 in place of 192.0.2.1, 192.0.2.2; standby is down: …; third is up")]
    public void Putting_back(string live, string health, string special, string before, string expected)
    {
        var situation = Situation(live, health, special);
        Same(expected, Told(Decide.Restore(situation, before.Length == 0 ? [] : Live(before, Seconds(30)).Sets)));
    }

    [Theory]
    [InlineData("S", "duu", "", "Hold: somebody changed it; standby serves the name")]
    [InlineData("S", "ddu", "", "Hold: standby is down: …; third is up, but somebody changed it [paused! → Undo it.]")]
    [InlineData("S", "uuu", "", "Hold: primary has been up for 1 h (failback delay 1 min), but somebody changed it [paused → Undo it.]")]
    public void Pause(string live, string health, string special, string expected) =>
        Same(expected, Told(Decide.Paused(Situation(live, health, special), "somebody changed it", "Undo it.")));

    [Theory]
    [InlineData("S", "duu", "Hold: standby serves the name")]
    [InlineData("P", "duu", "Hold: primary is down: …; standby is up, but 1 of 4 control targets answered [network → It is decided again as soon as our own network is not the likely fault any more.]")]
    [InlineData("S", "uuu", "Hold: primary has been up for 1 h (failback delay 1 min), but 1 of 4 control targets answered [network → It is decided again as soon as our own network is not the likely fault any more.]")]
    public void Our_own_network(string live, string health, string expected) => Same(expected, Told(Decide.HeldByNetwork(Situation(live, health, ""), "1 of 4 control targets answered")));

    [Theory]
    [InlineData("P", "uuu", "", "P", "Hold: dns holds the same as lead")]
    [InlineData("P", "uuu", "ttl 300", "P", "Shift to primary: the TTL is 5 min, failover.yaml says 30 s")]
    [InlineData("P", "uuu", "owner green", "P", "Hold: the records of api.example.com are marked as owned by the controller 'green', and this one is 'blue' [owner! → Stop the other controller from steering api.example.com, or set adopt: true to take the name over.]")]
    [InlineData("P", "uuu", "owner green", "S", "Hold: the records of api.example.com are marked as owned by the controller 'green', and this one is 'blue' [owner! → Stop the other controller from steering api.example.com, or set adopt: true to take the name over.]")]
    [InlineData("P", "uuu", "", "S", "Shift to standby with proof of standby: lead holds 192.0.2.2; dns follows")]
    [InlineData("P", "usu", "", "S", "Hold: lead holds 192.0.2.2, but standby is up, but 1 failure, last: connection refused by :443")]
    [InlineData("P", "uuu", "", "F", "Hold: lead holds 203.0.113.9, which no endpoint declares")]
    [InlineData("P", "uuu", "", "", "Hold: lead holds no A record")]
    [InlineData("F", "uuu", "", "P", "Hold: the A record of api.example.com holds 203.0.113.9, which no endpoint declares [foreign-value! → Declare it as an endpoint's address, or set adopt: true for api.example.com to let it be replaced.]")]
    [InlineData("F", "uuu", "", "F", "Hold: dns holds the same as lead")]
    [InlineData("P", "ddd", "", "S", "Hold: lead holds 192.0.2.2, but standby is down: …")]
    [InlineData("P", "ddd", "all", "PS", "Shift to primary, standby: lead holds 192.0.2.1, 192.0.2.2; dns follows")]
    [InlineData("P", "ddu", "all", "PS", "Hold: lead holds 192.0.2.1, 192.0.2.2, but standby is down: …")]
    [InlineData("T", "udu", "force standby", "S", "Shift to standby: lead holds 192.0.2.2; dns follows")]
    [InlineData("T", "duu", "force standby", "P", "Hold: lead holds 192.0.2.1, but primary is down: …")]
    [InlineData("T", "duu", "force standby", "PS", "Hold: lead holds 192.0.2.1, 192.0.2.2, but primary is down: …")]
    public void Following(string live, string health, string special, string leading, string expected) =>
        Same(expected, Told(Decide.Follow(Situation(live, health, special), leading.Length == 0 ? null : Live(leading, Seconds(30)).Sets[0], "lead")));

    private static void Says(string live, string health, string special, string expected) => Same(expected, Told(Decide.For(Situation(live, health, special))));

    /// <summary>Shows the whole sentence when it differs.</summary>
    private static void Same(string expected, string actual) => Assert.True(expected == actual, actual);

    /// <summary>Everything that a decision holds, in one line; without addresses, and with … for what is said elsewhere.</summary>
    internal static string Told(Decision decision) => Address().Replace(AllOf(decision), string.Empty).Replace("3 failures in a row, last: connection refused by :443", "…", StringComparison.Ordinal);

    [GeneratedRegex(@" \(192\.0\.2\.\d\)|(?<=refused by )192\.0\.2\.\d", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();

    private static string AllOf(Decision decision) => string.Concat(
        decision.Kind,
        decision.Answer is { } answer ? $" to {answer}" : string.Empty,
        decision.NeedsProof.Count > 0 ? $" with proof of {string.Join(" and ", decision.NeedsProof.Select(target => target.Endpoint))}" : string.Empty,
        decision.ChangesSides ? ", changing sides" : string.Empty,
        $": {decision.Reason}",
        decision.Refusal is { } refusal ? $" [{refusal.Cause}{(refusal.NeedsOperator ? "!" : string.Empty)}{(refusal.Reason == decision.Reason ? string.Empty : $": {refusal.Reason.Replace(decision.Reason, "…", StringComparison.Ordinal)}")} → {refusal.Next}]" : string.Empty,
        decision.RevisitAt is { } at ? $" (again in {Text.Of(at - Now)})" : string.Empty);

    internal static Situation Situation(string live, string health, string special)
    {
        var words = special.Split(", ");
        var service = Service(Primary, Standby with { Priority = words.Contains("same-priority") ? 0 : 1 }, Third with { Priority = words.Contains("same-standbys") ? 1 : 2 }) with
        {
            Policy = words.Contains("multivalue") ? Policy.Multivalue : words.Contains("weighted") ? Policy.Weighted : Policy.Failover,
            Failback = new FailbackRule(words.Contains("manual") ? FailbackMode.Manual : words.Contains("approve") ? FailbackMode.Approve : FailbackMode.Auto, Seconds(60)),
            OnAllDown = words.Contains("all") ? OnAllDown.All : words.Contains("primary") ? OnAllDown.Primary : OnAllDown.Keep,
            MinActiveTime = Seconds(Number("minActiveTime") ?? 60),
            Ttl = words.Contains("undeclared-ttl") ? null : Seconds(30),
            Adopt = words.Contains("adopt"),
            Create = words.Contains("create"),
            Owner = "blue",
        };
        var records = Live(live, Seconds(Number("ttl") ?? 30)) with { Owner = Word("owner") };
        return Situation(service, RecordType.A, records, health, special) with
        {
            Orders = new Orders
            {
                Force = words.Where(word => word.StartsWith("force ", StringComparison.Ordinal)).Select(word => Said(OverrideKind.Force, word[6..], "forced to " + word[6..])).FirstOrDefault(),
                Drains = words.Where(word => word.StartsWith("drain ", StringComparison.Ordinal)).Select(word => Said(OverrideKind.Drain, word[6..], word[6..] + " drained")).ToValueList(),
            },
        };

        static Order Said(OverrideKind kind, string endpoint, string what) => new(kind, endpoint, what, "alice", "release", Now - Seconds(60), Now + Seconds(60));

        string? Word(string name) => Array.Find(words, word => word.StartsWith($"{name} ", StringComparison.Ordinal))?[(name.Length + 1)..];

        int? Number(string name) => Word(name) is { } number ? int.Parse(number) : null;
    }

    internal static Situation Situation(ServiceDefinition service, RecordType type, NameRecords live, string health, string special)
    {
        var states = service.Targets.Select((pair, index) => (pair.Target, Health: DecideTests.Of(pair.Target, health[index]))).ToDictionary(pair => pair.Target, pair => pair.Health);
        var switched = special.Split(", ").FirstOrDefault(word => word.StartsWith("switched ", StringComparison.Ordinal));
        return new Situation(service, type, live, states, switched is null ? null : Now - Seconds(int.Parse(switched[9..])), MayMendTtl: !special.Contains("mended", StringComparison.Ordinal), Now)
        {
            Formerly = special.Contains("formerly", StringComparison.Ordinal) ? [new EndpointTarget(RecordType.A, DecideTests.Value('F'))] : [],
        };
    }

    /// <summary><c>P</c>rimary, <c>S</c>tandby, <c>T</c>hird, <c>F</c>oreign; <c>C</c> is a CNAME and <c>A</c> an alias, whatever it leads to.</summary>
    internal static NameRecords Live(string live, TimeSpan ttl) => live switch
    {
        "" => NameRecords.Create(Name, []),
        "A" => NameRecords.Create(Name, [RecordSet.Described(Name, RecordType.A, ttl, "alias to lb-1.example.net")]),
        "C" => Holding(Name, ttl, "elsewhere.example.net"),
        _ => Holding(Name, ttl, [.. live.Select(DecideTests.Value)]),
    };
}
