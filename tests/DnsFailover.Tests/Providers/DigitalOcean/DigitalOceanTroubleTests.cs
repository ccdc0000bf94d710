using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.DigitalOcean;

public sealed class DigitalOceanTroubleTests : DigitalOceanTest
{
    [Theory]
    [InlineData("domain:update", "192.0.2.2")]
    [InlineData("domain:create", "192.0.2.1,192.0.2.3,192.0.2.4")]
    [InlineData("domain:delete", "192.0.2.1")]
    public async Task A_token_without_a_scope_is_told_which(string missing, string values)
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, missing == "domain:delete" ? ["192.0.2.1", "192.0.2.9"] : ["192.0.2.1"]);
        string[] scopes = ["domain:read", "domain:create", "domain:update", "domain:delete"];
        var provider = test.WithScopes([.. scopes.Where(scope => scope != missing)]);
        var before = (await provider.ReadAsync(Api, Token))[RecordType.A];

        var failure = await FailureOf(() => provider.ApplyAsync(Change(before, Set(60, values.Split(','))), Token));

        AssertRejected(test, failure, $"the token needs the scope {missing}", "; nothing was written");
        Assert.Equal(before!.Values.Select(value => $"60 {value}"), await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_token_that_may_not_read_is_told_so()
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.WithScopes("domain:update").ReadAsync(Api, Token));

        AssertRejected(test, failure, "the scope domain:read");
    }

    [Theory]
    [InlineData("unknown-token-77aa", "not known there, or has expired")]
    [InlineData("two words", "has characters that no API token has")]
    [InlineData("", "is empty")]
    public async Task A_token_that_is_unknown_or_expired_is_rejected(string token, string expected)
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.Open(test.Options with { Token = Secret.Literal(token) }).ReadAsync(Api, Token));

        AssertRejected(test, failure, expected);
    }

    [Fact]
    public async Task A_used_up_hour_is_waited_out_until_the_oldest_call_no_longer_counts()
    {
        await using var test = await StartAsync();
        test.Fake.CallsLeft = 1;
        test.Fake.Reset = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(7);

        await test.Provider.ReadAsync(Api, Token);
        test.Fake.ForgetCalls();
        var kept = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        var refused = await FailureOf(() => test.Open(test.Options).ReadAsync(Api, Token));

        Assert.Equal((ProviderFailure.Transient, ProviderFailure.Transient), (kept.Failure, refused.Failure));
        Assert.InRange(kept.RetryAfter!.Value, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(7));
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(7));
        Assert.Single(test.Fake.Calls);
    }

    [Fact]
    public async Task A_used_up_minute_is_waited_out_however_far_the_hour_is_from_its_end()
    {
        await using var test = await StartAsync();
        test.Fake.Reset = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(50);
        test.Fake.Trouble = _ => new FakeTrouble { Status = 429, Header = ("ratelimit-remaining", "4000"), Body = """{"id":"too_many_requests","message":"API Rate limit exceeded."}""" };

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal((ProviderFailure.Transient, TimeSpan.FromMinutes(1)), (failure.Failure, failure.RetryAfter));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 302, Header = ("Location", "http://127.0.0.1:1/"), Body = string.Empty };

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        AssertRejected(test, failure, "check baseUrl");
    }

    [Fact]
    public async Task Doctor_finds_nothing_wrong_where_nothing_is_and_says_what_it_cannot_see()
    {
        await using var test = await StartAsync();

        var findings = await test.Provider.ExamineAsync(Token);

        Assert.Equal(
            [(FindingGrade.Good, "credential"), (FindingGrade.Good, "permissions"), (FindingGrade.Advice, "permissions"), (FindingGrade.Good, "zone")],
            findings.Select(finding => (finding.Grade, finding.Subject)));
        Assert.All(test.Fake.Calls, call => Assert.StartsWith("GET ", call, StringComparison.Ordinal));
        Assert.InRange(test.Provider.ClockSkew!.Value, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Doctor_says_what_is_wrong_and_how_to_mend_it()
    {
        await using var test = await StartAsync();
        var unknown = await test.WithWrongCredentials().ExamineAsync(Token);
        var blind = await test.WithScopes("domain:update").ExamineAsync(Token);
        var elsewhere = await test.Open(test.Options with { Zone = DnsName.Parse("exampel.com") }).ExamineAsync(Token);
        var unreachable = await test.Unreachable().ExamineAsync(Token);

        AssertProblem(unknown, "credential", "not known there");
        AssertProblem(blind, "permissions", "domain:read");
        AssertProblem(elsewhere, "zone", "did you mean 'example.com'?");
        AssertProblem(unreachable, "credential", "no connection");

        void AssertProblem(IReadOnlyList<Finding> findings, string subject, string sentence)
        {
            var problem = Assert.Single(findings, finding => finding.Grade == FindingGrade.Problem);
            Assert.Equal(subject, problem.Subject);
            Assert.Contains(sentence, problem.Sentence, StringComparison.Ordinal);
            Assert.NotNull(problem.Mend);
            Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, problem.ToString(), StringComparison.Ordinal));
        }
    }
}
