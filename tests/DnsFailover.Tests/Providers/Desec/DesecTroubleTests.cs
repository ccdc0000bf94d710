using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Desec;

public sealed class DesecTroubleTests : DesecTest
{
    [Fact]
    public async Task A_token_without_permission_to_write_is_told_which()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("api", "A", 60, "192.0.2.1");

        var failure = await FailureOf(() => test.WithoutPermission().ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), owner: "a"), Token));

        AssertRejected(test, failure, "{domain: example.com, subname: api, type: A, perm_write: true} and {domain: example.com, subname: _dnsfailover.api, type: TXT, perm_write: true}");
    }

    [Theory]
    [InlineData("unknown-token-77aa", "has expired (max_age, max_unused_period)")]
    [InlineData("Token unknown-token-77aa", "has characters that no API token has")]
    [InlineData("", "is empty")]
    public async Task A_token_that_is_none_or_expired_is_rejected(string token, string expected)
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { Token = Secret.Literal(token) });

        AssertRejected(test, await FailureOf(() => provider.ReadAsync(Api, Token)), expected);
        Assert.Contains(await provider.ExamineAsync(Token), finding => finding is { Grade: FindingGrade.Problem, Subject: "credential" });
    }

    [Fact]
    public async Task A_zone_that_is_not_found_lists_near_names()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { Zone = DnsName.Parse("exampel.com") });

        AssertRejected(test, await FailureOf(() => provider.ReadAsync(DnsName.Parse("api.exampel.com"), Token)), "did you mean 'example.com'?; it has example.com, example.org");
        AssertRejected(test, await FailureOf(() => provider.ApplyAsync(Change(null, Set(DnsName.Parse("api.exampel.com"), 60, "192.0.2.1")), Token)), "did you mean 'example.com'?");
        Assert.Contains(await provider.ExamineAsync(Token), finding => finding is { Grade: FindingGrade.Problem, Subject: "zone" });
    }

    [Fact]
    public async Task A_TTL_that_is_too_small_is_rejected_before_it_is_sent_and_by_deSEC()
    {
        await using var test = await StartAsync(minimumTtl: 3600);

        var ours = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.1")), Token));
        Assert.Empty(test.Fake.Calls);
        var theirs = await FailureOf(() => test.Open(test.Options with { SmallestTtl = TimeSpan.FromSeconds(30) }).ApplyAsync(Change(null, Set(60, "192.0.2.1")), Token));

        AssertRejected(test, ours, "less than the 3600 s that deSEC takes for example.com (smallestTtl): correct ttl");
        AssertRejected(test, theirs, "ttl: Ensure this value is greater than or equal to 3600.: the domain's minimum_ttl is larger than smallestTtl says");
    }

    [Theory]
    [InlineData(3600, 60, FindingGrade.Problem, "set smallestTtl: 3600s")]
    [InlineData(3600, 3600, FindingGrade.Advice, "ask deSEC's support")]
    [InlineData(60, 300, FindingGrade.Advice, "set smallestTtl: 60s")]
    [InlineData(60, 60, FindingGrade.Good, null)]
    public async Task Examining_tells_of_the_smallest_TTL(int minimum, int declared, FindingGrade grade, string? mend)
    {
        await using var test = await StartAsync(minimum);

        var findings = await test.Open(test.Options with { SmallestTtl = TimeSpan.FromSeconds(declared) }).ExamineAsync(Token);

        var ttl = Assert.Single(findings, finding => finding.Subject == "ttl");
        Assert.Equal(grade, ttl.Grade);
        Assert.True(mend is null ? ttl.Mend is null : ttl.Mend!.Contains(mend, StringComparison.Ordinal), ttl.Mend);
        Assert.Single(test.Fake.Calls);
    }

    [Fact]
    public async Task A_limit_of_writes_does_not_keep_reads_away_and_is_kept_to()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("api", "A", 60, "192.0.2.1");
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { Status = 429, Body = """{"detail":"Request was throttled. Expected available in 1200 seconds."}""" } : null;

        var refused = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));
        test.Fake.Trouble = _ => null;
        test.Fake.ForgetCalls();
        var kept = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));
        Assert.Empty(test.Fake.Calls);
        var read = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal((ProviderFailure.Transient, TimeSpan.FromMinutes(20)), (refused.Failure, refused.RetryAfter));
        Assert.Equal(ProviderFailure.Transient, kept.Failure);
        Assert.InRange(kept.RetryAfter!.Value, TimeSpan.FromMinutes(19), TimeSpan.FromMinutes(20));
        Assert.NotNull(read[RecordType.A]);
    }

    [Fact]
    public async Task Two_writers_that_collide_at_deSEC_are_a_conflict()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { Status = 409, Body = """{"detail":"Conflict: duplicate key value"}""" } : null;

        Assert.Equal(ProviderFailure.Conflict, (await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.2")), Token))).Failure);
    }

    [Theory]
    [InlineData("""[{"type":"A"}]""")]
    [InlineData("""[{"type":"NS","name":"example.com."},{"type":"A","name":"api.example.com.","ttl":60}]""")]
    [InlineData("""[{"type":"NS","name":"example.com."},{"type":"A","name":"api.example.com.","records":["192.0.2.1"]}]""")]
    [InlineData("""[{"type":"NS","name":"example.com."},{"type":"A","name":"api.example.com.","ttl":60,"records":[1]}]""")]
    [InlineData("""{"detail":"all is well"}""")]
    public async Task A_list_that_is_not_as_documented_is_no_zone_without_records(string body)
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 200, Body = body };

        Assert.Equal(ProviderFailure.Transient, (await FailureOf(() => test.Provider.ReadAsync(Api, Token))).Failure);
    }

    [Fact]
    public async Task A_base_url_that_is_wrong_says_so()
    {
        await using var test = await StartAsync();

        AssertRejected(test, await FailureOf(() => test.Open(test.Options with { BaseUrl = test.Fake.Address }).ReadAsync(Api, Token)), "check baseUrl");
    }
}
