using System.Net;
using System.Text;
using DnsFailover.Configuration;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Records;
using DnsFailover.Demo;
using DnsFailover.Dns;
using DnsFailover.Hosting;
using DnsFailover.Notifications;
using Microsoft.Extensions.Logging.Abstractions;
using Color = Spectre.Console.Color;

namespace DnsFailover.Cli;

/// <summary>
/// <c>dnsfailover demo</c>: the real daemon with the builtin DNS server steers a name between two real web servers,
/// one of which is killed and brought back. Every step is checked, the answers with real DNS queries.
/// </summary>
internal static class DemoCommand
{
    private static readonly DnsName Name = DnsName.Parse("api.demo.example");

    /// <summary>No single step takes longer.</summary>
    private static readonly TimeSpan StepBound = TimeSpan.FromSeconds(10);

    /// <summary>How long each stage stays to be looked at.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Runs the whole cycle. Exit code 0 only when each step was observed.</summary>
    public static async Task<int> RunAsync(bool keep, Terminal terminal, CancellationToken cancellationToken)
    {
        await using var primary = new DemoEndpoint("primary", IPAddress.Parse("127.0.0.1"));
        await using var standby = new DemoEndpoint("standby", IPAddress.Parse("127.0.0.2"));
        await StartAsync(primary, cancellationToken);
        await StartAsync(standby, cancellationToken);

        var configuration = Configuration(primary, standby, terminal);
        var timeline = new DemoTimeline(terminal, primary.Name);
        await using var daemon = await Daemon.StartAsync(configuration, new DaemonSettings { DataDirectory = null, Loggers = NullLoggerFactory.Instance, Observers = [timeline] }, cancellationToken);
        var server = (await daemon.Providers.Find("embedded").Provider.AuthoritativeServersAsync(cancellationToken))[0];
        terminal.Line($"Watch it from another terminal:  dig @{server.Address} -p {server.Port} {Name} +short");
        if (daemon.Addresses is [var page, ..])
        {
            terminal.Line($"and in a browser:                {page}");
        }

        terminal.Line();
        try
        {
            await PlayAsync(primary, standby, server, timeline, cancellationToken);
        }
        catch (TimeoutException)
        {
            var missing = Enum.GetValues<Milestone>().First(milestone => !timeline.Has(milestone));
            terminal.Complain($"The demo failed: the step '{missing}' was not observed within {Text.Of(StepBound)}.");
            return ExitCode.Failed;
        }
        catch (DnsAnswerException e)
        {
            terminal.Complain($"The demo failed: {e.Message}");
            return ExitCode.Failed;
        }

        Summarize(timeline, terminal);
        if (keep)
        {
            await KeepAsync(primary, standby, terminal, cancellationToken);
        }

        return ExitCode.Ok;
    }

    private static async Task PlayAsync(DemoEndpoint primary, DemoEndpoint standby, IPEndPoint server, DemoTimeline timeline, CancellationToken cancellationToken)
    {
        await timeline.ReachAsync(Milestone.AllUp, StepBound, cancellationToken);
        await timeline.ReachAsync(Milestone.Published, StepBound, cancellationToken);
        await AskAsync(server, primary, timeline, cancellationToken);
        await Task.Delay(Pause, cancellationToken);

        await primary.KillAsync();
        timeline.Say("KILLED", $"the primary at {primary.Address}:{primary.Port} is gone", Color.Red);
        await timeline.ReachAsync(Milestone.Suspected, StepBound, cancellationToken);
        await timeline.ReachAsync(Milestone.Down, StepBound, cancellationToken);
        await timeline.ReachAsync(Milestone.Switched, StepBound, cancellationToken);
        await timeline.ReachAsync(Milestone.Verified, StepBound, cancellationToken);
        await AskAsync(server, standby, timeline, cancellationToken);
        await Task.Delay(Pause, cancellationToken);

        await primary.StartAsync(cancellationToken);
        timeline.Say("RESTARTED", $"the primary at {primary.Address}:{primary.Port} is back", Color.Green);
        await timeline.ReachAsync(Milestone.Back, StepBound, cancellationToken);
        await timeline.ReachAsync(Milestone.FailedBack, StepBound, cancellationToken);
        await AskAsync(server, primary, timeline, cancellationToken);
    }

    /// <summary>Asks the server as any resolver would.</summary>
    /// <exception cref="DnsAnswerException">The answer is not the address of that endpoint.</exception>
    private static async Task AskAsync(IPEndPoint server, DemoEndpoint expected, DemoTimeline timeline, CancellationToken cancellationToken)
    {
        var reply = await new DnsClient(TimeProvider.System).QueryAsync(server, Name, DnsType.A, TimeSpan.FromSeconds(2), cancellationToken);
        var answer = string.Join(", ", reply.Answers.Select(record => record.Data));
        if (answer != expected.Address.ToString())
        {
            throw new DnsAnswerException($"{Name} should be {expected.Address} ({expected.Name}) now, and {server} answers '{answer}'");
        }

        timeline.Say("query", $"{Name} A? {server} answers {answer}, the {expected.Name}", Color.Aqua);
    }

    private static DaemonConfiguration Configuration(DemoEndpoint primary, DemoEndpoint standby, Terminal terminal)
    {
        var text = $$"""
            providers:
              embedded: {type: builtin, zone: demo.example, listen: "127.0.0.1:0"}
            services:
              - name: {{Name}}
                ttl: 5s
                check: {type: http, path: /}
                interval: 1s
                timeout: 500ms
                fastInterval: 200ms
                failback: {mode: auto, delay: 2s}
                minActiveTime: 1s
                endpoints:
                  - {name: {{primary.Name}}, addresses: [{{primary.Address}}], check: {port: {{primary.Port}} } }
                  - {name: {{standby.Name}}, addresses: [{{standby.Address}}], check: {port: {{standby.Port}} } }
            """;
        terminal.Line("The daemon runs with this configuration:");
        terminal.Line();
        terminal.Line(text);
        terminal.Line();
        var result = ConfigurationLoader.Parse("demo.yaml", Encoding.UTF8.GetBytes(text), ProcessSurroundings.Instance);
        return result.Configuration ?? throw new BadInputException(string.Join("\n", result.Problems));
    }

    private static async Task StartAsync(DemoEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await endpoint.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            var hint = OperatingSystem.IsMacOS() ? $" Add the address first: sudo ifconfig lo0 alias {endpoint.Address}" : string.Empty;
            throw new BadInputException($"the demo cannot listen at {endpoint.Address}: {e.Message}.{hint}", e);
        }
    }

    private static void Summarize(DemoTimeline timeline, Terminal terminal)
    {
        terminal.Line();
        terminal.Line("What Slack would have been told of the failover:");
        terminal.Line();
        terminal.Line(AlertText.Full(timeline.FailoverAlert!));
        terminal.Line();
        terminal.Table(["", "detected in", "decided in", "written in", "verified in", "verdict to answer"], new[] { ("failover", timeline.Failover!), ("failback", timeline.Failback!) }.Select(row => new[]
        {
            row.Item1,
            row.Item2.Detection is { } detection ? Text.Of(detection) : "-",
            Text.Of(row.Item2.Decision),
            Text.Of(row.Item2.Write),
            row.Item2.Verification is { } verification ? Text.Of(verification) : "-",
            Text.Of(VerdictToAnswer(row.Item2)),
        }));
        terminal.Line();
        terminal.Line("Every step was observed: up, killed, suspected, down, switched, verified, back, failed back.", Color.Green);
    }

    private static TimeSpan VerdictToAnswer(SwitchTimings timings) => timings.Decision + timings.Write + (timings.Verification ?? TimeSpan.Zero);

    private static async Task KeepAsync(DemoEndpoint primary, DemoEndpoint standby, Terminal terminal, CancellationToken cancellationToken)
    {
        terminal.Line($"Still running: http://{primary.Address}:{primary.Port} and http://{standby.Address}:{standby.Port}. Ctrl+C ends it.");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }
    }

    private sealed class DnsAnswerException(string message) : Exception(message);
}
