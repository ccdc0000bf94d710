using DnsFailover.Core;
using DnsFailover.Core.Network;

namespace DnsFailover.SelfCheck;

/// <summary>Asks the control targets.</summary>
internal interface IControlTargets
{
    /// <summary>Asks all of them once, at the same time. What goes wrong is in the results; none when there are no targets.</summary>
    Task<ValueList<ControlResult>> AskAsync(CancellationToken cancellationToken);
}
