using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Health;

/// <summary>
/// A probe under way that is already far slower than its target usually is. That is no failure: it is the occasion to begin with
/// what a failure would need.
/// </summary>
/// <param name="Target">What is being probed.</param>
/// <param name="StartedAt">When the probe began, as its observation will say.</param>
/// <param name="RequestId">The number of the request that it is made for; null when it has none.</param>
/// <param name="IsScheduled">True for a probe of the schedule.</param>
/// <param name="Elapsed">How long it has taken up to now.</param>
/// <param name="Usual">What hardly any of the last probes that passed took longer than; null while too few have.</param>
public sealed record SlowProbe(TargetId Target, DateTimeOffset StartedAt, long? RequestId, bool IsScheduled, TimeSpan Elapsed, TimeSpan? Usual)
{
    /// <summary>For example <c>no result after 52 ms, usually within 4 ms</c>.</summary>
    public string Reason => Usual is { } usual ? $"no result after {Text.Of(Elapsed)}, usually within {Text.Of(usual)}" : $"no result after {Text.Of(Elapsed)}";
}
