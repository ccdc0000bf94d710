using DnsFailover.Configuration;
using DnsFailover.Core.Health;
using DnsFailover.Probing;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Tests.Probing;

/// <summary>On the path of our own.</summary>
public sealed class LeanMaskingTests() : MaskingTests(lean: true);

/// <summary>On that of the framework's client.</summary>
public sealed class GeneralMaskingTests() : MaskingTests(lean: false);

/// <summary>What references in a check stand for is in none of the texts of a probe.</summary>
public abstract class MaskingTests(bool lean) : BothPaths(lean)
{
    private const string Key = "Qxz%2FvKw+jZ\"q&pX";

    [Fact]
    public async Task A_path_that_comes_back_in_body_headers_and_redirects_is_masked_in_every_spelling()
    {
        await using var endpoint = await EchoAsync();
        var check = Masked(Sample.Http(endpoint.Port), Key) with { Path = $"/h?key={Key}" };

        var body = await ReportAsync(check with { BodyContains = "welcome" });
        Assert.Equal(Verdict.Fail, body.Observation.Verdict);
        Assert.StartsWith("body does not contain 'welcome'; it begins 'raw ?key=*** decoded ?key=*** json", body.Observation.Reason, StringComparison.Ordinal);
        Assert.Contains("X-Echo: ?key=***", body.Details.ResponseHeaders);
        AssertHidden(body, Key);

        var redirect = await ReportAsync(check with { Path = $"/go?key={Key}" });
        Assert.Equal("status 302 to /go?key=***, expected 200-299", redirect.Observation.Reason);
        AssertHidden(redirect, Key);

        var loop = await ReportAsync(check with { Path = $"/go?key={Key}", MaxRedirects = 1 });
        Assert.Equal("status 302 to /go?key=***: more than 1 redirect", loop.Observation.Reason);
        AssertHidden(loop, Key);
    }

    [Fact]
    public async Task What_a_body_must_have_is_masked_and_so_is_the_host()
    {
        var secret = "wzqkx " + string.Concat(Enumerable.Repeat("jvzqp-hwkzx-", 12));
        await using var endpoint = await WebEndpoint.StartAsync(context => context.Response.WriteAsync($$"""{"state": "{{context.Request.Host.Host}} {{secret}}"}"""));
        var check = Masked(Sample.Http(endpoint.Port), secret, "zqxjkv.example") with { Host = "zqxjkv.example" };
        CheckDefinition[] checks =
        [
            check with { BodyContains = secret + "!" },
            check with { BodyContains = "a body that begins with so many words that the seam of the quotation is in: " + secret + "!" },
            check with { BodyMatches = $"^{secret}$" },
            check with { BodyMatches = $"^{secret}(" },
            check with { BodyJson = new JsonExpectation("$.state", secret) },
            check with { BodyJson = new JsonExpectation("$.wzqkx", "ok"), Masked = [Secret.Literal("wzqkx"), .. check.Masked] },
            check with { BodyJson = new JsonExpectation($"$.{secret}", "ok") },
            check with { Statuses = [new(204, 204)], LatencyLimit = TimeSpan.FromTicks(1) },
        ];

        foreach (var each in checks)
        {
            var report = await ReportAsync(each);
            Assert.NotEqual(Verdict.Pass, report.Observation.Verdict);
            AssertHidden(report, secret, "zqxjkv.example");
        }
    }

    [Fact]
    public async Task A_certificate_for_a_masked_host_does_not_name_it()
    {
        using var authority = new TestAuthority();
        await using var endpoint = await WebEndpoint.StartAsync(context => context.Response.WriteAsync("ok"), authority.Issue("zqxjkv.example"));
        var report = await ReportAsync(Sample.Tls(endpoint.Port, authority.RootsFile) with { Host = "other.zqxjkv.example", Masked = [Secret.Literal("zqxjkv")] });

        Assert.Equal(Verdict.Fail, report.Observation.Verdict);
        Assert.Equal(["***.example"], report.Details.Certificate!.Names);
        AssertHidden(report, "zqxjkv");
    }

    [Fact]
    public async Task Texts_too_short_for_a_secret_stay_readable()
    {
        await using var endpoint = await WebEndpoint.SayingAsync("bad");
        var report = await ReportAsync(Masked(Sample.Http(endpoint.Port), "up!") with { BodyContains = "up!" });
        Assert.Equal("body does not contain 'up!'; it begins 'bad'", report.Observation.Reason);
    }

    private static HttpCheck Masked(HttpCheck check, params string[] texts) => check with { Masked = [.. texts.Select(Secret.Literal)] };

    private static Task<WebEndpoint> EchoAsync() => WebEndpoint.StartAsync(async context =>
    {
        var query = context.Request.QueryString.Value!;
        context.Response.Headers["X-Echo"] = query;
        if (context.Request.Path == "/go")
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = "/go" + query;
        }

        await context.Response.WriteAsync($"raw {query} decoded {Uri.UnescapeDataString(query)} json {System.Text.Json.JsonSerializer.Serialize(Uri.UnescapeDataString(query))}");
    });

    private Task<ProbeReport> ReportAsync(CheckDefinition check) =>
        Prober().ProbeVerboseAsync(Sample.Target(), check, null, TestContext.Current.CancellationToken);

    private static void AssertHidden(ProbeReport report, params string[] secrets) =>
        Hidden.In($"{report.Observation.Reason}\n{string.Join('\n', report.Details.ResponseHeaders)}\n{report.Details.Certificate}", secrets);
}

/// <summary>Looks for secrets, and for pieces of them, in what people see.</summary>
internal static class Hidden
{
    private const int Piece = 5;

    /// <summary>Fails when five characters in a row of a secret are in the text, in whatever case.</summary>
    public static void In(string text, params string[] secrets)
    {
        foreach (var secret in secrets)
        {
            for (var at = 0; at + Piece <= secret.Length; at++)
            {
                Assert.DoesNotContain(secret.Substring(at, Piece), text, StringComparison.OrdinalIgnoreCase);
            }
        }
    }
}
