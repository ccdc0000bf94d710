using System.Globalization;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Webhook;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Webhook;

/// <summary>The provider before a server of its own; seeds and looks go past the contract.</summary>
internal sealed class WebhookUnderTest : HttpProviderUnderTest
{
    private readonly List<WebhookProvider> _opened = [];

    private WebhookUnderTest(FakeWebhook fake, WebhookOptions options)
    {
        (Fake, Options) = (fake, options);
        Webhook = Open(options);
    }

    public FakeWebhook Fake { get; }

    public WebhookOptions Options { get; }

    public WebhookProvider Webhook { get; }

    public override IDnsProvider Provider => Webhook;

    public override DnsName Zone => Options.Zone;

    public override IReadOnlyList<string> Secrets => [FakeWebhook.GoodToken, FakeWebhook.ReadingToken, FakeWebhook.SigningSecret, "unknown-token-77aa"];

    public static async Task<WebhookUnderTest> StartAsync(bool weights, CancellationToken cancellationToken, int smallestTtl = 5)
    {
        var fake = new FakeWebhook { Weights = weights, SmallestTtl = smallestTtl };
        await fake.StartAsync(cancellationToken);
        return new WebhookUnderTest(fake, new WebhookOptions
        {
            Zone = DnsName.Parse("example.com"),
            BaseUrl = fake.BaseUrl,
            Token = Secret.Literal(FakeWebhook.GoodToken),
            Weights = weights,
            SmallestTtl = TimeSpan.FromSeconds(smallestTtl),
        });
    }

    /// <summary>A provider that is closed with the test.</summary>
    public WebhookProvider Open(WebhookOptions options, TimeProvider? time = null)
    {
        var provider = new WebhookProvider(options, time ?? TimeProvider.System, NullLogger<WebhookProvider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    public WebhookProvider With(string token) => Open(Options with { Token = Secret.Literal(token) });

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        Fake.Seed(owner, type, ttl, values.Select(value => new RecordValue(value)));
        return Task.CompletedTask;
    }

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult<string[]>(
    [
        .. (Fake.Look(name, type) is { } set ? set.Values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{set.Ttl} {value.Data}{(type == "CNAME" ? "." : string.Empty)}")) : [])
            .Order(StringComparer.Ordinal),
    ]);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}/hooks") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { LosesReply = true };
        return Webhook;
    }

    public override IDnsProvider WithWrongCredentials() => With("unknown-token-77aa");

    public override IDnsProvider WithoutPermission() => With(FakeWebhook.ReadingToken);

    public override string MissingPermission => "dns-writer";

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
