using System.Globalization;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.DigitalOcean;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.DigitalOcean;

/// <summary>The provider before a DigitalOcean of its own; seeds and looks go past the API.</summary>
internal sealed class DigitalOceanUnderTest : HttpProviderUnderTest
{
    private readonly List<DigitalOceanProvider> _opened = [];

    private DigitalOceanUnderTest(FakeDigitalOcean fake)
    {
        Fake = fake;
        Options = new DigitalOceanOptions
        {
            Zone = DnsName.Parse(FakeDigitalOcean.Domain),
            Token = Secret.Literal(fake.Tokens[0].Value),
            BaseUrl = fake.BaseUrl,
            NameServers = [fake.NameServer],
        };
        Provider = Open(Options);
    }

    public FakeDigitalOcean Fake { get; }

    public DigitalOceanOptions Options { get; }

    public override IDnsProvider Provider { get; }

    public override DnsName Zone => Options.Zone;

    public override IReadOnlyList<string> Secrets => [.. Fake.Tokens.Select(token => token.Value), "unknown-token-77aa"];

    public static async Task<DigitalOceanUnderTest> StartAsync(CancellationToken cancellationToken)
    {
        var fake = new FakeDigitalOcean();
        await fake.StartAsync(cancellationToken);
        return new DigitalOceanUnderTest(fake);
    }

    /// <summary>A provider that is closed with the test.</summary>
    public DigitalOceanProvider Open(DigitalOceanOptions options, TimeProvider? time = null)
    {
        var provider = new DigitalOceanProvider(options, time ?? TimeProvider.System, NullLogger<DigitalOceanProvider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    /// <summary>A provider with a token of its own.</summary>
    public DigitalOceanProvider WithScopes(params string[] scopes)
    {
        var token = new FakeToken($"dop_v1_other-{Guid.NewGuid():n}", scopes);
        Fake.Tokens.Add(token);
        return Open(Options with { Token = Secret.Literal(token.Value) });
    }

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        var name = owner[..^(FakeDigitalOcean.Domain.Length + 1)];
        Fake.Remove(type, name);
        Fake.Seed(type, name, ttl, values.Select(value => type == "TXT" ? value.Trim('"') : value.TrimEnd('.')));
        return Task.CompletedTask;
    }

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult<string[]>(
    [
        .. Fake.Look(RelativeName.Of(name, Zone))
            .Where(record => record.Type == type)
            .Select(record => string.Create(CultureInfo.InvariantCulture, $"{record.Ttl} {Shown(record)}"))
            .Order(StringComparer.Ordinal),
    ]);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}/v2") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { LosesReply = true };
        return Provider;
    }

    public override IDnsProvider WithWrongCredentials() => Open(Options with { Token = Secret.Literal("unknown-token-77aa") });

    public override IDnsProvider WithoutPermission() => WithScopes("domain:read");

    public override string MissingPermission => "domain:update";

    public override void Answer(OddReply? reply) => Fake.Trouble = request => reply is null || reply.Writes != (request.Method != "GET")
        ? null
        : new FakeTrouble { Status = reply.Status, Header = reply.RetryAfter is { } seconds ? ("Retry-After", $"{seconds}") : null, Body = reply.Body };

    public override async ValueTask DisposeAsync()
    {
        _opened.ForEach(provider => provider.Dispose());
        await Fake.DisposeAsync();
        await base.DisposeAsync();
    }

    private static string Shown(FakeRecord record) => record.Type switch
    {
        "CNAME" => $"{record.Data}.",
        "TXT" => $"\"{record.Data}\"",
        _ => record.Data,
    };
}
