using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareWriteTests : CloudflareTest
{
    [Theory]
    [InlineData(null, null)]
    [InlineData(null, "eu")]
    [InlineData("edge [dnsfailover:us]", "eu")]
    public async Task A_switch_costs_two_calls(string? comment, string? owner)
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", comment: comment));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.ForgetCalls();

        await test.Provider.ApplyAsync(Change(before, Set(60, "198.51.100.1"), owner), Token);
        await test.Provider.AuthoritativeServersAsync(Token);

        Assert.Collection(
            test.Fake.Calls,
            call => Assert.Equal("GET zones/:zone/dns_records", call),
            call => Assert.StartsWith("PATCH zones/:zone/dns_records/", call, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("eu")]
    public async Task A_switch_of_several_records_costs_two_calls(string? owner)
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"), Record("192.0.2.2"), Record("192.0.2.3"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.ForgetCalls();

        var records = await test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.3", "198.51.100.1"), owner), Token);

        Assert.Equal(Set(60, "192.0.2.3", "198.51.100.1"), records[RecordType.A]);
        Assert.Equal(["GET zones/:zone/dns_records", "POST zones/:zone/dns_records/batch"], test.Fake.Calls);
    }

    [Fact]
    public async Task Proxying_TTL_comment_tags_and_settings_survive_a_switch()
    {
        await using var test = await StartAsync(enterprise: true);
        var record = Record("192.0.2.1", ttl: 1, proxied: true, comment: "ask the API team") with { Tags = ["team:api"], Settings = """{"ipv4_only":true}""" };
        test.Fake.Zone.Seed(record);
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;

        await test.Provider.ApplyAsync(Change(before, RecordSet.Create(Api, RecordType.A, before.Ttl, "198.51.100.1")), Token);

        var after = Assert.Single(test.Fake.Look("api.example.com"));
        Assert.Equivalent(record with { Content = "198.51.100.1" }, after, strict: true);
    }

    [Fact]
    public async Task Records_that_are_added_beside_proxied_ones_are_proxied()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", ttl: 1, proxied: true));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        var six = RecordSet.Create(Api, RecordType.AAAA, before.Ttl, "2001:db8::1");

        await test.Provider.ApplyAsync(new ChangeSet(1, Api, [new RecordChange(before, RecordSet.Create(Api, RecordType.A, before.Ttl, "192.0.2.1", "192.0.2.2")), new RecordChange(null, six)]), Token);

        Assert.Equal(3, test.Fake.Look("api.example.com").Count);
        Assert.All(test.Fake.Look("api.example.com"), record => Assert.True(record.Proxied));
    }

    [Fact]
    public async Task The_TTL_of_a_proxied_record_is_never_asked_to_change()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", ttl: 1, proxied: true));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        test.Fake.ForgetCalls();

        var records = await test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.1")), Token);

        Assert.Equal(TimeSpan.FromMinutes(5), before.Ttl);
        Assert.Equal(before, records[RecordType.A]);
        Assert.Equal(["GET zones/:zone/dns_records"], test.Fake.Calls);
    }

    [Fact]
    public async Task An_automatic_TTL_stays_automatic_until_another_is_asked_for()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", ttl: 1));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;

        var switched = await test.Provider.ApplyAsync(Change(before, Set(300, "192.0.2.2", "192.0.2.3")), Token);
        Assert.All(test.Fake.Look("api.example.com"), record => Assert.Equal(1, record.Ttl));

        await test.Provider.ApplyAsync(Change(switched[RecordType.A], Set(60, "192.0.2.2", "192.0.2.3")), Token);
        Assert.All(test.Fake.Look("api.example.com"), record => Assert.Equal(60, record.Ttl));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2")] // exchanged
    [InlineData("192.0.2.1,192.0.2.2,192.0.2.3", "198.51.100.1")] // shrunk to a new value
    [InlineData("192.0.2.1", "198.51.100.1,198.51.100.2,198.51.100.3")] // grown
    [InlineData("192.0.2.1,192.0.2.2", "192.0.2.2")] // one taken away
    public async Task A_name_never_is_without_values(string from, string to)
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed([.. from.Split(',').Select(value => Record(value))]);
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];

        var records = await test.Provider.ApplyAsync(Change(before, Set(60, to.Split(','))), Token);

        Assert.Equal(Set(60, to.Split(',')), records[RecordType.A]);
        Assert.Empty(test.Fake.Zone.EmptyMoments);
    }

    [Fact]
    public async Task A_batch_that_fails_is_not_repeated_record_by_record()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"), Record("192.0.2.2"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.ForgetCalls();
        test.Fake.Trouble = request => request.Path.EndsWith("/batch", StringComparison.Ordinal) ? new FakeTrouble { Status = 500 } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set(60, "198.51.100.1", "198.51.100.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Equal(["GET zones/:zone/dns_records", "POST zones/:zone/dns_records/batch"], test.Fake.Calls);
        Assert.Equal(["60 192.0.2.1", "60 192.0.2.2"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task Of_a_batch_that_breaks_a_rule_nothing_is_written()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"), Record("192.0.2.2"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.AfterListing = () => test.Fake.Zone.Seed(Record("198.51.100.2")); // somebody is faster by a moment

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set(60, "198.51.100.1", "198.51.100.2")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Equal(["60 192.0.2.1", "60 192.0.2.2", "60 198.51.100.2"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_record_that_goes_between_reading_and_writing_is_a_conflict()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.AfterListing = () => test.Fake.Zone.Remove("api.example.com", "A");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("gone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_beside_a_CNAME_are_refused_and_nothing_is_written()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("target.example.net", type: "CNAME"));

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("81053", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_TTL_that_is_too_small_is_refused_before_anything_is_sent()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", ttl: 300));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set(30, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("60 s", failure.Message, StringComparison.Ordinal);
        Assert.Contains("enterprise: true", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(test.Fake.Calls, call => !call.StartsWith("GET", StringComparison.Ordinal));
        Assert.Equal(["300 192.0.2.1"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_TTL_that_the_zones_plan_does_not_allow_is_refused_by_Cloudflare()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", ttl: 300));
        var provider = test.Open(test.Options with { Enterprise = true });
        var before = (await provider.ReadAsync(Api, Token))[RecordType.A];

        var failure = await FailureOf(() => provider.ApplyAsync(Change(before, Set(30, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("Must be between 60 and 86400", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["300 192.0.2.1"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_reply_lost_after_the_write_is_ambiguous_and_nothing_is_sent_again()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.ForgetCalls();
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { LosesReply = true } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Single(test.Fake.Calls, call => call.StartsWith("PATCH", StringComparison.Ordinal));
        Assert.Equal(["60 192.0.2.2"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_reply_that_never_comes_is_ambiguous()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"));
        var provider = test.Impatient();
        var before = (await provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { KeepsSilent = true } : null;

        var failure = await FailureOf(() => provider.ApplyAsync(Change(before, Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Contains("1.5 s", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(524)]
    public async Task A_5xx_on_a_write_is_ambiguous_and_on_a_read_passes(int status)
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { StatusAfterwards = status, Body = "<html>gateway</html>" } : null;
        var write = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.2")), Token));
        test.Fake.Trouble = _ => new FakeTrouble { Status = status };
        var read = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Ambiguous, write.Failure);
        Assert.Equal(ProviderFailure.Transient, read.Failure);
        Assert.Contains($"HTTP {status}", write.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_does_not_show_what_was_written_is_followed_by_a_read()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { StatusAfterwards = 200, Body = """{"success":true,"errors":[],"messages":[],"result":{"id":"other"}}""" } : null;

        var records = await test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.2")), Token);

        Assert.Equal(Set(60, "192.0.2.2"), records[RecordType.A]);
    }
}
