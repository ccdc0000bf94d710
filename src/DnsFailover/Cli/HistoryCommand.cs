using System.Globalization;
using System.Text.Json;
using DnsFailover.Api;
using DnsFailover.Core;

namespace DnsFailover.Cli;

/// <summary><c>dnsfailover history</c>: what was changed, and how long it took.</summary>
internal static class HistoryCommand
{
    private const int Most = 500;

    /// <summary>Prints the newest changes.</summary>
    public static async Task<int> RunAsync(DaemonPlace place, string? service, int limit, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > Most)
        {
            throw new BadInputException($"--limit: {limit} is out of range; expected 1 to {Most}");
        }

        using var client = ControlClient.Of(place);
        var history = await client.GetAsync($"history?limit={limit}{(service is null ? string.Empty : $"&service={Uri.EscapeDataString(service)}")}", ReplyContext.Default.HistoryDocument, cancellationToken);
        if (json)
        {
            terminal.Json(JsonSerializer.SerializeToNode(history, ReplyContext.Default.HistoryDocument)!);
            return ExitCode.Ok;
        }

        if (history.Switches.Count == 0)
        {
            terminal.Line($"No change {(service is null ? "is" : $"of {service} is")} recorded.");
            return ExitCode.Ok;
        }

        terminal.Table(
            ["when (UTC)", "service", "what", "from", "to", "ended", "detect", "decide", "write", "verify", "why"],
            history.Switches.Select(one => new[]
            {
                one.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), one.Service, one.Kind, one.From, one.To, one.Result ?? "not known yet",
                Of(one.Times.Detection), Of(one.Times.Decision), Of(one.Times.Write), Of(one.Times.Verification), one.Reason,
            }));
        if (history.Next is not null)
        {
            terminal.Line($"(there are more; --limit shows up to {Most})");
        }

        return ExitCode.Ok;
    }

    private static string Of(double? seconds) => seconds is { } some ? Text.Of(TimeSpan.FromSeconds(some)) : "-";
}
