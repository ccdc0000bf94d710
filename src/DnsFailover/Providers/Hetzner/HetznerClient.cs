using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Hetzner;

/// <summary>A zone as far as it matters here (https://docs.hetzner.cloud/reference/cloud#zones).</summary>
/// <param name="Ttl">The TTL of RRsets that have none of their own, in seconds.</param>
/// <param name="Mode"><c>primary</c>, or <c>secondary</c> for a copy of another server's zone.</param>
/// <param name="Status"><c>ok</c>, <c>updating</c> or <c>error</c>.</param>
/// <param name="DelegationStatus"><c>valid</c> where the registry names the servers below.</param>
/// <param name="NameServers">The host names that Hetzner assigned to it.</param>
internal sealed record HetznerZone(int Ttl, string? Mode, string? Status, string? DelegationStatus, IReadOnlyList<string> NameServers)
{
    /// <summary>Reads <c>zone</c> of a reply.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static HetznerZone Read(JsonElement json)
    {
        var zone = json.Object("zone") ?? throw new JsonException("'zone' is missing");
        var servers = zone.Object("authoritative_nameservers");
        return new HetznerZone(
            zone.Number("ttl") ?? throw new JsonException("'ttl' of the zone is missing"),
            zone.OptionalText("mode"),
            zone.OptionalText("status"),
            servers?.OptionalText("delegation_status"),
            [.. (servers?.List("assigned") ?? []).Where(server => server.ValueKind == JsonValueKind.String).Select(server => server.GetString()!.TrimEnd('.'))]);
    }
}

/// <summary>The calls that are made to Hetzner, with every failure as a <see cref="ProviderException"/>.</summary>
internal sealed class HetznerClient : IDisposable
{
    private const string Vendor = "Hetzner";

    /// <summary>
    /// 3600 calls per hour are allowed per project, and one comes back per second
    /// (https://docs.hetzner.cloud/reference/cloud#rate-limiting). At most 3300 go out, so that others of the project have some.
    /// </summary>
    private const int Burst = 240;

    private const double PerSecond = 0.85;

    private const int MostWaiting = 500;

    /// <summary>The largest page of RRsets that there is.</summary>
    private const int RrsetsPerPage = 100;

    private const int ZonesPerPage = 50;

    /// <summary>For a message that lists near names this is enough.</summary>
    private const int MostZonePages = 4;

    /// <summary>A name has three steered RRsets at most; more than so many pages is a server that never ends.</summary>
    private const int MostPagesOfName = 4;

    private const string Types = "type=A&type=AAAA&type=CNAME";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly HetznerOptions _options;
    private readonly TimeProvider _time;
    private readonly ApiClient _api;
    private readonly string _baseUrl;

    /// <summary>A client without a connection yet.</summary>
    public HetznerClient(HetznerOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _baseUrl = options.BaseUrl.AbsoluteUri.TrimEnd('/');
        _api = new ApiClient(Vendor, options.Timeout, BearerToken.Authorize(Vendor, options.Token), time, new TokenBucket(Vendor, Burst, PerSecond, MostWaiting, time), WaitAfter);
    }

    /// <summary>How far its clock was ahead of ours in its last reply.</summary>
    public TimeSpan? ClockSkew => _api.ClockSkew;

    private string Zone => $"{_baseUrl}/zones/{_options.Zone}";

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    /// <summary>The reply about the zone, whatever it is (https://docs.hetzner.cloud/reference/cloud#zones-get-a-zone).</summary>
    public Task<HetznerReply> LookAtZoneAsync(CancellationToken cancellationToken) =>
        ReplyAsync(Read(CallOf.Zone, Zone, $"the zone {_options.Zone} cannot be read"), cancellationToken);

    /// <summary>The zone.</summary>
    public async Task<HetznerZone> GetZoneAsync(CancellationToken cancellationToken) =>
        (await SendAsync(Read(CallOf.Zone, Zone, $"the zone {_options.Zone} cannot be read"), cancellationToken)).Read(HetznerZone.Read);

    /// <summary>Every steered RRset of one name (https://docs.hetzner.cloud/reference/cloud#zone-rrsets-list-rrsets).</summary>
    public async Task<IReadOnlyList<HetznerRrset>> ListRrsetsAsync(DnsName name, CancellationToken cancellationToken)
    {
        var purpose = $"the records of {name} cannot be read";
        var rrsets = await ListAllAsync($"name={Uri.EscapeDataString(RelativeName.Of(name, _options.Zone))}&{Types}", purpose, MostPagesOfName, cancellationToken)
            ?? throw new ProviderException(ProviderFailure.Transient, $"{purpose} at Hetzner: the list has more than {MostPagesOfName} pages");

        // A server that does not know the filter answers with every RRset there is.
        return [.. rrsets.Where(rrset => rrset.Name == name)];
    }

    /// <summary>Every steered RRset of the zone; null when that would take more than <paramref name="mostPages"/> calls.</summary>
    public Task<IReadOnlyList<HetznerRrset>?> ListRrsetsAsync(int mostPages, CancellationToken cancellationToken) =>
        ListAllAsync(Types, $"the records of {_options.Zone} cannot be read", mostPages, cancellationToken);

    /// <summary>Creates an RRset (https://docs.hetzner.cloud/reference/cloud#zone-rrsets-create-an-rrset).</summary>
    public Task CreateAsync(DnsName name, JsonObject body, CancellationToken cancellationToken) =>
        ActAsync(Write(HttpMethod.Post, CallOf.Zone, $"{Zone}/rrsets", name, body), cancellationToken);

    /// <summary>Puts values in place of those that are there (https://docs.hetzner.cloud/reference/cloud#zone-rrset-actions-set-records-of-an-rrset).</summary>
    public Task SetRecordsAsync(DnsName name, RecordType type, JsonArray records, CancellationToken cancellationToken) =>
        ActAsync(Write(HttpMethod.Post, CallOf.Rrset, $"{Rrset(name, type)}/actions/set_records", name, new JsonObject { ["records"] = records }), cancellationToken);

    /// <summary>Changes the TTL (https://docs.hetzner.cloud/reference/cloud#zone-rrset-actions-change-an-rrsets-ttl).</summary>
    public Task ChangeTtlAsync(DnsName name, RecordType type, int ttl, CancellationToken cancellationToken) =>
        ActAsync(Write(HttpMethod.Post, CallOf.Rrset, $"{Rrset(name, type)}/actions/change_ttl", name, new JsonObject { ["ttl"] = ttl }), cancellationToken);

    /// <summary>Puts labels in place of those that are there (https://docs.hetzner.cloud/reference/cloud#zone-rrsets-update-an-rrset).</summary>
    public Task SetLabelsAsync(DnsName name, RecordType type, IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken) =>
        SendAsync(Write(HttpMethod.Put, CallOf.Rrset, Rrset(name, type), name, new JsonObject { ["labels"] = ToJson(labels) }), cancellationToken);

    /// <summary>Labels as the API takes them, in order.</summary>
    public static JsonObject ToJson(IReadOnlyDictionary<string, string> labels) =>
        new(labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value)));

    /// <summary>What is near a zone that is not there (https://docs.hetzner.cloud/reference/cloud#zones-list-zones).</summary>
    public async Task<string> NoSuchZoneAsync(CancellationToken cancellationToken)
    {
        const string Advice = "correct zone, or use a token of the project that has it";
        try
        {
            return $"Hetzner has no zone {_options.Zone} in the project of the token{NearZones.Of(_options.Zone, await ListZoneNamesAsync(cancellationToken))}: {Advice}";
        }
        catch (ProviderException e)
        {
            return $"Hetzner has no zone {_options.Zone} in the project of the token: {Advice} ({e.Message})";
        }
    }

    private async Task<IReadOnlyList<string>> ListZoneNamesAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        for (var page = 1; page <= MostZonePages; page++)
        {
            var reply = await SendAsync(Read(CallOf.Project, $"{_baseUrl}/zones?page={page}&per_page={ZonesPerPage}", "the zones cannot be listed"), cancellationToken);
            names.AddRange(reply.Read(json => (json.List("zones") ?? throw new JsonException("'zones' is no list")).Select(zone => zone.Text("name")).ToList()));
            if (reply.Read(json => json.Object("meta")?.Object("pagination")?.Number("next_page")) is null)
            {
                break;
            }
        }

        return names;
    }

    private async Task<IReadOnlyList<HetznerRrset>?> ListAllAsync(string filter, string purpose, int mostPages, CancellationToken cancellationToken)
    {
        var pages = new RrsetPages(_options.Zone, RrsetsPerPage);
        while (!pages.IsComplete)
        {
            if (pages.Next > mostPages || pages.Expected > mostPages)
            {
                return null;
            }

            pages.Add(await SendAsync(Read(CallOf.Zone, $"{Zone}/rrsets?{filter}&page={pages.Next}&per_page={RrsetsPerPage}", purpose), cancellationToken));
        }

        return pages.Rrsets;
    }

    /// <summary>Begins an action and waits until it has succeeded (https://docs.hetzner.cloud/reference/cloud#actions-get-an-action).</summary>
    /// <exception cref="ActionFailedException">It ended with an error.</exception>
    /// <exception cref="ProviderException">It was not begun; or Ambiguous: whether it was carried out cannot be found out.</exception>
    private async Task ActAsync(HetznerCall call, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(call, cancellationToken);
        var (action, began, pause) = (reply.Read(HetznerAction.Read), _time.GetTimestamp(), FirstPause);
        while (!action.IsDone)
        {
            if (_time.GetElapsedTime(began) >= _options.Timeout)
            {
                throw new ProviderException(ProviderFailure.Ambiguous, $"{call.Http.Purpose}: Hetzner took it as action {action.Id}, which still runs after {Text.Of(_options.Timeout)}");
            }

            await Task.Delay(pause, _time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            action = await LookAtActionAsync(action.Id, call, cancellationToken);
        }

        if (action.Status == "error")
        {
            throw new ActionFailedException(action);
        }
    }

    private async Task<HetznerAction> LookAtActionAsync(long id, HetznerCall call, CancellationToken cancellationToken)
    {
        try
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"{_baseUrl}/actions/{id}");
            return (await SendAsync(Read(CallOf.Action, address, $"action {id} cannot be looked at"), cancellationToken)).Read(HetznerAction.Read);
        }
        catch (ProviderException e)
        {
            throw new ProviderException(ProviderFailure.Ambiguous, $"{call.Http.Purpose}: Hetzner took it, but whether it was carried out cannot be found out: {e.Message}", e, e.RetryAfter);
        }
    }

    private async Task<HetznerReply> SendAsync(HetznerCall call, CancellationToken cancellationToken)
    {
        var reply = await ReplyAsync(call, cancellationToken);
        return reply.IsSuccess ? reply
            : reply.IsAboutTheZone ? throw new ProviderException(ProviderFailure.Rejected, $"{call.Http.Purpose}: {await NoSuchZoneAsync(cancellationToken)}")
            : throw reply.Failure();
    }

    private async Task<HetznerReply> ReplyAsync(HetznerCall call, CancellationToken cancellationToken) =>
        new(call, await _api.SendAsync(call.Http, cancellationToken), _options.Token);

    private static HetznerCall Read(CallOf of, string address, string purpose) => new(new ApiCall(HttpMethod.Get, new Uri(address), purpose), of);

    private static HetznerCall Write(HttpMethod method, CallOf of, string address, DnsName name, JsonObject body) =>
        new(new ApiCall(method, new Uri(address), $"the change of {name} failed") { Writes = true, Body = Encoding.UTF8.GetBytes(body.ToJsonString()) }, of);

    private string Rrset(DnsName name, RecordType type) => $"{Zone}/rrsets/{Uri.EscapeDataString(RelativeName.Of(name, _options.Zone))}/{type}";

    /// <summary>
    /// <c>RateLimit-Reset</c> is when all calls of the hour are back, which may be an hour away. Who is turned away waits until
    /// ten are: <c>RateLimit-Limit</c> of them come back per hour.
    /// </summary>
    private static TimeSpan? WaitAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        if (RetryHint.Of(response.Headers, now) is { } asked)
        {
            return asked;
        }

        var perHour = response.Headers.TryGetValues("RateLimit-Limit", out var values) && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit : 3600;
        return response.StatusCode == HttpStatusCode.TooManyRequests ? TimeSpan.FromHours(1) * 10 / Math.Max(perHour, 10) : null;
    }
}
