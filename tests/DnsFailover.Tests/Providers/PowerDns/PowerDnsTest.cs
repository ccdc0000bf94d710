using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.PowerDns;

/// <summary>Short words for tests of this provider.</summary>
public abstract class PowerDnsTest(PdnsFixture pdns) : IClassFixture<PdnsFixture>
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected Task<PdnsUnderTest> StartAsync() => PdnsUnderTest.StartAsync(pdns, Token);

    /// <summary>A name that no other test uses.</summary>
    private protected static DnsName NewName(PdnsUnderTest test) => DnsName.Parse($"t{Guid.NewGuid():n}.{test.Zone}");

    protected static RecordSet Set(DnsName name, int ttl, params string[] values) => RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(ttl), values);

    protected static RecordSet Alias(DnsName name, string target) => RecordSet.Create(name, RecordType.CNAME, TimeSpan.FromSeconds(60), target);

    protected static ChangeSet Change(RecordSet? before, RecordSet after, string? owner = null) => new(1, after.Name, [new RecordChange(before, after)]) { Owner = owner };

    protected static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);

    private protected static void AssertRejected(PdnsUnderTest test, ProviderException failure, string expected)
    {
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }
}
