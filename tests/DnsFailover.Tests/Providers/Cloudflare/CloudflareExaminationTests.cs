namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareExaminationTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await CloudflareUnderTest.StartAsync(enterprise: true, Token);
}
