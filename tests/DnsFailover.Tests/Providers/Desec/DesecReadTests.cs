using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Desec;

public sealed class DesecReadTests : DesecTest
{
    [Fact]
    public async Task An_idle_read_costs_one_call_with_the_mark()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("api", "A", 60, "192.0.2.1");
        test.Fake.Seed("_dnsfailover.api", "TXT", 3600, "\"something else\"", "\"owner=frankfurt-1\"");
        test.Fake.Seed("*", "A", 60, "192.0.2.9");

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(NameRecords.Create(Api, [Set(60, "192.0.2.1")]) with { Owner = "frankfurt-1" }, records);
        Assert.Equal(["GET /api/v1/domains/example.com/rrsets/"], test.Fake.Calls);
    }

    [Fact]
    public async Task Five_hundred_names_sixteen_at_a_time_are_read_within_the_rate_limits()
    {
        await using var test = await StartAsync();
        var names = Names(500);
        foreach (var (i, name) in names.Index())
        {
            test.Fake.Seed(name.Labels[0], "A", 60, $"192.0.2.{i % 250}");
            test.Fake.Seed($"_dnsfailover.{name.Labels[0]}", "TXT", 60, "\"owner=frankfurt-1\"");
        }

        var read = new NameRecords[names.Length];
        await Parallel.ForEachAsync(names.Index(), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token }, async (item, token) => read[item.Index] = await test.Provider.ReadAsync(item.Item, token));

        Assert.All(read, (records, i) => Assert.Equal((names[i], $"192.0.2.{i % 250}", "frankfurt-1"), (records.Name, Assert.Single(records[RecordType.A]!.Values).Data, records.Owner)));
        Assert.InRange(test.Fake.Calls.Count, 3, 20);
        Assert.Equal(0, test.Fake.Throttled);
    }

    [Fact]
    public async Task A_day_of_many_services_each_at_its_own_time_keeps_to_two_thousand_calls()
    {
        await using var test = await StartAsync();
        var names = Names(20);

        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromDays(1); passed += TimeSpan.FromSeconds(15))
        {
            await test.Provider.ReadAsync(names[(int)(passed.TotalSeconds / 15) % names.Length], Token);
            test.Time.Advance(TimeSpan.FromSeconds(15));
        }

        Assert.InRange(test.Fake.Calls.Count, 288, 1250);
        Assert.Equal(0, test.Fake.Throttled);
    }

    [Fact]
    public async Task While_calls_are_scarce_an_idle_read_may_be_a_little_old_but_never_older_than_our_own_write()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("api", "A", 60, "192.0.2.1");
        for (var i = 0; i < 12; i++)
        {
            await test.Provider.ReadAsync(Api, Token);
            test.Time.Advance(TimeSpan.FromSeconds(1));
        }

        test.Fake.Seed("www", "A", 60, "192.0.2.7");
        test.Fake.ForgetCalls();
        await test.Provider.ReadAsync(Api, Token);
        Assert.Empty(test.Fake.Calls);

        await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token);
        var (api, www) = (await test.Provider.ReadAsync(Api, Token), await test.Provider.ReadAsync(DnsName.Parse("www.example.com"), Token));

        Assert.Equal(Set(60, "192.0.2.2"), api[RecordType.A]);
        Assert.Equal("192.0.2.7", Assert.Single(www[RecordType.A]!.Values).Data);
    }

    [Fact]
    public async Task When_hardly_any_calls_are_left_switches_get_them()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("api", "A", 60, "192.0.2.1");
        test.Fake.PageSize = 1;
        foreach (var name in Names(100))
        {
            test.Fake.Seed(name.Labels[0], "A", 60, "192.0.2.1");
        }

        var failure = default(FirstFailure);
        for (var i = 0; i < 1300 && failure.Value is null; i++)
        {
            test.Time.Advance(TimeSpan.FromSeconds(3));
            failure = new FirstFailure(await Record.ExceptionAsync(() => test.Provider.ReadAsync(Api, Token)) as DnsFailover.Providers.ProviderException);
        }

        test.Fake.PageSize = 500;
        test.Time.Advance(TimeSpan.FromMinutes(1));
        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token);

        Assert.Equal(ProviderFailure.Transient, failure.Value!.Failure);
        Assert.Contains("reconcileInterval", failure.Value.Message, StringComparison.Ordinal);
        Assert.Equal(Set(60, "192.0.2.2"), records[RecordType.A]);
        Assert.Equal(0, test.Fake.Throttled);
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(7, 40)]
    [InlineData(100, 1)]
    public async Task Every_page_is_read_from_where_the_first_one_came(int pageSize, int readers)
    {
        await using var test = await StartAsync();
        test.Fake.PageSize = pageSize;
        foreach (var name in Names(120))
        {
            test.Fake.Seed(name.Labels[0], "A", 60, "192.0.2.1");
        }

        var records = await Task.WhenAll(Names(120).TakeLast(readers).Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, read => Assert.NotNull(read[RecordType.A]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task A_list_without_even_the_NS_records_is_not_relied_on_and_the_name_is_asked_for(int names)
    {
        await using var test = await StartAsync();
        test.Fake.Domain.Rrsets = [new FakeRrset("api", "A", 60, ["192.0.2.1"])];

        var records = await Task.WhenAll(Enumerable.Repeat(Api, names).Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, read => Assert.Equal(Set(60, "192.0.2.1"), Assert.Single(read.Sets)));
        Assert.True(test.Fake.Calls.Count >= 3, "one list, and two calls for the name");
    }

    [Fact]
    public async Task The_zone_itself_is_a_name_like_others()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(string.Empty, "A", 60, "192.0.2.1");
        var apex = DnsName.Parse("example.com");

        var before = (await test.Provider.ReadAsync(apex, Token))[RecordType.A];
        await test.Provider.ApplyAsync(Change(before, Set(apex, 60, "192.0.2.2"), owner: "a"), Token);

        Assert.Equal(["192.0.2.2"], test.Fake.Look(string.Empty, "A")!.Records);
        Assert.Equal(["\"owner=a\""], test.Fake.Look("_dnsfailover", "TXT")!.Records);
    }

    [Fact]
    public async Task A_record_that_cannot_be_steered_stands_in_the_way_of_its_own_name_only()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("odd", "CNAME", 60, "not a host name.");

        Assert.Empty((await test.Provider.ReadAsync(Api, Token)).Sets);
        AssertRejected(test, await FailureOf(() => test.Provider.ReadAsync(DnsName.Parse("odd.example.com"), Token)), "odd.example.com");
    }

    [Fact]
    public async Task Servers_are_those_of_the_NS_records_and_asked_for_once()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { NameServers = [] });

        var servers = await provider.AuthoritativeServersAsync(Token);
        await provider.AuthoritativeServersAsync(Token);

        Assert.Equal(53, Assert.Single(servers).Port);
        Assert.Single(test.Fake.Calls);
    }

    /// <summary>So that a loop can end with the first failure.</summary>
    private readonly record struct FirstFailure(DnsFailover.Providers.ProviderException? Value);
}
