using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Cloudflare.LoadBalancing;

public sealed class BalancingReadTests : BalancingTest
{
    [Fact]
    public async Task What_is_enabled_is_what_the_name_has_and_an_idle_read_costs_two_calls()
    {
        await using var test = await StartAsync();
        Balance(test, "random", "192.0.2.1 -192.0.2.2", "2001:db8::1", "192.0.2.3");
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.ForgetCalls();

        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(Set("192.0.2.1", "192.0.2.3"), records[RecordType.A]);
        Assert.Equal(RecordSet.Create(Api, RecordType.AAAA, TimeSpan.FromSeconds(60), "2001:db8::1"), records[RecordType.AAAA]);
        Assert.Equal(["GET zones/:zone/load_balancers", "GET accounts/:account/load_balancers/pools"], test.Fake.Calls);
    }

    [Fact]
    public async Task Of_pools_in_order_the_first_is_what_the_name_has()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "-192.0.2.1", "192.0.2.2", "192.0.2.3");

        Assert.Equal(Set("192.0.2.2"), (await test.Provider.ReadAsync(Api, Token))[RecordType.A]);
    }

    [Fact]
    public async Task Five_hundred_names_at_once_are_read_with_a_handful_of_calls_and_their_pools_are_looked_into_one_at_a_time()
    {
        await using var test = await StartAsync();
        test.Fake.Balance(balancing =>
        {
            for (var i = 0; i < 500; i++)
            {
                balancing.AddBalancer($"s{i}.example.com", 60, "off", balancing.AddPool($"p{i}", FakeBalancing.Origin($"192.0.2.{i % 250}")));
            }

            return 0;
        });

        var records = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => test.Provider.ReadAsync(DnsName.Parse($"s{i}.example.com"), Token)));

        Assert.All(records, (read, i) => Assert.Equal($"192.0.2.{i % 250}", Assert.Single(read[RecordType.A]!.Values).Data));
        Assert.InRange(test.Fake.Calls.Count(call => !call.EndsWith("/references", StringComparison.Ordinal)), 3, 10);
        Assert.InRange(test.Fake.Calls.Count, 4, 150); // the burst that is held back for is 200
    }

    [Theory]
    [InlineData("""{"enabled":false}""", "it is disabled")]
    [InlineData("""{"steering_policy":"geo","region_pools":{"WNAM":[]}}""", null)]
    [InlineData("""{"steering_policy":"geo","region_pools":{"WNAM":["00"]}}""", "by place (region_pools)")]
    [InlineData("""{"steering_policy":"off","region_pools":{"WNAM":["00"]}}""", null)]
    [InlineData("""{"rules":[{"name":"r","overrides":{"default_pools":["00"]}}]}""", "rules that choose pools")]
    [InlineData("""{"rules":[{"name":"r","disabled":true,"overrides":{"default_pools":["00"]}}]}""", null)]
    [InlineData("""{"rules":[{"name":"r","overrides":{"session_affinity":"cookie"}}]}""", null)]
    public async Task A_load_balancer_that_would_not_do_what_its_pools_say_is_not_steered(string edit, string? complaint)
    {
        await using var test = await StartAsync();
        var balancer = Balance(test, "off", "192.0.2.1");
        foreach (var (member, value) in JsonNode.Parse(edit)!.AsObject())
        {
            balancer[member] = value?.DeepClone();
        }

        var failure = await Record.ExceptionAsync(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(complaint is null, failure is null);
        Assert.Contains(complaint ?? string.Empty, failure?.Message ?? string.Empty, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_value_at_two_places_is_refused()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1", "192.0.2.2 192.0.2.1");

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("192.0.2.1 is the address of several origins (pool pool-0, pool pool-1)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pool_that_another_load_balancer_of_the_zone_uses_is_refused_by_name()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1");
        test.Fake.Balance(balancing => balancing.AddBalancer("www.example.com", 60, "off", balancing.Pools[0]));

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("the pool pool-0 of api.example.com is used by the load balancer www.example.com too", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(test.Fake.Calls, call => call.EndsWith("/references", StringComparison.Ordinal)); // the list that is read anyway shows it
    }

    [Fact]
    public async Task A_pool_that_another_zone_uses_is_refused_and_asked_about_once()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1");
        test.Fake.Balancing.UsedElsewhere.Add((test.Fake.Balancing.Pools[0]["id"]!.GetValue<string>(), "shop.example.org"));

        var failure = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        await FailureOf(() => test.Provider.ApplyAsync(Change(Set("192.0.2.1"), Set("192.0.2.2")), Token));

        Assert.Contains("shop.example.org too", failure.Message, StringComparison.Ordinal);
        Assert.Single(test.Fake.Calls, call => call.EndsWith("/references", StringComparison.Ordinal));
        Assert.DoesNotContain(test.Fake.Calls, call => call.StartsWith("PATCH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("zones", """{"success":true,"errors":[],"messages":[],"result":[],"result_info":{"page":1,"per_page":20,"count":0,"total_count":30}}""")]
    [InlineData("pools", """{"success":true,"errors":[],"messages":[],"result":[],"result_info":{"page":1,"per_page":20,"count":0,"total_count":30}}""")]
    [InlineData("zones", """{"success":true,"errors":[],"messages":[],"result":null}""")]
    [InlineData("pools", """{"success":true,"errors":[],"messages":[],"result":[{"id":"1"}]}""")]
    [InlineData("zones", """{"success":true,"errors":[],"messages":[],"result":[{"id":"1","name":"api.example.com"}]}""")]
    public async Task A_list_that_is_not_whole_is_a_failed_read(string which, string body)
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1");
        test.Fake.Trouble = request => request.Path.Contains(which, StringComparison.Ordinal) && request.Path.Contains("load_balancers", StringComparison.Ordinal) ? new FakeTrouble { Status = 200, Body = body } : null;

        await FailureOf(() => test.Provider.ReadAsync(Api, Token));
    }

    [Theory]
    [InlineData("192.0.2.1 -192.0.2.2", null)]
    [InlineData("192.0.2.1 192.0.2.2", "a choice of its origins")]
    [InlineData("a.up.example.net", "resolves the host names")]
    public async Task Where_the_name_servers_answer_something_else_it_says_why(string pool, string? reason)
    {
        await using var test = await StartAsync();
        Balance(test, "off", pool);

        await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(reason is null, test.Provider.WhyNotVerifiable(Api) is null);
        Assert.Contains(reason ?? string.Empty, test.Provider.WhyNotVerifiable(Api) ?? string.Empty, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("balancers", "Zone → Load Balancers → Edit for example.com")]
    [InlineData("pools", "Account → Load Balancing: Monitors and Pools → Edit for the account of example.com")]
    public async Task A_token_that_may_not_read_is_told_what_it_lacks(string what, string permission)
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1");

        var failure = await FailureOf(() => test.With(new FakeToken("records-token-9d") { MayReadBalancers = what != "balancers", MayReadPools = what != "pools" }).ReadAsync(Api, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains(permission, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_may_change_pools_but_not_load_balancers_is_told_so_where_the_TTL_changes()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1");

        var failure = await FailureOf(() => test.With(new FakeToken("pools-token-9d") { MayEditBalancers = false }).ApplyAsync(Change(Set("192.0.2.1"), RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(90), "192.0.2.1")), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("Zone → Load Balancers → Edit for example.com", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_zone_and_account_ids_no_zone_is_looked_up_and_a_wrong_account_says_so()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1");
        test.Fake.Tokens[0] = test.Fake.Tokens[0] with { MayReadZones = false };
        var options = test.Options with { ZoneId = test.Fake.Zone.Id, AccountId = FakeCloudflare.AccountId };

        Assert.Equal(Set("192.0.2.1"), (await test.Open(options).ReadAsync(Api, Token))[RecordType.A]);
        var failure = await FailureOf(() => test.Open(options with { AccountId = new string('0', 32) }).ReadAsync(Api, Token));

        Assert.Contains("check accountId", failure.Message, StringComparison.Ordinal);
    }
}
