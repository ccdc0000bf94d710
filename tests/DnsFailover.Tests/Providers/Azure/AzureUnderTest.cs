using System.Globalization;
using Azure.Core;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Azure;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Azure;

/// <summary>Hands tokens out as the test says, and counts how often it was asked.</summary>
internal sealed class FakeCredential(Func<CancellationToken, Task<AccessToken>> give) : TokenCredential
{
    private int _asked;

    public FakeCredential(string token)
        : this(_ => Task.FromResult(new AccessToken(token, DateTimeOffset.UtcNow.AddHours(1))))
    {
    }

    public int Asked => _asked;

    /// <summary>What tokens were asked for.</summary>
    public string? Scope { get; private set; }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        Scope = requestContext.Scopes[0];
        return await give(cancellationToken);
    }
}

/// <summary>The provider before an Azure of its own; seeds and looks go past the API.</summary>
internal sealed class AzureUnderTest : HttpProviderUnderTest
{
    private static readonly TimeSpan s_shortTimeout = TimeSpan.FromMilliseconds(1500);

    private readonly List<AzureProvider> _opened = [];

    private AzureUnderTest(FakeAzure fake)
    {
        Fake = fake;
        Options = new AzureOptions
        {
            Zone = DnsName.Parse(FakeAzure.Zone),
            Subscription = FakeAzure.Subscription,
            ResourceGroup = FakeAzure.Group,
            BaseUrl = fake.Address,
            NameServers = [fake.NameServer],
        };
        Azure = Open(Options);
    }

    public FakeAzure Fake { get; }

    public AzureOptions Options { get; }

    public AzureProvider Azure { get; }

    public override IDnsProvider Provider => Azure;

    public override DnsName Zone => Options.Zone;

    public override IReadOnlyList<string> Secrets => [.. Fake.Identities.Select(identity => identity.Token), "eyJ0.unknown-token.c2ln"];

    public override string MissingPermission => "Microsoft.Network/dnsZones/A/write";

    public static async Task<AzureUnderTest> StartAsync(CancellationToken cancellationToken)
    {
        var fake = new FakeAzure();
        await fake.StartAsync(cancellationToken);
        return new AzureUnderTest(fake);
    }

    /// <summary>A provider that is closed with the test.</summary>
    public AzureProvider Open(AzureOptions options, TokenCredential? credential = null, TimeProvider? time = null)
    {
        var provider = new AzureProvider(options, credential ?? new FakeCredential(Fake.Identities[0].Token), time ?? TimeProvider.System, NullLogger<AzureProvider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    /// <summary>A provider with an identity of its own.</summary>
    public AzureProvider As(FakeIdentity identity)
    {
        Fake.Identities.Add(identity);
        return Open(Options, new FakeCredential(identity.Token));
    }

    /// <summary>A provider that does not wait for long.</summary>
    public AzureProvider Impatient(TokenCredential? credential = null) => Open(Options with { Timeout = s_shortTimeout }, credential);

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        var name = owner.Length == FakeAzure.Zone.Length ? "@" : owner[..^(FakeAzure.Zone.Length + 1)];
        if (values.Length == 0)
        {
            Fake.Unseed(name, type);
        }
        else
        {
            Fake.Seed(new FakeSet(name, type, ttl, values));
        }

        return Task.CompletedTask;
    }

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult<string[]>(
    [
        .. (Fake.Find(AzureRecordSet.RelativeName(name, Zone), type) is { } set ? set.Values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{set.Ttl} {value}{(type == "CNAME" ? "." : string.Empty)}")) : [])
            .Order(StringComparer.Ordinal),
    ]);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { LosesReply = true };
        return Azure;
    }

    public override IDnsProvider WithWrongCredentials() => Open(Options, new FakeCredential("eyJ0.unknown-token.c2ln"));

    public override IDnsProvider WithoutPermission() => As(new FakeIdentity("eyJ0.reading-token.c2ln") { NotActions = [FakeIdentity.Writes] });

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
