using System.Text.Json;
using DnsFailover.Cli;
using DnsFailover.Tests.Doctor;
using DnsFailover.Tests.EndToEnd;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.Cli;

/// <summary><c>doctor</c> against a real BIND and a builtin zone: it tells what is wrong with how to mend it, and writes nothing.</summary>
public sealed class DoctorTests(NamedFixture fixture) : IClassFixture<NamedFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_in_order_is_told_in_words_with_exit_code_0_and_nothing_is_written()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("dr-good.example.test", "A", 60, ["192.0.2.1"], Ended);
        using var place = Place(named, "dr-good.example.test");
        var before = await named.DigAsync("example.test", "SOA", Ended);

        // This BIND knows its own zone, and who is asked for the delegation is an option.
        var run = await CommandRun.OfAsync("doctor", "--config", place.Config, "--resolver", named.EndPoint.ToString());

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains("provider bind (rfc2136, zone example.test)", run.Output, StringComparison.Ordinal);
        Assert.All(["credential", "zone", "permissions", "clock", "name servers", "delegation", "record", "owner", "answers"], subject => Assert.Matches($@"(?m)^  ok +{subject} ", run.Output));
        Assert.Contains("No problem, 0 pieces of advice. Nothing was written.", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(named.KeySecret, run.Output + run.Errors, StringComparison.Ordinal);
        Assert.Equal(before, await named.DigAsync("example.test", "SOA", Ended));
    }

    [Fact]
    public async Task A_problem_is_followed_by_what_to_do_and_exits_with_1_with_the_other_providers_still_examined()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("dr-foreign.example.test", "A", 60, ["192.0.2.99"], Ended);
        await using var resolver = new FakeResolver().Delegates("example.test", ("ns.elsewhere.test", "127.0.0.77"));
        var port = FreePort.Next();
        using var place = Place(named, "dr-foreign.example.test", $$"""  gone: {type: rfc2136, server: "127.0.0.1:{{port}}", zone: gone.test, timeout: 1s}""", "  - {name: api.gone.test, provider: gone, check: {type: tcp, port: 1}, endpoints: [{name: one, addresses: [192.0.2.1]}, {name: two, addresses: [192.0.2.2]}]}");

        var run = await CommandRun.OfAsync("doctor", "--config", place.Config, "--resolver", resolver.EndPoint.ToString());

        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"(?m)^  PROBLEM +record +.*192\.0\.2\.99, which no endpoint declares\r?\n +to do: .*adopt: true", run.Output);
        Assert.Matches(@"(?m)^  PROBLEM +delegation +.*ns\.elsewhere\.test \(127\.0\.0\.77\)", run.Output);
        Assert.Matches($@"(?m)^  PROBLEM +server +connection refused by 127\.0\.0\.1:{port}", run.Output);
        Assert.Matches(@"(?m)^  advice +delegation +it cannot be found out", run.Output);

        var only = await CommandRun.OfAsync("doctor", "--config", place.Config, "--provider", "bind", "--json", "--resolver", resolver.EndPoint.ToString());
        Assert.Equal(1, only.ExitCode);
        Assert.Equal(2, only.Json.GetProperty("problems").GetInt32());
        var provider = Assert.Single(only.Json.GetProperty("providers").EnumerateArray());
        Assert.Equal("bind", provider.GetProperty("name").GetString());
        Assert.Contains(provider.GetProperty("services")[0].GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("grade").GetString() == "problem" && finding.GetProperty("mend").ValueKind == JsonValueKind.String);
    }

    [Fact]
    public async Task A_wrong_key_is_told_apart_and_shown_nowhere()
    {
        var named = await fixture.GetAsync(Ended);
        using var place = Place(named, "dr-key.example.test");
        var wrong = Convert.ToBase64String("some key that is not the server's"u8);
        await File.WriteAllTextAsync(place["key"], wrong, Ended);

        var run = await CommandRun.OfAsync("doctor", "--config", place.Config, "--resolver", named.EndPoint.ToString());

        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"(?m)^  PROBLEM +credential +.*\(BADSIG\).*\r?\n +to do: Set tsig\.secret", run.Output);
        Assert.DoesNotContain(wrong, run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_service_that_is_meant_is_looked_at()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("dr-one.example.test", "A", 60, ["192.0.2.1"], Ended);
        using var place = Place(named, "dr-one.example.test", string.Empty, "  - {name: dr-two.example.test, provider: bind, check: {type: tcp, port: 1}, endpoints: [{name: one, addresses: [192.0.2.1]}, {name: two, addresses: [192.0.2.2]}]}");

        var run = await CommandRun.OfAsync("doctor", "--config", place.Config, "--service", "DR-one.example.test.", "--resolver", named.EndPoint.ToString());

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.DoesNotContain("dr-two", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--provider", "bnid", "did you mean 'bind'?")]
    [InlineData("--service", "dr-bd.example.test", "did you mean 'dr-bad.example.test'?")]
    [InlineData("--resolver", "nonsense", "no address with an optional port")]
    public async Task What_is_not_there_is_bad_input(string option, string value, string complaint)
    {
        using var place = Place(await fixture.GetAsync(Ended), "dr-bad.example.test");

        var run = await CommandRun.OfAsync("doctor", "--config", place.Config, option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(complaint, run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        Assert.Equal(2, (await CommandRun.OfAsync("doctor", "--config", place["missing.yaml"])).ExitCode);
    }

    [Fact]
    public async Task A_builtin_zone_is_examined_beside_its_daemon_and_after_its_end()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        using var place = new Workplace();
        var port = FreePort.Next();
        place.Write($$"""
            providers:
              local: {type: builtin, zone: go.test, listen: "127.0.0.1:{{port}}"}
            defaults: { {{Workplace.Quick}} }
            services:
              - {name: api.go.test, endpoints: [{{primary.Yaml("primary")}}]}
            """);
        string[] command = ["doctor", "--config", place.Config, "--data", place.Data, "--resolver", $"127.0.0.1:{port}"];

        var before = await CommandRun.OfAsync(command);
        Assert.True(before.ExitCode == 0, before.Output);
        Assert.Matches("(?m)^  advice +zone file +there is no .*no daemon has run", before.Output);
        Assert.False(Directory.Exists(place.Data));

        await using (var daemon = await RunningDaemon.StartAsync(place.Config, place.Data))
        {
            await daemon.VerifiedAsync(1);
            var beside = await CommandRun.OfAsync(command);
            Assert.True(beside.ExitCode == 0, beside.Output);
            Assert.Matches("(?m)^  ok +zone file +.*holds records of 1 name", beside.Output);
            Assert.Matches("(?m)^  ok +server +.*answers for go.test over UDP and TCP", beside.Output);
            Assert.Matches("(?m)^  ok +delegation +go.test is delegated to ns1.go.test", beside.Output);
            Assert.Matches("(?m)^  ok +answers ", beside.Output);
        }

        var after = await CommandRun.OfAsync(command);
        Assert.Equal(1, after.ExitCode);
        Assert.Matches("(?m)^  PROBLEM +server +nobody answers for go.test.*\r?\n +to do: Start the daemon", after.Output);
    }

    [Fact]
    public async Task A_terminal_gets_signs_beside_the_words()
    {
        var named = await fixture.GetAsync(Ended);
        await named.ReplaceAsync("dr-sign.example.test", "A", 600, ["192.0.2.1"], Ended);
        using var place = Place(named, "dr-sign.example.test");
        await using var output = new StringWriter();

        await CommandLine.RunAsync(["doctor", "--config", place.Config, "--resolver", named.EndPoint.ToString()], new Terminal(output, TextWriter.Null, isInteractive: true), Ended);

        Assert.Contains("✓ ok", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("! advice", output.ToString(), StringComparison.Ordinal);
    }

    private static Workplace Place(NamedServer named, string name, string provider = "", string service = "")
    {
        var place = new Workplace();
        File.WriteAllText(place["key"], named.KeySecret);
        place.Write($$"""
            providers:
              bind: {{Workplace.Rfc2136(named).Replace("${TSIG_SECRET}", "${file:key}", StringComparison.Ordinal)}}
            {{provider}}
            services:
              - name: {{name}}
                provider: bind
                check: {type: tcp, port: 1}
                endpoints: [{name: one, addresses: [192.0.2.1]}, {name: two, addresses: [192.0.2.2]}]
            {{service}}
            """);
        return place;
    }
}
