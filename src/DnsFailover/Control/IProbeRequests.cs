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

    /// <summary>
    /// Probes a target once, as one of several that may overlap: after the delay, and with its start so long apart from that of the
    /// confirmation before it. Exactly one observation is posted that carries the number, unless it is called off before it starts.
    /// </summary>
    void Confirm(TargetId target, long requestId, TimeSpan delay, TimeSpan apart);

    /// <summary>Drops the confirmations of a target that have not started.</summary>
    void CallOff(TargetId target);
}
