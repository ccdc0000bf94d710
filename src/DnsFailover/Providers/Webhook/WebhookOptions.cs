using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Webhook;

/// <summary>Options of a zone behind a server of the team's own.</summary>
public sealed record WebhookOptions : ProviderOptions
{
    /// <summary>What a secret for signatures has at least, in characters.</summary>
    private const int ShortestSigningSecret = 16;

    private static readonly TimeSpan UsualSmallestTtl = TimeSpan.FromSeconds(1);

    /// <summary>Where the server is, without the version of the contract.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>The bearer token; null sends none.</summary>
    public Secret? Token { get; init; }

    /// <summary>What requests are signed with; null signs none.</summary>
    public Secret? SigningSecret { get; init; }

    /// <summary>Whether the server keeps weights.</summary>
    public bool Weights { get; init; }

    /// <summary>Whether the server keeps several values of one name and type.</summary>
    public bool SeveralValues { get; init; } = true;

    /// <summary>Whether the server keeps the mark of the controller that owns a name.</summary>
    public bool OwnerMarks { get; init; } = true;

    /// <summary>The smallest TTL that the server takes.</summary>
    public TimeSpan SmallestTtl { get; init; } = UsualSmallestTtl;

    /// <summary>The servers that a change is verified at. Empty takes those that the server names.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <inheritdoc/>
    public override ProviderCapabilities OwnCapabilities => Capabilities with { Weights = Weights, SeveralValues = SeveralValues, OwnerMarks = OwnerMarks, SmallestTtl = SmallestTtl };

    /// <summary>What the contract asks of every server, with the usual values of what servers may differ in.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = true,
        AtomicBatch = true,
        Comments = false,
        OwnerMarks = true,
        SmallestTtl = UsualSmallestTtl,
    };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.RequiredBaseUrl("Where the server is that speaks the contract; requests go to `v1/…` below it.");

    private static readonly Key<Secret> TokenKey = new("token", new SecretKind("a bearer token", Complaint, warnWhenLiteral: true), "Sent as `Authorization: Bearer …`.") { DefaultText = "none is sent" };

    private static readonly Key<Secret> SigningSecretKey = new("signingSecret", new SecretKind($"a secret of at least {ShortestSigningSecret} characters", SigningSecretComplaint, warnWhenLiteral: true), "Signs every request (HMAC-SHA256), so that the server can tell that it is ours and new.") { DefaultText = "requests are not signed" };

    private static readonly Key<bool> WeightsKey = new("weights", Kinds.Boolean, "Whether the server keeps weights, which `policy: weighted` needs.") { Default = false };

    private static readonly Key<bool> SeveralValuesKey = new("severalValues", Kinds.Boolean, "Whether the server keeps several values of one name and type.") { Default = true };

    private static readonly Key<bool> OwnerMarksKey = new("ownerMarks", Kinds.Boolean, "Whether the server keeps the mark of the daemon that steers a name.") { Default = true };

    private static readonly Key<TimeSpan> SmallestTtlKey = new("smallestTtl", Kinds.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), wholeSeconds: true), "The smallest TTL that the server takes.") { Default = UsualSmallestTtl };

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("those that the server names");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("webhook provider", "A zone behind a server of your own that speaks a small JSON contract: `config/webhook-provider.openapi.json`.", ProviderKeys.Type("webhook"), ProviderKeys.Zone, BaseUrlKey, TokenKey, SigningSecretKey, WeightsKey, SeveralValuesKey, OwnerMarksKey, SmallestTtlKey, NameServersKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static WebhookOptions? Parse(Values values, Reading reading)
    {
        if (values.IsWritten(TokenKey))
        {
            HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        }

        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(BaseUrlKey, out var address) && !values.IsBroken(TokenKey) && !values.IsBroken(SigningSecretKey)
            ? new WebhookOptions
            {
                Zone = zone,
                BaseUrl = address,
                Token = values.TryGet(TokenKey, out var token) ? token : null,
                SigningSecret = values.TryGet(SigningSecretKey, out var secret) ? secret : null,
                Weights = values.Get(WeightsKey),
                SeveralValues = values.Get(SeveralValuesKey),
                OwnerMarks = values.Get(OwnerMarksKey),
                SmallestTtl = values.Get(SmallestTtlKey),
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }

    /// <summary>What keeps a text from being a bearer token (RFC 6750 section 2.1), in words that do not repeat it; null when nothing does.</summary>
    internal static string? Complaint(string text) =>
        text.Trim().Any(c => c is <= ' ' or >= (char)0x7f) ? "has characters that no bearer token has"
        : text.Trim().StartsWith("Bearer", StringComparison.OrdinalIgnoreCase) ? "begins with 'Bearer', which is not part of the token"
        : null;

    private static string? SigningSecretComplaint(string text) => text.Trim().Length < ShortestSigningSecret ? $"is shorter than {ShortestSigningSecret} characters" : null;
}
