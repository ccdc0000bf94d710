using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Hetzner;

/// <summary>Short words for tests of this provider.</summary>
public abstract class HetznerTest
{
    protected static readonly DnsName Api = DnsName.Parse("api.example.com");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static Task<HetznerUnderTest> StartAsync() => HetznerUnderTest.StartAsync(Token);

    protected static RecordSet Set(int ttl, params string[] values) => RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(ttl), values);

    protected static ChangeSet Change(RecordSet? before, RecordSet after, string? owner = null) => new(1, after.Name, [new RecordChange(before, after)]) { Owner = owner };

    /// <summary>An RRset as the console makes it.</summary>
    private protected static FakeRrset Rrset(int? ttl, params string[] values) => new("api", "A", ttl, [.. values.Select(value => new FakeValue(value))]);

    protected static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);

    private protected static void AssertRejected(HetznerUnderTest test, ProviderException failure, params string[] expected)
    {
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.All(expected, text => Assert.Contains(text, failure.Message, StringComparison.Ordinal));
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }
}
