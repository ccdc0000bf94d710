using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.PowerDns;
using DnsFailover.Tests.Journal;

namespace DnsFailover.Tests.Providers.PowerDns;

/// <summary>The provider before a real PowerDNS, with a proxy in between; seeds and looks go past the proxy.</summary>
internal sealed class PdnsUnderTest : HttpProviderUnderTest
{
    private const string WrongKey = "unknown-key-77aa";

    private static readonly TimeSpan s_shortTimeout = TimeSpan.FromMilliseconds(1500);

    private readonly CancellationToken _token;
    private readonly List<PowerDnsProvider> _opened = [];

    private PdnsUnderTest(PdnsServer server, PdnsProxy proxy, CancellationToken token)
    {
        (Server, Proxy, _token) = (server, proxy, token);
        Options = new PowerDnsOptions { Zone = server.Zone, ApiKey = Secret.Literal(server.ApiKey), BaseUrl = proxy.Address, NameServers = [server.EndPoint] };
        PowerDns = Open(Options);
    }

    public PdnsServer Server { get; }

    public PdnsProxy Proxy { get; }

    public PowerDnsOptions Options { get; }

    public PowerDnsProvider PowerDns { get; }

    public CapturedLog<PowerDnsProvider> Log { get; } = new();

    public override IDnsProvider Provider => PowerDns;

    public override DnsName Zone => Options.Zone;

    public override IReadOnlyList<string> Secrets => [Server.ApiKey, PdnsProxy.ReadingKey, WrongKey];

    public override string MissingPermission => "PATCH /api/v1/servers/localhost/zones/example.test.";

    public static async Task<PdnsUnderTest> StartAsync(PdnsFixture pdns, CancellationToken cancellationToken)
    {
        var server = await pdns.GetAsync(cancellationToken);
        var proxy = new PdnsProxy(server);
        await proxy.StartAsync(cancellationToken);
        return new PdnsUnderTest(server, proxy, cancellationToken);
    }

    /// <summary>A provider that is closed with the test.</summary>
    public PowerDnsProvider Open(PowerDnsOptions options)
    {
        var provider = new PowerDnsProvider(options, TimeProvider.System, Log);
        _opened.Add(provider);
        return provider;
    }

    /// <summary>A provider of another zone, with a name of its own in it.</summary>
    public async Task<(PowerDnsProvider Provider, DnsName Name)> OpenZoneAsync(string kind)
    {
        var zone = DnsName.Parse($"z{Guid.NewGuid():n}.test");
        await Server.CreateZoneAsync(zone.ToString(), kind, _token);
        return (Open(Options with { Zone = zone }), DnsName.Parse($"api.{zone}"));
    }

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values) => Server.ReplaceAsync(owner, type, ttl, values, _token);

    public override Task<string[]> LookAsync(DnsName name, string type) => Server.DigAsync(name.ToString(), type, _token);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Proxy.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { LosesReply = true };
        return Open(Options with { Timeout = s_shortTimeout });
    }

    public override IDnsProvider WithWrongCredentials() => Open(Options with { ApiKey = Secret.Literal(WrongKey) });

    public override IDnsProvider WithoutPermission() => Open(Options with { ApiKey = Secret.Literal(PdnsProxy.ReadingKey) });

    public override void Answer(OddReply? reply) => Proxy.Trouble = request => reply is null || reply.Writes != (request.Method != "GET")
        ? null
        : new FakeTrouble { Status = reply.Status, Header = reply.RetryAfter is { } seconds ? ("Retry-After", $"{seconds}") : null, Body = reply.Body };

    public override async ValueTask DisposeAsync()
    {
        _opened.ForEach(provider => provider.Dispose());
        await Proxy.DisposeAsync();
        await base.DisposeAsync();
    }
}
