namespace DnsFailover.Tests.Providers.Route53;

public sealed class Route53ConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await Route53UnderTest.StartAsync(Token);
}
