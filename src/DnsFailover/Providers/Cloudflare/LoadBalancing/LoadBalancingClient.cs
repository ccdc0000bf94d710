using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>The calls that load balancers and pools need.</summary>
internal sealed class LoadBalancingClient(CloudflareClient client, CloudflareOptions options)
{
    /// <summary>Lists of accounts with many pools are long.</summary>
    private const int LargestList = 16 * 1024 * 1024;

    /// <summary>Every load balancer of the zone (https://developers.cloudflare.com/api/resources/load_balancers/methods/list/).</summary>
    public async Task<IReadOnlyList<LoadBalancer>> ListAsync(string zoneId, CancellationToken cancellationToken)
    {
        var reply = await client.SendAsync(List($"zones/{zoneId}/load_balancers", $"the load balancers of {options.Zone} cannot be read", Permission.ReadLoadBalancers), cancellationToken);
        return Items(reply, LoadBalancer.Read).OfType<LoadBalancer>().ToList();
    }

    /// <summary>Every pool of the account (https://developers.cloudflare.com/api/resources/load_balancers/subresources/pools/methods/list/).</summary>
    public async Task<IReadOnlyList<Pool>> ListPoolsAsync(string accountId, CancellationToken cancellationToken)
    {
        var reply = await client.SendAsync(List(Path(accountId), "the pools of the account cannot be read", Permission.ReadPools), cancellationToken);
        return Items(reply, Pool.Read);
    }

    /// <summary>A pool by its id (https://developers.cloudflare.com/api/resources/load_balancers/subresources/pools/methods/get/).</summary>
    /// <exception cref="ProviderException">Conflict: it is gone.</exception>
    public async Task<Pool> GetPoolAsync(string accountId, DnsName name, string id, CancellationToken cancellationToken)
    {
        var call = client.Read(Path(accountId, id), $"the pool of {name} cannot be read", Permission.ReadPools) with { One = "pool" };
        return One(await client.SendAsync(call, cancellationToken), Pool.Read);
    }

    /// <summary>
    /// The ids and names of the load balancers that use a pool, those of other zones too
    /// (https://developers.cloudflare.com/api/resources/load_balancers/subresources/pools/subresources/references/methods/get/).
    /// </summary>
    public async Task<IReadOnlyList<(string? Id, string? Name)>> ListReferencesAsync(string accountId, DnsName name, string id, CancellationToken cancellationToken)
    {
        var reply = await client.SendAsync(client.Read($"{Path(accountId, id)}/references", $"what uses the pool of {name} cannot be read", Permission.ReadPools), cancellationToken);
        return Items(reply, item => (Type: item.OptionalText("resource_type"), Id: item.OptionalText("resource_id"), Name: item.OptionalText("resource_name")))
            .Where(item => item.Type == "load_balancer").Select(item => (item.Id, item.Name)).ToList();
    }

    /// <summary>Changes a pool where it stands (https://developers.cloudflare.com/api/resources/load_balancers/subresources/pools/methods/edit/).</summary>
    public Task<CloudflareReply> PatchPoolAsync(string accountId, DnsName name, string id, JsonObject body, CancellationToken cancellationToken) =>
        client.SendAsync(client.Write(HttpMethod.Patch, Path(accountId, id), $"the change of {name} failed", body, Permission.EditPools) with { One = "pool" }, cancellationToken);

    /// <summary>Makes a pool (https://developers.cloudflare.com/api/resources/load_balancers/subresources/pools/methods/create/).</summary>
    public Task<CloudflareReply> CreatePoolAsync(string accountId, DnsName name, JsonObject body, CancellationToken cancellationToken) =>
        client.SendAsync(client.Write(HttpMethod.Post, Path(accountId), $"the pool of {name} cannot be made", body, Permission.EditPools), cancellationToken);

    /// <summary>Changes a load balancer where it stands (https://developers.cloudflare.com/api/resources/load_balancers/methods/edit/).</summary>
    public Task<CloudflareReply> PatchAsync(string zoneId, LoadBalancer balancer, JsonObject body, CancellationToken cancellationToken) =>
        client.SendAsync(client.Write(HttpMethod.Patch, $"zones/{zoneId}/load_balancers/{Uri.EscapeDataString(balancer.Id)}", $"the change of {balancer.Name} failed", body, Permission.EditLoadBalancers) with { One = "load balancer" }, cancellationToken);

    /// <summary>Makes a load balancer (https://developers.cloudflare.com/api/resources/load_balancers/methods/create/).</summary>
    public Task<CloudflareReply> CreateAsync(string zoneId, DnsName name, JsonObject body, CancellationToken cancellationToken) =>
        client.SendAsync(client.Write(HttpMethod.Post, $"zones/{zoneId}/load_balancers", $"the load balancer of {name} cannot be made", body, Permission.EditLoadBalancers), cancellationToken);

    /// <summary>Reads the one thing that a reply shows.</summary>
    public static T One<T>(CloudflareReply reply, Func<JsonElement, T> read) => reply.Read(json => read(json.Object("result") ?? throw new JsonException("'result' is missing")));

    private static string Path(string accountId, string? pool = null) => $"accounts/{accountId}/load_balancers/pools{(pool is null ? string.Empty : $"/{Uri.EscapeDataString(pool)}")}";

    private CloudflareCall List(string path, string purpose, Permission permission)
    {
        var call = client.Read(path, purpose, permission);
        return call with { Http = call.Http with { LargestReply = LargestList } };
    }

    /// <summary>These lists have no pages; should one of them get some, a part must not be taken for the whole.</summary>
    private static List<T> Items<T>(CloudflareReply reply, Func<JsonElement, T> read) => reply.Read(json =>
    {
        var items = json.List("result") ?? throw new JsonException("'result' is no list");
        return json.Object("result_info")?.Number("total_count") is { } total && total > items.Count
            ? throw new ProviderException(ProviderFailure.Rejected, $"{reply.Purpose}: Cloudflare shows {items.Count} of {total}, and has no pages to ask for")
            : items.Select(read).ToList();
    });
}
