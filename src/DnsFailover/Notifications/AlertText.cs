using System.Text;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;

namespace DnsFailover.Notifications;

/// <summary>An alert as plain text, for the console and wherever nothing richer is shown.</summary>
internal static class AlertText
{
    /// <summary>The whole alert, over several lines without a newline at the end.</summary>
    public static string Full(Alert alert)
    {
        var text = new StringBuilder(alert.Title);
        Line(text, "service: ", alert.Service?.ToString());
        Line(text, alert.From is null ? "served: " : string.Empty, FromTo(alert));
        Line(text, "why: ", alert.Reason);
        foreach (var sentence in alert.Evidence)
        {
            Line(text, "- ", sentence);
        }

        Line(text, string.Empty, Timings(alert.Timings));
        Line(text, "downtime: ", alert.Downtime is { } downtime ? Text.Of(downtime) : null);
        Line(text, "next: ", alert.Next);
        return text.ToString();
    }

    /// <summary><c>2026-07-29 12:00:00 UTC  title: reason</c>, on one line.</summary>
    public static string OneLine(Alert alert) => $"{At(alert.At)}  {alert.Title}: {alert.Reason}".ReplaceLineEndings(" ");

    /// <summary><c>railway (192.0.2.1) → render (198.51.100.1)</c>, or the half that is known; null without either.</summary>
    public static string? FromTo(Alert alert) => (alert.From, alert.To) switch
    {
        (null, null) => null,
        (null, { } to) => to,
        ({ } from, null) => from,
        var (from, to) => $"{from} → {to}",
    };

    /// <summary><c>detected in 2.1 s · decided in 12 ms · written in 40 ms · verified in 8 ms</c>; null without timings.</summary>
    public static string? Timings(SwitchTimings? timings) => timings is null
        ? null
        : string.Join(" · ", new[]
        {
            Part("detected", timings.Detection),
            Part("decided", timings.Decision),
            Part("written", timings.Write),
            Part("verified", timings.Verification),
        }.OfType<string>());

    /// <summary>A moment in UTC, to the second.</summary>
    public static string At(DateTimeOffset at) => $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";

    private static string? Part(string verb, TimeSpan? duration) => duration is { } known ? $"{verb} in {Text.Of(known)}" : null;

    private static void Line(StringBuilder text, string label, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            text.Append('\n').Append("  ").Append(label).Append(value);
        }
    }
}
