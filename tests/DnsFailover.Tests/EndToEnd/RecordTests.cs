using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Journal;
using DnsFailover.Tests.Cli;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>What a real daemon leaves in its journal, as 'explain' and 'replay' tell it.</summary>
public sealed class RecordTests
{
    private const string Name = "api.go.test";

    [Fact]
    public async Task A_failover_is_explained_while_the_daemon_runs_and_afterwards_and_its_replay_makes_it_again()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary.Yaml("primary"), standby.Yaml("standby")));
        var before = DateTimeOffset.UtcNow;
        await using (var daemon = await RunningDaemon.StartAsync(place.Config, place.Data))
        {
            await daemon.VerifiedAsync(1);
            await daemon.IsAsync(Name, "standby", HealthStatus.Up);
            await primary.KillAsync();
            await daemon.VerifiedAsync(2);
            await Eventually.HoldsAsync(() => JournalFile.Read(place.Data).Entries.OfType<OutcomeRecorded>().Count() == 2, () => "the outcome is in the journal");

            var running = await CommandRun.OfAsync("explain", Name, "--data", place.Data);
            Assert.Equal((0, string.Empty), (running.ExitCode, running.Errors));
            Assert.Contains("Failover from primary (127.0.0.2) to standby (127.0.0.3)", running.Output, StringComparison.Ordinal);
            Assert.Contains("outcome     verified:", running.Output, StringComparison.Ordinal);
            Assert.Contains("first failed probe", running.Output, StringComparison.Ordinal);
            Assert.Contains($"connection refused by 127.0.0.2:{primary.Port}", running.Output, StringComparison.Ordinal);
        }

        var stopped = await CommandRun.OfAsync("explain", "API.go.test.", "--config", place.Config, "--data", place.Data);
        Assert.Contains("standby (127.0.0.3): up since", stopped.Output, StringComparison.Ordinal);
        Assert.Contains("passed: status 200", stopped.Output, StringComparison.Ordinal);
        Assert.Contains("primary (127.0.0.2): down since", stopped.Output, StringComparison.Ordinal);
        var earlier = await CommandRun.OfAsync("explain", Name, "--data", place.Data, "--at", $"{before.AddHours(-1):O}");
        Assert.Contains("Nothing is known of that time", earlier.Output, StringComparison.Ordinal);
        var slip = await CommandRun.OfAsync("explain", "ap.go.test", "--data", place.Data);
        Assert.Equal(2, slip.ExitCode);
        Assert.Contains("knows no service 'ap.go.test'; did you mean 'api.go.test'?", slip.Errors, StringComparison.Ordinal);
        Assert.All(JournalFile.Read(place.Data).Runs, run => Assert.Equal(TimeSpan.FromSeconds(1), run.Interval));

        var replay = await CommandRun.OfAsync("replay", "--config", place.Config, "--journal", place.Data);
        Assert.Equal((0, string.Empty), (replay.ExitCode, replay.Errors));
        Assert.Contains("2 recorded switches: 2 the same", replay.Output, StringComparison.Ordinal);
        Assert.Contains("; none additional.", replay.Output, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(stopped.Output + replay.Output);
    }

    [Fact]
    public async Task What_there_is_to_read_is_said_when_there_is_nothing()
    {
        using var place = new Workplace();
        place.Write(Yaml("{name: primary, addresses: [127.0.0.2]}"));
        var nothing = await CommandRun.OfAsync("explain", Name, "--data", place.Data);
        Assert.Equal(2, nothing.ExitCode);
        Assert.Contains("there is no journal at", nothing.Errors, StringComparison.Ordinal);
        var future = await CommandRun.OfAsync("explain", Name, "--data", place.Data, "--at", "2999-01-01");
        Assert.Contains("has not come yet", future.Errors, StringComparison.Ordinal);
        var replay = await CommandRun.OfAsync("replay", "--config", place.Config, "--journal", place.Data, "--since", "sometime");
        Assert.Contains("'sometime' is no time; expected 2026-03-01T14:02:10Z", replay.Errors, StringComparison.Ordinal);
    }

    private static string Yaml(params string[] endpoints) => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        defaults: { {{Workplace.Quick}} }
        services:
          - name: {{Name}}
            endpoints:
              - {{string.Join("\n      - ", endpoints)}}
        """;
}
