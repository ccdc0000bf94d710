using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Hetzner;

public sealed class HetznerWriteTests : HetznerTest
{
    [Fact]
    public async Task A_switch_is_one_action_that_is_waited_for_and_read_back()
    {
        await using var test = await StartAsync();
        (test.Fake.ChangesLate, test.Fake.LooksNeeded) = (true, 2);
        test.Fake.Seed(Rrset(60, "192.0.2.1"));

        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "198.51.100.1")), Token);

        Assert.Equal(Set(60, "198.51.100.1"), records[RecordType.A]);
        Assert.Equal(["""POST /v1/zones/example.com/rrsets/api/A/actions/set_records {"records":[{"value":"198.51.100.1"}]}"""], test.Fake.Writes);
        Assert.Equal(3, test.Fake.Calls.Count(call => call.StartsWith("GET /v1/actions/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Comments_labels_and_TTL_survive_a_switch()
    {
        await using var test = await StartAsync();
        var labels = new Dictionary<string, string> { ["team"] = "api" };
        test.Fake.Seed(new FakeRrset("api", "A", 120, [new FakeValue("192.0.2.1", "railway"), new FakeValue("192.0.2.2", "ask the API team")]) { Labels = labels });

        await test.Provider.ApplyAsync(Change(Set(120, "192.0.2.1", "192.0.2.2"), Set(120, "192.0.2.1", "192.0.2.3"), "me"), Token);

        var after = test.Fake.Look("api", "A")!;
        Assert.Equal([new FakeValue("192.0.2.1", "railway"), new FakeValue("192.0.2.3", "ask the API team")], after.Values);
        Assert.Equal(120, after.Ttl);
        Assert.Equivalent(new Dictionary<string, string> { ["team"] = "api", ["dnsfailover-owner"] = "me" }, after.Labels, strict: true);
    }

    [Fact]
    public async Task A_new_RRset_is_created_with_its_mark_in_one_call()
    {
        await using var test = await StartAsync();
        var alias = RecordSet.Create(Api, RecordType.CNAME, TimeSpan.FromSeconds(60), "one.example.net");

        var records = await test.Provider.ApplyAsync(Change(null, alias, "me"), Token);

        Assert.Equal((alias, "me"), (records[RecordType.CNAME], records.Owner));
        Assert.Equal(["""POST /v1/zones/example.com/rrsets {"name":"api","type":"CNAME","ttl":60,"records":[{"value":"one.example.net."}],"labels":{"dnsfailover-owner":"me"}}"""], test.Fake.Writes);
    }

    [Fact]
    public async Task A_mark_that_is_there_already_costs_nothing_and_one_of_another_is_replaced_everywhere()
    {
        await using var test = await StartAsync();
        var old = new Dictionary<string, string> { ["dnsfailover-owner"] = "old" };
        test.Fake.Seed(Rrset(60, "192.0.2.1") with { Labels = old });
        test.Fake.Seed(new FakeRrset("api", "AAAA", 60, [new FakeValue("2001:db8::1")]) { Labels = old });

        await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), "old"), Token);
        Assert.Single(test.Fake.Writes);
        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.2"), Set(60, "192.0.2.3"), "new"), Token);

        Assert.Equal("new", records.Owner);
        Assert.Equal("new", test.Fake.Look("api", "AAAA")!.Labels["dnsfailover-owner"]);
        Assert.Equal(["PUT", "PUT", "POST"], test.Fake.Writes.Skip(1).Select(write => write.Split(' ')[0]));
    }

    [Fact]
    public async Task An_owner_that_is_no_label_leaves_the_switch_unmarked()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1"));

        var records = await test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), "-odd-"), Token);

        Assert.Null(records.Owner);
        Assert.Equal(Set(60, "192.0.2.2"), records[RecordType.A]);
    }

    [Fact]
    public async Task An_action_that_fails_and_has_written_nothing_is_rejected()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1"));
        test.Fake.ActionError = _ => ("action_failed", "the zone could not be published");

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        AssertRejected(test, failure, "action_failed: the zone could not be published", "nothing was written");
    }

    [Fact]
    public async Task An_action_that_fails_and_has_written_something_is_ambiguous()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1"));
        test.Fake.ActionError = _ =>
        {
            test.Fake.Seed(Rrset(60, "192.0.2.2"));
            return ("timeout", "took too long");
        };

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Contains("192.0.2.2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_that_never_ends_is_ambiguous()
    {
        await using var test = await StartAsync();
        test.Fake.LooksNeeded = int.MaxValue;
        test.Fake.Seed(Rrset(60, "192.0.2.1"));
        var provider = test.Open(test.Options with { Timeout = TimeSpan.FromMilliseconds(900) });

        var failure = await FailureOf(() => provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Contains("still runs", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_that_cannot_be_looked_at_is_ambiguous()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1"));
        test.Fake.Trouble = request => request.Path.Contains("/actions/5", StringComparison.Ordinal) ? new FakeTrouble { Status = 503 } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
    }

    [Fact]
    public async Task Values_are_written_before_the_TTL_and_what_fails_in_between_is_ambiguous()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(300, "192.0.2.1"));
        test.Fake.Trouble = request => request.Path.EndsWith("/change_ttl", StringComparison.Ordinal) ? new FakeTrouble { Status = 429, Body = """{"error":{"code":"rate_limit_exceeded","message":"limit of 3600 requests per hour reached"}}""" } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(300, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Contains("partly written, 1 of 2 calls", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["300 192.0.2.2"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_protected_RRset_is_refused_before_anything_is_sent()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1") with { IsProtected = true });

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2"), "me"), Token));

        AssertRejected(test, failure, "protected", "lift the protection");
        Assert.Empty(test.Fake.Writes);
    }

    [Fact]
    public async Task Protection_that_came_in_between_is_refused_by_Hetzner()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1"));
        test.Fake.AfterListing = () => test.Fake.Seed(Rrset(60, "192.0.2.1") with { IsProtected = true });

        AssertRejected(test, await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token)), "lift its protection");
    }

    [Fact]
    public async Task An_RRset_that_appears_or_goes_in_between_is_a_conflict()
    {
        await using var test = await StartAsync();
        test.Fake.AfterListing = () => test.Fake.Seed(Rrset(60, "192.0.2.9"));
        var appeared = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.2")), Token));
        test.Fake.AfterListing = () => test.Fake.Remove("A", "api");
        var gone = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.9"), Set(60, "192.0.2.2")), Token));

        Assert.Equal((ProviderFailure.Conflict, ProviderFailure.Conflict), (appeared.Failure, gone.Failure));
        Assert.Contains("gone", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_beside_a_CNAME_are_refused_with_what_Hetzner_says()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(new FakeRrset("api", "CNAME", 60, [new FakeValue("target.example.net.")]));

        AssertRejected(test, await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(60, "192.0.2.2")), Token)), "CNAME must not coexist", "nothing was written");
    }

    [Fact]
    public async Task A_TTL_that_is_too_small_is_refused_before_anything_is_sent()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(300, "192.0.2.1"));

        AssertRejected(test, await FailureOf(() => test.Provider.ApplyAsync(Change(Set(300, "192.0.2.1"), Set(59, "192.0.2.2"), "me"), Token)), "60 s", "correct ttl");
        Assert.Empty(test.Fake.Writes);
    }

    [Fact]
    public async Task A_reply_lost_after_the_write_is_ambiguous_and_nothing_is_sent_again()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(Rrset(60, "192.0.2.1"));
        test.Fake.Trouble = request => request.Method == "POST" ? new FakeTrouble { LosesReply = true } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(60, "192.0.2.1"), Set(60, "192.0.2.2")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Single(test.Fake.Writes);
        Assert.Equal(["60 192.0.2.2"], await test.LookAsync(Api, "A"));
    }
}
