using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Google;

/// <summary>Options of a managed zone at Google Cloud DNS.</summary>
public sealed record GoogleOptions : ProviderOptions
{
    /// <summary>Where the API is, without its version.</summary>
    public const string Api = "https://dns.googleapis.com";

    private const int LongestProject = 100;

    private const int LongestManagedZone = 63;

    /// <summary>The id of the project that the managed zone is in.</summary>
    public required string Project { get; init; }

    /// <summary>The managed zone's own name or id; null looks it up by the zone's DNS name.</summary>
    public string? ManagedZone { get; init; }

    /// <summary>The file that the credential is in; null looks where Google's own clients look.</summary>
    public string? Credentials { get; init; }

    /// <summary>Where the API is.</summary>
    public Uri BaseUrl { get; init; } = new(Api);

    /// <summary>The servers that a change is verified at. Empty takes those that Google assigned to the managed zone.</summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

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

    private static readonly Key<string> ProjectKey = new("project", ProjectKind(), "The id of the project that the managed zone is in.") { Required = true };

    private static readonly Key<string> ManagedZoneKey = new("managedZone", ManagedZoneKind(), "The managed zone's own name or id, where several public ones have the DNS name of `zone`, or where the credential may not list them.") { DefaultText = "the public managed zone whose DNS name is `zone`" };

    private static readonly Key<string> CredentialsKey = new("credentials", PathKind(), "The file that the credential is in: a service account's key, or a configuration of workload identity federation.") { DefaultText = "where Google's own clients look: `GOOGLE_APPLICATION_CREDENTIALS`, the file that `gcloud auth application-default login` writes, the metadata server" };

    private static readonly Key<Uri> BaseUrlKey = HttpKeys.BaseUrl("Google Cloud DNS", Api);

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("those that Google assigned to the managed zone");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("google provider", "A managed zone at Google Cloud DNS.", ProviderKeys.Type("google"), ProviderKeys.Zone, ProjectKey, ManagedZoneKey, CredentialsKey, NameServersKey, BaseUrlKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static GoogleOptions? Parse(Values values, Reading reading)
    {
        HttpKeys.WarnIfPlain(values, BaseUrlKey, reading);
        if (values.TryGet(CredentialsKey, out var path) && path.Any(c => c is '{' or '"' || char.IsControl(c)))
        {
            // The credential itself, of which no message may repeat anything.
            reading.Error(values.NodeOf(CredentialsKey), "credentials: the value is no path; expected the path of a file, and the credential in that file");
        }

        return values.TryGet(ProviderKeys.Zone, out var zone) && values.TryGet(ProjectKey, out var project)
            ? new GoogleOptions
            {
                Zone = zone,
                Project = project,
                ManagedZone = values.TryGet(ManagedZoneKey, out var managedZone) ? managedZone : null,
                Credentials = values.TryGet(CredentialsKey, out var credentials) ? credentials : null,
                BaseUrl = values.Get(BaseUrlKey)!,
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }

    /// <summary>Ids of old projects have a domain and a colon in front; a project's number does too (https://cloud.google.com/resource-manager/docs/creating-managing-projects).</summary>
    private static ScalarKind<string> ProjectKind() => new(
        "a project's id such as acme-dns-123456",
        () => new JsonObject { ["type"] = new JsonArray("string", "integer") },
        text => text.Length is > 0 and <= LongestProject && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or ':') ? new Parsed<string>(text) : Parsed<string>.No("is none (the id, not the display name)"));

    private static ScalarKind<string> ManagedZoneKind() => new(
        "a managed zone's name such as example-com, or its id",
        () => new JsonObject { ["type"] = new JsonArray("string", "integer") },
        text => text.Length is > 0 and <= LongestManagedZone && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? new Parsed<string>(text)
            : Parsed<string>.No("is none", text.Contains('.', StringComparison.Ordinal) ? text.Trim('.').Replace('.', '-') : null));

    private static ScalarKind<string> PathKind() => new(
        "the path of a file",
        () => new JsonObject { ["type"] = "string" },
        text => text.Trim().Length == 0 ? Parsed<string>.No("is no path") : new Parsed<string>(text));
}
