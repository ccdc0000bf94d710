using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DnsFailover.Tests.Providers.Google;

/// <summary>
/// Google Cloud DNS v1, with the servers that hand out tokens: of service accounts (RFC 7523), of other clouds' workloads
/// (RFC 8693), and of the machine.
/// </summary>
internal sealed class FakeGoogle : FakeVendor
{
    public const string Project = "acme-dns";

    private const string Scope = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";

    private FakeGoogle()
        : base("example.test")
    {
    }

    public List<FakeAccount> Accounts { get; } = [new("failover")];

    public List<FakeZone> Zones { get; } = [new("example-test", "example.test."), new("example-test-inside", "example.test.") { Visibility = "private" }];

    public FakeZone Zone => Zones[0];

    /// <summary>The most sets and zones that a page has.</summary>
    public int LargestPage { get; set; } = 500;

    /// <summary>False for servers that know no filter.</summary>
    public bool KnowsFilter { get; set; } = true;

    /// <summary>How often a change is shown as pending.</summary>
    public int PendingLooks { get; set; }

    /// <summary>What is written of a refusal; null is the vendor's own.</summary>
    public Func<FakeRequest, FakeRefusal?> Refuses { get; set; } = _ => null;

    /// <summary>Happens after each page of record sets.</summary>
    public Action AfterPage { get; set; } = () => { };

    public Uri TokenAddress => new(Address, "/token");

    /// <summary>Calls of the API alone, in a few words.</summary>
    public IEnumerable<string> ApiCalls => Calls.Where(call => call.Contains("/dns/", StringComparison.Ordinal)).Select(call => call.Replace($"/dns/v1/projects/{Project}/managedZones", string.Empty, StringComparison.Ordinal));

    public static async Task<FakeGoogle> OpenAsync(CancellationToken cancellationToken)
    {
        var fake = new FakeGoogle();
        foreach (var set in new[] { FakeZone.Set("example.test", "SOA", 21600, "ns1.example.net. hostmaster.example.net. 1 21600 3600 259200 300"), FakeZone.Set("example.test", "NS", 21600, "ns1.example.net.") })
        {
            fake.Zone.Put("example.test", set["type"]!.GetValue<string>(), set);
        }

        await fake.StartAsync(cancellationToken);
        return fake;
    }

    public T Edit<T>(Func<T> act) => Locked(act);

    protected override IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() => Zone.Sets
        .Where(set => DnsFailover.Core.Records.DnsName.TryParse(set["name"]!.GetValue<string>(), out _, out _))
        .SelectMany(set => FakeZone.ValuesOf(set).Select(value => (set["name"]!.GetValue<string>(), set["type"]!.GetValue<string>(), set["ttl"]!.GetValue<int>(), value)));

    protected override FakeReply Answer(FakeRequest request)
    {
        try
        {
            return (request.Method, request.Path) switch
            {
                ("POST", "/token") => Token(Form(request.Body)),
                ("POST", "/sts") => Exchange(Form(request.Body)),
                ("GET", "/computeMetadata/v1/instance/service-accounts/default/token") => OfTheMachine(request),
                _ when Refuses(request) is { } refusal => throw refusal,
                _ => new FakeReply(200, Serve(request, Whose(request)).ToJsonString()),
            };
        }
        catch (FakeRefusal e)
        {
            return new FakeReply(e.Status, Envelope(e));
        }
    }

    private static string Envelope(FakeRefusal refusal)
    {
        var status = refusal.Status switch { 401 => "UNAUTHENTICATED", 403 => "PERMISSION_DENIED", 404 => "NOT_FOUND", 409 => "ALREADY_EXISTS", 412 => "FAILED_PRECONDITION", 429 => "RESOURCE_EXHAUSTED", _ => "INVALID_ARGUMENT" };
        var error = new JsonObject { ["code"] = refusal.Status, ["message"] = refusal.Message, ["errors"] = new JsonArray(new JsonObject { ["message"] = refusal.Message, ["domain"] = "global", ["reason"] = refusal.Reason }), ["status"] = status };
        if (refusal.Details.Count > 0)
        {
            error["details"] = refusal.Details.DeepClone();
        }

        return new JsonObject { ["error"] = error }.ToJsonString();
    }

    private static Dictionary<string, string> Form(string body) => body.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1].Replace('+', ' ')));

    private FakeReply Token(Dictionary<string, string> form)
    {
        var assertion = form.GetValueOrDefault("assertion") ?? string.Empty;
        var account = Accounts.Find(known => known.Email == FakeAccount.IssuerOf(assertion));
        var complaint = form.GetValueOrDefault("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" ? "Invalid grant_type"
            : account is null ? "Invalid grant: account not found"
            : account.Complaint(assertion, Scope);
        return complaint is null ? Granted(account!) : new FakeReply(400, new JsonObject { ["error"] = "invalid_grant", ["error_description"] = complaint }.ToJsonString());
    }

    private FakeReply Exchange(Dictionary<string, string> form) =>
        form.GetValueOrDefault("grant_type") == "urn:ietf:params:oauth:grant-type:token-exchange" && form.GetValueOrDefault("subject_token") == "token-of-another-cloud" && form.GetValueOrDefault("scope") == Scope
            ? Granted(Accounts[0])
            : new FakeReply(400, """{"error":"invalid_grant","error_description":"The subject token is not known."}""");

    private FakeReply OfTheMachine(FakeRequest request) => request.Headers["Metadata-Flavor"] == "Google" && request.Parameter("scopes") == Scope
        ? Granted(Accounts[0]) with { Headers = [("Metadata-Flavor", "Google")] }
        : new FakeReply(403, "Missing required header \"Metadata-Flavor\": \"Google\"");

    private static FakeReply Granted(FakeAccount account) =>
        new(200, new JsonObject { ["access_token"] = account.Token, ["expires_in"] = 3599, ["token_type"] = "Bearer", ["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token" }.ToJsonString());

    private FakeAccount Whose(FakeRequest request) => Accounts.Find(account => !account.IsRevoked && request.Headers.Authorization == $"Bearer {account.Token}")
        ?? throw new FakeRefusal(401, "authError", "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.");

    private JsonObject Serve(FakeRequest request, FakeAccount account)
    {
        if (request.Path.Split('/') is not ["", "dns", "v1", "projects", Project, "managedZones", .. var rest])
        {
            throw new FakeRefusal(404, "notFound", "The 'parameters.project' resource does not exist.");
        }

        switch (request.Method, rest)
        {
            case ("GET", []):
                Allow(account, "dns.managedZones.list");
                Know(request, "dnsName", "pageToken", "maxResults");
                return Page(request, [.. Zones.Where(zone => request.Parameter("dnsName") is not { } name || zone.DnsName == Dotted(name)).Select(zone => zone.ToJson())], "managedZones", "dns#managedZonesListResponse");
            case ("GET", [var id]):
                Allow(account, "dns.managedZones.get");
                return Find(id).ToJson();
            case ("POST", [var id]) when id.EndsWith(":testIamPermissions", StringComparison.Ordinal):
                _ = Find(id.Split(':')[0]);
                return new JsonObject { ["permissions"] = new JsonArray([.. FakeZone.Texts(Parse(request.Body)["permissions"]).Except(account.Denied).Select(permission => JsonValue.Create(permission))]) };
            case ("GET", [var id, "rrsets"]):
                Allow(account, "dns.resourceRecordSets.list");
                return ListSets(Find(id), request);
            case ("POST", [var id, "changes"]):
                return Change(Find(id), account, Parse(request.Body));
            case ("GET", [var id, "changes", var change]):
                Allow(account, "dns.changes.get");
                return Look(Find(id), change);
            default:
                throw new FakeRefusal(404, "notFound", "Not Found");
        }
    }

    private JsonObject ListSets(FakeZone zone, FakeRequest request)
    {
        Know(request, "maxResults", "pageToken", "name", "type", KnowsFilter ? "filter" : "name");
        var suffix = request.Parameter("filter") is { } filter ? Suffix(filter) : null;
        if ((suffix is not null && request.Parameter("name") is not null) || (request.Parameter("type") is not null && request.Parameter("name") is null))
        {
            throw new FakeRefusal(400, "invalid", "Invalid combination of 'parameters.name', 'parameters.type' and 'parameters.filter'");
        }

        var sets = zone.Sets.Where(set =>
            (suffix is null || Name(set).EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            && (request.Parameter("name") is not { } name || string.Equals(Name(set), Dotted(name), StringComparison.OrdinalIgnoreCase))
            && (request.Parameter("type") is not { } type || set["type"]!.GetValue<string>() == type));
        var page = Page(request, [.. sets.OrderBy(Name, StringComparer.OrdinalIgnoreCase).ThenBy(set => set["type"]!.GetValue<string>(), StringComparer.Ordinal).Select(set => set.DeepClone().AsObject())], "rrsets", "dns#resourceRecordSetsListResponse");
        AfterPage();
        return page;

        static string Name(JsonObject set) => set["name"]!.GetValue<string>();
    }

    private static string Suffix(string filter) => filter.StartsWith("name=has_suffix(\"", StringComparison.Ordinal) && filter.EndsWith(".\")", StringComparison.Ordinal)
        ? filter["name=has_suffix(\"".Length..^2]
        : throw new FakeRefusal(400, "invalid", $"Invalid value for 'parameters.filter': '{filter}'");

    private JsonObject Page(FakeRequest request, List<JsonObject> all, string member, string kind)
    {
        var size = Math.Min(request.Parameter("maxResults") is { } most ? int.Parse(most, CultureInfo.InvariantCulture) : 100, LargestPage);
        var from = request.Parameter("pageToken") is { } token ? int.Parse(token["after-".Length..], CultureInfo.InvariantCulture) : 0;
        var page = new JsonObject { ["kind"] = kind };
        if (all.Count > 0)
        {
            page[member] = new JsonArray([.. all.Skip(from).Take(size)]); // an empty list is left out
        }

        if (from + size < all.Count)
        {
            page["nextPageToken"] = $"after-{from + size}";
        }

        return page;
    }

    private JsonObject Change(FakeZone zone, FakeAccount account, JsonObject change)
    {
        Allow(account, "dns.changes.create");
        var added = change["additions"] is JsonArray { Count: > 0 };
        foreach (var permission in added ? change["deletions"] is not null ? ["dns.resourceRecordSets.update", "dns.resourceRecordSets.create", "dns.resourceRecordSets.delete"] : ["dns.resourceRecordSets.create"] : (string[])["dns.resourceRecordSets.delete"])
        {
            Allow(account, permission);
        }

        return zone.Create(change, PendingLooks).DeepClone().AsObject();
    }

    private static JsonObject Look(FakeZone zone, string id)
    {
        if (!zone.Changes.TryGetValue(id, out var change))
        {
            throw new FakeRefusal(404, "notFound", $"The 'parameters.changeId' resource named '{id}' does not exist.");
        }

        change.Change["status"] = change.Looks > 1 ? "pending" : "done";
        zone.Changes[id] = (change.Change, change.Looks - 1);
        return change.Change.DeepClone().AsObject();
    }

    private FakeZone Find(string id) => Zones.Find(zone => zone.Id == id) ?? throw new FakeRefusal(404, "notFound", $"The 'parameters.managedZone' resource named '{id}' does not exist.");

    private static void Allow(FakeAccount account, string permission)
    {
        if (account.Denied.Contains(permission))
        {
            throw new FakeRefusal(403, "forbidden", "Forbidden")
            {
                Details = [new JsonObject { ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo", ["reason"] = "IAM_PERMISSION_DENIED", ["domain"] = "dns.googleapis.com", ["metadata"] = new JsonObject { ["permission"] = permission } }],
            };
        }
    }

    private static void Know(FakeRequest request, params string[] known)
    {
        if (request.Query.Select(pair => pair.Key).Except(known).FirstOrDefault() is { } unknown)
        {
            throw new FakeRefusal(400, "invalid", $"Invalid JSON payload received. Unknown name \"{unknown}\": Cannot bind query parameter.");
        }
    }

    private static string Dotted(string name) => name.EndsWith('.') ? name : throw new FakeRefusal(400, "invalid", $"Invalid value for 'parameters.name': '{name}'");

    private static JsonObject Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body)!.AsObject();
        }
        catch (JsonException)
        {
            throw new FakeRefusal(400, "parseError", "Invalid JSON payload received.");
        }
    }
}
