using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Route53;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>The provider before the fake; records are seeded and looked at in the fake's zone.</summary>
internal sealed class Route53UnderTest : HttpProviderUnderTest
{
    private const string WrongSecret = "this/is+not/the/secret/of/the/key";

    private readonly List<Route53Provider> _opened = [];

    private Route53UnderTest(FakeRoute53 fake)
    {
        Fake = fake;
        Provider = Open(Options);
    }

    public FakeRoute53 Fake { get; }

    public override IDnsProvider Provider { get; }

    public override DnsName Zone => DnsName.Parse("example.test");

    public override IReadOnlyList<string> Secrets => [.. Fake.Keys.Select(key => key.Secret), .. Fake.Keys.Select(key => key.Token).OfType<string>(), WrongSecret];

    public Route53Options Options => new()
    {
        Zone = Zone,
        BaseUrl = Fake.Address,
        Key = KeyOptions(Fake.Key),
        NameServers = [Fake.NameServer],
        Timeout = TimeSpan.FromSeconds(5),
    };

    public static async Task<Route53UnderTest> StartAsync(CancellationToken cancellationToken) => new(await FakeRoute53.StartAsync(cancellationToken));

    public static AwsKeyOptions KeyOptions(FakeKey key) => new(Secret.Literal(key.Id), Secret.Literal(key.Secret), key.Token is null ? null : Secret.Literal(key.Token));

    public Route53Provider Open(Route53Options options, TimeProvider? time = null, ILogger<Route53Provider>? logger = null)
    {
        var provider = new Route53Provider(options, time ?? TimeProvider.System, logger ?? NullLogger<Route53Provider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    /// <summary>Closes one of them before the test ends.</summary>
    public async Task CloseAsync(Route53Provider provider)
    {
        _opened.Remove(provider);
        await provider.DisposeAsync();
    }

    /// <summary>The provider with a further key of its own.</summary>
    public Route53Provider WithKey(Func<FakeKey, FakeKey> change) => WithIdAndKey(id: null, change);

    public Route53Provider WithIdAndKey(string? id, Func<FakeKey, FakeKey> change)
    {
        var key = change(new FakeKey($"ASIA{Guid.NewGuid():N}"[..20].ToUpperInvariant(), $"other/{Guid.NewGuid():N}+key"));
        Fake.Keys.Add(key);
        return Open(Options with { ZoneId = id, Key = KeyOptions(key) });
    }

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        Fake.Locked(() =>
        {
            Fake.Zone.Put(owner, type, values.Length == 0 ? [] : [FakeZone.Set(owner, type, ttl, values)]);
            return true;
        });
        return Task.CompletedTask;
    }

    /// <summary>Puts sets with attributes in place.</summary>
    public void Put(string owner, string type, params System.Xml.Linq.XElement[] sets) => Fake.Locked(() =>
    {
        Fake.Zone.Put(owner, type, sets);
        return true;
    });

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult(Fake.Locked(() => Fake.Zone.At(name.ToString(), type)
        .SelectMany(set => FakeZone.ValuesOf(set).Select(value => $"{FakeZone.Ttl(set)} {value}")).Order(StringComparer.Ordinal).ToArray()));

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}") });

    public override IDnsProvider LosingRepliesToWrites() => WithKey(key => key with { LosesReplies = true });

    public override IDnsProvider WithWrongCredentials() => Open(Options with { Key = KeyOptions(Fake.Key with { Secret = WrongSecret }) });

    public override IDnsProvider WithoutPermission() => WithKey(key => key with { Denied = ["ChangeResourceRecordSets"] });

    public override string MissingPermission => "route53:ChangeResourceRecordSets";

    public override void Answer(OddReply? reply) => Fake.Instead = reply is null ? null : async (call, context) =>
    {
        if (reply.Writes != (call.Operation == "ChangeResourceRecordSets"))
        {
            return false;
        }

        if (reply.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = $"{seconds}";
        }

        context.Response.StatusCode = reply.Status;
        await context.Response.WriteAsync(reply.Body);
        return true;
    };

    public override async ValueTask DisposeAsync()
    {
        foreach (var provider in _opened)
        {
            await provider.DisposeAsync();
        }

        await Fake.DisposeAsync();
        await base.DisposeAsync();
    }
}
