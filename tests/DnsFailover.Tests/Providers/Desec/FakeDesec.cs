using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace DnsFailover.Tests.Providers.Desec;

/// <summary>One RRset as deSEC keeps it.</summary>
internal sealed record FakeRrset(string Subname, string Type, int Ttl, string[] Records);

/// <summary>A domain; new RRsets come first.</summary>
internal sealed class FakeDomain(string name, int minimumTtl)
{
    public string Name => name;

    public int MinimumTtl { get; set; } = minimumTtl;

    public List<FakeRrset> Rrsets { get; set; } = [new FakeRrset(string.Empty, "NS", 3600, ["localhost."])];
}

/// <summary>A token with what it may write; null is everything.</summary>
internal sealed record FakeToken(string Value, Func<FakeRrset, bool>? MayWrite = null);

/// <summary>
/// deSEC's API and name servers on ports of 127.0.0.1: rate limits in sliding windows, bulk requests that are done as a whole
/// or not at all with their errors by position, cursors in Link headers, trailing slashes.
/// </summary>
internal sealed class FakeDesec : FakeVendor
{
    public const string Prefix = "/api/v1";

    private const int MaximumTtl = 86400;

    private static readonly (int Calls, TimeSpan Period)[] s_reads = [(10, TimeSpan.FromSeconds(1)), (50, TimeSpan.FromMinutes(1))];
    private static readonly (int Calls, TimeSpan Period)[] s_writes = [(2, TimeSpan.FromSeconds(1)), (15, TimeSpan.FromMinutes(1)), (100, TimeSpan.FromHours(1)), (300, TimeSpan.FromDays(1))];
    private static readonly (int Calls, TimeSpan Period)[] s_all = [(2000, TimeSpan.FromDays(1))];

    private readonly TimeProvider _time;
    private readonly Dictionary<string, List<DateTimeOffset>> _history = [];

    public FakeDesec(TimeProvider time, int minimumTtl)
        : base("example.com")
    {
        _time = time;
        Domains = [new FakeDomain("example.com", minimumTtl), new FakeDomain("example.org", 3600)];
    }

    public List<FakeDomain> Domains { get; }

    public FakeDomain Domain => Domains[0];

    public List<FakeToken> Tokens { get; } = [new FakeToken("good-token-1f7ac0")];

    /// <summary>The largest page.</summary>
    public int PageSize { get; set; } = 500;

    /// <summary>The bodies of writes.</summary>
    public List<string> Bodies { get; } = [];

    /// <summary>So many calls were turned away for a rate limit.</summary>
    public int Throttled { get; private set; }

    public Uri BaseUrl => new(Address, Prefix);

    public void Seed(string subname, string type, int ttl, params string[] records) => Locked(() =>
    {
        Domain.Rrsets.RemoveAll(rrset => rrset.Subname == subname && rrset.Type == type);
        Domain.Rrsets.InsertRange(0, records.Length > 0 ? [new FakeRrset(subname, type, ttl, records)] : []);
        return 0;
    });

    public FakeRrset? Look(string subname, string type) => Locked(() => Domain.Rrsets.Find(rrset => rrset.Subname == subname && rrset.Type == type));

    protected override IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() =>
        Domain.Rrsets.Where(rrset => !rrset.Subname.StartsWith('*')).SelectMany(rrset => rrset.Records.Select(record => (FullName(Domain, rrset).TrimEnd('.'), rrset.Type, rrset.Ttl, record)));

    protected override FakeReply Answer(FakeRequest request)
    {
        var token = Tokens.Find(known => $"{request.Headers.Authorization}" == $"Token {known.Value}");
        if (token is null)
        {
            return Detail(401, "Invalid token.");
        }

        var path = request.Path.StartsWith($"{Prefix}/", StringComparison.Ordinal) && request.Path.EndsWith('/') ? request.Path[Prefix.Length..].Trim('/').Split('/') : [];
        var domain = path.Length > 1 ? Domains.Find(candidate => candidate.Name == path[1]) : null;
        if (Throttle(request.Method == "GET" ? ("reads", s_reads) : ($"writes {domain?.Name}", s_writes)) is { } throttled)
        {
            return throttled;
        }

        return (request.Method, path) switch
        {
            ("GET", ["domains"]) => Page(request, [.. Domains.Select(known => (JsonNode)Show(known))]),
            (_, ["domains", _, ..]) when domain is null => Detail(404, "Not found."),
            ("GET", ["domains", _]) => new FakeReply(200, Show(domain!).ToJsonString()),
            ("GET", ["domains", _, "rrsets"]) => Page(request, [.. domain!.Rrsets.Where(rrset => Fits(request, "subname", rrset.Subname) && Fits(request, "type", rrset.Type)).Select(rrset => (JsonNode)Show(domain, rrset))]),
            ("PATCH", ["domains", _, "rrsets"]) => Patch(token, domain!, request),
            (_, ["domains", ..]) => Detail(405, $"Method \"{request.Method}\" not allowed."),
            _ => new FakeReply(404, "<html>Not Found</html>") { ContentType = "text/html" },
        };
    }

    protected override IEnumerable<string> BreachesIn(FakeRequest request)
    {
        if (request.Query.Select(pair => pair.Key).Except(["cursor", "subname", "type"]).FirstOrDefault() is { } unknown)
        {
            yield return $"{request.Path} has no parameter {unknown}";
        }

        if (request.Method == "PATCH" && $"{request.Headers.ContentType}" != "application/json")
        {
            yield return "the body is not application/json";
        }
    }

    private static bool Fits(FakeRequest request, string parameter, string value) => request.Parameter(parameter) is not { } wanted || wanted == value;

    private FakeReply? Throttle((string Scope, (int Calls, TimeSpan Period)[] Limits) scoped)
    {
        var now = _time.GetUtcNow();
        var wait = new[] { scoped, ("user", s_all) }.Max(scope => Wait(scope.Item1, scope.Item2, now));
        if (wait <= TimeSpan.Zero)
        {
            _history[scoped.Scope].Add(now);
            _history["user"].Add(now);
            return null;
        }

        Throttled++;
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        return Detail(429, $"Request was throttled. Expected available in {seconds} second{(seconds == 1 ? string.Empty : "s")}.") with { Headers = [("Retry-After", $"{seconds}")] };
    }

    private TimeSpan Wait(string scope, (int Calls, TimeSpan Period)[] limits, DateTimeOffset now)
    {
        var history = _history.TryGetValue(scope, out var known) ? known : _history[scope] = [];
        return limits.Where(limit => history.Count >= limit.Calls).Select(limit => history[^limit.Calls] + limit.Period - now).Append(TimeSpan.Zero).Max();
    }

    private FakeReply Page(FakeRequest request, IReadOnlyList<JsonNode> all)
    {
        if (all.Count <= PageSize)
        {
            return new FakeReply(200, new JsonArray([.. all]).ToJsonString());
        }

        if (request.Parameter("cursor") is not { } cursor)
        {
            return Detail(400, $"Pagination required. You can query up to {PageSize} items at a time ({all.Count} total). Please use the `first` page link (see Link header).");
        }

        var from = cursor.Length == 0 ? 0 : int.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(cursor)), CultureInfo.InvariantCulture);
        var left = all.Count - from - PageSize;
        var links = new List<(string, string)> { ("Link", Link(string.Empty, "first")) };
        if (from > 0)
        {
            links[0] = ("Link", $"{links[0].Item2}, {Link(Cursor(Math.Max(0, from - PageSize)), "prev")}");
        }

        if (left > 0)
        {
            links[0] = ("Link", $"{links[0].Item2}, {Link(Cursor(from + PageSize), "next")}");
        }

        return new FakeReply(200, new JsonArray([.. all.Skip(from).Take(PageSize)]).ToJsonString()) { Headers = links };

        // As the vendor sees itself behind its proxy: not where we have called.
        string Link(string to, string relation) => $"<https://desec.invalid{request.Path}?cursor={Uri.EscapeDataString(to)}&subname=>; rel=\"{relation}\"";
        static string Cursor(int at) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{at}"));
    }

    private FakeReply Patch(FakeToken token, FakeDomain domain, FakeRequest request)
    {
        Bodies.Add(request.Body);
        if (JsonNode.Parse(request.Body) is not JsonArray items)
        {
            return new FakeReply(400, """{"non_field_errors":["Expected a list of items but got dict."]}""");
        }

        var next = domain.Rrsets.ToList();
        var written = new List<FakeRrset>();
        var errors = items.Select(_ => new JsonObject()).ToList();
        foreach (var (index, item) in items.Index())
        {
            try
            {
                var rrset = Merged(domain, next, item!.AsObject());
                if (token.MayWrite?.Invoke(rrset) == false)
                {
                    return Detail(403, "You do not have permission to perform this action.");
                }

                next.RemoveAll(known => known.Subname == rrset.Subname && known.Type == rrset.Type);
                next.Insert(0, rrset);
                written.Insert(0, rrset);
            }
            catch (FormatException e)
            {
                var field = e.Message.Split('|');
                errors[index] = new JsonObject { [field[0]] = new JsonArray(field[1]) };
            }
        }

        foreach (var (index, item) in items.Index())
        {
            var at = next.Where(rrset => rrset.Subname == (string)item!["subname"]!).ToList();
            if (errors[index].Count == 0 && at.Exists(rrset => rrset.Type == "CNAME") && at.Count > 1)
            {
                errors[index] = new JsonObject { ["non_field_errors"] = new JsonArray("RRset with conflicting type present: database (CNAME). (No other RRsets are allowed alongside CNAME.)") };
            }
        }

        if (errors.Exists(error => error.Count > 0))
        {
            return new FakeReply(400, new JsonArray([.. errors]).ToJsonString());
        }

        domain.Rrsets = next;
        return new FakeReply(200, new JsonArray([.. written.Select(rrset => Show(domain, rrset))]).ToJsonString());
    }

    private static FakeRrset Merged(FakeDomain domain, List<FakeRrset> known, JsonObject item)
    {
        if (item.Select(member => member.Key).Except(["subname", "type", "ttl", "records"]).FirstOrDefault() is { } unknown)
        {
            throw new FormatException($"{unknown}|This field is not known.");
        }

        var (subname, type) = (item["subname"]!.GetValue<string>(), item["type"]!.GetValue<string>());
        var old = known.Find(rrset => rrset.Subname == subname && rrset.Type == type);
        if (subname.Length > 178 || subname.Any(char.IsAsciiLetterUpper) || subname == "@")
        {
            throw new FormatException("subname|Subname can only use (lowercase) a-z, 0-9, ., -, and _, may start with a '*.', or just be '*'.");
        }

        var ttl = item["ttl"]?.GetValue<int>() ?? old?.Ttl ?? throw new FormatException("ttl|This field is required.");
        if (item.ContainsKey("ttl") && ttl < domain.MinimumTtl)
        {
            throw new FormatException($"ttl|Ensure this value is greater than or equal to {domain.MinimumTtl}.");
        }

        if (ttl > MaximumTtl)
        {
            throw new FormatException($"ttl|Ensure this value is less than or equal to {MaximumTtl}.");
        }

        string[] records = item["records"] is JsonArray list ? [.. list.Select(record => Canonical(type, record!.GetValue<string>()))] : old?.Records ?? throw new FormatException("records|This field is required.");
        return records.Distinct(StringComparer.OrdinalIgnoreCase).Count() != records.Length ? throw new FormatException("non_field_errors|Duplicate: records must be semantically unique")
            : records.Length == 0 ? throw new FormatException("records|a test that deletes is a mistake")
            : type == "CNAME" && records.Length > 1 ? throw new FormatException("records|RRset of type CNAME can contain at most one record.")
            : new FakeRrset(subname, type, ttl, records);
    }

    private static string Canonical(string type, string record) => type switch
    {
        "A" when IPAddress.TryParse(record, out var address) && address.AddressFamily == AddressFamily.InterNetwork => $"{address}",
        "AAAA" when IPAddress.TryParse(record, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 => $"{address}",
        "CNAME" when record.EndsWith('.') => record.ToLowerInvariant(),
        "TXT" when record.Length > 1 && record[0] == '"' && record[^1] == '"' => record,
        _ => throw new FormatException($"non_field_errors|Cannot parse malformed {type} record content."),
    };

    private static JsonObject Show(FakeDomain domain) => new()
    {
        ["created"] = "2018-09-18T16:36:16.510368Z",
        ["published"] = "2018-09-18T17:21:38.348112Z",
        ["touched"] = "2018-09-18T17:21:38.348112Z",
        ["name"] = domain.Name,
        ["minimum_ttl"] = domain.MinimumTtl,
    };

    private static JsonObject Show(FakeDomain domain, FakeRrset rrset) => new()
    {
        ["created"] = "2019-09-18T16:32:16.510368Z",
        ["domain"] = domain.Name,
        ["subname"] = rrset.Subname,
        ["name"] = FullName(domain, rrset),
        ["type"] = rrset.Type,
        ["ttl"] = rrset.Ttl,
        ["records"] = new JsonArray([.. rrset.Records.Select(record => JsonValue.Create(record))]),
        ["touched"] = "2020-04-06T09:24:09.987436Z",
    };

    private static string FullName(FakeDomain domain, FakeRrset rrset) => rrset.Subname.Length == 0 ? $"{domain.Name}." : $"{rrset.Subname}.{domain.Name}.";

    private static FakeReply Detail(int status, string text) => new(status, new JsonObject { ["detail"] = text }.ToJsonString());
}
