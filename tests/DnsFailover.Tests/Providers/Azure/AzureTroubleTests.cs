using System.Net.Sockets;
using Azure;
using Azure.Core;
using Azure.Identity;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Azure;

namespace DnsFailover.Tests.Providers.Azure;

public sealed class AzureTroubleTests : AzureTest
{
    [Theory]
    [InlineData("ExpiredAuthenticationToken", "the token has expired")]
    [InlineData("AadTokenExpired", "the token has expired")]
    [InlineData("InvalidAuthenticationTokenTenant", "the token is of another tenant than the subscription")]
    [InlineData("InvalidAuthenticationTokenAudience", "check cloud")]
    [InlineData("InvalidAuthenticationToken", "the token is not accepted")]
    public async Task A_token_that_is_not_taken_is_told_why(string code, string expected)
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.As(new FakeIdentity("eyJ0.old-token.c2ln") { Refusal = code }).ReadAsync(Api, Token));

        AssertRejected(test, failure, code, expected);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_named_when_tokens_expire()
    {
        await using var test = await StartAsync();
        var identity = new FakeIdentity("eyJ0.old-token.c2ln") { Refusal = "ExpiredAuthenticationToken" };
        test.Fake.Identities.Add(identity);
        var provider = test.Open(test.Options, new FakeCredential(identity.Token), new ShiftedTime(TimeSpan.FromMinutes(-20)));

        var failure = await FailureOf(() => provider.ReadAsync(Api, Token));

        AssertRejected(test, failure, "this machine's clock is", " behind: synchronise it");
        Assert.InRange(provider.ClockSkew!.Value, TimeSpan.FromMinutes(19), TimeSpan.FromMinutes(21));
    }

    [Theory]
    [InlineData("Microsoft.Network/dnsZones/A/read")]
    [InlineData("Microsoft.Network/dnsZones/CNAME/read")]
    public async Task An_action_that_is_not_allowed_is_named_with_its_scope(string action)
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.As(new FakeIdentity("eyJ0.narrow-token.c2ln") { NotActions = [action] }).ReadAsync(Api, Token));

        AssertRejected(test, failure, $"the identity lacks {action} on /subscriptions/{FakeAzure.Subscription}/resourceGroups/dns-rg/providers/Microsoft.Network/dnsZones/example.com/", "DNS Zone Contributor");
    }

    [Fact]
    public async Task A_limit_that_is_used_up_is_named_and_kept_to_for_that_kind_of_call()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(new FakeSet("api", "A", 60, ["192.0.2.1"]));
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.Trouble = request => request.Method == "PUT" ? new FakeTrouble { Status = 429, Header = ("Retry-After", "300"), Body = """{"error":{"code":"SubscriptionRequestsThrottled","message":"Number of requests exceeded the limit."}}""" } : null;

        var refused = await FailureOf(() => test.Provider.ApplyAsync(Change(Four(60, "192.0.2.1"), Four(60, "192.0.2.2")), Token));
        test.Fake.Trouble = _ => null;
        test.Fake.ForgetCalls();
        await test.Provider.ReadAsync(Api, Token); // reads have a limit of their own
        var kept = await FailureOf(() => test.Provider.ApplyAsync(Change(Four(60, "192.0.2.1"), Four(60, "192.0.2.2")), Token));

        Assert.Equal((ProviderFailure.Transient, TimeSpan.FromMinutes(5)), (refused.Failure, refused.RetryAfter));
        Assert.Equal(ProviderFailure.Transient, kept.Failure);
        Assert.DoesNotContain(test.Fake.Calls, call => call.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_header_that_counts_down_says_which_limit_it_was()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 429, Header = ("x-ms-ratelimit-remaining-subscription-reads", "0"), Body = string.Empty };

        Assert.Contains("no subscription-reads are left", (await FailureOf(() => test.Provider.ReadAsync(Api, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 302, Header = ("Location", "http://127.0.0.1:1/"), Body = string.Empty };

        AssertRejected(test, await FailureOf(() => test.Provider.ReadAsync(Api, Token)), "check baseUrl");
    }

    [Fact]
    public async Task One_token_serves_many_calls_and_is_asked_for_again_when_it_is_refused()
    {
        await using var test = await StartAsync();
        var credential = new FakeCredential(test.Fake.Identities[0].Token);
        var provider = test.Open(test.Options with { Cloud = AzureCloud.China }, credential);

        await provider.ReadAsync(Api, Token);
        await provider.ReadAsync(Api, Token);
        Assert.Equal((1, "https://management.chinacloudapi.cn/.default"), (credential.Asked, credential.Scope));
        test.Fake.Identities[0] = test.Fake.Identities[0] with { Refusal = "ExpiredAuthenticationToken" };
        await FailureOf(() => provider.ReadAsync(Api, Token));
        test.Fake.Identities[0] = test.Fake.Identities[0] with { Refusal = null };
        await provider.ReadAsync(Api, Token);

        Assert.InRange(credential.Asked, 2, 4); // each of the three refused calls may have asked
    }

    [Fact]
    public async Task While_a_token_is_still_good_trouble_with_renewing_it_does_not_matter()
    {
        await using var test = await StartAsync();
        var answers = new Queue<Func<AccessToken>>([() => new AccessToken(test.Fake.Identities[0].Token, DateTimeOffset.UtcNow.AddMinutes(4)), () => throw new AuthenticationFailedException("no", new SocketException())]);
        var credential = new FakeCredential(_ => Task.FromResult(answers.Dequeue()()));
        var provider = test.Open(test.Options, credential);

        await provider.ReadAsync(Api, Token); // with so little left it is due for renewal at once
        await provider.ReadAsync(Api, Token);

        Assert.Equal(2, credential.Asked); // and not tried again for a while
    }

    [Fact]
    public async Task Without_any_credential_it_says_where_it_looked_and_what_to_do()
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.Open(test.Options, Failing(new CredentialUnavailableException("several\nlines"))).ReadAsync(Api, Token));

        AssertRejected(test, failure, "there is no Azure credential in the environment (AZURE_CLIENT_ID and so on), workload identity, managed identity or the Azure CLI: attach an identity", "nothing was sent");
        Assert.Empty(test.Fake.Calls);
    }

    [Theory]
    [InlineData("AADSTS7000215", "the client secret is not one of the application's")]
    [InlineData("AADSTS7000222", "the client secret has expired")]
    [InlineData("AADSTS700016", "the application is not known in the tenant")]
    [InlineData("AADSTS90002", "the tenant is not known")]
    [InlineData("AADSTS700213", "no federated credential of the identity fits")]
    [InlineData("AADSTS50034", "look the code up")]
    public async Task A_credential_that_is_refused_is_told_why(string code, string expected)
    {
        await using var test = await StartAsync();
        var error = new AuthenticationFailedException("ClientSecretCredential authentication failed", new InvalidOperationException($"A configuration issue: {code}: something.\nTrace ID: 1"));

        AssertRejected(test, await FailureOf(() => test.Open(test.Options, Failing(error)).ReadAsync(Api, Token)), code, expected, "nothing was sent");
    }

    [Fact]
    public async Task A_login_endpoint_that_cannot_be_reached_is_tried_again_later()
    {
        await using var test = await StartAsync();
        var error = new AuthenticationFailedException("failed", new AggregateException(new RequestFailedException("Name or service not known", new HttpRequestException("no"))));

        var failure = await FailureOf(() => test.Open(test.Options, Failing(error)).ApplyAsync(Change(null, Four(60, "192.0.2.1")), Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Empty(test.Fake.Calls);
    }

    [Fact]
    public async Task A_source_of_tokens_that_never_answers_is_given_up()
    {
        await using var test = await StartAsync();
        var ended = new TaskCompletionSource();
        var silent = new FakeCredential(async token =>
        {
            await using var end = token.Register(ended.SetResult);
            await ended.Task;
            throw new OperationCanceledException(token);
        });

        var failure = await FailureOf(() => test.Impatient(silent).ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Contains("no token came within 750 ms", failure.Message, StringComparison.Ordinal);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Token); // and told to stop
    }

    private static FakeCredential Failing(Exception error) => new(_ => Task.FromException<AccessToken>(error));
}
