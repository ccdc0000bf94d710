namespace DnsFailover.Configuration.Schema;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Nearest
{
    /// <summary>"; did you mean 'x'?" for the candidate within a few typing slips, or nothing.</summary>
    public static string Hint(string text, IEnumerable<string> candidates) => Of(text, candidates) is { } match ? $"; did you mean '{match}'?" : string.Empty;

    /// <summary>The candidate that is fewest slips away, else one that the text is the beginning of; null when none is near.</summary>
    public static string? Of(string text, IEnumerable<string> candidates) =>
        BySlips(text, candidates) ?? (text.Length < 4 ? null : candidates.FirstOrDefault(candidate => candidate.StartsWith(text, StringComparison.OrdinalIgnoreCase)));

    private static string? BySlips(string text, IEnumerable<string> candidates)
    {
        if (text.Length is 0 or > 64)
        {
            return null;
        }

        var slipsAllowed = Math.Max(1, text.Length / 3);
        return candidates
            .Select(candidate => (candidate, slips: Slips(text.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .Where(pair => pair.slips <= slipsAllowed)
            .OrderBy(pair => pair.slips).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate)
            .FirstOrDefault();
    }

    /// <summary>
    /// The optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours
    /// that turn one text into the other.
    /// </summary>
    public static int Slips(string left, string right)
    {
        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                table[i, j] = Math.Min(i, j) == 0 ? Math.Max(i, j) : Cheapest(table, left, right, i, j);
            }
        }

        return table[left.Length, right.Length];
    }

    private static int Cheapest(int[,] table, string left, string right, int i, int j)
    {
        var replaced = table[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
        var best = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
        var swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
        return swapped ? Math.Min(best, table[i - 2, j - 2] + 1) : best;
    }
}
