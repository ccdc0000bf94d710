using DnsFailover.Core.Definitions;

namespace DnsFailover.Control;

/// <summary>Probes apart from the schedule.</summary>
public interface IProbeRequests
{
    /// <summary>
    /// Probes a target once, after a delay. With a number, exactly one observation is posted that carries it;
    /// without one, a request for a target that already has one waiting is dropped.
    /// </summary>
    void Request(TargetId target, long? requestId, TimeSpan delay);
}
