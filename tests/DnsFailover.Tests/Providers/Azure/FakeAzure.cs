using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Azure;

/// <summary>Who a token is, and what it may do.</summary>
internal sealed record FakeIdentity(string Token)
{
    public const string Writes = "Microsoft.Network/dnsZones/*/write";

    /// <summary>Exceptions from the role DNS Zone Contributor.</summary>
    public IReadOnlyList<string> NotActions { get; init; } = [];

    /// <summary>Azure's word for why it takes the token no more; null when it does.</summary>
    public string? Refusal { get; init; }
}

/// <summary>A record set as Azure stores it.</summary>
internal sealed record FakeSet(string Name, string Type, int Ttl, IReadOnlyList<string> Values)
{
    public string ETag { get; init; } = Guid.NewGuid().ToString();

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public string? TargetId { get; init; }

    /// <summary>Something that a later version of the API keeps about a set.</summary>
    public string? Novelty { get; init; }
}

internal sealed class FakeAzureError(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    /// <summary>Resource Manager puts its errors into an envelope; Azure DNS behind it does not.</summary>
    public bool IsOfResourceManager { get; init; }
}

/// <summary>Azure Resource Manager with one subscription, and Azure DNS behind it, as strict as they are.</summary>
internal sealed class FakeAzure : FakeVendor
{
    public const string Subscription = "0b1f6471-1bf0-4dda-aec3-cb9272f09590";
    public const string Group = "dns-rg";
    public const string Zone = "example.com";

    private const int LargestPage = 500;
    private const int MostValues = 20;

    private static readonly string[] s_types = ["A", "AAAA", "CNAME", "TXT", "NS", "SOA", "MX", "CAA", "SRV", "PTR"];

    private readonly List<FakeSet> _sets = [new("@", "NS", 172800, ["ns1-01.azure-dns.com."]), new("@", "SOA", 3600, ["ns1-01.azure-dns.com. azuredns-hostmaster.microsoft.com. 1 3600 300 2419200 300"])];

    public FakeAzure()
        : base(Zone)
    {
    }

    public List<FakeIdentity> Identities { get; } = [new FakeIdentity("eyJ0.good-token.c2ln")];

    /// <summary>The zones of the subscription: name and resource group.</summary>
    public List<(string Name, string Group)> Zones { get; } = [(Zone, Group)];

    public List<string> NameServers { get; } = ["ns1-01.azure-dns.com.", "ns2-01.azure-dns.net."];

    public bool IsPrivate { get; set; }

    public bool IsLocked { get; set; }

    /// <summary>So many sets are on a page at most, whatever is asked for.</summary>
    public int PageSize { get; set; } = LargestPage;

    /// <summary>What the filter of lists leaves of the relative names: by the documentation those that end with <c>.suffix</c>.</summary>
    public Func<string, string, bool> Leaves { get; set; } = (name, suffix) => name.EndsWith($".{suffix}", StringComparison.OrdinalIgnoreCase);

    /// <summary>Where next pages are said to be; null is here.</summary>
    public Uri? OtherPlace { get; set; }

    /// <summary>Whether next pages are said with a path alone.</summary>
    public bool LinksHaveNoPlace { get; set; }

    /// <summary>Runs before a set is written.</summary>
    public Action<FakeAzure, string> BeforeWrite { get; set; } = (_, _) => { };

    public IReadOnlyList<FakeSet> Sets => Locked(() => _sets.ToList());

    /// <summary>Puts a set in place of the one that is there, past the API.</summary>
    public void Seed(FakeSet set) => Locked(() =>
    {
        SeedWhileServing(set);
        return 0;
    });

    /// <summary>As <see cref="Seed"/>, from within a request.</summary>
    public void SeedWhileServing(FakeSet set)
    {
        Remove(set.Name, set.Type);
        _sets.Add(set);
    }

    public void Unseed(string name, string type) => Locked(() => Remove(name, type));

    public FakeSet? Find(string name, string type) => Locked(() => Existing(name, type));

    protected override FakeReply Answer(FakeRequest request)
    {
        try
        {
            var identity = Authenticate(request);
            var steps = request.Path.Trim('/').Split('/');
            return steps switch
            {
                ["subscriptions", var subscription, .. var rest] when subscription == Subscription => Route(request, identity, rest),
                ["subscriptions", var subscription, ..] => throw Manager(404, "SubscriptionNotFound", $"The subscription '{subscription}' could not be found."),
                _ => throw Manager(404, "InvalidResourceNamespace", "The resource namespace is invalid."),
            };
        }
        catch (FakeAzureError e)
        {
            var error = new JsonObject { ["code"] = e.Code, ["message"] = e.Message };
            return new FakeReply(e.Status, (e.IsOfResourceManager ? new JsonObject { ["error"] = error } : error).ToJsonString());
        }
    }

    protected override IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() =>
        _sets.SelectMany(set => set.Values.Select(value => (set.Name == "@" ? Zone : $"{set.Name}.{Zone}", set.Type, set.Ttl, value)));

    private FakeReply Route(FakeRequest request, FakeIdentity identity, string[] steps)
    {
        switch (steps)
        {
            case ["providers", "Microsoft.Network", "dnszones"] when request.Method == "GET":
                Version(request, "2018-05-01", "$top");
                Allow(identity, "Microsoft.Network/dnsZones/read", $"/subscriptions/{Subscription}");
                return new FakeReply(200, new JsonObject { ["value"] = new JsonArray([.. Zones.Select(zone => ZoneJson(zone.Name, zone.Group))]) }.ToJsonString());
            case ["resourceGroups", var group, ..] when !Zones.Exists(zone => zone.Group.Equals(group, StringComparison.OrdinalIgnoreCase)):
                throw Manager(404, "ResourceGroupNotFound", $"Resource group '{group}' could not be found.");
            case ["resourceGroups", var group, "providers", "Microsoft.Network", "dnsZones", var zone, .. var rest]:
                return InZone(request, identity, group, zone, rest);
            default:
                throw Manager(404, "InvalidResourceType", "The resource type could not be found.");
        }
    }

    private FakeReply InZone(FakeRequest request, FakeIdentity identity, string group, string zone, string[] rest)
    {
        var scope = $"/subscriptions/{Subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnsZones/{zone}";
        var exists = Zones.Contains((zone, group));
        switch (request.Method, rest)
        {
            case ("GET", ["providers", "Microsoft.Authorization", "permissions"]):
                Version(request, "2022-04-01");
                Allow(identity, "Microsoft.Authorization/permissions/read", scope);
                return new FakeReply(200, new JsonObject { ["value"] = new JsonArray(new JsonObject { ["actions"] = new JsonArray("Microsoft.Authorization/*/read", "Microsoft.Network/dnsZones/*"), ["notActions"] = new JsonArray([.. identity.NotActions.Select(action => JsonValue.Create(action))]) }) }.ToJsonString());
            case ("GET", []):
                Version(request, "2018-05-01");
                Allow(identity, "Microsoft.Network/dnsZones/read", scope);
                return exists ? new FakeReply(200, ZoneJson(zone, group).ToJsonString()) : throw Manager(404, "ResourceNotFound", $"The Resource 'Microsoft.Network/dnsZones/{zone}' under resource group '{group}' was not found.");
            case ("GET", ["all"]):
                Version(request, "2018-05-01", "$top", "$skipToken", "$recordsetnamesuffix");
                Allow(identity, "Microsoft.Network/dnsZones/all/read", scope);
                return exists ? List(request, scope) : throw NoParent(zone);
            case ("GET" or "PUT", [var type, var name]) when s_types.Contains(type):
                Version(request, "2018-05-01");
                Allow(identity, $"Microsoft.Network/dnsZones/{type}/{(request.Method == "GET" ? "read" : "write")}", $"{scope}/{type}/{name}");
                return !exists ? throw NoParent(zone) : request.Method == "GET" ? Get(type, name) : Put(request, scope, type, name);
            default:
                throw Manager(404, "InvalidResourceType", "The resource type could not be found.");
        }
    }

    private FakeReply Get(string type, string name) => Existing(name, type) is { } set
        ? new FakeReply(200, SetJson(set).ToJsonString())
        : throw new FakeAzureError(404, "NotFound", $"The resource record '{name}' does not exist in resource group '{Group}' of subscription '{Subscription}'.");

    private FakeReply List(FakeRequest request, string scope)
    {
        var size = int.Parse(request.Parameter("$top") ?? "100", CultureInfo.InvariantCulture);
        if (size is < 1 or > LargestPage)
        {
            throw new FakeAzureError(400, "BadRequest", "The value of $top is not valid.");
        }

        size = Math.Min(size, PageSize);
        var from = int.Parse(request.Parameter("$skipToken") ?? "0", CultureInfo.InvariantCulture);
        var suffix = request.Parameter("$recordsetnamesuffix");
        var left = suffix switch
        {
            null => _sets,
            "" => throw new FakeAzureError(400, "BadRequest", "The value of $recordsetnamesuffix is not valid."),
            _ => _sets.FindAll(set => Leaves(set.Name, suffix)),
        };
        var page = new JsonObject { ["value"] = new JsonArray([.. left.Skip(from).Take(size).Select(SetJson)]) };
        if (left.Count > from + size)
        {
            var link = new Uri(OtherPlace ?? Address, $"{scope}/all?api-version=2018-05-01&$top={request.Parameter("$top")}{(suffix is null ? string.Empty : $"&$recordsetnamesuffix={suffix}")}&$skipToken={from + size}");
            page["nextLink"] = LinksHaveNoPlace ? link.PathAndQuery : link.AbsoluteUri;
        }

        return new FakeReply(200, page.ToJsonString());
    }

    private FakeReply Put(FakeRequest request, string scope, string type, string name)
    {
        BeforeWrite(this, type);
        if (IsLocked)
        {
            throw Manager(409, "ScopeLocked", $"The scope '{scope}/{type}/{name}' cannot perform write operation because following scope(s) are locked: '{scope}'. Please remove the lock and try again.");
        }

        var set = Parse(request, type, name);
        var existing = Existing(name, type);
        var (match, noneMatch) = (request.Headers.IfMatch.ToString(), request.Headers.IfNoneMatch.ToString());
        if ((noneMatch == "*" && existing is not null) || (match.Length > 0 && match != existing?.ETag))
        {
            throw new FakeAzureError(412, "PreconditionFailed", "The condition of the request is not met: the record set has been changed.");
        }

        if (_sets.Exists(other => Same(other.Name, name) && other.Type != type && (other.Type == "CNAME" || type == "CNAME")))
        {
            throw new FakeAzureError(409, "Conflict", $"The {type} record could not be created because {(type == "CNAME" ? "another record" : "a CNAME record")} with the same name already exists in this zone.");
        }

        SeedWhileServing(set with { Name = existing?.Name ?? name });
        return new FakeReply(existing is null ? 201 : 200, SetJson(Existing(name, type)!).ToJsonString());
    }

    private static FakeSet Parse(FakeRequest request, string type, string name)
    {
        if (request.Headers.ContentType.ToString() is not "application/json")
        {
            throw new FakeAzureError(415, "UnsupportedMediaType", "The content media type is not supported.");
        }

        var properties = (JsonNode.Parse(request.Body) as JsonObject)?["properties"] as JsonObject ?? throw Bad("The properties of the record set are missing.");
        var member = type == "CNAME" ? "CNAMERecord" : $"{type}Records";
        if (properties.FirstOrDefault(pair => pair.Key is not ("metadata" or "TTL" or "targetResource" or "novelty") && pair.Key != member) is { Key: { } unknown })
        {
            throw Bad($"Could not find member '{unknown}' on a record set of type {type}.");
        }

        var ttl = properties["TTL"]?.GetValue<long>() ?? throw Bad("The TTL of the record set is missing.");
        var target = properties["targetResource"]?["id"]?.GetValue<string>();
        var values = Values(properties[member], type);
        return ttl is < 1 or > int.MaxValue ? throw Bad("The TTL value is not in the range of 1 to 2147483647.")
            : target is not null && values.Count > 0 ? throw Bad("A record set has either records or a target resource.")
            : values.Count > MostValues ? throw Bad("The record set has too many records.")
            : new FakeSet(name, type, (int)ttl, values)
            {
                TargetId = target,
                Novelty = properties["novelty"]?.GetValue<string>(),
                Metadata = (properties["metadata"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>()),
            };
    }

    private static List<string> Values(JsonNode? json, string type)
    {
        if (type == "CNAME")
        {
            var target = json?["cname"]?.GetValue<string>();
            return target is null ? [] : DnsName.TryParse(target, out _, out _) ? [target] : throw Bad($"The domain name '{target}' is invalid.");
        }

        var (member, family) = type == "A" ? ("ipv4Address", AddressFamily.InterNetwork) : ("ipv6Address", AddressFamily.InterNetworkV6);
        var values = (json as JsonArray ?? []).Select(item => item!.AsObject() is { Count: 1 } record && record[member]?.GetValue<string>() is { } value && IPAddress.TryParse(value, out var address) && address.AddressFamily == family
            ? value
            : throw Bad("An IP address is invalid.")).ToList();
        return values.Distinct(StringComparer.Ordinal).Count() == values.Count ? values : throw Bad("The record set has duplicate records.");
    }

    private FakeIdentity Authenticate(FakeRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            throw Manager(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
        }

        var identity = Identities.Find(one => one.Token == header["Bearer ".Length..]) ?? throw Manager(401, "InvalidAuthenticationToken", "The access token is invalid.");
        return identity.Refusal is { } refusal ? throw Manager(401, refusal, "The access token is not accepted.") : identity;
    }

    private static void Allow(FakeIdentity identity, string action, string scope)
    {
        if (identity.NotActions.Any(pattern => System.Text.RegularExpressions.Regex.IsMatch(action, $"^{pattern.Replace("*", ".*", StringComparison.Ordinal)}$", System.Text.RegularExpressions.RegexOptions.NonBacktracking)))
        {
            throw Manager(403, "AuthorizationFailed", $"The client '7d5e' with object id '7d5e' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.");
        }
    }

    private static void Version(FakeRequest request, string version, params string[] others)
    {
        if (request.Parameter("api-version") != version)
        {
            throw Manager(400, request.Parameter("api-version") is null ? "MissingApiVersionParameter" : "InvalidApiVersionParameter", "The api-version query parameter is required for all requests, and must be one that is known.");
        }

        if (request.Query.FirstOrDefault(pair => pair.Key != "api-version" && !others.Contains(pair.Key)) is { Key: { } unknown })
        {
            throw new FakeAzureError(400, "BadRequest", $"The parameter {unknown} is not known.");
        }
    }

    private JsonObject ZoneJson(string name, string group) => new()
    {
        ["id"] = $"/subscriptions/{Subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnszones/{name}",
        ["name"] = name,
        ["type"] = "Microsoft.Network/dnszones",
        ["etag"] = "00000002-0000-0000-b8f3-4f5e1a2bd301",
        ["location"] = "global",
        ["tags"] = new JsonObject(),
        ["properties"] = new JsonObject
        {
            ["maxNumberOfRecordSets"] = 10000,
            ["numberOfRecordSets"] = _sets.Count,
            ["nameServers"] = new JsonArray([.. NameServers.Select(server => JsonValue.Create(server))]),
            ["zoneType"] = IsPrivate ? "Private" : "Public",
        },
    };

    private static JsonObject SetJson(FakeSet set)
    {
        var properties = new JsonObject { ["fqdn"] = set.Name == "@" ? $"{Zone}." : $"{set.Name}.{Zone}.", ["TTL"] = set.Ttl, ["targetResource"] = set.TargetId is null ? [] : new JsonObject { ["id"] = set.TargetId }, ["provisioningState"] = "Succeeded" };
        if (set.Metadata.Count > 0)
        {
            properties["metadata"] = new JsonObject(set.Metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value))));
        }

        if (set.Novelty is not null)
        {
            properties["novelty"] = set.Novelty;
        }

        if (set.Type == "CNAME")
        {
            properties["CNAMERecord"] = set.Values is [var target] ? new JsonObject { ["cname"] = target } : null;
        }
        else
        {
            var member = set.Type switch { "A" => "ipv4Address", "AAAA" => "ipv6Address", "NS" => "nsdname", _ => "value" };
            properties[$"{set.Type}Records"] = new JsonArray([.. set.Values.Select(value => new JsonObject { [member] = value })]);
        }

        return new JsonObject
        {
            ["id"] = $"/subscriptions/{Subscription}/resourceGroups/{Group}/providers/Microsoft.Network/dnszones/{Zone}/{set.Type}/{set.Name}",
            ["name"] = set.Name,
            ["type"] = $"Microsoft.Network/dnszones/{set.Type}",
            ["etag"] = set.ETag,
            ["properties"] = properties,
        };
    }

    private FakeSet? Existing(string name, string type) => _sets.Find(set => Same(set.Name, name) && set.Type == type);

    private int Remove(string name, string type) => _sets.RemoveAll(set => Same(set.Name, name) && set.Type == type);

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static FakeAzureError Bad(string message) => new(400, "BadRequest", message);

    private static FakeAzureError NoParent(string zone) => Manager(404, "ParentResourceNotFound", $"Failed to perform 'read' on resource(s) of type 'dnszones', because the parent resource '/subscriptions/{Subscription}/resourceGroups/{Group}/providers/Microsoft.Network/dnszones/{zone}' could not be found.");

    private static FakeAzureError Manager(int status, string code, string message) => new(status, code, message) { IsOfResourceManager = true };
}
