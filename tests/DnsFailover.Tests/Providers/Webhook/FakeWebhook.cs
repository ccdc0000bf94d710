using System.Globalization;
using System.Security.Cryptography;
using System.Text;

using System.Text.Json.Nodes;
using DnsFailover.Core.Records;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Providers.Http;

namespace DnsFailover.Tests.Providers.Webhook;

/// <summary>One RRset as the server keeps it, in any spelling.</summary>
internal sealed record FakeSet(DnsName Name, string Type, int Ttl, IReadOnlyList<RecordValue> Values);

/// <summary>
/// A server that speaks the contract, as strict as the contract allows; every exchange is held against it, and what does not
/// keep to it fails the test at the end.
/// </summary>
internal sealed class FakeWebhook() : FakeVendor("example.com")
{
    public const string GoodToken = "good-token-4c81e2";
    public const string ReadingToken = "reading-token-90bd";
    public const string SigningSecret = "signing-secret-71f0a6b2";
    public const string Prefix = "/hooks";

    private readonly OpenApiContract _contract = OpenApiContract.Load(Repository.Path("config", "webhook-provider.openapi.json"));
    private readonly List<FakeSet> _sets = [];
    private readonly Dictionary<DnsName, string> _owners = [];
    private readonly Dictionary<string, FakeReply> _answered = [];

    public bool Weights { get; set; }

    public bool SeveralValues { get; set; } = true;

    public bool WantsToken { get; set; } = true;

    public bool WantsSignature { get; set; }

    public int SmallestTtl { get; set; } = 1;

    public int NamesPerPage { get; set; } = 100;

    public List<string> Zones { get; } = ["example.com", "example.org"];

    /// <summary>Why the name servers answer something else.</summary>
    public string? Hidden { get; set; }

    /// <summary>So many changes were carried out.</summary>
    public int Written { get; private set; }

    /// <summary>The body of the last change.</summary>
    public string LastChange { get; private set; } = string.Empty;

    public Uri BaseUrl => new(Address, Prefix);

    public void Seed(string owner, string type, int ttl, IEnumerable<RecordValue> values) => Locked(() =>
    {
        var name = DnsName.Parse(owner);
        _sets.RemoveAll(set => set.Name == name && set.Type == type);
        RecordValue[] all = [.. values];
        _sets.AddRange(all.Length > 0 ? [new FakeSet(name, type, ttl, all)] : []);
        return 0;
    });

    public FakeSet? Look(DnsName name, string type) => Locked(() => _sets.Find(set => set.Name == name && set.Type == type));

    public string? Owner(DnsName name) => Locked(() => _owners.GetValueOrDefault(name));

    protected override IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() =>
        _sets.SelectMany(set => set.Values.Select(value => (set.Name.ToString(), set.Type, set.Ttl, value.Data)));

    protected override IEnumerable<string> BreachesIn(FakeRequest request) => _contract.CheckRequest(request.Method, Path(request), request.Query, request.Body);

    protected override IEnumerable<string> BreachesIn(FakeRequest request, FakeReply reply) => _contract.CheckReply(request.Method, Path(request), reply.Status, reply.Body);

    protected override FakeReply Answer(FakeRequest request)
    {
        var token = $"{request.Headers.Authorization}";
        if (WantsToken && token is not ($"Bearer {GoodToken}" or $"Bearer {ReadingToken}"))
        {
            return Message(401, "unknown token");
        }

        if (WantsSignature && !IsSigned(request))
        {
            return Message(401, "the signature is wrong");
        }

        return Path(request).Split('/')[1..] switch
        {
            ["v1", "zones", var zone, ..] when !Zones.Contains(zone) => NotFound(zone),
            ["v1", "zones", var zone] when request.Method == "GET" => Reply(200, Describe(zone, mayWrite: token != $"Bearer {ReadingToken}")),
            ["v1", "zones", _, "names"] when request.Method == "GET" => Reply(200, List(request.Parameter("cursor"))),
            ["v1", "zones", _, "names", var name] when request.Method == "GET" => Reply(200, Show(DnsName.Parse(name))),
            ["v1", "zones", _, "names", _] when request.Method == "PATCH" && token == $"Bearer {ReadingToken}" => Message(403, "the token lacks the role 'dns-writer'"),
            ["v1", "zones", _, "names", var name] when request.Method == "PATCH" => Once(DnsName.Parse(name), request.Body),
            _ => Message(404, "no such path"),
        };
    }

    private static string Path(FakeRequest request) => request.Path.StartsWith(Prefix, StringComparison.Ordinal) ? request.Path[Prefix.Length..] : request.Path;

    private static bool IsSigned(FakeRequest request)
    {
        var parts = $"{request.Headers["DnsFailover-Signature"]}".Split(',');
        if (parts is not [['t', '=', .. var time], ['v', '1', '=', .. var signature]])
        {
            return false;
        }

        var query = request.Query.Count == 0 ? string.Empty : $"?{string.Join('&', request.Query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"))}";
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(SigningSecret), Encoding.UTF8.GetBytes($"{time}\n{request.Method}\n{request.Path}{query}\n{request.Body}"));
        return Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(time, CultureInfo.InvariantCulture)) < 300 && signature == Convert.ToHexStringLower(expected);
    }

    private JsonObject Describe(string zone, bool mayWrite) => new()
    {
        ["version"] = 1,
        ["zone"] = zone,
        ["capabilities"] = new JsonObject { ["weights"] = Weights, ["severalValues"] = SeveralValues, ["ownerMarks"] = true, ["smallestTtl"] = SmallestTtl },
        ["mayWrite"] = mayWrite,
        ["nameServers"] = new JsonArray($"{NameServer}"),
        ["motd"] = "unknown members are ignored",
    };

    /// <summary>What the last page says of the next one.</summary>
    public string? LastNext { get; set; }

    private JsonObject List(string? cursor)
    {
        var from = cursor is null ? 0 : int.Parse(cursor["after ".Length..], CultureInfo.InvariantCulture);
        DnsName[] names = [.. _sets.Select(set => set.Name).Concat(_owners.Keys).Distinct().Order()];
        var left = names.Length - from - NamesPerPage;
        return new JsonObject
        {
            ["names"] = new JsonArray([.. names.Skip(from).Take(NamesPerPage).Select(Show)]),
            ["next"] = left > 0 ? $"after {from + NamesPerPage}" : LastNext,
        };
    }

    private JsonObject Show(DnsName name)
    {
        var sets = _sets.Where(set => set.Name == name).Select(set => new JsonObject
        {
            ["type"] = set.Type,
            ["ttl"] = set.Ttl,
            ["values"] = new JsonArray([.. set.Values.Select(value => value.Weight is { } weight ? new JsonObject { ["data"] = value.Data, ["weight"] = weight } : new JsonObject { ["data"] = value.Data })]),
        });
        return new JsonObject { ["name"] = $"{name}", ["owner"] = _owners.GetValueOrDefault(name), ["hidden"] = Hidden, ["sets"] = new JsonArray([.. sets]) };
    }

    private FakeReply Once(DnsName name, string body)
    {
        LastChange = body;
        var json = JsonNode.Parse(body)!.AsObject();
        var id = json["id"]!.GetValue<string>();
        if (!_answered.TryGetValue(id, out var reply))
        {
            reply = Change(name, json);
            _answered[id] = reply;
        }

        return reply;
    }

    private FakeReply Change(DnsName name, JsonObject body)
    {
        var next = _sets.ToList();
        foreach (var change in body["changes"]!.AsArray())
        {
            var type = Enum.Parse<RecordType>(change!["type"]!.GetValue<string>());
            var then = Content(name, type, change["then"])!;
            if (!Equals(Content(name, type, change["if"]), Now(name, type)))
            {
                return Reply(409, new JsonObject { ["message"] = $"{name} {type} is not what it was", ["now"] = Show(name) });
            }

            if (then.Ttl.TotalSeconds < SmallestTtl || (!Weights && then.Values.Any(value => value.Weight is not null)) || (!SeveralValues && then.Values.Count > 1))
            {
                return Message(422, "a TTL, a weight or a second value is not taken");
            }

            next.RemoveAll(set => set.Name == name && set.Type == $"{type}");
            next.Add(new FakeSet(name, $"{type}", (int)then.Ttl.TotalSeconds, [.. then.Values]));
        }

        var types = next.Where(set => set.Name == name).Select(set => set.Type).ToList();
        if (types.Contains("CNAME") && types.Count > 1)
        {
            return Message(422, "a CNAME must be alone");
        }

        Written++;
        _sets.Clear();
        _sets.AddRange(next);
        if (body["owner"]?.GetValue<string>() is { } owner)
        {
            _owners[name] = owner;
        }

        return Reply(200, Show(name));
    }

    private RecordSet? Now(DnsName name, RecordType type) => _sets.Find(set => set.Name == name && set.Type == $"{type}") is { } set ? RecordSet.Create(name, type, TimeSpan.FromSeconds(set.Ttl), set.Values) : null;

    private static RecordSet? Content(DnsName name, RecordType type, JsonNode? json) => json is null ? null : RecordSet.Create(
        name,
        type,
        TimeSpan.FromSeconds(json["ttl"]!.GetValue<int>()),
        json["values"]!.AsArray().Select(value => new RecordValue(value!["data"]!.GetValue<string>(), value["weight"]?.GetValue<int>())));

    private FakeReply NotFound(string zone) => Reply(404, new JsonObject { ["message"] = $"no zone {zone}", ["zones"] = new JsonArray([.. Zones.Select(name => JsonValue.Create(name))]) });

    private static FakeReply Message(int status, string message) => Reply(status, new JsonObject { ["message"] = message });

    private static FakeReply Reply(int status, JsonObject body) => new(status, body.ToJsonString());
}
