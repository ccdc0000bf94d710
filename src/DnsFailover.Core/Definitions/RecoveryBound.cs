namespace DnsFailover.Core.Definitions;

/// <summary>
/// The longest time from the failure of the active endpoint to each step of the recovery, and how it adds up.
/// It holds while the daemon runs, a standby works, the provider answers within its timeout and nothing holds the
/// decision back: <see cref="HoldBack"/> lists the rules that can, with how long each does. Also excluded are what an operator
/// says (freeze, drain, maintenance), trouble of our own network, and the first round of probes after a start.
/// </summary>
public sealed record RecoveryBound
{
    /// <summary>From the failure to the verdict Down: interval + timeout + (fall − 1) × fastInterval, since confirmations overlap.</summary>
    public required TimeSpan Detection { get; init; }

    /// <summary>How that adds up, as a formula with its figures.</summary>
    public required string DetectionFormula { get; init; }

    /// <summary>The fresh probe of the standby, the reading of the live records, and perhaps the control targets, at the same time: the longest of these timeouts.</summary>
    public required TimeSpan Decision { get; init; }

    /// <summary>The write at the provider that leads, with its read-back: its timeout.</summary>
    public required TimeSpan LeadWrite { get; init; }

    /// <summary>The fresh probe, the reading and perhaps the control targets once more, for the providers that follow, all at the same time; zero when there is none.</summary>
    public TimeSpan FollowDecision { get; init; }

    /// <summary>The write at the slowest provider that follows; zero when there is none.</summary>
    public TimeSpan FollowWrite { get; init; }

    /// <summary>
    /// The write with its read-back: the provider's timeout. A provider that follows reads, proves and writes once more, when the
    /// one that leads is done.
    /// </summary>
    public TimeSpan Write => LeadWrite + FollowDecision + FollowWrite;

    /// <summary>From the verdict Down until the provider that leads has the change.</summary>
    public TimeSpan ToWrite => Decision + LeadWrite;

    /// <summary>How long resolvers may go on answering the old value: the TTL; null when it is the TTL that the provider holds.</summary>
    public required TimeSpan? Ttl { get; init; }

    /// <summary>How much longer it takes when the name has just been moved: minActiveTime.</summary>
    public required TimeSpan HoldDown { get; init; }

    /// <summary>From the failure to the authoritative servers of every provider answering a working endpoint.</summary>
    public TimeSpan ToAnswer => Detection + Decision + Write;

    /// <summary>From the failure to the last client following; null when the TTL is not declared.</summary>
    public TimeSpan? ToClients => ToAnswer + Ttl;

    /// <summary>The bound of one service: that of its slowest endpoint.</summary>
    /// <param name="service">The service.</param>
    /// <param name="providerTimeouts">For each of its providers, the leading one first: after which a single call is given up.</param>
    public static RecoveryBound Of(ServiceDefinition service, params IReadOnlyList<TimeSpan> providerTimeouts)
    {
        var providerTimeout = providerTimeouts[0];
        var slowest = service.Endpoints.MaxBy(Detect)!;
        var (timing, fall) = (slowest.Timing, slowest.Rule.Fall);
        var slowestProbe = service.Endpoints.Max(endpoint => endpoint.Timing.Timeout);
        TimeSpan? following = providerTimeouts.Count > 1 ? providerTimeouts.Skip(1).Max() : null; // all at the same time
        return new RecoveryBound
        {
            Detection = Detect(slowest),
            DetectionFormula = fall == 1
                ? $"interval {Text.Of(timing.Interval)} + timeout {Text.Of(timing.Timeout)}"
                : $"interval {Text.Of(timing.Interval)} + timeout {Text.Of(timing.Timeout)} + (fall {fall} − 1) × fastInterval {Text.Of(timing.FastInterval)}",
            Decision = Longer(slowestProbe, providerTimeout),
            LeadWrite = providerTimeout,
            FollowDecision = following is { } behind ? Longer(slowestProbe, behind) : TimeSpan.Zero,
            FollowWrite = following ?? TimeSpan.Zero,
            Ttl = service.Ttl,
            HoldDown = service.MinActiveTime,
        };
    }

    /// <summary>
    /// The same with the control targets asked for the decision: twice, when they are just being asked. What follows takes traffic from
    /// what is down as well, and asks for itself.
    /// </summary>
    public RecoveryBound With(SelfCheckRule? rule) => rule is null ? this : this with
    {
        Decision = Longer(Decision, rule.Timeout * 2),
        FollowDecision = FollowWrite > TimeSpan.Zero ? Longer(FollowDecision, rule.Timeout * 2) : FollowDecision,
    };

    /// <summary>
    /// From failures that were declared void to the verdict on new ones, which overlap and begin at once, or at the pace of confirmations
    /// after the last one: fall × fastInterval + timeout.
    /// </summary>
    internal static TimeSpan VerdictAnew(ServiceDefinition service) =>
        service.Endpoints.Max(endpoint => (endpoint.Timing.FastInterval * endpoint.Rule.Fall) + endpoint.Timing.Timeout);

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Detect(EndpointDefinition endpoint) =>
        endpoint.Timing.Interval + endpoint.Timing.Timeout + (endpoint.Timing.FastInterval * (endpoint.Rule.Fall - 1));
}
