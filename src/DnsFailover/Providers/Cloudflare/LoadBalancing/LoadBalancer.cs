using System.Text.Json;
using DnsFailover.Core;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>A load balancer as far as it matters here; it answers for one name.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The name that it answers for.</param>
/// <param name="IsProxied">Whether Cloudflare answers its own addresses for it and passes traffic on.</param>
/// <param name="Ttl">Of its answers, as long as it is not proxied.</param>
/// <param name="IsOrdered">Whether its pools are served one after another, the next one when those before it are not there; otherwise they share the traffic.</param>
/// <param name="DefaultPools">The ids of the pools that are steered, in order.</param>
/// <param name="OtherPools">The ids of pools that it uses besides: as the last resort, or by place.</param>
/// <param name="WhyNotSteered">Why enabling and disabling pools would not do what it says; null when it would.</param>
internal sealed record LoadBalancer(string Id, DnsName Name, bool IsProxied, TimeSpan Ttl, bool IsOrdered, ValueList<string> DefaultPools, ValueList<string> OtherPools, string? WhyNotSteered)
{
    /// <summary>Of a load balancer that does not say (https://developers.cloudflare.com/load-balancing/understand-basics/proxy-modes/).</summary>
    private const int DefaultTtl = 30;

    /// <summary>A proxied one's TTL is Cloudflare's to choose.</summary>
    private static readonly TimeSpan ProxiedTtl = TimeSpan.FromSeconds(300);

    private static readonly string[] PlaceMembers = ["region_pools", "country_pools", "pop_pools"];

    /// <summary>Reads one of <c>result</c>; null when its name cannot be steered, such as a wildcard.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static LoadBalancer? Read(JsonElement json)
    {
        if (!DnsName.TryParse(json.Text("name"), out var name, out _))
        {
            return null;
        }

        var isProxied = json.Flag("proxied") ?? false;
        var steering = json.OptionalText("steering_policy")?.Trim('"') ?? string.Empty;
        var byPlace = PlaceMembers.SelectMany(member => PoolsByPlace(json, member)).ToList();
        var fallback = json.OptionalText("fallback_pool");
        return new LoadBalancer(
            json.Text("id"),
            name,
            isProxied,
            isProxied ? ProxiedTtl : TimeSpan.FromSeconds(json.Number("ttl") is { } ttl and > 0 ? ttl : DefaultTtl),
            steering is "" or "off",
            Texts(json.List("default_pools") ?? throw new JsonException("'default_pools' is no list")).ToValueList(),
            byPlace.Concat(fallback is null ? [] : [fallback]).Distinct().ToValueList(),
            json.Flag("enabled") == false ? "it is disabled, so that Cloudflare does not answer with it: enable it"
            : byPlace.Count > 0 && steering != "off" ? $"it chooses pools by place ({string.Join(", ", PlaceMembers.Where(member => PoolsByPlace(json, member).Any()))}), which is not steered here: take them out, or set steering_policy to off"
            : (json.List("rules") ?? []).Any(ChoosesPools) ? "it has rules that choose pools or answer by themselves, which are not steered here: disable them"
            : null);
    }

    private static IEnumerable<string> PoolsByPlace(JsonElement json, string member) =>
        json.Object(member) is { } places ? places.EnumerateObject().SelectMany(place => place.Value.ValueKind == JsonValueKind.Array ? Texts(place.Value.EnumerateArray()) : []) : [];

    private static IEnumerable<string> Texts(IEnumerable<JsonElement> items) => items.Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!);

    /// <summary>Rules may also only set session affinity and the like (https://developers.cloudflare.com/load-balancing/additional-options/load-balancing-rules/actions/).</summary>
    private static bool ChoosesPools(JsonElement rule) =>
        rule.Flag("disabled") != true
        && (rule.Object("fixed_response") is not null || rule.Object("overrides")?.EnumerateObject().Any(item => item.Name.EndsWith("_pools", StringComparison.Ordinal) || item.Name is "fallback_pool" or "steering_policy") == true);
}
