using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>Runs one check against one target.</summary>
public interface IProber
{
    /// <summary>
    /// Dials the target's own address with a connection of its own and holds the answer against the check. Every
    /// expected trouble is an observation: the endpoint's fault a Fail, our own an Inconclusive. It ends within the
    /// check's timeout.
    /// </summary>
    /// <param name="target">What to dial.</param>
    /// <param name="check">What to expect.</param>
    /// <param name="requestId">Copied into the observation.</param>
    /// <param name="cancellationToken">Ends the probe with an <see cref="OperationCanceledException"/>; not a verdict.</param>
    Task<Observation> ProbeAsync(TargetId target, CheckDefinition check, long? requestId, CancellationToken cancellationToken);
}
