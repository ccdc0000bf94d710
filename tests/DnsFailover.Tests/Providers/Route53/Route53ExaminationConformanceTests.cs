namespace DnsFailover.Tests.Providers.Route53;

public sealed class Route53ExaminationConformanceTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await Route53UnderTest.StartAsync(Token);
}
