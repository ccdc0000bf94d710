using DnsFailover.Configuration;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Probing;

namespace DnsFailover.Providers;

/// <summary>A service that steers a name at a provider, with how its targets are probed.</summary>
/// <param name="Definition">The service.</param>
/// <param name="Checks">How each of its targets is probed.</param>
public sealed record DeclaredService(ServiceDefinition Definition, IReadOnlyDictionary<TargetId, CheckDefinition> Checks)
{
    /// <summary>The name being steered.</summary>
    public DnsName Name => Definition.Name;

    /// <summary>The services of a configuration that are at this provider.</summary>
    public static IReadOnlyList<DeclaredService> At(DaemonConfiguration configuration, string provider) =>
        [.. configuration.Services.Where(service => service.Providers.Contains(provider, StringComparer.Ordinal)).Select(service => new DeclaredService(service, configuration.Checks))];
}

/// <summary>
/// A provider that keeps something for each service beside its records. It is told the services once a configuration is in
/// effect, and again after each reload; what it does with them happens in the background and leaves every answer as it is.
/// </summary>
internal interface IDeclaredServices
{
    /// <summary>The services that are at this provider now.</summary>
    void DeclareServices(IReadOnlyList<DeclaredService> services);

    /// <summary>The names that are frozen from now on, in place of those before: what is done in the background leaves them alone too.</summary>
    void Freeze(IReadOnlySet<DnsName> frozen);
}
