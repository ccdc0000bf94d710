using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>Of the zones that a credential may see, those that somebody probably meant by one that is not there.</summary>
internal static class NearZones
{
    private const int MostNames = 5;

    /// <summary>For example <c>; did you mean 'example.com'?; it sees example.com, example.org and others</c>; what there is to say when it sees none.</summary>
    /// <param name="zone">The zone that is not there.</param>
    /// <param name="seen">The zones that are.</param>
    public static string Of(DnsName zone, IReadOnlyCollection<string> seen)
    {
        if (seen.Count == 0)
        {
            return ", nor any other";
        }

        // The zone of a name below it is what is often meant; then come names that are spelled alike.
        var near = seen.Where(name => DnsName.TryParse(name, out var other, out _) && zone.IsWithin(other))
            .Concat(seen.OrderBy(name => Nearest.Slips(zone.ToString(), name)).ThenBy(name => name, StringComparer.Ordinal))
            .Distinct()
            .Take(MostNames);
        return $"{Nearest.Hint(zone.ToString(), seen)}; it sees {string.Join(", ", near)}{(seen.Count > MostNames ? " and others" : string.Empty)}";
    }
}
