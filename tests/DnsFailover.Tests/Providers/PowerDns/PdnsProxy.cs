using System.Text;
using DnsFailover.Tests.Providers.Http;

namespace DnsFailover.Tests.Providers.PowerDns;

/// <summary>
/// Stands before a real PowerDNS as a web server might, records what passes, holds all of it against the contract and
/// makes trouble. It takes one key of its own, with which one may only read.
/// </summary>
internal sealed class PdnsProxy(PdnsServer server) : FakeVendor("example.test")
{
    public const string Contract = "powerdns-authoritative.openapi.yaml";

    public const string ReadingKey = "reading-key-31b8";

    private const string Root = "/api/v1";

    private static readonly HttpClient s_http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

    private readonly OpenApiContract? _contract = OpenApiContract.Find(Contract);
    private readonly List<string> _requests = [];

    /// <summary>Makes another reply of a real one.</summary>
    public Func<FakeRequest, FakeReply, FakeReply> Alter { get; set; } = (_, reply) => reply;

    /// <summary>The requests so far: method, path below the zone and query, <c>:zone</c> for the zone and <c>:name</c> for a name.</summary>
    public IReadOnlyList<string> Requests => Locked(() => _requests.ToArray());

    public void ForgetRequests() => Locked(() =>
    {
        _requests.Clear();
        return 0;
    });

    protected override IEnumerable<(string Name, string Type, int Ttl, string Value)> Published() => []; // PowerDNS itself is asked

    protected override IEnumerable<string> BreachesIn(FakeRequest request)
    {
        _requests.Add($"{request.Method} {request.Path.Replace($"{Root}/servers/localhost", string.Empty, StringComparison.Ordinal)}{(request.Query.Count == 0 ? string.Empty : "?")}{string.Join('&', request.Query.Select(pair => $"{pair.Key}={pair.Value}"))}");
        return _contract?.CheckRequest(request.Method, request.Path[Root.Length..], request.Query, request.Body) ?? [];
    }

    /// <summary>
    /// PowerDNS itself departs from the contract in two things: errors that are no fault of the input are plain text, and
    /// the description of a server has a member more.
    /// </summary>
    protected override IEnumerable<string> BreachesIn(FakeRequest request, FakeReply reply) => reply.ContentType.StartsWith("text/plain", StringComparison.Ordinal)
        ? []
        : _contract?.CheckReply(request.Method, request.Path[Root.Length..], reply.Status, reply.Body).Where(breach => !breach.Contains("autoprimaries_url", StringComparison.Ordinal)) ?? [];

    protected override FakeReply Answer(FakeRequest request)
    {
        var key = request.Headers["X-API-Key"].ToString();
        if (key == ReadingKey && request.Method != "GET")
        {
            return new FakeReply(403, "forbidden\n") { ContentType = "text/plain" };
        }

        var query = string.Join('&', request.Query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(server.Api, $"{request.Path}{(query.Length == 0 ? string.Empty : "?")}{query}"));
        message.Headers.Add("X-API-Key", key == ReadingKey ? server.ApiKey : key);
        message.Content = request.Body.Length == 0 ? null : new StringContent(request.Body, Encoding.UTF8, "application/json");
        try
        {
            using var response = s_http.Send(message);
            using var reader = new StreamReader(response.Content.ReadAsStream(), Encoding.UTF8);
            return Alter(request, new FakeReply((int)response.StatusCode, reader.ReadToEnd()) { ContentType = response.Content.Headers.ContentType?.MediaType ?? "application/json" });
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new FakeReply(502, e.ToString()) { ContentType = "text/plain" };
        }
    }
}
