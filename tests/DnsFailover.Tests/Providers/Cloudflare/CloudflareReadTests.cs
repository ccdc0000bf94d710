using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareReadTests : CloudflareTest
{
    [Fact]
    public async Task An_idle_read_costs_one_call()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Record("192.0.2.1"), Record("2001:db8::1", type: "AAAA"));
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.ForgetCalls();

        await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(["GET zones/:zone/dns_records"], test.Fake.Calls);
    }

    [Fact]
    public async Task Five_hundred_names_at_once_are_read_with_a_handful_of_calls()
    {
        await using var test = await StartAsync();
        DnsName[] names = [.. Enumerable.Range(0, 500).Select(i => DnsName.Parse($"s{i}.example.com"))];
        test.Fake.Zone.Seed(names.Select((name, i) => FakeZone.NewRecord("A", name.ToString(), $"192.0.2.{i % 250}", 60)));

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, (read, i) => Assert.Equal($"192.0.2.{i % 250}", Assert.Single(read[RecordType.A]!.Values).Data));
        Assert.InRange(test.Fake.Calls.Count, 1, 20);
    }

    [Fact]
    public async Task A_record_that_cannot_be_steered_stands_in_the_way_of_its_own_name_only()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(FakeZone.NewRecord("CNAME", "odd.example.com", "target.example.net", 60) with { Content = "not a host name" });
        DnsName[] names = [.. Enumerable.Range(0, 40).Select(i => DnsName.Parse($"s{i}.example.com"))];

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));
        var failure = await FailureOf(() => test.Provider.ReadAsync(DnsName.Parse("odd.example.com"), Token));

        Assert.All(records, read => Assert.Empty(read.Sets));
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("odd.example.com", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 100)]
    [InlineData(true, 7)]
    [InlineData(false, 7)]
    [InlineData(false, 25)]
    public async Task Every_page_is_read(bool saysTotalPages, int largestPage)
    {
        await using var test = await StartAsync();
        (test.Fake.SaysTotalPages, test.Fake.LargestPage) = (saysTotalPages, largestPage);
        test.Fake.Zone.Seed(Enumerable.Range(1, 150).Select(i => Record($"192.0.2.{i}")));

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(150, records[RecordType.A]!.Values.Count);
    }

    [Fact]
    public async Task A_server_whose_envelopes_have_only_what_must_be_is_read_and_written()
    {
        await using var test = await StartAsync();
        test.Fake.IsTerse = true;
        test.Fake.Zone.Seed(Record("192.0.2.1"));

        var before = await test.Provider.ReadAsync(Api, Token);
        var after = await test.Provider.ApplyAsync(Change(before[RecordType.A], Set(60, "192.0.2.2", "192.0.2.3"), owner: "eu"), Token);

        Assert.Equal((Set(60, "192.0.2.1"), Set(60, "192.0.2.2", "192.0.2.3")), (before[RecordType.A], after[RecordType.A]));
        Assert.Equal("eu", after.Owner);
    }

    [Fact]
    public async Task Records_that_change_between_two_pages_are_a_failed_read()
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(Enumerable.Range(1, 150).Select(i => Record($"192.0.2.{i}")));
        test.Fake.AfterListing = () => test.Fake.Zone.Remove("api.example.com", "A");

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
    }

    [Theory]
    [InlineData("""{"success":false,"errors":[],"messages":[],"result":null}""")]
    [InlineData("""{"success":false,"errors":[{"code":1001,"message":"no"}],"messages":[],"result":[]}""")]
    [InlineData("""{"success":true,"errors":[],"messages":[],"result":null}""")]
    [InlineData("""{"result":[]}""")]
    [InlineData("<html>captive portal</html>")]
    [InlineData("")]
    public async Task A_reply_that_is_no_list_of_records_is_not_a_name_without_records(string body)
    {
        await using var test = await StartAsync();
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.Trouble = _ => new FakeTrouble { Status = 200, Body = body };

        await FailureOf(() => test.Provider.ReadAsync(Api, Token));
    }

    [Fact]
    public async Task A_zone_that_is_not_found_lists_near_names()
    {
        await using var test = await StartAsync();
        test.Fake.Zones.AddRange([new FakeZone("example.org", enterprise: false), new FakeZone("sub.example.net", enterprise: false)]);
        var provider = test.Open(test.Options with { Zone = DnsName.Parse("exampel.com") });

        var failure = await FailureOf(() => provider.ReadAsync(DnsName.Parse("api.exampel.com"), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("did you mean 'example.com'?", failure.Message, StringComparison.Ordinal);
        Assert.Contains("example.com, example.org", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_sees_no_zone_at_all_is_told_from_a_wrong_zone()
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.With(new FakeToken("blind-token-5c") { MaySeeTheZones = false }).ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("Zone.Zone:Read", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_zones_of_one_name_the_active_one_is_meant()
    {
        await using var test = await StartAsync();
        test.Fake.Zones.Insert(0, new FakeZone("example.com", enterprise: false) { Status = "pending" });
        test.Fake.Zone.Seed(Record("192.0.2.1"));

        Assert.Equal(Set(60, "192.0.2.1"), (await test.Provider.ReadAsync(Api, Token))[RecordType.A]);
    }

    [Fact]
    public async Task With_a_zone_id_no_zone_is_looked_up()
    {
        await using var test = await StartAsync();
        test.Fake.Tokens.Add(new FakeToken("records-token-9d") { MayReadZones = false });
        test.Fake.Zone.Seed(Record("192.0.2.1"));
        var provider = test.Open(test.Options with { ZoneId = test.Fake.Zone.Id, Token = Secret.Literal("records-token-9d") });

        await provider.ReadAsync(Api, Token);

        Assert.Equal(["GET zones/:zone/dns_records"], test.Fake.Calls);
    }

    [Fact]
    public async Task A_zone_id_that_is_not_known_says_so()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { ZoneId = new string('0', 32) });

        var failure = await FailureOf(() => provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("check zoneId", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_that_was_made_anew_is_found_again()
    {
        await using var test = await StartAsync();
        await test.Provider.ReadAsync(Api, Token);
        var anew = new FakeZone("example.com", enterprise: false);
        anew.Seed(Record("192.0.2.7"));
        test.Fake.Zones[0] = anew;

        await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(Set(60, "192.0.2.7"), (await test.Provider.ReadAsync(Api, Token))[RecordType.A]);
    }

    [Fact]
    public async Task Without_nameServers_those_that_Cloudflare_assigned_are_asked()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { NameServers = [] });

        var server = Assert.Single(await provider.AuthoritativeServersAsync(Token));

        Assert.True(IPAddress.IsLoopback(server.Address));
        Assert.Equal(53, server.Port);
    }
}
