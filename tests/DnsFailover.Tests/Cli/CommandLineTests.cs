using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Cli;

/// <summary>The verbs that need nothing but a file and a web server.</summary>
public sealed class CommandLineTests
{
    private const string Name = "api.go.test";

    [Fact]
    public async Task An_unknown_command_or_option_is_bad_input()
    {
        var run = await CommandRun.OfAsync("plann");
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("there is no command 'plann'; did you mean 'plan'?", run.Errors, StringComparison.Ordinal);
        Assert.Contains("dnsfailover --help", run.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await CommandRun.OfAsync("run", "--emphemeral")).ExitCode);
        Assert.Equal(2, (await CommandRun.OfAsync()).ExitCode);
    }

    [Fact]
    public async Task Help_lists_the_commands()
    {
        var run = await CommandRun.OfAsync("--help");
        Assert.Equal(0, run.ExitCode);
        Assert.All(["run", "validate", "plan", "check", "doctor", "demo", "status", "force", "release", "drain", "undrain", "freeze", "thaw", "approve", "unapprove", "maintenance", "notify"], verb => Assert.Matches($@"(?m)^\s+{verb}\s", run.Output));
    }

    [Fact]
    public async Task Ephemeral_and_a_data_directory_exclude_each_other()
    {
        var run = await CommandRun.OfAsync("run", "--ephemeral", "--data", "/nowhere");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("either --data or --ephemeral", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_shows_how_long_a_failure_can_last_and_how_that_adds_up()
    {
        using var place = new Workplace();
        place.Write(Yaml("ttl: 30s", "{name: one, addresses: [192.0.2.1]}", "{name: two, addresses: [192.0.2.2]}"));

        var run = await CommandRun.OfAsync("validate", "--config", place.Config);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("failover.yaml is valid: 1 service, 2 endpoints, 1 provider", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"down is noticed\s+15 s\s+15 s\s+interval 10 s \+ timeout 3 s \+ \(fall 3 − 1\) × fastInterval 1 s", run.Output);
        Assert.Matches(@"clients follow\s+30 s\s+", run.Output);
        Assert.Empty(run.Errors);

        var bound = (await CommandRun.OfAsync("validate", "--config", place.Config, "--json")).Json.GetProperty("services")[0].GetProperty("worstCaseSeconds");
        double Seconds(string key) => bound.GetProperty(key).GetDouble();
        Assert.Equal(15, Seconds("detection"));
        Assert.StartsWith("interval 10 s + timeout 3 s", bound.GetProperty("detectionAddsUpAs").GetString(), StringComparison.Ordinal);
        Assert.Equal(Seconds("detection") + Seconds("decision") + Seconds("write"), Seconds("toAuthoritativeAnswer"));
        Assert.Equal(Seconds("toAuthoritativeAnswer") + 30, Seconds("toClients"));
        Assert.Equal(30, Seconds("extraWhenJustMoved"));
    }

    [Fact]
    public async Task Validate_shows_what_each_provider_can_do()
    {
        using var place = new Workplace();
        place.Write($$"""
            providers:
              bind: {type: rfc2136, zone: go.test, server: 192.0.2.53, ownerMark: false}
              cf: {type: cloudflare, zone: example.com, token: "${file:token}"}
            services:
              - {name: {{Name}}, provider: bind, check: {type: http}, endpoints: [{name: one, addresses: [192.0.2.1]}, {name: two, addresses: [192.0.2.2]}]}
              - {name: a.example.com, provider: cf, check: {type: http}, endpoints: [{name: one, addresses: [192.0.2.1]}, {name: two, addresses: [192.0.2.2]}]}
            """);
        await File.WriteAllTextAsync(place["token"], "not-a-real-token", TestContext.Current.CancellationToken);

        var run = await CommandRun.OfAsync("validate", "--config", place.Config);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"bind \(rfc2136\)\s+go\.test\s+no\s+yes\s+held by the provider\s+as one\s+no\s+none", run.Output);
        Assert.Matches(@"cf \(cloudflare\)\s+example\.com\s+no\s+yes\s+read again just before\s+as one\s+yes\s+1m", run.Output);

        var providers = (await CommandRun.OfAsync("validate", "--config", place.Config, "--json")).Json.GetProperty("providers");
        Assert.False(providers[0].GetProperty("capabilities").GetProperty("ownerMarks").GetBoolean());
        Assert.Equal(60, providers[1].GetProperty("capabilities").GetProperty("smallestTtlSeconds").GetDouble());
    }

    [Fact]
    public async Task Validate_tells_every_mistake_with_its_place_and_exits_with_2()
    {
        using var place = new Workplace();
        place.Write(Yaml("tttl: 30s", "{name: one, addresses: [192.0.2.300]}"));

        var run = await CommandRun.OfAsync("validate", "--config", place.Config);
        Assert.Equal(2, run.ExitCode);
        Assert.Matches(@"failover\.yaml:5:5: .*tttl.*ttl", run.Errors);
        Assert.Matches(@"failover\.yaml:8:\d+: .*192\.0\.2\.300", run.Errors);
        Assert.Contains("is not valid: 2 mistakes", run.Errors, StringComparison.Ordinal);

        var json = await CommandRun.OfAsync("validate", "--config", place.Config, "--json");
        Assert.Equal(2, json.ExitCode);
        Assert.False(json.Json.GetProperty("valid").GetBoolean());
        Assert.Equal([5, 8], json.Json.GetProperty("problems").EnumerateArray().Where(problem => problem.GetProperty("severity").GetString() == "error").Select(problem => problem.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task Check_passes_with_the_times_of_its_phases()
    {
        await using var endpoint = await WebEndpoint.StartAsync("127.0.0.2");
        using var place = new Workplace();
        place.Write(Yaml("ttl: 30s", endpoint.Yaml("one")));

        var run = await CommandRun.OfAsync("check", Name, "--config", place.Config);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("PASS   api.go.test / one (127.0.0.2): status 200", run.Output, StringComparison.Ordinal);
        Assert.All(["connected in", "first byte in", "total", $"127.0.0.2:{endpoint.Port}"], part => Assert.Contains(part, run.Output, StringComparison.Ordinal));

        var json = (await CommandRun.OfAsync("check", "one", "--json", "--config", place.Config)).Json[0];
        Assert.Equal("pass", json.GetProperty("verdict").GetString());
        Assert.Equal(200, json.GetProperty("status").GetInt32());
        Assert.True(json.GetProperty("milliseconds").GetProperty("total").GetDouble() > 0);
    }

    [Fact]
    public async Task Check_of_a_dead_endpoint_exits_with_1_and_says_why()
    {
        await using var alive = await WebEndpoint.StartAsync("127.0.0.2");
        await using var dead = WebEndpoint.Dead("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml("ttl: 30s", alive.Yaml("one"), dead.Yaml("two")));

        var run = await CommandRun.OfAsync("check", Name, "--config", place.Config);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("PASS   api.go.test / one", run.Output, StringComparison.Ordinal);
        Assert.Contains($"FAIL   api.go.test / two (127.0.0.3): connection refused by 127.0.0.3:{dead.Port}", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await CommandRun.OfAsync("check", $"{Name}/one", "--config", place.Config)).ExitCode);
        Assert.Equal("fail", (await CommandRun.OfAsync("check", $"{Name}/two", "--json", "--config", place.Config)).Json[0].GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task Check_of_something_unknown_names_what_there_is()
    {
        using var place = new Workplace();
        place.Write(Yaml("ttl: 30s", "{name: one, addresses: [192.0.2.1]}", "{name: two, addresses: [192.0.2.2]}"));

        var run = await CommandRun.OfAsync("check", "wun", "--config", place.Config);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("there is no service or endpoint 'wun'; there are: api.go.test (one, two)", run.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await CommandRun.OfAsync("check", "--config", place.Config)).ExitCode);
    }

    [Fact]
    public async Task The_demo_shows_the_whole_cycle_within_its_time()
    {
        await using var demo = DaemonProcess.Start(["demo"]);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(0, await demo.EndsAsync());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"it took {clock.Elapsed}");
        string[] steps =
        [
            "verified", "answers 127.0.0.1, the primary", "KILLED", "suspected", "down", "failover", "switched", "verified", "answers 127.0.0.2, the standby",
            "RESTARTED", "up ", "failback", "switched", "verified", "answers 127.0.0.1, the primary", "verdict to answer", "Every step was observed",
        ];
        var from = 0;
        Assert.All(steps, step =>
        {
            var at = demo.Output.IndexOf(step, from, StringComparison.Ordinal);
            Assert.True(at >= 0, $"'{step}' is missing, or not in its place:\n{demo.Output}");
            from = at + step.Length;
        });
        Assert.Empty(demo.Errors);
        Assert.DoesNotContain("\x1b", demo.Output, StringComparison.Ordinal);
    }

    private static string Yaml(string extra, params string[] endpoints) => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        services:
          - name: {{Name}}
            {{extra}}
            check: {type: http, path: /}
            endpoints:
              - {{string.Join("\n      - ", endpoints)}}
        """;
}
