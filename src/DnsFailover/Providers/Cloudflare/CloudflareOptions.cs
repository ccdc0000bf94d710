using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>Options of a zone at Cloudflare.</summary>
public sealed record CloudflareOptions : ProviderOptions
{
    /// <summary>Where the API is, version included.</summary>
    public const string Api = "https://api.cloudflare.com/client/v4";

    private const int IdLength = 32;

    /// <summary>The API token.</summary>
    public required Secret Token { get; init; }

    /// <summary>The zone's id; null looks it up by name, which needs one permission more.</summary>
    public string? ZoneId { get; init; }

    /// <summary>Where the API is.</summary>
    public Uri BaseUrl { get; init; } = new(Api);

    /// <summary>Whether the zone is on the Enterprise plan, which takes smaller TTLs.</summary>
    public bool Enterprise { get; init; }

    /// <summary>The servers that a change is verified at. Empty takes those that Cloudflare assigned to the zone.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <inheritdoc/>
    public override ProviderCapabilities? OwnCapabilities => Enterprise ? Capabilities with { SmallestTtl = TimeSpan.FromSeconds(30) } : null;

    /// <summary>
    /// What this kind of provider can do. Records carry no weights; <c>weighted</c> is what Cloudflare's Load Balancing is
    /// for, which is another product and not used here.
    /// </summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = false,
        AtomicBatch = true,
        Comments = true,
        OwnerMarks = true,
        SmallestTtl = TimeSpan.FromSeconds(60),
    };

    private static readonly Key<Secret> TokenKey = new("token", new SecretKind("an API token", TokenComplaint, warnWhenLiteral: true), "An API token with the permission Zone → DNS → Edit for the zone, and Zone → Zone → Read unless `zoneId` is given.") { Required = true };

    private static readonly Key<string> ZoneIdKey = new("zoneId", IdKind(), "The zone's id, from its overview page.") { DefaultText = "looked up by `zone`" };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.BaseUrl("Cloudflare", Api);

    private static readonly Key<bool> EnterpriseKey = new("enterprise", Kinds.Boolean, "Whether the zone is on the Enterprise plan, whose smallest TTL is 30s; otherwise it is 60s.") { Default = false };

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("those that Cloudflare assigned to the zone");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("cloudflare provider", "A zone at Cloudflare. Proxying, tags, settings and comments of records survive.", ProviderKeys.Type("cloudflare"), ProviderKeys.Zone, TokenKey, ZoneIdKey, EnterpriseKey, NameServersKey, BaseUrlKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static CloudflareOptions? Parse(Values values, Reading reading)
    {
        HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(TokenKey, out var token)
            ? new CloudflareOptions
            {
                Zone = zone,
                Token = token,
                ZoneId = values.TryGet(ZoneIdKey, out var id) ? id : null,
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

    private static ScalarKind<string> IdKind() => new(
        "32 hexadecimal digits",
        () => new JsonObject { ["type"] = "string" },
        text => text.Length == IdLength && text.All(char.IsAsciiHexDigit) ? new Parsed<string>(text.ToLowerInvariant()) : Parsed<string>.No("is no zone id"));
}
