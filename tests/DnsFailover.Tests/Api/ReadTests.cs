using System.Globalization;
using System.Text.Json;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Api;

/// <summary>What the API shows, as who is paged would read it.</summary>
public sealed class ReadTests
{
    private const string Name = ApiSite.Name;

    [Fact]
    public async Task A_failover_is_shown_in_short_in_full_in_the_history_and_with_its_record()
    {
        await using var site = await ApiSite.StartAsync(service: "ttl: 30s, minActiveTime: 1h".Replace(", ", "\n    ", StringComparison.Ordinal));
        await site.FailedOverAsync();
        await site.Primary.StartAsync();
        await site.Daemon.IsAsync(Name, "primary", Core.Health.HealthStatus.Up);

        var summary = Assert.Single((await site.GetAsync("/api/v1/services")).GetProperty("services").EnumerateArray());
        Assert.Equal((Name, "failover"), (summary.GetProperty("name").GetString(), summary.GetProperty("lastSwitch").GetProperty("kind").GetString()));
        Assert.Equal("standby (127.0.0.3)", summary.GetProperty("answeredWith").GetString());
        Assert.Equal([("primary", false), ("standby", true)], summary.GetProperty("endpoints").EnumerateArray().Select(one => (one.GetProperty("name").GetString(), one.GetProperty("isServed").GetBoolean())));
        Assert.Equal((2, 2), (summary.GetProperty("counts").GetProperty("total").GetInt32(), summary.GetProperty("counts").GetProperty("up").GetInt32()));

        var service = await site.GetAsync($"/api/v1/services/{Name}");
        Assert.True(service.GetProperty("holdDowns")[0].GetProperty("endsAt").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(50));
        var back = service.GetProperty("failbacks")[0];
        Assert.Equal(("A", "primary", false), (back.GetProperty("type").GetString(), back.GetProperty("endpoints")[0].GetString(), back.GetProperty("needsApproval").GetBoolean()));
        Assert.Equal(1 + 0.9 + (2 * 0.05), service.GetProperty("bound").GetProperty("detectionSeconds").GetDouble(), 3);
        var observations = service.GetProperty("endpoints")[0].GetProperty("addresses")[0].GetProperty("observations").EnumerateArray().ToList();
        Assert.InRange(observations.Count, 5, 60);
        Assert.Contains(observations, one => one.GetProperty("verdict").GetString() == "pass" && !one.TryGetProperty("reason", out _) && one.GetProperty("milliseconds").GetDouble() > 0);
        Assert.Contains(observations, one => one.GetProperty("verdict").GetString() == "fail" && one.GetProperty("reason").GetString()!.Contains("refused", StringComparison.Ordinal));
        Assert.Equal(observations.Select(one => one.GetProperty("at").GetDateTimeOffset()).Order(), observations.Select(one => one.GetProperty("at").GetDateTimeOffset()));

        var history = (await site.GetAsync($"/api/v1/history?service={Name}")).GetProperty("switches").EnumerateArray().ToList();
        var failover = history[0];
        Assert.Equal(("failover", "primary (127.0.0.2)", "standby (127.0.0.3)", "verified"), (failover.GetProperty("kind").GetString(), failover.GetProperty("from").GetString(), failover.GetProperty("to").GetString(), failover.GetProperty("result").GetString()));
        Assert.All(new[] { "detection", "decision", "write", "verification" }, step => Assert.True(failover.GetProperty("times").GetProperty(step).GetDouble() >= 0));
        Assert.True(failover.GetProperty("totalSeconds").GetDouble() > 0);

        var id = failover.GetProperty("id").GetInt64();
        var record = await site.GetAsync($"/api/v1/decisions/{id}");
        Assert.Equal(id, record.GetProperty("change").GetProperty("id").GetInt64());
        Assert.Contains(record.GetProperty("evidence").EnumerateArray(), line => line.GetString()!.Contains("refused", StringComparison.Ordinal));
        Assert.NotEmpty(record.GetProperty("guards").EnumerateArray());
        Assert.Equal("first failed probe", record.GetProperty("steps")[0].GetProperty("what").GetString());
        Assert.Contains(record.GetProperty("lines").EnumerateArray(), line => line.GetString()!.Contains("Failover from primary (127.0.0.2) to standby (127.0.0.3)", StringComparison.Ordinal));
        Assert.Equal(id, (await site.GetAsync($"/api/v1/services/{Name}/explanation")).GetProperty("change").GetProperty("id").GetInt64());

        var nothing = await site.AskAsync("GET", "/api/v1/decisions/999999");
        Assert.Equal((404, "there is no decision '999999' of a service, or it is not kept any more; /api/v1/decisions lists those that are"), (nothing.Status, nothing.Detail));
    }

    [Theory]
    [InlineData("{mode: manual, delay: 1h}")]
    [InlineData("{mode: approve, delay: 1h}")]
    [InlineData("{mode: auto, delay: 1h}")]
    public async Task A_countdown_to_the_failback_is_shown_only_where_it_is_made_by_itself_and_an_approval_says_when(string failback)
    {
        await using var site = await ApiSite.StartAsync(service: $"failback: {failback}");
        await site.FailedOverAsync();
        await site.Primary.StartAsync();
        await site.Daemon.IsAsync(Name, "primary", Core.Health.HealthStatus.Up);
        var isAuto = failback.Contains("auto", StringComparison.Ordinal);

        var summary = await SummaryAsync();
        Assert.Equal(isAuto, summary.TryGetProperty("failbackDueAt", out _));
        Assert.Equal(failback.Contains("manual", StringComparison.Ordinal), summary.GetProperty("needsApproval").GetBoolean()); // with approve it is asked for when the delay is over
        if (!isAuto)
        {
            var approved = await site.AskAsync("POST", $"/api/v1/services/{Name}/approve", """{"reason":"looks well","for":"2h"}""", ApiSite.Token);
            Assert.Equal(200, approved.Status);
            Assert.Matches("^api\\.go\\.test may return to its preferred endpoint until .* UTC; it does in (59 min [0-9]+ s|1 h), when primary has been up for 1 h\\. Now: it is answered with standby", approved.Json.GetProperty("says").GetString()!);
            Assert.True((await SummaryAsync()).TryGetProperty("failbackDueAt", out _));
        }

        async Task<JsonElement> SummaryAsync() => (await site.GetAsync("/api/v1/services")).GetProperty("services")[0];
    }

    [Fact]
    public async Task Lists_come_page_by_page_and_every_entry_once()
    {
        await using var site = await ApiSite.StartAsync();
        await site.FailedOverAsync();
        for (var number = 0; number < 3; number++)
        {
            Assert.Equal(200, (await site.AskAsync("POST", $"/api/v1/services/{Name}/drain", """{"endpoint":"primary","reason":"x","for":"1h"}""", ApiSite.Token)).Status);
        }

        var all = (await site.GetAsync("/api/v1/history")).GetProperty("switches").EnumerateArray().Select(one => one.GetProperty("id").GetInt64()).ToList();
        var paged = new List<long>();
        string? next = string.Empty;
        while (next is not null)
        {
            var page = await site.GetAsync($"/api/v1/history?limit=1{(next.Length > 0 ? $"&before={next}" : string.Empty)}");
            paged.AddRange(page.GetProperty("switches").EnumerateArray().Select(one => one.GetProperty("id").GetInt64()));
            next = page.TryGetProperty("next", out var more) ? more.GetString() : null;
        }

        Assert.Equal(all, paged);
        Assert.True(all.Count >= 2);

        var decided = (await site.GetAsync("/api/v1/decisions")).GetProperty("decisions").EnumerateArray().ToList();
        Assert.Contains(decided, one => one.GetProperty("kind").GetString() == "failover" && all.Contains(one.GetProperty("id").GetInt64()));

        List<JsonElement> lines = [];
        await Eventually.HoldsAsync(
            async () => (lines = [.. (await site.AskAsync("GET", "/api/v1/journal")).Text.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)]).Count == site.Daemon.Entries.Count,
            () => "every entry is in the journal");
        Assert.Contains(lines, line => line.GetProperty("kind").GetString() == "override" && line.GetProperty("override").GetProperty("reason").GetString() == "x");
        var rest = (await site.AskAsync("GET", $"/api/v1/journal?after={lines[0].GetProperty("id").GetInt64().ToString(CultureInfo.InvariantCulture)}&limit=2")).Text.TrimEnd('\n').Split('\n');
        Assert.Equal(lines.Skip(1).Take(2).Select(line => line.GetProperty("id").GetInt64()), rest.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetInt64()));

        var bad = await site.AskAsync("GET", "/api/v1/journal?limit=0");
        Assert.Equal((400, "limit: '0' is no whole number from 1 to 10000"), (bad.Status, bad.Detail));
    }

    [Theory]
    [InlineData("/api/v1/services?state=upp", "state: 'upp' is not known; did you mean 'up'?; expected down, degraded, unknown or up")]
    [InlineData("/api/v1/services?limit=501", "limit: '501' is no whole number from 1 to 500")]
    [InlineData("/api/v1/services?after=-", "after: '-' is no host name")]
    [InlineData("/api/v1/services/api.go.test/explanation?at=soon", "at: 'soon' is no time that has been; expected ")]
    [InlineData("/api/v1/history?before=x", "before: 'x' is no whole number from 1 to 9223372036854775807")]
    public async Task A_question_that_is_not_understood_is_answered_with_what_was_expected(string address, string says)
    {
        await using var site = await ApiSite.StartAsync(isDown: true);
        await site.Daemon.UntilAsync(() => true, "it runs");

        var refused = await site.AskAsync("GET", address);

        Assert.Equal(400, refused.Status);
        Assert.StartsWith(says, refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overrides_freezes_and_a_name_that_waits_for_approval_are_shown()
    {
        await using var site = await ApiSite.StartAsync(service: "failback: {mode: approve, delay: 100ms, flapWindow: 0s}");
        await site.FailedOverAsync();
        await site.Primary.StartAsync();
        await Eventually.HoldsAsync(async () => (await SummaryAsync(site)).GetProperty("needsApproval").GetBoolean(), () => site.Daemon.Story());
        Assert.Equal("degraded", (await SummaryAsync(site)).GetProperty("state").GetString());
        Assert.True((await site.GetAsync($"/api/v1/services/{Name}")).GetProperty("failbacks")[0].GetProperty("needsApproval").GetBoolean());
        Assert.Equal(1, (await site.GetAsync("/api/v1/services?state=degraded")).GetProperty("matching").GetInt32());
        Assert.Equal(0, (await site.GetAsync("/api/v1/services?state=up")).GetProperty("matching").GetInt32());

        Assert.Equal(200, (await site.AskAsync("POST", "/api/v1/freeze", """{"reason":"moving","actor":"alice","for":"2h"}""", ApiSite.Token)).Status);
        var daemon = (await site.GetAsync("/api/v1/services")).GetProperty("daemon");
        Assert.Equal(("moving", 1), (daemon.GetProperty("frozen").GetProperty("reason").GetString(), daemon.GetProperty("counts").GetProperty("frozen").GetInt32()));
        Assert.Equal(1, (await SummaryAsync(site)).GetProperty("overrides").GetInt32());
        Assert.Contains("moving", (await SummaryAsync(site)).GetProperty("frozen").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_override_is_gone_from_every_document_when_it_has_expired()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        Assert.Equal(200, (await site.AskAsync("POST", $"/api/v1/services/{Name}/freeze", """{"reason":"a moment","for":"1s"}""", ApiSite.Token)).Status);

        await Eventually.HoldsAsync(async () => (await site.GetAsync("/api/v1/overrides")).GetProperty("overrides").GetArrayLength() == 0, () => "it expires");

        Assert.False((await SummaryAsync(site)).TryGetProperty("frozen", out _));
        var late = await site.AskAsync("DELETE", $"/api/v1/services/{Name}/freeze", token: ApiSite.Token);
        Assert.Equal((404, $"{Name} is not frozen; there is no override"), (late.Status, late.Detail));
    }

    [Fact]
    public async Task The_daemon_is_live_at_once_and_ready_after_the_first_round_of_probes()
    {
        await using var site = await ApiSite.StartAsync();
        Assert.Equal((200, """{"status":"live"}"""), await StatusAsync(site, "live"));
        await Eventually.HoldsAsync(async () => (await StatusAsync(site, "ready")).Status == 200, () => "it is ready");
        Assert.Equal(200, (await site.AskAsync("HEAD", "/healthz/live")).Status);
        Assert.Equal("""{"status":"ready"}""", (await site.AskAsync("GET", "/healthz/ready", headers: ("X-Forwarded-For", "192.0.2.1"))).Text);
    }

    [Fact]
    public async Task What_readiness_waits_for_is_said_to_who_may_read_alone()
    {
        // A probe that hangs: the first round does not end before its timeout.
        await using var hanging = new HangingEndpoint();
        using var place = new Workplace();
        place.Write($$"""
            providers:
              local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
            api: {listen: "127.0.0.1:0"}
            services:
              - name: {{Name}}
                interval: 60s
                timeout: 50s
                check: {type: http, path: /}
                endpoints:
                  - {name: primary, addresses: [127.0.0.1], check: {port: {{hanging.Port}} } }
            """);
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.UntilAsync(() => true, "it runs");
        using var http = new HttpClient { BaseAddress = daemon.Daemon.Addresses[0] };

        Assert.Equal($$"""{"status":"not ready","waitsFor":["the first round of probes of {{Name}} is not over"]}""", await (await http.GetAsync("/healthz/ready", TestContext.Current.CancellationToken)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz/ready");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((503, """{"status":"not ready"}"""), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    private static async Task<JsonElement> SummaryAsync(ApiSite site) => (await site.GetAsync("/api/v1/services")).GetProperty("services")[0];

    private static async Task<(int Status, string Text)> StatusAsync(ApiSite site, string word)
    {
        var reply = await site.AskAsync("GET", $"/healthz/{word}");
        return (reply.Status, reply.Text);
    }
}
