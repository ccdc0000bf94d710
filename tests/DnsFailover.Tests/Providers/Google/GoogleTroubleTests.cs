using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Google;

public sealed class GoogleTroubleTests : GoogleTest
{
    [Theory]
    [InlineData("dns.managedZones.list")]
    [InlineData("dns.resourceRecordSets.list")]
    [InlineData("dns.changes.create")]
    [InlineData("dns.resourceRecordSets.create")]
    [InlineData("dns.resourceRecordSets.delete")]
    [InlineData("dns.resourceRecordSets.update")]
    public async Task A_credential_without_a_permission_is_told_which(string permission)
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        var provider = test.With(new FakeAccount("narrow") { Denied = [permission] });

        var failure = await FailureOf(() => provider.ApplyAsync(Change(A("192.0.2.1"), A("192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains(permission, failure.Message, StringComparison.Ordinal);
        Assert.Contains("acme-dns", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(Api, "A"));
    }

    [Theory]
    [InlineData(403, "accessNotConfigured", "Cloud DNS API has not been used in project 1 before or it is disabled.", ProviderFailure.Rejected, "enable dns.googleapis.com")]
    [InlineData(403, "inactiveBillingState", "The project cannot accept requests.", ProviderFailure.Rejected, "billing account")]
    [InlineData(403, "insufficientPermissions", "Request had insufficient authentication scopes.", ProviderFailure.Rejected, "access scope https://www.googleapis.com/auth/ndev.clouddns.readwrite")]
    [InlineData(403, "quotaExceeded", "The change would exceed quota for record sets per zone.", ProviderFailure.Rejected, "a quota of the project acme-dns would be exceeded")]
    [InlineData(403, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries'", ProviderFailure.Transient, "nothing was done")]
    [InlineData(429, "rateLimitExceeded", "Resource has been exhausted (e.g. check quota).", ProviderFailure.Transient, "nothing was done")]
    [InlineData(400, "invalid", "Invalid value for 'entity.change.additions[0].rrdata[0]'", ProviderFailure.Rejected, "Invalid value for")]
    public async Task Googles_reasons_are_told_apart(int status, string reason, string said, ProviderFailure meaning, string told)
    {
        await using var test = await StartAsync();
        test.Fake.Refuses = request => request.Method == "POST" ? new FakeRefusal(status, reason, said) : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, A("192.0.2.1")), Token));

        Assert.Equal(meaning, failure.Failure);
        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
        Assert.Equal(meaning == ProviderFailure.Transient, failure.RetryAfter is not null);
        Assert.Null(test.At("api.example.test", "A"));
    }

    [Fact]
    public async Task A_throttled_project_is_left_alone_for_a_while()
    {
        await using var test = await StartAsync();
        test.Fake.Refuses = _ => new FakeRefusal(403, "userRateLimitExceeded", "User Rate Limit Exceeded");
        var first = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        test.Fake.ForgetCalls();

        var second = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.NotNull(first.RetryAfter);
        Assert.Equal(ProviderFailure.Transient, second.Failure);
        Assert.Empty(test.Fake.Calls);
    }

    [Fact]
    public async Task An_unknown_or_expired_token_is_rejected_and_a_new_key_in_the_file_is_taken_without_a_restart()
    {
        await using var test = await StartAsync();
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.Accounts[0].IsRevoked = true;
        var other = new FakeAccount("second");
        test.Fake.Accounts.Add(other);

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        await File.WriteAllTextAsync(test.Options.Credentials!, other.KeyFile(test.Fake.TokenAddress), Token);
        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("the credential is unknown, expired, disabled or deleted", failure.Message, StringComparison.Ordinal);
        Assert.Empty(records.Sets);
    }

    [Fact]
    public async Task A_token_is_kept_for_as_long_as_it_lasts()
    {
        await using var test = await StartAsync();

        for (var i = 0; i < 5; i++)
        {
            await test.Provider.ReadAsync(Api, Token);
        }

        Assert.Single(test.Fake.Calls, "POST /token");
    }

    [Fact]
    public async Task A_credential_that_Google_does_not_know_says_which_and_what_to_do()
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.WithWrongCredentials().ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("Google refuses the credential from credentials (/", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Invalid JWT Signature", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(test.Fake.Calls, call => call.Contains("/dns/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("hangs")]
    [InlineData("error")]
    public async Task Whoever_hands_out_tokens_and_does_not_answer_is_trouble_that_passes(string how)
    {
        await using var test = await StartAsync();
        var address = how == "nothing" ? new Uri($"http://127.0.0.1:{FreePort.Next()}/token") : test.Fake.TokenAddress;
        test.Fake.Trouble = request => request.Path != "/token" ? null : how == "hangs" ? new FakeTrouble { KeepsSilent = true } : new FakeTrouble { Status = 500, Body = "{}" };
        var provider = test.Open(test.Options with { Timeout = TimeSpan.FromMilliseconds(1500), Credentials = test.Write(test.Fake.Accounts[0].KeyFile(address)) });

        var failure = await FailureOf(() => provider.ApplyAsync(Change(null, A("192.0.2.1")), Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Contains("nothing was sent", failure.Message, StringComparison.Ordinal);
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, "cannot be read (FileNotFoundException)")]
    [InlineData("", "is damaged or not one")]
    [InlineData("{\"type\": \"service_account\", \"client_email\": \"a@b\", \"private_key\": \"MIIE-secret\"}", "is damaged or not one")]
    [InlineData("{\"type\": \"service_account\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nTUlJRS1zZWNyZXQ=\\n-----END PRIVATE KEY-----\\n\", \"client_email\": \"a@b\"}", "is damaged or not one")]
    [InlineData("{\"type\": \"service_account\", \"private_key\": \"MIIE-secret\"", "is damaged or not one")]
    [InlineData("{\"web\": {\"client_secret\": \"MIIE-secret\"}}", "has the type ''; expected service_account")]
    public async Task A_file_that_is_no_credential_is_told_and_nothing_of_it_is_repeated(string? content, string told)
    {
        await using var test = await StartAsync();
        var path = content is null ? "/nowhere/dns.json" : test.Write(content);

        var failure = await FailureOf(() => test.Open(test.Options with { Credentials = path }).ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains(content is null ? "cannot be read (" : told, failure.Message, StringComparison.Ordinal);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MIIE", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("TUlJ", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_is_lost_after_the_write_is_found_out_by_reading()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        test.Fake.Trouble = request => request.Method == "POST" && request.Path.EndsWith("/changes", StringComparison.Ordinal) ? new FakeTrouble { StatusAfterwards = 503 } : null;
        var change = Change(A("192.0.2.1"), A("192.0.2.2"), owner: "eu");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(change, Token));
        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.True(change.IsAppliedIn(records));
        Assert.Equal("eu", records.Owner);
        Assert.Single(test.Fake.ApiCalls, "POST /example-test/changes");
    }

    [Fact]
    public async Task Examining_names_a_missing_permission_and_a_missing_zone()
    {
        await using var test = await StartAsync();

        var narrow = await test.With(new FakeAccount("narrow") { Denied = ["dns.changes.create"] }).ExamineAsync(Token);
        var blind = await test.With(new FakeAccount("blind") { Denied = ["dns.resourceRecordSets.list"] }).ExamineAsync(Token);
        var elsewhere = await test.Open(test.Options with { Zone = DnsName.Parse("exampel.test") }).ExamineAsync(Token);

        Assert.Contains(narrow, finding => finding is { Grade: FindingGrade.Problem, Subject: "permissions" } && finding.Sentence.Contains("lacks dns.changes.create on", StringComparison.Ordinal));
        Assert.Contains(blind, finding => finding is { Grade: FindingGrade.Problem, Subject: "permissions" } && finding.Sentence.Contains("dns.resourceRecordSets.list", StringComparison.Ordinal));
        Assert.Contains(elsewhere, finding => finding is { Grade: FindingGrade.Problem, Subject: "zone", Mend: not null } && finding.Sentence.Contains("example.test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Permissions_that_only_hold_for_single_record_sets_are_no_problem()
    {
        await using var test = await StartAsync();

        var findings = await test.With(new FakeAccount("conditional") { Denied = ["dns.resourceRecordSets.create", "dns.resourceRecordSets.update", "dns.resourceRecordSets.delete"] }).ExamineAsync(Token);

        Assert.DoesNotContain(findings, finding => finding.Grade == FindingGrade.Problem);
        Assert.Contains(findings, finding => finding is { Grade: FindingGrade.Advice, Subject: "permissions", Mend: not null });
    }

    [Fact]
    public async Task The_clock_of_the_last_reply_is_known()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options, new ShiftedTime(TimeSpan.FromMinutes(-10)));

        Assert.Null(provider.ClockSkew);
        await provider.ReadAsync(Api, Token);

        Assert.InRange(provider.ClockSkew!.Value, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(11));
    }
}
