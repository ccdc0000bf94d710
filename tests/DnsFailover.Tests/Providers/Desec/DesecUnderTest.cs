using System.Globalization;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Desec;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Desec;

/// <summary>The provider before a deSEC of its own; seeds and looks go past the API.</summary>
internal sealed class DesecUnderTest : HttpProviderUnderTest
{
    private readonly List<DesecProvider> _opened = [];

    private DesecUnderTest(FakeDesec fake, DesecOptions options, MovedTime time)
    {
        (Fake, Options, Time) = (fake, options, time);
        Desec = Open(options);
    }

    public FakeDesec Fake { get; }

    public DesecOptions Options { get; }

    public MovedTime Time { get; }

    public DesecProvider Desec { get; }

    public override IDnsProvider Provider => Desec;

    public override DnsName Zone => Options.Zone;

    public override IReadOnlyList<string> Secrets => [.. Fake.Tokens.Select(token => token.Value), "unknown-token-77aa"];

    public static async Task<DesecUnderTest> StartAsync(CancellationToken cancellationToken, int minimumTtl = 5)
    {
        var time = new MovedTime();
        var fake = new FakeDesec(time, minimumTtl);
        await fake.StartAsync(cancellationToken);
        return new DesecUnderTest(
            fake,
            new DesecOptions
            {
                Zone = DnsName.Parse("example.com"),
                Token = Secret.Literal(fake.Tokens[0].Value),
                BaseUrl = fake.BaseUrl,
                SmallestTtl = TimeSpan.FromSeconds(minimumTtl),
                NameServers = [fake.NameServer],
            },
            time);
    }

    /// <summary>A provider that is closed with the test.</summary>
    public DesecProvider Open(DesecOptions options)
    {
        var provider = new DesecProvider(options, Time, NullLogger<DesecProvider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    /// <summary>A provider with a token of its own.</summary>
    public DesecProvider With(FakeToken token)
    {
        Fake.Tokens.Add(token);
        return Open(Options with { Token = Secret.Literal(token.Value) });
    }

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        Fake.Seed(Subname(owner), type, ttl, [.. values.Select(value => type == "CNAME" && !value.EndsWith('.') ? $"{value}." : value)]);
        return Task.CompletedTask;
    }

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult<string[]>(
    [
        .. (Fake.Look(Subname($"{name}"), type) is { } rrset ? rrset.Records.Select(record => string.Create(CultureInfo.InvariantCulture, $"{rrset.Ttl} {record}")) : [])
            .Order(StringComparer.Ordinal),
    ]);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}{FakeDesec.Prefix}") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Fake.Trouble = request => request.Method == "GET" ? null : new FakeTrouble { LosesReply = true };
        return Desec;
    }

    public override IDnsProvider WithWrongCredentials() => Open(Options with { Token = Secret.Literal("unknown-token-77aa") });

    public override IDnsProvider WithoutPermission() => With(new FakeToken("reading-token-31b8", _ => false));

    public override string MissingPermission => "perm_write: true";

    public override void Answer(OddReply? reply) => Fake.Trouble = request => reply is null || reply.Writes != (request.Method != "GET")
        ? null
        : new FakeTrouble { Status = reply.Status, Header = reply.RetryAfter is { } seconds ? ("Retry-After", $"{seconds}") : null, Body = reply.Body };

    public override async ValueTask DisposeAsync()
    {
        _opened.ForEach(provider => provider.Dispose());
        await Fake.DisposeAsync();
        await base.DisposeAsync();
    }

    private string Subname(string owner) => string.Equals(owner, $"{Zone}", StringComparison.OrdinalIgnoreCase) ? string.Empty : owner.ToLowerInvariant()[..^($"{Zone}".Length + 1)];
}
