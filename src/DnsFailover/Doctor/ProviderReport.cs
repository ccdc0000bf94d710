using DnsFailover.Configuration;
using DnsFailover.Core.Definitions;
using DnsFailover.Providers;

namespace DnsFailover.Doctor;

/// <summary>What was found about one provider.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Findings">About it as a whole.</param>
/// <param name="Services">About each of its services, in the order of failover.yaml.</param>
internal sealed record ProviderReport(ProviderDefinition Provider, IReadOnlyList<Finding> Findings, IReadOnlyList<ServiceReport> Services)
{
    /// <summary>All of it.</summary>
    public IEnumerable<Finding> Everything => Findings.Concat(Services.SelectMany(service => service.Findings));
}

/// <summary>What was found about one name.</summary>
/// <param name="Service">The service.</param>
/// <param name="Findings">About it.</param>
internal sealed record ServiceReport(ServiceDefinition Service, IReadOnlyList<Finding> Findings);
