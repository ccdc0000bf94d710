using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Azure;

/// <summary>A zone as far as it matters here.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ResourceGroup">The resource group that it is in.</param>
/// <param name="NameServers">The host names that Azure assigned to it.</param>
/// <param name="Sets">How many record sets it has.</param>
/// <param name="MostSets">How many it may have.</param>
/// <param name="IsPrivate">Whether only virtual networks see its answers.</param>
internal sealed record AzureZone(string Name, string ResourceGroup, IReadOnlyList<string> NameServers, int? Sets, int? MostSets, bool IsPrivate);

/// <summary>One entry of what a caller may do: actions and exceptions from them, both with <c>*</c> for any text.</summary>
internal sealed record AzurePermission(IReadOnlyList<string> Actions, IReadOnlyList<string> NotActions);

/// <summary>The calls that are made to Azure, with every failure as a <see cref="ProviderException"/>.</summary>
internal sealed class AzureClient : IDisposable
{
    /// <summary>Of Azure DNS; the swagger files in Azure/azure-rest-api-specs are its contract.</summary>
    private const string ApiVersion = "2018-05-01";

    private const string PermissionsVersion = "2022-04-01";

    private const string Vendor = "Azure";

    /// <summary>Pages hold so many record sets if they are asked to, and a hundred else.</summary>
    private const int SetsPerPage = 500;

    /// <summary>So many lists are kept for when many names are read at once; a single name can be read without one.</summary>
    private const int ListsKept = 10;

    /// <summary>For a message that lists near names this is enough.</summary>
    private const int MostZones = 500;

    private readonly AzureOptions _options;
    private readonly AzureTokens _tokens;
    private readonly string _baseUrl;

    // Azure counts each kind of call by itself, and so its pauses are for one kind each. The limits of a zone are 2000 reads of
    // one set, 60 lists and 200 writes in a minute (https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#azure-dns-limits);
    // those of Resource Manager, per identity and subscription, 250 reads at once and 25 per second, 200 writes and 10 per
    // second (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
    private readonly ApiClient _gets;
    private readonly ApiClient _lists;
    private readonly ApiClient _writes;
    private readonly TokenBucket _listLimit;

    /// <summary>The last one that was sent, so that no message repeats it.</summary>
    private volatile string _token = string.Empty;

    /// <summary>A client without a connection yet.</summary>
    public AzureClient(AzureOptions options, TokenCredential credential, TimeProvider time)
    {
        (_options, _tokens) = (options, new AzureTokens(credential, options, time));
        _baseUrl = options.BaseUrl.AbsoluteUri.TrimEnd('/');
        _listLimit = Limit(burst: 20, perSecond: 0.65, mostWaiting: 30);
        _gets = Make(Limit(burst: 150, perSecond: 18, mostWaiting: 1000));
        _lists = Make(_listLimit);
        _writes = Make(Limit(burst: 50, perSecond: 2, mostWaiting: 200));

        TokenBucket Limit(int burst, double perSecond, int mostWaiting) => new(Vendor, burst, perSecond, mostWaiting, time);
        ApiClient Make(TokenBucket limit) => new(Vendor, options.Timeout, AuthorizeAsync, time, limit);
    }

    /// <summary>How far Azure's clock is ahead of ours.</summary>
    public TimeSpan? ClockSkew => _gets.ClockSkew ?? _lists.ClockSkew ?? _writes.ClockSkew;

    /// <summary>True when a list would go out at once and leave enough for reading many names.</summary>
    public bool HasListToSpare => _listLimit.Has(ListsKept + 1);

    /// <summary>True when the last reply was that the token is not accepted.</summary>
    public bool IsTokenRefused { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gets.Dispose();
        _lists.Dispose();
        _writes.Dispose();
        _tokens.Dispose();
    }

    /// <summary>Takes a token, as every call does, to see whether there is one.</summary>
    public async Task TryTokenAsync(CancellationToken cancellationToken) => await _tokens.GetAsync(cancellationToken);

    /// <summary>The zone (https://learn.microsoft.com/rest/api/dns/zones/get).</summary>
    public async Task<AzureZone> GetZoneAsync(CancellationToken cancellationToken)
    {
        var reply = await SendAsync(_gets, Read(_options.ZonePath, string.Empty, ApiVersion, $"the zone {_options.Zone} cannot be read", "Microsoft.Network/dnsZones/read", _options.ZonePath), cancellationToken);
        return reply.Read(Zone);
    }

    /// <summary>The zones of the subscription, the first few hundred (https://learn.microsoft.com/rest/api/dns/zones/list).</summary>
    public async Task<IReadOnlyList<AzureZone>> ListZonesAsync(CancellationToken cancellationToken)
    {
        var scope = $"/subscriptions/{_options.Subscription}";
        var reply = await SendAsync(_lists, Read($"{scope}/providers/Microsoft.Network/dnszones", $"$top={MostZones}&", ApiVersion, "the zones cannot be listed", "Microsoft.Network/dnsZones/read", scope) with { IsOfSubscription = true }, cancellationToken);
        return reply.Read(json => (json.List("value") ?? throw new JsonException("'value' is no list")).Select(Zone).ToList());
    }

    /// <summary>
    /// The steered record sets of one name, type by type (https://learn.microsoft.com/rest/api/dns/record-sets/get). There is
    /// no call for all types of one name.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="isZoneThere">Whether the zone is known to exist; else that is made sure of when there is no set.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<IReadOnlyList<AzureRecordSet>> GetSetsAsync(DnsName name, bool isZoneThere, CancellationToken cancellationToken)
    {
        var sets = await Task.WhenAll(Enum.GetValues<RecordType>().Select(type => GetSetAsync(name, type, cancellationToken)));
        if (!isZoneThere && Array.TrueForAll(sets, set => set is null))
        {
            await GetZoneAsync(cancellationToken); // a name without records is in a zone that exists
        }

        return [.. sets.OfType<AzureRecordSet>()];
    }

    /// <summary>
    /// Every steered record set of the zone (https://learn.microsoft.com/rest/api/dns/record-sets/list-all-by-dns-zone); null
    /// when that would take more than <paramref name="mostPages"/> calls.
    /// </summary>
    public Task<IReadOnlyList<AzureRecordSet>?> ListSetsAsync(int mostPages, CancellationToken cancellationToken) =>
        ListAsync(ListCall(string.Empty), mostPages, () => true, cancellationToken);

    /// <summary>
    /// As <see cref="ListSetsAsync"/>, for a caller that can do without: null also when lists run short. By the
    /// documentation a suffix leaves what ends with <c>.suffix</c>, which the name <c>suffix</c> itself does not; other
    /// servers with this API may have it in, or leave everything.
    /// </summary>
    /// <param name="suffix">What the relative names end with; empty is no filter.</param>
    /// <param name="mostPages">So many calls are made at most.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public Task<IReadOnlyList<AzureRecordSet>?> TryListSetsAsync(string suffix, int mostPages, CancellationToken cancellationToken) =>
        ListAsync(ListCall(suffix) with { HasSubstitute = true }, mostPages, () => HasListToSpare, cancellationToken);

    /// <summary>Creates or replaces one record set (https://learn.microsoft.com/rest/api/dns/record-sets/create-or-update).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="body">All of it.</param>
    /// <param name="before">What it replaces, and nothing else; null creates it, if there is none.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The set as it is now.</returns>
    public async Task<AzureRecordSet> PutAsync(DnsName name, RecordType type, JsonObject body, AzureRecordSet? before, CancellationToken cancellationToken)
    {
        var call = OfSet(HttpMethod.Put, name, type, "write", $"the change of {name} {type} failed");
        var reply = await SendAsync(
            _writes,
            call with { Http = call.Http with { Writes = true, Body = Encoding.UTF8.GetBytes(body.ToJsonString()), Headers = [before is null ? ("If-None-Match", "*") : ("If-Match", before.ETag)] } },
            cancellationToken);
        return SetIn(reply, name, type);
    }

    /// <summary>What the identity may do on the zone, roles on single record sets aside (https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource).</summary>
    public async Task<IReadOnlyList<AzurePermission>> GetPermissionsAsync(CancellationToken cancellationToken)
    {
        var reply = await SendAsync(_gets, Read($"{_options.ZonePath}/providers/Microsoft.Authorization/permissions", string.Empty, PermissionsVersion, "the permissions cannot be read", "Microsoft.Authorization/permissions/read", _options.ZonePath), cancellationToken);
        return reply.Read(json => (json.List("value") ?? throw new JsonException("'value' is no list")).Select(item => new AzurePermission(Texts(item, "actions"), Texts(item, "notActions"))).ToList());
    }

    private async Task<IReadOnlyList<AzureRecordSet>?> ListAsync(AzureCall call, int mostPages, Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        var pages = new RecordSetPages(_options);
        for (var page = 1; page <= mostPages && mayGoOn(); page++)
        {
            if (pages.Add(await SendAsync(_lists, call, cancellationToken)) is not { } next)
            {
                return pages.Sets;
            }

            call = call with { Http = call.Http with { Address = next } };
        }

        return null;
    }

    private AzureCall ListCall(string suffix)
    {
        var filter = suffix.Length == 0 ? string.Empty : $"$recordsetnamesuffix={Uri.EscapeDataString(suffix)}&";
        return Read($"{_options.ZonePath}/all", $"$top={SetsPerPage}&{filter}", ApiVersion, $"the record sets of {_options.Zone} cannot be listed", "Microsoft.Network/dnsZones/all/read", _options.ZonePath);
    }

    private async Task<AzureRecordSet?> GetSetAsync(DnsName name, RecordType type, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(_gets, OfSet(HttpMethod.Get, name, type, "read", $"the records of {name} cannot be read"), cancellationToken);
        return reply.IsSuccess ? SetIn(reply, name, type) : null;
    }

    private AzureRecordSet SetIn(AzureReply reply, DnsName name, RecordType type) => reply.Read(json =>
        AzureRecordSet.Read(json, _options.Zone) is { } set && set.Name == name && set.Type == type ? set : throw new JsonException($"it is not about {name} {type}"));

    private AzureCall OfSet(HttpMethod method, DnsName name, RecordType type, string verb, string purpose)
    {
        var path = $"{_options.ZonePath}/{type}/{AzureRecordSet.RelativeName(name, _options.Zone)}";
        return new AzureCall(new ApiCall(method, Address(path, string.Empty, ApiVersion), purpose), $"Microsoft.Network/dnsZones/{type}/{verb}", path) { IsOfRecordSet = true };
    }

    private AzureCall Read(string path, string query, string version, string purpose, string action, string scope) =>
        new(new ApiCall(HttpMethod.Get, Address(path, query, version), purpose), action, scope);

    private Uri Address(string path, string query, string version) => new($"{_baseUrl}{path}?{query}api-version={version}");

    private async Task<AzureReply> SendAsync(ApiClient api, AzureCall call, CancellationToken cancellationToken)
    {
        var reply = new AzureReply(call, await api.SendAsync(call.Http, cancellationToken), _token);
        IsTokenRefused = reply.IsAboutTheToken;
        if (IsTokenRefused)
        {
            _tokens.Forget(_token);
        }

        return reply.IsSuccess || reply.IsNoSuchSet ? reply
            : reply.IsNoSuchPlace && !call.HasSubstitute ? throw reply.Failure(ProviderFailure.Rejected, $": {await WhatIsThereAsync(reply, call, cancellationToken)}")
            : throw reply.Failure(ClockSkew);
    }

    /// <summary>What there is instead of a zone that is not where it should be.</summary>
    private async Task<string> WhatIsThereAsync(AzureReply reply, AzureCall call, CancellationToken cancellationToken)
    {
        try
        {
            return reply.IsNoSuchSubscription || call.IsOfSubscription ? NearZones.NoSubscription : NearZones.Of(_options, await ListZonesAsync(cancellationToken));
        }
        catch (ProviderException)
        {
            return NearZones.Unknown(_options);
        }
    }

    private async ValueTask AuthorizeAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        _token = await _tokens.GetAsync(cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
    }

    private AzureZone Zone(JsonElement json)
    {
        var properties = json.Object("properties") ?? throw new JsonException("'properties' is missing");
        return new AzureZone(
            json.Text("name"),
            GroupIn(json.OptionalText("id") ?? string.Empty),
            Texts(properties, "nameServers"),
            properties.Number("numberOfRecordSets"),
            properties.Number("maxNumberOfRecordSets"),
            string.Equals(properties.OptionalText("zoneType"), "Private", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary><c>/subscriptions/…/resourceGroups/GROUP/providers/…</c>; Azure spells the words in paths in several ways.</summary>
    private static string GroupIn(string id)
    {
        var steps = id.Split('/');
        var at = Array.FindIndex(steps, step => step.Equals("resourceGroups", StringComparison.OrdinalIgnoreCase));
        return at >= 0 && at + 1 < steps.Length ? steps[at + 1] : string.Empty;
    }

    private static List<string> Texts(JsonElement json, string member) =>
        [.. (json.List(member) ?? []).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];
}
