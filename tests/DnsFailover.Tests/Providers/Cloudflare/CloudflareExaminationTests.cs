using DnsFailover.Configuration;
using DnsFailover.Providers;
using DnsFailover.Providers.Cloudflare;
using DnsFailover.Tests.Providers.Cloudflare.LoadBalancing;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareExaminationTests : ExaminationConformance
{
    protected override async Task<HttpProviderUnderTest> CreateAsync() => await CloudflareUnderTest.StartAsync(enterprise: true, Token);

    [Theory]
    [InlineData("active", null, FindingGrade.Good, "active and has no end")]
    [InlineData("active", "2998-02-03T00:00:00Z", FindingGrade.Good, "until 2998-02-03")]
    [InlineData("active", "soon", FindingGrade.Advice, "ends in 2 d")]
    [InlineData("expired", null, FindingGrade.Problem, "has expired (2024-12-31)")]
    [InlineData("disabled", null, FindingGrade.Problem, "is disabled")]
    public async Task The_tokens_state_is_told(string status, string? end, FindingGrade grade, string sentence)
    {
        await using var test = await CloudflareUnderTest.StartAsync(enterprise: false, Token);
        var expiry = end == "soon" ? DateTimeOffset.UtcNow.AddDays(2).AddMinutes(1).ToString("O") : end;
        var provider = test.With(new FakeToken("token-1f") { Status = status, ExpiresOn = expiry });

        var finding = Assert.Single(await provider.ExamineAsync(Token), finding => finding.Subject == "credential");

        Assert.Equal(grade, finding.Grade);
        Assert.Contains(sentence, finding.Sentence, StringComparison.Ordinal);
        Assert.Equal(grade == FindingGrade.Good, finding.Mend is null);
    }

    [Fact]
    public async Task A_token_of_an_account_is_looked_up_at_its_account()
    {
        await using var test = await CloudflareUnderTest.StartAsync(enterprise: false, Token);

        var findings = await test.With(new FakeToken("account-token-2b") { IsOfAccount = true }).ExamineAsync(Token);

        Assert.Contains(findings, finding => finding is { Subject: "credential", Grade: FindingGrade.Good });
    }

    [Theory]
    [InlineData("active", false, FindingGrade.Good, "is active")]
    [InlineData("active", true, FindingGrade.Advice, "is paused")]
    [InlineData("pending", false, FindingGrade.Problem, "is not active at Cloudflare (pending)")]
    [InlineData("moved", false, FindingGrade.Problem, "has moved away")]
    public async Task The_zones_state_is_told(string status, bool isPaused, FindingGrade grade, string sentence)
    {
        await using var test = await CloudflareUnderTest.StartAsync(enterprise: false, Token);
        test.Fake.Zones[0] = new FakeZone("example.com", enterprise: false) { Status = status, IsPaused = isPaused };

        var finding = Assert.Single(await test.Provider.ExamineAsync(Token), finding => finding.Subject == "zone");

        Assert.Equal(grade, finding.Grade);
        Assert.Contains(sentence, finding.Sentence, StringComparison.Ordinal);
        Assert.True(grade != FindingGrade.Problem || finding.Mend!.Contains("set its name servers to localhost", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(CloudflareMode.Records, "Zone.DNS:Edit")]
    [InlineData(CloudflareMode.LoadBalancing, "Zone → Load Balancers → Edit")]
    public async Task A_permission_that_is_missing_is_told_and_what_cannot_be_proved_is_advice(CloudflareMode mode, string permission)
    {
        await using var test = await BalancingUnderTest.StartAsync(createOrigins: false, Token);
        test.Fake.Tokens.Add(new FakeToken("little-token-3c") { MayReadRecords = false, MayReadBalancers = false });
        var (lacking, sound) = (test.Options with { Mode = mode, Token = Secret.Literal("little-token-3c") }, test.Options with { Mode = mode });

        var found = Assert.Single(await Open(lacking).ExamineAsync(Token), finding => finding.Subject == "permissions");
        var fine = (await Open(sound).ExamineAsync(Token)).Where(finding => finding.Subject == "permissions").ToList();

        Assert.Equal(FindingGrade.Problem, found.Grade);
        Assert.Contains(permission, found.Sentence, StringComparison.Ordinal);
        Assert.Equal([FindingGrade.Good, FindingGrade.Advice], fine.Select(finding => finding.Grade));

        IDnsProvider Open(CloudflareOptions options) => mode == CloudflareMode.Records
            ? new CloudflareProvider(options, TimeProvider.System, NullLogger<CloudflareProvider>.Instance)
            : test.Open(options);
    }

    [Fact]
    public async Task The_difference_of_the_clocks_is_known_after_the_first_reply()
    {
        await using var test = await CloudflareUnderTest.StartAsync(enterprise: false, Token);
        Assert.Null(test.Provider.ClockSkew);

        await test.Provider.ExamineAsync(Token);

        Assert.NotNull(test.Provider.ClockSkew);
    }
}
