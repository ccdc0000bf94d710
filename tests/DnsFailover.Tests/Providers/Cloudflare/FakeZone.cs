using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Cloudflare;

/// <summary>The vendor does not take this; nothing changes.</summary>
internal sealed class FakeRefusal(int status, int code, string message) : Exception(message)
{
    public int Status => status;

    public int Code => code;
}

/// <summary>One record as the vendor keeps it.</summary>
internal sealed record FakeRecord(string Id, string Type, string Name, string Content, int Ttl, bool Proxied, string? Comment, string[] Tags, string Settings)
{
    private static readonly string s_created = "2024-01-01T05:20:00.12345Z";

    /// <summary>As the API shows it.</summary>
    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["type"] = Type,
        ["name"] = Name,
        ["content"] = Content,
        ["proxiable"] = Type is "A" or "AAAA" or "CNAME",
        ["proxied"] = Proxied,
        ["ttl"] = Ttl,
        ["settings"] = JsonNode.Parse(Settings),
        ["meta"] = new JsonObject(),
        ["comment"] = Comment,
        ["tags"] = new JsonArray([.. Tags.Select(tag => JsonValue.Create(tag))]),
        ["created_on"] = s_created,
        ["modified_on"] = s_created,
    };
}

/// <summary>A zone with the vendor's rules; not safe for several threads, its server takes turns.</summary>
internal sealed class FakeZone(string name, bool enterprise)
{
    private const int MostOperations = 200;
    private const int LongestComment = 100;

    private static readonly string[] s_members = ["type", "name", "content", "ttl", "proxied", "comment", "tags", "settings"];

    private List<FakeRecord> _records = [];

    public string Name { get; set; } = name;

    public string Id { get; } = Guid.NewGuid().ToString("n");

    public string Status { get; init; } = "active";

    public bool IsPaused { get; init; }

    public string[] NameServers { get; init; } = ["localhost", "localhost."];

    /// <summary>Everything there is.</summary>
    public IReadOnlyList<FakeRecord> Records => _records;

    /// <summary>Moments at which a name that had values, and has some in the end, had none: an edge may have answered with them.</summary>
    public List<string> EmptyMoments { get; } = [];

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["name"] = Name,
        ["status"] = Status,
        ["paused"] = IsPaused,
        ["type"] = "full",
        ["development_mode"] = 0,
        ["name_servers"] = new JsonArray([.. NameServers.Select(server => JsonValue.Create(server.TrimEnd('.')))]),
        ["original_name_servers"] = new JsonArray("ns1.original.example", "ns2.original.example"),
        ["original_registrar"] = null,
        ["original_dnshost"] = null,
        ["created_on"] = "2014-01-01T05:20:00.12345Z",
        ["modified_on"] = "2014-01-01T05:20:00.12345Z",
        ["activated_on"] = "2014-01-02T00:01:00.12345Z",
        ["meta"] = new JsonObject { ["step"] = 2 },
        ["owner"] = new JsonObject { ["id"] = "023e105f4ecef8ad9ca31a8372d0c353", ["type"] = "user", ["name"] = "Example" },
        ["account"] = new JsonObject { ["id"] = FakeCloudflare.AccountId, ["name"] = "Example" },
        ["plan"] = new JsonObject { ["legacy_id"] = enterprise ? "enterprise" : "free" },
    };

    /// <summary>Puts records there, as the dashboard would.</summary>
    public void Seed(params IEnumerable<FakeRecord> records) => _records.AddRange(records);

    /// <summary>Takes records away, as the dashboard would.</summary>
    public void Remove(string owner, string type) => _records.RemoveAll(record => record.Type == type && record.Name == Canonical(owner));

    /// <summary>A record that breaks no rule.</summary>
    public static FakeRecord NewRecord(string type, string owner, string content, int ttl) =>
        new(Guid.NewGuid().ToString("n"), type, Canonical(owner), Value(type, content), ttl, Proxied: false, Comment: null, [], "{}");

    public JsonNode Post(JsonObject body)
    {
        var record = Put(body, NewRecord(Required(body, "type"), Required(body, "name"), Required(body, "content"), 1));
        Commit([.. _records, record]);
        return record.ToJson();
    }

    public JsonNode Patch(string id, JsonObject body)
    {
        var record = Put(body, Existing(_records, id));
        Commit([.. _records.Where(other => other.Id != id), record]);
        return record.ToJson();
    }

    /// <summary>Deletes, then patches, then puts, then posts; the first error leaves everything as it was.</summary>
    public JsonNode Batch(JsonObject body)
    {
        if (body.FirstOrDefault(pair => pair.Key is not ("deletes" or "patches" or "puts" or "posts")) is { Key: { } unknown })
        {
            throw new FakeRefusal(400, 9207, $"Request body is invalid: {unknown}");
        }

        if (body.Sum(pair => pair.Value!.AsArray().Count) is 0 or > MostOperations)
        {
            throw new FakeRefusal(400, 9207, "Request body is invalid: too few or too many operations");
        }

        var draft = new FakeZone(Name, enterprise) { _records = [.. _records] };
        var steps = new List<List<FakeRecord>> { draft._records };
        var result = new JsonObject();
        foreach (var (operation, apply) in Operations(draft))
        {
            var items = new JsonArray();
            foreach (var item in body[operation]?.AsArray() ?? [])
            {
                items.Add(apply(item!.AsObject()));
                steps.Add(draft._records);
            }

            result[operation] = items;
        }

        Watch(steps);
        _records = draft._records;
        return result;
    }

    private static IEnumerable<(string Operation, Func<JsonObject, JsonNode> Apply)> Operations(FakeZone draft) =>
    [
        ("deletes", item => draft.Delete(Required(item, "id"))),
        ("patches", item => draft.Patch(Required(item, "id"), Without(item, "id"))),
        ("puts", item => draft.Patch(Required(item, "id"), Without(item, "id"))),
        ("posts", draft.Post),
    ];

    private JsonObject Delete(string id)
    {
        var record = Existing(_records, id);
        Commit([.. _records.Where(other => other.Id != id)]);
        return record.ToJson();
    }

    private void Commit(List<FakeRecord> records)
    {
        foreach (var at in records.GroupBy(record => record.Name))
        {
            var aliases = at.Count(record => record.Type == "CNAME");
            if (aliases > 1 || (aliases == 1 && at.Any(record => record.Type is "A" or "AAAA")))
            {
                throw new FakeRefusal(400, 81053, "An A, AAAA, or CNAME record with that host already exists.");
            }

            if (at.GroupBy(record => (record.Type, record.Content)).Any(same => same.Count() > 1))
            {
                throw new FakeRefusal(400, 81058, "An identical record already exists.");
            }
        }

        _records = records;
    }

    private void Watch(List<List<FakeRecord>> steps)
    {
        var lasting = Names(steps[0]).Intersect(Names(steps[^1])).ToList();
        EmptyMoments.AddRange(steps.SelectMany(step => lasting.Except(Names(step))).Select(name => $"{name}"));

        static IEnumerable<(string Name, string Type)> Names(List<FakeRecord> records) => records.Select(record => (record.Name, record.Type)).Distinct();
    }

    private FakeRecord Put(JsonObject body, FakeRecord record)
    {
        foreach (var (member, value) in body)
        {
            record = member switch
            {
                "type" => record with { Type = Text(value) },
                "name" => record with { Name = Canonical(Text(value)) },
                "content" => record with { Content = Value(record.Type, Text(value)) },
                "ttl" => record with { Ttl = Ttl(value!.GetValue<int>()) },
                "proxied" => record with { Proxied = value!.GetValue<bool>() },
                "comment" => record with { Comment = Comment(value is null ? null : Text(value)) },
                "tags" when !enterprise => throw new FakeRefusal(400, 9302, "DNS record tags are not available on this plan."),
                "tags" => record with { Tags = [.. value!.AsArray().Select(Text)] },
                "settings" => record with { Settings = value!.ToJsonString() },
                _ => throw new FakeRefusal(400, 9207, $"Request body is invalid: {member} is none of {string.Join(", ", s_members)}"),
            };
        }

        if (record.Name != Name && !record.Name.EndsWith($".{Name}", StringComparison.Ordinal))
        {
            throw new FakeRefusal(400, 1004, "DNS Validation Error");
        }

        return record.Proxied ? record with { Ttl = 1 } : record;
    }

    private int Ttl(int ttl) => ttl == 1 || (ttl >= (enterprise ? 30 : 60) && ttl <= 86400)
        ? ttl
        : throw new FakeRefusal(400, 9021, $"Invalid TTL. Must be between {(enterprise ? 30 : 60)} and 86400 seconds, or 1 for Automatic.");

    private static string? Comment(string? comment) => comment is null || (comment.Length <= LongestComment && !comment.AsSpan().ContainsAny('\n', '\r'))
        ? comment
        : throw new FakeRefusal(400, 9301, "The comment is too long or has line breaks.");

    private static string Value(string type, string content) => type switch
    {
        "A" => Address(content, AddressFamily.InterNetwork, 9005),
        "AAAA" => Address(content, AddressFamily.InterNetworkV6, 9006),
        "CNAME" => DnsName.TryParse(content, out var target, out _) ? target.ToString() : throw new FakeRefusal(400, 9007, "Content for CNAME record is invalid."),
        _ => content,
    };

    private static string Address(string content, AddressFamily family, int code) => IPAddress.TryParse(content, out var address) && address.AddressFamily == family
        ? address.ToString()
        : throw new FakeRefusal(400, code, "Content must be a valid address.");

    private static FakeRecord Existing(List<FakeRecord> records, string id) => records.Find(record => record.Id == id) ?? throw new FakeRefusal(404, 81044, "Record does not exist.");

    private static string Canonical(string name) => name.ToLowerInvariant().TrimEnd('.');

    private static string Required(JsonObject body, string member) => body[member] is { } value ? Text(value) : throw new FakeRefusal(400, 9207, $"Request body is invalid: no {member}");

    private static string Text(JsonNode? value) => value!.GetValue<string>();

    private static JsonObject Without(JsonObject body, string member) => new(body.Where(pair => pair.Key != member).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
}
