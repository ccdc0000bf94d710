using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.DigitalOcean;

public sealed class DigitalOceanOwnerTests : DigitalOceanTest
{
    [Fact]
    public async Task The_mark_is_a_TXT_record_below_the_name_and_comes_first()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Seed("TXT", "_dnsfailover.api", 300, "somebody else's");

        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), "frankfurt-1"), Token);

        Assert.Equal("frankfurt-1", records.Owner);
        Assert.Equal("frankfurt-1", (await test.Provider.ReadAsync(Api, Token)).Owner);
        Assert.Equal(["owner=frankfurt-1", "somebody else's"], test.Fake.Look("_dnsfailover.api").Select(record => record.Data).Order(StringComparer.Ordinal));
        Assert.Collection(
            test.Fake.Writes,
            write => Assert.Equal("""POST {"type":"TXT","name":"_dnsfailover.api","data":"owner=frankfurt-1","ttl":300}""", write),
            write => Assert.StartsWith("PATCH", write, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mark_that_is_there_already_costs_nothing()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Seed("TXT", "_dnsfailover.api", 300, "owner=a");

        await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), "a"), Token);

        Assert.Single(test.Fake.Writes);
    }

    [Fact]
    public async Task Taking_a_name_over_replaces_the_mark_where_it_stands()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Seed("TXT", "_dnsfailover.api", 450, "owner=old");

        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), "new"), Token);

        Assert.Equal("new", records.Owner);
        Assert.Equal(("owner=new", 450), Assert.Single(test.Fake.Look("_dnsfailover.api").Select(record => (record.Data, record.Ttl))));
    }

    [Fact]
    public async Task Without_an_owner_marks_are_left_alone()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Seed("TXT", "_dnsfailover.api", 300, "owner=other");

        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token);

        Assert.Equal("other", records.Owner);
        Assert.Single(test.Fake.Writes);
    }

    [Fact]
    public async Task A_write_that_fails_after_the_mark_leaves_the_records_as_they_were_and_the_owner_may_try_again()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { Status = 429, Body = string.Empty } : null;
        var change = Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), "me");
        var provider = test.Provider;

        var failure = await FailureOf(() => provider.ApplyAsync(change, Token));
        test.Fake.Trouble = _ => null;
        var records = await test.Open(test.Options).ApplyAsync(change, Token);

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Equal("me", records.Owner);
        Assert.Equal(Set(60, "192.0.2.2"), records[RecordType.A]);
    }
}
