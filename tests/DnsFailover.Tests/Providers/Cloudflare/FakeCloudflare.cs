using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DnsFailover.Tests.Providers.Http;

namespace DnsFailover.Tests.Providers.Cloudflare;

/// <summary>A token with what it may do.</summary>
internal sealed record FakeToken(string Value)
{
    public bool MayReadZones { get; init; } = true;

    public bool MayReadRecords { get; init; } = true;

    public bool MayEditRecords { get; init; } = true;

    public bool MaySeeTheZones { get; init; } = true;

    public bool MayReadBalancers { get; init; } = true;

    public bool MayEditBalancers { get; init; } = true;

    public bool MayReadPools { get; init; } = true;

    public bool MayEditPools { get; init; } = true;

    /// <summary>Whether it belongs to an account, and not to a user.</summary>
    public bool IsOfAccount { get; init; }

    public string Status { get; init; } = "active";

    public string? ExpiresOn { get; init; }
}

/// <summary>
/// Cloudflare's API and name servers on ports of 127.0.0.1, as strict as the vendor's. Every exchange is held against the
/// contract where there is one; what does not keep to it fails the test at the end.
/// </summary>
internal sealed class FakeCloudflare : FakeVendor
{
    public const string Contract = "cloudflare-v4.openapi.json";

    public const string AccountId = "023e105f4ecef8ad9ca31a8372d0c353";

    private const string Apex = "example.com";

    /// <summary>Calls that the vendor has and the contract, which is a cut of the vendor's, has not.</summary>
    private static readonly Regex s_beyondTheContract = new(@"^/client/v4/accounts/[^/]+/(tokens/verify|load_balancers/pools/[^/]+/references)$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private readonly OpenApiContract? _contract = OpenApiContract.Find(Contract);

    private FakeCloudflare(bool enterprise)
        : base(Apex)
    {
        Zone = new FakeZone(Apex, enterprise);
        Zones = [Zone];
        Balancing = new FakeBalancing(Zone);
    }

    public FakeZone Zone { get; }

    public List<FakeZone> Zones { get; }

    public FakeBalancing Balancing { get; }

    public List<FakeToken> Tokens { get; } = [new FakeToken($"good-token-{Guid.NewGuid():N}")];

    public Uri BaseUrl => new(Address, "/client/v4");

    /// <summary>So many calls are answered; what comes then is turned away.</summary>
    public int CallsLeft { get; set; } = 1200;

    /// <summary>The largest page that it gives, whatever is asked for.</summary>
    public int LargestPage { get; set; } = 5000;

    /// <summary>Whether <c>result_info</c> says how many pages there are; older descriptions of the API do not know that.</summary>
    public bool SaysTotalPages { get; set; } = true;

    /// <summary>Whether envelopes have <c>errors</c>, <c>messages</c> and <c>result_info</c>, and replies the headers of the rate limit; some compatible servers leave them out.</summary>
    public bool IsTerse { get; set; }

    /// <summary>Runs after records, or a pool or pools, were read, before the reply goes out.</summary>
    public Action AfterListing { get; set; } = () => { };

    /// <summary>The calls so far: method and path without the prefix, with the ids of zone, account and pools as <c>:zone</c>, <c>:account</c>, <c>:pool</c>.</summary>
    public new IReadOnlyList<string> Calls =>
        [.. base.Calls.Select(call => Balancing.Anonymous(call.Replace("/client/v4/", string.Empty, StringComparison.Ordinal).Replace(Zone.Id, ":zone", StringComparison.Ordinal).Replace(AccountId, ":account", StringComparison.Ordinal)))];

    public static async Task<FakeCloudflare> StartAsync(bool enterprise, CancellationToken cancellationToken)
    {
        var fake = new FakeCloudflare(enterprise);
        await fake.StartAsync(cancellationToken);
        return fake;
    }

    /// <summary>Changes the records while no request does.</summary>
    public void Edit(Action<FakeZone> edit) => Locked(() =>
    {
        edit(Zone);
        return 0;
    });

    public IReadOnlyList<FakeRecord> Look(string name) => Locked(() => Zone.Records.Where(record => record.Name == name).ToList());

    /// <summary>Looks at load balancers and pools, or changes them, while no request does.</summary>
    public T Balance<T>(Func<FakeBalancing, T> act) => Locked(() => act(Balancing));

    protected override IEnumerable<string> BreachesIn(FakeRequest request) =>
        _contract is null || s_beyondTheContract.IsMatch(request.Path) ? [] : _contract.CheckRequest(request.Method, request.Path, request.Query, request.Body);

    protected override IEnumerable<string> BreachesIn(FakeRequest request, FakeReply reply) =>
        IsTerse ? [] : _contract?.CheckReply(request.Method, request.Path, reply.Status, reply.Body) ?? [];

    protected override FakeReply Answer(FakeRequest request)
    {
        (string, string)[] headers = [("Ratelimit-Policy", "\"default\";q=1200;w=300")];
        try
        {
            if (--CallsLeft < 0)
            {
                headers = [.. headers, ("Retry-After", "300")];
                throw new FakeRefusal(429, 10429, "Rate limited. Please wait and consider throttling your request speed.");
            }

            // The last call that is allowed says so; one that says more than this would keep the client away.
            headers = [.. headers, ("Ratelimit", $"\"default\";r={CallsLeft};t=30")];
            var (result, info) = Route(Authenticate(request), request.Method, request.Path, [.. request.Query], request.Body);
            var envelope = new JsonObject { ["success"] = true, ["errors"] = new JsonArray(), ["messages"] = new JsonArray(), ["result"] = result };
            if (info is not null)
            {
                envelope["result_info"] = info;
            }

            if (IsTerse)
            {
                return new FakeReply(200, new JsonObject { ["success"] = true, ["result"] = result.DeepClone() }.ToJsonString());
            }

            return new FakeReply(200, envelope.ToJsonString()) { Headers = headers };
        }
        catch (FakeRefusal e)
        {
            var error = new JsonObject { ["code"] = e.Code, ["message"] = e.Message };
            return new FakeReply(e.Status, new JsonObject { ["success"] = false, ["errors"] = new JsonArray(error), ["messages"] = new JsonArray(), ["result"] = null }.ToJsonString()) { Headers = headers };
        }
    }

    /// <summary>What the name servers answer; for proxied names that is the edge. A load balancer goes before records.</summary>
    protected override IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() =>
    [
        .. Balancing.Published(),
        .. Zone.Records.Where(record => !Balancing.Has(record.Name)).Select(record => (record.Name, record.Type, record.Ttl == 1 ? 300 : record.Ttl, record.Proxied && record.Type == "A" ? "198.18.0.1" : record.Content)),
    ];

    private FakeToken Authenticate(FakeRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            throw new FakeRefusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
        }

        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            throw new FakeRefusal(400, 6003, "Invalid request headers");
        }

        var token = Tokens.Find(candidate => candidate.Value == header["Bearer ".Length..]) ?? throw new FakeRefusal(401, 1000, "Invalid API Token");
        return token.Status == "active" || request.Path.EndsWith("/tokens/verify", StringComparison.Ordinal)
            ? token
            : throw new FakeRefusal(403, 9109, $"Invalid access token {token.Value}");
    }

    private (JsonNode Result, JsonObject? Info) Route(FakeToken token, string method, string path, List<KeyValuePair<string, string>> query, string body)
    {
        var steps = path.Split('/', StringSplitOptions.RemoveEmptyEntries)[2..];
        switch (method, steps)
        {
            case ("GET", ["user", "tokens", "verify"]):
                return Verify(token, isOfAccount: false);
            case ("GET", ["accounts", AccountId, "tokens", "verify"]):
                return Verify(token, isOfAccount: true);
            case (_, ["zones", var id, "load_balancers", ..]):
                Allow(method == "GET" ? token.MayReadBalancers : token.MayEditBalancers, 10000, "Authentication error");
                Find(id);
                return (Balancing.RouteBalancers(method, steps[3..], method == "GET" ? [] : Parse(body)), null);
            case (_, ["accounts", AccountId, "load_balancers", "pools", ..]):
                Allow(method == "GET" ? token.MayReadPools : token.MayEditPools, 10000, "Authentication error");
                var pools = Balancing.RoutePools(method, steps[4..], method == "GET" ? [] : Parse(body));
                (method == "GET" && steps is not [.., "references"] ? AfterListing : () => { })();
                return (pools, null);
            case ("GET", ["zones"]):
                Allow(token.MayReadZones, 9109, "Unauthorized to access requested resource");
                return ListZones(token, Query(query, "name", "page", "per_page", "status"));
            case ("GET", ["zones", var id]):
                Allow(token.MayReadZones, 9109, "Unauthorized to access requested resource");
                return (Find(id).ToJson(), null);
            case ("GET", ["zones", var id, "dns_records"]):
                Allow(token.MayReadRecords, 10000, "Authentication error");
                return ListRecords(Find(id), Query(query, "name", "type", "page", "per_page", "match"));
            case ("PATCH", ["zones", var id, "dns_records", var record]):
                Allow(token.MayEditRecords, 10000, "Authentication error");
                return (Find(id).Patch(record, Parse(body)), null);
            case ("POST", ["zones", var id, "dns_records", "batch"]):
                Allow(token.MayEditRecords, 10000, "Authentication error");
                return (Find(id).Batch(Parse(body)), null);
            default:
                throw new FakeRefusal(404, 7000, "No route for that URI");
        }
    }

    private (JsonNode Result, JsonObject? Info) Verify(FakeToken token, bool isOfAccount)
    {
        if (token.IsOfAccount != isOfAccount)
        {
            throw new FakeRefusal(401, 1000, "Invalid API Token");
        }

        var result = new JsonObject { ["id"] = Zone.Id, ["status"] = token.Status };
        if ((token.ExpiresOn ?? (token.Status == "expired" ? "2024-12-31T23:59:59Z" : null)) is { } end)
        {
            result["expires_on"] = end;
        }

        return (result, null);
    }

    private (JsonNode Result, JsonObject Info) ListZones(FakeToken token, Dictionary<string, string> query)
    {
        var zones = Zones.Where(zone => token.MaySeeTheZones && (!query.TryGetValue("name", out var name) || zone.Name == name)).ToList();
        return Page(zones, zone => zone.ToJson(), query, least: 5, most: 50, normal: 20);
    }

    private (JsonNode Result, JsonObject Info) ListRecords(FakeZone zone, Dictionary<string, string> query)
    {
        var records = zone.Records.Where(record => (!query.TryGetValue("name", out var name) || string.Equals(record.Name, name, StringComparison.OrdinalIgnoreCase)) && (!query.TryGetValue("type", out var type) || record.Type == type)).ToList();
        var page = Page(records, record => record.ToJson(), query, least: 1, most: LargestPage, normal: 100);
        AfterListing();
        return page;
    }

    private (JsonNode Result, JsonObject Info) Page<T>(List<T> all, Func<T, JsonNode> show, Dictionary<string, string> query, int least, int most, int normal)
    {
        var page = Number("page", 1);
        var size = Math.Min(Number("per_page", normal), most);
        if (page < 1 || size < least)
        {
            throw new FakeRefusal(400, 1004, "Invalid paging");
        }

        var items = all.Skip((page - 1) * size).Take(size).Select(show).ToList();
        var info = new JsonObject { ["page"] = page, ["per_page"] = size, ["count"] = items.Count, ["total_count"] = all.Count };
        if (SaysTotalPages)
        {
            info["total_pages"] = (all.Count + size - 1) / size;
        }

        return (new JsonArray([.. items]), info);

        int Number(string key, int normally) => query.TryGetValue(key, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : normally;
    }

    private FakeZone Find(string id) => Zones.Find(zone => zone.Id == id) ?? throw new FakeRefusal(404, 7003, $"Could not route to /client/v4/zones/{id}, perhaps your object identifier is invalid?");

    private static void Allow(bool allowed, int code, string message)
    {
        if (!allowed)
        {
            throw new FakeRefusal(403, code, message);
        }
    }

    private static Dictionary<string, string> Query(List<KeyValuePair<string, string>> query, params string[] known) =>
        query.Find(pair => !known.Contains(pair.Key)) is { Key: { } unknown } ? throw new FakeRefusal(400, 1004, $"Unknown parameter {unknown}") : query.ToDictionary();

    private static JsonObject Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body)!.AsObject();
        }
        catch (JsonException)
        {
            throw new FakeRefusal(400, 9207, "Request body is invalid.");
        }
    }
}
