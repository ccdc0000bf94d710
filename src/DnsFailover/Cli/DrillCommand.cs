using System.Text.Json;
using DnsFailover.Api;
using DnsFailover.Core;
using Color = Spectre.Console.Color;

namespace DnsFailover.Cli;

/// <summary>What is asked of a drill.</summary>
internal sealed record DrillSettings(string Service, bool Live, string? Endpoint, bool Yes, string? Actor, bool Json);

/// <summary><c>dnsfailover drill</c>: begins one, shows how it goes, and waits for its end.</summary>
internal static class DrillCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>So long a daemon that was stopped may take to be there again: longer than its own stop and a slow start.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>A daemon that answers and neither makes the drill nor has its report for so long has forgotten it.</summary>
    private static readonly TimeSpan Forgetful = TimeSpan.FromSeconds(10);

    /// <summary>Runs it.</summary>
    /// <returns>0 when it passed, 1 when it failed or was refused.</returns>
    public static async Task<int> RunAsync(DaemonPlace place, DrillSettings settings, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        using var client = ControlClient.Of(place);
        var address = $"services/{Uri.EscapeDataString(settings.Service)}";
        var begun = await client.PostAsync(
            $"{address}/drill",
            new DrillRequestDocument { Live = settings.Live, Endpoint = settings.Endpoint, Yes = settings.Yes, Actor = settings.Actor ?? OverrideCommand.Me() },
            DrillRequestContext.Default.DrillRequestDocument,
            ReplyContext.Default.DrillBegunDocument,
            cancellationToken);
        if (!settings.Json)
        {
            terminal.Line(begun.Says);
        }

        var report = await FollowAsync(client, $"{address}/drills", begun.Number, settings, terminal, time, cancellationToken);
        if (settings.Json)
        {
            terminal.Json(JsonSerializer.SerializeToNode(report, ReplyContext.Default.DrillReportDocument)!);
        }
        else
        {
            Print(report, terminal);
        }

        return report.Result == "passed" ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>Shows how it goes, until it is over. A daemon that is started again in the middle brings the name back, and its report is waited for.</summary>
    private static async Task<DrillReportDocument> FollowAsync(ControlClient client, string address, long number, DrillSettings settings, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        var (shown, answeredAt, knownAt, isGone) = (0, time.GetTimestamp(), time.GetTimestamp(), false);
        while (true)
        {
            try
            {
                var drills = await client.GetAsync(address, ReplyContext.Default.DrillsDocument, cancellationToken);
                (answeredAt, isGone) = (time.GetTimestamp(), false);
                if (drills.Progress is { } progress && progress.Number == number)
                {
                    knownAt = answeredAt;
                    foreach (var line in settings.Json ? [] : progress.Lines.Skip(shown <= progress.Lines.Count ? shown : 0))
                    {
                        terminal.Line($"  {line}");
                    }

                    shown = progress.Lines.Count;
                }

                if (drills.Reports.FirstOrDefault(ended => ended.Number == number) is { } report)
                {
                    return report;
                }

                if (time.GetElapsedTime(knownAt) > Forgetful)
                {
                    throw new BadInputException($"the daemon knows nothing of drill {number}: it was started again with another journal, or with none. What was moved for it is where it was then: look with 'dnsfailover status {settings.Service}' and 'dnsfailover doctor'");
                }
            }
            catch (Exception e) when (e is NotReachedException or RefusedException)
            {
                if (!isGone)
                {
                    terminal.Complain($"the daemon does not answer in the middle of drill {number} ({e.Message.Split('\n')[0]}). Its next start brings back what was moved; that is waited for, for {Text.Of(Patience)}");
                    isGone = true;
                }

                if (time.GetElapsedTime(answeredAt) > Patience)
                {
                    throw new RefusedException($"how drill {number} ended is not known, since the daemon did not come back within {Text.Of(Patience)}. {(settings.Live ? $"{settings.Service} may be away from its preferred endpoint; its users are served there" : "Only the canary may be away from where it was, and nobody uses that")}. Start the daemon: it brings that back, and 'dnsfailover status {settings.Service}' shows the report");
                }

                knownAt = time.GetTimestamp();
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private static void Print(DrillReportDocument report, Terminal terminal)
    {
        terminal.Line();
        terminal.Table(
            ["step", "at", "took", "at the most", string.Empty, "what"],
            report.Phases.Select(phase => new[] { phase.What, phase.Where ?? string.Empty, Length(phase.Seconds) ?? "not done", Length(phase.BoundSeconds) ?? string.Empty, phase.Ok ? "ok" : "FAIL", phase.Says }));
        terminal.Line();
        var passed = report.Result == "passed";
        terminal.Line($"{(passed ? "PASS" : "FAIL")}: {report.Reason}.", passed ? Color.Green : Color.Red);
        if (!passed)
        {
            terminal.Line(report.Next);
        }
    }

    private static string? Length(double? seconds) => seconds is { } known ? Text.Of(TimeSpan.FromSeconds(known)) : null;
}
