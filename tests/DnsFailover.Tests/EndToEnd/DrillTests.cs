using System.Net;
using System.Text.RegularExpressions;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Tests.Api;
using DnsFailover.Tests.Cli;
using DnsFailover.Tests.Notifications;
using DnsFailover.Tests.Providers;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>The way out and back is tried: on a canary at a real BIND, and on a service itself.</summary>
public sealed class DrillTests
{
    private const string Name = "api.example.test";
    private const string Canary = "dnsfailover-drill.api.example.test";
    private const string Primary = "127.0.0.2";
    private const string Standby = "127.0.0.3";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_canary_at_BIND_goes_to_the_standby_and_back_and_the_figures_add_up()
    {
        await using var named = await NamedServer.StartAsync("example.test", new NamedOptions { Records = $"api 30 IN A {Primary}" }, Ended);
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        await using var slack = await Receiver.StartAsync();
        using var place = new Workplace();
        place.Write(File(Workplace.Rfc2136(named), primary, standby, "notifications: {slack: {webhook: \"${SLACK_WEBHOOK}\"}}"));
        await using var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, [("TSIG_SECRET", named.KeySecret), ("SLACK_WEBHOOK", slack.Url)]);
        await daemon.SaysAsync("is Up", times: 2);
        await using var watch = await NameWatch.StartAsync(named.EndPoint, Canary);

        var run = await DrillAsync(place);

        Assert.True(run.ExitCode == 0, run.Output + run.Errors + daemon.Said);
        Assert.Contains("moves as if primary were down, and back.", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  \+.* standby \(127\.0\.0\.3\): status 200", run.Output);
        Assert.Matches($@"(?m)^ ?verify\s+{Regex.Escape(named.EndPoint.ToString())}\s+[0-9.]+ m?s", run.Output);
        Assert.Matches(@"(?m)^PASS: dnsfailover-drill\.api\.example\.test, in place of api\.example\.test, was answered with standby \(127\.0\.0\.3\) everywhere .* \(at most 10 s\)", run.Output);
        await watch.ShowsAsync(Primary, () => daemon.Said);
        Assert.Equal([$"30 {Primary}", $"30 {Standby}", $"30 {Primary}"], (await named.HistoryAsync(Canary, "A", Ended)).Select(change => Assert.Single(change.Added)));
        Assert.Equal("NXDOMAIN", watch.Answers[0]);
        Assert.All(watch.Answers.Skip(1), answer => Assert.Contains(answer, new[] { Primary, Standby })); // which of them are seen depends on when it asks
        Assert.Equal([$"30 {Primary}"], await named.DigAsync(Name, "A", Ended));
        Assert.Equal([$"30 {Primary}"], await named.DigAsync(Canary, "A", Ended));
        await slack.WaitForAsync(1);
        Assert.Contains("the drill of api.example.test passed", slack.Requests[0].Body, StringComparison.Ordinal);
        Assert.Matches(@"last drill, ended .*: drill 1 passed: ", (await RunAsync(place, "status", Name)).Output);

        await daemon.SignalAsync("TERM");
        Assert.Equal(0, await daemon.EndsAsync());
        var entries = await place.JournalAsync();
        Assert.Empty(entries.OfType<IntentRecorded>());
        Assert.Equal(3, entries.OfType<DrillIntended>().Count());
        var report = Assert.Single(entries.OfType<DrillEnded>()).Report;
        Assert.Equal(DrillResult.Passed, report.Result);
        var answered = report.Phases.Single(phase => phase.What == "answered");
        Assert.True(report.Phases.Where(phase => phase.What is "decide" or "write").Sum(phase => phase.Took!.Value.Ticks) <= answered.Took!.Value.Ticks && answered.Took < report.Took, string.Join('\n', report.Phases.Select(phase => phase.Sentence)));
    }

    [Fact]
    public async Task A_daemon_that_is_killed_in_the_middle_brings_the_canary_back_and_a_name_server_that_does_not_follow_is_named()
    {
        var records = new NamedOptions { Records = $"api 30 IN A {Primary}\ndnsfailover-drill.api 30 IN A {Primary}" };
        await using var named = await NamedServer.StartAsync("example.test", records, Ended);
        await using var deaf = await NamedServer.StartAsync("example.test", records, Ended); // a name server of the zone that is never told
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        using var place = new Workplace();
        var provider = Workplace.Rfc2136(named).Replace($"nameServers: [\"{named.EndPoint}\"]", $"nameServers: [\"{named.EndPoint}\", \"{deaf.EndPoint}\"]", StringComparison.Ordinal);
        place.Write(File(provider, primary, standby));
        (string, string)[] environment = [("TSIG_SECRET", named.KeySecret)];
        await using (var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, environment))
        {
            await daemon.SaysAsync("is Up", times: 2);
            using var socket = new DaemonSocket(place.Data);
            var begun = await socket.AskAsync("POST", $"services/{Name}/drill", """{"actor":"alice"}""");
            Assert.True(begun.Status == 200, begun.Body.GetRawText());
            await Eventually.HoldsAsync(async () => await named.DigAsync(Canary, "A", Ended) is [$"30 {Standby}"], () => $"the canary at the standby; it said\n{daemon.Said}");
            await daemon.KillAsync();
        }

        await using var next = await DaemonProcess.RunAsync(place.Config, place.Data, environment);
        await Eventually.HoldsAsync(async () => await named.DigAsync(Canary, "A", Ended) is [$"30 {Primary}"], () => $"the canary is back; it said\n{next.Said}");
        await next.SaysAsync("drill 1 failed: the daemon was stopped in the middle of it");

        var run = await DrillAsync(place);
        Assert.True(run.ExitCode == 1, run.Output + run.Errors + next.Said);
        Assert.Contains($"FAIL: not every name server of dns answers it: {deaf.EndPoint} still answers {Primary} after ", run.Output, StringComparison.Ordinal);
        Assert.Equal([$"30 {Primary}"], await named.DigAsync(Canary, "A", Ended));
    }

    [Fact]
    public async Task Who_waits_for_a_drill_hears_how_it_ended_though_the_daemon_is_killed_in_the_middle()
    {
        var records = new NamedOptions { Records = $"api 30 IN A {Primary}\ndnsfailover-drill.api 30 IN A {Primary}" };
        await using var named = await NamedServer.StartAsync("example.test", records, Ended);
        await using var deaf = await NamedServer.StartAsync("example.test", records, Ended); // it is waited for, so that there is a middle
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        using var place = new Workplace();
        place.Write(File(Workplace.Rfc2136(named).Replace($"nameServers: [\"{named.EndPoint}\"]", $"nameServers: [\"{named.EndPoint}\", \"{deaf.EndPoint}\"]", StringComparison.Ordinal), primary, standby));
        (string, string)[] environment = [("TSIG_SECRET", named.KeySecret)];
        Task<CommandRun> drill;
        await using (var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, environment))
        {
            await daemon.SaysAsync("is Up", times: 2);
            drill = DrillAsync(place);
            await Eventually.HoldsAsync(async () => await named.DigAsync(Canary, "A", Ended) is [$"30 {Standby}"], () => $"the canary at the standby; it said\n{daemon.Said}");
            await daemon.KillAsync();
        }

        await using var next = await DaemonProcess.RunAsync(place.Config, place.Data, environment);
        var run = await drill;

        Assert.True(run.ExitCode == 1, run.Output + run.Errors + next.Said);
        Assert.Contains("FAIL: the daemon was stopped in the middle of it.", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"the daemon does not answer in the middle of drill 1 \(.*\)\. Its next start brings back what was moved; that is waited for, for 2 min", run.Errors);
        Assert.Equal([$"30 {Primary}"], await named.DigAsync(Canary, "A", Ended));
    }

    [Fact]
    public async Task What_is_overdue_is_told_and_the_drill_of_the_schedule_ends_that()
    {
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        using var place = new Workplace();
        await using (var journal = SqliteJournal.Open(place.Data, [], TimeProvider.System, NullLogger<SqliteJournal>.Instance))
        {
            await journal.WriteAsync([new DrillExpected { At = DateTimeOffset.UtcNow.AddDays(-40), Service = DnsName.Parse(Name) }], [], Ended);
        }

        // At one second of every minute: soon, and again in case that this one is missed.
        var provider = $$"""{type: builtin, zone: example.test, listen: "{{FreePort.EndPoint()}}"}""";
        place.Write(File(provider, primary, standby, extra: "drill: {overdueAfter: 35d}"));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.TellsAsync(AlertKind.DrillFailed, "a drill of api.example.test is overdue");
        Assert.Contains("none has passed since they are expected", daemon.Alerts.Single(alert => alert.Kind == AlertKind.DrillFailed).Reason, StringComparison.Ordinal);
        Assert.Equal(("1", null), await MetricsAsync());

        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        place.Write(File(provider, primary, standby, extra: $"drill: {{schedule: \"{(DateTimeOffset.UtcNow.Second + 5) % 60} * * * * ?\", overdueAfter: 35d}}"));
        await daemon.TellsAsync(AlertKind.DrillPassed, "the drill of api.example.test passed");

        var began = daemon.Entries.OfType<DrillBegan>().First();
        Assert.True(began is { Actor: null, Live: false }, began.Sentence);
        await daemon.UntilAsync(() => !daemon.Service(Name).Conditions.Values.Any(condition => condition.Kind == AlertKind.DrillFailed), "nothing is overdue any more");
        Assert.Contains(daemon.Alerts, alert => alert.Kind == AlertKind.Recovered && alert.Title.Contains("a drill has passed", StringComparison.Ordinal));
        Assert.Equal(("0", "1"), await MetricsAsync());

        async Task<(string? Overdue, string? LastResult)> MetricsAsync()
        {
            using var socket = new DaemonSocket(place.Data);
            var text = await socket.MetricsAsync();
            return (Value("dnsfailover_drill_overdue"), Value("dnsfailover_drill_last_result"));

            string? Value(string metric) => Regex.Match(text, $@"(?m)^{metric}\{{service=""{Regex.Escape(Name)}""\}} (?<value>\S+)$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)) is { Success: true } found ? found.Groups["value"].Value : null;
        }
    }

    [Fact]
    public async Task A_canary_that_somebody_uses_is_refused_and_untouched_and_so_is_a_drill_without_a_standby()
    {
        await using var named = await NamedServer.StartAsync("example.test", new NamedOptions { Records = $"api 30 IN A {Primary}\ndnsfailover-drill.api 300 IN A 203.0.113.9" }, Ended);
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        using var place = new Workplace();
        place.Write(File(Workplace.Rfc2136(named), primary, standby));
        await using var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, [("TSIG_SECRET", named.KeySecret)]);
        await daemon.SaysAsync("is Up", times: 2);

        var foreign = await DrillAsync(place);
        Assert.Equal(1, foreign.ExitCode);
        Assert.Contains($"FAIL: the A record of {Canary} holds 203.0.113.9, which no endpoint declares", foreign.Output, StringComparison.Ordinal);
        Assert.Equal(["300 203.0.113.9"], await named.DigAsync(Canary, "A", Ended));

        await standby.KillAsync();
        await daemon.SaysAsync("standby (127.0.0.3) is Down");
        var refused = await DrillAsync(place);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("no standby is ready: if primary were down, the A records would stay where they are (", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(["300 203.0.113.9"], await named.DigAsync(Canary, "A", Ended));
        await daemon.SignalAsync("TERM");
        Assert.Equal(0, await daemon.EndsAsync());
        Assert.Empty((await place.JournalAsync()).OfType<DrillIntended>());
    }

    [Fact]
    public async Task A_live_drill_moves_the_name_and_brings_it_back_and_is_only_made_when_it_is_meant()
    {
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        using var place = new Workplace();
        var server = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        place.Write(File($$"""{type: builtin, zone: example.test, listen: "{{server}}"}""", primary, standby, extra: "failback: manual"));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(server, Name);

        var unsaid = await DrillAsync(place, "--live");
        Assert.Equal(1, unsaid.ExitCode);
        Assert.Contains("say that you mean now with --yes", unsaid.Errors, StringComparison.Ordinal);
        var run = await DrillAsync(place, "--live", "--yes");

        Assert.True(run.ExitCode == 0, run.Output + run.Errors + daemon.Story());
        Assert.Contains("PASS: api.example.test was answered with standby (127.0.0.3) everywhere ", run.Output, StringComparison.Ordinal);
        await watch.ShowsAsync(Primary, daemon.Story);
        Assert.Equal([Primary, Standby, Primary], daemon.Entries.OfType<IntentRecorded>().Select(intent => Assert.Single(Assert.Single(intent.Change.Changes).After.Values).Data));
        Assert.All(watch.Answers, answer => Assert.Contains(answer, new[] { Primary, Standby })); // which of them are seen depends on when it asks
        Assert.Empty(daemon.State.Overrides);
        Assert.Equal([AlertKind.DrillPassed], daemon.Alerts.Where(alert => alert.Kind != AlertKind.Shift).Select(alert => alert.Kind)); // the first record of the name was told before

        var canary = (await RunAsync(place, "drill", Name, "--json")).Json;
        Assert.Equal(("passed", Canary), (canary.GetProperty("result").GetString(), canary.GetProperty("name").GetString()));
        Assert.Equal(Primary, watch.Answers[^1]);
        Assert.Equal(3, daemon.Entries.OfType<IntentRecorded>().Count());
    }

    [Fact]
    public async Task The_API_says_what_is_wrong_with_a_request_and_what_the_last_drills_showed()
    {
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        using var place = new Workplace();
        place.Write(File($$"""{type: builtin, zone: example.test, listen: "{{FreePort.EndPoint()}}"}""", primary, standby, extra: "drill: {schedule: \"0 0 4 ? * MON\", overdueAfter: 35d}"));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        using var socket = new DaemonSocket(place.Data);

        Assert.Equal(400, (await socket.RefusedAsync("POST", $"services/{Name}/drill", """{"lives":true}""")).Status);
        Assert.Equal(404, (await socket.RefusedAsync("POST", $"services/{Name}/drill", """{"actor":"alice","endpoint":"third"}""")).Status);
        Assert.Equal(404, (await socket.RefusedAsync("POST", "services/www.example.test/drill", """{"actor":"alice"}""")).Status);
        var before = (await socket.AskAsync("GET", $"services/{Name}/drills")).Body;
        Assert.Equal((Canary, 0), (before.GetProperty("canary").GetString(), before.GetProperty("reports").GetArrayLength()));
        Assert.True(before.TryGetProperty("next", out _) && before.TryGetProperty("overdueAt", out _) && !before.TryGetProperty("lastPassedAt", out _));
        Assert.Contains("drill on dnsfailover-drill.api.example.test: 0 0 4 ? * MON, next Mon ", (await RunAsync(place, "validate")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await DrillAsync(place)).ExitCode);
        var after = (await socket.AskAsync("GET", $"services/{Name}/drills")).Body;
        Assert.Equal("passed", after.GetProperty("reports")[0].GetProperty("result").GetString());
        Assert.True(after.TryGetProperty("lastPassedAt", out _));
        var service = (await socket.AskAsync("GET", $"services/{Name}")).Body;
        Assert.True(service.GetProperty("drill").GetProperty("passed").GetBoolean() && service.TryGetProperty("nextDrillAt", out _));
    }

    private static string File(string provider, WebEndpoint primary, WebEndpoint standby, string top = "reconcileInterval: 5m", string extra = "ttl: 30s") => $$"""
        providers:
          dns: {{provider}}
        {{top}}
        defaults: { {{Workplace.Quick}} }
        services:
          - name: {{Name}}
            {{extra}}
            endpoints:
              - {{primary.Yaml("primary")}}
              - {{standby.Yaml("standby")}}
        """;

    private static Task<CommandRun> DrillAsync(Workplace place, params string[] arguments) => RunAsync(place, ["drill", Name, "--actor", "alice@laptop", .. arguments]);

    private static Task<CommandRun> RunAsync(Workplace place, params string[] arguments) => CommandRun.OfAsync([.. arguments, "--config", place.Config, .. arguments[0] == "validate" ? Array.Empty<string>() : ["--data", place.Data]]);
}
