using System.Globalization;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers;
using DnsFailover.Providers.Builtin;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.Builtin;

public sealed class BuiltinConformanceTests : ProviderConformance
{
    protected override async Task<ProviderUnderTest> CreateAsync() => new BuiltinUnderTest(await Builtin.Zone.StartAsync());

    /// <summary>Nobody else writes there, so that seeds go in through the provider; looks are questions to its server where they can be.</summary>
    private sealed class BuiltinUnderTest(BuiltinProvider provider) : ProviderUnderTest
    {
        public override IDnsProvider Provider => provider;

        public override DnsName Zone => Builtin.Zone.Name;

        public override Task SeedAsync(string owner, string type, int ttl, params string[] values) =>
            Builtin.Zone.WriteAsync(provider, RecordSet.Create(DnsName.Parse(owner), Enum.Parse<RecordType>(type), TimeSpan.FromSeconds(ttl), values));

        public override async Task<string[]> LookAsync(DnsName name, string type)
        {
            if ((await provider.ReadAsync(name, Token))[Enum.Parse<RecordType>(type)] is null)
            {
                return [];
            }

            var reply = await new DnsClient(TimeProvider.System).QueryAsync(provider.EndPoint, name, Enum.Parse<DnsType>(type), TimeSpan.FromSeconds(5), Token);
            return [.. reply.Answers.Select(record => string.Create(CultureInfo.InvariantCulture, $"{record.Ttl} {record.Data}{(record.Type == DnsType.CNAME ? "." : string.Empty)}")).Order(StringComparer.Ordinal)];
        }

        public override async ValueTask DisposeAsync()
        {
            await provider.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
