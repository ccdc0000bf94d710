using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Providers;
using DnsFailover.Tests.Providers.Http;

namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareTroubleTests : CloudflareTest
{
    [Fact]
    public async Task A_token_without_permission_to_write_is_told_which()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"));

        var failure = await FailureOf(() => test.WithoutPermission().ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        AssertRejected(test, failure, "Zone → DNS → Edit for example.com");
    }

    [Fact]
    public async Task A_token_without_permission_to_look_zones_up_is_told_which()
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.With(new FakeToken("records-token-9d") { MayReadZones = false }).ReadAsync(Api, Token));

        AssertRejected(test, failure, "Zone → Zone → Read for example.com (Zone.Zone:Read); or give zoneId");
    }

    [Fact]
    public async Task A_token_without_permission_to_read_records_is_told_which()
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.With(new FakeToken("zones-token-9d") { MayReadRecords = false }).ReadAsync(Api, Token));

        AssertRejected(test, failure, "Zone.DNS:Edit");
    }

    [Theory]
    [InlineData("expired", "the token has expired (2024-12-31)")]
    [InlineData("disabled", "the token is disabled")]
    public async Task A_token_that_is_not_active_is_told_why(string status, string expected)
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.With(new FakeToken("old-token-7e") { Status = status }).ReadAsync(Api, Token));

        AssertRejected(test, failure, expected);
    }

    [Theory]
    [InlineData("unknown-token-77aa", "it is not known there")]
    [InlineData("two words", "has characters that no API token has")]
    [InlineData("", "is empty")]
    [InlineData("Bearer unknown-token-77aa", "has characters that no API token has")]
    public async Task A_token_that_is_none_is_rejected(string token, string expected)
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.Open(test.Options with { Token = Secret.Literal(token) }).ReadAsync(Api, Token));

        AssertRejected(test, failure, expected);
    }

    [Fact]
    public async Task A_token_that_cannot_be_looked_up_is_rejected_by_the_name_of_the_reference()
    {
        await using var test = await StartAsync();
        var token = new Secret("${CF_TOKEN}", _ => throw new SecretUnavailableException("the variable CF_TOKEN is not set"));

        var failure = await FailureOf(() => test.Open(test.Options with { Token = token }).ReadAsync(Api, Token));

        AssertRejected(test, failure, "CF_TOKEN is not set");
    }

    [Fact]
    public async Task A_rate_limit_is_passed_on_and_kept_to()
    {
        await using var test = await StartAsync();
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.CallsLeft = 0;

        var refused = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        test.Fake.CallsLeft = 1000;
        test.Fake.ForgetCalls();
        var kept = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.2")), Token));

        Assert.Equal((ProviderFailure.Transient, TimeSpan.FromMinutes(5)), (refused.Failure, refused.RetryAfter));
        Assert.Equal(ProviderFailure.Transient, kept.Failure);
        Assert.InRange(kept.RetryAfter!.Value, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        Assert.Empty(test.Fake.Calls);
    }

    [Fact]
    public async Task The_last_call_of_a_quota_is_the_last_for_a_while()
    {
        await using var test = await StartAsync();
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.CallsLeft = 1;

        await test.Provider.ReadAsync(Api, Token);
        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.InRange(failure.RetryAfter!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Too_many_calls_on_a_write_say_that_nothing_was_written()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"));
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { Status = 429, Header = ("Retry-After", "17"), Body = string.Empty } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal((ProviderFailure.Transient, TimeSpan.FromSeconds(17)), (failure.Failure, failure.RetryAfter));
    }

    [Fact]
    public async Task Entries_with_one_token_share_its_limit_and_its_pauses()
    {
        await using var test = await StartAsync();
        var (one, two) = (test.Open(test.Options with { ZoneId = test.Fake.Zone.Id }), test.Open(test.Options with { ZoneId = test.Fake.Zone.Id, Enterprise = true }));
        var stranger = test.With(new FakeToken("another-token-91d0"));
        test.Fake.Trouble = _ => new FakeTrouble { Status = 429, Header = ("Retry-After", "300"), Body = string.Empty };
        await FailureOf(() => one.ReadAsync(Api, Token));
        test.Fake.Trouble = _ => null;
        test.Fake.ForgetCalls();

        var failure = await FailureOf(() => two.ReadAsync(Api, Token));
        Assert.Empty(test.Fake.Calls);
        await stranger.ReadAsync(Api, Token);

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Contains("rate limit", failure.Message, StringComparison.Ordinal);
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
    public async Task The_exchanges_keep_to_the_contract()
    {
        var contract = OpenApiContract.Require(FakeCloudflare.Contract);
        Assert.NotEmpty(contract.CheckRequest("GET", "/client/v4/zones", [KeyValuePair.Create("nmae", "x")], string.Empty));
        Assert.NotEmpty(contract.CheckRequest("PATCH", "/client/v4/zones/1/dns_records/2", [], """{"ttl":"60"}"""));
        Assert.NotEmpty(contract.CheckReply("GET", "/client/v4/zones/1/dns_records", 200, """{"success":true}"""));

        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"));
        await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), owner: "a"), Token);
        await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.2"), Set(120, "192.0.2.3", "192.0.2.4"), owner: "a"), Token);
        await test.Provider.ApplyAsync(Change(Set(120, "192.0.2.3", "192.0.2.4"), Set(120, "192.0.2.4"), owner: "a"), Token);
        await FailureOf(() => test.WithWrongCredentials().ReadAsync(Api, Token));
        Assert.Equal(["120 192.0.2.4"], await test.LookAsync(Api, "A"));
    }

    private static void AssertRejected(CloudflareUnderTest test, ProviderException failure, string expected)
    {
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }
}
