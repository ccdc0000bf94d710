using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers;

/// <summary>What every provider must do. Derive it, and all of this is tested.</summary>
public abstract class ProviderConformance
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The provider under test; called once per test.</summary>
    protected abstract Task<ProviderUnderTest> CreateAsync();

    [Fact]
    public async Task A_name_without_records_reads_as_having_none()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);

        var records = await test.Provider.ReadAsync(name, Token);

        Assert.Equal(NameRecords.Create(name, []), records);
    }

    [Theory]
    [InlineData(RecordType.A, "192.0.2.1", "198.51.100.1")]
    [InlineData(RecordType.AAAA, "2001:db8::1", "2001:db8::2")]
    [InlineData(RecordType.CNAME, "one.example.net", "two.example.net")]
    public async Task What_was_written_is_read_back(RecordType type, string first, string second)
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        var before = RecordSet.Create(name, type, Ttl, first);
        var after = RecordSet.Create(name, type, Ttl, second);

        var created = await test.Provider.ApplyAsync(Change(name, (null, before)), Token);
        var changed = await test.Provider.ApplyAsync(Change(name, (before, after)), Token);

        Assert.Equal(NameRecords.Create(name, [before]), created);
        Assert.Equal(NameRecords.Create(name, [after]), changed);
        Assert.Equal(changed, await test.Provider.ReadAsync(name, Token));
        Assert.Equal([$"60 {second}{(type == RecordType.CNAME ? "." : string.Empty)}"], await test.LookAsync(name, type.ToString()));
    }

    [Fact]
    public async Task After_a_write_nothing_is_left_to_do()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var read = await test.Provider.ReadAsync(name, Token);
        var change = Change(name, (read[RecordType.A], Addresses(name, "198.51.100.2", "198.51.100.1")));

        await test.Provider.ApplyAsync(change, Token);
        var again = await test.Provider.ReadAsync(name, Token);

        Assert.True(change.IsAppliedIn(again));
        Assert.Equal(change.Changes[0].After, again[RecordType.A]);
    }

    [Fact]
    public async Task Several_values_are_written_and_taken_away_as_one_set()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        var three = Addresses(name, "192.0.2.1", "192.0.2.2", "192.0.2.3");
        var two = Addresses(name, "192.0.2.2", "192.0.2.4");

        await test.Provider.ApplyAsync(Change(name, (null, three)), Token);
        var records = await test.Provider.ApplyAsync(Change(name, (three, two)), Token);

        Assert.Equal(two, records[RecordType.A]);
        Assert.Equal(["60 192.0.2.2", "60 192.0.2.4"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task Records_that_are_not_in_the_change_set_are_left_alone()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        var neighbour = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var other = test.HasOneTtlPerName ? 60 : 77;
        await test.SeedAsync(name.ToString(), "AAAA", other, "2001:db8::7");
        await test.SeedAsync(neighbour.ToString(), "A", 88, "192.0.2.8");
        if (!test.Provider.Capabilities.OwnsRecords)
        {
            await test.SeedAsync(name.ToString(), "TXT", 99, "\"somebody else's\"");
        }

        await test.Provider.ApplyAsync(Change(name, (Addresses(name, "192.0.2.1"), Addresses(name, "198.51.100.1"))), Token);

        Assert.Equal(["60 198.51.100.1"], await test.LookAsync(name, "A"));
        Assert.Equal([$"{other} 2001:db8::7"], await test.LookAsync(name, "AAAA"));
        Assert.Equal(["88 192.0.2.8"], await test.LookAsync(neighbour, "A"));
        if (!test.Provider.Capabilities.OwnsRecords)
        {
            Assert.Equal(["99 \"somebody else's\""], await test.LookAsync(name, "TXT"));
        }
    }

    [Fact]
    public async Task The_TTL_is_read_and_kept()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 123, "192.0.2.1");

        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A]!;
        await test.Provider.ApplyAsync(Change(name, (before, RecordSet.Create(name, RecordType.A, before.Ttl, "192.0.2.2"))), Token);

        Assert.Equal(TimeSpan.FromSeconds(123), before.Ttl);
        Assert.Equal(["123 192.0.2.2"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task A_new_TTL_reaches_values_that_stay()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 300, "192.0.2.1", "192.0.2.2");
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A]!;

        var low = TimeSpan.FromSeconds(Math.Max(30, test.Provider.Capabilities.SmallestTtl.TotalSeconds));
        var only = RecordSet.Create(name, RecordType.A, low, "192.0.2.1", "192.0.2.2");
        var records = await test.Provider.ApplyAsync(Change(name, (before, only)), Token);

        Assert.Equal(only, records[RecordType.A]);
        Assert.Equal([$"{low.TotalSeconds} 192.0.2.1", $"{low.TotalSeconds} 192.0.2.2"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task The_smallest_TTL_is_taken_and_less_is_rejected_and_writes_nothing()
    {
        await using var test = await CreateAsync();
        var least = test.Provider.Capabilities.SmallestTtl > TimeSpan.Zero ? test.Provider.Capabilities.SmallestTtl : TimeSpan.FromSeconds(1);
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 300, "192.0.2.1");
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A];
        if (least > TimeSpan.FromSeconds(1))
        {
            var less = RecordSet.Create(name, RecordType.A, least - TimeSpan.FromSeconds(1), "192.0.2.2");
            var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change(name, (before, less)), Token));
            Assert.Equal(ProviderFailure.Rejected, failure.Failure);
            Assert.Contains("TTL", failure.Message, StringComparison.OrdinalIgnoreCase);
            Assert.Contains($"{least.TotalSeconds} s", failure.Message, StringComparison.Ordinal);
            Assert.Equal(["300 192.0.2.1"], await test.LookAsync(name, "A"));
        }

        await test.Provider.ApplyAsync(Change(name, (before, RecordSet.Create(name, RecordType.A, least, "192.0.2.2"))), Token);

        Assert.Equal([$"{least.TotalSeconds} 192.0.2.2"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task The_mark_of_the_owner_is_written_read_kept_and_replaced()
    {
        await using var test = await CreateAsync();
        var (blue, green) = test.Provider.Capabilities.OwnerMarks ? ("blue", "green") : (null, (string?)null); // where there is no place for marks, none is read
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var (one, two, three, four) = (Addresses(name, "192.0.2.1"), Addresses(name, "192.0.2.2"), Addresses(name, "192.0.2.3"), Addresses(name, "192.0.2.4"));

        Assert.Null((await test.Provider.ReadAsync(name, Token)).Owner);
        var marked = await test.Provider.ApplyAsync(Change(name, (one, two)) with { Owner = "blue" }, Token);
        var kept = await test.Provider.ApplyAsync(Change(name, (two, three)), Token);
        var read = await test.Provider.ReadAsync(name, Token);
        var taken = await test.Provider.ApplyAsync(Change(name, (three, four)) with { Owner = "green" }, Token);

        Assert.Equal(NameRecords.Create(name, [two]) with { Owner = blue }, marked);
        Assert.Equal(NameRecords.Create(name, [three]) with { Owner = blue }, kept);
        Assert.Equal(kept, read);
        Assert.Equal(NameRecords.Create(name, [four]) with { Owner = green }, taken);
        Assert.Equal(taken, await test.Provider.ReadAsync(name, Token));
    }

    [Theory]
    [InlineData(RecordType.A, "192.0.2.1", "198.51.100.1")]
    [InlineData(RecordType.CNAME, "one.example.net", "two.example.net")]
    public async Task Weights_are_written_read_and_changed(RecordType type, string first, string second)
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        if (!test.Provider.Capabilities.Weights)
        {
            var plain = await test.Provider.ApplyAsync(Change(name, (null, RecordSet.Create(name, type, Ttl, first))), Token);
            Assert.Equal([new RecordValue(first)], plain[type]!.Values);
            return;
        }

        var even = RecordSet.Create(name, type, Ttl, [new RecordValue(first, 1), new RecordValue(second, 1)]);
        var uneven = RecordSet.Create(name, type, Ttl, [new RecordValue(first, 3), new RecordValue(second, 1)]);
        var drained = RecordSet.Create(name, type, Ttl, [new RecordValue(second, 1)]);

        var created = await test.Provider.ApplyAsync(Change(name, (null, even)), Token);
        var changed = await test.Provider.ApplyAsync(Change(name, (even, uneven)), Token);
        var left = await test.Provider.ApplyAsync(Change(name, (uneven, drained)), Token);

        Assert.Equal(even, created[type]);
        Assert.Equal(uneven, changed[type]);
        Assert.Equal(drained, left[type]);
        Assert.Equal(drained, (await test.Provider.ReadAsync(name, Token))[type]);
    }

    [Theory]
    [InlineData("198.51.100.9")] // replaced
    [InlineData("192.0.2.1", "198.51.100.9")] // added to
    [InlineData] // removed
    public async Task A_write_based_on_an_old_reading_is_a_conflict_and_writes_nothing(params string[] edited)
    {
        await using var test = await CreateAsync();
        if (edited.Length == 0 && test.Provider.Capabilities.OwnsRecords)
        {
            edited = ["198.51.100.9"]; // where nobody else writes, nobody takes records away
        }

        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A];
        await test.SeedAsync(name.ToString(), "A", 60, edited);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change(name, (before, Addresses(name, "192.0.2.2"))), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Equal(edited.Select(value => $"60 {value}"), await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task Taking_one_of_two_values_away_behind_our_back_is_a_conflict()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1", "192.0.2.2");
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A];
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change(name, (before, Addresses(name, "192.0.2.3"))), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task Creating_is_refused_when_records_have_appeared_meanwhile()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        Assert.Empty((await test.Provider.ReadAsync(name, Token)).Sets);
        await test.SeedAsync(name.ToString(), "A", 60, "198.51.100.9");

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Change(name, (null, Addresses(name, "192.0.2.1"))), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Equal(["60 198.51.100.9"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task Both_families_change_together()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        await test.SeedAsync(name.ToString(), "AAAA", 60, "2001:db8::1");
        var before = await test.Provider.ReadAsync(name, Token);
        var six = RecordSet.Create(name, RecordType.AAAA, Ttl, "2001:db8::2");

        var records = await test.Provider.ApplyAsync(Change(name, (before[RecordType.A], Addresses(name, "192.0.2.2")), (before[RecordType.AAAA], six)), Token);

        Assert.Equal(NameRecords.Create(name, [Addresses(name, "192.0.2.2"), six]), records);
    }

    [Fact]
    public async Task Both_families_change_together_or_not_at_all_and_what_changed_is_not_denied()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        await test.SeedAsync(name.ToString(), "AAAA", 60, "2001:db8::1");
        var before = await test.Provider.ReadAsync(name, Token);
        await test.SeedAsync(name.ToString(), "AAAA", 60, "2001:db8::9");
        var six = RecordSet.Create(name, RecordType.AAAA, Ttl, "2001:db8::2");

        var failure = await Assert.ThrowsAsync<ProviderException>(
            () => test.Provider.ApplyAsync(Change(name, (before[RecordType.A], Addresses(name, "192.0.2.2")), (before[RecordType.AAAA], six)), Token));

        // Where sets change one by one, the first may have changed: then it must not be called "nothing was written".
        var untouched = (await test.LookAsync(name, "A")) is ["60 192.0.2.1"];
        Assert.Equal(untouched ? ProviderFailure.Conflict : ProviderFailure.Ambiguous, failure.Failure);
        Assert.True(untouched || !test.Provider.Capabilities.AtomicBatch);
        Assert.Equal(["60 2001:db8::9"], await test.LookAsync(name, "AAAA"));
    }

    [Fact]
    public async Task Of_two_writes_based_on_one_reading_exactly_one_succeeds()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A];

        var writes = Enumerable.Range(1, 6).Select(i => TryApplyAsync(test.Provider, Change(name, (before, Addresses(name, $"198.51.100.{i}")))));
        var outcomes = await Task.WhenAll(writes);

        Assert.Single(outcomes, outcome => outcome is null);
        Assert.All(outcomes.OfType<ProviderException>(), failure => Assert.Equal(ProviderFailure.Conflict, failure.Failure));
    }

    [Fact]
    public async Task Other_spellings_of_names_and_values_are_the_same_records()
    {
        await using var test = await CreateAsync();
        var (name, alias) = (NewName(test), NewName(test));
        await test.SeedAsync(name.ToString().ToUpperInvariant(), "AAAA", 60, "2001:0DB8:0:0:0:0:0:00AB");
        await test.SeedAsync(alias.ToString().ToUpperInvariant(), "CNAME", 60, "Target.Example.NET.");

        var six = (await test.Provider.ReadAsync(name, Token))[RecordType.AAAA];
        var target = (await test.Provider.ReadAsync(alias, Token))[RecordType.CNAME];

        Assert.Equal(RecordSet.Create(name, RecordType.AAAA, Ttl, "2001:db8::ab"), six);
        Assert.Equal(RecordSet.Create(alias, RecordType.CNAME, Ttl, "target.example.net"), target);
        await test.Provider.ApplyAsync(Change(name, (six, RecordSet.Create(name, RecordType.AAAA, Ttl, "2001:DB8::cd"))), Token);
        await test.Provider.ApplyAsync(Change(alias, (target, RecordSet.Create(alias, RecordType.CNAME, Ttl, "OTHER.example.net."))), Token);
        Assert.Equal(["60 2001:db8::cd"], await test.LookAsync(name, "AAAA"));
        Assert.Equal(["60 other.example.net."], await test.LookAsync(alias, "CNAME"));
    }

    [Fact]
    public async Task Reading_writes_nothing()
    {
        await using var test = await CreateAsync();
        var (name, absent) = (NewName(test), NewName(test));
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");

        await test.Provider.ReadAsync(name, Token);
        await test.Provider.ReadAsync(absent, Token);

        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(name, "A"));
        Assert.Empty(await test.LookAsync(absent, "A"));
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled_and_writes_nothing()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Provider.ReadAsync(name, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Provider.ApplyAsync(Change(name, (null, Addresses(name, "192.0.2.1"))), cancelled));

        Assert.Empty(await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task The_authoritative_servers_answer_what_was_written()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);
        await test.Provider.ApplyAsync(Change(name, (null, Addresses(name, "192.0.2.77"))), Token);

        var servers = await test.Provider.AuthoritativeServersAsync(Token);

        Assert.NotEmpty(servers);
        foreach (var server in servers)
        {
            var reply = await new DnsClient(TimeProvider.System).QueryAsync(server, name, DnsType.A, TimeSpan.FromSeconds(5), Token);
            Assert.True(reply.IsAuthoritative);
            Assert.Equal("192.0.2.77", Assert.Single(reply.Answers).Data.ToString());
        }
    }

    [Fact]
    public async Task A_conflict_says_which_name_and_no_secret()
    {
        await using var test = await CreateAsync();
        var name = NewName(test);

        var failure = await Assert.ThrowsAsync<ProviderException>(
            () => test.Provider.ApplyAsync(Change(name, (Addresses(name, "192.0.2.1"), Addresses(name, "192.0.2.2"))), Token));

        Assert.Contains(name.ToString(), failure.Message, StringComparison.Ordinal);
        AssertHoldsNoSecret(test, failure);
    }

    protected static RecordSet Addresses(DnsName name, params string[] values) => RecordSet.Create(name, RecordType.A, Ttl, values);

    protected static ChangeSet Change(DnsName name, params (RecordSet? Before, RecordSet After)[] changes) =>
        new(1, name, [.. changes.Select(change => new RecordChange(change.Before, change.After))]);

    /// <summary>A name of the zone that no other test uses.</summary>
    protected static DnsName NewName(ProviderUnderTest test) => DnsName.Parse($"t{Guid.NewGuid():n}.{test.Zone}");

    protected static void AssertHoldsNoSecret(ProviderUnderTest test, Exception exception) =>
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, exception.ToString(), StringComparison.Ordinal));

    private static async Task<ProviderException?> TryApplyAsync(IDnsProvider provider, ChangeSet change)
    {
        try
        {
            await provider.ApplyAsync(change, Token);
            return null;
        }
        catch (ProviderException e)
        {
            return e;
        }
    }
}
