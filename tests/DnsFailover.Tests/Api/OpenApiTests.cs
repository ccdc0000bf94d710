using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using DnsFailover.Api;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Providers.Http;
using Microsoft.AspNetCore.Routing;

namespace DnsFailover.Tests.Api;

/// <summary>The OpenAPI document says what there is, all of it and nothing else.</summary>
public sealed class OpenApiTests
{
    private static readonly JsonElement Document = JsonDocument.Parse(File.ReadAllBytes(Repository.Path("src", "DnsFailover", "Api", "openapi.json"))).RootElement;

    [Fact]
    public void Every_address_and_method_that_is_mapped_is_described_and_the_other_way_round()
    {
        using var site = MappedApi.Create();
        var mapped = site.Api.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<AccessNeeded>() is { Access: not Access.Page })
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Where(method => method != "HEAD").Select(method => $"{method} {Pattern(endpoint)}"));
        var described = Document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));

        Assert.Equal(described.Order(StringComparer.Ordinal), mapped.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_needs_the_token_is_described_so()
    {
        using var site = MappedApi.Create();
        foreach (var endpoint in site.Api.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            var needed = endpoint.Metadata.GetMetadata<AccessNeeded>();
            Assert.NotNull(needed);
            foreach (var method in needed.Access == Access.Page ? [] : endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Where(method => method != "HEAD"))
            {
                var security = Document.GetProperty("paths").GetProperty(Pattern(endpoint)).GetProperty(method.ToLowerInvariant()).GetProperty("security").GetRawText();
                Assert.Equal(needed.Access switch { Access.Change => """[{"token": []}]""", Access.Read => """[{"token": []}, {}]""", _ => "[{}]" }, security);
            }

            Assert.True(needed.Access == Access.Change == endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Any(method => method is "POST" or "DELETE" or "PUT" or "PATCH"), $"{endpoint.RoutePattern.RawText} changes something for who may only read");
        }
    }

    [Fact]
    public void Every_document_has_the_members_that_are_described()
    {
        var schemas = Document.GetProperty("components").GetProperty("schemas");
        var types = typeof(ReplyContext).GetProperties().Select(property => property.PropertyType).Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(JsonTypeInfo<>))
            .Select(type => type.GetGenericArguments()[0]).Where(type => type.Name.EndsWith("Document", StringComparison.Ordinal)).Append(typeof(CommandDocument)).ToList();
        Assert.Equal(schemas.EnumerateObject().Select(schema => schema.Name).Order(StringComparer.Ordinal), types.Select(Named).Order(StringComparer.Ordinal));
        foreach (var type in types)
        {
            var info = (ReplyContext.Default.GetTypeInfo(type) ?? RequestContext.Default.GetTypeInfo(type))!;
            var described = schemas.GetProperty(Named(type)).GetProperty("properties").EnumerateObject().Select(member => member.Name);
            Assert.Equal(info.Properties.Select(member => member.Name).Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Real_answers_are_as_described()
    {
        await using var site = await ApiSite.StartAsync(top: "statusPage: public", service: "maintenance: [{schedule: \"0 2 1 1 *\", duration: 1h}]");
        await site.FailedOverAsync();
        var contract = OpenApiContract.Load(Repository.Path("src", "DnsFailover", "Api", "openapi.json"));
        var frozen = """{"reason":"looking","for":"1h"}""";
        var id = (await site.GetAsync("/api/v1/history")).GetProperty("switches")[0].GetProperty("id").GetInt64();
        (string Method, string Address, string? Body)[] questions =
        [
            ("GET", "/healthz/live", null),
            ("GET", "/healthz/ready", null),
            ("GET", "/api/v1/access", null),
            ("GET", "/api/v1/openapi.json", null),
            ("GET", "/api/v1/public/services?limit=10", null),
            ("GET", "/api/v1/services?state=up,degraded&q=go", null),
            ("GET", $"/api/v1/services/{ApiSite.Name}", null),
            ("GET", $"/api/v1/services/{ApiSite.Name}/explanation?at=1s", null),
            ("GET", "/api/v1/endpoints?state=down", null),
            ("GET", "/api/v1/history?limit=10", null),
            ("GET", "/api/v1/decisions?service=api.go.test", null),
            ("GET", $"/api/v1/decisions/{id}", null),
            ("GET", "/api/v1/uptime", null),
            ("GET", $"/api/v1/services/{ApiSite.Name}/drills", null),
            ("POST", "/api/v1/freeze", frozen),
            ("GET", "/api/v1/overrides", null),
            ("DELETE", "/api/v1/freeze?reason=done&actor=alice", null),
            ("POST", $"/api/v1/services/{ApiSite.Name}/force", """{"endpoint":"standby","reason":"x","for":"1h","actor":"alice"}"""),
            ("DELETE", $"/api/v1/services/{ApiSite.Name}/force", null),
        ];
        foreach (var (method, address, body) in questions)
        {
            var path = address.Split('?')[0];
            var query = address.Contains('?', StringComparison.Ordinal) ? address.Split('?')[1].Split('&').Select(pair => KeyValuePair.Create(pair.Split('=')[0], pair.Split('=')[1])) : [];
            var reply = await site.AskAsync(method, address, body, ApiSite.Token);
            Assert.True(reply.Status == 200, $"{method} {address}: {reply.Text}");
            Assert.Empty(contract.CheckRequest(method, path, query, body ?? string.Empty));
            Assert.Empty(contract.CheckReply(method, path, reply.Status, reply.Text));
        }

        var problem = (await site.AskAsync("GET", "/api/v1/services/x")).Json;
        var described = Document.GetProperty("components").GetProperty("schemas").GetProperty("Problem");
        Assert.Equal(described.GetProperty("required").EnumerateArray().Select(name => name.GetString()), problem.EnumerateObject().Select(member => member.Name));
    }

    private static string Pattern(RouteEndpoint endpoint) => $"/{Regex.Replace(endpoint.RoutePattern.RawText!.Trim('/'), "/+", "/", RegexOptions.None, TimeSpan.FromSeconds(1))}";

    private static string Named(Type type) => type.Name[..^"Document".Length];
}
