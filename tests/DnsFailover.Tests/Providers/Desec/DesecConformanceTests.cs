namespace DnsFailover.Tests.Providers.Desec;

public sealed class DesecConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await DesecUnderTest.StartAsync(Token);
}

public sealed class DesecExaminationConformanceTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await DesecUnderTest.StartAsync(Token);
}
