using DnsFailover.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Tests.Providers.Cloudflare;
using DnsFailover.Tests.Providers.Route53;

namespace DnsFailover.Tests.Providers;

/// <summary>
/// Five hundred services of one zone that are due at once, by the very lanes of the daemon: what that costs at the two vendors
/// whose limits are the mission's. Cloudflare blocks a token after 1200 calls in five minutes, Route 53 an account beyond
/// ten a second.
/// </summary>
public sealed class FiveHundredServicesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reconcile_at_Cloudflare_far_within_its_limit()
    {
        await using var test = await CloudflareUnderTest.StartAsync(enterprise: false, Token);
        var names = await SeedAsync(test);
        test.Fake.ForgetCalls();

        await ReconcileAsync(test.Provider, names);

        Assert.InRange(test.Fake.Calls.Count, 1, 200); // what goes out at once, so that none of them waits for the limit
    }

    [Fact]
    public async Task Reconcile_at_Route_53_far_within_its_limit()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var names = await SeedAsync(test);
        test.Fake.Forget();

        await ReconcileAsync(test.Provider, names);

        Assert.InRange(test.Fake.Calls.Count, 1, 150); // how many names one call takes along depends on how fast they come
    }

    private static async Task<IReadOnlyList<DnsName>> SeedAsync(ProviderUnderTest test)
    {
        var names = Enumerable.Range(0, 500).Select(i => DnsName.Parse($"s{i:000}.{test.Zone}")).ToList();
        foreach (var name in names)
        {
            await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        }

        return names;
    }

    private static async Task ReconcileAsync(IDnsProvider provider, IReadOnlyList<DnsName> names)
    {
        var reads = new ProviderLanes(TimeProvider.System).Reads(provider);
        var records = await Task.WhenAll(names.Select(name => reads.CallAsync(token => provider.ReadAsync(name, token), TimeSpan.FromSeconds(30), Token)));
        Assert.All(names.Zip(records), pair => Assert.Equal(NameRecords.Create(pair.First, [RecordSet.Create(pair.First, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.1")]), pair.Second));
    }
}
