using System.Text.Json;
using DnsFailover.Tests.EndToEnd;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.Cli;

/// <summary><c>plan</c> against a real BIND and against the file of a builtin zone: it tells what would be done, and does none of it.</summary>
public sealed class PlanTests(NamedFixture fixture) : IClassFixture<NamedFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_is_shown_with_its_reason_and_exit_code_3_and_nothing_is_written()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("plan-change.example.test", "A", 60, ["127.0.0.2"], Ended);
        await using var dead = WebEndpoint.Dead("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = Place(named, "plan-change.example.test", string.Empty, dead.Yaml("primary"), standby.Yaml("standby"));
        var before = await ZoneAsync(named, "plan-change.example.test");

        var run = await CommandRun.OfAsync("plan", "--config", place.Config);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("change   A 127.0.0.2 → 127.0.0.3", run.Output, StringComparison.Ordinal);
        Assert.Contains("because  primary (127.0.0.2) is down: 1 failure, last: connection refused by 127.0.0.2:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was written.", run.Output, StringComparison.Ordinal);

        var json = await CommandRun.OfAsync("plan", "--config", place.Config, "--json");
        Assert.Equal(3, json.ExitCode);
        var decision = json.Json[0].GetProperty("decisions")[0];
        Assert.Equal("failover", decision.GetProperty("decision").GetString());
        Assert.Equal(["127.0.0.2"], Values(decision.GetProperty("live")));
        Assert.Equal(["127.0.0.3"], Values(decision.GetProperty("after")));
        Assert.Equal(before, await ZoneAsync(named, "plan-change.example.test"));
    }

    [Fact]
    public async Task With_nothing_to_do_it_says_so_and_exits_with_0()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("plan-quiet.example.test", "A", 60, ["127.0.0.2"], Ended);
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        using var place = Place(named, "plan-quiet.example.test", string.Empty, primary.Yaml("primary"));

        var run = await CommandRun.OfAsync("plan", "--config", place.Config);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("change   none", run.Output, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await CommandRun.OfAsync("plan", "--config", place.Config, "--json")).Json[0].GetProperty("decisions")[0].GetProperty("after").ValueKind);
    }

    [Fact]
    public async Task A_recovered_primary_shows_as_a_failback_whatever_the_delay()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("plan-back.example.test", "A", 60, ["127.0.0.3"], Ended);
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = Place(named, "plan-back.example.test", "failback: {delay: 1h}", primary.Yaml("primary"), standby.Yaml("standby"));

        var run = await CommandRun.OfAsync("plan", "--config", place.Config);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("change   A 127.0.0.3 → 127.0.0.2", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.99", "foreign-value", "192.0.2.99, which no endpoint declares", "adopt: true")]
    [InlineData(null, "missing", "has no A record at bind", "create: true")]
    public async Task What_would_be_refused_is_told_with_what_to_do(string? live, string cause, string reason, string advice)
    {
        var named = await fixture.GetAsync(Ended);
        var name = $"plan-{cause}.example.test";
        if (live is not null)
        {
            await named.ReplaceAsync(name, "A", 60, [live], Ended);
        }

        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        using var place = Place(named, name, string.Empty, primary.Yaml("primary"));

        var run = await CommandRun.OfAsync("plan", "--config", place.Config);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches($"refused .*{reason}", run.Output);
        Assert.Matches($"to do .*{advice}", run.Output);
        Assert.Equal(cause, (await CommandRun.OfAsync("plan", "--config", place.Config, "--json")).Json[0].GetProperty("decisions")[0].GetProperty("refused").GetString());
    }

    [Fact]
    public async Task Name_servers_that_cannot_be_found_are_told_before_a_switch_needs_them()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("plan-ns.example.test", "A", 60, ["127.0.0.2"], Ended);
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        using var place = Place(named, "plan-ns.example.test", string.Empty, primary.Yaml("primary"));
        Assert.DoesNotContain("warning", (await CommandRun.OfAsync("plan", "--config", place.Config)).Output, StringComparison.Ordinal);

        var yaml = await File.ReadAllTextAsync(place.Config, Ended);
        place.Write(System.Text.RegularExpressions.Regex.Replace(yaml, "nameServers: *\\[[^]]*\\],? ?", string.Empty, System.Text.RegularExpressions.RegexOptions.NonBacktracking));
        var run = await CommandRun.OfAsync("plan", "--config", place.Config);

        Assert.Equal(0, run.ExitCode);
        Assert.Matches("warning  a change could not be verified.*ns1.example.test", run.Output);
        Assert.Contains("nameServers", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_cannot_be_asked_is_told_and_exits_with_1_with_the_other_services_still_shown()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("plan-seen.example.test", "A", 60, ["127.0.0.2"], Ended);
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        var port = FreePort.Next();
        using var place = Place(named, "plan-seen.example.test", string.Empty, primary.Yaml("primary"));
        var yaml = await File.ReadAllTextAsync(place.Config, Ended);
        place.Write(yaml.Replace("services:", $$"""
              gone: {type: rfc2136, server: "127.0.0.1:{{port}}", zone: gone.test, timeout: 1s}
            services:
              - {name: api.gone.test, provider: gone, endpoints: [{{primary.Yaml("primary")}}], check: {type: http} }
            """, StringComparison.Ordinal));

        var run = await CommandRun.OfAsync("plan", "--config", place.Config);
        Assert.Equal(1, run.ExitCode);
        Assert.Matches($"cannot tell: the live records could not be read: .*127.0.0.1:{port}", run.Output);
        Assert.Contains("plan-seen.example.test", run.Output, StringComparison.Ordinal);
        Assert.Contains("change   none", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_of_a_builtin_zone_is_read_beside_its_daemon_and_left_as_it_is()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write($$"""
            providers:
              local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
            defaults: { {{Workplace.Quick}} }
            services:
              - name: api.go.test
                endpoints: [{{primary.Yaml("primary")}}, {{standby.Yaml("standby")}}]
            """);
        await using (var daemon = await RunningDaemon.StartAsync(place.Config, place.Data))
        {
            await daemon.VerifiedAsync(1);
            var quiet = await CommandRun.OfAsync("plan", "--config", place.Config, "--data", place.Data);
            Assert.Equal(0, quiet.ExitCode);
            Assert.Contains("127.0.0.2", quiet.Output, StringComparison.Ordinal);
        }

        await primary.KillAsync();
        var zone = await File.ReadAllTextAsync(Path.Combine(place.Data, "builtin-go.test.json"), Ended);
        var changed = await CommandRun.OfAsync("plan", "--config", place.Config, "--data", place.Data);
        Assert.Equal(3, changed.ExitCode);
        Assert.Contains("change   A 127.0.0.2 → 127.0.0.3", changed.Output, StringComparison.Ordinal);
        Assert.Equal(zone, await File.ReadAllTextAsync(Path.Combine(place.Data, "builtin-go.test.json"), Ended));

        var fresh = await CommandRun.OfAsync("plan", "--config", place.Config, "--data", place["nothing-here"]);
        Assert.Equal(3, fresh.ExitCode);
        Assert.Contains("change   A (none) → 127.0.0.3", fresh.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place["nothing-here"]));
    }

    private static Workplace Place(NamedServer named, string name, string extra, params string[] endpoints)
    {
        var place = new Workplace();
        File.WriteAllText(place["key"], named.KeySecret);
        place.Write($$"""
            providers:
              bind: {{Workplace.Rfc2136(named).Replace("${TSIG_SECRET}", "${file:key}", StringComparison.Ordinal)}}
            services:
              - name: {{name}}
                provider: bind
                check: {type: http, path: /}
                {{extra}}
                endpoints:
                  - {{string.Join("\n      - ", endpoints)}}
            """);
        return place;
    }

    /// <summary>Everything that a write would change: the record, and the serial of the zone, which no other test of this class touches meanwhile.</summary>
    private static async Task<string[]> ZoneAsync(NamedServer named, string name) =>
        [.. await named.DigAsync(name, "A", Ended), .. await named.DigAsync("example.test", "SOA", Ended)];

    private static IEnumerable<string?> Values(JsonElement set) => set.GetProperty("values").EnumerateArray().Select(value => value.GetString());
}
