using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>A pool as far as it matters here.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsEnabled">Whether it may get traffic at all.</param>
/// <param name="Description">What people, and <see cref="OwnerMark"/>, wrote about it.</param>
/// <param name="LeastOrigins">So many origins must work for it to get traffic: <c>minimum_origins</c>, in the dashboard the health threshold.</param>
/// <param name="Origins">What it is made of.</param>
internal sealed record Pool(string Id, string Name, bool IsEnabled, string? Description, int LeastOrigins, IReadOnlyList<Origin> Origins)
{
    /// <summary>Whether it gets traffic while all its origins work.</summary>
    public bool IsServing => IsEnabled && Origins.Count(origin => origin.IsServing) is > 0 and var count && count >= LeastOrigins;

    /// <summary>Reads a pool.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static Pool Read(JsonElement json) => new(
        json.Text("id"),
        json.OptionalText("name") ?? json.Text("id"),
        json.Flag("enabled") ?? true,
        json.OptionalText("description"),
        json.Number("minimum_origins") ?? 1,
        [.. (json.List("origins") ?? throw new JsonException("'origins' is no list")).Select(Origin.Read)]);
}

/// <summary>An origin of a pool: what we call the value of an endpoint.</summary>
/// <param name="Address">Its address as it stands there.</param>
/// <param name="Value">Its address as a value; null when it can be none.</param>
/// <param name="IsEnabled">Whether it may get traffic.</param>
/// <param name="Weight">Its share within the pool, 0 to 1 in steps of 0.01.</param>
/// <param name="Json">All of it.</param>
internal sealed record Origin(string Address, EndpointTarget? Value, bool IsEnabled, decimal Weight, JsonElement Json)
{
    /// <summary>The weight of origins that nobody gave one, which stands for none.</summary>
    public const decimal NoWeight = 1m;

    private const decimal Steps = 100m;

    /// <summary>Whether it gets traffic while its pool does.</summary>
    public bool IsServing => IsEnabled && Weight > 0;

    /// <summary>Reads an origin.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static Origin Read(JsonElement json)
    {
        var address = json.Text("address");
        var weight = json.TryGetProperty("weight", out var number) && number.ValueKind == JsonValueKind.Number ? number.GetDecimal() : NoWeight;
        return new Origin(address, ValueOf(address), json.Flag("enabled") ?? true, weight, json);
    }

    /// <summary>The weight in hundredths: a whole number stands for exactly one weight, and the reverse.</summary>
    public static int ToWhole(decimal weight) => Math.Max(1, (int)Math.Round(weight * Steps));

    /// <summary>The reverse of <see cref="ToWhole"/>; null stands for no weight.</summary>
    public static decimal FromWhole(int? weight) => weight is { } whole ? whole / Steps : NoWeight;

    /// <summary>An origin that is new.</summary>
    public static JsonObject New(EndpointTarget value, decimal weight) =>
        new() { ["name"] = value.Value, ["address"] = value.Value, ["enabled"] = true, ["weight"] = weight };

    /// <summary>All of it as it shall be; what only Cloudflare writes is left out.</summary>
    public JsonObject With(bool isEnabled, decimal weight)
    {
        var json = JsonObject.Create(Json)!;
        json.Remove("disabled_at");
        if (isEnabled != IsEnabled)
        {
            json["enabled"] = isEnabled;
        }

        if (weight != Weight)
        {
            json["weight"] = weight;
        }

        return json;
    }

    private static EndpointTarget? ValueOf(string address)
    {
        var type = !IPAddress.TryParse(address, out var ip) ? RecordType.CNAME : ip.AddressFamily == AddressFamily.InterNetwork ? RecordType.A : RecordType.AAAA;
        try
        {
            return new EndpointTarget(type, RecordSet.Canonical(type, address));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
