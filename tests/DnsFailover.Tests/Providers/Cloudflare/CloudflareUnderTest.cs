using System.Globalization;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Cloudflare;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Cloudflare;

/// <summary>The provider before a Cloudflare of its own; seeds and looks go past the API.</summary>
internal sealed class CloudflareUnderTest : HttpProviderUnderTest
{
    private static readonly TimeSpan s_shortTimeout = TimeSpan.FromMilliseconds(1500);

    private readonly List<CloudflareProvider> _opened = [];

    private CloudflareUnderTest(FakeCloudflare fake, CloudflareOptions options)
    {
        (Fake, Options) = (fake, options);
        Cloudflare = Open(options);
    }

    public FakeCloudflare Fake { get; }

    public CloudflareOptions Options { get; }

    public CloudflareProvider Cloudflare { get; }

    public override IDnsProvider Provider => Cloudflare;

    public override DnsName Zone => Options.Zone;

    public override IReadOnlyList<string> Secrets => [.. Fake.Tokens.Select(token => token.Value), "unknown-token-77aa"];

    public static async Task<CloudflareUnderTest> StartAsync(bool enterprise, CancellationToken cancellationToken)
    {
        var fake = await FakeCloudflare.StartAsync(enterprise, cancellationToken);
        return new CloudflareUnderTest(fake, new CloudflareOptions
        {
            Zone = DnsName.Parse(fake.Zone.Name),
            Token = Secret.Literal(fake.Tokens[0].Value),
            BaseUrl = fake.BaseUrl,
            Enterprise = enterprise,
            NameServers = [fake.NameServer],
        });
    }

    /// <summary>A provider that is closed with the test.</summary>
    public CloudflareProvider Open(CloudflareOptions options, TimeProvider? time = null)
    {
        var provider = new CloudflareProvider(options, time ?? TimeProvider.System, NullLogger<CloudflareProvider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    /// <summary>A provider with a token of its own.</summary>
    public CloudflareProvider With(FakeToken token)
    {
        Fake.Tokens.Add(token);
        return Open(Options with { Token = Secret.Literal(token.Value) });
    }

    /// <summary>A provider that does not wait for long.</summary>
    public CloudflareProvider Impatient() => Open(Options with { Timeout = s_shortTimeout });

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        Fake.Edit(zone =>
        {
            zone.Remove(owner, type);
            zone.Seed(values.Select(value => FakeZone.NewRecord(type, owner, value, ttl)));
        });
        return Task.CompletedTask;
    }

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult<string[]>(
    [
        .. Fake.Look(name.ToString())
            .Where(record => record.Type == type)
            .Select(record => string.Create(CultureInfo.InvariantCulture, $"{record.Ttl} {record.Content}{(type == "CNAME" ? "." : string.Empty)}"))
            .Order(StringComparer.Ordinal),
    ]);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}/client/v4") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { LosesReply = true };
        return Cloudflare;
    }

    public override IDnsProvider WithWrongCredentials() => Open(Options with { Token = Secret.Literal("unknown-token-77aa") });

    public override IDnsProvider WithoutPermission() => With(new FakeToken("reading-token-31b8") { MayEditRecords = false });

    public override string MissingPermission => "Zone.DNS:Edit";

    public override void Answer(OddReply? reply) => Fake.Trouble = request => reply is null || reply.Writes != (request.Method != "GET") || request.Path.EndsWith("/verify", StringComparison.Ordinal)
        ? null
        : new FakeTrouble { Status = reply.Status, Header = reply.RetryAfter is { } seconds ? ("Retry-After", $"{seconds}") : null, Body = reply.Body };

    public override async ValueTask DisposeAsync()
    {
        _opened.ForEach(provider => provider.Dispose());
        await Fake.DisposeAsync();
        await base.DisposeAsync();
    }
}
