using System.Globalization;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Health;
using DnsFailover.Journal;
using DnsFailover.Tests.Cli;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>A real daemon runs, and afterwards its journal says why, and what another setting would have done.</summary>
public sealed class LookingBackTests
{
    private const string Name = "api.go.test";

    /// <summary>From one confirmation to the next in the configuration that is tried.</summary>
    private static readonly TimeSpan Slowly = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task A_higher_fall_would_have_spared_the_short_outage_and_noticed_the_long_one_later()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary, standby));
        IReadOnlyList<Core.Journal.IntentRecorded> failovers;
        int fall;
        await using (var daemon = await RunningDaemon.StartAsync(place.Config, place.Data))
        {
            await daemon.VerifiedAsync(1);
            await daemon.IsAsync(Name, "standby", HealthStatus.Up);
            await FailoverAsync(daemon, primary, 1);
            await primary.StartAsync();
            await daemon.VerifiedAsync(3);

            // However slow this machine is: the short outage has too few failures for this fall, and the long one has enough.
            var shortest = await OutageAsync(daemon, place, 1);
            fall = (int)(shortest.Length / Slowly) + 7;
            await FailoverAsync(daemon, primary, 2);
            await Eventually.HoldsAsync(async () => (await OutageAsync(daemon, place, 2)).Length > (Slowly * fall) + TimeSpan.FromSeconds(3), () => $"the second outage lasts; {daemon.Story()}");
            await primary.StartAsync();
            await daemon.VerifiedAsync(5);
            failovers = [.. daemon.Intents.Where(intent => intent.Decision == DecisionKind.Failover)];
        }

        var explained = await CommandRun.OfAsync("explain", Name, "--data", place.Data, "--at", failovers[0].At.AddMilliseconds(10).ToString("O", CultureInfo.InvariantCulture));
        Assert.Equal((0, string.Empty), (explained.ExitCode, explained.Errors));
        Assert.Contains("Failover from primary (127.0.0.2) to standby (127.0.0.3), ", explained.Output, StringComparison.Ordinal);
        Assert.Contains("first failed probe", explained.Output, StringComparison.Ordinal);
        Assert.Matches(@"evidence .*(primary|standby) \(127\.0\.0\.[23]\): ", explained.Output);
        Assert.Matches(@"primary \(127\.0\.0\.2\): down since .*connection refused", explained.Output);

        place.Write(Yaml(primary, standby));
        var again = await CommandRun.OfAsync("replay", "--config", place.Config, "--journal", place.Data);
        Assert.Matches(@"(?m)^With failover\.yaml every recorded switch would have happened as it did(, to within [\d.]+ m?s)?\.$", again.Output);

        await File.WriteAllTextAsync(place["new.yaml"], Yaml(primary, standby).Replace("fastInterval: 50ms", $"fastInterval: {Slowly.TotalMilliseconds}ms, fall: {fall}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var replayed = await CommandRun.OfAsync("replay", "--config", place["new.yaml"], "--journal", Path.Combine(place.Data, "journal.db"));
        Assert.Equal((0, string.Empty), (replayed.ExitCode, replayed.Errors));
        const string Moment = @"(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)?";
        var causes = $@"With (fall {fall}|fastInterval 500ms|fastInterval 500ms and fall {fall}|new\.yaml)"; // whichever of the two does it alone on this machine
        Assert.Matches($@"(?m)^{causes} the {Moment} failover would not have happened[.;]", replayed.Output);
        Assert.Matches($@"(?m)^{causes} .*the {Moment} (failover would have happened|one) [\d.]+ s later[.;]", replayed.Output);
        Assert.Matches($@"Failover from primary \(127\.0\.0\.2\) to standby \(127\.0\.0\.3\): would not have happened: the longest run of failures was \d+, and fall is {fall}", replayed.Output);
        Assert.Contains("Failover from primary (127.0.0.2) to standby (127.0.0.3): would have happened ", replayed.Output, StringComparison.Ordinal);
    }

    private static async Task FailoverAsync(RunningDaemon daemon, WebEndpoint primary, int number)
    {
        await primary.KillAsync();
        await daemon.UntilAsync(() => daemon.Intents.Count(intent => intent.Decision == DecisionKind.Failover) >= number, $"failover {number}");
    }

    /// <summary>From the first to the last failed probe of an outage, as the journal has them.</summary>
    private static async Task<(DateTimeOffset First, TimeSpan Length)> OutageAsync(RunningDaemon daemon, Workplace place, int number)
    {
        List<ObservationRun> failed = [];
        await Eventually.HoldsAsync(
            () =>
            {
                var since = daemon.Intents.Where(intent => intent.Decision == DecisionKind.Failover).ElementAt(number - 1).FirstFailureAt!.Value - TimeSpan.FromMilliseconds(5);
                failed = [.. JournalFile.Read(place.Data).Runs.Where(run => run is { Target.Endpoint: "primary", Verdict: Verdict.Fail } && run.Last >= since)];
                return failed.Count > 0;
            },
            () => "the outage is recorded");
        return (failed.Min(run => run.First), failed.Max(run => run.Last) - failed.Min(run => run.First));
    }

    private static string Yaml(WebEndpoint primary, WebEndpoint standby) => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        defaults: { {{Workplace.Quick}} }
        services:
          - name: {{Name}}
            endpoints:
              - {{primary.Yaml("primary")}}
              - {{standby.Yaml("standby")}}
        """;
}
