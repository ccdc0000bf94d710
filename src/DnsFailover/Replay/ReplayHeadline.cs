using System.Globalization;
using DnsFailover.Core;

namespace DnsFailover.Replay;

/// <summary>
/// What a configuration changes, in a sentence: <c>With fall 5 the 14:02 failover would not have happened; the 09:10 one 40 s later.</c>
/// Where one setting is known to make the difference it is named, else the file.
/// </summary>
internal static class ReplayHeadline
{
    private const int Most = 6;

    /// <summary>One sentence for each cause; none when nothing was recorded and nothing would have been.</summary>
    /// <param name="report">The report.</param>
    /// <param name="config">The name of the configuration's file.</param>
    public static IEnumerable<string> Sentences(ReplayReport report, string config)
    {
        if (report.Switches.Count == 0)
        {
            return [];
        }

        var changed = report.Switches.Where(one => one.Verdict != ReplayVerdict.Same && !one.IsConsequence).ToList();
        return changed.Count == 0
            ? [$"With {config} {(report.Switches.Count == 1 ? "the recorded switch" : "every recorded switch")} would have happened as it did."]
            : changed.GroupBy(one => one.Because).OrderBy(group => group.Key is null).ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => Sentence(group.Key ?? config, group, report));
    }

    private static string Sentence(string cause, IEnumerable<ReplayedSwitch> switches, ReplayReport report)
    {
        var all = switches.OrderBy(one => Rank(one.Verdict)).ThenBy(one => one.At).ToList();
        var parts = new List<string>();
        (string What, ReplayVerdict Verdict)? before = null;
        foreach (var one in all.Take(Most))
        {
            var what = $"{(one.Recorded ?? one.Replayed)!.Intent.Decision}".ToLowerInvariant();
            parts.Add(one.Verdict == ReplayVerdict.Additional
                ? $"there would have been a further {what} at {When(one, report)}{Of(one, report)}"
                : $"the {When(one, report)} {(before?.What == what ? "one" : what)}{Of(one, report)}{Became(one, before?.Verdict)}");
            before = (what, one.Verdict);
        }

        var more = all.Count - parts.Count;
        return $"With {cause} {string.Join("; ", parts)}{(more > 0 ? $"; and {more} more changes" : string.Empty)}.";
    }

    /// <summary>What would not have happened is what one tries a setting for.</summary>
    private static int Rank(ReplayVerdict verdict) => verdict switch
    {
        ReplayVerdict.Not => 0,
        ReplayVerdict.Later => 1,
        ReplayVerdict.Earlier => 2,
        _ => 3,
    };

    private static string Became(ReplayedSwitch one, ReplayVerdict? before) => one.Verdict == ReplayVerdict.Not
        ? before == ReplayVerdict.Not ? " neither" : " would not have happened"
        : $"{(before is null ? " would have happened" : string.Empty)} {Text.Of(one.Shift.Duration())} {(one.Shift < TimeSpan.Zero ? "earlier" : "later")}";

    /// <summary>To the minute, unless two switches are in the same one; with the day where there are several.</summary>
    private static string When(ReplayedSwitch one, ReplayReport report)
    {
        var isAlone = report.Switches.Count(other => Minute(other) == Minute(one)) == 1;
        var day = report.From.UtcDateTime.Date == report.Until.UtcDateTime.Date ? string.Empty : "yyyy-MM-dd ";
        return one.At.UtcDateTime.ToString($"{day}{(isAlone ? "HH:mm" : "HH:mm:ss")}", CultureInfo.InvariantCulture);
    }

    private static long Minute(ReplayedSwitch one) => one.At.ToUnixTimeSeconds() / 60;

    private static string Of(ReplayedSwitch one, ReplayReport report) => report.Services.Count > 1 ? $" of {(one.Recorded ?? one.Replayed)!.Service}" : string.Empty;
}
