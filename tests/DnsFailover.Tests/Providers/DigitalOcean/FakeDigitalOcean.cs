using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.DigitalOcean;

/// <summary>The vendor does not take this; nothing changes.</summary>
internal sealed class FakeRefusal(int status, string id, string message) : Exception(message)
{
    public int Status => status;

    public string Id => id;
}

/// <summary>A token with the scopes it has.</summary>
internal sealed record FakeToken(string Value, params string[] Scopes);

/// <summary>One record as the vendor keeps it: the name relative to the domain, the value without the dot that it must be written with.</summary>
internal sealed record FakeRecord(long Id, string Type, string Name, string Data, int Ttl)
{
    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["type"] = Type,
        ["name"] = Name,
        ["data"] = Data,
        ["priority"] = null,
        ["port"] = null,
        ["ttl"] = Ttl,
        ["weight"] = null,
        ["flags"] = null,
        ["tag"] = null,
    };
}

/// <summary>
/// DigitalOcean's API and name servers, as strict as the vendor's: scopes, names relative to the domain, host names that must
/// end in a dot, CNAMEs that must be alone, pages, and a limit of calls.
/// </summary>
internal sealed class FakeDigitalOcean() : FakeVendor(Domain)
{
    public const string Domain = "example.com";

    private static readonly string[] s_scopes = ["domain:read", "domain:create", "domain:update", "domain:delete"];
    private static readonly string[] s_members = ["type", "name", "data", "priority", "port", "ttl", "weight", "flags", "tag"];
    private static readonly string[] s_types = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT"];

    private long _lastId = 3_000_000_000;
    private List<FakeRecord> _records = [];

    public Uri BaseUrl => new(Address, "/v2");

    public List<FakeToken> Tokens { get; } = [new FakeToken("dop_v1_good-e2c1f0", s_scopes)];

    /// <summary>Domains besides the one with records.</summary>
    public List<string> OtherDomains { get; } = [];

    /// <summary>So many calls are answered; what comes then is turned away.</summary>
    public int CallsLeft { get; set; } = 5000;

    /// <summary>When the oldest call no longer counts.</summary>
    public DateTimeOffset Reset { get; set; } = DateTimeOffset.UnixEpoch;

    /// <summary>The largest page that it gives.</summary>
    public int LargestPage { get; set; } = 200;

    /// <summary>Where the links to further pages lead; null leads here.</summary>
    public Uri? LinksLeadTo { get; set; }

    /// <summary>Whether pages name the next one, as DigitalOcean's do.</summary>
    public bool HasLinks { get; set; } = true;

    /// <summary>Runs after records were listed, before the reply goes out.</summary>
    public Action AfterListing { get; set; } = () => { };

    /// <summary>Moments at which a set that had values had none.</summary>
    public List<string> EmptyMoments { get; } = [];

    /// <summary>The bodies of writes, with method and path.</summary>
    public List<string> Writes { get; } = [];

    public void Seed(string type, string name, int ttl, params IEnumerable<string> values) => Locked(() =>
    {
        _records.AddRange(values.Select(value => new FakeRecord(++_lastId, type, name.ToLowerInvariant(), value, ttl)));
        return 0;
    });

    public void Remove(string type, string name) => Locked(() => _records.RemoveAll(record => record.Type == type && string.Equals(record.Name, name, StringComparison.OrdinalIgnoreCase)));

    public IReadOnlyList<FakeRecord> Look(string name) => Locked(() => _records.Where(record => record.Name == name).ToArray());

    protected override IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() => _records.Select(record => (FullName(record.Name), record.Type, record.Ttl, record.Data));

    protected override FakeReply Answer(FakeRequest request)
    {
        try
        {
            Limit();
            var (status, body) = Route(Authenticate(request), request);
            return new FakeReply(status, body?.ToJsonString() ?? string.Empty) { Headers = LimitHeaders() };
        }
        catch (FakeRefusal e)
        {
            var error = new JsonObject { ["id"] = e.Id, ["message"] = e.Message, ["request_id"] = "4d9d8375-3c56-4925-a3e7-eb137fed17e9" };
            return new FakeReply(e.Status, error.ToJsonString()) { Headers = LimitHeaders() };
        }
    }

    private void Limit()
    {
        if (CallsLeft-- <= 0)
        {
            CallsLeft = 0;
            throw new FakeRefusal(429, "too_many_requests", "API Rate limit exceeded.");
        }
    }

    private (string Name, string Value)[] LimitHeaders() =>
    [
        ("ratelimit-limit", "5000"),
        ("ratelimit-remaining", CallsLeft.ToString(CultureInfo.InvariantCulture)),
        ("ratelimit-reset", Reset.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
    ];

    private FakeToken Authenticate(FakeRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return Tokens.Find(token => header == $"Bearer {token.Value}") ?? throw new FakeRefusal(401, "Unauthorized", "Unable to authenticate you");
    }

    private (int Status, JsonObject? Body) Route(FakeToken token, FakeRequest request)
    {
        switch (request.Method, request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case ("GET", ["v2", "domains"]):
                Allow(token, "domain:read");
                return (200, Page(request, "domains", [.. OtherDomains.Append(Domain)], name => new JsonObject { ["name"] = name, ["ttl"] = 1800, ["zone_file"] = null }));
            case ("GET", ["v2", "domains", var domain]):
                Allow(token, "domain:read");
                Find(domain);
                return (200, new JsonObject { ["domain"] = new JsonObject { ["name"] = Domain, ["ttl"] = 1800, ["zone_file"] = $"$ORIGIN {Domain}.\n" } });
            case ("GET", ["v2", "domains", var domain, "records"]):
                Allow(token, "domain:read");
                Find(domain);
                return (200, ListRecords(request));
            case ("POST", ["v2", "domains", var domain, "records"]):
                Allow(token, "domain:create");
                Find(domain);
                return (201, new JsonObject { ["domain_record"] = Create(Parse(request)).ToJson() });
            case ("PATCH", ["v2", "domains", var domain, "records", var id]):
                Allow(token, "domain:update");
                Find(domain);
                return (200, new JsonObject { ["domain_record"] = Patch(Existing(id), Parse(request)).ToJson() });
            case ("DELETE", ["v2", "domains", var domain, "records", var id]):
                Allow(token, "domain:delete");
                Find(domain);
                Delete(Existing(id));
                return (204, null);
            default:
                throw NotFound();
        }
    }

    private JsonObject ListRecords(FakeRequest request)
    {
        // The filter takes full names only: a relative one matches nothing.
        var (name, type) = (request.Parameter("name"), request.Parameter("type"));
        var found = _records.Where(record => (name is null || string.Equals(FullName(record.Name), name, StringComparison.OrdinalIgnoreCase)) && (type is null || record.Type == type)).ToList();
        var page = Page(request, "domain_records", found, record => record.ToJson());
        AfterListing();
        return page;
    }

    private JsonObject Page<T>(FakeRequest request, string member, List<T> all, Func<T, JsonNode> show)
    {
        var (page, asked) = (Number(request, "page", 1), Number(request, "per_page", 20));
        if (page < 1 || asked is < 1 or > 200)
        {
            throw new FakeRefusal(400, "bad_request", "Invalid paging");
        }

        var size = Math.Min(asked, LargestPage);
        var links = new JsonObject();
        if (HasLinks && page * size < all.Count)
        {
            links["pages"] = new JsonObject { ["next"] = new Uri(LinksLeadTo ?? Address, $"{request.Path}?page={page + 1}&per_page={asked}").AbsoluteUri, ["last"] = "https://api.digitalocean.com/v2/last" };
        }

        return new JsonObject
        {
            [member] = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(show)]),
            ["links"] = links,
            ["meta"] = new JsonObject { ["total"] = all.Count },
        };
    }

    private FakeRecord Create(JsonObject body)
    {
        string[] needed = ["type", "name", "data"];
        if (Array.Find(needed, member => body[member] is null) is { } missing)
        {
            throw Unprocessable($"{missing} is required");
        }

        var record = Put(body, new FakeRecord(++_lastId, Text(body, "type")!, string.Empty, string.Empty, 1800));
        Commit([.. _records, record]);
        return record;
    }

    private FakeRecord Patch(FakeRecord old, JsonObject body)
    {
        var record = Text(body, "type") == old.Type ? Put(body, old) : throw Unprocessable("type is required and cannot be changed");
        Commit([.. _records.Select(other => other.Id == old.Id ? record : other)]);
        return record;
    }

    private void Delete(FakeRecord old) => Commit([.. _records.Where(record => record.Id != old.Id)]);

    private void Commit(List<FakeRecord> records)
    {
        foreach (var at in records.GroupBy(record => record.Name))
        {
            if (at.Any(record => record.Type == "CNAME") && at.Count() > 1)
            {
                throw Unprocessable("CNAME records cannot share a name with other records");
            }
        }

        EmptyMoments.AddRange(_records.Select(record => $"{record.Name} {record.Type}").Except(records.Select(record => $"{record.Name} {record.Type}")));
        _records = records;
    }

    private static FakeRecord Put(JsonObject body, FakeRecord record)
    {
        if (body.FirstOrDefault(pair => !s_members.Contains(pair.Key)) is { Key: { } unknown })
        {
            throw Unprocessable($"{unknown} is not known");
        }

        if (!s_types.Contains(record.Type))
        {
            throw Unprocessable("Record type is invalid");
        }

        var name = Text(body, "name") ?? record.Name;
        if (name.Length == 0 || name == Domain || name.EndsWith($".{Domain}", StringComparison.OrdinalIgnoreCase))
        {
            throw Unprocessable("Name is invalid: it is relative to the domain");
        }

        var ttl = body["ttl"]?.GetValue<int>() ?? record.Ttl;
        return ttl >= 30
            ? record with { Name = name.ToLowerInvariant(), Data = Text(body, "data") is { } data ? Value(record.Type, data) : record.Data, Ttl = ttl }
            : throw Unprocessable("Ttl must be greater than or equal to 30.");
    }

    private static string Value(string type, string data) => type switch
    {
        "A" => IsAddress(data, AddressFamily.InterNetwork) ? data : throw Unprocessable("IP address did not match IPv4 format (e.g. 127.0.0.1)."),
        "AAAA" => IsAddress(data, AddressFamily.InterNetworkV6) ? data : throw Unprocessable("IP address did not match IPv6 format."),
        "CNAME" when !data.EndsWith('.') => throw Unprocessable("Data needs to end with a dot (.)"),
        "CNAME" => DnsName.TryParse(data, out var target, out _) ? target.ToString() : throw Unprocessable("Data is not a valid hostname."),
        "TXT" when data.StartsWith('"') => throw Unprocessable("the tests write TXT records without quotes"),
        _ => data,
    };

    private static bool IsAddress(string data, AddressFamily family) => IPAddress.TryParse(data, out var address) && address.AddressFamily == family;

    private static void Find(string domain)
    {
        if (domain != Domain)
        {
            throw NotFound();
        }
    }

    private FakeRecord Existing(string id) => _records.Find(record => record.Id.ToString(CultureInfo.InvariantCulture) == id) ?? throw NotFound();

    private static void Allow(FakeToken token, string scope)
    {
        if (!token.Scopes.Contains(scope))
        {
            throw new FakeRefusal(403, "Forbidden", "You are not authorized to perform this operation");
        }
    }

    private JsonObject Parse(FakeRequest request)
    {
        Writes.Add($"{request.Method} {request.Body}");
        try
        {
            return request.Headers.ContentType == "application/json" ? JsonNode.Parse(request.Body)!.AsObject() : throw new FakeRefusal(415, "unsupported_media_type", "JSON is expected");
        }
        catch (JsonException)
        {
            throw new FakeRefusal(400, "bad_request", "Error parsing request body.");
        }
    }

    private static string FullName(string name) => name == "@" ? Domain : $"{name}.{Domain}";

    private static int Number(FakeRequest request, string key, int normally) => request.Parameter(key) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : normally;

    private static string? Text(JsonObject body, string member) => body[member]?.GetValue<string>();

    private static FakeRefusal Unprocessable(string message) => new(422, "unprocessable_entity", message);

    private static FakeRefusal NotFound() => new(404, "not_found", "The resource you were accessing could not be found.");
}
