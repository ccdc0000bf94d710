using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Google;

/// <summary>Short words for tests of this provider.</summary>
public abstract class GoogleTest
{
    protected static readonly DnsName Api = DnsName.Parse("api.example.test");

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static Task<GoogleUnderTest> StartAsync() => GoogleUnderTest.StartAsync(Token);

    protected static RecordSet A(params string[] values) => RecordSet.Create(Api, RecordType.A, Ttl, values);

    protected static RecordSet Weighted(RecordType type, params (string Value, int Weight)[] values) => RecordSet.Create(Api, type, Ttl, values.Select(value => new RecordValue(value.Value, value.Weight)));

    protected static ChangeSet Change(RecordSet? before, RecordSet after, string? owner = null) => new(1, after.Name, [new RecordChange(before, after)]) { Owner = owner };

    protected static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);
}
