using System.Text.Json.Nodes;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Google;
using DnsFailover.Tests.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Google;

/// <summary>The provider before the fake; records are seeded and looked at in the fake's zone.</summary>
internal sealed class GoogleUnderTest : HttpProviderUnderTest
{
    private readonly List<GoogleProvider> _opened = [];
    private readonly TemporaryFolder _folder = new();

    private GoogleUnderTest(FakeGoogle fake)
    {
        Fake = fake;
        Options = new GoogleOptions
        {
            Zone = Zone,
            Project = FakeGoogle.Project,
            BaseUrl = fake.Address,
            Credentials = Write(fake.Accounts[0].KeyFile(fake.TokenAddress)),
            NameServers = [fake.NameServer],
        };
        Google = Open(Options);
    }

    public FakeGoogle Fake { get; }

    public GoogleOptions Options { get; }

    public GoogleProvider Google { get; }

    public override IDnsProvider Provider => Google;

    public override DnsName Zone => DnsName.Parse("example.test");

    public override IReadOnlyList<string> Secrets => [.. Fake.Accounts.Select(account => account.Token), .. Lines(FakeAccount.PrivateKey), .. Lines(FakeAccount.ForgedKey)];

    public override string MissingPermission => "dns.changes.create";

    public static async Task<GoogleUnderTest> StartAsync(CancellationToken cancellationToken) => new(await FakeGoogle.OpenAsync(cancellationToken));

    /// <summary>A file with this content; it goes with the test.</summary>
    public string Write(string text)
    {
        var path = Path.Combine(_folder.Path, $"{Guid.NewGuid():n}.json");
        File.WriteAllText(path, text);
        return path;
    }

    public GoogleProvider Open(GoogleOptions options, TimeProvider? time = null, ILogger<GoogleProvider>? logger = null)
    {
        var provider = new GoogleProvider(options, time ?? TimeProvider.System, logger ?? NullLogger<GoogleProvider>.Instance);
        _opened.Add(provider);
        return provider;
    }

    /// <summary>A provider with an account of its own.</summary>
    public GoogleProvider With(FakeAccount account)
    {
        Fake.Accounts.Add(account);
        return Open(Options with { Credentials = Write(account.KeyFile(Fake.TokenAddress)) });
    }

    public GoogleProvider Impatient() => Open(Options with { Timeout = TimeSpan.FromMilliseconds(1500) });

    public override Task SeedAsync(string owner, string type, int ttl, params string[] values)
    {
        Put(owner, type, values.Length == 0 ? null : FakeZone.Set(owner, type, ttl, values));
        return Task.CompletedTask;
    }

    public void Put(string owner, string type, JsonObject? set) => Fake.Edit(() =>
    {
        Fake.Zone.Put(owner, type, set);
        return true;
    });

    /// <summary>What is there, without what is the vendor's own.</summary>
    public JsonObject? At(string owner, string type) => Fake.Edit(() =>
    {
        var set = Fake.Zone.At(owner, type)?.DeepClone().AsObject();
        set?.Remove("kind");
        set?.Remove("signatureRrdatas");
        return set;
    });

    public override Task<string[]> LookAsync(DnsName name, string type) => Task.FromResult<string[]>(
        At(name.ToString(), type) is { } set ? [.. FakeZone.ValuesOf(set).Select(value => $"{set["ttl"]} {value}").Order(StringComparer.Ordinal)] : []);

    public override IDnsProvider Unreachable() => Open(Options with { BaseUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}") });

    public override IDnsProvider LosingRepliesToWrites()
    {
        Fake.Trouble = request => Writes(request) ? new FakeTrouble { LosesReply = true } : null;
        return Google;
    }

    public override IDnsProvider WithWrongCredentials() => Open(Options with { Credentials = Write(Fake.Accounts[0].KeyFile(Fake.TokenAddress, FakeAccount.ForgedKey)) });

    public override IDnsProvider WithoutPermission() => With(new FakeAccount("reader") { Denied = ["dns.changes.create"] });

    public override void Answer(OddReply? reply) => Fake.Trouble = request => reply is null || !request.Path.StartsWith("/dns/", StringComparison.Ordinal) || (reply.Writes ? !Writes(request) : request.Method != "GET")
        ? null
        : new FakeTrouble { Status = reply.Status, Header = reply.RetryAfter is { } seconds ? ("Retry-After", $"{seconds}") : null, Body = reply.Body };

    public override async ValueTask DisposeAsync()
    {
        foreach (var provider in _opened)
        {
            await provider.DisposeAsync();
        }

        await Fake.DisposeAsync();
        _folder.Dispose();
        await base.DisposeAsync();
    }

    private static bool Writes(FakeRequest request) => request.Method == "POST" && request.Path.EndsWith("/changes", StringComparison.Ordinal);

    private static IEnumerable<string> Lines(string pem) => pem.Split('\n').Where(line => line.Length > 20 && !line.StartsWith('-'));
}
