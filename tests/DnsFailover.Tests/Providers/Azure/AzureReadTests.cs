using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Azure;

namespace DnsFailover.Tests.Providers.Azure;

public sealed class AzureReadTests : AzureTest
{
    private const string Alias = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/trafficManagerProfiles/z";

    [Fact]
    public async Task The_zones_own_name_is_steered_too()
    {
        await using var test = await StartAsync();
        var apex = test.Zone;
        var (before, after) = (RecordSet.Create(apex, RecordType.A, TimeSpan.FromMinutes(1), "192.0.2.1"), RecordSet.Create(apex, RecordType.A, TimeSpan.FromMinutes(1), "192.0.2.2"));
        test.Fake.Seed(new FakeSet("@", "A", 60, ["192.0.2.1"]));

        Assert.Equal(before, (await test.Provider.ReadAsync(apex, Token))[RecordType.A]);
        await test.Provider.ApplyAsync(Change(before, after), Token);

        Assert.Equal(["192.0.2.2"], test.Fake.Find("@", "A")!.Values);
    }

    [Fact]
    public async Task An_alias_to_an_Azure_resource_is_left_alone_and_named()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(new FakeSet("api", "A", 60, []) { TargetId = Alias });

        var read = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        var write = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Four(60, "192.0.2.1")), Token));

        AssertRejected(test, read, "its A record set is an alias to", "trafficManagerProfiles/z", "replace it by a record set with the value of an endpoint");
        AssertRejected(test, write, "is an alias to");
        Assert.Equal(Alias, test.Fake.Find("api", "A")!.TargetId);
    }

    [Fact]
    public async Task A_set_without_values_is_no_record_and_can_be_filled()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(new FakeSet("api", "A", 3600, []) { Metadata = new Dictionary<string, string> { ["team"] = "api" } });

        var records = await test.Provider.ReadAsync(Api, Token);
        var created = await test.Provider.ApplyAsync(Change(null, Four(60, "192.0.2.1")), Token);

        Assert.Empty(records.Sets);
        Assert.Equal(Four(60, "192.0.2.1"), created[RecordType.A]);
        Assert.Equal("api", test.Fake.Find("api", "A")!.Metadata["team"]);
    }

    [Fact]
    public async Task Five_hundred_names_are_reconciled_with_a_few_calls()
    {
        await using var test = await StartAsync();
        test.Fake.PageSize = 100;
        var names = Enumerable.Range(1, 500).Select(i => DnsName.Parse($"s{i}.example.com")).ToList();
        for (var i = 1; i <= 500; i++)
        {
            test.Fake.Seed(new FakeSet($"s{i}", "A", 60, [$"192.0.2.{i % 250}"]));
        }

        test.Fake.Seed(new FakeSet("*.s1", "A", 60, ["192.0.2.9"]));
        test.Fake.Seed(new FakeSet("other", "A", 60, []) { TargetId = Alias }); // must not be in anybody else's way

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records.Select((read, i) => (read, i)), pair => Assert.Equal($"192.0.2.{(pair.i + 1) % 250}", Assert.Single(Assert.Single(pair.read.Sets).Values).Data));
        var lists = test.Fake.Calls.Count(call => call.EndsWith("/all", StringComparison.Ordinal));
        Assert.InRange(lists, 6, 30); // of 60 in a minute
        Assert.InRange(test.Fake.Calls.Count, lists, lists + 60); // of 250 at once
    }

    [Fact]
    public async Task The_token_goes_to_no_other_place_than_the_configured_one()
    {
        await using var test = await StartAsync();
        await using var elsewhere = new FakeAzure();
        await elsewhere.StartAsync(Token);
        test.Fake.PageSize = 1;
        test.Fake.OtherPlace = elsewhere.Address;
        test.Fake.Seed(new FakeSet("api", "A", 60, ["192.0.2.1"]));
        using var client = new AzureClient(test.Options, new FakeCredential(test.Fake.Identities[0].Token), TimeProvider.System);

        var failure = await FailureOf(() => client.ListSetsAsync(100, Token));

        AssertRejected(test, failure, "the next page is said to be at", "nothing is sent there");
        Assert.Empty(elsewhere.Calls);
    }

    [Fact]
    public async Task A_next_page_that_is_said_with_a_path_alone_is_at_the_same_place()
    {
        await using var test = await StartAsync();
        test.Fake.PageSize = 1;
        test.Fake.LinksHaveNoPlace = true;
        test.Fake.Seed(new FakeSet("api", "A", 60, ["192.0.2.1"]));
        using var client = new AzureClient(test.Options, new FakeCredential(test.Fake.Identities[0].Token), TimeProvider.System);

        var sets = await client.ListSetsAsync(100, Token);

        Assert.Contains(sets!, set => set.Name == Api);
    }

    [Fact]
    public async Task A_list_that_takes_more_calls_than_it_is_worth_is_given_up()
    {
        await using var test = await StartAsync();
        test.Fake.PageSize = 1;
        using var client = new AzureClient(test.Options, new FakeCredential(test.Fake.Identities[0].Token), TimeProvider.System);

        Assert.Null(await client.ListSetsAsync(1, Token));
        Assert.NotNull(await client.ListSetsAsync(2, Token));
    }

    [Fact]
    public async Task Pages_that_repeat_a_set_are_not_a_list()
    {
        await using var test = await StartAsync();
        using var client = new AzureClient(test.Options, new FakeCredential(test.Fake.Identities[0].Token), TimeProvider.System);
        var body = $$"""{"value":[{"name":"x","type":"Microsoft.Network/dnszones/TXT"}],"nextLink":"{{test.Fake.Address}}more"}""";
        test.Fake.Trouble = _ => new FakeTrouble { Status = 200, Body = body };

        var failure = await FailureOf(() => client.ListSetsAsync(100, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Contains("changed while they were read", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_in_another_resource_group_is_found_for_the_message()
    {
        await using var test = await StartAsync();
        test.Fake.Zones.Add(("example.net", "web-rg"));

        var failure = await FailureOf(() => test.Open(test.Options with { ResourceGroup = "web-rg" }).ReadAsync(Api, Token));

        AssertRejected(test, failure, "there is no zone example.com in the resource group web-rg, but in dns-rg: correct resourceGroup");
    }

    [Theory]
    [InlineData("exampel.com", "did you mean 'example.com'?")]
    [InlineData("sub.example.com", "the subscription has example.com (dns-rg)")]
    public async Task A_zone_that_is_not_there_is_told_with_near_names(string zone, string expected)
    {
        await using var test = await StartAsync();
        var name = DnsName.Parse($"api.{zone}");

        var failure = await FailureOf(() => test.Open(test.Options with { Zone = DnsName.Parse(zone) }).ReadAsync(name, Token));

        AssertRejected(test, failure, expected, "ParentResourceNotFound");
    }

    [Fact]
    public async Task A_resource_group_or_subscription_that_is_not_there_is_told()
    {
        await using var test = await StartAsync();

        var group = await FailureOf(() => test.Open(test.Options with { ResourceGroup = "nowhere" }).ReadAsync(Api, Token));
        var subscription = await FailureOf(() => test.Open(test.Options with { Subscription = "11111111-1bf0-4dda-aec3-cb9272f09590" }).ReadAsync(Api, Token));

        AssertRejected(test, group, "ResourceGroupNotFound", "but in dns-rg");
        AssertRejected(test, subscription, "SubscriptionNotFound", "check subscription");
    }

    [Fact]
    public async Task A_zone_that_cannot_be_looked_for_is_told_all_the_same()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { Zone = DnsName.Parse("example.org") });
        test.Fake.Trouble = request => request.Path.EndsWith("/dnszones", StringComparison.Ordinal) ? new FakeTrouble { Status = 403 } : null;

        var failure = await FailureOf(() => provider.ReadAsync(DnsName.Parse("api.example.org"), Token));

        AssertRejected(test, failure, "check zone (example.org) and resourceGroup (dns-rg)");
    }

    [Fact]
    public async Task A_server_that_calls_everything_NotFound_is_not_a_name_without_records()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Path.EndsWith("/api", StringComparison.Ordinal) || request.Path.EndsWith("/example.com", StringComparison.Ordinal) || request.Path.EndsWith("/all", StringComparison.Ordinal)
            ? new FakeTrouble { Status = 404, Body = """{"error":{"code":"ResourceNotFound","message":"not found"}}""" }
            : null;

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
    }

    [Fact]
    public async Task The_zones_own_servers_are_asked_when_none_are_listed()
    {
        await using var test = await StartAsync();
        test.Fake.NameServers.Clear();
        test.Fake.NameServers.Add("127.0.0.1");
        var provider = test.Open(test.Options with { NameServers = [] });

        await provider.AuthoritativeServersAsync(Token);
        var servers = await provider.AuthoritativeServersAsync(Token);

        Assert.Equal("127.0.0.1:53", Assert.Single(servers).ToString());
        Assert.Single(test.Fake.Calls); // they stay the same
    }

    [Fact]
    public async Task A_private_zone_cannot_be_verified()
    {
        await using var test = await StartAsync();
        test.Fake.IsPrivate = true;

        var failure = await FailureOf(() => test.Open(test.Options with { NameServers = [] }).AuthoritativeServersAsync(Token));

        AssertRejected(test, failure, "is private");
    }
}
