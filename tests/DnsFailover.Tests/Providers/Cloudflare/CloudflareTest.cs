using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Cloudflare;

/// <summary>Short words for tests of this provider.</summary>
public abstract class CloudflareTest
{
    protected static readonly DnsName Api = DnsName.Parse("api.example.com");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static Task<CloudflareUnderTest> StartAsync(bool enterprise = false) => CloudflareUnderTest.StartAsync(enterprise, Token);

    protected static RecordSet Set(int ttl, params string[] values) => RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(ttl), values);

    protected static RecordSet Alias(int ttl, string target) => RecordSet.Create(Api, RecordType.CNAME, TimeSpan.FromSeconds(ttl), target);

    protected static ChangeSet Change(RecordSet? before, RecordSet after, string? owner = null) => new(1, Api, [new RecordChange(before, after)]) { Owner = owner };

    /// <summary>Records as the dashboard makes them.</summary>
    private protected static FakeRecord Record(string content, int ttl = 60, bool proxied = false, string? comment = null, string type = "A") =>
        FakeZone.NewRecord(type, Api.ToString(), content, ttl) with { Proxied = proxied, Comment = comment };

    protected static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);
}
