namespace DnsFailover.Tests.Providers.Cloudflare.LoadBalancing;

/// <summary>The whole suite, for names that are load balancers.</summary>
public sealed class BalancingConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await BalancingUnderTest.StartAsync(createOrigins: true, Token);
}

public sealed class BalancingExaminationTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await BalancingUnderTest.StartAsync(createOrigins: true, Token);
}
