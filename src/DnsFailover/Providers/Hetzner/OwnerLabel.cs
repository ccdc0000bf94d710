namespace DnsFailover.Providers.Hetzner;

/// <summary>The mark of the controller that owns an RRset: a label of it. All other labels stay.</summary>
internal static class OwnerLabel
{
    /// <summary>The label's key.</summary>
    public const string Key = "dnsfailover-owner";

    /// <summary>Whether a name can be a label's value: those begin and end with a letter or a digit (https://docs.hetzner.cloud/reference/cloud#labels).</summary>
    public static bool Fits(string owner) => owner.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(owner[0]) && char.IsAsciiLetterOrDigit(owner[^1]);

    /// <summary>The labels with this mark in place of another's.</summary>
    public static IReadOnlyDictionary<string, string> With(string owner, IReadOnlyDictionary<string, string> labels) => new Dictionary<string, string>(labels) { [Key] = owner };
}
