using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Journal;

/// <summary>One of every kind of entry, and alerts.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2026, 7, 29, 12, 0, 0, TimeSpan.Zero);

    public static readonly DnsName Api = DnsName.Parse("api.example.com");

    public static readonly SwitchTimings Timings = new(TimeSpan.FromSeconds(2.1), TimeSpan.FromMilliseconds(12), TimeSpan.FromTicks(400_001), TimeSpan.FromMilliseconds(8));

    public static IReadOnlyList<JournalEntry> EveryEntry =>
    [
        Health(Noon),
        Intent(Noon, 7),
        Intent(Noon, 8) with { FirstFailureAt = Noon.AddTicks(-12_345), Service = null, Switched = [] },
        Outcome(Noon, 7),
        Outcome(Noon, 8) with { Timings = null, HoldDowns = [], Result = ChangeResult.Conflict },
        Outcome(Noon, 9) with { Timings = Timings with { Detection = null, Verification = null } },
        Raised(Noon, "redundancy:render"),
        Cleared(Noon, "redundancy:render"),
        new DriftNoticed { At = Noon, Service = Api, Provider = "dns", Expected = "192.0.2.1", Actual = "203.0.113.9" },
        new DriftNoticed
        {
            At = Noon,
            Service = Api,
            Provider = "dns",
            Expected = "192.0.2.1",
            Actual = "203.0.113.9",
            Response = new Drift(Noon, [RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(30), "192.0.2.1", "192.0.2.2")], OnDrift.Restore, GivenUp: true),
            Restores = [Noon.AddMinutes(-3), Noon],
            HoldDowns = [new HoldDown(RecordType.A, Noon)],
        },
        new DriftEnded { At = Noon, Service = Api, Provider = "dns", Reason = "put back", Restores = [Noon], Undone = [RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(30), "192.0.2.1")] },
        new DriftEnded
        {
            At = Noon,
            Service = Api,
            Provider = "dns",
            Reason = "the A records were put back",
            Left = new Drift(Noon, [RecordSet.Create(Api, RecordType.AAAA, TimeSpan.FromSeconds(30), "2001:db8::1")], OnDrift.Restore, GivenUp: false),
            HoldDowns = [new HoldDown(RecordType.A, Noon)],
        },
        new OverrideBegan { At = Noon, Service = Api, Override = new Override(OverrideKind.Drain, Api, "render", "kernel \"update\"", "alice@laptop", Noon, Noon.AddHours(2)) },
        new OverrideBegan { At = Noon, Override = new Override(OverrideKind.Freeze, Service: null, Endpoint: null, "release", "alice@laptop", Noon, Noon.AddHours(2)) },
        new OverrideEnded { At = Noon, Override = new Override(OverrideKind.Freeze, Service: null, Endpoint: null, "release", "alice@laptop", Noon, Noon.AddHours(2)), Actor = "bob", Reason = "done" },
        new OverrideEnded { At = Noon, Service = Api, Override = new Override(OverrideKind.Approve, Api, Endpoint: null, "looks well", "alice@laptop", Noon, Noon.AddHours(2)), Reason = "traffic has returned" },
        new DrillExpected { At = Noon, Service = Api },
        new DrillBegan { At = Noon, Service = Api, Number = 3, Name = DrillRule.DefaultFor(Api)!.Value, Actor = "alice@laptop", Down = ["railway"], Home = [RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(30), "192.0.2.1")], LastPassedAt = Noon.AddDays(-7), Formerly = [new EndpointTarget(RecordType.A, "192.0.2.1")] },
        new DrillIntended { At = Noon, Service = Api, Number = 3, Provider = "dns", Change = Intent(Noon, 9).Change },
        new DrillEnded
        {
            At = Noon,
            Service = Api,
            LastPassedAt = Noon,
            Report = new DrillReport { Number = 3, Name = Api, BeganAt = Noon, Took = TimeSpan.FromSeconds(1.5), Result = DrillResult.Failed, From = "railway", To = "render", Reason = "late", Next = "look", Phases = [new DrillPhase("write", "dns", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), Ok: true, "A"), new DrillPhase("verify", "192.0.2.53:53", Took: null, Bound: null, Ok: false, "no reply")] },
        },
        new OverrideBegan { At = Noon, Service = Api, Override = new Override(OverrideKind.Drain, Api, "render", "drill 3", "dnsfailover", Noon, Noon.AddHours(2)) { Drill = 3 } },
        new ConfigurationChanged { At = Noon.ToOffset(TimeSpan.FromHours(2)), Accepted = false, Reason = "failover.yaml:3:1: unknown key 'servicez' → \"services\" & <more> \U0001F525\n" },
    ];

    public static Alert FullAlert { get; } = new()
    {
        Kind = AlertKind.Failover,
        At = Noon,
        Service = Api,
        Title = "api.example.com failed over from railway to render",
        From = "railway (192.0.2.1)",
        To = "render (198.51.100.1)",
        Reason = "3 failures in a row, last: connection refused by 192.0.2.1:443",
        Evidence = ["railway (192.0.2.1): connection refused", "render (198.51.100.1): status 200 in 34 ms"],
        Timings = Timings,
        Downtime = TimeSpan.FromSeconds(192),
        Next = "Traffic goes back 5 min after railway is Up again.",
    };

    public static Alert SmallAlert { get; } = new()
    {
        Kind = AlertKind.ReloadRejected,
        At = Noon,
        Title = "The new configuration was rejected",
        Reason = "line 3",
        Next = "The last good one goes on.",
    };

    public static HealthChanged Health(DateTimeOffset at) => new()
    {
        At = at,
        Service = Api,
        Target = new TargetId(Api, "railway", RecordType.AAAA, "2001:db8::1"),
        From = HealthStatus.Unknown,
        To = HealthStatus.Down,
        Reason = "3 failures in a row",
    };

    public static IntentRecorded Intent(DateTimeOffset at, long id) => new()
    {
        At = at,
        Service = Api,
        Provider = "dns",
        Change = new ChangeSet(id, Api,
        [
            new RecordChange(RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(30), "192.0.2.1"), RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(30), "198.51.100.1", "198.51.100.2")),
            new RecordChange(null, RecordSet.Create(Api, RecordType.AAAA, TimeSpan.FromSeconds(60), [new RecordValue("2001:db8::2", 3)])),
            new RecordChange(null, RecordSet.Create(DnsName.Parse("www.example.com"), RecordType.CNAME, TimeSpan.Zero, "x.up.railway.app")),
            new RecordChange(RecordSet.Described(DnsName.Parse("lb.example.com"), RecordType.A, TimeSpan.FromSeconds(60), "alias to lb-1.eu-west-1.elb.amazonaws.com"), RecordSet.Create(DnsName.Parse("lb.example.com"), RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.1")),
        ]),
        Decision = DecisionKind.Failover,
        Reason = "railway is Down",
        Evidence = ["one", "two"],
        From = "railway",
        To = "render",
        VerdictAt = at,
        Switched = [RecordType.A, RecordType.AAAA],
        Guards = ["budget 10 an hour: 3 used", "velocity 10 per 10 s: 0 under way"],
        MovesTraffic = true,
        Left = [new EndpointTarget(RecordType.A, "192.0.2.1")],
    };

    public static OutcomeRecorded Outcome(DateTimeOffset at, long id) => new()
    {
        At = at,
        Service = Api,
        Provider = "dns",
        ChangeId = id,
        Result = ChangeResult.Verified,
        Reason = "every authoritative server answers it",
        HoldDowns = [new HoldDown(RecordType.A, at.AddMilliseconds(-3)), new HoldDown(RecordType.AAAA, at)],
        Switches = [new PastSwitch(at.AddMinutes(-5), DecisionKind.Failback, [RecordType.A]), new PastSwitch(at, DecisionKind.Failover, [RecordType.A, RecordType.AAAA]) { Left = [new EndpointTarget(RecordType.A, "192.0.2.1")] }],
        Doubtful = [Intent(at.AddSeconds(-7), id + 1)],
        Timings = Timings,
    };

    public static ConditionRaised Raised(DateTimeOffset at, string cause) =>
        new() { At = at, Service = Api, Cause = cause, Alert = AlertKind.RedundancyLost, Reason = "render is Down", Since = at, Told = true, Evidence = ["one"], Guards = ["minActiveTime 30 s: no switch is remembered"] };

    public static ConditionCleared Cleared(DateTimeOffset at, string cause) => new() { At = at, Service = Api, Cause = cause, Reason = "render is Up" };
}
