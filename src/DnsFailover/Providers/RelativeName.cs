using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>Names as they stand in a zone file without their zone: <c>api</c>, and <c>@</c> for the zone itself (RFC 1035 section 5.1).</summary>
internal static class RelativeName
{
    /// <summary>What stands for the zone itself.</summary>
    public const string Apex = "@";

    /// <summary>The name without its zone.</summary>
    /// <param name="name">A name of the zone.</param>
    /// <param name="zone">The zone.</param>
    public static string Of(DnsName name, DnsName zone) => name == zone ? Apex : name.ToString()[..^(zone.ToString().Length + 1)];

    /// <summary>The full name; null when it is no host name, as that of a wildcard.</summary>
    /// <param name="relative">A name as written; with a trailing dot it is full already.</param>
    /// <param name="zone">The zone.</param>
    public static DnsName? Full(string relative, DnsName zone) =>
        relative == Apex ? zone
        : DnsName.TryParse(relative.EndsWith('.') ? relative : $"{relative}.{zone}", out var name, out _) ? name
        : null;
}
