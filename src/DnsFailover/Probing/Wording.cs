using System.Globalization;
using System.Text;

namespace DnsFailover.Probing;

/// <summary>How durations and foreign text appear in the reasons of observations.</summary>
internal static class Wording
{
    /// <summary>The longest piece of a body that a reason quotes, in characters.</summary>
    public const int SnippetLength = 80;

    /// <summary>A long span in its largest whole unit, rounded down: <c>3 days</c>, <c>1 hour</c>, <c>5 minutes</c>.</summary>
    public static string LongSpan(TimeSpan span)
    {
        var (count, unit) = Unit(span);
        return count == 1 ? $"1 {unit}" : $"{count} {unit}s";
    }

    /// <summary>
    /// What is left against what is asked for, the unit said once when it is the same: <c>expires in 5 days, 14 required</c>.
    /// </summary>
    public static string ExpiresIn(TimeSpan left, TimeSpan required)
    {
        var (needed, unit) = Unit(required);
        return $"expires in {LongSpan(left)}, {(unit == Unit(left).Unit ? $"{needed}" : LongSpan(required))} required";
    }

    /// <summary>
    /// Makes text from the network fit for a log line: control and formatting characters (which could forge lines or
    /// reverse what a reader sees) become blanks, runs of blanks become one, and the rest after the limit an ellipsis.
    /// </summary>
    public static string Clean(string text, int limit = SnippetLength)
    {
        var clean = new StringBuilder(Math.Min(text.Length, limit) + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            var visible = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
            if (!visible && (clean.Length == 0 || clean[^1] == ' '))
            {
                continue;
            }

            if (clean.Length + rune.Utf16SequenceLength > limit)
            {
                return clean.ToString().TrimEnd() + "…";
            }

            clean.Append(visible ? rune.ToString() : " ");
        }

        return clean.ToString().TrimEnd();
    }

    private static (long Count, string Unit) Unit(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => ((long)span.TotalDays, "day"),
        { TotalHours: >= 1 } => ((long)span.TotalHours, "hour"),
        { TotalMinutes: >= 1 } => ((long)span.TotalMinutes, "minute"),
        _ => (Math.Max(1, (long)span.TotalSeconds), "second"),
    };
}
