using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Cloudflare;

/// <summary>
/// The load balancers of a zone and the pools of its account, with the vendor's rules: what is patched is replaced member by
/// member, lists as a whole. Kept as the documents that the API shows; not safe for several threads.
/// </summary>
internal sealed class FakeBalancing(FakeZone zone)
{
    private const string Moment = "2024-01-01T05:20:00.12345Z";

    private static readonly string[] s_poolMembers = ["check_regions", "description", "enabled", "latitude", "load_shedding", "longitude", "minimum_origins", "monitor", "name", "notification_email", "notification_filter", "origin_steering", "origins"];

    private static readonly string[] s_originMembers = ["address", "enabled", "flatten_cname", "header", "name", "port", "virtual_network_id", "weight"];

    private static readonly string[] s_balancerMembers =
    [
        "adaptive_routing", "country_pools", "default_pools", "description", "enabled", "fallback_pool", "location_strategy", "name", "pop_pools", "proxied", "random_steering",
        "region_pools", "rules", "session_affinity", "session_affinity_attributes", "session_affinity_ttl", "steering_policy", "ttl",
    ];

    private readonly HashSet<string> _served = [];

    public List<JsonObject> Pools { get; } = [];

    public List<JsonObject> Balancers { get; } = [];

    /// <summary>Load balancers of other zones that use a pool: its id and their name.</summary>
    public List<(string PoolId, string Name)> UsedElsewhere { get; } = [];

    /// <summary>Names that served something, and then for a moment nothing.</summary>
    public List<string> EmptyMoments { get; } = [];

    /// <summary>A call with the ids of pools and load balancers replaced by words.</summary>
    public string Anonymous(string call)
    {
        call = Pools.Aggregate(call, (text, pool) => text.Replace(Id(pool), ":pool", StringComparison.Ordinal));
        return Balancers.Aggregate(call, (text, balancer) => text.Replace(Id(balancer), ":balancer", StringComparison.Ordinal));
    }

    /// <summary>Makes a pool, as the dashboard would.</summary>
    public JsonObject AddPool(string name, params IEnumerable<JsonObject> origins) =>
        Pool(new JsonObject { ["name"] = name, ["origins"] = new JsonArray([.. origins]) });

    /// <summary>Makes a load balancer, as the dashboard would.</summary>
    public JsonObject AddBalancer(string name, int ttl, string steering, params JsonObject[] pools) =>
        Balancer(new JsonObject { ["name"] = name, ["ttl"] = ttl, ["steering_policy"] = steering, ["default_pools"] = new JsonArray([.. pools.Select(pool => JsonValue.Create(Id(pool)))]), ["fallback_pool"] = Id(pools[^1]) });

    /// <summary>An origin as people make one.</summary>
    public static JsonObject Origin(string address, bool enabled = true, double? weight = null)
    {
        var origin = new JsonObject { ["name"] = $"o-{address.Replace(':', '-')}", ["address"] = address, ["enabled"] = enabled };
        if (weight is { } share)
        {
            origin["weight"] = share;
        }

        return origin;
    }

    public bool Has(string name) => Find(name) is not null;

    public JsonObject? Find(string name) => Balancers.Find(balancer => string.Equals(Text(balancer, "name"), name, StringComparison.OrdinalIgnoreCase));

    public JsonObject PoolOf(string id) => Pools.Find(pool => Id(pool) == id) ?? throw new FakeRefusal(404, 1001, "pool not found");

    public IEnumerable<JsonObject> PoolsOf(JsonObject balancer) => balancer["default_pools"]!.AsArray().Select(id => PoolOf(id!.GetValue<string>()));

    /// <summary>What a load balancer serves while all origins work.</summary>
    public IEnumerable<(string Type, string Value, decimal Weight)> Served(JsonObject balancer)
    {
        var pools = PoolsOf(balancer).Where(pool => pool["enabled"]!.GetValue<bool>() && Enabled(pool).Any() && Enabled(pool).Count() >= pool["minimum_origins"]!.GetValue<int>());
        var isOrdered = Text(balancer, "steering_policy") is "off" or "";
        return pools.Take(isOrdered ? 1 : int.MaxValue).SelectMany(Enabled).Select(origin => (Type(Text(origin, "address")), Text(origin, "address"), Number(origin["weight"]!)));
    }

    public IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() =>
        Balancers.Where(balancer => balancer["enabled"]!.GetValue<bool>()).SelectMany(balancer => balancer["proxied"]!.GetValue<bool>()
            ? [(Text(balancer, "name"), "A", 300, "198.18.0.1")]
            : Served(balancer).Select(item => (Text(balancer, "name"), item.Type, balancer["ttl"]!.GetValue<int>(), item.Value)));

    public JsonNode RouteBalancers(string method, string[] steps, JsonObject body)
    {
        JsonNode result = (method, steps) switch
        {
            ("GET", []) => new JsonArray([.. Balancers.Select(balancer => balancer.DeepClone())]),
            ("POST", []) => Balancer(body),
            ("PATCH", [var id]) => Put(Balancers.Find(balancer => Id(balancer) == id) ?? throw new FakeRefusal(404, 1001, "load balancer not found"), CheckedBalancer(body)),
            _ => throw new FakeRefusal(404, 7000, "No route for that URI"),
        };
        Watch();
        return result.DeepClone();
    }

    public JsonNode RoutePools(string method, string[] steps, JsonObject body)
    {
        JsonNode result = (method, steps) switch
        {
            ("GET", []) => new JsonArray([.. Pools.Select(pool => pool.DeepClone())]),
            ("GET", [var id]) => PoolOf(id),
            ("GET", [var id, "references"]) => References(PoolOf(id)),
            ("POST", []) => Pool(body),
            ("PATCH", [var id]) => Put(PoolOf(id), CheckedPool(body, id)),
            _ => throw new FakeRefusal(404, 7000, "No route for that URI"),
        };
        Watch();
        return result.DeepClone();
    }

    /// <summary>Takes a pool away, and load balancers with it that have no other, as the dashboard would.</summary>
    public void Remove(string name)
    {
        foreach (var pool in Find(name) is { } balancer ? PoolsOf(balancer).ToList() : [])
        {
            Pools.Remove(pool);
        }

        Balancers.RemoveAll(balancer => Text(balancer, "name") == name);
        _served.Remove(name);
    }

    /// <summary>Replaces members of a pool, as the dashboard would.</summary>
    public void EditPool(string id, JsonObject body)
    {
        Put(PoolOf(id), CheckedPool(body, id));
        Watch();
    }

    private JsonObject Pool(JsonObject body)
    {
        Require(body["name"] is not null && body["origins"] is not null, "name and origins are required");
        var pool = new JsonObject { ["id"] = Guid.NewGuid().ToString("n"), ["created_on"] = Moment, ["modified_on"] = Moment, ["description"] = string.Empty, ["enabled"] = true, ["minimum_origins"] = 1, ["notification_email"] = string.Empty };
        Put(pool, CheckedPool(body, id: null));
        Pools.Add(pool);
        return pool;
    }

    private JsonObject Balancer(JsonObject body)
    {
        Require(body["name"] is not null && body["default_pools"] is not null && body["fallback_pool"] is not null, "name, default_pools and fallback_pool are required");
        Require(!Has(Text(body, "name")), "a load balancer of this name exists already");
        var balancer = new JsonObject { ["id"] = Guid.NewGuid().ToString("n"), ["created_on"] = Moment, ["modified_on"] = Moment, ["description"] = string.Empty, ["enabled"] = true, ["proxied"] = false, ["ttl"] = 30, ["steering_policy"] = "off", ["session_affinity"] = "none" };
        Put(balancer, CheckedBalancer(body));
        Balancers.Add(balancer);
        Watch();
        return balancer;
    }

    private static JsonObject Put(JsonObject document, JsonObject body)
    {
        foreach (var (member, value) in body)
        {
            document[member] = value?.DeepClone();
        }

        return document;
    }

    private JsonObject CheckedBalancer(JsonObject body)
    {
        Known(body, s_balancerMembers);
        Require(body["name"] is null || Text(body, "name") == zone.Name || Text(body, "name").EndsWith($".{zone.Name}", StringComparison.OrdinalIgnoreCase), "the name is not in the zone");
        Require(body["default_pools"] is null || body["default_pools"]!.AsArray() is { Count: > 0 } pools && pools.All(id => PoolOf(id!.GetValue<string>()) is not null), "default_pools must not be empty");
        Require(body["fallback_pool"] is null || PoolOf(Text(body, "fallback_pool")) is not null, "fallback_pool is not known");
        Require(body["ttl"] is null || body["ttl"]!.GetValue<int>() is >= 30 and <= 600, "ttl must be in range [30, 600]");
        return body;
    }

    private JsonObject CheckedPool(JsonObject body, string? id)
    {
        Known(body, s_poolMembers);
        Require(body["name"] is null || Regex.IsMatch(Text(body, "name"), "^[A-Za-z0-9_-]+$", RegexOptions.None, TimeSpan.FromSeconds(1)), "name has characters that are not allowed");
        Require(body["name"] is null || Pools.TrueForAll(pool => Id(pool) == id || Text(pool, "name") != Text(body, "name")), "a pool of this name exists already");
        if (body["origins"] is null)
        {
            return body;
        }

        var origins = body["origins"]!.AsArray().Select(origin => CheckedOrigin(origin!.AsObject())).ToList();
        Require(origins.Count > 0, "the origin list length must be in range [1, 20]");
        Require(origins.Select(origin => Text(origin, "name")).Distinct().Count() == origins.Count, "origin names must be unique");
        var checkedBody = body.DeepClone().AsObject();
        checkedBody["origins"] = new JsonArray([.. origins]);
        return checkedBody;
    }

    /// <summary>What is not said gets the vendor's default: nothing is kept of what was there.</summary>
    private static JsonObject CheckedOrigin(JsonObject body)
    {
        Known(body, s_originMembers);
        Require(body["name"] is not null && body["address"] is not null, "origins need a name and an address");
        Require(Type(Text(body, "address")).Length > 0, "the address is not valid");
        var origin = body.DeepClone().AsObject();
        origin["enabled"] ??= true;
        origin["weight"] ??= 1;
        var weight = Number(origin["weight"]!);
        Require(weight is >= 0 and <= 1 && weight * 100 == decimal.Truncate(weight * 100), "weight must be in range [0, 1] in steps of 0.01");
        if (!origin["enabled"]!.GetValue<bool>())
        {
            origin["disabled_at"] = Moment;
        }

        return origin;
    }

    private JsonArray References(JsonObject pool) =>
    [
        .. Balancers.Where(balancer => PoolsOf(balancer).Contains(pool)).Select(balancer => Reference(Id(balancer), Text(balancer, "name"))),
        .. UsedElsewhere.Where(use => use.PoolId == Id(pool)).Select(use => Reference(Guid.NewGuid().ToString("n"), use.Name)),
    ];

    private static JsonObject Reference(string id, string name) =>
        new() { ["reference_type"] = "referrer", ["resource_type"] = "load_balancer", ["resource_id"] = id, ["resource_name"] = name };

    private void Watch()
    {
        foreach (var balancer in Balancers)
        {
            var name = Text(balancer, "name");
            if (Served(balancer).Any())
            {
                _served.Add(name);
            }
            else if (_served.Contains(name))
            {
                EmptyMoments.Add(name);
            }
        }
    }

    private static IEnumerable<JsonObject> Enabled(JsonObject pool) =>
        pool["origins"]!.AsArray().Select(origin => origin!.AsObject()).Where(origin => origin["enabled"]!.GetValue<bool>() && Number(origin["weight"]!) > 0);

    private static string Type(string address) =>
        IPAddress.TryParse(address, out var ip) ? ip.AddressFamily == AddressFamily.InterNetwork ? "A" : "AAAA"
        : DnsName.TryParse(address, out _, out _) ? "CNAME"
        : string.Empty;

    private static void Known(JsonObject body, string[] members)
    {
        var unknown = body.FirstOrDefault(pair => !members.Contains(pair.Key)).Key;
        Require(unknown is null, $"{unknown} is not known or cannot be written");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new FakeRefusal(400, 1002, $"{otherwise}: validation failed");
        }
    }

    private static decimal Number(JsonNode value) => decimal.Parse(JsonSerializer.Serialize(value), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static string Id(JsonObject of) => Text(of, "id");

    private static string Text(JsonObject of, string member) => of[member]!.GetValue<string>();
}
