namespace DnsFailover.Tests.Providers.PowerDns;

public sealed class PowerDnsConformanceTests(PdnsFixture pdns) : HttpProviderConformance, IClassFixture<PdnsFixture>
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await PdnsUnderTest.StartAsync(pdns, Token);
}

public sealed class PowerDnsExaminationConformanceTests(PdnsFixture pdns) : ExaminationConformance, IClassFixture<PdnsFixture>
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await PdnsUnderTest.StartAsync(pdns, Token);
}
