using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Builtin;
using DnsFailover.Tests.Providers.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers.Cloudflare;

/// <summary>A token with what it may do.</summary>
internal sealed record FakeToken(string Value)
{
    public bool MayReadZones { get; init; } = true;

    public bool MayReadRecords { get; init; } = true;

    public bool MayEditRecords { get; init; } = true;

    public bool MaySeeTheZones { get; init; } = true;

    public string Status { get; init; } = "active";
}

/// <summary>
/// Cloudflare's API and name servers on ports of 127.0.0.1, as strict as the vendor's. Every exchange is held against the
/// contract where there is one; what does not keep to it fails the test at the end.
/// </summary>
internal sealed class FakeCloudflare : IAsyncDisposable
{
    public const string Contract = "cloudflare-v4.openapi.json";

    private static readonly DnsName s_apex = DnsName.Parse("example.com");

    private readonly WebApplication _app;
    private readonly DnsListener _dns;
    private readonly Lock _lock = new();
    private readonly OpenApiContract? _contract = OpenApiContract.Find(Contract);
    private readonly List<string> _breaches = [];
    private readonly List<string> _calls = [];
    private readonly TaskCompletionSource _end = new();

    private FakeCloudflare(WebApplication app, bool enterprise)
    {
        _app = app;
        Zone = new FakeZone(s_apex.ToString(), enterprise);
        Zones = [Zone];
        var responder = new ZoneResponder(Snapshot, Random.Shared.Next, NullLogger.Instance);
        _dns = new DnsListener(SocketPair.Bind(new IPEndPoint(IPAddress.Loopback, 0)), responder.Answer, TimeProvider.System, NullLogger.Instance);
    }

    public FakeZone Zone { get; }

    public List<FakeZone> Zones { get; }

    public List<FakeToken> Tokens { get; } = [new FakeToken("good-token-e2c1f0")];

    public Uri BaseUrl { get; private set; } = new("http://127.0.0.1");

    public IPEndPoint NameServer => _dns.EndPoint;

    /// <summary>What goes wrong with a request, by method and path; null when nothing does.</summary>
    public Func<string, string, FakeTrouble?> Trouble { get; set; } = (_, _) => null;

    /// <summary>So many calls are answered; what comes then is turned away.</summary>
    public int CallsLeft { get; set; } = 1200;

    /// <summary>The largest page that it gives, whatever is asked for.</summary>
    public int LargestPage { get; set; } = 5000;

    /// <summary>Whether <c>result_info</c> says how many pages there are; older descriptions of the API do not know that.</summary>
    public bool SaysTotalPages { get; set; } = true;

    /// <summary>Runs after records were listed, before the reply goes out.</summary>
    public Action AfterListing { get; set; } = () => { };

    /// <summary>The calls so far: method and path without the prefix, with the zone's id as <c>:zone</c>.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    public static async Task<FakeCloudflare> StartAsync(bool enterprise, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var fake = new FakeCloudflare(app, enterprise);
        app.Run(fake.ServeAsync);
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        fake.BaseUrl = new Uri($"{address}/client/v4");
        return fake;
    }

    public void ForgetCalls()
    {
        lock (_lock)
        {
            _calls.Clear();
        }
    }

    /// <summary>Changes the records while no request does.</summary>
    public void Edit(Action<FakeZone> edit)
    {
        lock (_lock)
        {
            edit(Zone);
        }
    }

    public IReadOnlyList<FakeRecord> Look(string name)
    {
        lock (_lock)
        {
            return [.. Zone.Records.Where(record => record.Name == name)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await _app.DisposeAsync();
        await _dns.DisposeAsync();
        Assert.True(_breaches.Count == 0, string.Join(Environment.NewLine, _breaches.Distinct()));
    }

    private async Task ServeAsync(HttpContext context)
    {
        var request = context.Request;
        var (method, path) = (request.Method, request.Path.Value!);
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var query = request.Query.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString())).ToList();
        Note(_contract?.CheckRequest(method, path, query, body));
        var trouble = Trouble(method, path);
        var (status, reply) = trouble?.Status is { } early ? (early, trouble.Body) : Answer(context, method, path, query, body);
        if (trouble is { KeepsSilent: true })
        {
            await _end.Task;
        }

        if (trouble is { LosesReply: true } or { KeepsSilent: true })
        {
            context.Abort();
            return;
        }

        (status, reply) = trouble?.StatusAfterwards is { } late ? (late, trouble.Body) : (status, reply);
        if (trouble is null)
        {
            Note(_contract?.CheckReply(method, path, status, reply));
        }

        if (trouble?.Header is { } header)
        {
            context.Response.Headers[header.Name] = header.Value;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(reply, context.RequestAborted);
    }

    private (int Status, string Reply) Answer(HttpContext context, string method, string path, List<KeyValuePair<string, string>> query, string body)
    {
        lock (_lock)
        {
            _calls.Add($"{method} {path.Replace("/client/v4/", string.Empty, StringComparison.Ordinal).Replace(Zone.Id, ":zone", StringComparison.Ordinal)}");
            try
            {
                Limit(context);
                var (result, info) = Route(Authenticate(context), method, path, query, body);
                var envelope = new JsonObject { ["success"] = true, ["errors"] = new JsonArray(), ["messages"] = new JsonArray(), ["result"] = result };
                if (info is not null)
                {
                    envelope["result_info"] = info;
                }

                return (200, envelope.ToJsonString());
            }
            catch (FakeRefusal e)
            {
                var error = new JsonObject { ["code"] = e.Code, ["message"] = e.Message };
                return (e.Status, new JsonObject { ["success"] = false, ["errors"] = new JsonArray(error), ["messages"] = new JsonArray(), ["result"] = null }.ToJsonString());
            }
        }
    }

    private void Limit(HttpContext context)
    {
        CallsLeft--;
        context.Response.Headers["Ratelimit-Policy"] = "\"default\";q=1200;w=300";
        if (CallsLeft < 0)
        {
            context.Response.Headers.RetryAfter = "300";
            throw new FakeRefusal(429, 10429, "Rate limited. Please wait and consider throttling your request speed.");
        }

        // The last call that is allowed says so; one that says more than this would keep the client away.
        context.Response.Headers["Ratelimit"] = $"\"default\";r={CallsLeft};t=30";
    }

    private FakeToken Authenticate(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            throw new FakeRefusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
        }

        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            throw new FakeRefusal(400, 6003, "Invalid request headers");
        }

        var token = Tokens.Find(candidate => candidate.Value == header["Bearer ".Length..]) ?? throw new FakeRefusal(401, 1000, "Invalid API Token");
        return token.Status == "active" || context.Request.Path.Value!.EndsWith("/tokens/verify", StringComparison.Ordinal)
            ? token
            : throw new FakeRefusal(403, 9109, $"Invalid access token {token.Value}");
    }

    private (JsonNode Result, JsonObject? Info) Route(FakeToken token, string method, string path, List<KeyValuePair<string, string>> query, string body)
    {
        var steps = path.Split('/', StringSplitOptions.RemoveEmptyEntries)[2..];
        switch (method, steps)
        {
            case ("GET", ["user", "tokens", "verify"]):
                return (new JsonObject { ["id"] = Zone.Id, ["status"] = token.Status, ["expires_on"] = "2024-12-31T23:59:59Z" }, null);
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

    private void Note(IReadOnlyList<string>? breaches)
    {
        lock (_lock)
        {
            _breaches.AddRange(breaches ?? []);
        }
    }

    /// <summary>What the name servers answer; for proxied records that is the edge and not the content.</summary>
    private ZoneSnapshot Snapshot()
    {
        lock (_lock)
        {
            var apex = ZoneApex.Create(s_apex, ["ns1.example.net"], IPAddress.Any);
            var steered = Zone.Records.Where(record => record.Type is "A" or "AAAA" or "CNAME");
            var names = steered.GroupBy(record => DnsName.Parse(record.Name)).Select(at => NameRecords.Create(at.Key, at.GroupBy(record => Enum.Parse<RecordType>(record.Type)).Select(set =>
                RecordSet.Create(at.Key, set.Key, TimeSpan.FromSeconds(set.Min(record => record.Ttl == 1 ? 300 : record.Ttl)), set.Select(record => record.Proxied && record.Type == "A" ? "198.18.0.1" : record.Content)))));
            return ZoneSnapshot.Create(apex, 1, names, []);
        }
    }
}
