namespace DnsFailover.Tests.Providers.Rfc2136;

public sealed class Rfc2136ConformanceTests(NamedFixture named) : RemoteProviderConformance, IClassFixture<NamedFixture>
{
    protected override async Task<RemoteProviderUnderTest> CreateRemoteAsync() => new Rfc2136UnderTest(await named.GetAsync(Token), Token);
}
