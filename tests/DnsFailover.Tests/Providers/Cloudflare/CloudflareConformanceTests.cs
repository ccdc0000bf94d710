namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await CloudflareUnderTest.StartAsync(enterprise: true, Token);
}
