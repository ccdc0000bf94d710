namespace DnsFailover.Tests.Providers.DigitalOcean;

public sealed class DigitalOceanConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await DigitalOceanUnderTest.StartAsync(Token);
}

public sealed class DigitalOceanExaminationTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await DigitalOceanUnderTest.StartAsync(Token);
}
