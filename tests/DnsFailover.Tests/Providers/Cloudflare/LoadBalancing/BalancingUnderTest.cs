using System.Globalization;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Cloudflare;
using DnsFailover.Providers.Cloudflare.LoadBalancing;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Cloudflare.LoadBalancing;

/// <summary>The provider that steers load balancers, before a Cloudflare of its own; seeds and looks go past the API.</summary>
internal sealed class BalancingUnderTest : HttpProviderUnderTest
{
    private readonly List<LoadBalancingProvider> _opened = [];

    private BalancingUnderTest(FakeCloudflare fake, CloudflareOptions options)
    {
        (Fake, Options) = (fake, options);
        Provider = Open(options);
    }

    public FakeCloudflare Fake { get; }

    public CloudflareOptions Options { get; }

    public override IDnsProvider Provider { get; }

    public override DnsName Zone => Options.Zone;

    public override IReadOnlyList<string> Secrets => [.. Fake.Tokens.Select(token => token.Value), "unknown-token-77aa"];

    public override string MissingPermission => "Account → Load Balancing: Monitors and Pools → Edit";

    /// <summary>Starts both.</summary>
    /// <param name="createOrigins">Whether what is not there may be made, as the conformance suite needs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<BalancingUnderTest> StartAsync(bool createOrigins, CancellationToken cancellationToken)
    {
        var fake = await FakeCloudflare.StartAsync(enterprise: false, cancellationToken);
        return new BalancingUnderTest(fake, new CloudflareOptions
        {
            Zone = DnsName.Parse(fake.Zone.Name),
            Token = Secret.Literal(fake.Tokens[0].Value),
            BaseUrl = fake.BaseUrl,
            Mode = CloudflareMode.LoadBalancing,
            CreateOrigins = createOrigins,
            NameServers = [fake.NameServer],
        });
    }

    /// <summary>A provider that is closed with the test.</summary>
    public LoadBalancingProvider Open(CloudflareOptions options, TimeProvider? time = null)
    {
        var provider = new LoadBalancingProvider(options, time ?? TimeProvider.System, NullLogger<LoadBalancingProvider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    /// <summary>A provider with a token of its own.</summary>
    public LoadBalancingProvider With(FakeToken token)
    {
        Fake.Tokens.Add(token);
        return Open(Options with { Token = Secret.Literal(token.Value) });
    }

    public override bool HasOneTtlPerName => true;

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        if (type is not ("A" or "AAAA" or "CNAME"))
        {
            Fake.Edit(zone => zone.Seed(values.Select(value => FakeZone.NewRecord(type, owner, value, ttl))));
            return Task.CompletedTask;
        }

        return Task.FromResult(Fake.Balance(balancing =>
        {
            var origins = values.Select(value => FakeBalancing.Origin(value.TrimEnd('.')));
            if (balancing.Find(owner) is not { } balancer)
            {
                balancing.AddBalancer(owner, ttl, "off", balancing.AddPool($"p{Guid.NewGuid():n}", origins));
                return 0;
            }

            var pool = balancing.PoolsOf(balancer).Single();
            var others = pool["origins"]!.AsArray().Where(origin => TypeOf(origin!["address"]!.GetValue<string>()) != type).Select(origin => Writable(origin!)).ToList();
            if (others.Count > 0 && balancer["ttl"]!.GetValue<int>() != ttl)
            {
                Assert.Fail("a load balancer has one TTL for all types, so that no name can have two of them");
            }

            if (others.Count == 0 && values.Length == 0)
            {
                balancing.Remove(owner);
                return 0;
            }

            balancer["ttl"] = ttl;
            balancing.EditPool(pool["id"]!.GetValue<string>(), new JsonObject { ["origins"] = new JsonArray([.. others, .. origins]) });
            return 0;
        }));
    }

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult<string[]>(type is "A" or "AAAA" or "CNAME"
        ? Fake.Balance(balancing => balancing.Find(name.ToString()) is { } balancer
            ? balancing.Served(balancer).Where(item => item.Type == type).Select(item => string.Create(CultureInfo.InvariantCulture, $"{balancer["ttl"]} {item.Value}{(type == "CNAME" ? "." : string.Empty)}")).Order(StringComparer.Ordinal).ToArray()
            : [])
        : [.. Fake.Look(name.ToString()).Where(record => record.Type == type).Select(record => $"{record.Ttl} {record.Content}")]);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}/client/v4") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { LosesReply = true };
        return Provider;
    }

    public override IDnsProvider WithWrongCredentials() => Open(Options with { Token = Secret.Literal("unknown-token-77aa") });

    public override IDnsProvider WithoutPermission() => With(new FakeToken("reading-token-31b8") { MayEditPools = false });

    public override void Answer(OddReply? reply) => Fake.Trouble = request => reply is null || reply.Writes != (request.Method != "GET") || request.Path.EndsWith("/verify", StringComparison.Ordinal)
        ? null
        : new FakeTrouble { Status = reply.Status, Header = reply.RetryAfter is { } seconds ? ("Retry-After", $"{seconds}") : null, Body = reply.Body };

    public override async ValueTask DisposeAsync()
    {
        _opened.ForEach(provider => provider.Dispose());
        await Fake.DisposeAsync();
        await base.DisposeAsync();
    }

    private static string TypeOf(string address) => address.Contains(':', StringComparison.Ordinal) ? "AAAA" : address.Any(char.IsAsciiLetter) ? "CNAME" : "A";

    private static JsonObject Writable(JsonNode origin)
    {
        var copy = origin.DeepClone().AsObject();
        copy.Remove("disabled_at");
        return copy;
    }
}
