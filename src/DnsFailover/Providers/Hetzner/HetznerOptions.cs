using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Hetzner;

/// <summary>Options of a zone at Hetzner, in the DNS of its Cloud API.</summary>
public sealed record HetznerOptions : ProviderOptions
{
    /// <summary>Where the API is, version included.</summary>
    public const string Api = "https://api.hetzner.cloud/v1";

    /// <summary>The API token of the project that has the zone.</summary>
    public required Secret Token { get; init; }

    /// <summary>Where the API is.</summary>
    public Uri BaseUrl { get; init; } = new(Api);

    /// <summary>The servers that a change is verified at. Empty takes those that Hetzner assigned to the zone.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>What this kind of provider can do. The values of one RRset change as one, whatever they were before.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = false,
        AtomicBatch = false,
        Comments = true,
        OwnerMarks = true,
        SmallestTtl = TimeSpan.FromSeconds(60),
    };

    private static readonly Key<Secret> TokenKey = new("token", new SecretKind("an API token", BearerToken.Complaint, warnWhenLiteral: true), "An API token with Read & Write of the project that has the zone.") { Required = true };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.BaseUrl("Hetzner Cloud", Api);

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("those that Hetzner assigned to the zone");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("hetzner provider", "A zone at Hetzner, in the DNS of its Cloud API. Labels and comments survive.", ProviderKeys.Type("hetzner"), ProviderKeys.Zone, TokenKey, NameServersKey, BaseUrlKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static HetznerOptions? Parse(Values values, Reading reading)
    {
        HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(TokenKey, out var token)
            ? new HetznerOptions
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
