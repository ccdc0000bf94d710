using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>Options of a hosted zone at Amazon Route 53.</summary>
public sealed record Route53Options : ProviderOptions
{
    /// <summary>The variable that AWS' own clients take the address of Route 53 from.</summary>
    internal const string EndpointVariable = "AWS_ENDPOINT_URL_ROUTE_53";

    /// <summary>The hosted zone's id without <c>/hostedzone/</c>; null looks the zone up by its name.</summary>
    public string? ZoneId { get; init; }

    /// <summary>The region that requests are signed for: one per partition, since Route 53 is a global service.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Where the API is.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>The profile that credentials come from; null looks where AWS' own clients look.</summary>
    public string? Profile { get; init; }

    /// <summary>A key that stands in failover.yaml; null takes one from outside.</summary>
    public AwsKeyOptions? Key { get; init; }

    /// <summary>The servers that a change is verified at. Empty takes the hosted zone's own and resolves them.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>Whether the daemon keeps health checks at Route 53, so that it fails over by itself while the daemon is down.</summary>
    public bool ManagesHealthChecks { get; init; }

    /// <summary>From one request of a checker of Route 53 to its next: 10 s or 30 s.</summary>
    public TimeSpan HealthCheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The <c>cname</c> targets that are written as aliases, sorted.</summary>
    public ValueList<AliasEntry> Aliases { get; init; } = [];

    /// <summary>What this kind of provider can do.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = true,
        SeveralValues = true,
        ConditionalWrite = true,
        AtomicBatch = true,
        Comments = false,
        OwnerMarks = true,
        SmallestTtl = TimeSpan.Zero,
    };

    private static readonly Key<string> ZoneIdKey = new("zoneId", ZoneIdKind(), "The hosted zone's id. Needed when several public hosted zones have the zone's name; saves one call at the start.") { DefaultText = "the public hosted zone with the longest name that holds `zone`" };

    private static readonly Key<string> RegionKey = new("region", Kinds.OneOf([.. Endpoints.Keys.Select(region => (region, region))]), "The region that requests are signed for. Route 53 has one per partition: AWS, AWS GovCloud (US) and AWS China.") { Default = "us-east-1" };

    private static readonly Key<string> ProfileKey = new("profile", Kinds.Text, "The profile in the shared AWS files that credentials come from.") { DefaultText = "where AWS' own clients look: environment, `AWS_PROFILE`, web identity (IRSA), container and instance metadata" };

    private static readonly Key<Secret> AccessKeyIdKey = new("accessKeyId", new SecretKind("an access key's id such as AKIA…", WordComplaint, warnWhenLiteral: false), "The id of an access key, where no role can be attached.") { DefaultText = "see `profile`" };

    private static readonly Key<Secret> SecretAccessKeyKey = new("secretAccessKey", new SecretKind("an access key's secret half", WordComplaint, warnWhenLiteral: true), "The secret half of that key.") { DefaultText = "see `profile`" };

    private static readonly Key<Secret> SessionTokenKey = new("sessionToken", new SecretKind("the session token of a temporary access key", WordComplaint, warnWhenLiteral: true), "The session token, when that key is a temporary one.") { DefaultText = "none" };

    private static readonly Key<Uri> BaseUrlKey = new("baseUrl", AddressKind(), $"Where the API is, for compatible servers and private endpoints.") { DefaultText = $"`{EndpointVariable}`, else the address of `region`" };

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("the hosted zone's name servers");

    private static readonly Key<bool> HealthChecksKey = new("healthChecks", Kinds.OneOf(("off", false), ("managed", true)), "`managed` keeps one Route 53 health check per address or `cname` of each endpoint and writes records such that Route 53 fails over by itself while the daemon is down. Health checks cost money every month.") { Default = false };

    private static readonly Key<TimeSpan> HealthCheckIntervalKey = new("healthCheckInterval", Kinds.OneOf(("30s", TimeSpan.FromSeconds(30)), ("10s", TimeSpan.FromSeconds(10))), "From one request of each of Route 53's checkers to its next, with `healthChecks: managed`. `10s` costs extra.") { Default = TimeSpan.FromSeconds(30) };

    private static readonly Key<IReadOnlyList<Named<string>>> AliasesKey = new("aliases", new MapKind<string>(ZoneIdKind(), "a map of host names, each with its hosted zone's id", name => DnsName.TryParse(name, out _, out _) ? null : "is no host name") { IgnoresCase = true }, "Which `cname` targets are written as aliases, which may stand at the top of a zone: names of AWS, each with the id of the hosted zone that AWS lists for that service and region.") { DefaultText = "none" };

    private static Dictionary<string, Uri> Endpoints => new(StringComparer.Ordinal)
    {
        ["us-east-1"] = new Uri("https://route53.amazonaws.com"),
        ["us-gov-west-1"] = new Uri("https://route53.us-gov.amazonaws.com"),
        ["cn-northwest-1"] = new Uri("https://route53.amazonaws.com.cn"),
    };

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("route53 provider", "A public hosted zone at Amazon Route 53.", ProviderKeys.Type("route53"), ProviderKeys.Zone, ZoneIdKey, RegionKey, ProfileKey, AccessKeyIdKey, SecretAccessKeyKey, SessionTokenKey, BaseUrlKey, NameServersKey, HealthChecksKey, HealthCheckIntervalKey, AliasesKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static Route53Options? Parse(Values values, Reading reading)
    {
        CheckKey(values, reading);
        var region = values.Get(RegionKey);
        var key = values.TryGet(AccessKeyIdKey, out var id) && values.TryGet(SecretAccessKeyKey, out var secret)
            ? new AwsKeyOptions(id, secret, values.TryGet(SessionTokenKey, out var token) ? token : null)
            : null;
        return values.TryGet(ProviderKeys.Zone, out var zone) && BaseUrlOf(values, reading, region) is { } address
            ? new Route53Options
            {
                Zone = zone,
                ZoneId = values.TryGet(ZoneIdKey, out var zoneId) ? zoneId : null,
                Region = region,
                BaseUrl = address,
                Profile = values.TryGet(ProfileKey, out var profile) ? profile : null,
                Key = key,
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                ManagesHealthChecks = values.Get(HealthChecksKey),
                HealthCheckInterval = values.Get(HealthCheckIntervalKey),
                Aliases = values.TryGet(AliasesKey, out var aliases) ? AliasesOf(aliases) : [],
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }

    /// <inheritdoc/>
    internal override IEnumerable<string> RemarksOn(DeclaredService service)
    {
        if (service.Definition.Targets.Select(pair => pair.Target.Value).FirstOrDefault(IsAlias) is { } alias)
        {
            if (service.Definition.Policy == Policy.Weighted)
            {
                yield return $"aliases: {service.Name} is weighted, and {alias} cannot be written for it, as an alias is written without weights";
            }

            if (service.Definition.Ttl is not null)
            {
                yield return $"aliases: {service.Name} has a ttl, and an alias has that of its target, which Route 53 does not tell: leave ttl out";
            }
        }

        foreach (var remark in ManagesHealthChecks ? HealthCheckRemarks.On(service, this) : [])
        {
            yield return remark;
        }
    }

    /// <inheritdoc/>
    internal override bool IsAlias(string target) => Aliases.Any(alias => alias.Name == target);

    private static void CheckKey(Values values, Reading reading)
    {
        var (id, secret) = (values.IsWritten(AccessKeyIdKey), values.IsWritten(SecretAccessKeyKey));
        if (id != secret)
        {
            reading.Error(values.NodeOf(id ? AccessKeyIdKey : SecretAccessKeyKey), id ? "accessKeyId: its secret half is missing; expected secretAccessKey too" : "secretAccessKey: whose it is, is missing; expected accessKeyId too");
        }

        if (values.IsWritten(SessionTokenKey) && !id)
        {
            reading.Error(values.NodeOf(SessionTokenKey), "sessionToken: it belongs to a key; expected accessKeyId and secretAccessKey too");
        }

        if (values.IsWritten(ProfileKey) && (id || secret))
        {
            reading.Error(values.NodeOf(ProfileKey), "profile: a key is written too; expected either profile or accessKeyId and secretAccessKey");
        }
    }

    /// <summary>Those that are as they should be; the others were reported.</summary>
    private static ValueList<AliasEntry> AliasesOf(IEnumerable<Named<string>> written) => written
        .SelectMany(alias => alias.Value is { } zone && DnsName.TryParse(alias.Name, out var name, out _) ? [new AliasEntry(name.ToString(), zone)] : Array.Empty<AliasEntry>())
        .OrderBy(alias => alias.Name, StringComparer.Ordinal).ToValueList();

    private static Uri? BaseUrlOf(Values values, Reading reading, string region)
    {
        if (values.IsWritten(BaseUrlKey))
        {
            return values.TryGet(BaseUrlKey, out var written) ? written : null;
        }

        if (reading.Surroundings.Variable(EndpointVariable) is not { Length: > 0 } variable)
        {
            return Endpoints[region];
        }

        if (ParseAddress(variable) is { Complaint: null } parsed)
        {
            return parsed.Value;
        }

        reading.Error(values.Node, $"the environment variable {EndpointVariable} is no address; expected an address such as https://route53.amazonaws.com");
        return null;
    }

    private static ScalarKind<Uri> AddressKind() => new("an address such as https://route53.amazonaws.com", () => new JsonObject { ["type"] = "string" }, ParseAddress, address => address.OriginalString);

    private static Parsed<Uri> ParseAddress(string text) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp) ? Parsed<Uri>.No("is no http or https address")
        : address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0 ? Parsed<Uri>.No("has more than host, port and path")
        : new Parsed<Uri>(new Uri(address.GetLeftPart(UriPartial.Path).TrimEnd('/')));

    private static ScalarKind<string> ZoneIdKind() => new(
        "a hosted zone's id such as Z08687812Y7PZDJ1Q4XXX",
        () => new JsonObject { ["type"] = "string" },
        text =>
        {
            var id = text.StartsWith("/hostedzone/", StringComparison.Ordinal) ? text["/hostedzone/".Length..] : text;
            return id.Length is > 0 and <= 32 && id.All(char.IsAsciiLetterOrDigit) ? new Parsed<string>(id) : Parsed<string>.No("is none");
        });

    private static string? WordComplaint(string value) => value.Trim().Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || !char.IsAscii(c)) ? "is not one word of ASCII" : null;
}
