using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Desec;

public sealed class DesecWriteTests : DesecTest
{
    [Fact]
    public async Task A_switch_is_one_read_and_one_write_of_what_changes()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("api", "A", 30, "192.0.2.1"); // the TTL is from before the domain's minimum was raised
        test.Fake.Seed("_dnsfailover.api", "TXT", 60, "\"owner=a\"");

        await test.Provider.ApplyAsync(Change(Set(30, "192.0.2.1"), Set(30, "192.0.2.2"), owner: "a"), Token);

        Assert.Equal(["GET /api/v1/domains/example.com/rrsets/", "PATCH /api/v1/domains/example.com/rrsets/"], test.Fake.Calls);
        Assert.Equal("""[{"subname":"api","type":"A","records":["192.0.2.2"]}]""", Assert.Single(test.Fake.Bodies));
        Assert.Equal(30, test.Fake.Look("api", "A")!.Ttl);
    }

    [Fact]
    public async Task The_mark_goes_out_in_the_same_request_beside_what_others_keep_there()
    {
        await using var test = await StartAsync(minimumTtl: 3600);
        test.Fake.Seed("_dnsfailover.api", "TXT", 7200, "\"a note\"", "\"owner=old\"");

        var records = await test.Provider.ApplyAsync(Change(null, Set(3600, "192.0.2.1"), owner: "new"), Token);
        var other = await test.Provider.ApplyAsync(Change(null, Set(DnsName.Parse("www.example.com"), 3600, "192.0.2.1"), owner: "new"), Token);

        Assert.Equal(("new", "new"), (records.Owner, other.Owner));
        Assert.Equal(2, test.Fake.Bodies.Count);
        Assert.Equal(["\"a note\"", "\"owner=new\""], test.Fake.Look("_dnsfailover.api", "TXT")!.Records);
        Assert.Equal(7200, test.Fake.Look("_dnsfailover.api", "TXT")!.Ttl);
        Assert.Equal(3600, test.Fake.Look("_dnsfailover.www", "TXT")!.Ttl);
    }

    [Fact]
    public async Task Many_names_that_move_at_once_take_few_writes()
    {
        await using var test = await StartAsync();
        var names = Names(60);
        Array.ForEach(names, name => test.Fake.Seed(name.Labels[0], "A", 60, "192.0.2.1"));

        var records = await Task.WhenAll(names.Select(name => test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2"), owner: "a"), Token)));

        Assert.All(records, (read, i) => Assert.Equal(NameRecords.Create(names[i], [Set(names[i], 60, "192.0.2.2")]) with { Owner = "a" }, read));
        Assert.InRange(test.Fake.Bodies.Count, 1, 3);
        Assert.InRange(test.Fake.Calls.Count, 2, 6);
        Assert.Equal(0, test.Fake.Throttled);
    }

    [Fact]
    public async Task One_change_that_is_refused_or_stale_keeps_no_other_from_its_place()
    {
        await using var test = await StartAsync();
        var names = Names(12);
        Array.ForEach(names, name => test.Fake.Seed(name.Labels[0], "A", 60, "192.0.2.1"));
        test.Fake.Seed("s3", "A", 60);
        test.Fake.Seed("s3", "CNAME", 60, "target.example.net.");
        test.Fake.Seed("s5", "A", 60, "198.51.100.9");

        var outcomes = await Task.WhenAll(names.Select(async (name, i) => await Record.ExceptionAsync(() => test.Provider.ApplyAsync(Change(i == 3 ? null : Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2")), Token))));

        AssertRejected(test, Assert.IsType<ProviderException>(outcomes[3]), "No other RRsets are allowed alongside CNAME");
        Assert.Equal(ProviderFailure.Conflict, Assert.IsType<ProviderException>(outcomes[5]).Failure);
        Assert.All(outcomes.Where((_, i) => i is not (3 or 5)), Assert.Null);
        Assert.Equal(10, names.Count(name => test.Fake.Look(name.Labels[0], "A")?.Records is ["192.0.2.2"]));
        Assert.InRange(test.Fake.Bodies.Count, 2, 4);
    }

    [Fact]
    public async Task A_token_that_may_write_some_names_writes_those_and_says_which_policy_the_others_need()
    {
        await using var test = await StartAsync();
        var names = Names(3);
        Array.ForEach(names, name => test.Fake.Seed(name.Labels[0], "A", 60, "192.0.2.1"));
        var provider = test.With(new FakeToken("scoped-token-0a4c", rrset => rrset.Subname != "s1"));

        var outcomes = await Task.WhenAll(names.Select(async name => await Record.ExceptionAsync(() => provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2")), Token))));

        AssertRejected(test, Assert.IsType<ProviderException>(outcomes[1]), "{domain: example.com, subname: s1, type: A, perm_write: true}");
        Assert.Null(outcomes[0]);
        Assert.Null(outcomes[2]);
        Assert.Equal(["192.0.2.1"], test.Fake.Look("s1", "A")!.Records);
    }

    [Fact]
    public async Task A_lost_reply_leaves_open_every_name_that_was_in_the_request()
    {
        await using var test = await StartAsync();
        var names = Names(20);
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { LosesReply = true } : null;

        var outcomes = await Task.WhenAll(names.Select(async name => await Record.ExceptionAsync(() => test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.2")), Token))));
        test.Fake.Trouble = _ => null;
        var read = await Task.WhenAll(names.Select(name => test.Provider.ReadAsync(name, Token)));

        Assert.All(outcomes, outcome => Assert.Equal(ProviderFailure.Ambiguous, Assert.IsType<ProviderException>(outcome).Failure));
        Assert.All(read, records => Assert.NotNull(records[RecordType.A]));
    }

    [Fact]
    public async Task What_a_minute_allows_is_used_and_then_nothing_is_sent()
    {
        await using var test = await StartAsync();
        var set = default(RecordSet);
        for (var i = 1; i <= 15; i++)
        {
            var next = Set(60, $"192.0.2.{i}");
            await test.Provider.ApplyAsync(Change(set, next), Token);
            set = next;
            test.Time.Advance(TimeSpan.FromSeconds(2));
        }

        test.Fake.ForgetCalls();
        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(set, Set(60, "192.0.2.99")), Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.InRange(failure.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(31));
        Assert.Empty(test.Fake.Calls);
        Assert.Equal(0, test.Fake.Throttled);

        test.Time.Advance(failure.RetryAfter.Value);
        await test.Provider.ApplyAsync(Change(set, Set(60, "192.0.2.99")), Token);
    }

    [Fact]
    public async Task A_change_that_is_there_already_writes_nothing()
    {
        await using var test = await StartAsync();
        test.Fake.Seed("api", "A", 60, "192.0.2.1");

        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.1")), Token);

        Assert.Equal(Set(60, "192.0.2.1"), records[RecordType.A]);
        Assert.Empty(test.Fake.Bodies);
    }

    [Fact]
    public async Task A_name_without_room_for_the_mark_is_switched_all_the_same()
    {
        await using var test = await StartAsync();
        var name = DnsName.Parse($"{new string('a', 60)}.{new string('b', 60)}.{new string('c', 53)}.example.com");

        var records = await test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1"), owner: "a"), Token);

        Assert.Null(records.Owner);
        Assert.NotNull(records[RecordType.A]);
    }

    [Fact]
    public async Task A_reply_that_shows_nothing_leads_to_a_read_and_not_to_a_second_write()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { StatusAfterwards = 200, Body = "[]" } : null;

        var records = await test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.1")), Token);

        Assert.Equal(Set(60, "192.0.2.1"), records[RecordType.A]);
        Assert.Single(test.Fake.Bodies);
        Assert.Single(JsonNode.Parse(test.Fake.Bodies[0])!.AsArray());
    }
}
