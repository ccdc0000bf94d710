using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What people are told, as text that a test can hold word by word. Who changes a sentence changes it there.</summary>
internal static class Sentences
{
    /// <summary>Title, reason and what to do next of each alert.</summary>
    public static void Told(Watch watch, string expected) => Same(expected, string.Join('\n', watch.Alerts.Select(Line)));

    /// <summary>The sentence of each journal entry besides changes of health.</summary>
    public static void Recorded(Watch watch, string expected) => Same(expected, string.Join('\n', watch.Journal.Where(entry => entry is not HealthChanged).Select(entry => entry.Sentence)));

    /// <summary>Shows the whole text when it differs.</summary>
    public static void Same(string expected, string actual) => Assert.True(expected == actual, $"«\n{actual}\n»");

    private static string Line(Alert alert) => string.Concat(
        alert.Kind,
        $" | {alert.Title} | {alert.Reason} | {alert.Next}",
        alert.From is null ? string.Empty : $" | from {alert.From}",
        alert.To is null ? string.Empty : $" | to {alert.To}",
        alert.Downtime is { } downtime ? $" | {Text.Of(downtime)}" : string.Empty);
}
