using System.Net;
using System.Net.Sockets;
using System.Text;
using DnsFailover.Api;
using DnsFailover.Configuration;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Tests.Notifications;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Api;

/// <summary>Who may read and who may change anything over the network.</summary>
public sealed class DoorTests
{
    private const string Body = """{"reason":"deploying 2.4","for":"1h"}""";

    private static readonly IPAddress Here = IPAddress.Loopback;

    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.77");

    [Fact]
    public async Task Who_is_here_reads_without_a_token_and_changes_nothing_without_it()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();

        Assert.Equal(200, (await site.AskAsync("GET", "/api/v1/services")).Status);
        var refused = await site.AskAsync("POST", "/api/v1/freeze", Body);
        Assert.Equal((401, "a change needs the token: send 'Authorization: Bearer <token>' with that of 'api.token' in failover.yaml"), (refused.Status, refused.Detail));
        Assert.Equal("Bearer realm=\"dnsfailover\"", refused.Headers["WWW-Authenticate"]);
        var wrong = await site.AskAsync("POST", "/api/v1/freeze", Body, token: $"{ApiSite.Token}r");
        Assert.Equal(401, wrong.Status);
        Assert.Contains("the token is not the right one", wrong.Detail, StringComparison.Ordinal);
        Assert.Equal("Bearer realm=\"dnsfailover\", error=\"invalid_token\"", wrong.Headers["WWW-Authenticate"]);
        Assert.Empty(site.Daemon.State.Overrides);

        Assert.Equal(200, (await site.AskAsync("POST", "/api/v1/freeze", Body, ApiSite.Token)).Status);
        var began = Assert.Single(site.Daemon.Entries.OfType<OverrideBegan>()).Override;
        Assert.Equal(("api token from 127.0.0.1", "deploying 2.4"), (began.Actor, began.Reason));

        // A name is no proof: beside it stands what is known.
        Assert.Equal(200, (await site.AskAsync("DELETE", "/api/v1/freeze?actor=root@vm&reason=done", token: ApiSite.Token)).Status);
        var ended = Assert.Single(site.Daemon.Entries.OfType<OverrideEnded>());
        Assert.Equal(("root@vm (api token from 127.0.0.1)", "done"), (ended.Actor, ended.Reason));
        Assert.Equal(200, (await site.AskAsync("POST", $"/api/v1/services/{ApiSite.Name}/drill", """{"actor":"root@vm"}""", ApiSite.Token)).Status);
        Assert.Equal("root@vm (api token from 127.0.0.1)", Assert.Single(site.Daemon.Entries.OfType<DrillBegan>()).Actor);
    }

    [Theory]
    [InlineData("deploying \\u202egnp.exe")] // what follows reads backwards
    [InlineData("\\u200b")]
    [InlineData("two\\u2028lines")]
    [InlineData("all fine\\u2066 \\u2069")]
    public async Task A_reason_that_would_not_be_read_as_it_is_written_is_refused(string reason)
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();

        var refused = await site.AskAsync("POST", "/api/v1/freeze", $$"""{"reason":"{{reason}}","for":"1h"}""", ApiSite.Token);

        Assert.Equal((400, "'reason' has characters that cannot be seen, or that turn the text around; leave them out"), (refused.Status, refused.Detail));
        Assert.Empty(site.Daemon.State.Overrides);
        Assert.Equal(200, (await site.AskAsync("POST", "/api/v1/freeze", """{"reason":"👩‍🚒 déjà vu, Überprüfung","for":"1h"}""", ApiSite.Token)).Status);
    }

    [Fact]
    public async Task Without_a_configured_token_changes_are_off_and_it_is_said_how_to_switch_them_on()
    {
        await using var site = await ApiSite.StartAsync(api: string.Empty);
        await site.SettledAsync();

        var refused = await site.AskAsync("POST", $"/api/v1/services/{ApiSite.Name}/freeze", Body, token: "something that is not known");

        Assert.Equal(403, refused.Status);
        Assert.Contains("set 'api: {token: \"${NAME}\"}' in failover.yaml", refused.Detail, StringComparison.Ordinal);
        Assert.Empty(site.Daemon.State.Overrides);
        var access = await site.GetAsync("/api/v1/access");
        Assert.Equal((true, false, false), (access.GetProperty("read").GetBoolean(), access.GetProperty("change").GetBoolean(), access.GetProperty("tokenIsSet").GetBoolean()));
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("Via", "1.1 proxy")]
    public async Task A_name_that_is_not_ours_and_a_proxy_are_not_here(string header, string value)
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();

        var refused = await site.AskAsync("GET", "/api/v1/services", headers: (header, value));
        Assert.Equal(401, refused.Status);
        Assert.Contains("may not read without the token", refused.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(ApiSite.Name, refused.Text, StringComparison.Ordinal);

        Assert.Equal(200, (await site.AskAsync("GET", "/api/v1/services", token: ApiSite.Token, headers: (header, value))).Status);
    }

    [Fact]
    public async Task What_is_too_large_or_no_json_is_refused_with_a_sentence_at_this_door_too()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();

        (string? Body, int Status, string Says)[] cases =
        [
            (new string(' ', 9000), 413, "the body is larger than 8 KiB; expected an object with a few short texts"),
            ("{", 400, "the body is not understood; expected a JSON object with the texts endpoint, reason, actor, and for or until"),
            ("[1]", 400, "the body is not understood; expected a JSON object with the texts endpoint, reason, actor, and for or until"),
            (null, 400, "the body is not understood; expected a JSON object with the texts endpoint, reason, actor, and for or until"),
            ("""{"reason":"x","until":"2020-01-01T00:00Z"}""", 400, "until: '2020-01-01T00:00Z' has passed; it is "),
        ];
        foreach (var (body, status, says) in cases)
        {
            var refused = await site.AskAsync("POST", "/api/v1/freeze", body, ApiSite.Token);
            Assert.StartsWith(says, refused.Detail, StringComparison.Ordinal);
            Assert.Equal(status, refused.Status);
        }

        var unknown = await site.AskAsync("GET", "/api/v1/services/api.go.tst");
        Assert.Equal((404, "there is no service 'api.go.tst'; did you mean 'api.go.test'?"), (unknown.Status, unknown.Detail));
    }

    [Fact]
    public async Task Every_answer_keeps_browsers_from_mischief()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();

        foreach (var address in new[] { "/", "/api/v1/services", "/api/v1/nothing", "/healthz/live" })
        {
            var reply = await site.AskAsync("GET", address, headers: ("Origin", "https://evil.example"));
            Assert.Equal(("nosniff", "DENY", "no-referrer", "same-origin"), (reply.Headers["X-Content-Type-Options"], reply.Headers["X-Frame-Options"], reply.Headers["Referrer-Policy"], reply.Headers["Cross-Origin-Resource-Policy"]));
            Assert.Contains("frame-ancestors 'none'", reply.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", reply.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.Equal(address == "/" ? "no-cache" : "no-store", reply.Headers["Cache-Control"]);
            Assert.DoesNotContain(reply.Headers.Keys, name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase) || name.Equals("Server", StringComparison.OrdinalIgnoreCase));
        }

        Assert.Equal(405, (await site.AskAsync("OPTIONS", "/api/v1/freeze", headers: ("Origin", "https://evil.example"))).Status);
    }

    [Fact]
    public async Task An_unfinished_request_is_cut_off_and_holds_nobody_up()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, site.Address.Port, TestContext.Current.CancellationToken);
        await slow.GetStream().WriteAsync("GET /api/v1/services HTTP/1.1\r\nHost: local"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(200, (await site.AskAsync("GET", "/api/v1/services")).Status);
        var answer = new StringBuilder();
        var buffer = new byte[1024];
        for (int read; (read = await slow.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0;)
        {
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        Assert.StartsWith("HTTP/1.1 408", answer.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("private", 404)]
    [InlineData("off", 404)]
    [InlineData("public", 200)]
    public async Task The_page_and_the_public_documents_are_there_as_the_file_says(string page, int expected)
    {
        await using var site = await ApiSite.StartAsync(top: $"statusPage: {page}");
        await site.FailedOverAsync();

        var shown = await site.AskAsync("GET", "/api/v1/public/services", headers: ("X-Forwarded-For", "203.0.113.9"));
        Assert.Equal(expected, shown.Status);
        Assert.Equal(page == "off" ? 404 : 200, (await site.AskAsync("GET", "/", headers: ("Host", "status.example.com"))).Status);
        Assert.Equal(401, (await site.AskAsync("GET", "/api/v1/services", headers: ("X-Forwarded-For", "203.0.113.9"))).Status);
        if (expected == 200)
        {
            var service = Assert.Single(shown.Json.GetProperty("services").EnumerateArray());
            Assert.Equal(["name", "state", "uptime"], service.EnumerateObject().Select(member => member.Name));
            Assert.Equal((ApiSite.Name, "up"), (service.GetProperty("name").GetString(), service.GetProperty("state").GetString()));
            foreach (var secret in new[] { "127.0.0", "primary", "standby", "refused" })
            {
                Assert.DoesNotContain(secret, shown.Text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Wrong_tokens_are_counted_by_who_shows_them_and_then_not_looked_at_for_a_while()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch.AddYears(56));
        var door = Door(time);
        for (var attempt = 0; attempt < AttemptLimiter.AtOnce; attempt++)
        {
            Assert.Equal(401, Admitted(door, Elsewhere, "wrong").Refusal!.Document.Status);
        }

        var blocked = Admitted(door, Elsewhere, ApiSite.Token);
        Assert.Equal((429, false, false), (blocked.Refusal!.Document.Status, blocked.MayRead, blocked.MayChange));
        Assert.Equal(("Retry-After", "6"), Assert.Single(blocked.Refusal.Headers));
        Assert.True(Admitted(door, IPAddress.Parse("192.0.2.78"), ApiSite.Token).MayChange);

        time.Advance(AttemptLimiter.Pause);
        Assert.True(Admitted(door, Elsewhere, ApiSite.Token).MayChange);
        Assert.Equal(401, Admitted(door, Elsewhere, "wrong").Refusal!.Document.Status);
        Assert.Equal(429, Admitted(door, Elsewhere, "wrong").Refusal!.Document.Status);
    }

    [Fact]
    public void A_network_full_of_addresses_gets_no_more_attempts_and_no_more_memory()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch.AddYears(56));
        var limiter = new AttemptLimiter(time);
        for (var attempt = 0; attempt < AttemptLimiter.AtOnce; attempt++)
        {
            limiter.Wrong(IPAddress.Parse($"2001:db8::{attempt:x}"));
        }

        Assert.True(limiter.WaitOf(IPAddress.Parse("2001:db8::ffff")) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, limiter.WaitOf(IPAddress.Parse("2001:db8:0:1::1")));

        for (var peer = 0; peer < 5000; peer++)
        {
            limiter.Wrong(new IPAddress([10, 0, (byte)(peer / 256), (byte)peer]));
        }

        Assert.True(limiter.WaitOf(IPAddress.Parse("10.255.255.255")) > TimeSpan.Zero);
        time.Advance(TimeSpan.FromHours(10));
        Assert.Equal(TimeSpan.Zero, limiter.WaitOf(IPAddress.Parse("10.255.255.255")));
    }

    [Fact]
    public void Only_who_is_really_here_reads_without_a_token()
    {
        var door = Door(TimeProvider.System, hosts: "status.example.com");

        Assert.True(Admitted(door, Here, host: "localhost:8053").MayRead);
        Assert.True(Admitted(door, IPAddress.IPv6Loopback, host: "[::1]:8053").MayRead);
        Assert.True(Admitted(door, IPAddress.Parse("::ffff:127.0.0.1"), host: "127.0.0.1").MayRead);
        Assert.True(Admitted(door, Here, host: "STATUS.example.com").MayRead);
        Assert.False(Admitted(door, Here, host: "evil.example.com").MayRead);
        Assert.False(Admitted(door, Here, host: "localhost.evil.example").MayRead);
        Assert.False(Admitted(door, Here, host: "192.0.2.1").MayRead);
        Assert.False(Admitted(door, Here, host: "localhost", protocol: "HTTP/1.0").MayRead);
        Assert.False(Admitted(door, Elsewhere, host: "localhost").MayRead);
        Assert.Equal(401, Admitted(door, Elsewhere, host: "localhost").Refusal!.Document.Status);
        Assert.True(Admitted(door, Elsewhere, ApiSite.Token, host: "evil.example.com").MayChange);
        Assert.False(Admitted(door, Elsewhere, host: "localhost", scheme: "Basic ", token: ApiSite.Token).MayRead);
    }

    [Fact]
    public void A_token_that_cannot_be_looked_up_lets_nobody_in_and_is_not_shown()
    {
        var token = new Secret("${file:/run/token}", _ => throw new SecretUnavailableException("${file:/run/token}: the file does not exist"));
        var door = new Doorkeeper(new ApiOptions { Token = token }, TimeProvider.System, NullLogger.Instance);

        var refused = Admitted(door, Elsewhere, "anything").Refusal!.Document;

        Assert.Equal(503, refused.Status);
        Assert.DoesNotContain("/run/token", refused.Detail, StringComparison.Ordinal);
        var shrunk = new Doorkeeper(new ApiOptions { Token = Secret.Literal("short") }, TimeProvider.System, NullLogger.Instance);
        Assert.False(Admitted(shrunk, Elsewhere, "short").MayRead);
    }

    private static Doorkeeper Door(TimeProvider time, params string[] hosts) =>
        new(new ApiOptions { Token = Secret.Literal(ApiSite.Token), Hosts = [.. hosts.Select(DnsName.Parse)] }, time, NullLogger.Instance);

    private static Caller Admitted(Doorkeeper door, IPAddress peer, string? token = null, string host = "localhost", string protocol = "HTTP/1.1", string scheme = "Bearer ")
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = peer;
        context.Request.Host = new HostString(host);
        context.Request.Protocol = protocol;
        if (token is not null)
        {
            context.Request.Headers.Authorization = scheme + token;
        }

        return door.Admit(context);
    }
}
