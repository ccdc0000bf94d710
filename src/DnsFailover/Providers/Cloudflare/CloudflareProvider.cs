using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Cloudflare.LoadBalancing;
using DnsFailover.Providers.Http;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>A zone at Cloudflare.</summary>
internal sealed partial class CloudflareProvider : IDnsProvider, IDisposable
{
    private readonly CloudflareOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<CloudflareProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly CloudflareClient _client;
    private readonly ZoneLookup _zone;
    private readonly GatheredReads<CloudflareRecord> _reads;
    private readonly ConcurrentDictionary<DnsName, byte> _changing = new();
    private readonly ConcurrentDictionary<DnsName, string> _hidden = new();

    /// <summary>A provider that has not called yet.</summary>
    public CloudflareProvider(CloudflareOptions options, TimeProvider time, ILogger<CloudflareProvider> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _client = new CloudflareClient(options, time);
        _zone = new ZoneLookup(options, _client, time);
        _reads = new GatheredReads<CloudflareRecord>(
            (name, token) => _zone.InZoneAsync(id => _client.ListRecordsAsync(id, name, token), token),
            (pages, token) => _zone.InZoneAsync(id => _client.ListRecordsAsync(id, pages, token), token),
            record => record.Name,
            _stop.Token);
        Capabilities = options.OwnCapabilities ?? CloudflareOptions.Capabilities;
    }

    /// <summary>Makes one of its options, or its sibling that steers load balancers.</summary>
    public static IDnsProvider Open(ProviderOptions options, ProviderSurroundings around) => options is CloudflareOptions { Mode: CloudflareMode.LoadBalancing } balancing
        ? new LoadBalancingProvider(balancing, around.Time, around.Loggers.CreateLogger<LoadBalancingProvider>())
        : new CloudflareProvider((CloudflareOptions)options, around.Time, around.Loggers.CreateLogger<CloudflareProvider>());

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) =>
        CloudflareRecord.Combine(name, Note(name, await _reads.ReadAsync(name, cancellationToken)));

    /// <inheritdoc/>
    /// <remarks>
    /// Cloudflare has no conditional write. The records are read again right before, so that a write based on an old reading
    /// is a conflict, except where somebody else writes between that read and the write.
    /// </remarks>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        if (!_changing.TryAdd(change.Name, 0))
        {
            throw new ProviderException(ProviderFailure.Conflict, $"another change of {change.Name} is under way; nothing was written");
        }

        try
        {
            var records = Note(change.Name, await _reads.ReadAsync(change.Name, cancellationToken));
            var before = CloudflareRecord.Combine(change.Name, records);
            if (!change.IsUntouchedIn(before))
            {
                throw change.NoLongerAsRead(before);
            }

            var writes = RecordWrites.For(change, records);
            RefuseSmallTtl(change, writes);
            return writes.Count == 0 ? before : await WriteAsync(change, records, writes, cancellationToken);
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
        new Examination(_options, _client, _zone, _time).RunAsync(RecordsAreReadAsync, cancellationToken);

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _client.Dispose();
        _zone.Dispose();
        _stop.Dispose();
    }

    /// <summary>Remembers whether the name servers answer what was read. Only steered names are read, so that this stays small.</summary>
    private IReadOnlyList<CloudflareRecord> Note(DnsName name, IReadOnlyList<CloudflareRecord> records)
    {
        if (records.Any(record => record.IsProxied))
        {
            _hidden[name] = "it is proxied, so that the name servers answer Cloudflare's own addresses";
        }
        else if (records.Any(record => record.IsFlattened))
        {
            _hidden[name] = "its CNAME is flattened, so that the name servers answer the addresses of its target";
        }
        else
        {
            _hidden.TryRemove(name, out _);
        }

        return records;
    }

    private async Task<NameRecords> WriteAsync(ChangeSet change, IReadOnlyList<CloudflareRecord> records, RecordWrites writes, CancellationToken cancellationToken)
    {
        if (change.Owner is { } owner && records.Any(record => OwnerMark.Write(record.Comment, owner) is null))
        {
            LogNoRoomForMark(change.Name, owner);
        }

        var reply = await _zone.InZoneAsync(
            id => writes is { Count: 1, Patches: [var patch] } ? _client.PatchAsync(id, change.Name, patch, cancellationToken) : _client.BatchAsync(id, change.Name, writes, cancellationToken),
            cancellationToken);
        LogWritten(change.Id, change.Name, writes.Patches.Count, writes.Posts.Count, writes.Deletes.Count);
        return ReadBack(change, records, writes, reply) is { } shown && change.IsAppliedIn(shown) ? shown : await this.ReadAfterWriteAsync(change.Name, $"Cloudflare took the change of {change.Name}", cancellationToken);
    }

    /// <summary>The records after the write, out of its reply; null when the reply does not show every record that was written.</summary>
    private static NameRecords? ReadBack(ChangeSet change, IReadOnlyList<CloudflareRecord> records, RecordWrites writes, CloudflareReply reply)
    {
        try
        {
            var written = reply.Read(json => WrittenRecords(json.Object("result") ?? throw new JsonException("'result' is missing"), writes));
            var ids = written.Select(record => record.Id).ToHashSet();
            var others = records.Where(record => !ids.Contains(record.Id) && !writes.Deletes.Contains(record.Id));
            return written.Count == writes.Patches.Count + writes.Posts.Count && writes.Patches.All(patch => ids.Contains(patch.Id)) && written.All(record => record.Name == change.Name)
                ? CloudflareRecord.Combine(change.Name, [.. others, .. written])
                : null;
        }
        catch (ProviderException)
        {
            return null; // it was carried out, so that only another read can tell
        }
    }

    private static List<CloudflareRecord> WrittenRecords(JsonElement result, RecordWrites writes)
    {
        IEnumerable<JsonElement> items = writes is { Count: 1, Patches: [_] } ? [result] : [.. result.List("patches") ?? [], .. result.List("posts") ?? []];
        return [.. items.Select(CloudflareRecord.Read).OfType<CloudflareRecord>()];
    }

    private async Task<IReadOnlyList<Finding>> RecordsAreReadAsync(CancellationToken cancellationToken)
    {
        await _zone.InZoneAsync(id => _client.ListRecordsAsync(id, _options.Zone, cancellationToken), cancellationToken);
        return
        [
            Finding.Good("permissions", $"the token may read the records of {_options.Zone}"),
            Finding.Advice("permissions", $"whether the token may change records cannot be found out without changing one", $"see that it has the permission Zone → DNS → Edit for {_options.Zone} (Zone.DNS:Edit)"),
        ];
    }

    private void RefuseSmallTtl(ChangeSet change, RecordWrites writes)
    {
        var least = Capabilities.SmallestTtl;
        var asked = writes.Patches.Select(patch => patch.Ttl).Concat(change.Changes.Any(one => one.Before is null) ? writes.Posts.Select(post => (int?)post.Ttl) : []);
        if (asked.Any(ttl => ttl != CloudflareRecord.Automatic && ttl < least.TotalSeconds))
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the TTL of {change.Name} would be less than the {least.TotalSeconds:0} s that Cloudflare takes{(_options.Enterprise ? string.Empty : " (30 s on the Enterprise plan: set enterprise: true)")}: correct ttl; nothing was written");
        }
    }

    [LoggerMessage(4201, LogLevel.Debug, "Change {ChangeId} of {Name} was taken by Cloudflare: {Patched} records changed, {Created} created, {Deleted} deleted")]
    private partial void LogWritten(long changeId, DnsName name, int patched, int created, int deleted);

    [LoggerMessage(4202, LogLevel.Warning, "A record of {Name} has no room in its comment for the mark of {Owner}; it is written without it")]
    private partial void LogNoRoomForMark(DnsName name, string owner);
}
