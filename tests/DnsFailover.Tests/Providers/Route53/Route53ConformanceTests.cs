namespace DnsFailover.Tests.Providers.Route53;

public sealed class Route53ConformanceTests : RemoteProviderConformance
{
    protected override async Task<RemoteProviderUnderTest> CreateRemoteAsync() => await Route53UnderTest.StartAsync(Token);
}
