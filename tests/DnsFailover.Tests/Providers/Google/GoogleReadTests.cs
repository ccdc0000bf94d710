using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Google;

public sealed class GoogleReadTests : GoogleTest
{
    [Fact]
    public async Task An_idle_read_costs_one_call_and_a_switch_with_its_mark_three()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=eu\"");
        await test.Provider.ReadAsync(Api, Token);
        Assert.Equal(["GET ", "GET /example-test/rrsets"], test.Fake.ApiCalls);
        test.Fake.ForgetCalls();

        var before = await test.Provider.ReadAsync(Api, Token);
        Assert.Equal(["GET /example-test/rrsets"], test.Fake.ApiCalls);
        var after = await test.Provider.ApplyAsync(Change(before[RecordType.A], A("192.0.2.2"), owner: "us"), Token);
        await test.Provider.AuthoritativeServersAsync(Token);

        Assert.Equal(["GET /example-test/rrsets", "POST /example-test/changes", "GET /example-test/rrsets"], test.Fake.ApiCalls);
        Assert.Equal("eu", before.Owner);
        Assert.Equal("us", after.Owner);
    }

    [Fact]
    public async Task Five_hundred_names_of_a_zone_are_read_at_once_with_a_few_calls_and_each_is_right()
    {
        await using var test = await StartAsync();
        var names = Enumerable.Range(0, 500).Select(i => DnsName.Parse($"s{i}.example.test")).ToList();
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            await test.SeedAsync(name.ToString(), "A", 60, $"192.0.{i / 250}.{i % 250}");
            await test.SeedAsync($"_dnsfailover.{name}", "TXT", 300, $"\"owner=o{i}\"");
        }

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.Equal(names.Select((_, i) => $"192.0.{i / 250}.{i % 250}"), records.Select(read => Assert.Single(read[RecordType.A]!.Values).Data));
        Assert.Equal(names.Select((_, i) => $"o{i}"), records.Select(read => read.Owner));
        Assert.InRange(test.Fake.ApiCalls.Count(), 1, 40);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_page_is_read(int largestPage)
    {
        await using var test = await StartAsync();
        test.Fake.LargestPage = largestPage;
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.SeedAsync("api.example.test", "AAAA", 60, "2001:db8::1");
        await test.SeedAsync("api.example.test", "MX", 60, "10 mail.example.net.");
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=eu\"");
        await test.SeedAsync("deeper.api.example.test", "A", 60, "192.0.2.9");

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal([RecordType.A, RecordType.AAAA], records.Sets.Select(set => set.Type));
        Assert.Equal("eu", records.Owner);
    }

    [Fact]
    public async Task A_name_that_slips_between_two_pages_of_the_zone_is_not_a_name_without_records()
    {
        await using var test = await StartAsync();
        test.Fake.LargestPage = 10;
        var names = Enumerable.Range(10, 60).Select(i => DnsName.Parse($"s{i}.example.test")).ToList();
        foreach (var name in names)
        {
            await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
            await test.SeedAsync($"a{name}", "A", 60, "192.0.2.1");
        }

        var next = 10;
        test.Fake.AfterPage = () => test.Fake.Zone.Put($"as{next++}.example.test", "A", null); // each shifts what follows by one

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, read => Assert.Single(read.Sets));
        Assert.True(next > 12);
    }

    [Fact]
    public async Task A_zone_with_many_pages_is_not_listed_for_a_few_names_time_and_again()
    {
        await using var test = await StartAsync();
        test.Fake.LargestPage = 2;
        var names = Enumerable.Range(10, 24).Select(i => DnsName.Parse($"s{i}.example.test")).ToList();
        foreach (var i in Enumerable.Range(0, 200))
        {
            await test.SeedAsync($"s{i}.example.test", "A", 60, "192.0.2.1");
        }

        await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));
        test.Fake.ForgetCalls();
        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, read => Assert.Single(read.Sets));
        Assert.InRange(test.Fake.ApiCalls.Count(), names.Count, names.Count + 8); // one each; a list of the zone would be another sixteen pages
    }

    [Fact]
    public async Task A_server_that_knows_no_filter_is_asked_by_name_from_then_on()
    {
        await using var test = await StartAsync();
        test.Fake.KnowsFilter = false;
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=eu\"");
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.ForgetCalls();

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal("eu", records.Owner);
        Assert.Single(records.Sets);
        Assert.Equal(2, test.Fake.ApiCalls.Count());
    }

    [Fact]
    public async Task What_others_have_in_the_zone_does_not_disturb()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("*.example.test", "A", 60, "192.0.2.66");
        await test.SeedAsync("xapi.example.test", "A", 60, "192.0.2.67");
        await test.SeedAsync("example.test", "A", 60, "192.0.2.68");
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");

        var records = await test.Provider.ReadAsync(Api, Token);
        var apex = await test.Provider.ReadAsync(DnsName.Parse("example.test"), Token);

        Assert.Equal(A("192.0.2.1"), records[RecordType.A]);
        Assert.Equal("192.0.2.68", Assert.Single(apex[RecordType.A]!.Values).Data);
    }

    [Theory]
    [InlineData("/dns/v1")]
    [InlineData("/dns/v1/")]
    public async Task The_version_of_the_API_may_stand_in_the_address(string path)
    {
        await using var test = await StartAsync();

        Assert.Empty((await test.Open(test.Options with { BaseUrl = new Uri(test.Fake.Address, path) }).ReadAsync(Api, Token)).Sets);
    }

    [Fact]
    public async Task A_zone_that_is_not_found_lists_near_names()
    {
        await using var test = await StartAsync();
        test.Fake.Zones.AddRange([new FakeZone("example-org", "example.org."), new FakeZone("other", "other.example.net.")]);
        test.Fake.LargestPage = 1;
        var provider = test.Open(test.Options with { Zone = DnsName.Parse("exampel.test") });

        var failure = await FailureOf(() => provider.ReadAsync(DnsName.Parse("api.exampel.test"), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("no public managed zone with the DNS name exampel.test; the project acme-dns has example.test (example-test)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'example.test'?", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_managed_zone_that_is_not_there_or_of_another_name_is_told()
    {
        await using var test = await StartAsync();
        test.Fake.Zones.Add(new FakeZone("example-org", "example.org."));

        var none = await FailureOf(() => test.Open(test.Options with { ManagedZone = "exampel-test" }).ReadAsync(Api, Token));
        var other = await FailureOf(() => test.Open(test.Options with { ManagedZone = "example-org" }).ReadAsync(Api, Token));

        Assert.Contains("there is no managed zone exampel-test; the project acme-dns has example.test (example-test)", none.Message, StringComparison.Ordinal);
        Assert.Contains("the managed zone example-org is example.org and does not hold example.test", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_public_zones_of_one_name_one_must_be_named()
    {
        await using var test = await StartAsync();
        test.Fake.Zones.Add(new FakeZone("example-test-2", "example.test."));

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        var records = await test.Open(test.Options with { ManagedZone = "example-test-2" }).ReadAsync(Api, Token);

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("(example-test, example-test-2): set managedZone", failure.Message, StringComparison.Ordinal);
        Assert.Empty(records.Sets);
    }

    [Fact]
    public async Task With_managedZone_zones_need_not_be_listed()
    {
        await using var test = await StartAsync();
        test.Fake.Accounts.Add(new FakeAccount("narrow") { Denied = ["dns.managedZones.list"] });
        var provider = test.Open(test.Options with { ManagedZone = "example-test", Credentials = test.Write(test.Fake.Accounts[1].KeyFile(test.Fake.TokenAddress)) });

        Assert.Empty((await provider.ReadAsync(Api, Token)).Sets);
    }

    [Fact]
    public async Task A_zone_that_was_made_anew_under_another_name_is_found_again()
    {
        await using var test = await StartAsync();
        await test.Provider.ReadAsync(Api, Token);
        var anew = new FakeZone("example-test-anew", "example.test.");
        anew.Put("api.example.test", "A", FakeZone.Set("api.example.test", "A", 60, "192.0.2.7"));
        test.Fake.Zones[0] = anew;

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Equal(A("192.0.2.7"), records[RecordType.A]);
    }

    [Fact]
    public async Task A_delegated_name_and_a_private_zone_are_refused()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.test", "NS", 300, "ns1.example.net.");

        var cut = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        var inside = await FailureOf(() => test.Open(test.Options with { ManagedZone = "example-test-inside", NameServers = [] }).ReadAsync(Api, Token));

        Assert.Contains("it is delegated to ns1.example.net.", cut.Message, StringComparison.Ordinal);
        Assert.Contains("is private", inside.Message, StringComparison.Ordinal);
    }
}
