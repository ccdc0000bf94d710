using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Google;

/// <summary>A managed zone at Google Cloud DNS.</summary>
internal sealed partial class GoogleProvider : IDnsProvider, IAsyncDisposable
{
    private static readonly PropagationTold Told = new("was sent to all name servers", "was still not sent to the name servers of Google Cloud DNS", "https://status.cloud.google.com");

    private readonly GoogleOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<GoogleProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly GoogleClient _client;
    private readonly ZoneLookup _zones;
    private readonly GatheredReads<ListedSet> _reads;
    private readonly PropagationWatch _watch;

    /// <summary>
    /// What was last read at each name. A change names the values that it replaces, and a deletion must repeat everything
    /// else about them too; so a switch needs no further read.
    /// </summary>
    private readonly ConcurrentDictionary<DnsName, ListedName> _lastRead = new();

    /// <summary>Servers that only look like Google's may not know the filter; they are not asked with it twice.</summary>
    private volatile bool _hasNoFilter;

    /// <summary>The zone is known to have more pages than this, so that it is not listed for so few names again.</summary>
    private volatile int _morePagesThan;

    /// <summary>A provider that has not called yet.</summary>
    public GoogleProvider(GoogleOptions options, TimeProvider time, ILogger<GoogleProvider> logger)
    {
        (_options, _time, _logger, _client) = (options, time, logger, new GoogleClient(options, time));
        _zones = new ZoneLookup(options, _client, time);
        _client.ZoneGone = _zones.Forget;
        _reads = new GatheredReads<ListedSet>(
            ListOneAsync,
            ListAllAsync,
            set => OwnerText.NameOf(set.Name) ?? set.Name,
            _stop.Token);
        _watch = new PropagationWatch(async (change, token) => await _client.IsDoneAsync((await _zones.GetAsync(token)).Id, change, token), Told, time, logger);
    }

    /// <summary>Makes one of its options.</summary>
    public static GoogleProvider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((GoogleOptions)options, around.Time, around.Loggers.CreateLogger<GoogleProvider>());

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => GoogleOptions.Capabilities;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) => (await ListAsync(name, cancellationToken)).Records((await _zones.GetAsync(cancellationToken)).Name);

    /// <inheritdoc/>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        var zone = await _zones.GetAsync(cancellationToken);
        var before = await ListedBeforeAsync(change, zone, cancellationToken);
        foreach (var after in change.Changes.Select(one => one.After))
        {
            if (ZoneChange.Complaint(after, before.Of(after.Type)) is { } complaint)
            {
                throw new ProviderException(ProviderFailure.Rejected, $"{change.Name} {after.Type} cannot be written at Google Cloud DNS: {complaint}; nothing was written");
            }
        }

        var began = _time.GetTimestamp();
        var outcome = await _client.ChangeAsync(zone.Id, ZoneChange.For(change, before), change.Name, cancellationToken);
        if (outcome.ChangeId is not { } id)
        {
            throw await NotTakenAsync(change, before, outcome.Misfit!, cancellationToken);
        }

        LogChanged(change.Id, change.Name, id, _time.GetElapsedTime(began).TotalMilliseconds);
        if (outcome.IsPending)
        {
            _watch.Follow(id, change.Name);
        }

        var records = await this.ReadAfterWriteAsync(change.Name, $"Google Cloud DNS took the change of {change.Name}", cancellationToken);
        return change.IsAppliedIn(records)
            ? records
            : throw new ProviderException(ProviderFailure.Ambiguous, $"Google Cloud DNS took the change of {change.Name}, but shows {records.Shown()}: did somebody else write at the same moment?");
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken)
    {
        if (_options.NameServers.Count > 0)
        {
            return _options.NameServers;
        }

        var zone = await _zones.GetAsync(cancellationToken);
        return zone.NameServers.Count > 0
            ? await NameServerHosts.ResolveAsync(zone.NameServers, _options.Timeout, _time, cancellationToken)
            : throw new ProviderException(ProviderFailure.Rejected, $"the managed zone {zone.Id} shows no name servers: list the zone's servers under nameServers");
    }

    /// <inheritdoc/>
    public string? WhyNotVerifiable(DnsName name) => _lastRead.TryGetValue(name, out var listed) ? listed.WhyNotVerifiable : null;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => Examination.OfAsync(_options, _client, _zones, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watch.DisposeAsync();
        _zones.Dispose();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task<ListedName> ListAsync(DnsName name, CancellationToken cancellationToken)
    {
        var sets = await _reads.ReadAsync(name, cancellationToken);
        if (sets.Count == 0)
        {
            // A list of several pages is no snapshot: what was written in between may be on none of them.
            sets = await ListExactlyAsync((await _zones.GetAsync(cancellationToken)).Id, name, cancellationToken);
        }

        var listed = new ListedName(name, sets);
        _lastRead[name] = listed;
        return listed;
    }

    /// <summary>A name and its mark below it: with one call where they fit on a page, which is a snapshot too; else with two.</summary>
    private async Task<IReadOnlyList<ListedSet>> ListOneAsync(DnsName name, CancellationToken cancellationToken)
    {
        var zone = await _zones.GetAsync(cancellationToken);
        if (!_hasNoFilter && name != zone.Name) // below the apex is everything
        {
            var page = await _client.ListFromAsync(zone.Id, name, cancellationToken);
            if (page is { Next: null })
            {
                return [.. page.Sets.Where(set => (OwnerText.NameOf(set.Name) ?? set.Name) == name)];
            }

            _hasNoFilter = page is null;
        }

        return await ListExactlyAsync(zone.Id, name, cancellationToken);
    }

    private async Task<IReadOnlyList<ListedSet>?> ListAllAsync(int mostPages, CancellationToken cancellationToken)
    {
        if (mostPages <= _morePagesThan)
        {
            return null;
        }

        var sets = await _client.ListZoneAsync((await _zones.GetAsync(cancellationToken)).Id, mostPages, cancellationToken);
        _morePagesThan = sets is null ? mostPages : 0;
        return sets;
    }

    private async Task<IReadOnlyList<ListedSet>> ListExactlyAsync(string zoneId, DnsName name, CancellationToken cancellationToken)
    {
        var own = await _client.ListNameAsync(zoneId, name, cancellationToken);
        return OwnerText.NameFor(name) is { } mark ? [.. own, .. await _client.ListNameAsync(zoneId, mark, cancellationToken)] : own;
    }

    /// <summary>What the change replaces, with everything about it: what was read last if it is that, else what there is now.</summary>
    private async Task<ListedName> ListedBeforeAsync(ChangeSet change, FoundZone zone, CancellationToken cancellationToken)
    {
        if (_lastRead.TryGetValue(change.Name, out var known) && change.IsUntouchedIn(known.Records(zone.Name)))
        {
            return known;
        }

        var listed = await ListAsync(change.Name, cancellationToken);
        var records = listed.Records(zone.Name);
        return change.IsUntouchedIn(records) ? listed : throw change.NoLongerAsRead(records);
    }

    /// <summary>
    /// A change that was not taken has lost a race if something is not there any more as it was read; else it asks for what
    /// Cloud DNS does not do, and it would not take it the next time.
    /// </summary>
    private async Task<ProviderException> NotTakenAsync(ChangeSet change, ListedName before, string said, CancellationToken cancellationToken)
    {
        ListedName now;
        try
        {
            now = await ListAsync(change.Name, cancellationToken);
        }
        catch (ProviderException)
        {
            return new ProviderException(ProviderFailure.Conflict, $"Google Cloud DNS does not take the change of {change.Name}, and nothing was written: {said}");
        }

        return now.IsSameAs(before)
            ? new ProviderException(ProviderFailure.Rejected, $"Google Cloud DNS does not take the change of {change.Name}, and nothing was written: {said}")
            : new ProviderException(ProviderFailure.Conflict, $"the records of {change.Name} are no longer what was read: there is {now}; nothing was written");
    }

    [LoggerMessage(4320, LogLevel.Debug, "Change {ChangeId} of {Name} was taken by Google Cloud DNS as {GoogleChange} in {Milliseconds:0.0} ms")]
    private partial void LogChanged(long changeId, DnsName name, string googleChange, double milliseconds);
}
