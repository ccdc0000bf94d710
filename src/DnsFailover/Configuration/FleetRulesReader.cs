using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Configuration;

/// <summary>Reads what holds over all services together.</summary>
internal static class FleetRulesReader
{
    /// <summary>The rules that the top of the file names, with the defaults of those that it does not.</summary>
    public static FleetRules Read(Values file) => new()
    {
        Velocity = file.Get(FleetKeys.MassChange).Rule,
        Share = file.Get(FleetKeys.SwitchShare).Rule,
    };
}
