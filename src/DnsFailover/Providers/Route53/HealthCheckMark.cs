using System.Security.Cryptography;
using System.Text;

namespace DnsFailover.Providers.Route53;

/// <summary>A health check that a target of a service shall have.</summary>
/// <param name="Target">The value at the name.</param>
/// <param name="Endpoint">The endpoint that contributes it.</param>
/// <param name="Owner">The controller that steers the name.</param>
/// <param name="Config">What it does.</param>
internal sealed record WantedHealthCheck(EndpointValue Target, string Endpoint, string Owner, HealthCheckConfig Config);

/// <summary>
/// How a health check is known as the daemon's: by its tags. Its reference, which cannot be changed, says it too, so that
/// one that was created just before a crash is found and tagged, and not created a second time.
/// </summary>
internal static class HealthCheckMark
{
    /// <summary>What the references of all of them begin with.</summary>
    public const string Prefix = "dnsfailover-";

    private const string OwnerTag = "dnsfailover:owner";

    private const string ZoneTag = "dnsfailover:zone";

    private const string NameTag = "dnsfailover:name";

    private const string ValueTag = "dnsfailover:value";

    /// <summary>The most that a tag holds.</summary>
    private const int LongestTag = 256;

    /// <summary>The reference of the so-manieth health check of a target; a deleted one's cannot be used again for days.</summary>
    public static string Reference(WantedHealthCheck wanted, string zoneId, int number) => $"{Stem(wanted, zoneId)}{number}";

    /// <summary>True when this reference was made for this target.</summary>
    public static bool IsReferenceOf(string reference, WantedHealthCheck wanted, string zoneId) => reference.StartsWith(Stem(wanted, zoneId), StringComparison.Ordinal);

    /// <summary>The tags that it gets. Its name is what the console shows.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Tags(WantedHealthCheck wanted, string zoneId)
    {
        var name = $"dnsfailover {wanted.Target.Name} {wanted.Endpoint}";
        return
        [
            KeyValuePair.Create("Name", name.Length > LongestTag ? name[..LongestTag] : name),
            KeyValuePair.Create(OwnerTag, wanted.Owner),
            KeyValuePair.Create(ZoneTag, zoneId),
            KeyValuePair.Create(NameTag, wanted.Target.Name.ToString()),
            KeyValuePair.Create(ValueTag, wanted.Target.Value),
        ];
    }

    /// <summary>True when these tags say that one of these controllers has made it for this zone.</summary>
    public static bool IsOurs(IReadOnlyDictionary<string, string> tags, string zoneId, IReadOnlySet<string> owners) =>
        tags.GetValueOrDefault(ZoneTag) == zoneId && tags.GetValueOrDefault(OwnerTag) is { } owner && owners.Contains(owner);

    /// <summary>True when these tags name this target.</summary>
    public static bool IsOf(IReadOnlyDictionary<string, string> tags, EndpointValue target) => NameIn(tags) == target.Name.ToString() && tags.GetValueOrDefault(ValueTag) == target.Value;

    /// <summary>The name of the records that it was made for; null where the tags do not say.</summary>
    public static string? NameIn(IReadOnlyDictionary<string, string> tags) => tags.GetValueOrDefault(NameTag);

    private static string Stem(WantedHealthCheck wanted, string zoneId) =>
        $"{Prefix}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{zoneId} {wanted.Owner} {wanted.Target}")))[..24]}-";
}
