using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Desec;

/// <summary>Short words for tests of this provider.</summary>
public abstract class DesecTest
{
    protected static readonly DnsName Api = DnsName.Parse("api.example.com");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static Task<DesecUnderTest> StartAsync(int minimumTtl = 60) => DesecUnderTest.StartAsync(Token, minimumTtl);

    protected static RecordSet Set(DnsName name, int ttl, params string[] values) => RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(ttl), values);

    protected static RecordSet Set(int ttl, params string[] values) => Set(Api, ttl, values);

    protected static ChangeSet Change(RecordSet? before, RecordSet after, string? owner = null) => new(1, after.Name, [new RecordChange(before, after)]) { Owner = owner };

    protected static DnsName[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => DnsName.Parse($"s{i}.example.com"))];

    protected static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);

    private protected static void AssertRejected(DesecUnderTest test, ProviderException failure, string expected)
    {
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }
}
