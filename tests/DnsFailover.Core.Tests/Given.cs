using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Tests;

/// <summary>The usual cast: one name, a primary, a standby and a third endpoint. Variations are made with <c>with</c>.</summary>
internal static class Given
{
    public const string P = "192.0.2.1";
    public const string S = "192.0.2.2";
    public const string T = "192.0.2.3";
    public const string P6 = "2001:db8::1";
    public const string S6 = "2001:db8::2";

    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly DnsName Name = DnsName.Parse("api.example.com");

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public static EndpointDefinition Endpoint(string name, int priority, params string[] values) => new()
    {
        Name = name,
        Priority = priority,
        Targets = values.Select(value => new EndpointTarget(TypeOf(value), value)).ToValueList(),
        Rule = new HealthRule(Rise: 2, Fall: 3),
        Timing = new ProbeTiming(Seconds(10), Seconds(2), Seconds(1)),
        CheckFingerprint = "GET /",
    };

    public static EndpointDefinition Primary { get; } = Endpoint("primary", 0, P);

    public static EndpointDefinition Standby { get; } = Endpoint("standby", 1, S);

    public static EndpointDefinition Third { get; } = Endpoint("third", 2, T);

    /// <summary>Failover, back after a minute, at most one switch a minute, TTL 30 s.</summary>
    public static ServiceDefinition Service(params EndpointDefinition[] endpoints) => new()
    {
        Name = Name,
        Provider = "dns",
        Endpoints = endpoints.ToValueList(),
        Ttl = Seconds(30),
        Failback = new FailbackRule(FailbackMode.Auto, Seconds(60)),
        MinActiveTime = Seconds(60),
    };

    public static ServiceDefinition TwoEndpoints { get; } = Service(Primary, Standby);

    public static TargetId Target(this ServiceDefinition service, string value) => service.Targets.Select(pair => pair.Target).First(target => target.Value == value);

    public static NameRecords Holding(params string[] values) => Holding(Name, Seconds(30), values);

    public static NameRecords Holding(DnsName name, TimeSpan ttl, params string[] values) =>
        NameRecords.Create(name, values.GroupBy(TypeOf).Select(group => RecordSet.Create(name, group.Key, ttl, group.Select(value => value))));

    public static Observation Observation(TargetId target, Verdict verdict, DateTimeOffset at, long? requestId = null) => new()
    {
        Target = target,
        StartedAt = at,
        Verdict = verdict,
        Reason = verdict switch
        {
            Verdict.Pass => "status 200 in 40 ms",
            Verdict.Fail => $"connection refused by {target.Value}:443",
            _ => "no route from here",
        },
        Phases = new ProbePhases(null, null, null, null, Seconds(0.04)),
        RequestId = requestId,
    };

    private static RecordType TypeOf(string value) =>
        value.Contains(':', StringComparison.Ordinal) ? RecordType.AAAA : char.IsDigit(value[0]) ? RecordType.A : RecordType.CNAME;
}
