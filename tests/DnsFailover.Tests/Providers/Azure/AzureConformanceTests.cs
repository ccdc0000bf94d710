namespace DnsFailover.Tests.Providers.Azure;

public sealed class AzureConformanceTests : HttpProviderConformance
{
    protected override async Task<HttpProviderUnderTest> CreateHttpAsync() => await AzureUnderTest.StartAsync(Token);
}

public sealed class AzureExaminationTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await AzureUnderTest.StartAsync(Token);

    [Fact]
    public async Task Examining_names_the_permissions_that_are_missing_on_the_zone()
    {
        await using var test = await AzureUnderTest.StartAsync(Token);
        var provider = test.As(new FakeIdentity("eyJ0.reading-token.c2ln") { NotActions = ["Microsoft.Network/dnsZones/A/write", "Microsoft.Network/dnsZones/all/*"] });

        var findings = await provider.ExamineAsync(Token);

        var finding = Assert.Single(findings, finding => finding.Subject == "permissions");
        Assert.Equal(DnsFailover.Providers.FindingGrade.Advice, finding.Grade);
        Assert.Contains("lacks Microsoft.Network/dnsZones/all/read, Microsoft.Network/dnsZones/A/write.", finding.Sentence, StringComparison.Ordinal);
        Assert.Contains("DNS Zone Contributor", finding.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Examining_works_when_it_may_not_ask_for_its_permissions()
    {
        await using var test = await AzureUnderTest.StartAsync(Token);
        var provider = test.As(new FakeIdentity("eyJ0.narrow-token.c2ln") { NotActions = ["Microsoft.Authorization/*"] });

        var findings = await provider.ExamineAsync(Token);

        Assert.DoesNotContain(findings, finding => finding.Grade == DnsFailover.Providers.FindingGrade.Problem);
        Assert.Contains(findings, finding => finding.Subject == "permissions" && finding.Sentence.Contains("Microsoft.Authorization/permissions/read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Examining_tells_a_private_zone()
    {
        await using var test = await AzureUnderTest.StartAsync(Token);
        test.Fake.IsPrivate = true;

        Assert.Contains(await test.Provider.ExamineAsync(Token), finding => finding.Grade == DnsFailover.Providers.FindingGrade.Problem && finding.Sentence.Contains("is a private zone", StringComparison.Ordinal));
    }
}
