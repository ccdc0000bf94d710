using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>
/// The mark of the controller that steers a name where a provider has no place for it on the records themselves: one value
/// <c>"owner=…"</c> of the TXT set at <c>_dnsfailover.</c> below the name. It is below because a CNAME must be alone.
/// </summary>
internal static class OwnerText
{
    /// <summary>What comes before the name.</summary>
    public const string Label = "_dnsfailover";

    /// <summary>In seconds. Nobody asks for it but people.</summary>
    public const int Ttl = 300;

    private const string Start = "\"owner=";

    /// <summary>Where a name's mark is; null for a name so long that none fits.</summary>
    public static DnsName? NameFor(DnsName name) => DnsName.TryParse($"{Label}.{name}", out var mark, out _) ? mark : null;

    /// <summary>The steered name that a mark at this name is of; null when it is no place of marks.</summary>
    public static DnsName? NameOf(DnsName mark) => mark.Labels[0] == Label && mark.TryGetParent(out var name) ? name : null;

    /// <summary>The value of a mark, in the quotes of a zone file (RFC 1035 section 5.1).</summary>
    public static string ValueFor(string owner) => $"{Start}{owner.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>The controller that a set's values name, each in quotes; null when none is a mark.</summary>
    public static string? OwnerIn(IEnumerable<string> values) => values.FirstOrDefault(IsMark) is { } mark ? mark[Start.Length..].TrimEnd('"') : null;

    /// <summary>The values with the mark of this owner in place of another's; other values stay.</summary>
    public static IReadOnlyList<string> With(string owner, IEnumerable<string> values) => [.. values.Where(value => !IsMark(value)), ValueFor(owner)];

    private static bool IsMark(string value) => value.StartsWith(Start, StringComparison.Ordinal);
}
