using System.Globalization;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Hetzner;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Hetzner;

/// <summary>The provider before a Hetzner of its own; seeds and looks go past the API.</summary>
internal sealed class HetznerUnderTest : HttpProviderUnderTest
{
    private readonly List<HetznerProvider> _opened = [];

    private HetznerUnderTest(FakeHetzner fake)
    {
        Fake = fake;
        Options = new HetznerOptions
        {
            Zone = DnsName.Parse(FakeHetzner.Domain),
            Token = Secret.Literal(fake.Tokens[0].Value),
            BaseUrl = fake.BaseUrl,
            NameServers = [fake.NameServer],
        };
        Provider = Open(Options);
    }

    public FakeHetzner Fake { get; }

    public HetznerOptions Options { get; }

    public override IDnsProvider Provider { get; }

    public override DnsName Zone => Options.Zone;

    public override IReadOnlyList<string> Secrets => [.. Fake.Tokens.Select(token => token.Value), "unknown-token-77aa"];

    public override string MissingPermission => "Read & Write";

    public static async Task<HetznerUnderTest> StartAsync(CancellationToken cancellationToken)
    {
        var fake = new FakeHetzner();
        await fake.StartAsync(cancellationToken);
        return new HetznerUnderTest(fake);
    }

    /// <summary>A provider that is closed with the test.</summary>
    public HetznerProvider Open(HetznerOptions options, TimeProvider? time = null)
    {
        var provider = new HetznerProvider(options, time ?? TimeProvider.System, NullLogger<HetznerProvider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        // The vendor keeps names in lower case, whatever was typed.
        var name = owner.ToLowerInvariant()[..^(FakeHetzner.Domain.Length + 1)];
        if (values.Length == 0)
        {
            Fake.Remove(type, name);
        }
        else
        {
            Fake.Seed(new FakeRrset(name, type, ttl, [.. values.Select(value => new FakeValue(value))]));
        }

        return Task.CompletedTask;
    }

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult<string[]>(
    [
        .. (Fake.Look(RelativeName.Of(name, Zone), type) is { } rrset ? rrset.Values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{rrset.Ttl} {value.Value}")) : [])
            .Order(StringComparer.Ordinal),
    ]);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}/v1") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { LosesReply = true };
        return Provider;
    }

    public override IDnsProvider WithWrongCredentials() => Open(Options with { Token = Secret.Literal("unknown-token-77aa") });

    public override IDnsProvider WithoutPermission()
    {
        Fake.Tokens.Add(new FakeToken("hetzner-reading-31b8", MayWrite: false));
        return Open(Options with { Token = Secret.Literal("hetzner-reading-31b8") });
    }

    public override void Answer(OddReply? reply) => Fake.Trouble = request => reply is null || reply.Writes != (request.Method != "GET")
        ? null
        : new FakeTrouble { Status = reply.Status, Header = reply.RetryAfter is { } seconds ? ("Retry-After", $"{seconds}") : null, Body = reply.Body };

    public override async ValueTask DisposeAsync()
    {
        _opened.ForEach(provider => provider.Dispose());
        await Fake.DisposeAsync();
        await base.DisposeAsync();
    }
}
