using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Azure;

/// <summary>Options of a public zone at Azure DNS.</summary>
public sealed record AzureOptions : ProviderOptions
{
    /// <summary>The id of the subscription that the zone is in.</summary>
    public required string Subscription { get; init; }

    /// <summary>The resource group that the zone is in.</summary>
    public required string ResourceGroup { get; init; }

    /// <summary>Which of Microsoft's clouds.</summary>
    public AzureCloud Cloud { get; init; } = AzureCloud.Public;

    /// <summary>Where the API is.</summary>
    public Uri BaseUrl { get; init; } = AzureCloud.Public.ResourceManager;

    /// <summary>The client id of an application, or of a user-assigned identity; null takes whatever identity there is.</summary>
    public string? ClientId { get; init; }

    /// <summary>The tenant and secret of the application; null where the identity comes from outside.</summary>
    public AzureSecretOptions? Secret { get; init; }

    /// <summary>The servers that a change is verified at. Empty takes those that Azure assigned to the zone.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>The path of the zone: what roles are assigned on.</summary>
    internal string ZonePath => $"/subscriptions/{Subscription}/resourceGroups/{ResourceGroup}/providers/Microsoft.Network/dnsZones/{Zone}";

    /// <summary>
    /// What this kind of provider can do. Each RRset is written by itself, on condition of its etag; there is no operation
    /// for several.
    /// </summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = true,
        AtomicBatch = false,
        Comments = false,
        OwnerMarks = true,
        SmallestTtl = TimeSpan.FromSeconds(1),
    };

    private static readonly Key<string> SubscriptionKey = new("subscription", GuidKind("a subscription's id such as 12345678-1234-1234-1234-123456789abc"), "The id of the subscription that the zone is in.") { Required = true };

    private static readonly Key<string> ResourceGroupKey = new("resourceGroup", ResourceGroupKind(), "The resource group that the zone is in.") { Required = true };

    private static readonly Key<AzureCloud> CloudKey = new("cloud", Kinds.OneOf((AzureCloud.Public.Name, AzureCloud.Public), (AzureCloud.UsGovernment.Name, AzureCloud.UsGovernment), (AzureCloud.China.Name, AzureCloud.China)), "Which of Microsoft's clouds: it says where tokens come from and where the API is.") { Default = AzureCloud.Public };

    private static readonly Key<string> TenantIdKey = new("tenantId", TenantKind(), "The tenant of the application that `clientSecret` is of.") { DefaultText = "none" };

    private static readonly Key<string> ClientIdKey = new("clientId", GuidKind("a client id such as 12345678-1234-1234-1234-123456789abc"), "With `clientSecret` the application it is of. Without, the managed identity or workload identity that shall be used, and no other.") { DefaultText = "whatever identity is found: environment, workload identity, managed identity, Azure CLI" };

    private static readonly Key<Secret> ClientSecretKey = new("clientSecret", new SecretKind("a client secret", SecretComplaint, warnWhenLiteral: true), "A client secret of an application, where no identity can be attached. It needs `tenantId` and `clientId`.") { DefaultText = "see `clientId`" };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.BaseUrl("Azure Resource Manager", AzureCloud.Public.ResourceManager.AbsoluteUri, "that of `cloud`");

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("those that Azure assigned to the zone");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("azure provider", "A public zone at Azure DNS.", ProviderKeys.Type("azure"), ProviderKeys.Zone, SubscriptionKey, ResourceGroupKey, ClientIdKey, TenantIdKey, ClientSecretKey, CloudKey, BaseUrlKey, NameServersKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static AzureOptions? Parse(Values values, Reading reading)
    {
        CheckSecret(values, reading);
        HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        var clientId = values.TryGet(ClientIdKey, out var client) ? client : null;
        var cloud = values.Get(CloudKey)!;
        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(SubscriptionKey, out var subscription) && values.TryGet(ResourceGroupKey, out var group)
            ? new AzureOptions
            {
                Zone = zone,
                Subscription = subscription,
                ResourceGroup = group,
                Cloud = cloud,
                BaseUrl = values.TryGet(BaseUrlKey, out var address) ? address : cloud.ResourceManager,
                ClientId = clientId,
                Secret = clientId is not null && values.TryGet(TenantIdKey, out var tenant) && values.TryGet(ClientSecretKey, out var secret) ? new AzureSecretOptions(tenant, secret) : null,
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }

    private static void CheckSecret(Values values, Reading reading)
    {
        var (secret, tenant) = (values.IsWritten(ClientSecretKey), values.IsWritten(TenantIdKey));
        if (secret && !tenant)
        {
            reading.Error(values.NodeOf(ClientSecretKey), "clientSecret: the tenant of its application is missing; expected tenantId too");
        }

        if (secret && !values.IsWritten(ClientIdKey))
        {
            reading.Error(values.NodeOf(ClientSecretKey), "clientSecret: the application it is of is missing; expected clientId too");
        }

        if (tenant && !secret)
        {
            reading.Error(values.NodeOf(TenantIdKey), "tenantId: it belongs to a client secret; expected clientSecret too, or neither");
        }
    }

    private static ScalarKind<string> GuidKind(string expected) => new(
        expected,
        () => new JsonObject { ["type"] = "string" },
        text => Guid.TryParseExact(text, "D", out var id) ? new Parsed<string>(id.ToString("D")) : Parsed<string>.No("is none"));

    /// <summary>https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules: 1–90 characters, none that means something in a path.</summary>
    private static ScalarKind<string> ResourceGroupKind() => new(
        "a resource group's name",
        () => new JsonObject { ["type"] = "string" },
        text => text.Length is > 0 and <= 90 && text[^1] != '.' && text.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '(' or ')') ? new Parsed<string>(text) : Parsed<string>.No("is none: it has 1 to 90 letters, digits, '-', '_', '.' and brackets, and no '.' at its end"));

    private static ScalarKind<string> TenantKind() => new(
        "a tenant's id, or one of its domains such as contoso.onmicrosoft.com",
        () => new JsonObject { ["type"] = "string" },
        text => text.Length is > 0 and <= 253 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') ? new Parsed<string>(text) : Parsed<string>.No("is none"));

    private static string? SecretComplaint(string value) => value.Trim() is var secret && secret.Any(c => c is <= ' ' or >= (char)0x7f) ? "has characters that no client secret has"
        : Guid.TryParse(secret, out _) ? "is a secret's id, which is shown beside its value"
        : null;
}

/// <summary>What proves that we are an application.</summary>
/// <param name="TenantId">The tenant that it is registered in.</param>
/// <param name="ClientSecret">Its secret.</param>
public sealed record AzureSecretOptions(string TenantId, Secret ClientSecret);
