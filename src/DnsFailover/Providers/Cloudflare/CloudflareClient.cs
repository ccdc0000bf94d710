using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>A zone as far as it matters here.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Status">For example <c>active</c>.</param>
/// <param name="NameServers">The host names that Cloudflare assigned to it.</param>
internal sealed record CloudflareZone(string Id, string Name, string? Status, IReadOnlyList<string> NameServers)
{
    /// <summary>The account that it belongs to.</summary>
    public string? AccountId { get; init; }

    /// <summary>Whether Cloudflare answers for it without proxying anything.</summary>
    public bool IsPaused { get; init; }

    /// <summary><c>full</c>, <c>partial</c> (its DNS is elsewhere) or <c>secondary</c>.</summary>
    public string? Type { get; init; }

    /// <summary>The name servers that it had before it came to Cloudflare.</summary>
    public IReadOnlyList<string> OriginalNameServers { get; init; } = [];
}

/// <summary>The calls that are made to Cloudflare, with every failure as a <see cref="ProviderException"/>.</summary>
internal sealed class CloudflareClient : IDisposable
{
    /// <summary>The largest page of zones that there is.</summary>
    private const int ZonesPerPage = 50;

    /// <summary>For a message that lists near names this is enough.</summary>
    private const int MostZonePages = 4;

    /// <summary>What newer tokens begin with that belong to an account.</summary>
    private const string AccountTokenStart = "cfat_";

    private const int RecordsPerPage = 100;

    /// <summary>A page of so many records stays far below the largest reply that is read.</summary>
    private const int RecordsPerLargePage = 1000;

    private readonly CloudflareOptions _options;
    private readonly ApiClient _api;
    private readonly string _baseUrl;

    /// <summary>A client without a connection yet.</summary>
    public CloudflareClient(CloudflareOptions options, TimeProvider time)
    {
        _options = options;
        _baseUrl = options.BaseUrl.AbsoluteUri.TrimEnd('/');
        _api = new ApiClient("Cloudflare", options.Timeout, AuthorizeAsync, time, TokenLimit.Of(options, time));
    }

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    /// <summary>The zones of one name that the token may see (https://developers.cloudflare.com/api/resources/zones/methods/list/).</summary>
    public async Task<IReadOnlyList<CloudflareZone>> FindZonesAsync(DnsName name, CancellationToken cancellationToken)
    {
        var page = await SendAsync(Read($"zones?name={name}&per_page={ZonesPerPage}", $"the zone {name} cannot be looked up", Permission.ReadZone), cancellationToken);
        return [.. Zones(page).Where(zone => string.Equals(zone.Name, name.ToString(), StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>The names of the zones that the token may see: the first two hundred.</summary>
    public async Task<IReadOnlyList<string>> ListZoneNamesAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        for (var page = 1; page <= MostZonePages; page++)
        {
            var reply = await SendAsync(Read($"zones?page={page}&per_page={ZonesPerPage}", "the zones cannot be listed", Permission.ReadZone), cancellationToken);
            var zones = Zones(reply);
            names.AddRange(zones.Select(zone => zone.Name));
            if (zones.Count < ZonesPerPage)
            {
                break;
            }
        }

        return names;
    }

    /// <summary>A zone by its id (https://developers.cloudflare.com/api/resources/zones/methods/get/).</summary>
    public async Task<CloudflareZone> GetZoneAsync(string id, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(Read($"zones/{id}", $"the zone {_options.Zone} cannot be read", Permission.ReadZone), cancellationToken);
        return reply.Read(json => Zone(json.Object("result") ?? throw new JsonException("'result' is missing")));
    }

    /// <summary>
    /// Every steered record of one name (https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/list/).
    /// </summary>
    public async Task<IReadOnlyList<CloudflareRecord>> ListRecordsAsync(string zoneId, DnsName name, CancellationToken cancellationToken)
    {
        var pages = new RecordPages(RecordsPerPage);
        while (!pages.IsComplete)
        {
            pages.Add(await SendAsync(Read($"zones/{zoneId}/dns_records?name={name}&page={pages.Next}&per_page={RecordsPerPage}", $"the records of {name} cannot be read", Permission.ReadRecords), cancellationToken));
        }

        // A server that does not know the filter answers with every record there is.
        return [.. pages.Records.Where(record => record.Name == name)];
    }

    /// <summary>Every steered record of the zone; null when that would take more than <paramref name="mostPages"/> calls.</summary>
    public async Task<IReadOnlyList<CloudflareRecord>?> ListRecordsAsync(string zoneId, int mostPages, CancellationToken cancellationToken)
    {
        var pages = new RecordPages(RecordsPerLargePage);
        while (!pages.IsComplete)
        {
            if (pages.Next > mostPages || pages.Expected > mostPages)
            {
                return null;
            }

            pages.Add(await SendAsync(Read($"zones/{zoneId}/dns_records?page={pages.Next}&per_page={RecordsPerLargePage}", $"the records of {_options.Zone} cannot be read", Permission.ReadRecords), cancellationToken));
        }

        return pages.Records;
    }

    /// <summary>Changes one record where it stands (https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/edit/).</summary>
    public Task<CloudflareReply> PatchAsync(string zoneId, DnsName name, RecordPatch patch, CancellationToken cancellationToken) =>
        SendAsync(Write(HttpMethod.Patch, $"zones/{zoneId}/dns_records/{Uri.EscapeDataString(patch.Id)}", $"the change of {name} failed", patch.ToJson(withId: false)), cancellationToken);

    /// <summary>
    /// Changes several records in one transaction (https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/batch/).
    /// When it fails nothing was changed, and it must not be repeated record by record.
    /// </summary>
    public Task<CloudflareReply> BatchAsync(string zoneId, DnsName name, RecordWrites writes, CancellationToken cancellationToken) =>
        SendAsync(Write(HttpMethod.Post, $"zones/{zoneId}/dns_records/batch", $"the change of {name} failed", writes.ToJson()), cancellationToken);

    /// <summary>
    /// What Cloudflare says about the token (https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/),
    /// whatever it says. A token that belongs to an account is known only under that account
    /// (https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/verify/).
    /// </summary>
    /// <param name="accountId">The account; null asks for a token that belongs to a user.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<CloudflareReply> VerifyTokenAsync(string? accountId, CancellationToken cancellationToken)
    {
        var call = Read(accountId is null ? "user/tokens/verify" : $"accounts/{accountId}/tokens/verify", "the token cannot be verified", Permission.ReadZone);
        return new CloudflareReply(call, await _api.SendAsync(call.Http, cancellationToken), _options);
    }

    /// <summary>How far Cloudflare's clock was ahead of ours in its last reply.</summary>
    public TimeSpan? ClockSkew => _api.ClockSkew;

    /// <summary>A call that changes nothing.</summary>
    public CloudflareCall Read(string path, string purpose, Permission permission) =>
        new(new ApiCall(HttpMethod.Get, new Uri($"{_baseUrl}/{path}"), purpose), permission);

    /// <summary>A call that may change something.</summary>
    public CloudflareCall Write(HttpMethod method, string path, string purpose, JsonObject body, Permission permission = Permission.EditRecords) =>
        new(new ApiCall(method, new Uri($"{_baseUrl}/{path}"), purpose) { Writes = true, Body = Encoding.UTF8.GetBytes(body.ToJsonString()) }, permission);

    /// <summary>Makes a call.</summary>
    /// <exception cref="ProviderException">It was not carried out, or it is not known whether it was.</exception>
    public async Task<CloudflareReply> SendAsync(CloudflareCall call, CancellationToken cancellationToken)
    {
        var reply = new CloudflareReply(call, await _api.SendAsync(call.Http, cancellationToken), _options);
        if (reply.IsAboutTheToken)
        {
            throw reply.Refusal(await WhatIsWrongWithTheTokenAsync(cancellationToken));
        }

        return reply.IsSuccess ? reply : throw reply.Failure();
    }

    /// <summary>
    /// Asks about the token itself, since what other calls say does not tell an expired token from one without a permission.
    /// Null when it is fine, or belongs to an account that is not known here.
    /// </summary>
    private async Task<string?> WhatIsWrongWithTheTokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            var reply = await VerifyTokenAsync(_options.AccountId is { } account && _options.Token.Reveal().StartsWith(AccountTokenStart, StringComparison.Ordinal) ? account : null, cancellationToken);
            return reply.TokenStatus switch
            {
                "expired" => $"the token has expired{(reply.TokenExpiry is { } at ? $" ({at:yyyy-MM-dd})" : string.Empty)}: roll it, or give it a later end",
                "disabled" => "the token is disabled: enable it, or make another",
                _ => null,
            };
        }
        catch (ProviderException)
        {
            return null; // the first refusal says enough
        }
    }

    private ValueTask AuthorizeAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var token = _options.Token.Reveal().Trim();
        if (token.Length == 0 || CloudflareOptions.TokenComplaint(token) is not null)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the token of Cloudflare {CloudflareOptions.TokenComplaint(token) ?? "is empty"}: correct it; nothing was sent");
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return ValueTask.CompletedTask;
    }

    private static List<CloudflareZone> Zones(CloudflareReply reply) =>
        reply.Read(json => (json.List("result") ?? throw new JsonException("'result' is no list")).Select(Zone).ToList());

    private static CloudflareZone Zone(JsonElement json) => new(
        json.Text("id"),
        json.Text("name"),
        json.OptionalText("status"),
        Texts(json, "name_servers"))
    {
        AccountId = json.Object("account")?.OptionalText("id"),
        IsPaused = json.Flag("paused") ?? false,
        Type = json.OptionalText("type"),
        OriginalNameServers = Texts(json, "original_name_servers"),
    };

    private static List<string> Texts(JsonElement json, string member) =>
        [.. (json.List(member) ?? []).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];
}

/// <summary>What a token must be allowed, in the words of the dashboard.</summary>
internal enum Permission
{
    /// <summary>To find a zone by its name.</summary>
    ReadZone,

    /// <summary>To read records.</summary>
    ReadRecords,

    /// <summary>To change records.</summary>
    EditRecords,

    /// <summary>To read the load balancers of a zone.</summary>
    ReadLoadBalancers,

    /// <summary>To change the load balancers of a zone.</summary>
    EditLoadBalancers,

    /// <summary>To read the pools of an account.</summary>
    ReadPools,

    /// <summary>To change the pools of an account.</summary>
    EditPools,
}

/// <summary>A call with what it needs.</summary>
internal sealed record CloudflareCall(ApiCall Http, Permission Permission)
{
    /// <summary>What of a list it is about, such as "pool"; that may be gone by now. Null for lists.</summary>
    public string? One { get; init; }
}
