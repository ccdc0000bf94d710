using DnsFailover.Configuration.Schema;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Azure;

/// <summary>Words for a zone that is not where it should be.</summary>
internal static class NearZones
{
    private const int MostNames = 5;

    /// <summary>When the subscription itself is not there.</summary>
    public const string NoSubscription = "the identity sees no such subscription: check subscription, and that the identity is of its tenant";

    /// <summary>When it cannot be found out what there is.</summary>
    public static string Unknown(AzureOptions options) => $"check zone ({options.Zone}) and resourceGroup ({options.ResourceGroup})";

    /// <summary>What the subscription has instead, as far as the identity sees it.</summary>
    public static string Of(AzureOptions options, IReadOnlyList<AzureZone> zones)
    {
        var wanted = options.Zone.ToString();
        if (zones.Count == 0)
        {
            return $"the identity sees no zone {wanted} in the resource group {options.ResourceGroup}, nor any other in the subscription: {Unknown(options)}, and where its role is assigned";
        }

        var elsewhere = zones.Where(zone => string.Equals(zone.Name, wanted, StringComparison.OrdinalIgnoreCase)).Select(zone => zone.ResourceGroup).Order(StringComparer.OrdinalIgnoreCase).ToList();
        if (elsewhere.Count > 0)
        {
            return VendorText.Clean($"there is no zone {wanted} in the resource group {options.ResourceGroup}, but in {string.Join(", ", elsewhere)}: correct resourceGroup");
        }

        // The zone of a name below it is what is often meant; then come names that are spelled alike.
        var near = zones.OrderBy(zone => wanted.EndsWith($".{zone.Name}", StringComparison.OrdinalIgnoreCase) ? 0 : 1)
            .ThenBy(zone => Nearest.Slips(wanted, zone.Name))
            .ThenBy(zone => zone.Name, StringComparer.Ordinal)
            .Take(MostNames)
            .Select(zone => $"{zone.Name} ({zone.ResourceGroup})");
        return VendorText.Clean($"there is no zone {wanted} in the resource group {options.ResourceGroup}{Nearest.Hint(wanted, zones.Select(zone => zone.Name))}; the subscription has {string.Join(", ", near)}{(zones.Count > MostNames ? " and others" : string.Empty)}: correct zone or resourceGroup");
    }
}
