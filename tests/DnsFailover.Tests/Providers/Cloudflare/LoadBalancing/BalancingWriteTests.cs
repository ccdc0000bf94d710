using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Cloudflare.LoadBalancing;

public sealed class BalancingWriteTests : BalancingTest
{
    [Fact]
    public async Task A_switch_between_origins_of_one_pool_costs_two_calls()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 -192.0.2.2");

        var records = await ApplyAsync(test, Set("192.0.2.2"));

        Assert.Equal(Set("192.0.2.2"), records[RecordType.A]);
        Assert.Equal(["-192.0.2.1 192.0.2.2"], Pools(test));
        Assert.Equal(["GET accounts/:account/load_balancers/pools/:pool", "PATCH accounts/:account/load_balancers/pools/:pool"], test.Fake.Calls);
    }

    [Fact]
    public async Task A_switch_to_the_next_pool_in_order_disables_those_before_it_and_costs_two_calls_as_the_way_back_does()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1", "192.0.2.2");

        var away = await ApplyAsync(test, Set("192.0.2.2"));
        Assert.Equal(["!192.0.2.1", "192.0.2.2"], Pools(test));
        Assert.Equal(2, test.Fake.Calls.Count);
        var back = await ApplyAsync(test, Set("192.0.2.1"));

        Assert.Equal(Set("192.0.2.2"), away[RecordType.A]);
        Assert.Equal(Set("192.0.2.1"), back[RecordType.A]);
        Assert.Equal(["192.0.2.1", "192.0.2.2"], Pools(test));
        Assert.Equal(["GET accounts/:account/load_balancers/pools", "PATCH accounts/:account/load_balancers/pools/:pool"], test.Fake.Calls);
    }

    [Fact]
    public async Task Pools_that_share_the_traffic_are_enabled_before_others_are_disabled()
    {
        await using var test = await StartAsync();
        Balance(test, "random", "192.0.2.1", "192.0.2.2", "192.0.2.3");
        await ApplyAsync(test, Set("192.0.2.1"));
        Assert.Equal(["192.0.2.1", "!192.0.2.2", "!192.0.2.3"], Pools(test));

        var records = await ApplyAsync(test, Set("192.0.2.2", "192.0.2.3"));

        Assert.Equal(Set("192.0.2.2", "192.0.2.3"), records[RecordType.A]);
        Assert.Equal(["!192.0.2.1", "192.0.2.2", "192.0.2.3"], Pools(test));
        Assert.Empty(test.Fake.Balancing.EmptyMoments);
    }

    [Fact]
    public async Task A_pool_that_is_enabled_again_serves_no_more_than_was_asked_for()
    {
        await using var test = await StartAsync();
        Balance(test, "random", "192.0.2.1", "192.0.2.2 192.0.2.3 2001:db8::3");
        Edit(test, """{"enabled":true}""");
        await ApplyAsync(test, Set("192.0.2.1"));

        var records = await test.Provider.ReadAsync(Api, Token);
        Assert.Equal(["2001:db8::3"], records[RecordType.AAAA]!.Values.Select(value => value.Data)); // another type keeps what it serves
        await ApplyAsync(test, Set("192.0.2.3"));

        Assert.Equal(["!192.0.2.1", "-192.0.2.2 192.0.2.3 2001:db8::3"], Pools(test));
    }

    [Fact]
    public async Task Everything_else_about_origins_and_pools_survives_a_switch()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1");
        Edit(test, """
            {"description":"ask the API team","monitor":"f1aba936b94213e5b8dca0c0dbf1f9cc","minimum_origins":1,"latitude":55,"longitude":-12,
             "origins":[{"name":"a","address":"192.0.2.1","enabled":true,"weight":1,"header":{"Host":["api.example.com"]}},
                        {"name":"b","address":"192.0.2.2","enabled":false,"weight":1,"header":{"Host":["b.example.net"]},"virtual_network_id":"a5624d4e-044a-4ff0-b3e1-e2465353d4b4"}]}
            """);
        var before = test.Fake.Balance(balancing => balancing.Pools[0].DeepClone().AsObject());

        await ApplyAsync(test, Set("192.0.2.2"));
        await ApplyAsync(test, Set("192.0.2.1"));

        Assert.True(JsonNode.DeepEquals(before, test.Fake.Balance(balancing => balancing.Pools[0].DeepClone())));
    }

    [Theory]
    [InlineData(1, 99)]
    [InlineData(3, 1)]
    [InlineData(33, 67)]
    [InlineData(50, 50)]
    [InlineData(7, 29)]
    public async Task Weights_come_back_as_they_were_written(int first, int second)
    {
        await using var test = await StartAsync();
        Balance(test, "off", "a.up.example.net b.up.example.net");
        var wanted = Weighed(RecordType.CNAME, ("a.up.example.net", first), ("b.up.example.net", second));

        var records = await ApplyAsync(test, wanted);

        Assert.Equal(wanted, records[RecordType.CNAME]);
        Assert.Equal(wanted, (await test.Provider.ReadAsync(Api, Token))[RecordType.CNAME]);
    }

    [Fact]
    public async Task A_weighted_host_name_that_is_down_loses_its_share_and_gets_it_back()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "a.up.example.net b.up.example.net");
        var both = Weighed(RecordType.CNAME, ("a.up.example.net", 3), ("b.up.example.net", 1));
        await ApplyAsync(test, both);

        var one = await ApplyAsync(test, Weighed(RecordType.CNAME, ("b.up.example.net", 1)));
        Assert.Equal(["-a.up.example.net b.up.example.net"], Pools(test));
        var again = await ApplyAsync(test, both);

        Assert.Equal(Weighed(RecordType.CNAME, ("b.up.example.net", 1)), one[RecordType.CNAME]);
        Assert.Equal(both, again[RecordType.CNAME]);
    }

    [Fact]
    public async Task Policies_without_weights_take_weights_away()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 192.0.2.2");
        await ApplyAsync(test, Weighed(RecordType.A, ("192.0.2.1", 30), ("192.0.2.2", 70)));

        var records = await ApplyAsync(test, Set("192.0.2.1", "192.0.2.2"));

        Assert.Equal(Set("192.0.2.1", "192.0.2.2"), records[RecordType.A]);
        Assert.All(test.Fake.Balancing.Pools[0]["origins"]!.AsArray(), origin => Assert.Equal("1", origin!["weight"]!.ToJsonString()));
    }

    [Fact]
    public async Task An_endpoint_that_is_no_origin_is_refused_by_name_and_made_only_where_that_is_allowed()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1");

        var failure = await FailureOf(() => ApplyAsync(test, Set("192.0.2.9")));
        AssertRejected(failure, "no origin of its load balancer (pool pool-0) has the address 192.0.2.9", "createOrigins: true");
        Assert.Equal(["192.0.2.1"], Pools(test));

        await test.Open(test.Options with { CreateOrigins = true }).ApplyAsync(Change(Set("192.0.2.1"), Set("192.0.2.9")), Token);
        Assert.Equal(["-192.0.2.1 192.0.2.9"], Pools(test));
    }

    [Fact]
    public async Task A_load_balancer_that_is_not_there_is_refused_with_near_names_and_made_only_where_that_is_allowed()
    {
        await using var test = await StartAsync();
        test.Fake.Balance(balancing => balancing.AddBalancer("app.example.com", 60, "off", balancing.AddPool("app", FakeBalancing.Origin("192.0.2.7"))));

        Assert.Empty((await test.Provider.ReadAsync(Api, Token)).Sets);
        AssertRejected(await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set("192.0.2.9")), Token)), "no load balancer api.example.com", "app.example.com", "createOrigins: true");

        var records = await test.Open(test.Options with { CreateOrigins = true }).ApplyAsync(Change(null, Set("192.0.2.9"), owner: "blue"), Token);
        Assert.Equal((Set("192.0.2.9"), "blue"), (records[RecordType.A], records.Owner));
    }

    [Fact]
    public async Task A_pool_that_was_made_before_a_crash_is_used_again()
    {
        await using var test = await StartAsync(createOrigins: true);
        test.Fake.Trouble = request => request is { Method: "POST" } && request.Path.Contains("/zones/", StringComparison.Ordinal) ? new FakeTrouble { Status = 503 } : null;
        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set("192.0.2.9")), Token));
        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        test.Fake.Trouble = _ => null;

        var records = await test.Provider.ApplyAsync(Change(null, Set("192.0.2.8")), Token);

        Assert.Equal(Set("192.0.2.8"), records[RecordType.A]);
        Assert.Equal(["192.0.2.8"], Pools(test));
    }

    [Fact]
    public async Task What_is_served_together_must_not_be_in_pools_that_are_served_one_after_another()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1", "192.0.2.2");

        AssertRejected(await FailureOf(() => ApplyAsync(test, Set("192.0.2.1", "192.0.2.2"))), "in several pools (pool-0, pool-1)", "steering_policy to random");
        Assert.Equal(["192.0.2.1", "192.0.2.2"], Pools(test));
    }

    [Fact]
    public async Task Weights_across_pools_are_refused()
    {
        await using var test = await StartAsync();
        Balance(test, "random", "192.0.2.1", "192.0.2.2");

        AssertRejected(await FailureOf(() => ApplyAsync(test, Weighed(RecordType.A, ("192.0.2.1", 3), ("192.0.2.2", 1)))), "origins of one pool");
    }

    [Fact]
    public async Task A_weight_that_is_out_of_range_is_refused()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 192.0.2.2");

        AssertRejected(await FailureOf(() => ApplyAsync(test, Weighed(RecordType.A, ("192.0.2.1", 255), ("192.0.2.2", 1)))), "the weight 255");
    }

    [Fact]
    public async Task A_pool_is_never_left_with_fewer_origins_than_its_health_threshold()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 192.0.2.2 192.0.2.3");
        Edit(test, """{"minimum_origins":2}""");

        AssertRejected(await FailureOf(() => ApplyAsync(test, Set("192.0.2.1"))), "minimum_origins", "set it to 1");
        await ApplyAsync(test, Set("192.0.2.1", "192.0.2.2"));

        Assert.Equal(["192.0.2.1 192.0.2.2 -192.0.2.3"], Pools(test));
        Assert.Empty(test.Fake.Balancing.EmptyMoments);
    }

    [Fact]
    public async Task A_new_TTL_is_written_to_the_load_balancer_and_one_that_is_too_small_is_refused()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 -192.0.2.2");
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];

        AssertRejected(await FailureOf(() => test.Provider.ApplyAsync(Change(before, RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(20), "192.0.2.2")), Token)), "30 s", "ttl");
        Assert.Equal(["192.0.2.1 -192.0.2.2"], Pools(test));

        var after = RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(120), "192.0.2.2");
        Assert.Equal(after, (await test.Provider.ApplyAsync(Change(before, after), Token))[RecordType.A]);
        Assert.Equal(120, test.Fake.Balancing.Balancers[0]["ttl"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_TTL_of_a_proxied_load_balancer_is_never_asked_to_change()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 -192.0.2.2")["proxied"] = true;
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        test.Fake.ForgetCalls();

        await test.Provider.ApplyAsync(Change(before, Set("192.0.2.2")), Token);

        Assert.Equal(TimeSpan.FromMinutes(5), before.Ttl);
        Assert.DoesNotContain(test.Fake.Calls, call => call.Contains("balancer", StringComparison.Ordinal) && call.Contains("zones", StringComparison.Ordinal));
        Assert.Contains("proxied", test.Provider.WhyNotVerifiable(Api), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trouble_after_the_first_of_two_pools_is_ambiguous()
    {
        await using var test = await StartAsync();
        Balance(test, "random", "192.0.2.1", "192.0.2.2");
        await ApplyAsync(test, Set("192.0.2.1"));
        var writes = 0;
        test.Fake.Trouble = request => request.Method == "PATCH" && ++writes == 2 ? new FakeTrouble { Status = 429 } : null;

        var failure = await FailureOf(() => ApplyAsync(test, Set("192.0.2.2")));
        test.Fake.Trouble = _ => null;

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Equal(Set("192.0.2.1", "192.0.2.2"), (await test.Provider.ReadAsync(Api, Token))[RecordType.A]);
    }

    [Fact]
    public async Task A_pool_that_goes_between_reading_and_writing_is_a_conflict()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 -192.0.2.2");
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.AfterListing = () => test.Fake.Balancing.Remove(Name);

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set("192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("gone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mark_is_written_with_the_change_behind_what_people_wrote_and_replaced_in_every_pool()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1", "192.0.2.2", "192.0.2.3");
        Edit(test, """{"description":"ask the API team"}""");
        await ApplyAsync(test, Set("192.0.2.2"), owner: "blue");
        Assert.Equal(["ask the API team [dnsfailover:blue]", "[dnsfailover:blue]", string.Empty], Descriptions());

        var taken = await ApplyAsync(test, Set("192.0.2.3"), owner: "green");

        Assert.Equal("green", taken.Owner);
        Assert.Equal(["ask the API team [dnsfailover:green]", "[dnsfailover:green]", "[dnsfailover:green]"], Descriptions());

        IEnumerable<string> Descriptions() => test.Fake.Balancing.Pools.Select(pool => pool["description"]!.GetValue<string>());
    }

    [Fact]
    public async Task Other_types_names_and_records_are_left_alone()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 -192.0.2.2 2001:db8::7");
        await test.SeedAsync("www.example.com", "A", 88, "192.0.2.8");
        await test.SeedAsync(Name, "TXT", 99, "\"somebody else's\"");
        await test.SeedAsync(Name, "MX", 99, "10 mail.example.com");

        await ApplyAsync(test, Set("192.0.2.2"));

        Assert.Equal(["-192.0.2.1 192.0.2.2 2001:db8::7", "192.0.2.8"], Pools(test));
        Assert.Equal(["99 \"somebody else's\""], await test.LookAsync(Api, "TXT"));
        Assert.Equal(2, test.Fake.Look(Name).Count);
    }

    [Fact]
    public async Task A_load_balancer_that_was_not_read_lately_is_read_again_before_the_write()
    {
        await using var test = await StartAsync();
        var balancer = Balance(test, "off", "192.0.2.1 -192.0.2.2");
        var time = new JumpingTime();
        var provider = test.Open(test.Options, time);
        var before = (await provider.ReadAsync(Api, Token))[RecordType.A];
        balancer["enabled"] = false;
        time.Jump = TimeSpan.FromSeconds(31);

        var failure = await FailureOf(() => provider.ApplyAsync(Change(before, Set("192.0.2.2")), Token));

        AssertRejected(failure, "it is disabled");
        Assert.Equal(["192.0.2.1 -192.0.2.2"], Pools(test));
    }

    [Fact]
    public async Task A_reply_lost_after_the_write_is_ambiguous_and_nothing_is_sent_again()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 -192.0.2.2");
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { LosesReply = true } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Set("192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Single(test.Fake.Calls, call => call.StartsWith("PATCH", StringComparison.Ordinal));
        Assert.Equal(["-192.0.2.1 192.0.2.2"], Pools(test));
    }

    [Fact]
    public async Task A_reply_that_does_not_show_what_was_written_is_followed_by_a_read()
    {
        await using var test = await StartAsync();
        Balance(test, "off", "192.0.2.1 -192.0.2.2");
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { StatusAfterwards = 200, Body = """{"success":true,"errors":[],"messages":[],"result":{"id":"other","origins":[]}}""" } : null;

        Assert.Equal(Set("192.0.2.2"), (await test.Provider.ApplyAsync(Change(before, Set("192.0.2.2")), Token))[RecordType.A]);
    }

    private static void AssertRejected(ProviderException failure, params string[] parts)
    {
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.All(parts, part => Assert.Contains(part, failure.Message, StringComparison.Ordinal));
        Assert.Contains(Name, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>The system's clock, which can be made to jump.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Jump.TotalSeconds * TimestampFrequency);
    }
}
