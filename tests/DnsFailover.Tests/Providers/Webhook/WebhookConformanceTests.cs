namespace DnsFailover.Tests.Providers.Webhook;

public sealed class WebhookConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await WebhookUnderTest.StartAsync(weights: false, Token);
}

/// <summary>The same with a server that keeps weights.</summary>
public sealed class WeightedWebhookConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await WebhookUnderTest.StartAsync(weights: true, Token);
}

public sealed class WebhookExaminationConformanceTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await WebhookUnderTest.StartAsync(weights: true, Token);
}
