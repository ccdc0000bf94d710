namespace DnsFailover.Tests.Providers.Google;

public sealed class GoogleConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await GoogleUnderTest.StartAsync(Token);
}

public sealed class GoogleExaminationTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await GoogleUnderTest.StartAsync(Token);
}
