using System.Net;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Tests.Cli;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>Operators take over with one command, and give back with another, or by letting time pass.</summary>
public sealed class OperatorTests
{
    private const string Name = "api.go.test";

    [Fact]
    public async Task A_forced_name_is_answered_so_after_a_kill_too_until_it_is_released()
    {
        await using var site = await Site.StartAsync();
        await using var daemon = await DaemonProcess.RunAsync(site.Place.Config, site.Place.Data);
        await using var watch = await NameWatch.StartAsync(site.Server, Name, more: () => daemon.Said);
        await watch.ShowsAsync("127.0.0.2", () => daemon.Said);

        var forced = await site.RunAsync("force", Name, "standby", "--reason", "trying the standby", "--actor", "alice@laptop");
        Assert.Equal((0, string.Empty), (forced.ExitCode, forced.Errors));
        Assert.Matches(@"^api\.go\.test is answered with standby \(127\.0\.0\.3\) until [0-9: -]+ UTC, whatever its health\. Now: .*standby.* is .*\. End it with: dnsfailover release api\.go\.test\nIt ends by itself after 1h, as neither --for nor --until says otherwise\.\n$", forced.Output);
        await watch.ShowsAsync("127.0.0.3", () => daemon.Said);
        await daemon.SaysAsync($"{Name}: alice@laptop: forced to standby until ");
        await daemon.KillAsync();

        await using var next = await DaemonProcess.RunAsync(site.Place.Config, site.Place.Data);
        Assert.Matches(@"forced to standby\s+api\.go\.test\s+[0-9: -]+ UTC\s+alice@laptop\s+trying the standby", await site.UntilStatusAsync("forced to standby"));
        var table = await site.UntilStatusAsync("primary Up, standby Up");
        Assert.Matches(@"api\.go\.test\s+standby \(127\.0\.0\.3\)\s+primary Up, standby Up", table);
        Assert.Equal("127.0.0.3", watch.Answers[^1]);

        var released = await site.RunAsync("release", Name);
        Assert.Equal((0, string.Empty), (released.ExitCode, released.Errors));
        Assert.StartsWith("api.go.test is no longer forced to standby; its endpoints' health decides. Now: it is answered with ", released.Output, StringComparison.Ordinal);
        await watch.ShowsAsync("127.0.0.2", () => next.Said);
        Assert.Equal(["127.0.0.2", "127.0.0.3", "127.0.0.2"], watch.Answers.Where(answer => answer.StartsWith("127", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_short_force_ends_by_itself_and_the_name_comes_back()
    {
        await using var site = await Site.StartAsync();
        await using var daemon = await RunningDaemon.StartAsync(site.Place.Config, site.Place.Data);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(site.Server, Name);

        var forced = await site.RunAsync("force", Name, "standby", "--reason", "a moment", "--for", "4s");
        Assert.DoesNotContain("It ends by itself", forced.Output, StringComparison.Ordinal);
        Assert.Contains("Now: standby is Up.", forced.Output, StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => watch.Answers is [.., "127.0.0.3", "127.0.0.2"], daemon.Story);

        Assert.Empty(daemon.State.Overrides);
        Assert.Null(Assert.Single(daemon.Entries.OfType<OverrideEnded>()).Actor);
    }

    [Fact]
    public async Task A_frozen_service_stays_where_it_is_though_its_endpoint_dies_which_is_told_and_moves_when_thawed()
    {
        await using var site = await Site.StartAsync();
        await using var daemon = await RunningDaemon.StartAsync(site.Place.Config, site.Place.Data);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(site.Server, Name);

        var frozen = await site.RunAsync("freeze", "--reason", "moving the office", "--until", "23:59");
        Assert.StartsWith("Nothing is written for any service until ", frozen.Output, StringComparison.Ordinal);
        await site.Primary.KillAsync();
        await daemon.IsAsync(Name, "primary", HealthStatus.Down);
        await daemon.UntilAsync(() => daemon.Alerts.Any(alert => alert.Kind is AlertKind.Refused or AlertKind.AllDown), "it is told that the name is held");
        Assert.Equal(["127.0.0.2"], watch.Answers);
        var status = await site.RunAsync("status");
        Assert.Contains("primary (127.0.0.2) is Down: ", status.Output, StringComparison.Ordinal);
        Assert.Contains("moving the office", status.Output, StringComparison.Ordinal);

        var thawed = await site.RunAsync("thaw");
        Assert.StartsWith("Records are written again where they have to be.", thawed.Output, StringComparison.Ordinal);
        await watch.ShowsAsync("127.0.0.3", daemon.Story);
        Assert.Equal(["127.0.0.2", "127.0.0.3"], watch.Answers);
    }

    [Fact]
    public async Task A_drained_endpoint_loses_its_traffic_and_gets_it_back()
    {
        await using var site = await Site.StartAsync();
        await using var daemon = await RunningDaemon.StartAsync(site.Place.Config, site.Place.Data);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(site.Server, Name);

        var drained = await site.RunAsync("maintenance", Name, "primary", "--for", "30m");
        Assert.Matches(@"^primary gets no traffic of api\.go\.test until .* UTC, as long as another endpoint works\. Now: it is answered with .* End it with: dnsfailover undrain api\.go\.test primary\n$", drained.Output);
        await watch.ShowsAsync("127.0.0.3", daemon.Story);
        Assert.Equal("planned maintenance", Assert.Single(daemon.State.Overrides).Reason);

        var last = await site.RunAsync("drain", Name, "standby", "--reason", "too");
        Assert.Equal(1, last.ExitCode);
        Assert.Contains("something has to have the traffic", last.Errors, StringComparison.Ordinal);

        Assert.Equal(0, (await site.RunAsync("undrain", Name, "primary")).ExitCode);
        await watch.ShowsAsync("127.0.0.2", daemon.Story);
    }

    [Fact]
    public async Task The_status_of_one_service_says_everything_and_as_json_too()
    {
        await using var site = await Site.StartAsync("maintenance: [{schedule: '0 2 * * SUN', duration: 2h, timeZone: Europe/Berlin, reason: backup, endpoint: standby}]");
        await using var daemon = await RunningDaemon.StartAsync(site.Place.Config, site.Place.Data);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);

        var run = await site.RunAsync("status", Name);
        Assert.StartsWith("api.go.test (failover) is answered with primary (127.0.0.2)\nA: hold: ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"standby\s+127\.0\.0\.3\s+Up\s+\S+ \S+\s+status 200", run.Output);
        Assert.Matches(@"maintenance of standby\s+Sun \d{4}-\d\d-\d\d 02:00 to 04:00 Europe/Berlin.*\s+backup", run.Output);

        Assert.Equal(Name, (await site.RunAsync("status", "--json")).Json.GetProperty("services")[0].GetProperty("name").GetString());
        Assert.Equal(Name, (await site.RunAsync("status", Name, "--json")).Json.GetProperty("name").GetString());
        Assert.Equal("Sun", DateTimeOffset.Parse((await site.RunAsync("validate", "--json")).Json.GetProperty("services")[0].GetProperty("plannedTimes")[0].GetProperty("next").GetProperty("from").GetString()!, null).ToString("ddd", null));
        Assert.Matches(@"(?m)^maintenance of standby \(backup\): 0 2 \* \* SUN, (next|now) Sun \d{4}-\d\d-\d\d 02:00 to 04:00 Europe/Berlin \((in .*|in effect)\)$", (await site.RunAsync("validate")).Output);
    }

    [Fact]
    public async Task Each_of_two_daemons_is_reached_by_its_data_directory()
    {
        await using var one = await Site.StartAsync();
        await using var two = await Site.StartAsync();
        await using var first = await RunningDaemon.StartAsync(one.Place.Config, one.Place.Data);
        await using var second = await RunningDaemon.StartAsync(two.Place.Config, two.Place.Data);
        await first.UntilAsync(() => true, "it runs");
        await second.UntilAsync(() => true, "it runs");

        Assert.Equal(0, (await two.RunAsync("freeze", Name, "--reason", "only here")).ExitCode);

        Assert.Empty(first.State.Overrides);
        Assert.Equal("only here", Assert.Single(second.State.Overrides).Reason);
    }

    [Fact]
    public async Task Planned_maintenance_keeps_traffic_off_its_endpoint()
    {
        await using var site = await Site.StartAsync("maintenance: [{schedule: '* * * * *', duration: 1m, endpoint: primary, reason: always}]");
        await using var daemon = await RunningDaemon.StartAsync(site.Place.Config, site.Place.Data);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(site.Server, Name);

        await watch.ShowsAsync("127.0.0.3", daemon.Story);
        Assert.Contains("maintenance of primary", (await site.RunAsync("status")).Output, StringComparison.Ordinal);
    }

    /// <summary>Two endpoints behind the builtin server, and a file that says so.</summary>
    private sealed class Site : IAsyncDisposable
    {
        public required WebEndpoint Primary { get; init; }

        public required WebEndpoint Standby { get; init; }

        public required IPEndPoint Server { get; init; }

        public Workplace Place { get; } = new();

        public static async Task<Site> StartAsync(string extra = "ttl: 30s")
        {
            var site = new Site
            {
                Primary = await WebEndpoint.StartAsync("127.0.0.2"),
                Standby = await WebEndpoint.StartAsync("127.0.0.3"),
                Server = new IPEndPoint(IPAddress.Loopback, FreePort.Next()),
            };
            site.Place.Write($$"""
                dataDirectory: {{site.Place.Data}}
                providers:
                  local: {type: builtin, zone: go.test, listen: "{{site.Server}}"}
                defaults: { {{Workplace.Quick}} }
                services:
                  - name: {{Name}}
                    {{extra}}
                    endpoints:
                      - {{site.Primary.Yaml("primary")}}
                      - {{site.Standby.Yaml("standby")}}
                """);
            return site;
        }

        /// <summary>Runs a command as an operator would.</summary>
        public Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync([.. arguments, "--config", Place.Config]);

        /// <summary>Waits until the status says this.</summary>
        public async Task<string> UntilStatusAsync(string text)
        {
            var said = string.Empty;
            await Eventually.HoldsAsync(async () => (said = (await RunAsync("status")).Output).Contains(text, StringComparison.Ordinal), () => $"'{text}' in\n{said}");
            return said;
        }

        public async ValueTask DisposeAsync()
        {
            await Primary.DisposeAsync();
            await Standby.DisposeAsync();
            Place.Dispose();
        }
    }
}
