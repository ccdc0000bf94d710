using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>Options of a domain at DigitalOcean.</summary>
public sealed record DigitalOceanOptions : ProviderOptions
{
    /// <summary>Where the API is, version included.</summary>
    public const string Api = "https://api.digitalocean.com/v2";

    /// <summary>The API token.</summary>
    public required Secret Token { get; init; }

    /// <summary>Where the API is; an address without a path has it below <c>/v2</c>.</summary>
    public Uri BaseUrl { get; init; } = new(Api);

    /// <summary>The servers that a change is verified at. Empty takes DigitalOcean's own.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>What this kind of provider can do. Records change one by one, and whatever the records were before.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = false,
        AtomicBatch = false,
        Comments = false,
        OwnerMarks = true,
        SmallestTtl = TimeSpan.FromSeconds(30),
    };

    private static readonly Key<Secret> TokenKey = new("token", new SecretKind("an API token", BearerToken.Complaint, warnWhenLiteral: true), "A personal access token with the custom scopes domain:read, domain:create, domain:update and domain:delete.") { Required = true };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.BaseUrl("DigitalOcean", Api);

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("ns1.digitalocean.com to ns3.digitalocean.com");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("digitalocean provider", "A domain at DigitalOcean.", ProviderKeys.Type("digitalocean"), ProviderKeys.Zone, TokenKey, NameServersKey, BaseUrlKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static DigitalOceanOptions? Parse(Values values, Reading reading)
    {
        HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(TokenKey, out var token)
            ? new DigitalOceanOptions
            {
                Zone = zone,
                Token = token,
                BaseUrl = values.Get(BaseUrlKey)!,
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }
}
