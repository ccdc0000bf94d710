using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.DigitalOcean;

namespace DnsFailover.Tests.Providers.DigitalOcean;

public sealed class DigitalOceanReadTests : DigitalOceanTest
{
    [Fact]
    public async Task An_idle_read_costs_one_call_and_shows_the_owner()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Seed("TXT", "_dnsfailover.api", 300, "owner=frankfurt-1");
        test.Fake.Seed("TXT", "_dnsfailover.other", 300, "owner=somebody");

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(Set(60, "192.0.2.1"), Assert.Single(records.Sets));
        Assert.Equal("frankfurt-1", records.Owner);
        Assert.Equal(["GET /v2/domains/example.com/records"], test.Fake.Calls);
    }

    [Fact]
    public async Task In_a_large_zone_one_name_is_read_without_all_others()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("A", "other", 60, Enumerable.Range(0, 1000).Select(i => $"10.0.{i / 250}.{i % 250}"));
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        test.Fake.Seed("TXT", "_dnsfailover.api", 300, "owner=frankfurt-1");
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.ForgetCalls();

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(Set(60, "192.0.2.1"), Assert.Single(records.Sets));
        Assert.Equal("frankfurt-1", records.Owner);
        Assert.Equal(2, test.Fake.Calls.Count);
    }

    [Fact]
    public async Task Five_hundred_names_at_once_are_read_within_the_limit_per_minute()
    {
        await using var test = await StartAsync();
        DnsName[] names = [.. Enumerable.Range(0, 500).Select(i => DnsName.Parse($"s{i}.example.com"))];
        foreach (var i in Enumerable.Range(0, 500))
        {
            test.Fake.Seed("A", $"s{i}", 60, $"192.0.2.{i % 250}");
            test.Fake.Seed("TXT", $"_dnsfailover.s{i}", 300, "owner=me");
        }

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, (read, i) => Assert.Equal(($"192.0.2.{i % 250}", "me"), (Assert.Single(read[RecordType.A]!.Values).Data, read.Owner!)));
        Assert.InRange(test.Fake.Calls.Count, 1, 100);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(60)]
    [InlineData(7)]
    public async Task Every_page_is_read(int largestPage)
    {
        await using var test = await StartAsync();
        test.Fake.LargestPage = largestPage;
        test.Fake.Seed("A", "api", 60, Enumerable.Range(0, 450).Select(i => $"10.0.{i / 250}.{i % 250}"));

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(450, records[RecordType.A]!.Values.Count);
    }

    [Fact]
    public async Task A_page_that_names_no_next_one_is_not_the_last_while_the_total_says_that_more_follow()
    {
        await using var test = await StartAsync();
        test.Fake.HasLinks = false;
        test.Fake.LargestPage = 100;
        test.Fake.Seed("A", "other", 60, Enumerable.Range(0, 150).Select(i => $"10.0.0.{i}"));
        test.Fake.Seed("A", "api", 60, "192.0.2.1");
        using var client = new DigitalOceanClient(test.Options, TimeProvider.System);

        var records = await client.ListRecordsAsync(mostPages: 10, Token);

        Assert.Contains(records!, record => record.Name == Api);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v2")]
    [InlineData("/v2/")]
    public async Task The_version_of_the_API_may_stand_in_the_address(string path)
    {
        await using var test = await StartAsync();

        await test.Open(test.Options with { BaseUrl = new Uri(test.Fake.Address, path) }).ReadAsync(Api, Token);

        Assert.Equal(["GET /v2/domains/example.com/records"], test.Fake.Calls);
    }

    [Fact]
    public async Task The_token_goes_only_where_it_was_configured_to_go()
    {
        await using var test = await StartAsync();
        await using var elsewhere = new FakeDigitalOcean();
        await elsewhere.StartAsync(Token);
        test.Fake.LinksLeadTo = elsewhere.Address;
        test.Fake.LargestPage = 10;
        test.Fake.Seed("A", "api", 60, Enumerable.Range(1, 35).Select(i => $"192.0.2.{i}"));

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(35, records[RecordType.A]!.Values.Count);
        Assert.Empty(elsewhere.Calls);
    }

    [Fact]
    public async Task Records_that_change_between_two_pages_are_a_failed_read()
    {
        await using var test = await StartAsync();
        test.Fake.LargestPage = 10;
        test.Fake.Seed("A", "api", 60, Enumerable.Range(1, 35).Select(i => $"192.0.2.{i}"));
        test.Fake.Seed("A", "gone", 60, "192.0.2.99");
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.AfterListing = () =>
        {
            test.Fake.AfterListing = () => { };
            test.Fake.Seed("A", "api", 60, "192.0.2.100");
        };

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
    }

    [Theory]
    [InlineData("""{"domain_records":null,"links":{},"meta":{"total":0}}""")]
    [InlineData("""{"domain_records":[{"type":"A"}],"links":{},"meta":{"total":1}}""")]
    [InlineData("""{"domain_records":[{"id":1,"type":"A","name":"\ud800","data":"192.0.2.1","ttl":60}],"links":{},"meta":{"total":1}}""")]
    [InlineData("""{"domain_records":[],"meta":{"total":3}}""")]
    [InlineData("""{"domain_records":[],"links":{},"meta":{"total":3}}""")]
    [InlineData("""{"domain_records":[],"links":{"pages":{"next":"https://api.digitalocean.com/v2/x"}},"meta":{"total":3}}""")]
    [InlineData("""{"id":"server_error","message":"x"}""")]
    [InlineData("<html>captive portal</html>")]
    [InlineData("")]
    public async Task A_reply_that_is_no_whole_list_is_not_a_name_without_records(string body)
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 200, Body = body };

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
    }

    [Fact]
    public async Task The_apex_is_read_and_written_as_an_at_sign()
    {
        await using var test = await StartAsync();
        var apex = DnsName.Parse("example.com");
        test.Fake.Seed("A", "@", 60, "192.0.2.1");
        test.Fake.Seed("NS", "@", 1800, "ns1.digitalocean.com");
        var before = (await test.Provider.ReadAsync(apex, Token))[RecordType.A];

        var records = await test.Provider.ApplyAsync(Change(before, RecordSet.Create(apex, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.2", "192.0.2.3"), "me"), Token);

        Assert.Equal(2, records[RecordType.A]!.Values.Count);
        Assert.Equal(["A 192.0.2.2", "A 192.0.2.3", "NS ns1.digitalocean.com"], test.Fake.Look("@").Select(record => $"{record.Type} {record.Data}").Order(StringComparer.Ordinal));
        Assert.Equal("owner=me", Assert.Single(test.Fake.Look("_dnsfailover")).Data);
    }

    [Fact]
    public async Task A_CNAME_to_the_apex_is_shown_as_an_at_sign_and_read_as_the_zone()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("CNAME", "api", 60, "@");

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal("example.com", Assert.Single(records[RecordType.CNAME]!.Values).Data);
    }

    [Fact]
    public async Task A_record_that_cannot_be_steered_stands_in_the_way_of_its_own_name_only()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("CNAME", "odd", 60, "not a host name");
        test.Fake.Seed("A", "*", 60, "192.0.2.9");
        test.Fake.Seed("A", "api", 60, "192.0.2.1");

        var records = await test.Provider.ReadAsync(Api, Token);
        var failure = await FailureOf(() => test.Provider.ReadAsync(DnsName.Parse("odd.example.com"), Token));

        Assert.Equal(Set(60, "192.0.2.1"), records[RecordType.A]);
        AssertRejected(test, failure, "odd.example.com");
    }

    [Fact]
    public async Task Two_marks_on_one_name_are_an_error_that_names_both()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("TXT", "_dnsfailover.api", 300, "owner=b", "owner=a");

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        AssertRejected(test, failure, "(a, b)", "_dnsfailover.api.example.com");
    }

    [Fact]
    public async Task A_domain_that_is_not_found_lists_near_names()
    {
        await using var test = await StartAsync();
        test.Fake.OtherDomains.AddRange(["example.org", "sub.example.net"]);
        var provider = test.Open(test.Options with { Zone = DnsName.Parse("exampel.com") });

        var failure = await FailureOf(() => provider.ReadAsync(DnsName.Parse("api.exampel.com"), Token));

        AssertRejected(test, failure, "did you mean 'example.com'?", "example.com, example.org");
    }
}
