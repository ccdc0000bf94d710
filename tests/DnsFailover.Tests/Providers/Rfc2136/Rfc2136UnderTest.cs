using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Rfc2136;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Rfc2136;

/// <summary>The provider before a real BIND; records are seeded with nsupdate and looked at with dig.</summary>
internal sealed class Rfc2136UnderTest(NamedServer server, CancellationToken cancellationToken) : RemoteProviderUnderTest
{
    private static readonly TimeSpan ShortTimeout = TimeSpan.FromMilliseconds(1500);
    private static readonly string WrongSecret = Convert.ToBase64String("this is not the key of the server"u8);

    private readonly List<DnsProxy> _proxies = [];

    public override IDnsProvider Provider { get; } = Create(server.ProviderOptions());

    public override DnsName Zone => server.Zone;

    public override IReadOnlyList<string> Secrets => [server.KeySecret, server.DeniedKeySecret, WrongSecret];

    public static IDnsProvider Create(Rfc2136Options options, TimeProvider? time = null, ILogger<Rfc2136Provider>? log = null, IReadOnlyList<(DnsName Name, RecordType Type)>? declared = null) =>
        new Rfc2136Provider(options, time ?? TimeProvider.System, log ?? NullLogger<Rfc2136Provider>.Instance) { DeclaredSets = declared ?? [] };

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values) => server.ReplaceAsync(owner, type, ttl, values, cancellationToken);

    public override Task<string[]> LookAsync(DnsName name, string type) => server.DigAsync(name.ToString(), type, cancellationToken);

    public override IDnsProvider Unreachable() => Create(server.ProviderOptions() with { Port = FreePort.Next() });

    public override IDnsProvider LosingRepliesToWrites() => Behind((request, reply) => DnsProxy.IsUpdate(request) ? null : reply);

    public override IDnsProvider WithWrongCredentials() => WithKey(server.KeyName, WrongSecret);

    public override IDnsProvider WithoutPermission() => WithKey(server.DeniedKeyName, server.DeniedKeySecret);

    public IDnsProvider WithKey(string name, string secret, TsigAlgorithm algorithm = TsigAlgorithm.HmacSha256) =>
        Create(server.ProviderOptions() with { Tsig = new TsigKeyOptions(name, algorithm, Secret.Literal(secret)) });

    /// <summary>The provider with a proxy between it and the server.</summary>
    public IDnsProvider Behind(Func<byte[], byte[], byte[]?> reply)
    {
        var proxy = DnsProxy.Start(server.EndPoint, reply);
        _proxies.Add(proxy);
        return Create(server.ProviderOptions() with { Port = proxy.EndPoint.Port, Timeout = ShortTimeout });
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
