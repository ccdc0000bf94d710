using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Hetzner;

public sealed class HetznerTroubleTests : HetznerTest
{
    [Fact]
    public async Task A_token_that_may_only_read_is_told_what_it_needs()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1"));

        var failure = await FailureOf(() => test.WithoutPermission().ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        AssertRejected(test, failure, "token_readonly", "the permission Read & Write; nothing was written");
    }

    [Theory]
    [InlineData("unknown-token-77aa", "not known there, or has been revoked")]
    [InlineData("two words", "has characters that no API token has")]
    [InlineData("", "is empty")]
    public async Task A_token_that_is_unknown_is_rejected(string token, string expected)
    {
        await using var test = await StartAsync();

        AssertRejected(test, await FailureOf(() => test.Open(test.Options with { Token = Secret.Literal(token) }).ReadAsync(Api, Token)), expected);
    }

    [Theory]
    [InlineData(423, "locked", ProviderFailure.Transient)]
    [InlineData(409, "conflict", ProviderFailure.Conflict)]
    [InlineData(409, "uniqueness_error", ProviderFailure.Conflict)]
    [InlineData(423, "protected", ProviderFailure.Rejected)]
    [InlineData(403, "forbidden", ProviderFailure.Rejected)]
    [InlineData(422, "invalid_input", ProviderFailure.Rejected)]
    [InlineData(404, "not_found", ProviderFailure.Conflict)]
    [InlineData(429, "rate_limit_exceeded", ProviderFailure.Transient)]
    [InlineData(503, "maintenance", ProviderFailure.Ambiguous)]
    [InlineData(500, "server_error", ProviderFailure.Ambiguous)]
    public async Task What_an_error_means_for_a_change_goes_by_its_code(int status, string code, ProviderFailure expected)
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1"));
        test.Fake.Trouble = request => request.Method == "POST" ? new FakeTrouble { Status = status, Body = $$$"""{"error":{"code":"{{{code}}}","message":"as it says","details":null}}""" } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(expected, failure.Failure);
        Assert.Contains(code, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_turned_away_waits_for_some_calls_and_not_for_all_of_the_hour()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 429, Header = ("RateLimit-Reset", "4000000000"), Body = """{"error":{"code":"rate_limit_exceeded","message":"limit reached"}}""" };

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal((ProviderFailure.Transient, TimeSpan.FromSeconds(10)), (failure.Failure, failure.RetryAfter));
    }

    [Fact]
    public async Task Doctor_tells_what_is_wrong_with_the_zone()
    {
        await using var test = await StartAsync();
        test.Fake.DelegationStatus = "lame";
        var lame = await test.Provider.ExamineAsync(Token);
        test.Fake.Mode = "secondary";
        var secondary = await test.Provider.ExamineAsync(Token);
        var elsewhere = await test.Open(test.Options with { Zone = DnsName.Parse("exampel.com") }).ExamineAsync(Token);

        Assert.Contains(lame, finding => finding is { Grade: FindingGrade.Advice, Subject: "zone" } && finding.Sentence.Contains("lame", StringComparison.Ordinal));
        Assert.Contains(secondary, finding => finding is { Grade: FindingGrade.Problem, Subject: "zone" });
        Assert.Contains(elsewhere, finding => finding is { Grade: FindingGrade.Problem, Subject: "zone", Mend: not null } && finding.Sentence.Contains("did you mean 'example.com'?", StringComparison.Ordinal));
        Assert.DoesNotContain(test.Fake.Calls, call => !call.StartsWith("GET", StringComparison.Ordinal));
    }
}
