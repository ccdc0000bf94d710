using System.Net;
using System.Text;
using DnsFailover.Configuration.Yaml;

namespace DnsFailover.Configuration;

/// <summary>
/// Finds the data directory that a failover.yaml names, and looks at nothing else in it: whoever takes over at night may
/// not have the secrets that the daemon has, and the file may have a mistake in it.
/// </summary>
internal static class DataDirectoryLookup
{
    /// <summary>The directory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="surroundings">Where variables and files come from.</param>
    /// <param name="complaint">Why it cannot be told; null when it can.</param>
    public static string? Find(string path, ISurroundings surroundings, out string? complaint)
    {
        var reading = new Reading(path, surroundings, []);
        try
        {
            var root = YamlTree.Parse(Encoding.UTF8.GetString(BoundedFile.Read(path, ConfigurationLoader.LargestFile)), reading);
            var directory = (root as YamlMap)?.Find(FileKeys.DataDirectory.Name) is not { } node ? FileKeys.DataDirectory.Default
                : FileKeys.DataDirectory.TryRead(node, reading, out var value) ? (string)value!
                : null;
            complaint = root is null || directory is null ? $"{reading.Problems()[0]}" : null;
            return complaint is null ? directory : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            complaint = $"{path}: {FileTrouble.Describe(exception)}";
            return null;
        }
    }

    /// <summary>Where the file says that the API is reached, as it is asked from this machine; nowhere when that cannot be told.</summary>
    public static IReadOnlyList<IPEndPoint> Listening(string path, ISurroundings surroundings)
    {
        var reading = new Reading(path, surroundings, []);
        try
        {
            var root = YamlTree.Parse(Encoding.UTF8.GetString(BoundedFile.Read(path, ConfigurationLoader.LargestFile)), reading);
            return root is YamlMap map ? [.. ApiKeys.PlacesIn(map, reading).Select(Here)] : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IPEndPoint Here(IPEndPoint place) =>
        place.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, place.Port)
        : place.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, place.Port)
        : place;
}
