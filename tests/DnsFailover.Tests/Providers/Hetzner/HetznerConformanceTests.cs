namespace DnsFailover.Tests.Providers.Hetzner;

public sealed class HetznerConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await HetznerUnderTest.StartAsync(Token);
}

public sealed class HetznerExaminationTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await HetznerUnderTest.StartAsync(Token);
}
