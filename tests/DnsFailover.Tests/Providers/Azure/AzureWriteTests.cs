using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Azure;

public sealed class AzureWriteTests : AzureTest
{
    private static readonly IReadOnlyDictionary<string, string> s_byOld = new Dictionary<string, string> { ["dnsfailover-owner"] = "old", ["team"] = "api" };

    [Fact]
    public async Task A_switch_is_one_call_and_everything_else_about_the_set_survives()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(new FakeSet("Api", "A", 77, ["192.0.2.1"]) { Metadata = new Dictionary<string, string> { ["team"] = "api" }, Novelty = "kept" });
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.ForgetCalls();

        await test.Provider.ApplyAsync(Change("blue", (before, Four(77, "192.0.2.2"))), Token);
        var again = await test.Provider.ApplyAsync(Change("blue", (Four(77, "192.0.2.2"), Four(77, "192.0.2.3"))), Token);

        Assert.Equal(2, test.Fake.Calls.Count);
        Assert.All(test.Fake.Calls, call => Assert.EndsWith("/dnsZones/example.com/A/api", call, StringComparison.Ordinal));
        Assert.Equal("blue", again.Owner);
        var set = test.Fake.Find("api", "A")!;
        Assert.Equal(("Api", 77, "kept"), (set.Name, set.Ttl, set.Novelty));
        Assert.Equal(["192.0.2.3"], set.Values);
        Assert.Equal(new Dictionary<string, string> { ["team"] = "api", ["dnsfailover-owner"] = "blue" }, set.Metadata);
    }

    [Fact]
    public async Task Something_else_about_the_set_that_was_changed_since_is_not_undone()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(new FakeSet("api", "A", 60, ["192.0.2.1"]));
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A];
        test.Fake.Seed(new FakeSet("api", "A", 60, ["192.0.2.1"]) { Metadata = new Dictionary<string, string> { ["team"] = "api" } });

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(before, Four(60, "192.0.2.2")), Token));
        await test.Provider.ApplyAsync(Change(before, Four(60, "192.0.2.2")), Token); // reads again by itself

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("HTTP 412", failure.Message, StringComparison.Ordinal);
        Assert.Equal("api", test.Fake.Find("api", "A")!.Metadata["team"]);
        Assert.Equal(["192.0.2.2"], test.Fake.Find("api", "A")!.Values);
    }

    [Fact]
    public async Task A_family_that_fails_after_the_other_was_written_leaves_the_outcome_open()
    {
        await using var test = await StartAsync();
        var change = await BothAsync(test);
        test.Fake.BeforeWrite = (fake, type) =>
        {
            if (type == "AAAA")
            {
                fake.SeedWhileServing(new FakeSet("api", "AAAA", 60, ["2001:db8::9"])); // somebody else, at this moment
            }
        };

        var failure = await FailureOf(() => test.Provider.ApplyAsync(change, Token));
        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Contains("partly written: A is, AAAA is not", failure.Message, StringComparison.Ordinal);
        Assert.Equal((Four(60, "192.0.2.2"), Six(60, "2001:db8::9")), (records[RecordType.A], records[RecordType.AAAA]));
    }

    [Fact]
    public async Task A_rate_limit_on_the_second_family_leaves_the_outcome_open_and_says_for_how_long()
    {
        await using var test = await StartAsync();
        var change = await BothAsync(test);
        test.Fake.Trouble = request => request.Method == "PUT" && request.Path.Contains("/AAAA/", StringComparison.Ordinal) ? new FakeTrouble { Status = 429, Header = ("Retry-After", "17") } : null;

        var failure = await FailureOf(() => test.Provider.ApplyAsync(change, Token));

        Assert.Equal((ProviderFailure.Ambiguous, TimeSpan.FromSeconds(17)), (failure.Failure, failure.RetryAfter));
    }

    [Fact]
    public async Task Both_families_are_read_again_before_the_first_is_written()
    {
        await using var test = await StartAsync();
        var change = await BothAsync(test);
        test.Fake.Seed(new FakeSet("api", "AAAA", 60, ["2001:db8::9"]));

        var failure = await FailureOf(() => test.Provider.ApplyAsync(change, Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Equal(["192.0.2.1"], test.Fake.Find("api", "A")!.Values);
    }

    [Fact]
    public async Task Taking_a_name_over_replaces_the_mark_on_sets_that_do_not_change()
    {
        await using var test = await StartAsync();
        Mark(test);
        var before = await test.Provider.ReadAsync(Api, Token);

        var records = await test.Provider.ApplyAsync(Change("new", (before[RecordType.A], Four(60, "192.0.2.2"))), Token);

        Assert.Equal(("old", "new"), (before.Owner, records.Owner));
        Assert.Equal("new", (await test.Provider.ReadAsync(Api, Token)).Owner);
        var other = test.Fake.Find("api", "AAAA")!;
        Assert.Equal(("api", "new"), (other.Metadata["team"], other.Metadata["dnsfailover-owner"]));
        Assert.Equal(["2001:db8::1"], other.Values);
    }

    [Fact]
    public async Task A_take_over_that_was_cut_short_can_be_finished()
    {
        await using var test = await StartAsync();
        Mark(test);
        test.Fake.Trouble = request => request.Method == "PUT" && request.Path.Contains("/AAAA/", StringComparison.Ordinal) ? new FakeTrouble { Status = 503 } : null;

        var cut = await test.Provider.ApplyAsync(Change("new", (Four(60, "192.0.2.1"), Four(60, "192.0.2.2"))), Token);
        test.Fake.Trouble = _ => null;
        var read = await test.Provider.ReadAsync(Api, Token);
        var finished = await test.Provider.ApplyAsync(Change("new", (Four(60, "192.0.2.2"), Four(60, "192.0.2.3"))), Token);

        Assert.Equal(("new and old", "new and old"), (cut.Owner, read.Owner)); // nobody's, unless it may adopt
        Assert.Equal("new", finished.Owner);
    }

    [Theory]
    [InlineData(0, "would be 0 s, and Azure DNS takes 1 s to 2147483647 s: correct ttl")]
    [InlineData(2147483648, "would be 2147483648 s")]
    public async Task A_TTL_out_of_bounds_is_rejected_and_nothing_is_sent(long ttl, string expected)
    {
        await using var test = await StartAsync();

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(ttl), "192.0.2.1")), Token));

        AssertRejected(test, failure, expected);
        Assert.Empty(test.Fake.Calls);
    }

    [Fact]
    public async Task A_CNAME_beside_other_records_is_refused_with_the_reason()
    {
        await using var test = await StartAsync();
        test.Fake.Seed(new FakeSet("api", "TXT", 60, ["hello"]));

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, RecordSet.Create(Api, RecordType.CNAME, TimeSpan.FromMinutes(1), "one.example.net")), Token));

        AssertRejected(test, failure, "HTTP 409", "a CNAME stands alone at its name", "nothing was written");
    }

    [Fact]
    public async Task A_lock_is_named()
    {
        await using var test = await StartAsync();
        test.Fake.IsLocked = true;

        AssertRejected(test, await FailureOf(() => test.Provider.ApplyAsync(Change(null, Four(60, "192.0.2.1")), Token)), "ScopeLocked", "remove the read-only lock", "nothing was written");
    }

    [Fact]
    public async Task A_change_that_Azure_still_carries_out_is_waited_for()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { Status = 409, Body = """{"code":"Conflict","message":"Another operation is pending for requested object."}""" };

        Assert.Equal(ProviderFailure.Transient, (await FailureOf(() => test.Provider.ApplyAsync(Change(null, Four(60, "192.0.2.1")), Token))).Failure);
    }

    [Fact]
    public async Task A_gateway_that_gives_up_after_the_write_leaves_the_outcome_open()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { StatusAfterwards = 504 };

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Four(60, "192.0.2.1")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Equal(["192.0.2.1"], test.Fake.Find("api", "A")!.Values);
    }

    [Fact]
    public async Task A_write_whose_reply_is_no_record_set_leaves_the_outcome_open()
    {
        await using var test = await StartAsync();
        test.Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { StatusAfterwards = 200, Body = "{}" };

        Assert.Equal(ProviderFailure.Ambiguous, (await FailureOf(() => test.Provider.ApplyAsync(Change(null, Four(60, "192.0.2.1")), Token))).Failure);
    }

    private static async Task<ChangeSet> BothAsync(AzureUnderTest test)
    {
        test.Fake.Seed(new FakeSet("api", "A", 60, ["192.0.2.1"]));
        test.Fake.Seed(new FakeSet("api", "AAAA", 60, ["2001:db8::1"]));
        var before = await test.Provider.ReadAsync(Api, Token);
        return Change(owner: null, (before[RecordType.A], Four(60, "192.0.2.2")), (before[RecordType.AAAA], Six(60, "2001:db8::2")));
    }

    private static void Mark(AzureUnderTest test)
    {
        test.Fake.Seed(new FakeSet("api", "A", 60, ["192.0.2.1"]) { Metadata = s_byOld });
        test.Fake.Seed(new FakeSet("api", "AAAA", 60, ["2001:db8::1"]) { Metadata = s_byOld });
    }
}
