using System.Text;

namespace DnsFailover.Notifications;

/// <summary>Text for Slack: escaped, and cut to what a field takes.</summary>
internal static class SlackText
{
    /// <summary>
    /// Escapes <c>&amp;</c>, <c>&lt;</c> and <c>&gt;</c>, so that nothing in a text can mention people or link, and cuts
    /// it so that the escaped text has at most <paramref name="limit"/> UTF-16 characters. It never cuts through an
    /// escape or a character, and is never empty, because Slack refuses empty texts.
    /// </summary>
    public static string Escape(string text, int limit)
    {
        var escaped = new StringBuilder(Math.Min(text.Length, limit) + 8);
        var fits = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (escaped.Length < limit)
            {
                fits = escaped.Length;
            }

            Append(escaped, rune);
            if (escaped.Length > limit)
            {
                escaped.Length = fits;
                return escaped.Append('…').ToString();
            }
        }

        return escaped.Length == 0 || string.IsNullOrWhiteSpace(text) ? "–" : escaped.ToString();
    }

    /// <summary>
    /// Joins lines under a heading, each cut to <paramref name="lineLimit"/>, as many as fit into
    /// <paramref name="limit"/>; the rest are counted in a last line.
    /// </summary>
    public static string List(string heading, IReadOnlyList<string> lines, int lineLimit, int limit)
    {
        const int RoomForCount = 30;
        var text = new StringBuilder(heading);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = "\n• " + Escape(lines[i].ReplaceLineEndings(" "), lineLimit);
            if (text.Length + line.Length > limit - RoomForCount)
            {
                return text.Append($"\n• … and {lines.Count - i} more").ToString();
            }

            text.Append(line);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '&':
                text.Append("&amp;");
                break;
            case '<':
                text.Append("&lt;");
                break;
            case '>':
                text.Append("&gt;");
                break;
            default:
                Span<char> units = stackalloc char[2];
                text.Append(units[..rune.EncodeToUtf16(units)]);
                break;
        }
    }
}
