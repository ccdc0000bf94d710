using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Google;
using DnsFailover.Tests.Journal;
using DnsFailover.Tests.Notifications;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Providers.Google;

public sealed class GoogleWriteTests : GoogleTest
{
    private const string Check = "https://www.googleapis.com/compute/v1/projects/acme-dns/global/healthChecks/api";

    private const string Failover =
        $$$"""
        {
          "kind": "dns#rRSetRoutingPolicy",
          "healthCheck": "{{{Check}}}",
          "primaryBackup": {
            "kind": "dns#rRSetRoutingPolicyPrimaryBackupPolicy",
            "primaryTargets": {"externalEndpoints": ["192.0.2.1"]},
            "backupGeoTargets": {"enableFencing": false, "items": [{"location": "europe-west1", "healthCheckedTargets": {"externalEndpoints": ["198.51.100.1"]}}]},
            "trickleTraffic": 0.1
          }
        }
        """;

    [Fact]
    public async Task The_primary_targets_of_a_failover_policy_are_repointed_and_all_else_about_it_stays()
    {
        await using var test = await StartAsync();
        test.Put("api.example.test", "A", FakeZone.Routed("api.example.test", "A", 60, Failover));

        var before = await test.Provider.ReadAsync(Api, Token);
        var after = await test.Provider.ApplyAsync(Change(before[RecordType.A], A("192.0.2.2", "192.0.2.3")), Token);

        Assert.Equal(A("192.0.2.1"), before[RecordType.A]);
        Assert.Equal(A("192.0.2.2", "192.0.2.3"), after[RecordType.A]);
        var expected = JsonNode.Parse(Failover)!;
        expected["primaryBackup"]!["primaryTargets"]!["externalEndpoints"] = new JsonArray("192.0.2.2", "192.0.2.3");
        Assert.True(JsonNode.DeepEquals(expected, test.At("api.example.test", "A")!["routingPolicy"]));
        Assert.Contains("failover routing policy", test.Provider.WhyNotVerifiable(Api), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_at_a_failover_policy_are_refused_and_nothing_is_written()
    {
        await using var test = await StartAsync();
        test.Put("api.example.test", "A", FakeZone.Routed("api.example.test", "A", 60, Failover));
        var before = await test.Provider.ReadAsync(Api, Token);

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before[RecordType.A], Weighted(RecordType.A, ("192.0.2.1", 1), ("192.0.2.2", 1))), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("failover routing policy, which has no weights", failure.Message, StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Failover), test.At("api.example.test", "A")!["routingPolicy"]));
    }

    [Theory]
    [InlineData("""{"geo": {"items": [{"location": "europe-west1", "rrdatas": ["192.0.2.1"]}]}}""", "its A record set has a geolocation routing policy")]
    [InlineData("""{"wrr": {"items": [{"weight": 1, "healthCheckedTargets": {"internalLoadBalancers": [{"ipAddress": "10.0.0.1"}]}}]}}""", "its A record set has internal load balancers as targets")]
    [InlineData("""{"moonPhase": {}}""", "its A record set has a routing policy of a kind that is not known here")]
    [InlineData("""{"wrr": {"items": [{"weight": -1, "rrdatas": ["192.0.2.1"]}]}}""", "has a routing policy that is not understood ('weight' is no weight)")]
    [InlineData("""{"wrr": {"items": []}}""", "has a routing policy without values")]
    public async Task What_cannot_be_steered_is_left_alone_and_told(string policy, string told)
    {
        await using var test = await StartAsync();
        test.Put("api.example.test", "A", FakeZone.Routed("api.example.test", "A", 60, policy));

        var read = await FailureOf(() => test.Provider.ReadAsync(Api, Token));
        var write = await FailureOf(() => test.Provider.ApplyAsync(Change(A("192.0.2.1"), A("192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Rejected, read.Failure);
        Assert.Contains(told, read.Message, StringComparison.Ordinal);
        Assert.Equal(ProviderFailure.Rejected, write.Failure);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(policy), test.At("api.example.test", "A")!["routingPolicy"]));
    }

    [Fact]
    public async Task A_weighted_policy_keeps_its_health_check_and_a_new_value_is_checked_as_the_others_are()
    {
        await using var test = await StartAsync();
        test.Put("api.example.test", "A", FakeZone.Routed("api.example.test", "A", 60, $$$"""{"healthCheck": "{{{Check}}}", "wrr": {"items": [{"weight": 3, "healthCheckedTargets": {"externalEndpoints": ["192.0.2.1"]}}, {"weight": 1, "healthCheckedTargets": {"externalEndpoints": ["192.0.2.2"]}}]}}"""));

        var before = await test.Provider.ReadAsync(Api, Token);
        await test.Provider.ApplyAsync(Change(before[RecordType.A], Weighted(RecordType.A, ("192.0.2.1", 1), ("192.0.2.3", 2))), Token);

        Assert.Equal(Weighted(RecordType.A, ("192.0.2.1", 3), ("192.0.2.2", 1)), before[RecordType.A]);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse($$$"""{"healthCheck": "{{{Check}}}", "wrr": {"items": [{"weight": 1, "healthCheckedTargets": {"externalEndpoints": ["192.0.2.1"]}}, {"weight": 2, "healthCheckedTargets": {"externalEndpoints": ["192.0.2.3"]}}]}}"""),
            test.At("api.example.test", "A")!["routingPolicy"]));
    }

    [Theory]
    [InlineData("0.25", "0.75", 25, 75)]
    [InlineData("1", "0.5", 10, 5)]
    [InlineData("2.0", "1", 2, 1)]
    public async Task Fractions_are_read_as_whole_numbers_in_the_same_proportions(string first, string second, int one, int two)
    {
        await using var test = await StartAsync();
        test.Put("api.example.test", "A", FakeZone.Routed("api.example.test", "A", 60, $$$"""{"wrr": {"items": [{"weight": {{{first}}}, "rrdatas": ["192.0.2.1"]}, {"weight": {{{second}}}, "rrdatas": ["192.0.2.2"]}]}}"""));

        var before = await test.Provider.ReadAsync(Api, Token);
        var after = await test.Provider.ApplyAsync(Change(before[RecordType.A], Weighted(RecordType.A, ("192.0.2.1", 1), ("192.0.2.2", 9))), Token);

        Assert.Equal(Weighted(RecordType.A, ("192.0.2.1", one), ("192.0.2.2", two)), before[RecordType.A]);
        Assert.Equal(Weighted(RecordType.A, ("192.0.2.1", 1), ("192.0.2.2", 9)), after[RecordType.A]);
    }

    [Fact]
    public async Task An_item_with_several_values_and_signatures_is_taken_apart()
    {
        await using var test = await StartAsync();
        test.Put("api.example.test", "A", FakeZone.Routed("api.example.test", "A", 60, """{"wrr": {"items": [{"weight": 1, "rrdatas": ["192.0.2.1", "192.0.2.2"], "signatureRrdatas": ["A 8 3 60 …"]}, {"rrdatas": ["192.0.2.3"]}]}}"""));

        var before = await test.Provider.ReadAsync(Api, Token);
        var after = await test.Provider.ApplyAsync(Change(before[RecordType.A], Weighted(RecordType.A, ("192.0.2.1", 2), ("192.0.2.2", 1))), Token);

        Assert.Equal(Weighted(RecordType.A, ("192.0.2.1", 1), ("192.0.2.2", 1), ("192.0.2.3", 0)), before[RecordType.A]);
        Assert.Equal(Weighted(RecordType.A, ("192.0.2.1", 2), ("192.0.2.2", 1)), after[RecordType.A]);
    }

    [Fact]
    public async Task Simple_becomes_weighted_and_simple_again()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        var weighted = Weighted(RecordType.A, ("192.0.2.1", 1), ("192.0.2.2", 3));

        var there = await test.Provider.ApplyAsync(Change(A("192.0.2.1"), weighted), Token);
        var back = await test.Provider.ApplyAsync(Change(weighted, A("192.0.2.2")), Token);

        Assert.Equal(weighted, there[RecordType.A]);
        Assert.Equal(A("192.0.2.2"), back[RecordType.A]);
        Assert.Null(test.At("api.example.test", "A")!["routingPolicy"]);
    }

    [Fact]
    public async Task Weights_that_are_all_zero_are_never_written()
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Weighted(RecordType.A, ("192.0.2.1", 0), ("192.0.2.2", 0))), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("all its weights are 0", failure.Message, StringComparison.Ordinal);
        Assert.Null(test.At("api.example.test", "A"));
    }

    [Fact]
    public async Task A_policy_that_changed_behind_our_back_is_a_conflict_though_the_values_are_the_same()
    {
        await using var test = await StartAsync();
        test.Put("api.example.test", "A", FakeZone.Routed("api.example.test", "A", 60, Failover));
        var before = await test.Provider.ReadAsync(Api, Token);
        test.Put("api.example.test", "A", FakeZone.Routed("api.example.test", "A", 60, Failover.Replace("0.1", "0.2", StringComparison.Ordinal)));

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before[RecordType.A], A("192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("192.0.2.1", test.At("api.example.test", "A")!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CNAME_beside_others_is_refused_in_Googles_words_and_nothing_is_written()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.test", "TXT", 60, "\"v=1\"");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, RecordSet.Create(Api, RecordType.CNAME, TimeSpan.FromSeconds(60), "target.example.net"), owner: "eu"), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("may have either one CNAME", failure.Message, StringComparison.Ordinal);
        Assert.Null(test.At("_dnsfailover.api.example.test", "TXT"));
    }

    [Fact]
    public async Task The_mark_leaves_other_values_and_their_TTL_and_is_not_written_when_it_is_right()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 77, "\"ask the API team\"", "\"owner=old\"");

        await test.Provider.ApplyAsync(Change(A("192.0.2.1"), A("192.0.2.2"), owner: "eu"), Token);
        var again = await test.Provider.ApplyAsync(Change(A("192.0.2.2"), A("192.0.2.3"), owner: "eu"), Token);

        Assert.Equal("eu", again.Owner);
        Assert.Equal(["77 \"ask the API team\"", "77 \"owner=eu\""], await test.LookAsync(DnsName.Parse("_dnsfailover.api.example.test"), "TXT"));
        Assert.Single(test.Fake.Zone.Changes["2"].Change["additions"]!.AsArray());
        Assert.Single(test.Fake.Zone.Changes["2"].Change["deletions"]!.AsArray());
    }

    [Fact]
    public async Task A_mark_that_another_controller_set_meanwhile_is_a_conflict_for_the_records_too()
    {
        await using var test = await StartAsync();
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        var before = await test.Provider.ReadAsync(Api, Token);
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=us\"");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before[RecordType.A], A("192.0.2.2"), owner: "eu"), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("marked by 'us'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_reply_to_a_change_that_says_nothing_leaves_open_whether_it_was_carried_out()
    {
        await using var test = await StartAsync();
        test.Answer(new OddReply(Writes: true, 200, Body: "{}"));

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, A("192.0.2.1")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
    }

    [Fact]
    public async Task The_id_of_a_change_may_be_a_number()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Method == "POST" && request.Path.EndsWith("/changes", StringComparison.Ordinal) ? new FakeTrouble { StatusAfterwards = 200, Body = """{"id":7,"status":"done"}""" } : null;

        var records = await test.Provider.ApplyAsync(Change(null, A("192.0.2.1")), Token);

        Assert.Equal(A("192.0.2.1"), records[RecordType.A]);
    }

    [Fact]
    public async Task Changes_are_followed_until_they_are_done()
    {
        await using var test = await StartAsync();
        var (time, log) = (new ManualTime(DateTimeOffset.UtcNow), new CapturedLog<GoogleProvider>());
        test.Fake.PendingLooks = 3;
        var provider = test.Open(test.Options with { Timeout = TimeSpan.FromMinutes(1) }, time, log); // so that only the waits between looks pass

        await provider.ApplyAsync(Change(null, A("192.0.2.1")), Token);
        Assert.DoesNotContain("GET /example-test/changes/1", test.Fake.ApiCalls);
        await time.PassAsync(TimeSpan.FromSeconds(5), () => log.Lines.Any(line => line.Id == 4132));

        Assert.Equal(3, test.Fake.ApiCalls.Count(call => call == "GET /example-test/changes/1"));
        Assert.StartsWith("Change 1 of api.example.test was sent to all name servers after at most 15 s", log.Lines.Single(line => line.Id == 4132).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_that_stays_pending_is_told_once_and_given_up()
    {
        await using var test = await StartAsync();
        var (time, log) = (new ManualTime(DateTimeOffset.UtcNow), new CapturedLog<GoogleProvider>());
        test.Fake.PendingLooks = int.MaxValue;
        var provider = test.Open(test.Options with { Timeout = TimeSpan.FromMinutes(1) }, time, log);

        await provider.ApplyAsync(Change(null, A("192.0.2.1")), Token);
        await time.PassAsync(TimeSpan.FromSeconds(5), () => log.Lines.Any(line => line.Id == 4133));

        Assert.Equal(LogLevel.Warning, log.Lines.Single(line => line.Id == 4133).Level);
    }
}
