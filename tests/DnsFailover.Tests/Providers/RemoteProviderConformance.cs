using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers;

/// <summary>What every provider must do that is reached over a network with credentials.</summary>
public abstract class RemoteProviderConformance : ProviderConformance
{
    /// <summary>The provider under test; called once per test.</summary>
    protected abstract Task<RemoteProviderUnderTest> CreateRemoteAsync();

    protected sealed override async Task<ProviderUnderTest> CreateAsync() => await CreateRemoteAsync();

    [Fact]
    public async Task A_provider_that_cannot_be_reached_is_not_a_name_without_records()
    {
        await using var test = await CreateRemoteAsync();
        var name = NewName(test);
        var provider = test.Unreachable();

        var read = await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(name, Token));
        var write = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Change(name, (null, Addresses(name, "192.0.2.1"))), Token));

        Assert.Equal(ProviderFailure.Transient, read.Failure);
        Assert.Equal(ProviderFailure.Transient, write.Failure);
        AssertHoldsNoSecret(test, read);
        AssertHoldsNoSecret(test, write);
    }

    [Fact]
    public async Task A_lost_reply_is_ambiguous_and_reading_tells_what_happened()
    {
        await using var test = await CreateRemoteAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var change = Change(name, (Addresses(name, "192.0.2.1"), Addresses(name, "192.0.2.2")));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.LosingRepliesToWrites().ApplyAsync(change, Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.True(change.IsAppliedIn(await test.Provider.ReadAsync(name, Token)));
        AssertHoldsNoSecret(test, failure);
    }

    [Fact]
    public async Task Wrong_credentials_are_rejected_and_nothing_is_written()
    {
        await using var test = await CreateRemoteAsync();
        var name = NewName(test);

        var failure = await Assert.ThrowsAsync<ProviderException>(
            () => test.WithWrongCredentials().ApplyAsync(Change(name, (null, Addresses(name, "192.0.2.1"))), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Empty(await test.LookAsync(name, "A"));
        AssertHoldsNoSecret(test, failure);
    }

    [Fact]
    public async Task Missing_permission_is_rejected_and_nothing_is_written()
    {
        await using var test = await CreateRemoteAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var provider = test.WithoutPermission();

        var before = (await provider.ReadAsync(name, Token))[RecordType.A];
        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Change(name, (before, Addresses(name, "192.0.2.2"))), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(name, "A"));
        AssertHoldsNoSecret(test, failure);
    }
}
