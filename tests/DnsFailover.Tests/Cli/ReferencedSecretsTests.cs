using DnsFailover.Tests.EndToEnd;
using DnsFailover.Tests.Probing;
using Microsoft.AspNetCore.Http;
using EchoEndpoint = DnsFailover.Tests.Probing.WebEndpoint;

namespace DnsFailover.Tests.Cli;

/// <summary>What references in the texts of a check stand for is not shown by any command, whatever the endpoint gives back.</summary>
public sealed class ReferencedSecretsTests
{
    private static readonly (string File, string Text)[] Secrets =
    [
        ("path", "Qxz%2FvKw+jZ\"qpX"),
        ("host", "Zqxjkvwzq.Qvkxjzw."),
        ("contains", "wzqkx \"jvzqp\" hwkzx vjqwz kzxqj pwvzk xqjwv zkpxq vwjzk qxpvz kjwqx zvpkq"),
        ("matches", "kqzvx[0-9]jwqpz"),
        ("member", "vxqjzkp"),
        ("equals", "pzkwqvjx"),
    ];

    [Fact]
    public async Task No_command_shows_what_the_texts_of_a_check_look_up()
    {
        string[] checks =
        [
            """path: "/h?key=${file:path}", host: "${file:host}", bodyContains: "${file:contains}" """,
            """path: "/h?key=${file:path}", host: "${file:host}", bodyMatches: "^${file:matches}" """,
            """path: "/json?key=${file:path}", host: "${file:host}", bodyJson: {path: "$.${file:member}", equals: "${file:equals}"} """,
            """path: "/json?key=${file:path}", host: "${file:host}", bodyJson: {path: "$.${file:member}.no", equals: "${file:equals}"} """,
            """path: "/go?key=${file:path}", host: "${file:host}", maxRedirects: 3 """,
            """path: "/go?key=${file:path}", host: "${file:host}" """,
        ];
        using var place = new Workplace();
        foreach (var (file, text) in Secrets)
        {
            await File.WriteAllTextAsync(place[file], text + "\n", TestContext.Current.CancellationToken);
        }

        var endpoints = new List<EchoEndpoint>();
        try
        {
            var lines = new List<string>();
            foreach (var check in checks)
            {
                var address = $"127.0.0.{endpoints.Count + 2}";
                endpoints.Add(await EchoEndpoint.StartAsync(EchoAsync, address: address));
                lines.Add($$"""- {name: e{{endpoints.Count}}, addresses: ["{{address}}"], check: {port: {{endpoints[^1].Port}}, {{check}} } }""");
            }

            place.Write($"""
                providers:
                  local: {Builtin}
                services:
                  - name: api.go.test
                    check: {Http}
                    endpoints:
                      {string.Join("\n      ", lines)}
                """);

            var run = await CommandRun.OfAsync("check", "api.go.test", "--config", place.Config);
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("?key=***, expects", run.Output, StringComparison.Ordinal);
            Assert.Contains("body does not contain '***'; it begins '***", run.Output, StringComparison.Ordinal);
            Assert.Contains("body does not match '^***'; it begins", run.Output, StringComparison.Ordinal);
            Assert.Contains("at $.***, expected '***'", run.Output, StringComparison.Ordinal);
            Assert.Contains("body has no $.***.no", run.Output, StringComparison.Ordinal);
            Assert.Contains("status 301 to", run.Output, StringComparison.Ordinal);
            AssertHidden(run);
            foreach (var arguments in new string[][] { ["check", "api.go.test", "--json"], ["plan", "--data", place.Data], ["plan", "--json", "--data", place.Data], ["validate"] })
            {
                var other = await CommandRun.OfAsync([.. arguments, "--config", place.Config]);
                Assert.Contains("api.go.test", other.Output, StringComparison.Ordinal);
                AssertHidden(other);
            }

            Assert.All(endpoints, endpoint => Assert.All(endpoint.Requests, request => Assert.StartsWith("zqxjkvwzq.qvkxjzw", request.Host, StringComparison.Ordinal)));
        }
        finally
        {
            foreach (var endpoint in endpoints)
            {
                await endpoint.DisposeAsync();
            }
        }
    }

    private const string Builtin = "{type: builtin, zone: go.test, listen: \"127.0.0.1:0\"}";

    private const string Http = "{type: http}";

    private static async Task EchoAsync(HttpContext context)
    {
        var (host, query) = (context.Request.Host.Value, context.Request.QueryString.Value!);
        context.Response.Headers["X-Echo"] = $"{host} {query}";
        if (context.Request.Path == "/go")
        {
            context.Response.StatusCode = 301;
            context.Response.Headers.Location = $"http://{host}/go{query}";
        }

        await context.Response.WriteAsync(context.Request.Path == "/json"
            ? $$"""{"vxqjzkp": {{System.Text.Json.JsonSerializer.Serialize($"pzkwqvjx at {host} {query}")}}}"""
            : $"{host} was asked for {query}, which is {Uri.UnescapeDataString(query)}");
    }

    private static void AssertHidden(CommandRun run) => Hidden.In(run.Output + run.Errors, [.. Secrets.Select(secret => secret.Text), Uri.UnescapeDataString(Secrets[0].Text)]);
}
