using System.Text;
using DnsFailover.Core.Alerts;

namespace DnsFailover.Notifications;

/// <summary>What of an alert is said in a few words, in the order in which a reader asks for it.</summary>
internal static class AlertFacts
{
    /// <summary>Each with a label; what does not apply is left out.</summary>
    public static IReadOnlyList<(string Label, string Value)> Of(Alert alert)
    {
        var facts = new List<(string, string)>();
        Add("Service", alert.Service?.ToString());
        Add(alert.From is not null && alert.To is not null ? "From → to" : "Served", AlertText.FromTo(alert));
        Add("Time", AlertText.Timings(alert.Timings));
        Add("Downtime", alert.Downtime is { } downtime ? Core.Text.Of(downtime) : null);
        return facts;

        void Add(string label, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                facts.Add((label, value));
            }
        }
    }

    /// <summary>The last line of a message: when, and which.</summary>
    public static string Footer(Alert alert, long id) => $"{AlertText.At(alert.At)} · dnsfailover · alert {id}";

    /// <summary>
    /// The text escaped character by character and cut so that it has at most <paramref name="limit"/> UTF-16
    /// characters. It never cuts through an escape or a character, and is never empty, because vendors refuse empty texts.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="limit">The most characters, escapes counted.</param>
    /// <param name="special">The characters that mean something there and get a backslash.</param>
    public static string Escape(string text, int limit, string special)
    {
        var escaped = new StringBuilder(Math.Min(text.Length, limit) + 8);
        var fits = 0;
        Span<char> units = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (escaped.Length < limit)
            {
                fits = escaped.Length;
            }

            if (rune.IsBmp && special.Contains((char)rune.Value, StringComparison.Ordinal))
            {
                escaped.Append('\\');
            }

            var plain = Rune.IsControl(rune) && rune.Value != '\n' ? new Rune(' ') : rune;
            escaped.Append(units[..plain.EncodeToUtf16(units)]);
            if (escaped.Length > limit)
            {
                escaped.Length = fits;
                return escaped.Append('…').ToString();
            }
        }

        // What is nothing but control characters is nothing but spaces by now.
        var result = escaped.ToString();
        return string.IsNullOrWhiteSpace(result) ? "–" : result;
    }

    /// <summary>Lines with a sign in front, each cut to <paramref name="lineLimit"/>, as many as fit; the rest are counted in a last one.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="lineLimit">The most characters of one, without its sign.</param>
    /// <param name="limit">The most characters of all.</param>
    /// <param name="special">As in <see cref="Escape"/>.</param>
    public static string List(IReadOnlyList<string> lines, int lineLimit, int limit, string special)
    {
        const int RoomForCount = 30;
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = (i == 0 ? "• " : "\n• ") + Escape(lines[i].ReplaceLineEndings(" "), lineLimit, special);
            if (text.Length + line.Length > limit - RoomForCount)
            {
                return text.Append($"\n• … and {lines.Count - i} more").ToString();
            }

            text.Append(line);
        }

        return text.ToString();
    }
}
