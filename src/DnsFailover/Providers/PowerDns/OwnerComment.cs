namespace DnsFailover.Providers.PowerDns;

/// <summary>
/// The mark of the controller that owns an RRset: a comment of the account <c>dnsfailover</c> with the content
/// <c>owner=NAME</c>. Comments of others, and others of this account, stay.
/// </summary>
internal static class OwnerComment
{
    /// <summary>The account of the comment.</summary>
    public const string Account = "dnsfailover";

    private const string Start = "owner=";

    /// <summary>The controllers that comments name.</summary>
    public static IEnumerable<string> OwnersIn(IEnumerable<PowerDnsComment> comments) => comments.Where(IsMark).Select(mark => mark.Content[Start.Length..]);

    /// <summary>The comments with this mark and no other; null when they are so already.</summary>
    public static IReadOnlyList<PowerDnsComment>? Write(IReadOnlyList<PowerDnsComment> comments, string owner) =>
        OwnersIn(comments).SequenceEqual([owner], StringComparer.Ordinal)
            ? null
            : [.. comments.Where(comment => !IsMark(comment)), new PowerDnsComment($"{Start}{owner}", Account, ModifiedAt: null)];

    private static bool IsMark(PowerDnsComment comment) =>
        comment.Account == Account && comment.Content.StartsWith(Start, StringComparison.Ordinal) && comment.Content.Length > Start.Length;
}
