using System.Text;

namespace DnsFailover.Cli;

/// <summary>
/// A table for a pipe, which has no edge to wrap at and no colour: columns padded to the longest text in them. Ten thousand
/// tables of <c>validate</c> take as long as one with a terminal's layout.
/// </summary>
internal static class PlainTable
{
    private const int Gap = 3;

    /// <summary>Its lines; null when a text has a line break or characters that may not be one column wide, which needs a real layout.</summary>
    public static IReadOnlyList<string>? Lines(string[] header, IReadOnlyList<string[]> rows)
    {
        if (!Array.TrueForAll(header, IsSimple) || !rows.All(row => row.Length == header.Length && Array.TrueForAll(row, IsSimple)))
        {
            return null;
        }

        var widths = new int[header.Length];
        foreach (var row in rows.Prepend(header))
        {
            for (var column = 0; column < row.Length; column++)
            {
                widths[column] = Math.Max(widths[column], row[column].Length);
            }
        }

        var shown = Array.Exists(header, column => column.Length > 0) ? rows.Prepend(header) : rows;
        return [.. shown.Select(row => Line(row, widths))];
    }

    private static string Line(string[] row, int[] widths)
    {
        var line = new StringBuilder();
        for (var column = 0; column < row.Length; column++)
        {
            line.Append(row[column]).Append(' ', widths[column] - row[column].Length + Gap);
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>Latin letters, and the punctuation, arrows and signs that sentences here have.</summary>
    private static bool IsSimple(string text) => !text.AsSpan().ContainsAnyExcept(Simple);

    private static readonly System.Buffers.SearchValues<char> Simple =
        System.Buffers.SearchValues.Create([.. Range(' ', '~'), .. Range('\u00a0', '\u02ff'), .. Range('\u2010', '\u2027'), .. Range('\u2190', '\u22ff')]);

    private static IEnumerable<char> Range(char first, char last) => Enumerable.Range(first, last - first + 1).Select(code => (char)code);
}
