using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Azure;

/// <summary>Short words for tests of this provider.</summary>
public abstract class AzureTest
{
    protected static readonly DnsName Api = DnsName.Parse("api.example.com");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static Task<AzureUnderTest> StartAsync() => AzureUnderTest.StartAsync(Token);

    protected static RecordSet Four(int ttl, params string[] values) => RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(ttl), values);

    protected static RecordSet Six(int ttl, params string[] values) => RecordSet.Create(Api, RecordType.AAAA, TimeSpan.FromSeconds(ttl), values);

    protected static ChangeSet Change(string? owner, params (RecordSet? Before, RecordSet After)[] changes) =>
        new(1, changes[0].After.Name, [.. changes.Select(change => new RecordChange(change.Before, change.After))]) { Owner = owner };

    protected static ChangeSet Change(RecordSet? before, RecordSet after) => Change(owner: null, (before, after));

    protected static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);

    private protected static void AssertRejected(AzureUnderTest test, ProviderException failure, params string[] expected)
    {
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.All(expected, text => Assert.Contains(text, failure.Message, StringComparison.Ordinal));
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }
}
