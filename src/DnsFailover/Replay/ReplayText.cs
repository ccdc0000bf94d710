using System.Globalization;
using DnsFailover.Core;
using DnsFailover.Explain;

namespace DnsFailover.Replay;

/// <summary>A report of a replay as lines for a person.</summary>
internal static class ReplayText
{
    /// <summary>The lines.</summary>
    public static IEnumerable<string> Lines(ReplayReport report, string config, string journal, TimeZoneInfo zone)
    {
        yield return $"{config} against what {journal} recorded from {Moment.Of(report.From, zone)} to {Moment.Of(report.Until, zone)} ({Text.Of(report.Until - report.From)}): {report.Observations.ToString("N0", CultureInfo.InvariantCulture)} observations of {Count(report.Services.Count, "service")}";
        foreach (var sentence in ReplayHeadline.Sentences(report, Path.GetFileName(config)))
        {
            yield return sentence;
        }

        foreach (var service in report.Services)
        {
            yield return string.Empty;
            yield return service.ToString();
            var switches = report.Switches.Where(one => one.Service == service).ToList();
            foreach (var one in switches)
            {
                yield return $"  {one.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}  {(one.Recorded ?? one.Replayed)!.Title}: {Became(one)}";
                if (one.Reason is { } reason && one.Verdict != ReplayVerdict.Not)
                {
                    yield return $"                       {reason}";
                }
            }

            if (switches.Count == 0)
            {
                yield return "  no switch in the record, and none in the replay";
            }
        }

        yield return string.Empty;
        yield return Summary(report);
        foreach (var note in report.Notes)
        {
            yield return $"Note: {note}.";
        }
    }

    private static string Became(ReplayedSwitch one) => one.Verdict switch
    {
        ReplayVerdict.Same => $"the same{(one.Shift.Duration() < TimeSpan.FromMilliseconds(1) ? string.Empty : $" ({Shifted(one.Shift)})")}",
        ReplayVerdict.Later or ReplayVerdict.Earlier => $"would have happened {Shifted(one.Shift)}, at {one.Replayed!.At.UtcDateTime:HH:mm:ss}",
        ReplayVerdict.Not => $"would not have happened: {one.Reason}",
        _ => "additional: it did not happen, and would have",
    };

    private static string Shifted(TimeSpan shift) => $"{Text.Of(shift.Duration())} {(shift < TimeSpan.Zero ? "earlier" : "later")}";

    private static string Summary(ReplayReport report)
    {
        var counts = report.Switches.ToLookup(one => one.Verdict);
        var recorded = report.Switches.Count - counts[ReplayVerdict.Additional].Count();
        var farthest = counts[ReplayVerdict.Same].Select(one => one.Shift.Duration()).DefaultIfEmpty().Max();
        var parts = new[]
        {
            (ReplayVerdict.Same, $"the same{(farthest > TimeSpan.Zero ? $" (to within {Text.Of(farthest)})" : string.Empty)}"),
            (ReplayVerdict.Later, "later"), (ReplayVerdict.Earlier, "earlier"), (ReplayVerdict.Not, "not"),
        }.Select(part => (Count: counts[part.Item1].Count(), part.Item2)).Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Item2}");
        var additional = counts[ReplayVerdict.Additional].Count();
        var verdict = recorded == 0 ? string.Empty : $": {string.Join(", ", parts)}";
        return $"{Count(recorded, "recorded switch")}{verdict}; {(additional == 0 ? "none" : additional.ToString(CultureInfo.InvariantCulture))} additional. To see how far a replay of this record can be relied on, replay the configuration of that time: each switch should be the same.";
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}{(what.EndsWith('h') ? "es" : "s")}";
}
