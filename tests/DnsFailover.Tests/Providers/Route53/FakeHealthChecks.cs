using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Xml.Linq;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>A health check of the fake.</summary>
internal sealed class FakeHealthCheck(string id, string reference, XElement config)
{
    public string Id => id;

    public string Reference => reference;

    /// <summary>As it was created.</summary>
    public string Created { get; } = config.ToString(SaveOptions.DisableFormatting);

    public XElement Config { get; set; } = config;

    public int Version { get; set; } = 1;

    public Dictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    public string? Text(string member) => Config.Elements().FirstOrDefault(element => element.Name.LocalName == member)?.Value;

    /// <summary>The address or host name that it looks at.</summary>
    public string Endpoint => Text("IPAddress") ?? Text("FullyQualifiedDomainName")!;
}

/// <summary>The health checks of the fake's account: what it takes and what it refuses is what the vendor documents.</summary>
internal sealed class FakeHealthChecks
{
    private static readonly XNamespace Ns = "https://route53.amazonaws.com/doc/2013-04-01/";

    private readonly HashSet<string> _deletedReferences = new(StringComparer.Ordinal);

    public List<FakeHealthCheck> All { get; } = [];

    /// <summary>What the checkers see; by default everything passes.</summary>
    public Func<FakeHealthCheck, bool> Passes { get; set; } = _ => true;

    /// <summary>The largest page; less than 1000 to see paging with few.</summary>
    public int LargestPage { get; set; } = 1000;

    public int Limit { get; set; } = 200;

    public FakeHealthCheck For(string endpoint) => Assert.Single(All, check => check.Endpoint == endpoint);

    /// <summary>True for what there is, and for the ids of tests that put records in place.</summary>
    public bool Exists(string id) => id.StartsWith("hc-", StringComparison.Ordinal) || All.Exists(check => check.Id == id);

    public bool IsHealthy(string? id) => id is null || All.Find(check => check.Id == id) is not { } check || Passes(check);

    /// <summary>Carries an operation out; gives the status and the document, or an error.</summary>
    public (int Status, XElement? Reply, string Code, string Message) Do(string operation, IReadOnlyDictionary<string, string> parameters, XElement? body)
    {
        var id = parameters.GetValueOrDefault("HealthCheckId") ?? parameters.GetValueOrDefault("ResourceId");
        var found = All.Find(check => check.Id == id);
        return id is not null && found is null ? Error(404, "NoSuchHealthCheck", $"A health check with id {id} does not exist.") : operation switch
        {
            "CreateHealthCheck" => Create(body!),
            "ListHealthChecks" => Good(List(parameters)),
            "UpdateHealthCheck" => Update(found!, body!),
            "DeleteHealthCheck" => Delete(found!),
            "GetHealthCheckStatus" => Good(Status(found!)),
            "ListTagsForResources" => Tags([.. body!.Descendants(Ns + "ResourceId").Select(element => element.Value)]),
            _ => Tag(found!, body!),
        };
    }

    private static (int, XElement?, string, string) Good(XElement reply, int status = 200) => (status, reply, string.Empty, string.Empty);

    private static (int, XElement?, string, string) Error(int status, string code, string message) => (status, null, code, message);

    private (int, XElement?, string, string) Create(XElement body)
    {
        var (reference, config) = (body.Element(Ns + "CallerReference")!.Value, body.Element(Ns + "HealthCheckConfig")!);
        if (All.Find(check => check.Reference == reference) is { } same)
        {
            return same.Created == config.ToString(SaveOptions.DisableFormatting) ? Good(new XElement(Ns + "CreateHealthCheckResponse", Element(same)), 201) : AlreadyExists();
        }

        if (_deletedReferences.Contains(reference))
        {
            return AlreadyExists();
        }

        if (All.Count >= Limit)
        {
            return Error(400, "TooManyHealthChecks", $"This account has reached the limit of {Limit} health checks.");
        }

        if (Complaint(config, isNew: true) is { } complaint)
        {
            return Error(400, "InvalidInput", complaint);
        }

        var created = new FakeHealthCheck(Guid.NewGuid().ToString(), reference, new XElement(config));
        All.Add(created);
        return Good(new XElement(Ns + "CreateHealthCheckResponse", Element(created)), 201);
    }

    private static (int, XElement?, string, string) AlreadyExists() => Error(409, "HealthCheckAlreadyExists", "A health check with the same caller reference but different settings exists, or one was deleted lately.");

    private (int, XElement?, string, string) Update(FakeHealthCheck check, XElement body)
    {
        if (body.Element(Ns + "HealthCheckVersion") is { } version && version.Value != check.Version.ToString(CultureInfo.InvariantCulture))
        {
            return Error(409, "HealthCheckVersionMismatch", "The health check was updated since.");
        }

        var next = new XElement(check.Config);
        foreach (var member in body.Elements().Where(element => element.Name.LocalName != "HealthCheckVersion"))
        {
            if (member.Name.LocalName == "IPAddress" && next.Element(member.Name) is null)
            {
                return Error(400, "InvalidInput", "You can't add an IPAddress to a health check.");
            }

            next.SetElementValue(member.Name, member.Value);
        }

        if (Complaint(next, isNew: false) is { } complaint)
        {
            return Error(400, "InvalidInput", complaint);
        }

        (check.Config, check.Version) = (new XElement(next.Name, Order.Select(name => next.Element(Ns + name))), check.Version + 1);
        return Good(new XElement(Ns + "UpdateHealthCheckResponse", Element(check)));
    }

    private static readonly string[] Order = ["IPAddress", "Port", "Type", "ResourcePath", "FullyQualifiedDomainName", "SearchString", "RequestInterval", "FailureThreshold", "MeasureLatency", "Inverted", "Disabled", "EnableSNI"];

    private (int, XElement?, string, string) Delete(FakeHealthCheck check)
    {
        All.Remove(check);
        _deletedReferences.Add(check.Reference);
        return Good(new XElement(Ns + "DeleteHealthCheckResponse"));
    }

    private XElement List(IReadOnlyDictionary<string, string> parameters)
    {
        var most = Math.Min(LargestPage, parameters.TryGetValue("maxitems", out var items) ? int.Parse(items, CultureInfo.InvariantCulture) : 100);
        var sorted = All.OrderBy(check => check.Id, StringComparer.Ordinal).ToList();
        var marker = parameters.GetValueOrDefault("marker");
        var rest = sorted.FindAll(check => marker is null || string.CompareOrdinal(check.Id, marker) >= 0);
        return new XElement(
            Ns + "ListHealthChecksResponse",
            new XElement(Ns + "HealthChecks", rest.Take(most).Select(Element)),
            new XElement(Ns + "Marker", marker ?? string.Empty),
            new XElement(Ns + "IsTruncated", rest.Count > most ? "true" : "false"),
            rest.Count > most ? new XElement(Ns + "NextMarker", rest[most].Id) : null,
            new XElement(Ns + "MaxItems", most));
    }

    private XElement Status(FakeHealthCheck check) => new(
        Ns + "GetHealthCheckStatusResponse",
        new XElement(Ns + "HealthCheckObservations", Enumerable.Range(1, 3).Select(i => new XElement(
            Ns + "HealthCheckObservation",
            new XElement(Ns + "Region", "eu-west-1"),
            new XElement(Ns + "IPAddress", $"15.177.2.{i}"),
            new XElement(Ns + "StatusReport", new XElement(Ns + "Status", Passes(check) ? "Success: HTTP Status Code 200, OK" : "Failure: Connection timed out"), new XElement(Ns + "CheckedTime", "2026-03-01T12:00:00.000Z"))))));

    private (int, XElement?, string, string) Tags(IReadOnlyList<string> ids) =>
        ids.FirstOrDefault(id => !Exists(id)) is { } missing
            ? Error(404, "NoSuchHealthCheck", $"A health check with id {missing} does not exist.")
            : Good(new XElement(Ns + "ListTagsForResourcesResponse", new XElement(Ns + "ResourceTagSets", ids.Select(id => new XElement(
                Ns + "ResourceTagSet",
                new XElement(Ns + "ResourceType", "healthcheck"),
                new XElement(Ns + "ResourceId", id),
                All.Find(check => check.Id == id) is { Tags.Count: > 0 } check ? new XElement(Ns + "Tags", check.Tags.Select(tag => new XElement(Ns + "Tag", new XElement(Ns + "Key", tag.Key), new XElement(Ns + "Value", tag.Value)))) : null)))));

    private static (int, XElement?, string, string) Tag(FakeHealthCheck check, XElement body)
    {
        foreach (var tag in body.Descendants(Ns + "Tag"))
        {
            var (key, value) = (tag.Element(Ns + "Key")!.Value, tag.Element(Ns + "Value")!.Value);
            if ((key + value).Any(c => !char.IsLetterOrDigit(c) && !" _.:/=+-@".Contains(c, StringComparison.Ordinal)))
            {
                return Error(400, "InvalidInput", $"The tag {key}={value} has a character that is not allowed");
            }

            check.Tags[key] = value;
        }

        return check.Tags.Count > 10 ? Error(400, "InvalidInput", "a resource has at most 10 tags") : Good(new XElement(Ns + "ChangeTagsForResourceResponse"));
    }

    private static XElement Element(FakeHealthCheck check) => new(
        Ns + "HealthCheck",
        new XElement(Ns + "Id", check.Id),
        new XElement(Ns + "CallerReference", check.Reference),
        new XElement(check.Config),
        new XElement(Ns + "HealthCheckVersion", check.Version));

    private static string? Complaint(XElement config, bool isNew)
    {
        string? Text(string name) => config.Element(Ns + name)?.Value;
        var (type, address, host) = (Text("Type")!, Text("IPAddress"), Text("FullyQualifiedDomainName"));
        return address is null && host is null ? "Invalid parameter: either an IPAddress or a FullyQualifiedDomainName is needed"
            : address is not null && !IsRouted(IPAddress.Parse(address)) ? $"Invalid IP address: {address} is not routable"
            : type == "TCP" && (Text("ResourcePath") ?? Text("SearchString")) is not null ? "Invalid parameter: a TCP health check has no ResourcePath and no SearchString"
            : type == "TCP" && address is not null && host is not null ? "Invalid parameter: FullyQualifiedDomainName is of no use for TCP with an IPAddress"
            : type != "TCP" && Text("ResourcePath")?.StartsWith('/') != true ? "Invalid parameter: ResourcePath"
            : type.EndsWith("_STR_MATCH", StringComparison.Ordinal) != (Text("SearchString") is { Length: > 0 }) ? "Invalid parameter: SearchString goes with _STR_MATCH"
            : isNew && Text("RequestInterval") is not ("10" or "30") ? "Invalid parameter: RequestInterval is 10 or 30"
            : Text("Port") is null ? "Invalid parameter: Port"
            : null;
    }

    private static bool IsRouted(IPAddress address)
    {
        var (text, bytes) = (address.ToString(), address.GetAddressBytes());
        return address.AddressFamily == AddressFamily.InterNetwork
            ? bytes[0] is > 0 and < 224 and not 10 and not 127 && !Array.Exists(["169.254.", "192.168.", "192.0.2.", "192.0.0.", "198.18.", "198.19.", "198.51.100.", "203.0.113."], text.StartsWith)
                && !(bytes[0] == 172 && bytes[1] is >= 16 and < 32) && !(bytes[0] == 100 && bytes[1] is >= 64 and < 128)
            : bytes[0] is >= 0x20 and < 0x40 && !text.StartsWith("2001:db8:", StringComparison.Ordinal) && !text.StartsWith("2002:", StringComparison.Ordinal);
    }
}
