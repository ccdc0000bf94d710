using System.Text;
using DnsFailover.Configuration;
using DnsFailover.Core.Health;
using DnsFailover.Probing;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Tests.Probing;

/// <summary>On the path of our own.</summary>
public sealed class LeanHttpProbeTests() : HttpProbeTests(lean: true);

/// <summary>On that of the framework's client.</summary>
public sealed class GeneralHttpProbeTests() : HttpProbeTests(lean: false);

public abstract class HttpProbeTests(bool lean) : BothPaths(lean)
{
    [Fact]
    public async Task A_healthy_endpoint_passes_and_gets_the_request_a_user_would_send()
    {
        await using var endpoint = await WebEndpoint.SayingAsync("ok");

        var report = await Prober().ProbeVerboseAsync(
            Sample.Target(), Sample.Http(endpoint.Port) with { Path = "/health?deep=1" }, 3, TestContext.Current.CancellationToken);

        Assert.Equal(Verdict.Pass, report.Observation.Verdict);
        Assert.Matches("^status 200 in [0-9.]+ m?s$", report.Observation.Reason);
        Assert.NotNull(report.Observation.Phases.FirstByte);
        Assert.Equal(200, report.Details.StatusCode);
        Assert.Equal("HTTP/1.1", report.Details.HttpVersion);
        Assert.Contains("Server: Kestrel", report.Details.ResponseHeaders);
        var request = Assert.Single(endpoint.Requests);
        Assert.Equal(("GET", "/health?deep=1", $"{Sample.Host}:{endpoint.Port}"), (request.Method, request.Target, request.Host));
        Assert.Equal("identity", request.Headers["Accept-Encoding"]);
        Assert.Equal("dnsfailover", request.Headers["User-Agent"]);
        Assert.DoesNotContain("traceparent", request.Headers.Keys);
    }

    [Theory]
    [InlineData("https", 443, "api.example.com")]
    [InlineData("http", 80, "api.example.com")]
    [InlineData("https", 8443, "api.example.com:8443")]
    [InlineData("http", 443, "api.example.com:443")]
    public void The_host_header_has_the_port_only_when_it_is_not_the_schemes_own(string scheme, int port, string authority) =>
        Assert.Equal(authority, HttpRequestPlan.Address(Sample.Http(port) with { Https = scheme == "https" })!.Authority);

    [Fact]
    public async Task Every_probe_has_a_connection_of_its_own()
    {
        await using var endpoint = RawEndpoint.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", thenHang: true);
        var prober = Prober();
        for (var i = 0; i < 3; i++)
        {
            var observation = await prober.ProbeAsync(Sample.Target(), Sample.Http(endpoint.Port), null, TestContext.Current.CancellationToken);
            Assert.Equal(Verdict.Pass, observation.Verdict);
        }

        Assert.Equal(3, endpoint.Accepted);
    }

    [Fact]
    public async Task Probes_of_two_endpoints_of_one_name_never_share_a_connection()
    {
        await using var good = await WebEndpoint.SayingAsync("good");
        await using var bad = await WebEndpoint.SayingAsync("bad", 500);
        var prober = Prober();
        var token = TestContext.Current.CancellationToken;

        // The same host and the same port in the request, as with two endpoints of a service.
        var passes = Enumerable.Range(0, 20).Select(_ => prober.ProbeAsync(Sample.Target(), Sample.Http(good.Port), null, token));
        var failures = Enumerable.Range(0, 20).Select(_ => prober.ProbeAsync(Sample.Target(), Sample.Http(bad.Port), null, token));

        Assert.All(await Task.WhenAll(passes), observation => Assert.Equal(Verdict.Pass, observation.Verdict));
        Assert.All(await Task.WhenAll(failures), observation => Assert.Equal(Verdict.Fail, observation.Verdict));
    }

    [Fact]
    public async Task An_ipv6_endpoint_is_dialled_over_ipv6()
    {
        await using var endpoint = await WebEndpoint.StartAsync(context => context.Response.WriteAsync("ok"), address: "::1");

        var observation = await ProbeAsync(Sample.Http(endpoint.Port), "::1");

        Assert.Equal(Verdict.Pass, observation.Verdict);
    }

    [Theory]
    [InlineData(503, "status 503, expected 200-299")]
    [InlineData(404, "status 404, expected 200-299")]
    public async Task A_status_outside_the_ranges_fails(int status, string reason)
    {
        await using var endpoint = await WebEndpoint.SayingAsync("sorry", status);

        var observation = await ProbeAsync(Sample.Http(endpoint.Port));

        Assert.Equal((Verdict.Fail, reason), (observation.Verdict, observation.Reason));
    }

    [Fact]
    public async Task The_expected_statuses_can_be_several()
    {
        await using var endpoint = await WebEndpoint.SayingAsync("who are you?", 401);

        var passed = await ProbeAsync(Sample.Http(endpoint.Port) with { Statuses = [new(204, 204), new(400, 403)] });
        var failed = await ProbeAsync(Sample.Http(endpoint.Port) with { Statuses = [new(204, 204), new(300, 399)] });

        Assert.Equal(Verdict.Pass, passed.Verdict);
        Assert.Equal("status 401, expected 204, 300-399", failed.Reason);
    }

    [Fact]
    public async Task Method_and_headers_reach_the_endpoint()
    {
        await using var endpoint = await WebEndpoint.SayingAsync("ok");

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with
        {
            Method = "POST",
            Headers = [Sample.Header("Authorization", "Bearer s3cret\n"), Sample.Header("Content-Type", "application/json"), Sample.Header("User-Agent", "probe/1")],
        });

        Assert.Equal(Verdict.Pass, observation.Verdict);
        var request = Assert.Single(endpoint.Requests);
        Assert.Equal("POST", request.Method);
        Assert.Equal("Bearer s3cret", request.Headers["Authorization"]);
        Assert.Equal("application/json", request.Headers["Content-Type"]);
        Assert.Equal("probe/1", request.Headers["User-Agent"]);
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_our_own_fault_and_nothing_is_sent()
    {
        await using var endpoint = await WebEndpoint.SayingAsync("ok");
        var absent = new Secret("Bearer ${TOKEN}", _ => throw new SecretUnavailableException("the variable TOKEN is not set"));

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { Headers = [new("Authorization", absent)] });

        Assert.Equal((Verdict.Inconclusive, "header Authorization: the variable TOKEN is not set"), (observation.Verdict, observation.Reason));
        Assert.Empty(endpoint.Requests);
    }

    [Fact]
    public async Task A_secret_that_cannot_be_a_header_is_not_shown()
    {
        var observation = await ProbeAsync(Sample.Http(1) with { Headers = [Sample.Header("X-Token", "abc\r\nX-Evil: def")] });

        Assert.Equal((Verdict.Inconclusive, "header X-Token cannot be sent: there is a line break in its value"), (observation.Verdict, observation.Reason));
    }

    [Fact]
    public async Task An_endpoint_that_echoes_the_request_does_not_make_us_print_a_secret()
    {
        await using var endpoint = await WebEndpoint.StartAsync(async context =>
        {
            context.Response.Headers["X-Echo"] = context.Request.Headers.Authorization;
            await context.Response.WriteAsync($"denied: {context.Request.Headers.Authorization.ToString()["Bearer ".Length..]} is unknown");
        });

        var report = await Prober().ProbeVerboseAsync(
            Sample.Target(),
            Sample.Http(endpoint.Port) with { BodyContains = "welcome", Headers = [Sample.Header("Authorization", "Bearer hush-hush-token")] },
            null,
            TestContext.Current.CancellationToken);

        Assert.Equal("body does not contain 'welcome'; it begins 'denied: *** is unknown'", report.Observation.Reason);
        Assert.DoesNotContain(report.Details.ResponseHeaders, header => header.Contains("hush", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("all is ok here", true)]
    [InlineData("degraded", false)]
    public async Task The_body_must_contain_a_text(string body, bool passes)
    {
        await using var endpoint = await WebEndpoint.SayingAsync(body);

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { BodyContains = "ok" });

        Assert.Equal(passes ? Verdict.Pass : Verdict.Fail, observation.Verdict);
        if (!passes)
        {
            Assert.Equal("body does not contain 'ok'; it begins 'degraded'", observation.Reason);
        }
    }

    [Theory]
    [InlineData("version 12", true)]
    [InlineData("version x", false)]
    public async Task The_body_must_match_an_expression(string body, bool passes)
    {
        await using var endpoint = await WebEndpoint.SayingAsync(body);

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { BodyMatches = "version [0-9]+$" });

        Assert.Equal(passes ? Verdict.Pass : Verdict.Fail, observation.Verdict);
        if (!passes)
        {
            Assert.Equal("body does not match 'version [0-9]+$'; it begins 'version x'", observation.Reason);
        }
    }

    [Theory]
    [InlineData("""{"status":"ok"}""", "$.status", "ok", null)]
    [InlineData("""{"checks":[{"ok":true}]}""", "checks[0].ok", "true", null)]
    [InlineData("""{"lag":3.0}""", "$.lag", "3", null)]
    [InlineData("""{"a.b":null}""", "$['a.b']", "null", null)]
    [InlineData("""{"status":"degraded"}""", "$.status", "ok", "body has 'degraded' at $.status, expected 'ok'")]
    [InlineData("""{"state":"ok"}""", "$.status", "ok", """body has no $.status; it begins '{"state":"ok"}'""")]
    [InlineData("<html>", "$.status", "ok", "body is not JSON; it begins '<html>'")]
    [InlineData("", "$.status", "ok", "body is not JSON; it is empty")]
    public async Task A_value_in_a_json_body_must_be_as_expected(string body, string path, string expected, string? reason)
    {
        await using var endpoint = await WebEndpoint.SayingAsync(body);

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { BodyJson = new(path, expected) });

        Assert.Equal(reason is null ? Verdict.Pass : Verdict.Fail, observation.Verdict);
        if (reason is not null)
        {
            Assert.Equal(reason, observation.Reason);
        }
    }

    [Fact]
    public async Task A_check_that_cannot_be_judged_is_our_own_fault()
    {
        await using var endpoint = await WebEndpoint.SayingAsync("ok");

        var regex = await ProbeAsync(Sample.Http(endpoint.Port) with { BodyMatches = "(?=ok)" });
        var path = await ProbeAsync(Sample.Http(endpoint.Port) with { BodyJson = new("$..x", "1") });

        Assert.All([regex, path], observation => Assert.Equal(Verdict.Inconclusive, observation.Verdict));
        Assert.Empty(endpoint.Requests);
    }

    [Fact]
    public async Task An_endless_body_is_judged_on_what_the_limit_allows()
    {
        await using var endpoint = new RawEndpoint(async (socket, stop) =>
        {
            await RawEndpoint.ReadHeadAsync(socket, stop);
            await socket.SendAsync("HTTP/1.1 200 OK\r\n\r\nok"u8.ToArray(), stop);
            while (true)
            {
                await socket.SendAsync(new byte[4096], stop);
            }
        });
        var check = Sample.Http(endpoint.Port) with { MaxBodyBytes = 10_000 };

        var found = await ProbeAsync(check with { BodyContains = "ok" });
        var missing = await ProbeAsync(check with { BodyContains = "fine" });

        Assert.Equal(Verdict.Pass, found.Verdict);
        Assert.Equal(Verdict.Fail, missing.Verdict);
        Assert.Equal("body does not contain 'fine' (only the first 10000 bytes were read); it begins 'ok'", missing.Reason);
    }

    [Fact]
    public async Task Quoted_bodies_are_short_and_free_of_control_characters()
    {
        await using var endpoint = await WebEndpoint.SayingAsync("\u001b[31mred\r\nforged line\u202e" + new string('x', 500));

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { BodyContains = "ok" });

        Assert.StartsWith("body does not contain 'ok'; it begins '[31mred forged line xxx", observation.Reason, StringComparison.Ordinal);
        Assert.EndsWith("x…'", observation.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(observation.Reason, char.IsControl);
        Assert.InRange(observation.Reason.Length, 80, 140);
    }

    [Fact]
    public async Task Compression_that_was_not_asked_for_is_not_guessed_at()
    {
        await using var endpoint = RawEndpoint.Answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok");

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { BodyContains = "ok" });

        Assert.Equal((Verdict.Fail, "body is compressed (gzip) although that was not asked for"), (observation.Verdict, observation.Reason));
    }

    [Fact]
    public async Task The_phase_in_which_the_endpoint_went_silent_is_named()
    {
        await using var mute = new RawEndpoint((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop));
        await using var halfHead = RawEndpoint.Answering("HTTP/1.1 200 OK\r\nX-Part", thenHang: true);
        await using var halfBody = RawEndpoint.Answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok", thenHang: true);

        foreach (var (endpoint, phase) in new[] { (mute, "waiting for the first byte"), (halfHead, "reading the headers"), (halfBody, "reading the body") })
        {
            var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { Timeout = Sample.Short, BodyContains = "fine" });
            Assert.Equal((Verdict.Fail, $"no answer from 127.0.0.1:{endpoint.Port} within 400 ms ({phase})"), (observation.Verdict, observation.Reason));
        }
    }

    [Fact]
    public async Task A_connection_that_breaks_says_how_and_when()
    {
        await using var closing = RawEndpoint.Answering(string.Empty);
        await using var short_ = RawEndpoint.Answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok");
        await using var resetting = new RawEndpoint(async (socket, stop) =>
        {
            await RawEndpoint.ReadHeadAsync(socket, stop);
            RawEndpoint.Reset(socket);
        });

        var closed = await ProbeAsync(Sample.Http(closing.Port));
        var cut = await ProbeAsync(Sample.Http(short_.Port) with { BodyContains = "fine" });
        var reset = await ProbeAsync(Sample.Http(resetting.Port));

        Assert.Equal($"connection closed by 127.0.0.1:{closing.Port} (waiting for the first byte)", closed.Reason);
        Assert.Equal($"connection closed by 127.0.0.1:{short_.Port} (reading the body)", cut.Reason);
        Assert.Equal($"connection reset by 127.0.0.1:{resetting.Port} (waiting for the first byte)", reset.Reason);
        Assert.All([closed, cut, reset], observation => Assert.Equal(Verdict.Fail, observation.Verdict));
        Assert.Equal(1, closing.Accepted); // asked once, not again
    }

    [Fact]
    public async Task What_is_not_http_fails()
    {
        await using var ssh = RawEndpoint.Answering("SSH-2.0-OpenSSH_9.6\r\n");
        await using var huge = RawEndpoint.Answering("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: {new string('a', 1000)}\r\n")) + "\r\n");

        var notHttp = await ProbeAsync(Sample.Http(ssh.Port));
        var tooLong = await ProbeAsync(Sample.Http(huge.Port));

        Assert.Equal((Verdict.Fail, $"the reply of 127.0.0.1:{ssh.Port} is not HTTP"), (notHttp.Verdict, notHttp.Reason));
        Assert.Equal((Verdict.Fail, $"the response headers of 127.0.0.1:{huge.Port} are longer than 64 KB"), (tooLong.Verdict, tooLong.Reason));
    }

    [Fact]
    public async Task A_slow_pass_is_a_failure_with_both_figures()
    {
        await using var endpoint = await WebEndpoint.StartAsync(async context =>
        {
            await Task.Delay(150, context.RequestAborted);
            await context.Response.WriteAsync("ok");
        });

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { LatencyLimit = TimeSpan.FromMilliseconds(100) });

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Matches("^took [0-9.]+ m?s, limit 100 ms$", observation.Reason);
        Assert.True(observation.Phases.FirstByte >= TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_probe_can_be_called_off_while_it_waits_for_a_reply()
    {
        await using var endpoint = new RawEndpoint((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop));
        using var off = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var probe = Prober().ProbeAsync(Sample.Target(), Sample.Http(endpoint.Port), null, off.Token);
        await Eventually.HoldsAsync(() => endpoint.Accepted == 1, "the endpoint was not dialled");
        await off.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
    }

    [Fact]
    public async Task Redirects_are_not_followed_unless_asked_for()
    {
        await using var endpoint = await RedirectingAsync("https://api.example.com/login");

        var observation = await ProbeAsync(Sample.Http(endpoint.Port));

        Assert.Equal((Verdict.Fail, "status 301 to https://api.example.com/login, expected 200-299"), (observation.Verdict, observation.Reason));
        Assert.Single(endpoint.Requests);
    }

    [Fact]
    public async Task An_expected_redirect_passes_as_it_is()
    {
        await using var endpoint = await RedirectingAsync("https://other.example.com/");

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { Statuses = [new(301, 301)], MaxRedirects = 3 });

        Assert.Equal(Verdict.Pass, observation.Verdict);
    }

    [Fact]
    public async Task A_redirect_goes_to_the_same_address_whatever_the_name_resolves_to()
    {
        await using var endpoint = await RedirectingAsync("/ready");

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { MaxRedirects = 1, BodyContains = "ready" });

        Assert.Equal(Verdict.Pass, observation.Verdict);
        Assert.Equal(["/", "/ready"], endpoint.Requests.Select(request => request.Target));
        Assert.All(endpoint.Requests, request => Assert.Equal($"{Sample.Host}:{endpoint.Port}", request.Host));
    }

    [Theory]
    [InlineData("http://other.example.com/", "redirect to another host: http://other.example.com/")]
    [InlineData("//127.0.0.1/", "redirect to another host: //127.0.0.1/")]
    [InlineData("ftp://api.example.com/", "redirect to ftp://api.example.com/, which is no HTTP address")]
    [InlineData("/again", "status 301 to /again: more than 2 redirects")]
    public async Task A_redirect_that_leads_astray_fails(string location, string reason)
    {
        await using var endpoint = await WebEndpoint.StartAsync(context =>
        {
            context.Response.StatusCode = 301;
            context.Response.Headers.Location = location;
            return Task.CompletedTask;
        });

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { MaxRedirects = 2 });

        Assert.Equal((Verdict.Fail, reason), (observation.Verdict, observation.Reason));
    }

    [Fact]
    public async Task A_redirect_from_tls_to_plain_http_fails()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue();
        await using var endpoint = await WebEndpoint.StartAsync(
            context =>
            {
                context.Response.Redirect("http://api.example.com/");
                return Task.CompletedTask;
            },
            certificate);

        var observation = await ProbeAsync(Sample.Https(endpoint.Port, authority.RootsFile) with { MaxRedirects = 2 });

        Assert.Equal((Verdict.Fail, "redirect from https to http: http://api.example.com/"), (observation.Verdict, observation.Reason));
    }

    [Fact]
    public async Task Probing_leaves_no_connection_open()
    {
        var open = 0;
        await using var endpoint = new RawEndpoint(async (socket, stop) =>
        {
            Interlocked.Increment(ref open);
            await RawEndpoint.ReadHeadAsync(socket, stop);
            await socket.SendAsync("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n"u8.ToArray(), stop);
            while (await socket.ReceiveAsync(new byte[16], stop) > 0)
            {
            }

            Interlocked.Decrement(ref open);
        });

        await ProbeAsync(Sample.Http(endpoint.Port));
        await ProbeAsync(Sample.Tcp(endpoint.Port));

        await Eventually.HoldsAsync(() => endpoint.Accepted == 2 && Volatile.Read(ref open) <= 1, "the HTTP probe left its connection open");
    }

    [Fact]
    public async Task A_body_in_another_character_set_is_read_in_it()
    {
        await using var endpoint = await WebEndpoint.StartAsync(async context =>
        {
            context.Response.ContentType = "text/plain; charset=iso-8859-1";
            await context.Response.Body.WriteAsync(Encoding.Latin1.GetBytes("bereit für Sie"));
        });

        Assert.Equal(Verdict.Pass, (await ProbeAsync(Sample.Http(endpoint.Port) with { BodyContains = "für" })).Verdict);
    }

    // "/" redirects, everything else says where it is.
    private static Task<WebEndpoint> RedirectingAsync(string location) => WebEndpoint.StartAsync(async context =>
    {
        if (context.Request.Path == "/")
        {
            context.Response.StatusCode = 301;
            context.Response.Headers.Location = location;
            return;
        }

        await context.Response.WriteAsync($"this is {context.Request.Path}");
    });
}
