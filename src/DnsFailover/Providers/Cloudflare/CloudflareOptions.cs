using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>What is changed at Cloudflare to steer a name.</summary>
public enum CloudflareMode
{
    /// <summary>Its DNS records.</summary>
    Records,

    /// <summary>The pools and origins of its load balancer.</summary>
    LoadBalancing,
}

/// <summary>Options of a zone at Cloudflare.</summary>
public sealed record CloudflareOptions : ProviderOptions
{
    /// <summary>Where the API is, version included.</summary>
    public const string Api = "https://api.cloudflare.com/client/v4";

    private const int IdLength = 32;

    private static readonly TimeSpan SmallTtl = TimeSpan.FromSeconds(30);

    /// <summary>The API token.</summary>
    public required Secret Token { get; init; }

    /// <summary>The zone's id; null looks it up by name, which needs one permission more.</summary>
    public string? ZoneId { get; init; }

    /// <summary>What is changed to steer a name.</summary>
    public CloudflareMode Mode { get; init; }

    /// <summary>The account that owns the pools; null looks it up with the zone.</summary>
    public string? AccountId { get; init; }

    /// <summary>Whether values that no origin holds are added as origins, and missing load balancers are made.</summary>
    public bool CreateOrigins { get; init; }

    /// <summary>Where the API is.</summary>
    public Uri BaseUrl { get; init; } = new(Api);

    /// <summary>Whether the zone is on the Enterprise plan, which takes smaller TTLs.</summary>
    public bool Enterprise { get; init; }

    /// <summary>The servers that a change is verified at. Empty takes those that Cloudflare assigned to the zone.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <inheritdoc/>
    public override ProviderCapabilities? OwnCapabilities =>
        Mode == CloudflareMode.LoadBalancing ? LoadBalancingCapabilities
        : Enterprise ? Capabilities with { SmallestTtl = SmallTtl }
        : null;

    /// <summary>What this kind of provider can do with records, which carry no weights: those of load balancers do.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = false,
        AtomicBatch = true,
        Comments = true,
        OwnerMarks = true,
        SmallestTtl = TimeSpan.FromSeconds(60),
        WeightsWith = "mode: loadBalancing",
    };

    /// <summary>
    /// What it can do with load balancers. Origins weigh 0.01 to 1 in steps of 0.01, of which 1 stands for no weight
    /// (https://developers.cloudflare.com/load-balancing/understand-basics/traffic-steering/origin-level-steering/).
    /// </summary>
    private static readonly ProviderCapabilities LoadBalancingCapabilities = Capabilities with
    {
        Weights = true,
        LargestWeight = 99,
        AtomicBatch = false,
        SmallestTtl = SmallTtl,
        WeightsWith = null,
    };

    private static readonly Key<Secret> TokenKey = new("token", new SecretKind("an API token", TokenComplaint, warnWhenLiteral: true), "An API token with the permission Zone → DNS → Edit for the zone, and Zone → Zone → Read unless `zoneId` is given. For `mode: loadBalancing`: Zone → Load Balancers → Edit and Account → Load Balancing: Monitors and Pools → Edit in place of DNS.") { Required = true };

    private static readonly Key<string> ZoneIdKey = new("zoneId", IdKind("zone"), "The zone's id, from its overview page.") { DefaultText = "looked up by `zone`" };

    private static readonly Key<CloudflareMode> ModeKey = new("mode", Kinds.OneOf(("records", CloudflareMode.Records), ("loadBalancing", CloudflareMode.LoadBalancing)), "What is changed to steer a name: `records` are its DNS records; `loadBalancing` are the pools and origins of its load balancer, which can be `weighted` too (that product is charged for).") { Default = CloudflareMode.Records };

    private static readonly Key<string> AccountIdKey = new("accountId", IdKind("account"), "The id of the account that owns the pools. Only for `mode: loadBalancing`.") { DefaultText = "looked up with the zone" };

    private static readonly Key<bool> CreateOriginsKey = new("createOrigins", Kinds.Boolean, "Whether an endpoint that no pool has as an origin is added to one, and a service's missing load balancer and pool are made (with its `create: true`); otherwise that is refused. Only for `mode: loadBalancing`.") { Default = false };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.BaseUrl("Cloudflare", Api);

    private static readonly Key<bool> EnterpriseKey = new("enterprise", Kinds.Boolean, "Whether the zone is on the Enterprise plan, whose smallest TTL is 30s; otherwise it is 60s.") { Default = false };

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("those that Cloudflare assigned to the zone");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("cloudflare provider", "A zone at Cloudflare. Proxying, tags, settings and comments of records survive.", ProviderKeys.Type("cloudflare"), ProviderKeys.Zone, TokenKey, ZoneIdKey, ModeKey, AccountIdKey, CreateOriginsKey, EnterpriseKey, NameServersKey, BaseUrlKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static CloudflareOptions? Parse(Values values, Reading reading)
    {
        HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        WarnOfIdleKeys(values, reading);
        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(TokenKey, out var token)
            ? new CloudflareOptions
            {
                Zone = zone,
                Token = token,
                ZoneId = values.TryGet(ZoneIdKey, out var id) ? id : null,
                Mode = values.Get(ModeKey),
                AccountId = values.TryGet(AccountIdKey, out var account) ? account : null,
                CreateOrigins = values.Get(CreateOriginsKey),
                BaseUrl = values.Get(BaseUrlKey)!,
                Enterprise = values.Get(EnterpriseKey),
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }

    /// <summary>What keeps a text from being a token, in words that do not repeat it; null when nothing does.</summary>
    internal static string? TokenComplaint(string text) =>
        text.Trim().Any(c => c is <= ' ' or >= (char)0x7f) ? "has characters that no API token has"
        : text.Trim().StartsWith("Bearer", StringComparison.OrdinalIgnoreCase) ? "begins with 'Bearer', which is not part of the token"
        : null;

    private static void WarnOfIdleKeys(Values values, Reading reading)
    {
        Key[] idle = values.Get(ModeKey) == CloudflareMode.LoadBalancing ? [EnterpriseKey] : [AccountIdKey, CreateOriginsKey];
        foreach (var key in values.IsBroken(ModeKey) ? [] : idle.Where(values.IsWritten))
        {
            reading.Warn(values.NodeOf(key), $"{key.Name}: has no effect here; expected {(key == EnterpriseKey ? "mode: records" : "mode: loadBalancing")} with it");
        }
    }

    private static ScalarKind<string> IdKind(string what) => new(
        "32 hexadecimal digits",
        () => new JsonObject { ["type"] = "string" },
        text => text.Length == IdLength && text.All(char.IsAsciiHexDigit) ? new Parsed<string>(text.ToLowerInvariant()) : Parsed<string>.No($"is no {what} id"));
}
