using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.DigitalOcean;

/// <summary>Short words for tests of this provider.</summary>
public abstract class DigitalOceanTest
{
    protected static readonly DnsName Api = DnsName.Parse("api.example.com");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static Task<DigitalOceanUnderTest> StartAsync() => DigitalOceanUnderTest.StartAsync(Token);

    protected static RecordSet Set(int ttl, params string[] values) => RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(ttl), values);

    protected static ChangeSet Change(RecordSet? before, RecordSet after, string? owner = null) => new(1, after.Name, [new RecordChange(before, after)]) { Owner = owner };

    protected static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);

    private protected static void AssertRejected(DigitalOceanUnderTest test, ProviderException failure, params string[] expected)
    {
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.All(expected, text => Assert.Contains(text, failure.Message, StringComparison.Ordinal));
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }
}
