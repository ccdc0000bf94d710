using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareOwnerTests : CloudflareTest
{
    [Fact]
    public async Task The_mark_is_written_with_the_change_behind_what_people_wrote()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", comment: "ask the API team"));
        var before = await test.Provider.ReadAsync(Api, Token);

        var records = await test.Provider.ApplyAsync(Change(before[RecordType.A], Set(60, "192.0.2.2"), owner: "frankfurt-1"), Token);

        Assert.Null(before.Owner);
        Assert.Equal("frankfurt-1", records.Owner);
        Assert.Equal("ask the API team [dnsfailover:frankfurt-1]", Assert.Single(test.Fake.Look("api.example.com")).Comment);
        Assert.Equal("frankfurt-1", (await test.Provider.ReadAsync(Api, Token)).Owner);
    }

    [Fact]
    public async Task A_mark_that_is_there_already_costs_nothing()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", comment: "[dnsfailover:a]"), Record("192.0.2.2", comment: "[dnsfailover:a] old"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.ForgetCalls();

        await test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.1", "192.0.2.3"), owner: "a"), Token);

        Assert.Equal(["old [dnsfailover:a]", "[dnsfailover:a]"], test.Fake.Look("api.example.com").Select(record => record.Comment!).OrderDescending(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_an_owner_comments_are_left_alone()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", comment: "x [dnsfailover:other]"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];

        await test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.2")), Token);

        Assert.Equal("x [dnsfailover:other]", Assert.Single(test.Fake.Look("api.example.com")).Comment);
    }

    [Fact]
    public async Task Taking_a_name_over_replaces_every_mark_of_it()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", comment: "[dnsfailover:old]"), Record("192.0.2.2", comment: "[dnsfailover:old]"), Record("2001:db8::1", comment: "v6 [dnsfailover:old]", type: "AAAA"));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];

        var records = await test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.2", "192.0.2.3"), owner: "new"), Token);

        Assert.Equal("new", records.Owner);
        Assert.All(test.Fake.Look("api.example.com"), record => Assert.EndsWith("[dnsfailover:new]", record.Comment, StringComparison.Ordinal));
        Assert.Equal("new", (await test.Provider.ReadAsync(Api, Token)).Owner);
    }

    [Fact]
    public async Task Two_marks_on_one_name_are_an_error_that_names_both()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1", comment: "[dnsfailover:a]"), Record("2001:db8::1", comment: "[dnsfailover:b]", type: "AAAA"));

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("(a, b)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_comment_without_room_for_the_mark_stays_as_it_is_and_the_switch_goes_on()
    {
        await using var test = await StartAsync();
        var comment = new string('x', 90);
        test.Fake.Zone.Seed(Record("192.0.2.1", comment: comment));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];

        var records = await test.Provider.ApplyAsync(Change(before, Set(60, "192.0.2.2"), owner: "frankfurt-1"), Token);

        Assert.Equal(Set(60, "192.0.2.2"), records[RecordType.A]);
        Assert.Null(records.Owner);
        Assert.Equal(comment, Assert.Single(test.Fake.Look("api.example.com")).Comment);
    }
}
