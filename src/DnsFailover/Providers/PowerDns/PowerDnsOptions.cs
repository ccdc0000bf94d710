using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.PowerDns;

/// <summary>Options of a zone at a PowerDNS Authoritative Server.</summary>
public sealed record PowerDnsOptions : ProviderOptions
{
    /// <summary>Where the webserver of a PowerDNS on the same machine is unless it is told otherwise.</summary>
    public const string Api = "http://127.0.0.1:8081";

    /// <summary>The only id that PowerDNS itself gives a server; products in front of several give others.</summary>
    public const string DefaultServerId = "localhost";

    /// <summary>The API key.</summary>
    public required Secret ApiKey { get; init; }

    /// <summary>Which of the servers behind the API holds the zone.</summary>
    public string ServerId { get; init; } = DefaultServerId;

    /// <summary>Where the API is, without <c>/api/v1</c>.</summary>
    public Uri BaseUrl { get; init; } = new(Api);

    /// <summary>The servers that a change is verified at. Empty takes those of the zone's NS records.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>What this kind of provider can do. LUA records, which could carry weights, are PowerDNS's own health checks and left alone.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = false,
        AtomicBatch = true,
        Comments = true,
        OwnerMarks = true,
        SmallestTtl = TimeSpan.Zero,
    };

    private static readonly Key<Secret> ApiKeyKey = new("apiKey", new SecretKind("an API key", KeyComplaint, warnWhenLiteral: true), "The server's `api-key`.") { Required = true };

    private static readonly Key<string> ServerIdKey = new("serverId", Kinds.Identifier, "Which of the servers behind the API holds the zone; PowerDNS itself knows only `localhost`.") { Default = DefaultServerId };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.BaseUrl("PowerDNS", Api);

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("those of the zone's NS records");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("powerdns provider", "A zone at a PowerDNS Authoritative Server, by its HTTP API. Disabled records and comments survive.", ProviderKeys.Type("powerdns"), ProviderKeys.Zone, ApiKeyKey, ServerIdKey, NameServersKey, BaseUrlKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static PowerDnsOptions? Parse(Values values, Reading reading)
    {
        HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(ApiKeyKey, out var key)
            ? new PowerDnsOptions
            {
                Zone = zone,
                ApiKey = key,
                ServerId = values.Get(ServerIdKey)!,
                BaseUrl = values.Get(BaseUrlKey)!,
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }

    /// <summary>What keeps a text from being a key, in words that do not repeat it; null when nothing does.</summary>
    internal static string? KeyComplaint(string text) => text.Trim().Any(c => c is < ' ' or >= (char)0x7f) ? "has characters that no HTTP header can carry" : null;
}
