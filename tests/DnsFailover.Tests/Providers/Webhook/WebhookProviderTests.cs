using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Webhook;

namespace DnsFailover.Tests.Providers.Webhook;

public sealed class WebhookProviderTests
{
    private static readonly DnsName s_api = DnsName.Parse("api.example.com");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_switch_is_one_call_and_an_idle_read_another()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.com", "A", 60, "192.0.2.1");

        var before = (await test.Provider.ReadAsync(s_api, Token))[RecordType.A];
        await test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.2")), Token);

        Assert.Equal(["GET /hooks/v1/zones/example.com/names/api.example.com", "PATCH /hooks/v1/zones/example.com/names/api.example.com"], test.Fake.Calls);
    }

    [Fact]
    public async Task Five_hundred_names_at_once_are_read_with_a_handful_of_calls_over_every_page()
    {
        await using var test = await StartAsync();
        DnsName[] names = [.. Enumerable.Range(0, 500).Select(i => DnsName.Parse($"s{i}.example.com"))];
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            await test.SeedAsync($"{name}", "A", 60, $"192.0.2.{i % 250}");
        }

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, (read, i) => Assert.Equal($"192.0.2.{i % 250}", Assert.Single(read[RecordType.A]!.Values).Data));
        Assert.InRange(test.Fake.Calls.Count, 1, 30);
    }

    [Fact]
    public async Task A_request_that_a_proxy_repeats_is_carried_out_once()
    {
        await using var test = await StartAsync();
        await test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.1")), Token);
        using var proxy = new HttpClient();
        using var again = new HttpRequestMessage(HttpMethod.Patch, new Uri($"{test.Fake.BaseUrl}/v1/zones/example.com/names/api.example.com")) { Content = new StringContent(test.Fake.LastChange) };
        again.Headers.Add("Authorization", $"Bearer {FakeWebhook.GoodToken}");

        using var reply = await proxy.SendAsync(again, Token);

        Assert.Equal(200, (int)reply.StatusCode);
        Assert.Equal(1, test.Fake.Written);
    }

    [Fact]
    public async Task Two_changes_never_have_the_same_id()
    {
        await using var test = await StartAsync();

        await test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.1")), Token);
        var first = Id(test.Fake.LastChange);
        await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token);

        Assert.NotEqual(first, Id(test.Fake.LastChange));
        Assert.Equal(2, test.Fake.Written);

        static string? Id(string body) => JsonDocument.Parse(body).RootElement.GetProperty("id").GetString();
    }

    [Fact]
    public async Task A_conflict_shows_what_is_there()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.com", "A", 60, "198.51.100.9");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("198.51.100.9", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_to_a_write_that_cannot_be_read_leads_to_a_read_and_not_to_a_second_write()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { StatusAfterwards = 200, Body = "{}" } : null;

        var records = await test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.1")), Token);

        Assert.Equal(Set(60, "192.0.2.1"), records[RecordType.A]);
        Assert.Equal(1, test.Fake.Written);
    }

    [Fact]
    public async Task A_zone_that_is_not_found_lists_near_names()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { Zone = DnsName.Parse("exampel.com") });

        var failure = await FailureOf(() => provider.ReadAsync(DnsName.Parse("api.exampel.com"), Token));

        AssertRejected(test, failure, "did you mean 'example.com'?; it has example.com, example.org");
    }

    [Theory]
    [InlineData("unknown-token-77aa", "the credential is unknown or has expired")]
    [InlineData("two words", "has characters that no bearer token has")]
    [InlineData(" ", "is empty")]
    public async Task A_token_that_is_none_is_rejected(string token, string expected)
    {
        await using var test = await StartAsync();

        AssertRejected(test, await FailureOf(() => test.With(token).ReadAsync(s_api, Token)), expected);
    }

    [Fact]
    public async Task A_server_that_wants_a_token_and_gets_none_says_which_key_is_missing()
    {
        await using var test = await StartAsync();

        AssertRejected(test, await FailureOf(() => test.Open(test.Options with { Token = null }).ReadAsync(s_api, Token)), "none is configured: set token");
    }

    [Fact]
    public async Task A_server_without_a_token_works_without()
    {
        await using var test = await StartAsync();
        test.Fake.WantsToken = false;

        Assert.Empty((await test.Open(test.Options with { Token = null }).ReadAsync(s_api, Token)).Sets);
    }

    [Fact]
    public async Task Requests_are_signed_with_query_and_body()
    {
        await using var test = await StartAsync();
        (test.Fake.WantsSignature, test.Fake.NamesPerPage) = (true, 7);
        var provider = test.Open(test.Options with { SigningSecret = Secret.Literal(FakeWebhook.SigningSecret) });
        await test.SeedAsync("api.example.com", "A", 60, "192.0.2.1");

        await provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => provider.ReadAsync(DnsName.Parse($"s{i}.example.com"), Token)));
        var forged = await FailureOf(() => test.Open(test.Options with { SigningSecret = Secret.Literal("another-secret-0000") }).ReadAsync(s_api, Token));
        var unsigned = await FailureOf(() => test.Provider.ReadAsync(s_api, Token));

        AssertRejected(test, forged, "the signature is wrong");
        AssertRejected(test, unsigned, "the signature is wrong");
    }

    [Fact]
    public async Task A_change_that_the_server_does_not_take_is_told_in_its_words()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.com", "CNAME", 60, "x.example.net");

        AssertRejected(test, await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.2")), Token)), "HTTP 422, a CNAME must be alone; nothing was written");
    }

    [Fact]
    public async Task An_empty_next_ends_the_list_as_none_does()
    {
        await using var test = await StartAsync();
        test.Fake.LastNext = string.Empty;
        await test.SeedAsync("api.example.com", "A", 60, "192.0.2.1");
        using var client = new WebhookClient(test.Options, TimeProvider.System);

        Assert.Equal([s_api], (await client.NamesAsync(5, Token))!.Select(document => document.Name));
    }

    [Theory]
    [InlineData("""{"names":[]}""")]
    [InlineData("""{"names":[{"sets":[]}],"next":null}""")]
    [InlineData("""{"next":null}""")]
    public async Task A_list_that_may_not_be_whole_is_no_list(string body)
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Path.EndsWith("/names", StringComparison.Ordinal) ? new FakeTrouble { Status = 200, Body = body } : null;

        var reads = Enumerable.Range(0, 40).Select(async i => await Record.ExceptionAsync(() => test.Provider.ReadAsync(DnsName.Parse($"s{i}.example.com"), Token)));

        Assert.Contains(await Task.WhenAll(reads), failure => failure is ProviderException { Failure: ProviderFailure.Transient });
    }

    [Theory]
    [InlineData("""{"name":"other.example.com","sets":[]}""")]
    [InlineData("""{"name":"api.example.com"}""")]
    [InlineData("""{"name":"api.example.com","sets":[{"type":"A","ttl":60}]}""")]
    [InlineData("""{"name":"api.example.com","sets":[{"type":"A","ttl":60,"values":[]}]}""")]
    [InlineData("""{"name":"api.example.com","sets":[{"type":"A","values":[{"data":"192.0.2.1"}]}]}""")]
    [InlineData("""{"name":"api.example.com","sets":[{"type":"A","ttl":60,"values":[{"data":"nonsense"}]}]}""")]
    public async Task A_document_that_is_not_as_the_contract_says_is_no_name_without_records(string body)
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 200, Body = body };

        await FailureOf(() => test.Provider.ReadAsync(s_api, Token));
    }

    [Fact]
    public async Task Where_something_stands_before_the_records_the_name_servers_are_not_asked()
    {
        await using var test = await StartAsync();
        test.Fake.Hidden = "a CDN answers for it";
        await test.SeedAsync("api.example.com", "A", 60, "192.0.2.1");

        await test.Provider.ReadAsync(s_api, Token);
        var why = test.Provider.WhyNotVerifiable(s_api);
        test.Fake.Hidden = null;
        await test.Provider.ReadAsync(s_api, Token);

        Assert.Equal("a CDN answers for it", why);
        Assert.Null(test.Provider.WhyNotVerifiable(s_api));
    }

    [Fact]
    public async Task Examining_tells_what_failover_yaml_says_wrong_of_the_server()
    {
        await using var test = await StartAsync();
        test.Fake.SmallestTtl = 60;
        var provider = test.Open(test.Options with { Weights = true, Token = Secret.Literal(FakeWebhook.ReadingToken) });

        var problems = (await provider.ExamineAsync(Token)).Where(finding => finding.Grade == FindingGrade.Problem).ToDictionary(finding => finding.Subject, finding => finding.Mend);

        Assert.Equal("set weights: false", problems["weights"]);
        Assert.Equal("set smallestTtl: 60s", problems["smallestTtl"]);
        Assert.Contains("permissions", problems.Keys);
        Assert.DoesNotContain("zone", problems.Keys);
    }

    [Fact]
    public async Task A_server_of_another_version_is_no_zone()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 200, Body = """{"version":2,"zone":"example.com","capabilities":{"weights":true,"severalValues":true,"ownerMarks":true,"smallestTtl":1}}""" };

        var problem = Assert.Single(await test.Provider.ExamineAsync(Token));

        Assert.Contains("only version 1 is spoken here", problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_owner_marks_none_is_sent()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { OwnerMarks = false });

        await provider.ApplyAsync(Change(null, Set(60, "192.0.2.1")) with { Owner = "frankfurt-1" }, Token);

        Assert.Null(test.Fake.Owner(s_api));
    }

    private static Task<WebhookUnderTest> StartAsync() => WebhookUnderTest.StartAsync(weights: false, Token);

    private static RecordSet Set(int ttl, params string[] values) => RecordSet.Create(s_api, RecordType.A, TimeSpan.FromSeconds(ttl), values);

    private static ChangeSet Change(RecordSet? before, RecordSet after) => new(1, s_api, [new RecordChange(before, after)]);

    private static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);

    private static void AssertRejected(WebhookUnderTest test, ProviderException failure, string expected)
    {
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }
}
