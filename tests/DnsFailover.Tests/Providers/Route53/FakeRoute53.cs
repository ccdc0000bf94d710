using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Xml;
using System.Xml.Linq;
using DnsFailover.Dns;
using DnsFailover.Tests.Verification;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>One request that came.</summary>
internal sealed record FakeCall(string Operation, string Target, XElement? Body);

/// <summary>
/// Route 53 on loopback, as strict as the vendor's: signatures, exact deletes, atomic batches, what may stand beside what,
/// listings that begin somewhere and filter nothing, error envelopes, throttling as status 400. Beside it, a name server
/// that answers what the first zone holds.
/// </summary>
internal sealed class FakeRoute53 : IAsyncDisposable
{
    private static readonly XNamespace Ns = "https://route53.amazonaws.com/doc/2013-04-01/";

    private readonly WebApplication _app;
    private readonly ScriptedServer _nameServer;
    private readonly Lock _lock = new();
    private readonly ConcurrentQueue<FakeCall> _calls = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly Dictionary<string, int> _changes = new(StringComparer.Ordinal);
    private int _writing;

    private FakeRoute53()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        _nameServer = new ScriptedServer(AnswerQuestion);
    }

    public FakeZone Zone { get; } = new("Z0123456789EXAMPLE01", "example.test");

    public List<FakeZone> Zones { get; } = [];

    public FakeHealthChecks HealthChecks { get; } = new();

    public ConcurrentBag<FakeKey> Keys { get; } = [];

    /// <summary>The key that may do everything.</summary>
    public FakeKey Key { get; } = new($"AKIA{Guid.NewGuid():N}"[..20].ToUpperInvariant(), $"secret/{Guid.NewGuid():N}+key");

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>So many looks at a change find it pending.</summary>
    public int LooksUntilInSync { get; set; } = 1;

    /// <summary>Answers in place of the service; null lets it answer.</summary>
    public Func<FakeCall, HttpContext, Task<bool>>? Instead { get; set; }

    /// <summary>What compatible servers make of a reply; null leaves it as Route 53 spells it.</summary>
    public Func<XElement, XElement>? Spelling { get; set; }

    /// <summary>Runs before a batch is carried out, while it holds the zone.</summary>
    public Func<Task>? BeforeChange { get; set; }

    /// <summary>The largest page; less than 300 to see paging with few records.</summary>
    public int LargestPage { get; set; } = 300;

    public Uri Address => new(_app.Urls.Single());

    public IPEndPoint NameServer => _nameServer.EndPoint;

    public IReadOnlyList<FakeCall> Calls => [.. _calls];

    /// <summary>What requests and replies do that the vendor's description does not allow.</summary>
    public IReadOnlyList<string> Violations => [.. _violations];

    public static async Task<FakeRoute53> StartAsync(CancellationToken cancellationToken)
    {
        var fake = new FakeRoute53();
        fake.Zones.Add(fake.Zone);
        fake.Keys.Add(fake.Key);
        foreach (var type in new[] { "NS", "SOA" })
        {
            fake.Zone.Put("example.test", type, FakeZone.Set("example.test", type, 172800, ["ns-1.awsdns-01.example."]));
        }

        await fake._app.StartAsync(cancellationToken);
        return fake;
    }

    public IReadOnlyList<string> Count(string operation) => [.. _calls.Where(call => call.Operation == operation).Select(call => call.Target)];

    public void Forget() => _calls.Clear();

    /// <summary>Runs something on a zone while no request does.</summary>
    public T Locked<T>(Func<T> look)
    {
        lock (_lock)
        {
            return look();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _nameServer.DisposeAsync();
        Assert.Empty(Violations);
    }

    /// <summary>An error in the envelope of the API.</summary>
    public static Task SayAsync(HttpContext context, int status, string code, string message) => WriteAsync(context, status, new XElement(
        Ns + "ErrorResponse",
        new XElement(Ns + "Error", new XElement(Ns + "Type", status < 500 ? "Sender" : "Receiver"), new XElement(Ns + "Code", code), new XElement(Ns + "Message", message)),
        new XElement(Ns + "RequestId", Guid.NewGuid())));

    private static async Task WriteAsync(HttpContext context, int status, XElement root)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/xml";
        root = context.Items[nameof(Spelling)] is Func<XElement, XElement> spelling ? spelling(root) : root;
        await context.Response.WriteAsync($"<?xml version=\"1.0\"?>\n{root}");
    }

    private async Task AnswerAsync(HttpContext context)
    {
        context.Items[nameof(Spelling)] = Spelling;
        context.Response.Headers.Date = Time.GetUtcNow().ToString("r", CultureInfo.InvariantCulture);
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var (operation, place) = Route(context.Request.Method, context.Request.Path.Value!);
        var id = place.GetValueOrDefault("Id") ?? string.Empty;
        var (key, code, message) = FakeSignature.Verify(context, content.ToArray(), Keys, Time.GetUtcNow());
        XElement? body = null;
        try
        {
            body = content.Length == 0 ? null : XElement.Load(new MemoryStream(content.ToArray()));
        }
        catch (XmlException)
        {
            await SayAsync(context, 400, "MalformedInput", "The request is not well-formed XML");
            return;
        }

        var call = new FakeCall(operation, target, body);
        _calls.Enqueue(call);
        if (Instead is { } instead && await instead(call, context))
        {
            return;
        }

        if (key is null)
        {
            await SayAsync(context, 403, code, message);
        }
        else if (key.Denied.Contains(operation))
        {
            await SayAsync(context, 403, "AccessDenied", $"User: arn:aws:iam::123456789012:user/watcher is not authorized to perform: route53:{operation} on resource: arn:aws:route53:::hostedzone/{id} because no identity-based policy allows the route53:{operation} action");
        }
        else
        {
            Judge(ServiceContract.Instance?.Request(operation, context.Request.Query.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString())).Concat(place), body));
            await (operation.Contains("HealthCheck", StringComparison.Ordinal) || operation.Contains("Tags", StringComparison.Ordinal)
                ? AnswerAsync(context, key, operation, context.Request.Query.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString())).Concat(place), body)
                : AnswerAsync(context, key, operation, id, body));
        }
    }

    private async Task AnswerAsync(HttpContext context, FakeKey key, string operation, IEnumerable<KeyValuePair<string, string>> parameters, XElement? body)
    {
        var given = new Dictionary<string, string>(parameters, StringComparer.Ordinal);
        var (status, reply, code, message) = Locked(() =>
        {
            if (operation == "DeleteHealthCheck" && Zones.SelectMany(zone => zone.Sets).Any(set => set.Element(Ns + "HealthCheckId")?.Value == given["HealthCheckId"]))
            {
                _violations.Enqueue($"the health check {given["HealthCheckId"]} was deleted while records have it, so that nobody can tell what is answered");
            }

            return HealthChecks.Do(operation, given, body);
        });
        if (reply is null)
        {
            await SayAsync(context, status, code, message);
        }
        else if (key.LosesReplies && context.Request.Method != "GET")
        {
            context.Abort();
        }
        else
        {
            Judge(ServiceContract.Instance?.Reply(operation, reply));
            context.Response.Headers.Location = operation == "CreateHealthCheck" ? $"{Address}2013-04-01/healthcheck/{reply.Descendants(Ns + "Id").First().Value}" : default;
            await WriteAsync(context, status, reply);
        }
    }

    private async Task AnswerAsync(HttpContext context, FakeKey key, string operation, string id, XElement? body)
    {
        var query = context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        var zone = Zones.Find(zone => zone.Id == id);
        if (operation is "ChangeResourceRecordSets" or "ListResourceRecordSets" or "GetHostedZone" && zone is null)
        {
            await SayAsync(context, 404, "NoSuchHostedZone", $"No hosted zone found with ID: {id}");
            return;
        }

        if (operation == "ChangeResourceRecordSets")
        {
            await ChangeAsync(context, key, zone!, body);
            return;
        }

        var reply = Locked(() => operation switch
        {
            "ListResourceRecordSets" => List(zone!, query),
            "ListHostedZonesByName" => ListZones(query),
            "GetHostedZone" => Describe(zone!),
            "GetChange" => Look(id),
            _ => null,
        });
        if (reply is null)
        {
            await SayAsync(context, operation == "GetChange" ? 404 : 400, operation == "GetChange" ? "NoSuchChange" : "InvalidInput", "the request is not valid");
            return;
        }

        Judge(ServiceContract.Instance?.Reply(operation, reply));
        await WriteAsync(context, 200, reply);
    }

    private void Judge(IReadOnlyList<string>? complaints)
    {
        foreach (var complaint in complaints ?? [])
        {
            _violations.Enqueue(complaint);
        }
    }

    private static (string Operation, Dictionary<string, string> Place) Route(string method, string path)
    {
        var parts = path.Split('/');
        var at = Array.IndexOf(parts, "2013-04-01");
        return (method, at < 0 ? [] : parts[(at + 1)..]) switch
        {
            ("POST", ["hostedzone", var id, "rrset", ""]) => ("ChangeResourceRecordSets", new() { ["Id"] = id }),
            ("GET", ["hostedzone", var id, "rrset"]) => ("ListResourceRecordSets", new() { ["Id"] = id }),
            ("GET", ["hostedzone", var id]) => ("GetHostedZone", new() { ["Id"] = id }),
            ("GET", ["change", var id]) => ("GetChange", new() { ["Id"] = id }),
            ("GET", ["hostedzonesbyname"]) => ("ListHostedZonesByName", []),
            ("POST", ["healthcheck"]) => ("CreateHealthCheck", []),
            ("GET", ["healthcheck"]) => ("ListHealthChecks", []),
            ("POST", ["healthcheck", var id]) => ("UpdateHealthCheck", new() { ["HealthCheckId"] = id }),
            ("DELETE", ["healthcheck", var id]) => ("DeleteHealthCheck", new() { ["HealthCheckId"] = id }),
            ("GET", ["healthcheck", var id, "status"]) => ("GetHealthCheckStatus", new() { ["HealthCheckId"] = id }),
            ("POST", ["tags", var type]) => ("ListTagsForResources", new() { ["ResourceType"] = type }),
            ("POST", ["tags", var type, var id]) => ("ChangeTagsForResource", new() { ["ResourceType"] = type, ["ResourceId"] = id }),
            _ => ("?", []),
        };
    }

    private async Task ChangeAsync(HttpContext context, FakeKey key, FakeZone zone, XElement? body)
    {
        if (Interlocked.CompareExchange(ref _writing, 1, 0) != 0)
        {
            await SayAsync(context, 400, "PriorRequestNotComplete", "The request was rejected because Route 53 was still processing a prior request.");
            return;
        }

        try
        {
            await (BeforeChange?.Invoke() ?? Task.CompletedTask);
            var changes = body?.Name == Ns + "ChangeResourceRecordSetsRequest"
                ? body.Element(Ns + "ChangeBatch")?.Element(Ns + "Changes")?.Elements(Ns + "Change").Select(change => (change.Element(Ns + "Action")!.Value, change.Element(Ns + "ResourceRecordSet")!)).ToList()
                : null;
            if (changes is null or { Count: 0 })
            {
                await SayAsync(context, 400, "MalformedInput", "Unexpected element or namespace");
                return;
            }

            if (Locked(() => changes.Where(change => change.Item1 != "DELETE").Select(change => change.Item2.Element(Ns + "HealthCheckId")?.Value).OfType<string>().FirstOrDefault(check => !HealthChecks.Exists(check))) is { } gone)
            {
                await SayAsync(context, 404, "NoSuchHealthCheck", $"The health check {gone} does not exist.");
                return;
            }

            var messages = Locked(() => zone.Change(changes));
            if (messages.Count > 0)
            {
                await WriteAsync(context, 400, new XElement(Ns + "InvalidChangeBatch", new XElement(Ns + "Messages", messages.Select(message => new XElement(Ns + "Message", message))), new XElement(Ns + "RequestId", Guid.NewGuid())));
                return;
            }
        }
        finally
        {
            Interlocked.Exchange(ref _writing, 0);
        }

        if (key.LosesReplies)
        {
            context.Abort();
            return;
        }

        var change = $"C{Guid.NewGuid():N}"[..21].ToUpperInvariant();
        var reply = Locked(() =>
        {
            _changes[change] = LooksUntilInSync;
            return new XElement(Ns + "ChangeResourceRecordSetsResponse", Info(change, "PENDING"));
        });
        Judge(ServiceContract.Instance?.Reply("ChangeResourceRecordSets", reply));
        await WriteAsync(context, 200, reply);
    }

    private XElement Info(string change, string status) => new(
        Ns + "ChangeInfo", new XElement(Ns + "Id", $"/change/{change}"), new XElement(Ns + "Status", status), new XElement(Ns + "SubmittedAt", Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)));

    private XElement? Look(string change)
    {
        if (!_changes.TryGetValue(change, out var looks))
        {
            return null;
        }

        _changes[change] = looks - 1;
        return new XElement(Ns + "GetChangeResponse", Info(change, looks > 0 ? "PENDING" : "INSYNC"));
    }

    private XElement? List(FakeZone zone, Dictionary<string, string> query)
    {
        var (name, type, identifier) = (query.GetValueOrDefault("name"), query.GetValueOrDefault("type"), query.GetValueOrDefault("identifier"));
        if ((type is not null && name is null) || (identifier is not null && type is null))
        {
            return null;
        }

        var start = (FakeZone.SortKey(FakeZone.Escape(name ?? string.Empty)), type ?? string.Empty, identifier ?? string.Empty);
        var most = Math.Min(LargestPage, query.TryGetValue("maxitems", out var items) ? int.Parse(items, CultureInfo.InvariantCulture) : 300);
        var rest = zone.Sets.FindAll(set => name is null || FakeZone.Compare(FakeZone.Place(set), start) >= 0);
        var next = rest.Skip(most).FirstOrDefault();
        return new XElement(
            Ns + "ListResourceRecordSetsResponse",
            new XElement(Ns + "ResourceRecordSets", rest.Take(most)),
            new XElement(Ns + "IsTruncated", next is not null ? "true" : "false"),
            next is null ? null : (XElement[])[new(Ns + "NextRecordName", next.Element(Ns + "Name")!.Value), new(Ns + "NextRecordType", next.Element(Ns + "Type")!.Value)],
            next?.Element(Ns + "SetIdentifier") is { } nextIdentifier ? new XElement(Ns + "NextRecordIdentifier", nextIdentifier.Value) : null,
            new XElement(Ns + "MaxItems", most));
    }

    private XElement ListZones(Dictionary<string, string> query)
    {
        var from = query.TryGetValue("dnsname", out var name) ? name : null;
        var most = query.TryGetValue("maxitems", out var items) ? int.Parse(items, CultureInfo.InvariantCulture) : 100;
        var rest = Zones.OrderBy(zone => FakeZone.SortKey(zone.Name), StringComparer.Ordinal).ThenBy(zone => zone.Id, StringComparer.Ordinal)
            .Where(zone => from is null || string.CompareOrdinal(FakeZone.SortKey(zone.Name), FakeZone.SortKey(FakeZone.Escape(from))) >= 0).ToList();
        return new XElement(
            Ns + "ListHostedZonesByNameResponse",
            new XElement(Ns + "HostedZones", rest.Take(most).Select(Zone_)),
            from is null ? null : new XElement(Ns + "DNSName", from),
            new XElement(Ns + "IsTruncated", rest.Count > most ? "true" : "false"),
            rest.Count > most ? (XElement[])[new(Ns + "NextDNSName", rest[most].Name), new(Ns + "NextHostedZoneId", rest[most].Id)] : null,
            new XElement(Ns + "MaxItems", most));
    }

    private static XElement Zone_(FakeZone zone) => new(
        Ns + "HostedZone",
        new XElement(Ns + "Id", $"/hostedzone/{zone.Id}"),
        new XElement(Ns + "Name", zone.Name),
        new XElement(Ns + "CallerReference", $"made for {zone.Id}"),
        new XElement(Ns + "Config", new XElement(Ns + "PrivateZone", zone.IsPrivate ? "true" : "false")),
        new XElement(Ns + "ResourceRecordSetCount", zone.Sets.Count));

    private static XElement Describe(FakeZone zone) => new(
        Ns + "GetHostedZoneResponse",
        Zone_(zone),
        zone.IsPrivate
            ? new XElement(Ns + "VPCs", new XElement(Ns + "VPC", new XElement(Ns + "VPCRegion", "eu-west-1"), new XElement(Ns + "VPCId", "vpc-1")))
            : new XElement(Ns + "DelegationSet", new XElement(Ns + "NameServers", new XElement(Ns + "NameServer", "localhost"))));

    /// <summary>The data plane: a primary that is unhealthy makes way for the secondary, and a weighted set for the others, unless all are.</summary>
    private List<XElement> Answered(IReadOnlyList<XElement> sets)
    {
        var primaryFirst = sets.OrderBy(set => set.Element(Ns + "Failover")?.Value, StringComparer.Ordinal).ToList();
        var healthy = primaryFirst.FindAll(set => HealthChecks.IsHealthy(set.Element(Ns + "HealthCheckId")?.Value));
        return healthy.Count > 0 ? healthy : primaryFirst;
    }

    /// <summary>What the name servers answer: one record of weighted ones, in turn by weight is not needed here.</summary>
    private DnsMessage AnswerQuestion(DnsMessage query)
    {
        var question = query.Questions[0];
        var sets = Locked(() => Answered(Zone.At(question.Name.ToString(), question.Type.ToString())).ToList());
        var records = sets.Take(1).SelectMany(set => FakeZone.ValuesOf(set).Select(value =>
        {
            RecordData data = question.Type == DnsType.CNAME ? new NameData(WireName.Parse(value)) : new AddressData(IPAddress.Parse(value));
            return new ResourceRecord(question.Name, question.Type, DnsClass.IN, uint.Parse(FakeZone.Ttl(set), CultureInfo.InvariantCulture), data);
        }));
        return new DnsMessage { Id = query.Id, Flags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer, Questions = query.Questions, Answers = [.. records] };
    }
}
