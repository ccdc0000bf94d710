using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.DigitalOcean;

public sealed class DigitalOceanWriteTests : DigitalOceanTest
{
    [Fact]
    public async Task A_switch_costs_two_calls_and_changes_the_record_where_it_stands()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        var id = Assert.Single(test.Fake.Look("api")).Id;
        test.Fake.ForgetCalls();

        await test.Provider.ApplyAsync(Change(before, Set(60, "198.51.100.1")), Token);

        Assert.Equal(["GET /v2/domains/example.com/records", $"PATCH /v2/domains/example.com/records/{id}"], test.Fake.Calls);
        Assert.Equal(["""PATCH {"type":"A","data":"198.51.100.1"}"""], test.Fake.Writes);
        Assert.Equal(new FakeRecord(id, "A", "api", "198.51.100.1", 60), Assert.Single(test.Fake.Look("api")));
    }

    [Fact]
    public async Task A_CNAME_is_written_with_the_dot_that_is_not_shown()
    {
        await using var test = await StartAsync();
        var alias = RecordSet.Create(Api, RecordType.CNAME, TimeSpan.FromSeconds(60), "one.example.net");

        var records = await test.Provider.ApplyAsync(Change(null, alias), Token);

        Assert.Equal(alias, records[RecordType.CNAME]);
        Assert.Equal(["""POST {"type":"CNAME","name":"api","data":"one.example.net.","ttl":60}"""], test.Fake.Writes);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2")] // exchanged
    [InlineData("192.0.2.1,192.0.2.2,192.0.2.3", "198.51.100.1")] // shrunk to a new value
    [InlineData("192.0.2.1", "198.51.100.1,198.51.100.2,198.51.100.3")] // grown
    [InlineData("192.0.2.1,192.0.2.2", "192.0.2.2")] // one taken away
    [InlineData("192.0.2.1,192.0.2.1", "192.0.2.1,192.0.2.2")] // twice the same
    public async Task A_name_never_is_without_values(string from, string to)
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, from.Split(','));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];

        var records = await test.Provider.ApplyAsync(Change(before, Set(60, to.Split(','))), Token);

        Assert.Equal(Set(60, to.Split(',')), records[RecordType.A]);
        Assert.Equal(to.Split(',').Select(value => $"60 {value}"), await test.LookAsync(Api, "A"));
        Assert.Empty(test.Fake.EmptyMoments);
        var calls = test.Fake.Calls.Select(call => call.Split(' ')[0]).Where(method => method != "GET").ToList();
        Assert.DoesNotContain("DELETE", calls.Take(calls.Count - calls.Count(method => method == "DELETE"))); // new values answer before old ones go
    }

    [Fact]
    public async Task What_fails_after_the_first_of_several_calls_is_ambiguous()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1", "192.0.2.2");
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        var writes = 0;
        test.Fake.Trouble = request => request.Method == "PATCH" && writes++ > 0 ? new FakeTrouble { Status = 429, Header = ("Retry-After", "17"), Body = """{"id":"too_many_requests","message":"API Rate limit exceeded."}""" } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set(60, "198.51.100.1", "198.51.100.2")), Token));

        Assert.Equal((ProviderFailure.Ambiguous, TimeSpan.FromSeconds(17)), (failure.Failure, failure.RetryAfter));
        Assert.Contains("partly written, 1 of 2 calls", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["60 192.0.2.2", "60 198.51.100.1"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task Too_many_calls_on_the_first_write_say_that_nothing_was_written()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { Status = 429, Header = ("Retry-After", "17"), Body = string.Empty } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal((ProviderFailure.Transient, TimeSpan.FromSeconds(17)), (failure.Failure, failure.RetryAfter));
    }

    [Fact]
    public async Task A_record_that_goes_between_reading_and_writing_is_a_conflict()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.AfterListing = () => test.Fake.Remove("A", "api");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("gone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_beside_a_CNAME_are_refused_and_nothing_is_written()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("CNAME", "api", 60, "target.example.net");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("CNAME", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_TTL_that_is_too_small_is_refused_before_anything_is_sent()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 300, "192.0.2.1");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(300, "192.0.2.1"), Set(29, "192.0.2.2"), "me"), Token));

        AssertRejected(test, failure, "30 s", "correct ttl");
        Assert.DoesNotContain(test.Fake.Calls, call => !call.StartsWith("GET", StringComparison.Ordinal));
        Assert.Equal(["300 192.0.2.1"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_reply_lost_after_the_write_is_ambiguous_and_nothing_is_sent_again()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { LosesReply = true } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Single(test.Fake.Calls, call => call.StartsWith("PATCH", StringComparison.Ordinal));
        Assert.Equal(["60 192.0.2.2"], await test.LookAsync(Api, "A"));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(524)]
    public async Task A_5xx_on_a_write_is_ambiguous_and_on_a_read_passes(int status)
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { StatusAfterwards = status, Body = "<html>gateway</html>" } : null;
        var write = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));
        test.Fake.Trouble = _ => new FakeTrouble { Status = status };
        var read = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal((ProviderFailure.Ambiguous, ProviderFailure.Transient), (write.Failure, read.Failure));
    }

    [Fact]
    public async Task A_reply_that_does_not_show_what_was_written_is_followed_by_a_read()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { StatusAfterwards = 200, Body = "{}" } : null;

        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token);

        Assert.Equal(Set(60, "192.0.2.2"), records[RecordType.A]);
    }
}
