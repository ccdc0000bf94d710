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

        var (shown, report) = (0, (DrillReportDocument?)null);
        while (report is null)
        {
            var drills = await client.GetAsync($"{address}/drills", ReplyContext.Default.DrillsDocument, cancellationToken);
            if (drills.Progress is { } progress && progress.Number == begun.Number && !settings.Json)
            {
                foreach (var line in progress.Lines.Skip(shown))
                {
                    terminal.Line($"  {line}");
                }

                shown = Math.Max(shown, progress.Lines.Count);
            }

            report = drills.Reports.FirstOrDefault(ended => ended.Number == begun.Number);
            if (report is null)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }

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
