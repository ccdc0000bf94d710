using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.PowerDns;

/// <summary>Which calls are made, and how many.</summary>
public sealed class PowerDnsCallsTests(PdnsFixture pdns) : PowerDnsTest(pdns)
{
    [Fact]
    public async Task An_idle_read_costs_one_call()
    {
        await using var test = await StartAsync();
        var name = NewName(test);

        await test.Provider.ReadAsync(name, Token);

        Assert.Equal([$"GET /zones/example.test.?rrset_name={name}."], test.Proxy.Requests);
    }

    [Fact]
    public async Task A_switch_is_a_read_with_disabled_records_one_PATCH_and_a_read_back()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");

        await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2"), "blue"), Token);
        var first = test.Proxy.Requests;
        test.Proxy.ForgetRequests();
        await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.2"), Set(name, 60, "192.0.2.3"), "blue"), Token);

        string[] each = ["GET /zones/example.test.", "PATCH /zones/example.test.", $"GET /zones/example.test.?rrset_name={name}."];
        Assert.Equal(["GET ", .. each], first);
        Assert.Equal(each, test.Proxy.Requests);
    }

    [Fact]
    public async Task A_server_that_shows_disabled_records_by_name_is_not_asked_for_the_whole_zone()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        test.Proxy.Alter = (_, reply) => reply with { Body = reply.Body.Replace("4.7.3", "5.0.2", StringComparison.Ordinal) };

        await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2")), Token);

        Assert.DoesNotContain("GET /zones/example.test.", test.Proxy.Requests);
        Assert.Equal(["60 192.0.2.2"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task A_server_that_does_not_describe_itself_is_asked_for_the_whole_zone()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        test.Proxy.Trouble = request => request.Path.EndsWith("/localhost", StringComparison.Ordinal) ? new FakeTrouble { Status = 404 } : null;

        await test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.2")), Token);

        Assert.Contains("GET /zones/example.test.", test.Proxy.Requests);
    }

    [Fact]
    public async Task What_is_there_already_is_not_written()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        var set = Set(name, 60, "192.0.2.1");
        await test.Provider.ApplyAsync(Change(null, set, "blue"), Token);
        test.Proxy.ForgetRequests();

        await test.Provider.ApplyAsync(Change(set, set, "blue"), Token);

        Assert.DoesNotContain(test.Proxy.Requests, request => request.StartsWith("PATCH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Five_hundred_names_at_once_are_read_with_a_handful_of_calls()
    {
        await using var test = await StartAsync();
        DnsName[] names = [.. Enumerable.Range(0, 500).Select(i => DnsName.Parse($"s{i}.example.test"))];
        await SeedAsync(test, names);

        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(records, (read, i) => Assert.Equal($"192.0.2.{i % 250}", Assert.Single(read[RecordType.A]!.Values).Data));
        Assert.InRange(test.Proxy.Requests.Count, 1, 20);
    }

    [Fact]
    public async Task Many_names_that_switch_at_once_share_the_reads_before()
    {
        await using var test = await StartAsync();
        var provider = test.Open(test.Options with { Timeout = TimeSpan.FromMinutes(1) });
        DnsName[] names = [.. Enumerable.Range(0, 120).Select(i => DnsName.Parse($"w{i}.example.test"))];
        await SeedAsync(test, names);

        var records = await Task.WhenAll(names.Select((name, i) => provider.ApplyAsync(Change(Set(name, 60, $"192.0.2.{i % 250}"), Set(name, 60, "198.51.100.1")), Token)));

        Assert.All(records, read => Assert.Equal("198.51.100.1", Assert.Single(read[RecordType.A]!.Values).Data));
        Assert.Equal(names.Length, test.Proxy.Requests.Count(request => request.StartsWith("PATCH", StringComparison.Ordinal)));
        Assert.InRange(test.Proxy.Requests.Count(request => request == "GET /zones/example.test."), 1, names.Length / 2);
    }

    [Fact]
    public async Task A_large_zone_is_not_listed_for_a_few_names()
    {
        await using var test = await StartAsync();
        var zone = DnsName.Parse("large.test");
        await test.Server.CreateZoneAsync(zone.ToString(), "Native", Token);
        await test.Server.SqlAsync("with recursive n(i) as (select 1 union all select i + 1 from n where i < 15000) insert into records (domain_id, name, type, content, ttl) select id, 'x' || i || '.large.test', 'A', '192.0.2.1', 60 from domains, n where domains.name = 'large.test';", Token);
        var provider = test.Open(test.Options with { Zone = zone });
        Task<NameRecords[]> ReadAllAsync() => Task.WhenAll(Enumerable.Range(1, 25).Select(i => provider.ReadAsync(DnsName.Parse($"x{i}.large.test"), Token)));

        await ReadAllAsync(); // only now it is known to be large
        test.Proxy.ForgetRequests();
        var records = await ReadAllAsync();

        Assert.All(records, read => Assert.Single(read.Sets));
        Assert.DoesNotContain("GET /zones/large.test.", test.Proxy.Requests);
    }

    private static Task SeedAsync(PdnsUnderTest test, DnsName[] names) => test.Server.PatchAsync(
        test.Zone.ToString(),
        $"[{string.Join(',', names.Select((name, i) => $$"""{"name":"{{name}}.","type":"A","ttl":60,"changetype":"REPLACE","records":[{"content":"192.0.2.{{i % 250}}","disabled":false}]}"""))}]",
        Token);
}
