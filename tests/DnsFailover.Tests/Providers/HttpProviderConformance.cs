using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers;

/// <summary>What every provider must do that is reached over HTTP.</summary>
public abstract class HttpProviderConformance : RemoteProviderConformance
{
    /// <summary>The provider under test; called once per test.</summary>
    protected abstract Task<HttpProviderUnderTest> CreateHttpAsync();

    protected sealed override async Task<RemoteProviderUnderTest> CreateRemoteAsync() => await CreateHttpAsync();

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task What_the_vendor_asks_to_be_left_alone_for_is_handed_on_when_a_read_fails(int status)
    {
        await using var test = await CreateHttpAsync();
        var name = NewName(test);
        test.Answer(new OddReply(Writes: false, status, RetryAfter: 17));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ReadAsync(name, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Equal(TimeSpan.FromSeconds(17), failure.RetryAfter);
        AssertHoldsNoSecret(test, failure);
    }

    [Fact]
    public async Task A_write_that_is_turned_away_for_the_rate_limit_is_transient_and_says_for_how_long()
    {
        await using var test = await CreateHttpAsync();
        var (name, change) = await SeededAsync(test);
        test.Answer(new OddReply(Writes: true, 429, RetryAfter: 17));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(change, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Equal(TimeSpan.FromSeconds(17), failure.RetryAfter);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(name, "A"));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task A_server_that_fails_during_a_write_leaves_open_whether_it_wrote(int status)
    {
        await using var test = await CreateHttpAsync();
        var (name, change) = await SeededAsync(test);
        test.Answer(new OddReply(Writes: true, status));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(change, Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(name, "A"));
        AssertHoldsNoSecret(test, failure);
    }

    [Theory]
    [InlineData(200, "<html>this is not the API</html>")]
    [InlineData(200, "")]
    [InlineData(200, "{}")]
    [InlineData(200, "[]")]
    [InlineData(404, "<html>not found</html>")]
    [InlineData(500, "<html>gateway</html>")]
    public async Task A_reply_that_is_not_the_vendors_is_not_a_name_without_records(int status, string body)
    {
        await using var test = await CreateHttpAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        test.Answer(new OddReply(Writes: false, status, Body: body));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ReadAsync(name, Token));

        Assert.Contains(failure.Failure, new[] { ProviderFailure.Transient, ProviderFailure.Rejected });
        AssertHoldsNoSecret(test, failure);
    }

    [Fact]
    public async Task A_missing_permission_is_named()
    {
        await using var test = await CreateHttpAsync();
        var (_, change) = await SeededAsync(test);
        var provider = test.WithoutPermission();

        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(change, Token));

        Assert.Contains(test.MissingPermission, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_trouble_a_provider_works_again_by_itself()
    {
        await using var test = await CreateHttpAsync();
        var (_, change) = await SeededAsync(test);
        test.Answer(new OddReply(Writes: false, 500));
        await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ReadAsync(change.Name, Token));
        test.Answer(reply: null);

        var records = await test.Provider.ApplyAsync(change, Token);

        Assert.True(change.IsAppliedIn(records));
    }

    private static async Task<(DnsName Name, ChangeSet Change)> SeededAsync(ProviderUnderTest test)
    {
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A];
        return (name, Change(name, (before, Addresses(name, "192.0.2.2"))));
    }
}
