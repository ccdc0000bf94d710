using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// The mark of the controller that steers a name: one value <c>"owner=…"</c> of the TXT set at <c>_dnsfailover.</c> below
/// it. It is below the name because a CNAME must be alone, and there it is listed right behind the name's own records.
/// </summary>
internal static class OwnerMark
{
    /// <summary>What comes before the name.</summary>
    public const string Label = "_dnsfailover";

    private const string Start = "\"owner=";

    /// <summary>In seconds. Nobody asks for it but people.</summary>
    private const int Ttl = 300;

    /// <summary>Where a name's mark is; null for a name so long that none fits.</summary>
    public static DnsName? NameFor(DnsName name) => DnsName.TryParse($"{Label}.{name}", out var mark, out _) ? mark : null;

    /// <summary>The controller that it names; null when the set holds no mark.</summary>
    public static string? OwnerIn(ListedSet set) => set.Values.FirstOrDefault(IsMark) is { } mark ? mark[Start.Length..].TrimEnd('"') : null;

    /// <summary>
    /// The set with the mark of this owner in place of another's; other values in it, its TTL and all else stay.
    /// </summary>
    public static System.Xml.Linq.XElement With(string owner, DnsName at, ListedSet? found)
    {
        var mark = $"{Start}{owner.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        return found is null
            ? RecordSetXml.Simple(at, "TXT", Ttl, [mark])
            : RecordSetXml.WithValues(found, found.Ttl ?? Ttl, [.. found.Values.Where(value => !IsMark(value)), mark]);
    }

    private static bool IsMark(string value) => value.StartsWith(Start, StringComparison.Ordinal);
}
