using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Cloudflare.LoadBalancing;

/// <summary>
/// A zone at Cloudflare whose steered names are load balancers: what they serve is changed by enabling, disabling and
/// weighing the origins of their pools. DNS records are not touched.
/// </summary>
internal sealed partial class LoadBalancingProvider : IDnsProvider, IDisposable
{
    private const int MostNames = 5;

    private readonly CloudflareOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LoadBalancingProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly CloudflareClient _http;
    private readonly LoadBalancingClient _client;
    private readonly ZoneLookup _zone;
    private readonly BalancedNames _names;
    private readonly ConcurrentDictionary<DnsName, byte> _changing = new();
    private readonly ConcurrentDictionary<DnsName, string> _hidden = new();

    /// <summary>A provider that has not called yet.</summary>
    public LoadBalancingProvider(CloudflareOptions options, TimeProvider time, ILogger<LoadBalancingProvider> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _http = new CloudflareClient(options, time);
        _client = new LoadBalancingClient(_http, options);
        _zone = new ZoneLookup(options, _http, time);
        _names = new BalancedNames(_client, _zone, time, _stop.Token);
        Capabilities = options.OwnCapabilities ?? CloudflareOptions.Capabilities;
    }

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _http.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) => Note(await _names.ReadAsync(name, cancellationToken)).Records();

    /// <inheritdoc/>
    /// <remarks>
    /// Cloudflare has no conditional write. The pools are read again right before, so that a write based on an old reading is
    /// a conflict, except where somebody else writes between that read and the write. What changes within one pool changes
    /// as one; several pools are changed one after another, so that at any moment something is served.
    /// </remarks>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        if (!_changing.TryAdd(change.Name, 0))
        {
            throw new ProviderException(ProviderFailure.Conflict, $"another change of {change.Name} is under way; nothing was written");
        }

        try
        {
            var now = Note(await _names.ReadAgainAsync(change.Name, cancellationToken));
            var before = now.Records();
            if (!change.IsUntouchedIn(before))
            {
                throw change.NoLongerAsRead(before);
            }

            var ttl = NewTtl(change, now.Balancer);
            return now.Balancer is null ? await CreateAsync(change, ttl, cancellationToken) : await WriteAsync(change, now, ttl, cancellationToken);
        }
        finally
        {
            _changing.TryRemove(change.Name, out _);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken) => _zone.ServersAsync(cancellationToken);

    /// <inheritdoc/>
    public string? WhyNotVerifiable(DnsName name) => _hidden.GetValueOrDefault(name);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) =>
        new Examination(_options, _http, _zone, _time).RunAsync(PoolsAreReadAsync, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
        _zone.Dispose();
        _names.Dispose();
        _stop.Dispose();
    }

    private BalancedName Note(BalancedName name)
    {
        if (name.WhyNotVerifiable is { } reason)
        {
            _hidden[name.Name] = reason;
        }
        else
        {
            _hidden.TryRemove(name.Name, out _);
        }

        return name;
    }

    /// <summary>The TTL that the load balancer shall have; null where it stays as it is. There is one for all types.</summary>
    private TimeSpan? NewTtl(ChangeSet change, LoadBalancer? balancer)
    {
        var asked = change.Changes.Where(one => one.After.Ttl != (one.Before?.Ttl ?? balancer?.Ttl)).Select(one => one.After.Ttl).Distinct().ToList();
        if (asked.Count == 0 || balancer?.IsProxied == true)
        {
            return null;
        }

        return asked.Count > 1 ? throw Refused("its types would have different TTLs, and a load balancer has one")
            : asked[0] < Capabilities.SmallestTtl ? throw Refused($"its TTL would be less than the {Capabilities.SmallestTtl.TotalSeconds:0} s that load balancers take: correct ttl")
            : asked[0];

        ProviderException Refused(string because) => new(ProviderFailure.Rejected, $"the change of {change.Name} is not possible: {because}; nothing was written");
    }

    private async Task<NameRecords> WriteAsync(ChangeSet change, BalancedName now, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        var writes = PoolWrites.For(change, now, _options.CreateOrigins);
        if (writes.Count == 0 && ttl is null)
        {
            return now.Records();
        }

        WarnOfMissingMarks(change, now);
        var account = await _zone.AccountIdAsync(cancellationToken);
        var steps = new Steps(change.Name);
        var written = new List<Pool>();
        foreach (var write in writes)
        {
            var reply = await steps.DoAsync(() => _client.PatchPoolAsync(account, change.Name, write.Pool.Id, write.ToJson(), cancellationToken));
            if (Shown(reply, Pool.Read) is { } pool)
            {
                written.Add(pool);
            }
        }

        var balancer = now.Balancer!;
        if (ttl is { } seconds)
        {
            var reply = await steps.DoAsync(() => _zone.InZoneAsync(id => _client.PatchAsync(id, balancer, new JsonObject { ["ttl"] = (int)seconds.TotalSeconds }, cancellationToken), cancellationToken));
            balancer = Shown(reply, LoadBalancer.Read);
            _names.Forget(change.Name);
        }

        LogWritten(change.Id, change.Name, writes.Count, ttl is not null);
        var shown = balancer is null || written.Count < writes.Count ? null : new BalancedName(change.Name, balancer, now.With(written).Pools);
        return await ReadBackAsync(change, shown, cancellationToken);
    }

    /// <summary>A pool, and then a load balancer with it. A pool that was made before a crash is used again.</summary>
    private async Task<NameRecords> CreateAsync(ChangeSet change, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        if (!_options.CreateOrigins)
        {
            var near = await _names.NearAsync(change.Name, MostNames, cancellationToken);
            throw new ProviderException(ProviderFailure.Rejected, $"Cloudflare has no load balancer {change.Name} in {_options.Zone}{(near.Count > 0 ? $", but {string.Join(", ", near)}" : " nor any other")}: make it with a pool that has the endpoints as origins, or set createOrigins: true; nothing was written");
        }

        var origins = new JsonArray([.. change.Changes.SelectMany(one => one.After.Values.Select(value => Origin.New(new EndpointTarget(one.After.Type, value.Data), Origin.FromWhole(value.Weight))))]);
        var pool = new JsonObject { ["name"] = PoolName(change.Name), ["enabled"] = true, ["origins"] = origins };
        if (change.Owner is { } owner && OwnerMark.Write(comment: null, owner) is { } mark)
        {
            pool["description"] = mark;
        }

        var account = await _zone.AccountIdAsync(cancellationToken);
        var steps = new Steps(change.Name);
        var unused = await _names.FindUnusedPoolAsync(PoolName(change.Name), cancellationToken);
        var made = await steps.DoAsync(() => unused is null ? _client.CreatePoolAsync(account, change.Name, pool, cancellationToken) : _client.PatchPoolAsync(account, change.Name, unused.Id, pool, cancellationToken));
        var id = LoadBalancingClient.One(made, Pool.Read).Id;
        var balancer = new JsonObject { ["name"] = change.Name.ToString(), ["default_pools"] = new JsonArray(id), ["fallback_pool"] = id, ["proxied"] = false, ["ttl"] = (int)(ttl ?? Capabilities.SmallestTtl).TotalSeconds, ["steering_policy"] = "off" };
        await steps.DoAsync(() => _zone.InZoneAsync(zone => _client.CreateAsync(zone, change.Name, balancer, cancellationToken), cancellationToken));
        LogCreated(change.Id, change.Name);
        return await ReadBackAsync(change, shown: null, cancellationToken);
    }

    /// <summary>Names of pools have letters, digits, hyphens and underscores, and are unique in the account.</summary>
    private static string PoolName(DnsName name) => $"dnsfailover-{name.ToString().Replace('.', '-')}";

    /// <summary>Cloudflare has said that it is done, so that trouble from here on no longer means "nothing was written".</summary>
    private async Task<NameRecords> ReadBackAsync(ChangeSet change, BalancedName? shown, CancellationToken cancellationToken)
    {
        try
        {
            if (shown is not null && shown.Records() is var records && change.IsAppliedIn(records))
            {
                Note(shown);
                return records;
            }

            _names.Forget(change.Name);
            return await ReadAsync(change.Name, cancellationToken);
        }
        catch (ProviderException e)
        {
            throw new ProviderException(ProviderFailure.Ambiguous, $"Cloudflare took the change of {change.Name}, but it cannot be read back: {e.Message}", e, e.RetryAfter);
        }
    }

    private static T? Shown<T>(CloudflareReply reply, Func<System.Text.Json.JsonElement, T?> read)
        where T : class
    {
        try
        {
            return LoadBalancingClient.One(reply, read);
        }
        catch (ProviderException)
        {
            return null; // it was carried out, so that only another read can tell
        }
    }

    private async Task<IReadOnlyList<Finding>> PoolsAreReadAsync(CancellationToken cancellationToken)
    {
        var names = await _names.NearAsync(_options.Zone, int.MaxValue, cancellationToken);
        return
        [
            Finding.Good("permissions", $"the token may read the load balancers of {_options.Zone} ({names.Count}) and the pools of its account"),
            Finding.Advice("permissions", "whether the token may change pools cannot be found out without changing one", "see that it has the permissions Account → Load Balancing: Monitors and Pools → Edit, and Zone → Load Balancers → Edit"),
        ];
    }

    private void WarnOfMissingMarks(ChangeSet change, BalancedName now)
    {
        if (change.Owner is { } owner && now.Pools.Any(pool => OwnerMark.Write(pool.Description, owner) is null))
        {
            LogNoRoomForMark(change.Name, owner);
        }
    }

    /// <summary>Once the first of several writes is done, trouble with the next no longer means "nothing was written".</summary>
    private sealed class Steps(DnsName name)
    {
        private bool _isBegun;

        public async Task<CloudflareReply> DoAsync(Func<Task<CloudflareReply>> write)
        {
            try
            {
                var reply = await write();
                _isBegun = true;
                return reply;
            }
            catch (ProviderException e) when (_isBegun)
            {
                throw new ProviderException(ProviderFailure.Ambiguous, $"a part of the change of {name} was written, and then: {e.Message}", e, e.RetryAfter);
            }
        }
    }

    [LoggerMessage(4210, LogLevel.Debug, "Change {ChangeId} of {Name} was taken by Cloudflare: {Pools} pools changed, TTL changed: {Ttl}")]
    private partial void LogWritten(long changeId, DnsName name, int pools, bool ttl);

    [LoggerMessage(4211, LogLevel.Information, "Change {ChangeId} made a load balancer and a pool for {Name} at Cloudflare")]
    private partial void LogCreated(long changeId, DnsName name);

    [LoggerMessage(4212, LogLevel.Warning, "A pool of {Name} has no room in its description for the mark of {Owner}; it is written without it")]
    private partial void LogNoRoomForMark(DnsName name, string owner);
}
