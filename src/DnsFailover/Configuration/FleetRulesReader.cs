using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.SelfCheck;

namespace DnsFailover.Configuration;

/// <summary>Reads what holds over all services together.</summary>
internal static class FleetRulesReader
{
    /// <summary>The rules that the top of the file names, with the defaults of those that it does not.</summary>
    public static FleetRules Read(Values file, SelfCheckOptions? selfCheck, ValueList<ServiceDefinition> services) => new()
    {
        SelfCheck = selfCheck?.Rule,
        MassFailure = NetworkKeys.ReadMassFailure(file, services),
        Velocity = file.Get(FleetKeys.MassChange).Rule,
        Share = file.Get(FleetKeys.SwitchShare).Rule,
    };
}
