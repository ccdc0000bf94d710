using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DnsFailover.Tests.Providers.Hetzner;

/// <summary>The vendor does not take this; nothing changes.</summary>
internal sealed class FakeRefusal(int status, string code, string message, string? wrongField = null) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    public string? WrongField => wrongField;
}

/// <summary>A token with what it may do.</summary>
internal sealed record FakeToken(string Value, bool MayWrite = true);

/// <summary>One value as the vendor keeps it.</summary>
internal sealed record FakeValue(string Value, string Comment = "");

/// <summary>One RRset as the vendor keeps it.</summary>
internal sealed record FakeRrset(string Name, string Type, int? Ttl, IReadOnlyList<FakeValue> Values)
{
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public bool IsProtected { get; init; }

    public JsonObject ToJson() => new()
    {
        ["id"] = $"{Name}/{Type}",
        ["name"] = Name,
        ["type"] = Type,
        ["ttl"] = Ttl,
        ["labels"] = new JsonObject(Labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value))),
        ["protection"] = new JsonObject { ["change"] = IsProtected },
        ["records"] = new JsonArray([.. Values.Select(value => new JsonObject { ["value"] = value.Value, ["comment"] = value.Comment })]),
        ["zone"] = 42,
    };
}

/// <summary>
/// The DNS of Hetzner's Cloud API and its name servers, as strict as the vendor's: names in lower case and without the zone, RRsets that are created
/// once and then changed by actions, actions that run for a while, labels, protection, TTLs and pages.
/// </summary>
internal sealed class FakeHetzner() : FakeVendor(Domain)
{
    public const string Domain = "example.com";

    private const int LargestPage = 100;

    private static readonly string[] s_types = ["A", "AAAA", "CAA", "CNAME", "DS", "HINFO", "HTTPS", "MX", "NS", "PTR", "RP", "SOA", "SRV", "SVCB", "TLSA", "TXT"];

    private readonly Dictionary<long, RunningAction> _actions = [];
    private List<FakeRrset> _rrsets = [];
    private long _lastAction = 5_000_000_000;

    private sealed class RunningAction(string command, Action? finish, (string Code, string Message)? error)
    {
        public string Command => command;

        public Action? Finish => finish;

        public (string Code, string Message)? Error => error;

        public int LooksLeft { get; set; }
    }

    public Uri BaseUrl => new(Address, "/v1");

    public List<FakeToken> Tokens { get; } = [new FakeToken("hetzner-good-e2c1f0")];

    /// <summary>Zones besides the one with records.</summary>
    public List<string> OtherZones { get; } = [];

    /// <summary>The TTL of RRsets that have none of their own.</summary>
    public int UsualTtl { get; set; } = 3600;

    public string Mode { get; set; } = "primary";

    public string DelegationStatus { get; set; } = "valid";

    /// <summary>So many looks at an action show it running.</summary>
    public int LooksNeeded { get; set; } = 1;

    /// <summary>Whether an action changes something only when it has succeeded.</summary>
    public bool ChangesLate { get; set; }

    /// <summary>How the actions of a command end; null lets them succeed.</summary>
    public Func<string, (string Code, string Message)?> ActionError { get; set; } = _ => null;

    /// <summary>So many RRsets a page has at most.</summary>
    public int PageSize { get; set; } = LargestPage;

    /// <summary>Runs after RRsets were listed, before the reply goes out.</summary>
    public Action AfterListing { get; set; } = () => { };

    /// <summary>Writes with their bodies.</summary>
    public List<string> Writes { get; } = [];

    public void Seed(FakeRrset rrset) => Locked(() =>
    {
        Remove(rrset.Type, rrset.Name);
        _rrsets.Add(rrset);
        return 0;
    });

    public void Remove(string type, string name) => Locked(() => _rrsets.RemoveAll(rrset => rrset.Type == type && rrset.Name == name));

    public FakeRrset? Look(string name, string type) => Locked(() => Find(name, type));

    protected override IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() =>
        _rrsets.SelectMany(rrset => rrset.Values.Select(value => (rrset.Name == "@" ? Domain : $"{rrset.Name}.{Domain}", rrset.Type, rrset.Ttl ?? UsualTtl, value.Value)));

    protected override FakeReply Answer(FakeRequest request)
    {
        try
        {
            var header = request.Headers.Authorization.ToString();
            var token = Tokens.Find(candidate => header == $"Bearer {candidate.Value}") ?? throw new FakeRefusal(401, "unauthorized", "the token you provided is invalid");
            if (request.Method != "GET")
            {
                Writes.Add($"{request.Method} {request.Path} {request.Body}");
                if (!token.MayWrite)
                {
                    throw new FakeRefusal(403, "token_readonly", "the token is only allowed to perform GET requests");
                }
            }

            var (status, body) = Route(request);
            return new FakeReply(status, body.ToJsonString()) { Headers = [("RateLimit-Limit", "3600"), ("RateLimit-Remaining", "0"), ("RateLimit-Reset", "4000000000")] };
        }
        catch (FakeRefusal e)
        {
            JsonNode? details = e.WrongField is { } name ? new JsonObject { ["fields"] = new JsonArray(new JsonObject { ["name"] = name, ["messages"] = new JsonArray(e.Message) }) } : null;
            var error = new JsonObject { ["code"] = e.Code, ["message"] = e.Message, ["details"] = details };
            return new FakeReply(e.Status, new JsonObject { ["error"] = error }.ToJsonString());
        }
    }

    private (int Status, JsonObject Body) Route(FakeRequest request)
    {
        switch (request.Method, request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case ("GET", ["v1", "zones"]):
                return (200, Page(request, "zones", [.. OtherZones.Append(Domain)], name => new JsonObject { ["name"] = name }, most: 50));
            case ("GET", ["v1", "zones", var zone]):
                Known(zone);
                return (200, new JsonObject { ["zone"] = ZoneJson() });
            case ("GET", ["v1", "zones", var zone, "rrsets"]):
                Writable(zone);
                return (200, ListRrsets(request));
            case ("POST", ["v1", "zones", var zone, "rrsets"]):
                Writable(zone);
                return Create(Parse(request));
            case ("PUT", ["v1", "zones", var zone, "rrsets", var name, var type]):
                Writable(zone);
                return (200, new JsonObject { ["rrset"] = Update(Existing(name, type), Parse(request)).ToJson() });
            case ("POST", ["v1", "zones", var zone, "rrsets", var name, var type, "actions", var command]):
                Writable(zone);
                return (201, new JsonObject { ["action"] = Begin(command, Change(command, Existing(name, type), Parse(request))) });
            case ("GET", ["v1", "actions", var id]):
                return (200, new JsonObject { ["action"] = LookAt(long.Parse(id, CultureInfo.InvariantCulture)) });
            default:
                throw new FakeRefusal(404, "not_found", "route not found");
        }
    }

    private JsonObject ZoneJson() => new()
    {
        ["id"] = 42,
        ["name"] = Domain,
        ["ttl"] = UsualTtl,
        ["mode"] = Mode,
        ["status"] = "ok",
        ["labels"] = new JsonObject(),
        ["protection"] = new JsonObject { ["delete"] = false },
        ["authoritative_nameservers"] = new JsonObject { ["assigned"] = new JsonArray("localhost."), ["delegated"] = new JsonArray("localhost."), ["delegation_status"] = DelegationStatus },
        ["record_count"] = _rrsets.Count,
    };

    private JsonObject ListRrsets(FakeRequest request)
    {
        var types = request.Query.Where(pair => pair.Key == "type").Select(pair => pair.Value).ToList();
        var name = request.Parameter("name");
        var found = _rrsets.Where(rrset => (types.Count == 0 || types.Contains(rrset.Type)) && (name is null || rrset.Name == name)).ToList();
        var page = Page(request, "rrsets", found, rrset => rrset.ToJson(), LargestPage);
        AfterListing();
        return page;
    }

    private JsonObject Page<T>(FakeRequest request, string member, List<T> all, Func<T, JsonNode> show, int most)
    {
        var (page, asked) = (Number(request, "page", 1), Number(request, "per_page", 25));
        if (page < 1 || asked < 1 || asked > most)
        {
            throw Invalid("per_page", $"must be between 1 and {most}");
        }

        var size = Math.Min(asked, PageSize);
        var last = Math.Max(1, (all.Count + size - 1) / size);
        return new JsonObject
        {
            [member] = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(show)]),
            ["meta"] = new JsonObject
            {
                ["pagination"] = new JsonObject
                {
                    ["page"] = page,
                    ["per_page"] = size,
                    ["previous_page"] = page > 1 ? page - 1 : null,
                    ["next_page"] = page < last ? page + 1 : null,
                    ["last_page"] = last,
                    ["total_entries"] = all.Count,
                },
            },
        };
    }

    private (int Status, JsonObject Body) Create(JsonObject body)
    {
        OnlyKnown(body, "name", "type", "ttl", "records", "labels");
        var (name, type) = (Text(body, "name"), Text(body, "type"));
        if (name.Any(char.IsAsciiLetterUpper) || name.EndsWith('.') || name == Domain || name.EndsWith($".{Domain}", StringComparison.Ordinal))
        {
            throw Invalid("name", "must be in lower case and relative to the zone");
        }

        if (Find(name, type) is not null)
        {
            throw new FakeRefusal(409, "uniqueness_error", "an RRSet with this name and type already exists");
        }

        if (_rrsets.Any(other => other.Name == name && (other.Type == "CNAME" || type == "CNAME")))
        {
            throw Invalid("type", "CNAME must not coexist with other RRSets of the same name");
        }

        var rrset = new FakeRrset(name, type, body["ttl"] is { } ttl ? Ttl(ttl.GetValue<int>()) : null, ValuesIn(type, body)) { Labels = LabelsIn(body) };
        var action = Begin("create_rrset", () => _rrsets = [.. _rrsets, rrset]);
        return (201, new JsonObject { ["rrset"] = rrset.ToJson(), ["action"] = action });
    }

    private FakeRrset Update(FakeRrset old, JsonObject body)
    {
        if (body.ContainsKey("records"))
        {
            throw new FakeRefusal(422, "invalid_input", "can't update records with this endpoint");
        }

        OnlyKnown(body, "labels");
        var rrset = old with { Labels = LabelsIn(body) };
        Replace(rrset);
        return rrset;
    }

    private Action Change(string command, FakeRrset old, JsonObject body)
    {
        if (old.IsProtected)
        {
            throw new FakeRefusal(423, "protected", "RRSet(s) is/are change protected");
        }

        switch (command)
        {
            case "set_records":
                OnlyKnown(body, "records");
                var values = ValuesIn(old.Type, body);
                return () => Replace(Existing(old.Name, old.Type) with { Values = values });
            case "change_ttl":
                OnlyKnown(body, "ttl");
                int? ttl = body["ttl"] is { } number ? Ttl(number.GetValue<int>()) : null;
                return () => Replace(Existing(old.Name, old.Type) with { Ttl = ttl });
            default:
                throw new FakeRefusal(404, "not_found", "route not found");
        }
    }

    private JsonObject Begin(string command, Action finish)
    {
        var error = ActionError(command);
        if (error is null && !ChangesLate)
        {
            finish();
        }

        _actions[++_lastAction] = new RunningAction(command, error is null && ChangesLate ? finish : null, error) { LooksLeft = LooksNeeded };
        return Show(_lastAction, "running");
    }

    private JsonObject LookAt(long id)
    {
        var action = _actions.GetValueOrDefault(id) ?? throw new FakeRefusal(404, "not_found", "action not found");
        if (action.LooksLeft-- > 0)
        {
            return Show(id, "running");
        }

        action.Finish?.Invoke();
        return Show(id, action.Error is null ? "success" : "error");
    }

    private JsonObject Show(long id, string status) => new()
    {
        ["id"] = id,
        ["command"] = _actions[id].Command,
        ["status"] = status,
        ["progress"] = status == "running" ? 0 : 100,
        ["started"] = "2026-01-30T23:55:00+00:00",
        ["finished"] = null,
        ["resources"] = new JsonArray(new JsonObject { ["id"] = 42, ["type"] = "zone" }),
        ["error"] = status == "error" ? new JsonObject { ["code"] = _actions[id].Error!.Value.Code, ["message"] = _actions[id].Error!.Value.Message } : null,
    };

    private void Replace(FakeRrset rrset) => _rrsets = [.. _rrsets.Select(other => other.Name == rrset.Name && other.Type == rrset.Type ? rrset : other)];

    private FakeRrset? Find(string name, string type) => _rrsets.Find(rrset => rrset.Name == name && rrset.Type == type);

    private FakeRrset Existing(string name, string type) => Find(name, type) ?? throw new FakeRefusal(404, "not_found", "RRSet not found");

    private static void Known(string zone)
    {
        if (zone is not (Domain or "42"))
        {
            throw new FakeRefusal(404, "not_found", "zone not found");
        }
    }

    private void Writable(string zone)
    {
        Known(zone);
        if (Mode != "primary")
        {
            throw new FakeRefusal(422, "incorrect_zone_mode", "the zone is not in primary mode");
        }
    }

    private static List<FakeValue> ValuesIn(string type, JsonObject body)
    {
        if (!s_types.Contains(type))
        {
            throw Invalid("type", "unknown");
        }

        var values = new List<FakeValue>();
        foreach (var item in body["records"] is JsonArray { Count: > 0 } records ? records : throw Invalid("records", "must not be empty"))
        {
            OnlyKnown(item!.AsObject(), "value", "comment");
            values.Add(new FakeValue(Value(type, Text(item.AsObject(), "value")), item["comment"]?.GetValue<string>() ?? string.Empty));
        }

        return values.DistinctBy(value => value.Value).Count() == values.Count && (type != "CNAME" || values.Count == 1) ? values : throw Invalid("records", "must be distinct, and one for a CNAME");
    }

    private static string Value(string type, string value) => type switch
    {
        "A" when !IsAddress(value, AddressFamily.InterNetwork) => throw Invalid("records", "is no IPv4 address"),
        "AAAA" when !IsAddress(value, AddressFamily.InterNetworkV6) => throw Invalid("records", "is no IPv6 address"),
        _ => value,
    };

    private static bool IsAddress(string text, AddressFamily family) => IPAddress.TryParse(text, out var address) && address.AddressFamily == family;

    private static Dictionary<string, string> LabelsIn(JsonObject body)
    {
        var labels = (body["labels"]?.AsObject() ?? []).ToDictionary(label => label.Key, label => label.Value!.GetValue<string>());
        return labels.Values.All(value => value.Length == 0 || (value.Length <= 63 && char.IsAsciiLetterOrDigit(value[0]) && char.IsAsciiLetterOrDigit(value[^1]))) ? labels : throw Invalid("labels", "invalid value");
    }

    private static int Ttl(int ttl) => ttl >= 60 ? ttl : throw Invalid("ttl", "must be between 60 and 2147483647");

    private static void OnlyKnown(JsonObject body, params string[] members)
    {
        if (body.FirstOrDefault(pair => !members.Contains(pair.Key)) is { Key: { } unknown })
        {
            throw Invalid(unknown, "unknown field");
        }
    }

    private static JsonObject Parse(FakeRequest request)
    {
        try
        {
            return request.Headers.ContentType == "application/json" ? JsonNode.Parse(request.Body)!.AsObject() : throw new FakeRefusal(400, "json_error", "JSON is expected");
        }
        catch (JsonException)
        {
            throw new FakeRefusal(400, "json_error", "invalid JSON");
        }
    }

    private static string Text(JsonObject body, string member) => body[member]?.GetValue<string>() ?? throw Invalid(member, "is required");

    private static int Number(FakeRequest request, string key, int normally) => request.Parameter(key) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : normally;

    private static FakeRefusal Invalid(string field, string message) => new(422, "invalid_input", message, field);
}
