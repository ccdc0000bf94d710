using System.Text.Json;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Webhook;

/// <summary>What the server says of itself and of the zone.</summary>
/// <param name="Version">The version of the contract that it speaks.</param>
/// <param name="Zone">The zone that it is about.</param>
/// <param name="Weights">Whether it keeps weights.</param>
/// <param name="SeveralValues">Whether it keeps several values of one name and type.</param>
/// <param name="OwnerMarks">Whether it keeps marks of owners.</param>
/// <param name="SmallestTtl">The smallest TTL that it takes.</param>
/// <param name="MayWrite">Whether this credential may write; null when it does not say.</param>
/// <param name="NameServers">The zone's name servers: addresses, with a port or without, or host names.</param>
internal sealed record ZoneDocument(int Version, string Zone, bool Weights, bool SeveralValues, bool OwnerMarks, TimeSpan SmallestTtl, bool? MayWrite, IReadOnlyList<string> NameServers)
{
    /// <summary>The only version that there is.</summary>
    public const int SpokenVersion = 1;

    /// <summary>Reads it.</summary>
    /// <exception cref="JsonException">It is not as the contract says.</exception>
    public static ZoneDocument Read(JsonElement json)
    {
        var version = json.Number("version") ?? throw new JsonException("'version' is missing or no number");
        if (version != SpokenVersion)
        {
            throw new JsonException($"it is of version {version}, and only version {SpokenVersion} is spoken here");
        }

        var can = json.Object("capabilities") ?? throw new JsonException("'capabilities' is missing or no object");
        return new ZoneDocument(
            version,
            json.Text("zone"),
            Flag(can, "weights"),
            Flag(can, "severalValues"),
            Flag(can, "ownerMarks"),
            can.Number("smallestTtl") is { } seconds and >= 0 ? TimeSpan.FromSeconds(seconds) : throw new JsonException("'smallestTtl' is missing or no number of seconds"),
            json.Flag("mayWrite"),
            [.. (json.List("nameServers") ?? []).Where(server => server.ValueKind == JsonValueKind.String).Select(server => server.GetString()!)]);
    }

    private static bool Flag(JsonElement json, string member) => json.Flag(member) ?? throw new JsonException($"'{member}' is missing or neither true nor false");
}
