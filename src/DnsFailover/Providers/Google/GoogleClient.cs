using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Google;

/// <summary>A managed zone.</summary>
/// <param name="Id">Its own name, which is unique in the project.</param>
/// <param name="Name">Its DNS name, without the trailing dot.</param>
/// <param name="IsPrivate">True when only VPC networks see it.</param>
/// <param name="NameServers">The host names of its name servers.</param>
internal sealed record ManagedZone(string Id, string Name, bool IsPrivate, IReadOnlyList<string> NameServers);

/// <summary>One page of record sets.</summary>
/// <param name="Sets">What is on it, without names that cannot be steered.</param>
/// <param name="Next">Asks for the next one; null on the last one.</param>
internal sealed record SetPage(IReadOnlyList<ListedSet> Sets, string? Next);

/// <summary>What became of a change.</summary>
/// <param name="ChangeId">Stands for the change; null when it was not taken.</param>
/// <param name="IsPending">True when it is not yet on its way to the name servers.</param>
/// <param name="Misfit">Why it was not taken: then nothing was written.</param>
internal sealed record ChangeOutcome(string? ChangeId, bool IsPending, string? Misfit);

/// <summary>The calls that are made to Google Cloud DNS (https://cloud.google.com/dns/docs/reference/rest/v1).</summary>
internal sealed class GoogleClient : IDisposable
{
    /// <summary>What follows the address of the API, unless it is part of it already.</summary>
    private const string Version = "/dns/v1";

    /// <summary>
    /// Google counts a project's calls per minute and lets every project ask for more; how many they are is shown in the
    /// project and not published (https://cloud.google.com/dns/quotas). So this keeps to what hundreds of names need.
    /// </summary>
    private const int Burst = 60;

    private const double PerSecond = 5;

    private const int MostWaiting = 500;

    private const int SetsPerPage = 500;

    /// <summary>A zone holds 10 000 sets where no more were asked for; a server may give fewer per page than it is asked for.</summary>
    private const int MostPages = 1000;

    /// <summary>For a message that lists near names this is enough.</summary>
    private const int MostZonePages = 4;

    private readonly GoogleOptions _options;
    private readonly GoogleCredentials _credentials;
    private readonly TokenBucket _bucket;
    private readonly ApiClient _api;
    private readonly string _root;
    private readonly ThrottleBackoff _backoff = new(Random.Shared.NextDouble);

    /// <summary>A client without a connection yet.</summary>
    public GoogleClient(GoogleOptions options, TimeProvider time)
    {
        (_options, _credentials) = (options, new GoogleCredentials(options, time));
        var address = options.BaseUrl.AbsoluteUri.TrimEnd('/');
        _root = address.EndsWith(Version, StringComparison.Ordinal) ? address : address + Version;
        _bucket = new TokenBucket("Google Cloud DNS", Burst, PerSecond, MostWaiting, time);
        _api = new ApiClient("Google Cloud DNS", options.Timeout, (request, _, token) => _credentials.AuthorizeAsync(request, token), time, _bucket);
    }

    /// <summary>The credential.</summary>
    public GoogleCredentials Credentials => _credentials;

    /// <summary>How far Google's clock is ahead of ours.</summary>
    public TimeSpan? ClockSkew => _api.ClockSkew;

    /// <summary>Is told when the managed zone that was there is there no longer.</summary>
    public Action? ZoneGone { get; set; }

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    /// <summary>managedZones.list (https://cloud.google.com/dns/docs/reference/rest/v1/managedZones/list): those of one DNS name, or the first ones of all.</summary>
    public async Task<IReadOnlyList<ManagedZone>> ListZonesAsync(DnsName? name, CancellationToken cancellationToken)
    {
        var zones = new List<ManagedZone>();
        string? next = null;
        for (var page = 0; page < MostZonePages; page++)
        {
            var query = Query(("dnsName", name is { } wanted ? $"{wanted}." : null), ("pageToken", next));
            const string purpose = "looking for the managed zone";
            var json = await GetAsync($"managedZones{query}", purpose, $"dns.managedZones.list in the project {_options.Project}, or managedZone with dns.managedZones.get", cancellationToken);
            (var found, next) = Read(purpose, json, root => (Items(root, "managedZones", "dns#managedZonesListResponse").Select(Zone).ToList(), root.OptionalText("nextPageToken")));
            zones.AddRange(found);
            if (string.IsNullOrEmpty(next))
            {
                break;
            }
        }

        return zones;
    }

    /// <summary>managedZones.get (https://cloud.google.com/dns/docs/reference/rest/v1/managedZones/get); null when there is none of this name or id.</summary>
    public async Task<ManagedZone?> FindZoneAsync(string id, CancellationToken cancellationToken)
    {
        var purpose = $"reading the managed zone {id}";
        var call = new ApiCall(HttpMethod.Get, Address($"managedZones/{id}"), purpose);
        var reply = await _api.SendAsync(call, cancellationToken);
        if (!reply.IsSuccess)
        {
            var failure = GoogleFailure.Of(reply, writes: false);
            return failure is { IsNoSuchZone: true } && !failure.Message.Contains("'parameters.project'", StringComparison.Ordinal) ? null : throw Refused(call, reply, failure, $"dns.managedZones.get on {OfZone(id)}");
        }

        Succeeded();
        return Read(purpose, reply, Zone);
    }

    /// <summary>
    /// resourceRecordSets.list (https://cloud.google.com/dns/docs/reference/rest/v1/resourceRecordSets/list) of a name and all
    /// below it, first page; null when the server does not take the filter.
    /// </summary>
    public async Task<SetPage?> ListFromAsync(string zoneId, DnsName name, CancellationToken cancellationToken)
    {
        var call = SetsCall(zoneId, $"reading {name}", ("filter", $"name=has_suffix(\"{name}.\")"));
        var reply = await _api.SendAsync(call, cancellationToken);
        return (int)reply.Status == 400 ? null : Page(zoneId, call, reply);
    }

    /// <summary>resourceRecordSets.list of one name, all pages.</summary>
    public async Task<IReadOnlyList<ListedSet>> ListNameAsync(string zoneId, DnsName name, CancellationToken cancellationToken) =>
        (await ListAsync(zoneId, $"reading {name}", MostPages, ("name", $"{name}."), cancellationToken))!;

    /// <summary>resourceRecordSets.list of the whole zone; null when that would take more than <paramref name="mostPages"/> calls.</summary>
    public Task<IReadOnlyList<ListedSet>?> ListZoneAsync(string zoneId, int mostPages, CancellationToken cancellationToken) =>
        ListAsync(zoneId, $"reading the records of {_options.Zone}", Math.Min(mostPages, MostPages), ("name", null), cancellationToken);

    /// <summary>
    /// changes.create (https://cloud.google.com/dns/docs/reference/rest/v1/changes/create): all of the change or nothing. It
    /// is never repeated, so that it carries no clientOperationId.
    /// </summary>
    public async Task<ChangeOutcome> ChangeAsync(string zoneId, JsonObject body, DnsName name, CancellationToken cancellationToken)
    {
        var purpose = $"changing {name}";
        var call = new ApiCall(HttpMethod.Post, Address($"managedZones/{zoneId}/changes"), purpose) { Writes = true, Body = Encoding.UTF8.GetBytes(body.ToJsonString()) };
        var reply = await _api.SendAsync(call, cancellationToken);
        if (!reply.IsSuccess)
        {
            var failure = GoogleFailure.Of(reply, writes: true);
            return failure.IsMisfit
                ? new ChangeOutcome(null, IsPending: false, VendorText.Clean(failure.Message, _credentials.LastToken))
                : throw Refused(call, reply, failure, $"dns.changes.create, dns.resourceRecordSets.create, dns.resourceRecordSets.update and dns.resourceRecordSets.delete on {OfZone(zoneId)} for {name} and its TXT {OwnerText.NameFor(name)}");
        }

        Succeeded();
        return Read(purpose, reply, root => new ChangeOutcome(root.OptionalText("id") ?? $"{root.LargeNumber("id")}", root.OptionalText("status") != "done", null), ProviderFailure.Ambiguous);
    }

    /// <summary>changes.get (https://cloud.google.com/dns/docs/reference/rest/v1/changes/get): true once the change was sent to the name servers.</summary>
    public async Task<bool> IsDoneAsync(string zoneId, string changeId, CancellationToken cancellationToken)
    {
        var purpose = $"following the change {changeId}";
        var reply = await GetAsync($"managedZones/{zoneId}/changes/{Uri.EscapeDataString(changeId)}", purpose, $"dns.changes.get on {OfZone(zoneId)}", cancellationToken);
        return Read(purpose, reply, root => root.Text("status") == "done");
    }

    /// <summary>
    /// managedZones.testIamPermissions (https://cloud.google.com/dns/docs/reference/rest/v1/managedZones/testIamPermissions):
    /// which of these the credential has on the zone. It changes nothing, though it is a POST.
    /// </summary>
    public async Task<IReadOnlyList<string>> TestPermissionsAsync(string zoneId, IEnumerable<string> permissions, CancellationToken cancellationToken)
    {
        const string purpose = "asking for the credential's permissions";
        var body = new JsonObject { ["permissions"] = new JsonArray([.. permissions.Select(permission => JsonValue.Create(permission))]) };
        var call = new ApiCall(HttpMethod.Post, Address($"managedZones/{zoneId}:testIamPermissions"), purpose) { Body = Encoding.UTF8.GetBytes(body.ToJsonString()) };
        var reply = await _api.SendAsync(call, cancellationToken);
        return reply.IsSuccess ? Read(purpose, reply, root => ListedSet.TextsOf(root, "permissions")) : throw Refused(call, reply, GoogleFailure.Of(reply, writes: false), $"the right to ask on {OfZone(zoneId)}");
    }

    private async Task<IReadOnlyList<ListedSet>?> ListAsync(string zoneId, string purpose, int mostPages, (string Name, string? Value) filter, CancellationToken cancellationToken)
    {
        var sets = new List<ListedSet>();
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        string? next = null;
        do
        {
            if (tokens.Count >= mostPages)
            {
                return filter.Value is null ? null : throw NotUnderstood(purpose, ProviderFailure.Transient, "the pages do not come to an end");
            }

            var call = SetsCall(zoneId, purpose, filter, ("pageToken", next));
            (var page, next) = Page(zoneId, call, await _api.SendAsync(call, cancellationToken));
            sets.AddRange(page);
        }
        while (next is not null && (tokens.Add(next) ? true : throw NotUnderstood(purpose, ProviderFailure.Transient, "the pages go round in circles")));
        return sets;
    }

    private ApiCall SetsCall(string zoneId, string purpose, params (string Name, string? Value)[] query) =>
        new(HttpMethod.Get, Address($"managedZones/{zoneId}/rrsets{Query([("maxResults", $"{SetsPerPage}"), .. query])}"), purpose) { LargestReply = 16 * 1024 * 1024 };

    private SetPage Page(string zoneId, ApiCall call, ApiReply reply)
    {
        if (!reply.IsSuccess)
        {
            throw Refused(call, reply, GoogleFailure.Of(reply, writes: false), $"dns.resourceRecordSets.list on {OfZone(zoneId)}");
        }

        Succeeded();
        return Read(call.Purpose, reply, root => new SetPage([.. Items(root, "rrsets", "dns#resourceRecordSetsListResponse").Select(ListedSet.Read).OfType<ListedSet>()], root.OptionalText("nextPageToken") is { Length: > 0 } next ? next : null));
    }

    private async Task<ApiReply> GetAsync(string path, string purpose, string permission, CancellationToken cancellationToken)
    {
        var call = new ApiCall(HttpMethod.Get, Address(path), purpose);
        var reply = await _api.SendAsync(call, cancellationToken);
        if (!reply.IsSuccess)
        {
            throw Refused(call, reply, GoogleFailure.Of(reply, writes: false), permission);
        }

        Succeeded();
        return reply;
    }

    private Uri Address(string path) => new($"{_root}/projects/{_options.Project}/{path}");

    private string OfZone(string id) => $"projects/{_options.Project}/managedZones/{id}";

    private static string Query(params IEnumerable<(string Name, string? Value)> parameters)
    {
        var given = parameters.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}").ToList();
        return given.Count == 0 ? string.Empty : $"?{string.Join('&', given)}";
    }

    private static ManagedZone Zone(JsonElement json) => new(
        json.Text("name"),
        json.Text("dnsName").TrimEnd('.').ToLowerInvariant(),
        json.OptionalText("visibility") == "private",
        ListedSet.TextsOf(json, "nameServers"));

    /// <summary>An empty list may be left out of a reply; what else is not such a reply is not one.</summary>
    private static IReadOnlyList<JsonElement> Items(JsonElement root, string member, string kind) =>
        root.List(member) ?? (root.OptionalText("kind") == kind ? [] : throw new JsonException($"'{member}' is missing"));

    private static T Read<T>(string purpose, ApiReply reply, Func<JsonElement, T> read, ProviderFailure unclear = ProviderFailure.Transient)
    {
        try
        {
            using var document = JsonDocument.Parse(reply.Body);
            return read(document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw NotUnderstood(purpose, unclear, e.Message, e);
        }
    }

    private static ProviderException NotUnderstood(string purpose, ProviderFailure failure, string what, Exception? cause = null) =>
        new(failure, $"{purpose} at Google Cloud DNS: the answer is not one of Google's, or not whole ({VendorText.Clean(what)}): check baseUrl", cause);

    private void Succeeded() => _backoff.Succeeded();

    private ProviderException Refused(ApiCall call, ApiReply reply, GoogleFailure failure, string permission)
    {
        var retryAfter = reply.RetryAfter;
        if (failure.IsThrottling && retryAfter is null)
        {
            retryAfter = _backoff.Next();
            _bucket.Pause(retryAfter.Value);
        }

        if (failure.IsUnauthenticated)
        {
            _credentials.Forget();
        }

        if (failure.IsNoSuchZone)
        {
            ZoneGone?.Invoke();
        }

        return failure.ToException(call, permission, _options.Project, retryAfter, _credentials.LastToken);
    }
}
