using System.Text.Json.Nodes;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers.Cloudflare.LoadBalancing;

/// <summary>Short words for tests of load balancers.</summary>
public abstract class BalancingTest
{
    protected const string Name = "api.example.com";

    protected static readonly DnsName Api = DnsName.Parse(Name);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static Task<BalancingUnderTest> StartAsync(bool createOrigins = false) => BalancingUnderTest.StartAsync(createOrigins, Token);

    /// <summary>A load balancer with pools of these origins, in order, each written as addresses with a hyphen before those that are disabled.</summary>
    private protected static JsonObject Balance(BalancingUnderTest test, string steering, params string[] pools) => test.Fake.Balance(balancing =>
        balancing.AddBalancer(Name, 60, steering, [.. pools.Select((pool, i) => balancing.AddPool($"pool-{i}", pool.Split(' ').Select(origin => FakeBalancing.Origin(origin.TrimStart('-'), !origin.StartsWith('-')))))]));

    /// <summary>The pools as they are now, each as in <see cref="Balance"/>; disabled ones begin with an exclamation mark.</summary>
    private protected static string[] Pools(BalancingUnderTest test) => test.Fake.Balance(balancing => balancing.Pools
        .Select(pool => (pool["enabled"]!.GetValue<bool>() ? string.Empty : "!") + string.Join(' ', pool["origins"]!.AsArray().Select(origin => (origin!["enabled"]!.GetValue<bool>() ? string.Empty : "-") + origin["address"])))
        .ToArray());

    /// <summary>Changes the first pool, as the dashboard would.</summary>
    private protected static void Edit(BalancingUnderTest test, string json) => test.Fake.Balance(balancing =>
    {
        balancing.EditPool(balancing.Pools[0]["id"]!.GetValue<string>(), JsonNode.Parse(json)!.AsObject());
        return 0;
    });

    protected static RecordSet Set(params string[] values) => RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(60), values);

    protected static RecordSet Weighed(RecordType type, params (string Value, int Weight)[] values) =>
        RecordSet.Create(Api, type, TimeSpan.FromSeconds(60), values.Select(item => new RecordValue(item.Value, item.Weight)));

    protected static ChangeSet Change(RecordSet? before, RecordSet after, string? owner = null) => new(1, Api, [new RecordChange(before, after)]) { Owner = owner };

    /// <summary>Reads, and then changes a set of this type.</summary>
    private protected static async Task<NameRecords> ApplyAsync(BalancingUnderTest test, RecordSet after, string? owner = null)
    {
        var before = (await test.Provider.ReadAsync(Api, Token))[after.Type];
        test.Fake.ForgetCalls();
        return await test.Provider.ApplyAsync(Change(before, after, owner), Token);
    }

    protected static Task<ProviderException> FailureOf(Func<Task> call) => Assert.ThrowsAsync<ProviderException>(call);
}
