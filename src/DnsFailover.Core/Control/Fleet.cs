using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What the step of one service may know of all the others. It lives for one step of the controller.</summary>
/// <param name="state">The state before the step.</param>
/// <param name="services">The services as they are at this moment: those that have had their turn in this step are as it left them.</param>
internal sealed class Fleet(ControllerState state, IReadOnlyDictionary<DnsName, ServiceState> services)
{
    /// <summary>How often the live records of each service are read.</summary>
    public TimeSpan ReconcileInterval => state.Configuration.ReconcileInterval;

    /// <summary>What holds over all services together.</summary>
    public FleetRules Rules => state.Configuration.Rules;

    /// <summary>What operators have said, and has not ended.</summary>
    public ValueList<Override> Overrides => state.Overrides;

    /// <summary>The planned times that are near.</summary>
    public ValueList<Window> Windows => state.Configuration.Windows;

    /// <summary>Every service.</summary>
    public IEnumerable<ServiceState> Services => services.Values;
}
