using System.Globalization;
using DnsFailover.Core;
using DnsFailover.Core.Decisions;

namespace DnsFailover.Replay;

/// <summary>
/// What a configuration changes, in a sentence: <c>With fall 5 the 14:02 failover would not have happened; the 09:10 one 40 s later.</c>
/// What was changed and is known to make the difference is named, else the file.
/// </summary>
internal static class ReplayHeadline
{
    private const int Most = 6;

    private const string ForcedMove = "forced move";

    /// <summary>One sentence for each cause; none when nothing was recorded and nothing would have been.</summary>
    /// <param name="report">The report.</param>
    /// <param name="config">The name of the configuration's file.</param>
    public static IEnumerable<string> Sentences(ReplayReport report, string config)
    {
        if (report.Switches.Count == 0)
        {
            return [];
        }

        var changed = report.Switches.Where(one => one.IsTold).ToList();
        return changed.Count == 0
            ? [$"With {config} {(report.Switches.Count == 1 ? "the recorded switch" : "every recorded switch")} would have happened as it did{Within(report)}."]
            : changed.GroupBy(one => one.Because).OrderBy(group => group.Key is null).ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => Sentence(group.Key ?? config, group, report));
    }

    private static string Sentence(string cause, IEnumerable<ReplayedSwitch> switches, ReplayReport report)
    {
        var all = switches.OrderBy(one => Rank(one.Verdict)).ThenBy(one => one.At).ToList();
        var parts = new List<string>();
        (string What, ReplayVerdict Verdict)? before = null;
        foreach (var one in all.Take(Most))
        {
            var what = What((one.Recorded ?? one.Replayed)!.Intent.Decision);
            parts.Add(one.Verdict == ReplayVerdict.Additional
                ? $"there would have been a further {what} at {When(one, report)}{Of(one, report)}"
                : $"the {Which(what, before?.What == what, When(one, report))}{Of(one, report)}{Became(one, before?.Verdict)}");
            before = (what, one.Verdict);
        }

        var more = all.Count - parts.Count;
        return $"With {cause} {string.Join("; ", parts)}{(more > 0 ? $"; and {more} more {(more == 1 ? "change" : "changes")}" : string.Empty)}.";
    }

    /// <summary>The lines tell by how much each is off; who reads no further has to know as well.</summary>
    private static string Within(ReplayReport report) => report.Switches.Max(one => one.Shift.Duration()) is var farthest && farthest >= TimeSpan.FromMilliseconds(1) ? $", to within {Text.Of(farthest)}" : string.Empty;

    private static string What(DecisionKind decision) => decision == DecisionKind.Forced ? ForcedMove : Text.Of(decision);

    private static string Which(string what, bool isNamed, string when) => isNamed ? $"{when} one" : what == ForcedMove ? $"{what} of {when}" : $"{when} {what}";

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

    private static string Of(ReplayedSwitch one, ReplayReport report) => report.Services.Count > 1 ? $" of {one.Service}" : string.Empty;
}
