using System.Xml.Linq;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Route53;
using DnsFailover.Tests.Journal;
using DnsFailover.Tests.Notifications;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Providers.Route53;

public sealed class Route53ProviderTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);

    private static readonly DnsName Api = DnsName.Parse("api.example.test");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_idle_read_costs_one_call_and_a_switch_with_its_mark_three()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=eu\"");
        await test.Provider.ReadAsync(Api, Token);
        Assert.Equal(["ListHostedZonesByName", "GetHostedZone", "ListResourceRecordSets"], test.Fake.Calls.Select(call => call.Operation));
        test.Fake.Forget();

        var before = await test.Provider.ReadAsync(Api, Token);
        Assert.Equal(["ListResourceRecordSets"], test.Fake.Calls.Select(call => call.Operation));
        var after = await test.Provider.ApplyAsync(Change((before[RecordType.A], A("192.0.2.2"))) with { Owner = "eu" }, Token);
        await test.Provider.AuthoritativeServersAsync(Token);

        Assert.Equal(["ListResourceRecordSets", "ChangeResourceRecordSets", "ListResourceRecordSets"], test.Fake.Calls.Select(call => call.Operation));
        Assert.Equal("eu", before.Owner);
        Assert.Equal("eu", after.Owner);
        Assert.Equal(["60 192.0.2.2"], await test.LookAsync(Api, "A"));
    }

    [Theory]
    [InlineData("no namespace")]
    [InlineData("a prefix")]
    [InlineData("only what must be")]
    public async Task Replies_of_compatible_servers_that_are_spelled_otherwise_are_read_as_well(string how)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=eu\"");
        test.Fake.LargestPage = 1;
        test.Fake.Spelling = root => how switch
        {
            "no namespace" => Renamed(root, XNamespace.None),
            "a prefix" => new XElement(root.Name, new XAttribute(XNamespace.Xmlns + "r53", root.Name.NamespaceName), root.Nodes()),
            _ => Bare(root),
        };

        var before = await test.Provider.ReadAsync(Api, Token);
        var after = await test.Provider.ApplyAsync(Change((before[RecordType.A], A("192.0.2.2"))) with { Owner = "us" }, Token);
        test.Fake.BeforeChange = () => test.SeedAsync("api.example.test", "A", 60, "192.0.2.99");
        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((after[RecordType.A], A("192.0.2.3"))), Token));

        Assert.Equal(("eu", "us"), (before.Owner, after.Owner));
        Assert.Equal(A("192.0.2.2"), after[RecordType.A]);
        Assert.Equal(ProviderFailure.Conflict, failure.Failure);

        static XElement Renamed(XElement element, XNamespace space) => new(space + element.Name.LocalName, element.HasElements ? element.Elements().Select(child => Renamed(child, space)) : element.Value);

        static XElement Bare(XElement element)
        {
            string[] spare = ["DelegationSet", "MaxItems", "CallerReference", "Config", "ResourceRecordSetCount", "SubmittedAt", "DNSName", "RequestId"];
            element.Descendants().Where(child => spare.Contains(child.Name.LocalName, StringComparer.Ordinal)).ToList().ForEach(child => child.Remove());
            element.Descendants().Where(child => child.Name.LocalName == "Id").ToList().ForEach(id => id.Value = id.Value.Split('/')[^1]);
            return element;
        }
    }

    [Fact]
    public async Task Five_hundred_names_of_a_zone_are_read_at_once_with_a_few_calls_and_each_is_right()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var names = Enumerable.Range(0, 500).Select(i => DnsName.Parse($"s{i}.example.test")).ToList();
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            await test.SeedAsync(name.ToString(), "A", 60, $"192.0.{i / 250}.{i % 250}");
            await test.SeedAsync($"_dnsfailover.{name}", "TXT", 300, $"\"owner=o{i}\"");
        }

        await test.Provider.ReadAsync(names[0], Token);
        test.Fake.Forget();
        var records = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.Equal(names.Select((_, i) => $"192.0.{i / 250}.{i % 250}"), records.Select(read => Assert.Single(read[RecordType.A]!.Values).Data));
        Assert.Equal(names.Select((_, i) => $"o{i}"), records.Select(read => read.Owner));
        Assert.InRange(test.Fake.Count("ListResourceRecordSets").Count, 1, 12);
    }

    [Fact]
    public async Task Reads_that_are_asked_for_while_four_are_under_way_wait_and_are_made_together()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var names = Enumerable.Range(0, 60).Select(i => DnsName.Parse($"s{i}.example.test")).ToList();
        await test.Provider.ReadAsync(names[0], Token);
        test.Fake.Forget();
        var release = new TaskCompletionSource();
        test.Fake.Instead = async (_, _) =>
        {
            await release.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
            return false;
        };

        var reads = new List<Task<NameRecords>>();
        for (var i = 0; i < 4; i++)
        {
            reads.Add(test.Provider.ReadAsync(names[i], Token));
            await Eventually.HoldsAsync(() => test.Fake.Calls.Count == i + 1, () => $"{i + 1} calls");
        }

        reads.AddRange(names.Skip(4).Select(name => test.Provider.ReadAsync(name, Token)));
        release.SetResult();
        await Task.WhenAll(reads);

        Assert.Equal(5, test.Fake.Calls.Count);
    }

    [Fact]
    public async Task A_read_is_never_answered_with_what_was_listed_before_it_was_asked_for()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var names = Enumerable.Range(0, 20).Select(i => DnsName.Parse($"s{i}.example.test")).ToList();
        for (var round = 1; round <= 5; round++)
        {
            foreach (var name in names)
            {
                await test.SeedAsync(name.ToString(), "A", 60, $"192.0.2.{round}");
            }

            var records = await Task.WhenAll(names.Concat(names).Select(name => test.Provider.ReadAsync(name, Token)));
            Assert.All(records, read => Assert.Equal($"192.0.2.{round}", Assert.Single(read[RecordType.A]!.Values).Data));
        }
    }

    [Fact]
    public async Task What_was_marked_with_the_change_is_one_batch_with_it()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 77, "\"somebody else's\"");

        var created = await test.Provider.ApplyAsync(Change((null, A("192.0.2.1"))) with { Owner = "eu" }, Token);
        var changed = await test.Provider.ApplyAsync(Change((A("192.0.2.1"), A("192.0.2.2"))) with { Owner = "us" }, Token);

        Assert.Equal("eu", created.Owner);
        Assert.Equal("us", changed.Owner);
        Assert.Equal(2, test.Fake.Count("ChangeResourceRecordSets").Count);
        Assert.Equal(["77 \"owner=us\"", "77 \"somebody else's\""], await test.LookAsync(DnsName.Parse("_dnsfailover.api.example.test"), "TXT"));
    }

    [Fact]
    public async Task Without_a_mark_in_the_change_the_mark_that_is_there_stays()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=eu\"");

        var records = await test.Provider.ApplyAsync(Change((null, A("192.0.2.1"))), Token);

        Assert.Equal("eu", records.Owner);
        Assert.Equal(["300 \"owner=eu\""], await test.LookAsync(DnsName.Parse("_dnsfailover.api.example.test"), "TXT"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("\"owner=eu\"")]
    public async Task Of_two_controllers_that_mark_a_name_at_the_same_moment_one_gets_a_conflict(string? first)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, first is null ? [] : [first]);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.Provider.ReadAsync(Api, Token);
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=us\"");

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((A("192.0.2.1"), A("192.0.2.2"))) with { Owner = "eu" }, Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("marked by 'us'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_CNAME_is_marked_too()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var (one, two) = (RecordSet.Create(Api, RecordType.CNAME, Ttl, "one.example.net"), RecordSet.Create(Api, RecordType.CNAME, Ttl, "two.example.net"));

        await test.Provider.ApplyAsync(Change((null, one)) with { Owner = "eu" }, Token);
        var records = await test.Provider.ApplyAsync(Change((one, two)) with { Owner = "eu" }, Token);

        Assert.Equal(NameRecords.Create(Api, [two]) with { Owner = "eu" }, records);
    }

    [Fact]
    public async Task Many_names_below_a_name_cost_one_call_more_and_hide_neither_records_nor_mark()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=eu\"");
        foreach (var i in Enumerable.Range(0, 700))
        {
            await test.SeedAsync($"{i}.api.example.test", "A", 60, "192.0.2.9");
        }

        await test.Provider.ReadAsync(Api, Token);
        test.Fake.Forget();
        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(NameRecords.Create(Api, [A("192.0.2.1")]) with { Owner = "eu" }, records);
        Assert.Equal(2, test.Fake.Calls.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Sets_of_one_name_on_several_pages_are_all_read(int page)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put("api.example.test", "A", [.. Enumerable.Range(1, 5).Select(i => FakeZone.Set("api.example.test", "A", 60, [$"192.0.2.{i}"], FakeZone.With("SetIdentifier", $"a/b c+{i}&"), FakeZone.With("Weight", i)))]);
        await test.SeedAsync("api.example.test", "AAAA", 60, "2001:db8::1");
        await test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=eu\"");
        await test.SeedAsync("zzz.example.test", "A", 60, "192.0.2.9");
        test.Fake.LargestPage = page;

        var records = await test.Provider.ReadAsync(Api, Token);

        var weighted = RecordSet.Create(Api, RecordType.A, Ttl, Enumerable.Range(1, 5).Select(i => new RecordValue($"192.0.2.{i}", i)));
        Assert.Equal(NameRecords.Create(Api, [weighted, RecordSet.Create(Api, RecordType.AAAA, Ttl, "2001:db8::1")]) with { Owner = "eu" }, records);
    }

    [Fact]
    public async Task Neighbours_in_the_listing_are_not_taken_for_the_name()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        foreach (var neighbour in new[] { "api-2.example.test", "*.api.example.test", "*.example.test", "x.api.example.test", "apj.example.test", "example.test" })
        {
            await test.SeedAsync(neighbour, "A", 60, "192.0.2.9");
            await test.SeedAsync($"_dnsfailover.{neighbour}", "TXT", 300, "\"owner=us\"");
        }

        var nothing = await test.Provider.ReadAsync(Api, Token);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        var something = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(NameRecords.Create(Api, []), nothing);
        Assert.Equal(NameRecords.Create(Api, [A("192.0.2.1")]), something);
    }

    [Theory]
    [InlineData("\\052.example.com.", "*.example.com")]
    [InlineData("a\\100b.Example.COM.", "a@b.example.com")]
    [InlineData("_x-1.example.com", "_x-1.example.com")]
    [InlineData("a\\9.example.com.", "a\\9.example.com")]
    [InlineData("tail\\05", "tail\\05")]
    public void Octal_escapes_in_names_are_read(string stored, string expected) => Assert.Equal(expected, Route53Name.Decode(stored));

    [Fact]
    public async Task A_zone_of_which_the_hosted_zone_spells_names_with_escapes_is_read_past_them()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("a@b.example.test", "A", 60, "192.0.2.9");
        await test.SeedAsync("a.example.test", "A", 60, "192.0.2.1");
        test.Fake.LargestPage = 1;

        var records = await test.Provider.ReadAsync(DnsName.Parse("a.example.test"), Token);

        Assert.Equal("192.0.2.1", Assert.Single(records[RecordType.A]!.Values).Data);
    }

    [Fact]
    public async Task The_apex_is_steered_beside_its_NS_and_SOA()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var apex = DnsName.Parse("example.test");
        var change = new ChangeSet(1, apex, [new RecordChange(null, RecordSet.Create(apex, RecordType.A, Ttl, "192.0.2.1"))]) { Owner = "eu" };

        var records = await test.Provider.ApplyAsync(change, Token);

        Assert.Equal("eu", records.Owner);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(apex, "A"));
        Assert.Single(await test.LookAsync(apex, "NS"));
    }

    [Fact]
    public async Task A_health_check_and_what_else_a_simple_record_has_survives_a_change()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put("api.example.test", "A", FakeZone.Set("api.example.test", "A", 60, ["192.0.2.1"], FakeZone.With("HealthCheckId", "hc-1")));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];

        await test.Provider.ApplyAsync(Change((before, A("192.0.2.2"))), Token);

        Assert.Equal("hc-1", Attribute(Assert.Single(At(test, "A")), "HealthCheckId"));
    }

    [Fact]
    public async Task A_health_check_that_was_attached_meanwhile_makes_the_write_a_conflict()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Put("api.example.test", "A", FakeZone.Set("api.example.test", "A", 60, ["192.0.2.1"], FakeZone.With("HealthCheckId", "hc-1")));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((before, A("192.0.2.2"))), Token));
        var again = await test.Provider.ApplyAsync(Change((before, A("192.0.2.2"))), Token);

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Equal(A("192.0.2.2"), again[RecordType.A]);
        Assert.Equal("hc-1", Attribute(Assert.Single(At(test, "A")), "HealthCheckId"));
    }

    [Fact]
    public async Task A_weighted_answer_is_one_set_per_value_and_reads_back_as_one_answer()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var answer = Weighted(("192.0.2.1", 200), ("192.0.2.2", 55), ("192.0.2.3", 0));

        var records = await test.Provider.ApplyAsync(Change((null, answer)), Token);

        Assert.Equal(answer, records[RecordType.A]);
        Assert.Equal(["192.0.2.1 200", "192.0.2.2 55", "192.0.2.3 0"], At(test, "A").Select(set => $"{Attribute(set, "SetIdentifier")} {Attribute(set, "Weight")}"));
    }

    [Fact]
    public async Task New_weights_leave_identifiers_and_health_checks_of_the_sets_that_stay()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put(
            "api.example.test",
            "A",
            FakeZone.Set("api.example.test", "A", 60, ["192.0.2.1"], FakeZone.With("SetIdentifier", "aws"), FakeZone.With("Weight", 10), FakeZone.With("HealthCheckId", "hc-1")),
            FakeZone.Set("api.example.test", "A", 60, ["192.0.2.2"], FakeZone.With("SetIdentifier", "192.0.2.3"), FakeZone.With("Weight", 5)));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        var after = Weighted(("192.0.2.1", 3), ("192.0.2.2", 4), ("192.0.2.3", 7));

        var records = await test.Provider.ApplyAsync(Change((before, after)), Token);

        Assert.Equal(Weighted(("192.0.2.1", 10), ("192.0.2.2", 5)), before);
        Assert.Equal(after, records[RecordType.A]);
        Assert.Equal(
            ["192.0.2.3 192.0.2.2 4 -", "192.0.2.3-2 192.0.2.3 7 -", "aws 192.0.2.1 3 hc-1"],
            At(test, "A").Select(set => $"{Attribute(set, "SetIdentifier")} {FakeZone.ValuesOf(set).Single()} {Attribute(set, "Weight")} {Attribute(set, "HealthCheckId") ?? "-"}"));
    }

    [Fact]
    public async Task Simple_records_become_weighted_ones_and_back_in_one_batch_each()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put("api.example.test", "A", FakeZone.Set("api.example.test", "A", 60, ["192.0.2.1"], FakeZone.With("HealthCheckId", "hc-1")));
        var weighted = Weighted(("192.0.2.1", 1), ("192.0.2.2", 2));

        var forth = await test.Provider.ApplyAsync(Change((A("192.0.2.1"), weighted)), Token);
        var checks = At(test, "A").Select(set => Attribute(set, "HealthCheckId")).ToList();
        var back = await test.Provider.ApplyAsync(Change((weighted, A("192.0.2.1"))), Token);

        Assert.Equal(weighted, forth[RecordType.A]);
        Assert.Equal(["hc-1", null], checks);
        Assert.Equal(A("192.0.2.1"), back[RecordType.A]);
        Assert.Equal("hc-1", Attribute(Assert.Single(At(test, "A")), "HealthCheckId"));
        Assert.Equal(2, test.Fake.Count("ChangeResourceRecordSets").Count);
    }

    [Fact]
    public async Task Weighted_CNAMEs_are_taken()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var answer = RecordSet.Create(Api, RecordType.CNAME, Ttl, [new RecordValue("a.up.railway.app", 3), new RecordValue("b.onrender.com", 1)]);

        var records = await test.Provider.ApplyAsync(Change((null, answer)) with { Owner = "eu" }, Token);

        Assert.Equal(answer, records[RecordType.CNAME]);
        Assert.Equal(["60 a.up.railway.app.", "60 b.onrender.com."], await test.LookAsync(Api, "CNAME"));
    }

    [Fact]
    public async Task One_value_in_two_weighted_sets_has_both_their_weights()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put("api.example.test", "A", [.. new[] { "one", "two" }.Select(identifier => FakeZone.Set("api.example.test", "A", 60, ["192.0.2.1"], FakeZone.With("SetIdentifier", identifier), FakeZone.With("Weight", 10)))]);

        var records = await test.Provider.ReadAsync(Api, Token);
        await test.Provider.ApplyAsync(Change((records[RecordType.A], Weighted(("192.0.2.1", 10), ("192.0.2.2", 10)))), Token);

        Assert.Equal(Weighted(("192.0.2.1", 20)), records[RecordType.A]);
        Assert.Equal(["192.0.2.2", "one"], At(test, "A").Select(set => Attribute(set, "SetIdentifier")));
    }

    [Theory]
    [InlineData("Weight", "11")]
    [InlineData("HealthCheckId", "hc-2")]
    [InlineData("TTL", "61")]
    public async Task A_weighted_set_that_was_edited_behind_our_back_makes_the_write_a_conflict(string member, string value)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var answer = Weighted(("192.0.2.1", 10), ("192.0.2.2", 10));
        await test.Provider.ApplyAsync(Change((null, answer)), Token);
        test.Fake.Locked(() =>
        {
            foreach (var set in At(test, "A").Where(set => member == "TTL" || Attribute(set, "SetIdentifier") == "192.0.2.2"))
            {
                set.SetElementValue(set.Name.Namespace + member, value);
            }

            return true;
        });

        // Only the first weight is to change; the second set is part of the condition nevertheless.
        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((answer, Weighted(("192.0.2.1", 20), ("192.0.2.2", 10)))), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Equal("10", Attribute(At(test, "A")[0], "Weight"));
    }

    [Theory]
    [InlineData(0, 0, "all its weights are 0")]
    [InlineData(256, 1, "the weight 256 is not between 0 and 255")]
    [InlineData(-1, 1, "the weight -1 is not between 0 and 255")]
    [InlineData(null, 1, "some of its values have weights and some have none")]
    public async Task Weights_that_Route_53_would_not_serve_as_meant_are_rejected_and_nothing_is_sent(int? first, int? second, string reason)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var failure = await Assert.ThrowsAsync<ProviderException>(
            () => test.Provider.ApplyAsync(Change((null, RecordSet.Create(Api, RecordType.A, Ttl, [new RecordValue("192.0.2.1", first), new RecordValue("192.0.2.2", second)]))), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Empty(test.Fake.Calls);
    }

    [Theory]
    [InlineData("Region", "us-east-1", "latency")]
    [InlineData("Failover", "SECONDARY", "failover")]
    [InlineData("MultiValueAnswer", "true", "multivalue answer")]
    public async Task Sets_with_another_routing_policy_read_as_somebody_elses_and_are_replaced_as_one(string element, string value, string policy)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put("api.example.test", "A", FakeZone.Set("api.example.test", "A", 77, ["192.0.2.1"], FakeZone.With("SetIdentifier", "one"), FakeZone.With(element, value)));

        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        var records = await test.Provider.ApplyAsync(Change((before, A("192.0.2.1"))), Token);

        Assert.Equal(RecordSet.Described(Api, RecordType.A, TimeSpan.FromSeconds(77), $"{policy} 'one' 192.0.2.1"), before);
        Assert.Equal(NameRecords.Create(Api, [A("192.0.2.1")]), records);
        Assert.Single(test.Fake.Count("ChangeResourceRecordSets"));
        Assert.Null(Attribute(Assert.Single(At(test, "A")), "SetIdentifier"));
    }

    [Fact]
    public async Task Geolocation_is_told_with_what_each_place_is_answered()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put("api.example.test", "A", Geolocation("DE", "192.0.2.1"), Geolocation("US", "192.0.2.2", "192.0.2.3"));

        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        var change = Change((before, A("192.0.2.2")));
        test.Put("api.example.test", "A", Geolocation("DE", "192.0.2.1"), Geolocation("US", "192.0.2.4"));
        var stale = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(change, Token));

        Assert.Equal(["geolocation 'DE' 192.0.2.1", "geolocation 'US' 192.0.2.2, 192.0.2.3"], before.Values.Select(value => value.Data));
        Assert.Equal(ProviderFailure.Conflict, stale.Failure);
        Assert.Equal(2, At(test, "A").Count);
    }

    [Fact]
    public async Task An_alias_reads_as_somebody_elses_and_is_replaced_in_one_batch()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put("api.example.test", "A", FakeZone.Alias("api.example.test", "A", "lb-1.eu-west-1.elb.amazonaws.com"));

        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        var unread = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((null, A("192.0.2.2"))), Token));
        var records = await test.Provider.ApplyAsync(Change((before, A("192.0.2.2"))) with { Owner = "eu" }, Token);

        Assert.Equal(RecordSet.Described(Api, RecordType.A, Ttl, "alias to lb-1.eu-west-1.elb.amazonaws.com"), before);
        Assert.Equal(ProviderFailure.Conflict, unread.Failure);
        Assert.Equal(NameRecords.Create(Api, [A("192.0.2.2")]) with { Owner = "eu" }, records);
        Assert.Single(test.Fake.Count("ChangeResourceRecordSets"));
    }

    [Fact]
    public async Task A_weighted_alias_beside_a_weighted_record_is_somebody_elses_too()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var alias = FakeZone.Alias("api.example.test", "A", "lb-1.eu-west-1.elb.amazonaws.com");
        alias.Elements().ElementAt(1).AddAfterSelf(FakeZone.With("SetIdentifier", "lb"), FakeZone.With("Weight", 3));
        test.Put("api.example.test", "A", alias, FakeZone.Set("api.example.test", "A", 60, ["192.0.2.1"], FakeZone.With("SetIdentifier", "plain"), FakeZone.With("Weight", 1), FakeZone.With("HealthCheckId", "hc-1")));

        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        var records = await test.Provider.ApplyAsync(Change((before, Weighted(("192.0.2.1", 1), ("192.0.2.2", 2)))), Token);

        Assert.Equal(["weighted 'lb' alias to lb-1.eu-west-1.elb.amazonaws.com", "weighted 'plain' 192.0.2.1"], before.Values.Select(value => value.Data));
        Assert.Equal(Weighted(("192.0.2.1", 1), ("192.0.2.2", 2)), records[RecordType.A]);
        Assert.Equal(["192.0.2.2 -", "plain hc-1"], At(test, "A").Select(set => $"{Attribute(set, "SetIdentifier")} {Attribute(set, "HealthCheckId") ?? "-"}"));
    }

    [Fact]
    public async Task An_alias_that_appears_after_the_read_is_not_destroyed()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        await test.Provider.ReadAsync(Api, Token);
        test.Put("api.example.test", "A", FakeZone.Alias("api.example.test", "A", "lb-1.eu-west-1.elb.amazonaws.com"));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((A("192.0.2.1"), A("192.0.2.2"))), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.NotNull(Assert.Single(At(test, "A")).Elements().SingleOrDefault(element => element.Name.LocalName == "AliasTarget"));
    }

    [Fact]
    public async Task A_record_of_a_traffic_policy_is_rejected()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var set = FakeZone.Set("api.example.test", "A", 60, ["192.0.2.1"]);
        set.Add(FakeZone.With("TrafficPolicyInstanceId", "tp-1"));
        test.Put("api.example.test", "A", set);

        var (read, _) = await ReadAndWriteFailAsync(test.Provider);

        Assert.Contains("belongs to a traffic policy", read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delegated_name_is_rejected_and_not_read_as_empty()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "NS", 60, "ns1.elsewhere.example.");

        var (read, _) = await ReadAndWriteFailAsync(test.Provider);

        Assert.Equal(ProviderFailure.Rejected, read.Failure);
        Assert.Contains("delegated to ns1.elsewhere.example.", read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CNAME_beside_other_records_is_rejected_with_what_Route_53_says_and_is_no_conflict()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "TXT", 60, "\"in the way\"");

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((null, RecordSet.Create(Api, RecordType.CNAME, Ttl, "one.example.net"))), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("a conflicting RRSet of type TXT", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_of_one_zone_are_sent_one_after_the_other()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var names = Enumerable.Range(0, 8).Select(i => DnsName.Parse($"s{i}.example.test")).ToList();
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.BeforeChange = () => Task.Delay(5, Token);

        await Task.WhenAll(names.Select(name => test.Provider.ApplyAsync(new ChangeSet(1, name, [new RecordChange(null, RecordSet.Create(name, RecordType.A, Ttl, "192.0.2.1"))]), Token)));

        Assert.Equal(8, test.Fake.Count("ChangeResourceRecordSets").Count);
    }

    [Fact]
    public async Task A_change_that_hangs_makes_others_transient_and_not_ambiguous()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var provider = test.Open(test.Options with { Timeout = TimeSpan.FromSeconds(1) });
        var (release, arrived) = (new TaskCompletionSource(), new TaskCompletionSource());
        await provider.ReadAsync(Api, Token);
        test.Fake.BeforeChange = () =>
        {
            arrived.TrySetResult();
            return release.Task;
        };

        try
        {
            var hanging = Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Change((null, A("192.0.2.1"))), Token));
            await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
            var other = DnsName.Parse("other.example.test");
            var waiting = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(new ChangeSet(1, other, [new RecordChange(null, RecordSet.Create(other, RecordType.A, Ttl, "192.0.2.1"))]), Token));

            Assert.Equal(ProviderFailure.Transient, waiting.Failure);
            Assert.Equal(ProviderFailure.Ambiguous, (await hanging).Failure);
        }
        finally
        {
            release.SetResult();
        }
    }

    [Fact]
    public async Task Changes_are_followed_until_they_are_in_sync()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var (time, log) = (new ManualTime(DateTimeOffset.UtcNow), new CapturedLog<Route53Provider>());
        (test.Fake.Time, test.Fake.LooksUntilInSync) = (time, 3);
        var provider = test.Open(test.Options with { Timeout = TimeSpan.FromMinutes(1) }, time, log); // so that only the waits between looks pass

        await provider.ApplyAsync(Change((null, A("192.0.2.1"))), Token);
        Assert.Empty(test.Fake.Count("GetChange"));
        await time.PassAsync(TimeSpan.FromSeconds(5), () => log.Lines.Any(line => line.Id == 4132));

        Assert.Equal(4, test.Fake.Count("GetChange").Count);
        Assert.Matches("Change C[A-Z0-9]+ of api.example.test is in sync at all name servers after at most 20 s", log.Lines.Single(line => line.Id == 4132).Text);
    }

    [Fact]
    public async Task A_change_that_does_not_get_in_sync_is_told_once_and_given_up()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var (time, log) = (new ManualTime(DateTimeOffset.UtcNow), new CapturedLog<Route53Provider>());
        (test.Fake.Time, test.Fake.LooksUntilInSync) = (time, int.MaxValue);
        var provider = test.Open(test.Options with { Timeout = TimeSpan.FromMinutes(1) }, time, log); // so that only the waits between looks pass

        await provider.ApplyAsync(Change((null, A("192.0.2.1"))), Token);
        await time.PassAsync(TimeSpan.FromSeconds(5), () => log.Lines.Any(line => line.Id == 4133));

        Assert.Equal(LogLevel.Warning, log.Lines.Single(line => line.Id == 4133).Level);
        Assert.InRange(test.Fake.Count("GetChange").Count, 100, 121);
    }

    [Fact]
    public async Task The_name_servers_of_the_hosted_zone_are_resolved_unless_they_are_listed()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var found = await test.Open(test.Options with { NameServers = [] }).AuthoritativeServersAsync(Token);
        var listed = await test.Provider.AuthoritativeServersAsync(Token);

        Assert.True(System.Net.IPAddress.IsLoopback(Assert.Single(found).Address));
        Assert.Equal(53, found[0].Port);
        Assert.Equal([test.Fake.NameServer], listed);
    }

    [Fact]
    public async Task A_base_address_with_a_path_is_kept_and_signed()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var provider = test.Open(test.Options with { BaseUrl = new Uri(test.Fake.Address, "/aws/route53") });

        await provider.ApplyAsync(Change((null, A("192.0.2.1"))), Token);

        Assert.All(test.Fake.Calls, call => Assert.StartsWith("/aws/route53/2013-04-01/", call.Target, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_judges_creations_before_deletions_is_written_to_as_well_and_on_the_same_condition()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Fake.Zone.JudgesCreatesFirst = true;
        var created = await test.Provider.ApplyAsync(Change((null, A("192.0.2.1"))) with { Owner = "eu" }, Token);

        var changed = await test.Provider.ApplyAsync(Change((A("192.0.2.1"), A("192.0.2.2"))) with { Owner = "eu" }, Token);
        await test.SeedAsync("api.example.test", "A", 60, "198.51.100.9");
        var stale = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((A("192.0.2.2"), A("192.0.2.3"))) with { Owner = "eu" }, Token));

        Assert.Equal(A("192.0.2.1"), created[RecordType.A]);
        Assert.Equal(NameRecords.Create(Api, [A("192.0.2.2")]) with { Owner = "eu" }, changed);
        Assert.Equal(ProviderFailure.Conflict, stale.Failure);
        Assert.Equal(["60 198.51.100.9"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_record_that_appears_where_one_was_to_be_created_is_never_overwritten()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.Provider.ReadAsync(Api, Token);
        await test.SeedAsync("api.example.test", "A", 60, "198.51.100.9");

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change((null, A("192.0.2.1"))), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("there is 60 A 198.51.100.9; nothing was written", failure.Message, StringComparison.Ordinal);
        Assert.Single(test.Fake.Count("ChangeResourceRecordSets"));
        Assert.DoesNotContain(test.Fake.Calls, call => call.Body?.ToString().Contains("UPSERT", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task The_batch_names_the_change()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        await test.Provider.ApplyAsync(Change((null, A("192.0.2.1"))) with { Id = 17 }, Token);

        Assert.Contains(test.Fake.Calls, call => call.Body?.Descendants().Any(element => element.Value == "dnsfailover change 17 of api.example.test") == true);
    }

    private static XElement Geolocation(string country, params string[] values)
    {
        var geolocation = FakeZone.With("GeoLocation", string.Empty);
        geolocation.ReplaceAll(FakeZone.With("CountryCode", country));
        return FakeZone.Set("api.example.test", "A", 60, values, FakeZone.With("SetIdentifier", country), geolocation);
    }

    private static RecordSet A(params string[] values) => RecordSet.Create(Api, RecordType.A, Ttl, values);

    private static RecordSet Weighted(params (string Data, int Weight)[] values) => RecordSet.Create(Api, RecordType.A, Ttl, values.Select(value => new RecordValue(value.Data, value.Weight)));

    private static ChangeSet Change(params (RecordSet? Before, RecordSet After)[] changes) => new(1, Api, [.. changes.Select(change => new RecordChange(change.Before, change.After))]);

    private static List<XElement> At(Route53UnderTest test, string type) => test.Fake.Locked(() => test.Fake.Zone.At("api.example.test", type).ToList());

    private static string? Attribute(XElement set, string name) => set.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;

    private static async Task<(ProviderException Read, ProviderException Write)> ReadAndWriteFailAsync(IDnsProvider provider) =>
        (await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(Api, Token)),
        await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Change((null, A("192.0.2.2"))), Token)));
}
