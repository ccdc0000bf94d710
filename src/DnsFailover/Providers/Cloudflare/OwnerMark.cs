using System.Text.RegularExpressions;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>
/// The mark of the controller that owns a record: <c>[dnsfailover:NAME]</c> at the end of the record's comment. What a
/// person wrote there stays.
/// </summary>
internal static class OwnerMark
{
    /// <summary>The longest comment that every plan takes; paid plans take <see cref="LongestPaid"/>.</summary>
    private const int Longest = 100;

    private const int LongestPaid = 500;

    // The name is what failover.yaml takes as one: letters, digits, '-', '_' and '.'.
    private static readonly Regex Pattern = new(@"\[dnsfailover:(?<owner>[A-Za-z0-9._-]{1,63})\]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>The controller that a comment names; null when it names none.</summary>
    public static string? Read(string? comment) => comment is not null && Pattern.Match(comment) is { Success: true } match ? match.Groups["owner"].Value : null;

    /// <summary>
    /// The comment with this mark and no other; null when there is no room for it. What is longer than the free plan
    /// allows proves that the plan is a paid one.
    /// </summary>
    public static string? Write(string? comment, string owner)
    {
        var words = comment is null ? string.Empty : Pattern.Replace(comment, string.Empty).Trim();
        var marked = words.Length == 0 ? $"[dnsfailover:{owner}]" : $"{words} [dnsfailover:{owner}]";
        return marked.Length <= (comment?.Length > Longest ? LongestPaid : Longest) ? marked : null;
    }

}
