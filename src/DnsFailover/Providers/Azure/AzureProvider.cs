using System.Collections.Concurrent;
using System.Net;
using Azure.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Azure;

/// <summary>A public zone at Azure DNS.</summary>
internal sealed partial class AzureProvider : IDnsProvider, IDisposable
{
    private static readonly TimeSpan LargestTtl = TimeSpan.FromSeconds(int.MaxValue);

    private readonly AzureOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<AzureProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly AzureClient _client;
    private readonly NameServerList _nameServers;
    private readonly GatheredReads<AzureRecordSet> _reads;

    /// <summary>
    /// What was last read at each steered name. A write repeats everything about a set and names its etag; so a switch of
    /// one set needs no further read.
    /// </summary>
    private readonly ConcurrentDictionary<DnsName, IReadOnlyList<AzureRecordSet>> _lastRead = new();

    /// <summary>A provider that has not called yet.</summary>
    /// <param name="options">What it is for.</param>
    /// <param name="credential">Where its tokens come from.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Its log.</param>
    public AzureProvider(AzureOptions options, TokenCredential credential, TimeProvider time, ILogger<AzureProvider> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _client = new AzureClient(options, credential, time);
        _nameServers = new NameServerList(options, _client, time);
        _reads = new GatheredReads<AzureRecordSet>(new NameReads(options, _client, time).ReadAsync, _client.ListSetsAsync, set => set.Name, _stop.Token);
    }

    /// <summary>Makes one of its options.</summary>
    public static AzureProvider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((AzureOptions)options, AzureCredential.For((AzureOptions)options), around.Time, around.Loggers.CreateLogger<AzureProvider>());

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => AzureOptions.Capabilities;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        var sets = await _reads.ReadAsync(name, cancellationToken);
        var records = AzureRecordSet.Combine(name, sets);
        _lastRead[name] = sets;
        return records;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Each set is written by itself, on condition of its etag. Several are written one after the other, by type; when one
    /// fails after another was written, the outcome is ambiguous, so that the records are read and decided about again.
    /// </remarks>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        RefuseTtl(change);
        var sets = await BeforeAsync(change, cancellationToken);
        _lastRead.TryRemove(change.Name, out _); // whatever comes of it, it is no longer what was read
        sets = await WriteAsync(change, sets, cancellationToken);
        sets = await ReplaceOtherMarksAsync(change, sets, cancellationToken);
        var records = AzureRecordSet.Combine(change.Name, sets);
        if (!change.IsAppliedIn(records))
        {
            throw new ProviderException(ProviderFailure.Ambiguous, $"Azure took the change of {change.Name}, but shows {records.Shown()}");
        }

        _lastRead[change.Name] = sets;
        return records;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken)
    {
        if (_options.NameServers.Count > 0)
        {
            return _options.NameServers;
        }

        var hosts = await _nameServers.GetAsync(cancellationToken);
        return hosts.Count > 0
            ? await NameServerHosts.ResolveAsync(hosts, _options.Timeout, _time, cancellationToken)
            : throw new ProviderException(ProviderFailure.Rejected, $"Azure names no servers for {_options.Zone}: list the zone's servers under nameServers");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => new AzureExamination(_options, _client).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _client.Dispose();
        _nameServers.Dispose();
        _stop.Dispose();
    }

    /// <summary>
    /// The sets that the change replaces, with everything about them. For one set what was read last will do: its etag is
    /// the condition. Several are read again first, because only that keeps the second from failing after the first was written.
    /// </summary>
    private async Task<IReadOnlyList<AzureRecordSet>> BeforeAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        if (change.Changes.Count == 1 && _lastRead.TryGetValue(change.Name, out var known) && change.IsUntouchedIn(AzureRecordSet.Combine(change.Name, known)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return known;
        }

        var sets = await _reads.ReadAsync(change.Name, cancellationToken);
        var records = AzureRecordSet.Combine(change.Name, sets);
        return change.IsUntouchedIn(records) ? sets : throw change.NoLongerAsRead(records);
    }

    /// <summary>Writes set by set; gives the sets of the name as they are then.</summary>
    private async Task<IReadOnlyList<AzureRecordSet>> WriteAsync(ChangeSet change, IReadOnlyList<AzureRecordSet> sets, CancellationToken cancellationToken)
    {
        var written = new List<RecordType>();
        foreach (var (_, after) in change.Changes)
        {
            var before = sets.FirstOrDefault(set => set.Type == after.Type);
            try
            {
                var now = await _client.PutAsync(change.Name, after.Type, AzureRecordSet.Put(before, after, change.Owner), before, cancellationToken);
                sets = [.. sets.Where(set => set.Type != after.Type), now];
            }
            catch (ProviderException e) when (written.Count > 0)
            {
                throw new ProviderException(ProviderFailure.Ambiguous, $"the change of {change.Name} is partly written: {string.Join(", ", written)} is, {after.Type} is not: {e.Message}", e, e.RetryAfter);
            }

            written.Add(after.Type);
            LogWritten(change.Id, change.Name, after.Type, before is null ? "created" : "replaced");
        }

        return sets;
    }

    /// <summary>
    /// A name that is taken over would else carry two marks. The change itself is done by then: where a mark cannot be
    /// replaced, the next change of the name does it.
    /// </summary>
    private async Task<IReadOnlyList<AzureRecordSet>> ReplaceOtherMarksAsync(ChangeSet change, IReadOnlyList<AzureRecordSet> sets, CancellationToken cancellationToken)
    {
        foreach (var other in change.Owner is { } owner ? sets.Where(set => set.Owner is not null && set.Owner != owner).ToList() : [])
        {
            try
            {
                var now = await _client.PutAsync(change.Name, other.Type, other.PutMark(change.Owner!), other, cancellationToken);
                sets = [.. sets.Where(set => set.Type != other.Type), now];
            }
            catch (ProviderException e)
            {
                LogMarkStays(change.Name, other.Type, other.Owner!, e.Message);
            }
        }

        return sets;
    }

    private static void RefuseTtl(ChangeSet change)
    {
        foreach (var (_, after) in change.Changes)
        {
            if (after.Ttl < AzureOptions.Capabilities.SmallestTtl || after.Ttl > LargestTtl)
            {
                throw new ProviderException(ProviderFailure.Rejected, $"the TTL of {change.Name} {after.Type} would be {after.Ttl.TotalSeconds:0} s, and Azure DNS takes 1 s to {LargestTtl.TotalSeconds:0} s: correct ttl; nothing was written");
            }
        }
    }

    [LoggerMessage(4340, LogLevel.Debug, "Change {ChangeId} of {Name}: Azure has {What} the {Type} set")]
    private partial void LogWritten(long changeId, DnsName name, RecordType type, string what);

    [LoggerMessage(4341, LogLevel.Warning, "The {Type} set of {Name} keeps the mark of {Owner} for now: {Reason}")]
    private partial void LogMarkStays(DnsName name, RecordType type, string owner, string reason);
}
