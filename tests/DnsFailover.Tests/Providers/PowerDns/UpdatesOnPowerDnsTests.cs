using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Rfc2136;
using DnsFailover.Tests.Providers.Rfc2136;

namespace DnsFailover.Tests.Providers.PowerDns;

/// <summary>PowerDNS also takes dynamic updates (https://doc.powerdns.com/authoritative/dnsupdate.html): the kind rfc2136 works there too.</summary>
public sealed class UpdatesOnPowerDnsTests(UpdatesOnPowerDnsTests.Fixture updates) : RemoteProviderConformance, IClassFixture<UpdatesOnPowerDnsTests.Fixture>
{
    protected override async Task<RemoteProviderUnderTest> CreateRemoteAsync() => new UnderTest(await updates.GetAsync(Token), Token);

    /// <summary>One PowerDNS that takes updates for all tests of the class.</summary>
    public sealed class Fixture : IAsyncDisposable
    {
        private readonly SemaphoreSlim _once = new(1, 1);
        private PdnsServer? _server;

        public async Task<PdnsServer> GetAsync(CancellationToken cancellationToken)
        {
            await _once.WaitAsync(cancellationToken);
            try
            {
                if (_server is null)
                {
                    _server = await PdnsServer.StartAsync(cancellationToken);
                    await _server.PermitUpdatesAsync(cancellationToken);
                }

                return _server;
            }
            finally
            {
                _once.Release();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_server is not null)
            {
                await _server.DisposeAsync();
            }

            _once.Dispose();
        }
    }

    private sealed class UnderTest(PdnsServer server, CancellationToken cancellationToken) : RemoteProviderUnderTest
    {
        private static readonly string s_wrongSecret = Convert.ToBase64String("this is not the key of the server"u8);

        private readonly List<DnsProxy> _proxies = [];

        public override IDnsProvider Provider { get; } = Rfc2136UnderTest.Create(Options(server, server.UpdateKey));

        public override DnsName Zone => server.Zone;

        public override IReadOnlyList<string> Secrets => [server.UpdateKey.Secret, server.DeniedKey.Secret, s_wrongSecret];

        public override Task SeedAsync(string owner, string type, int ttl, params string[] values) => server.ReplaceAsync(owner, type, ttl, values, cancellationToken);

        public override Task<string[]> LookAsync(DnsName name, string type) => server.DigAsync(name.ToString(), type, cancellationToken);

        public override IDnsProvider Unreachable() => Rfc2136UnderTest.Create(Options(server, server.UpdateKey) with { Port = FreePort.Next() });

        public override IDnsProvider LosingRepliesToWrites()
        {
            var proxy = DnsProxy.Start(server.EndPoint, (request, reply) => DnsProxy.IsUpdate(request) ? null : reply);
            _proxies.Add(proxy);
            return Rfc2136UnderTest.Create(Options(server, server.UpdateKey) with { Port = proxy.EndPoint.Port, Timeout = TimeSpan.FromMilliseconds(1500) });
        }

        public override IDnsProvider WithWrongCredentials() => Rfc2136UnderTest.Create(Options(server, (server.UpdateKey.Name, s_wrongSecret)));

        public override IDnsProvider WithoutPermission() => Rfc2136UnderTest.Create(Options(server, server.DeniedKey));

        public override async ValueTask DisposeAsync()
        {
            foreach (var proxy in _proxies)
            {
                await proxy.DisposeAsync();
            }

            await base.DisposeAsync();
        }

        private static Rfc2136Options Options(PdnsServer server, (string Name, string Secret) key) => new()
        {
            Zone = server.Zone,
            Server = server.EndPoint.Address.ToString(),
            Port = server.EndPoint.Port,
            Tsig = new TsigKeyOptions(key.Name, TsigAlgorithm.HmacSha256, Secret.Literal(key.Secret)),
            NameServers = [server.EndPoint],
        };
    }
}
