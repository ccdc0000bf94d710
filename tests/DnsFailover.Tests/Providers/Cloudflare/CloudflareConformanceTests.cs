namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareConformanceTests : RemoteProviderConformance
{
    protected override async Task<RemoteProviderUnderTest> CreateRemoteAsync() => await CloudflareUnderTest.StartAsync(enterprise: true, Token);
}
