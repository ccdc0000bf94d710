using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Desec;

/// <summary>Options of a domain at deSEC.</summary>
public sealed record DesecOptions : ProviderOptions
{
    /// <summary>Where the API is, version included.</summary>
    public const string Api = "https://desec.io/api/v1";

    /// <summary>What <c>minimum_ttl</c> is unless deSEC's support has lowered it (https://desec.readthedocs.io/en/latest/dns/domains.html).</summary>
    private static readonly TimeSpan UsualSmallestTtl = TimeSpan.FromHours(1);

    /// <summary>The API token.</summary>
    public required Secret Token { get; init; }

    /// <summary>Where the API is.</summary>
    public Uri BaseUrl { get; init; } = new(Api);

    /// <summary>The domain's <c>minimum_ttl</c>.</summary>
    public TimeSpan SmallestTtl { get; init; } = UsualSmallestTtl;

    /// <summary>The servers that a change is verified at. Empty takes those of the domain's NS records.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <inheritdoc/>
    public override ProviderCapabilities OwnCapabilities => Capabilities with { SmallestTtl = SmallestTtl };

    /// <summary>What this kind of provider can do.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = false,
        AtomicBatch = true,
        Comments = false,
        OwnerMarks = true,
        SmallestTtl = UsualSmallestTtl,
    };

    private static readonly Key<Secret> TokenKey = new("token", new SecretKind("an API token", TokenComplaint, warnWhenLiteral: true), "An API token whose policies let it write the records of the steered names and their marks.") { Required = true };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.BaseUrl("deSEC", Api);

    private static readonly Key<TimeSpan> SmallestTtlKey = new("smallestTtl", Kinds.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), wholeSeconds: true), "The domain's `minimum_ttl`. An hour is too long for a name that fails over: deSEC's support lowers it on request.") { Default = UsualSmallestTtl };

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("those of the domain's NS records");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("desec provider", "A domain at deSEC.", ProviderKeys.Type("desec"), ProviderKeys.Zone, TokenKey, SmallestTtlKey, NameServersKey, BaseUrlKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static DesecOptions? Parse(Values values, Reading reading)
    {
        HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(TokenKey, out var token)
            ? new DesecOptions
            {
                Zone = zone,
                Token = token,
                BaseUrl = values.Get(BaseUrlKey)!,
                SmallestTtl = values.Get(SmallestTtlKey),
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }

    /// <summary>What keeps a text from being a token, in words that do not repeat it; null when nothing does.</summary>
    internal static string? TokenComplaint(string text) =>
        text.Trim().Any(c => c is <= ' ' or >= (char)0x7f) ? "has characters that no API token has (the word 'Token' before it is not part of it)" : null;
}
