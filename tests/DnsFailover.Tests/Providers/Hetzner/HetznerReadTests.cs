using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Hetzner;

public sealed class HetznerReadTests : HetznerTest
{
    [Fact]
    public async Task An_idle_read_costs_one_call_and_shows_the_owner()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1") with { Labels = new Dictionary<string, string> { ["dnsfailover-owner"] = "frankfurt-1" } });

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(Set(60, "192.0.2.1"), Assert.Single(records.Sets));
        Assert.Equal("frankfurt-1", records.Owner);
        Assert.Equal(["GET /v1/zones/example.com/rrsets"], test.Fake.Calls);
    }

    [Fact]
    public async Task An_RRset_without_a_TTL_has_that_of_the_zone()
    {
        await using var test = await StartAsync();
        test.Fake.UsualTtl = 7200;
        test.Fake.Seed(Rrset(ttl: null, "192.0.2.1"));

        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        await test.Provider.ApplyAsync(Change(before, RecordSet.Create(Api, RecordType.A, before.Ttl, "192.0.2.2")), Token);

        Assert.Equal(TimeSpan.FromHours(2), before.Ttl);
        Assert.Null(test.Fake.Look("api", "A")!.Ttl); // a switch leaves it as it is
        var records = await test.Provider.ApplyAsync(Change(RecordSet.Create(Api, RecordType.A, before.Ttl, "192.0.2.2"), Set(60, "192.0.2.2")), Token);
        Assert.Equal((60, Set(60, "192.0.2.2")), (test.Fake.Look("api", "A")!.Ttl!.Value, records[RecordType.A]));
    }

    [Fact]
    public async Task Five_hundred_names_at_once_are_read_with_a_handful_of_calls()
    {
        await using var test = await StartAsync();
        DnsName[] names = [.. Enumerable.Range(0, 500).Select(i => DnsName.Parse($"s{i}.example.com"))];
        foreach (var i in Enumerable.Range(0, 500))
        {
            test.Fake.Seed(new FakeRrset($"s{i}", "A", i % 2 == 0 ? 60 : null, [new FakeValue($"192.0.2.{i % 250}")]));
        }

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, (read, i) => Assert.Equal($"192.0.2.{i % 250}", Assert.Single(read[RecordType.A]!.Values).Data));
        Assert.InRange(test.Fake.Calls.Count, 1, 100);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(30)]
    public async Task Every_page_is_read(int pageSize)
    {
        await using var test = await StartAsync();
        test.Fake.PageSize = pageSize;
        DnsName[] names = [.. Enumerable.Range(0, 150).Select(i => DnsName.Parse($"s{i}.example.com"))];
        Array.ForEach(names, name => test.Fake.Seed(new FakeRrset(name.Labels[0], "A", 60, [new FakeValue("192.0.2.1")])));

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, read => Assert.NotNull(read[RecordType.A]));
    }

    [Fact]
    public async Task A_CNAME_without_a_dot_at_its_end_is_below_the_zone()
    {
        await using var test = await StartAsync();
        var (near, apex, far) = (DnsName.Parse("near.example.com"), DnsName.Parse("apex.example.com"), DnsName.Parse("far.example.com"));
        test.Fake.Seed(new FakeRrset("near", "CNAME", 60, [new FakeValue("web")]));
        test.Fake.Seed(new FakeRrset("apex", "CNAME", 60, [new FakeValue("@")]));
        test.Fake.Seed(new FakeRrset("far", "CNAME", 60, [new FakeValue("Web.Example.NET.")]));

        Assert.Equal("web.example.com", await TargetAsync(near));
        Assert.Equal("example.com", await TargetAsync(apex));
        Assert.Equal("web.example.net", await TargetAsync(far));

        async Task<string> TargetAsync(DnsName name) => Assert.Single((await test.Provider.ReadAsync(name, Token))[RecordType.CNAME]!.Values).Data;
    }

    [Fact]
    public async Task The_apex_is_read_and_written_as_an_at_sign()
    {
        await using var test = await StartAsync();
        var apex = DnsName.Parse("example.com");
        test.Fake.Seed(new FakeRrset("@", "A", 60, [new FakeValue("192.0.2.1")]));
        var before = (await test.Provider.ReadAsync(apex, Token))[RecordType.A];

        await test.Provider.ApplyAsync(Change(before, RecordSet.Create(apex, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.2"), "me"), Token);

        Assert.Equal("192.0.2.2", Assert.Single(test.Fake.Look("@", "A")!.Values).Value);
    }

    [Theory]
    [InlineData("""{"rrsets":null,"meta":{"pagination":{"next_page":null}}}""")]
    [InlineData("""{"rrsets":[{"name":"api","type":"A","records":[]}],"meta":{"pagination":{"next_page":null}}}""")]
    [InlineData("""{"rrsets":[{"name":"api","type":"A","ttl":60,"labels":{"team":7},"records":[]}],"meta":{"pagination":{"next_page":null}}}""")]
    [InlineData("""{"rrsets":[],"meta":{"pagination":{"next_page":null,"total_entries":3}}}""")]
    [InlineData("""{"rrsets":[],"meta":{"pagination":{"next_page":2,"total_entries":3}}}""")]
    [InlineData("""{"error":{"code":"x","message":"y"}}""")]
    public async Task A_reply_that_is_no_whole_list_is_not_a_name_without_records(string body)
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = _ => new FakeTrouble { Status = 200, Body = body };

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
    }

    [Fact]
    public async Task A_zone_that_is_not_found_lists_near_names()
    {
        await using var test = await StartAsync();
        test.Fake.OtherZones.AddRange(["example.org", "sub.example.net"]);
        var provider = test.Open(test.Options with { Zone = DnsName.Parse("exampel.com") });

        var failure = await FailureOf(() => provider.ReadAsync(DnsName.Parse("api.exampel.com"), Token));

        AssertRejected(test, failure, "did you mean 'example.com'?", "example.com, example.org");
    }

    [Fact]
    public async Task A_secondary_zone_is_told_from_one_that_can_be_written()
    {
        await using var test = await StartAsync();
        test.Fake.Mode = "secondary";

        AssertRejected(test, await FailureOf(() => test.Provider.ReadAsync(Api, Token)), "secondary");
    }

    [Fact]
    public async Task Two_marks_on_one_name_are_an_error_that_names_both()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1") with { Labels = new Dictionary<string, string> { ["dnsfailover-owner"] = "b" } });
        test.Fake.Seed(new FakeRrset("api", "AAAA", 60, [new FakeValue("2001:db8::1")]) { Labels = new Dictionary<string, string> { ["dnsfailover-owner"] = "a" } });

        AssertRejected(test, await FailureOf(() => test.Provider.ReadAsync(Api, Token)), "(a, b)");
    }

    [Fact]
    public async Task Without_nameServers_those_that_Hetzner_assigned_are_asked()
    {
        await using var test = await StartAsync();

        var server = Assert.Single(await test.Open(test.Options with { NameServers = [] }).AuthoritativeServersAsync(Token));

        Assert.True(IPAddress.IsLoopback(server.Address));
        Assert.Equal(53, server.Port);
    }
}
