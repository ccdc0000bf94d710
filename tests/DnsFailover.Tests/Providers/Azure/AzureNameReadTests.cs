using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Azure;

/// <summary>How many calls it takes to read a name, and that no way of reading it takes something for nothing.</summary>
public sealed class AzureNameReadTests : AzureTest
{
    private const string One = "192.0.2.1";

    [Theory]
    [InlineData("api.example.com")]
    [InlineData("api.eu.example.com")]
    [InlineData("example.com")]
    public async Task Reading_a_name_is_one_call(string text)
    {
        await using var test = await StartAsync();
        var name = DnsName.Parse(text);
        await SeedAsync(test, name, "A");
        await SeedAsync(test, name, "AAAA");
        await SeedAsync(test, DnsName.Parse($"x.{text}"), "A");
        await SeedAsync(test, DnsName.Parse("my-api.example.com"), "A");

        for (var period = 0; period < 3; period++)
        {
            test.Fake.ForgetCalls();
            var records = await test.Provider.ReadAsync(name, Token);

            Assert.EndsWith("/all", Assert.Single(test.Fake.Calls), StringComparison.Ordinal);
            Assert.Equal([RecordType.A, RecordType.AAAA], records.Sets.Select(set => set.Type));
        }
    }

    [Fact]
    public async Task A_switch_of_one_family_is_one_call_and_of_both_three()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(new FakeSet("api", "A", 60, [One]) { Metadata = new Dictionary<string, string> { ["team"] = "api" } });
        test.Fake.Seed(new FakeSet("api", "AAAA", 60, ["2001:db8::1"]));
        var before = await test.Provider.ReadAsync(Api, Token);

        test.Fake.ForgetCalls();
        var between = await test.Provider.ApplyAsync(Change(owner: "blue", (before[RecordType.A], Four(60, "192.0.2.2"))), Token);
        Assert.StartsWith("PUT ", Assert.Single(test.Fake.Calls), StringComparison.Ordinal);

        test.Fake.ForgetCalls();
        await test.Provider.ApplyAsync(Change(owner: "blue", (between[RecordType.A], Four(60, "192.0.2.3")), (between[RecordType.AAAA], Six(60, "2001:db8::2"))), Token);
        Assert.Equal(["GET", "PUT", "PUT"], test.Fake.Calls.Select(call => call.Split(' ')[0]));

        Assert.Equal("api", test.Fake.Find("api", "A")!.Metadata["team"]); // a list tells all about a set
    }

    [Fact]
    public async Task That_a_name_has_no_records_is_never_believed_of_a_list()
    {
        await using var test = await StartAsync();

        Assert.Empty((await test.Provider.ReadAsync(Api, Token)).Sets);
        Assert.Equal(4, test.Fake.Calls.Count); // the list, and each type
        test.Fake.Trouble = request => IsList(request) ? new FakeTrouble { Status = 200, Body = """{"value":[]}""" } : null;
        test.Fake.Seed(new FakeSet("api", "A", 60, [One]));

        Assert.Equal(Four(60, One), (await test.Provider.ReadAsync(Api, Token))[RecordType.A]);
        Assert.Equal(Four(60, One), (await test.Provider.ReadAsync(Api, Token))[RecordType.A]);
    }

    [Fact]
    public async Task The_sets_of_a_name_are_read_from_both_pages()
    {
        await using var test = await StartAsync();
        await SeedAsync(test, Api, "A");
        await SeedAsync(test, Api, "AAAA");
        test.Fake.PageSize = 3; // the zone's own two and one of these

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal([RecordType.A, RecordType.AAAA], records.Sets.Select(set => set.Type));
        Assert.Equal(2, test.Fake.Calls.Count);
    }

    [Fact]
    public async Task In_a_long_zone_only_the_names_beside_are_listed()
    {
        await using var test = await StartAsync();
        var name = DnsName.Parse("api.eu.example.com");
        await SeedLongAsync(test);
        await SeedAsync(test, name, "A");

        Assert.Equal([5, 1, 1], await CostsAsync(test, name, 3));
    }

    [Fact]
    public async Task In_a_long_zone_a_name_of_one_label_is_read_by_its_types_where_the_filter_leaves_it_out()
    {
        await using var test = await StartAsync();
        await SeedLongAsync(test);
        await SeedAsync(test, Api, "A");
        await SeedAsync(test, test.Zone, "A");

        Assert.Equal([5, 4, 3, 3], await CostsAsync(test, Api, 4));
        Assert.Equal([3], await CostsAsync(test, test.Zone, 1));
    }

    [Fact]
    public async Task In_a_long_zone_a_name_of_one_label_is_one_call_where_the_filter_has_it_in()
    {
        await using var test = await StartAsync();
        test.Fake.Leaves = (name, suffix) => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);
        await SeedLongAsync(test);
        await SeedAsync(test, Api, "A");
        await SeedAsync(test, DnsName.Parse("my-api.example.com"), "AAAA");

        Assert.Equal([5, 1, 1], await CostsAsync(test, Api, 3));
    }

    [Fact]
    public async Task A_suffix_that_fits_hundreds_of_names_is_given_up()
    {
        await using var test = await StartAsync();
        test.Fake.PageSize = 10;
        test.Fake.Leaves = (name, suffix) => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);
        var name = DnsName.Parse("a.example.com");
        for (var i = 0; i < 50; i++)
        {
            await SeedAsync(test, DnsName.Parse($"s{i}.a.example.com"), "A");
        }

        await SeedAsync(test, name, "A");

        Assert.Equal([5, 5, 3], await CostsAsync(test, name, 3));
    }

    [Fact]
    public async Task A_server_that_does_not_filter_is_no_trouble()
    {
        await using var test = await StartAsync();
        test.Fake.Leaves = (_, _) => true;
        await SeedLongAsync(test);
        await SeedAsync(test, Api, "A");

        Assert.Equal([5, 5, 3], await CostsAsync(test, Api, 3));
    }

    [Fact]
    public async Task After_a_while_a_list_is_tried_again()
    {
        await using var test = await StartAsync();
        var time = new SteppedTime();
        var provider = test.Open(test.Options, time: time);
        await SeedLongAsync(test);
        await SeedAsync(test, Api, "A");
        Assert.Equal([5, 4, 3], await CostsAsync(test, Api, 3, provider));
        test.Fake.PageSize = 500;

        time.Advance(TimeSpan.FromHours(1));

        Assert.Equal([1], await CostsAsync(test, Api, 1, provider));
    }

    [Fact]
    public async Task A_role_without_lists_reads_type_by_type()
    {
        await using var test = await StartAsync();
        await SeedAsync(test, Api, "A");
        var provider = test.As(new FakeIdentity("eyJ0.narrow-token.c2ln") { NotActions = ["Microsoft.Network/dnsZones/all/read"] });

        Assert.Equal([4, 4, 3], await CostsAsync(test, Api, 3, provider)); // of the zone, then of the names beside
    }

    [Fact]
    public async Task Throttled_lists_do_not_hold_up_a_read_and_are_left_alone()
    {
        await using var test = await StartAsync();
        await SeedAsync(test, Api, "A");
        test.Fake.Trouble = request => IsList(request) ? new FakeTrouble { Status = 429, Header = ("Retry-After", "300") } : null;

        Assert.Equal([4, 3, 3], await CostsAsync(test, Api, 3));
    }

    [Theory]
    [InlineData("""{"value":[{"name":"api","type":"Microsoft.Network/dnszones/A","properties":{"TTL":60,"ARecords":[{"ipv4Address":"192.0.2.9"}]}}]}""")] // no etag
    [InlineData("<html>gateway</html>")]
    public async Task A_list_that_is_not_as_documented_is_no_list(string body)
    {
        await using var test = await StartAsync();
        await SeedAsync(test, Api, "A");
        test.Fake.Trouble = request => IsList(request) ? new FakeTrouble { Status = 200, Body = body } : null;

        Assert.Equal([4], await CostsAsync(test, Api, 1));
        await test.Provider.ApplyAsync(Change(Four(60, One), Four(60, "192.0.2.2")), Token);

        Assert.Equal(["192.0.2.2"], test.Fake.Find("api", "A")!.Values);
    }

    [Fact]
    public async Task A_list_that_never_comes_leaves_time_to_read_the_name()
    {
        await using var test = await StartAsync();
        await SeedAsync(test, Api, "A");
        var provider = test.Impatient();
        test.Fake.Trouble = request => IsList(request) ? new FakeTrouble { KeepsSilent = true } : null;

        Assert.Equal([4, 4, 3], await CostsAsync(test, Api, 3, provider));
    }

    [Fact]
    public async Task A_few_services_that_are_due_together_cost_one_call_each()
    {
        await using var test = await StartAsync();
        var names = Enumerable.Range(1, 8).Select(i => DnsName.Parse($"s{i}.example.com")).ToList();
        foreach (var name in names)
        {
            await SeedAsync(test, name, "A");
        }

        await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.Equal(8, test.Fake.Calls.Count);
    }

    [Fact]
    public async Task Five_hundred_services_that_are_due_one_after_another_stay_below_every_limit()
    {
        await using var test = await StartAsync();
        var time = new SteppedTime();
        var provider = test.Open(test.Options, time: time);
        var names = Enumerable.Range(1, 500).Select(i => DnsName.Parse($"s{i}.example.com")).ToList();
        foreach (var name in names)
        {
            await SeedAsync(test, name, "A");
        }

        var costs = new List<(int Lists, int Others)>();
        foreach (var name in names)
        {
            test.Fake.ForgetCalls();
            Assert.Equal(One, Assert.Single((await provider.ReadAsync(name, Token))[RecordType.A]!.Values).Data);
            var lists = test.Fake.Calls.Count(call => call.EndsWith("/all", StringComparison.Ordinal));
            costs.Add((lists, test.Fake.Calls.Count - lists));
            time.Advance(TimeSpan.FromMilliseconds(600)); // 300 s for all
        }

        var minutes = Enumerable.Range(0, 400).Select(first => costs.Skip(first).Take(100).ToList()).ToList();
        Assert.All(minutes, minute => Assert.InRange(minute.Sum(cost => cost.Lists), 0, 60)); // of 60 per zone and minute
        Assert.All(minutes, minute => Assert.InRange(minute.Sum(cost => cost.Others), 0, 300)); // of 2000 per zone and minute, and 25 a second
    }

    private static bool IsList(FakeRequest request) => request.Path.EndsWith("/all", StringComparison.Ordinal);

    private static Task SeedAsync(AzureUnderTest test, DnsName name, string type) => test.SeedAsync(name.ToString(), type, 60, type == "A" ? One : "2001:db8::1");

    /// <summary>A zone of more pages than are worth listing.</summary>
    private static async Task SeedLongAsync(AzureUnderTest test)
    {
        test.Fake.PageSize = 10;
        for (var i = 0; i < 30; i++)
        {
            await SeedAsync(test, DnsName.Parse($"s{i}.example.com"), "A");
        }
    }

    /// <summary>How many calls each of so many reads takes; each must find the A set, and it alone.</summary>
    private static async Task<IReadOnlyList<int>> CostsAsync(AzureUnderTest test, DnsName name, int times, IDnsProvider? provider = null)
    {
        var costs = new List<int>();
        for (var i = 0; i < times; i++)
        {
            test.Fake.ForgetCalls();
            var records = await (provider ?? test.Provider).ReadAsync(name, Token);
            costs.Add(test.Fake.Calls.Count);
            Assert.Equal(One, Assert.Single(Assert.Single(records.Sets).Values).Data);
        }

        return costs;
    }

    /// <summary>The system's clock, ahead by what the test says; timers are the system's.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private TimeSpan _ahead;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;

        public override long GetTimestamp() => System.GetTimestamp() + (long)(_ahead.TotalSeconds * TimestampFrequency);

        public void Advance(TimeSpan by) => _ahead += by;
    }
}
