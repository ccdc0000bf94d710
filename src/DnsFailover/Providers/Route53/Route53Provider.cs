using System.Collections.Concurrent;
using System.Net;
using System.Xml.Linq;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Route53;

/// <summary>A public hosted zone at Amazon Route 53.</summary>
internal sealed partial class Route53Provider : IDnsProvider, IAsyncDisposable
{
    private const int ListingsAtOnce = 4;

    private readonly Route53Options _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Route53Provider> _logger;
    private readonly Route53Client _client;
    private readonly ZoneFinder _zones;
    private readonly ReadQueue _reads;
    private readonly PropagationWatch _watch;

    /// <summary>A zone takes one change at a time; a second one at the same moment is turned away (PriorRequestNotComplete).</summary>
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>
    /// What was last read at each name. A change names the values that it replaces, and a DELETE must repeat everything
    /// else about them too; so a switch needs no further read.
    /// </summary>
    private readonly ConcurrentDictionary<DnsName, ListedName> _lastRead = new();

    public Route53Provider(Route53Options options, TimeProvider time, ILogger<Route53Provider> logger)
    {
        (_options, _time, _logger, _client) = (options, time, logger, new Route53Client(options, time));
        _zones = new ZoneFinder(options, _client);
        _client.ZoneGone = _zones.Forget;
        var listing = new ZoneListing(_client);
        _reads = new ReadQueue(async (names, found, token) => await listing.ListAsync((await _zones.GetAsync(token)).Id, names, found, token), ListingsAtOnce);
        _watch = new PropagationWatch(_client.IsInSyncAsync, new PropagationTold("is in sync at all name servers", "is still not in sync at all name servers of Route 53", "the AWS Health Dashboard"), time, logger);
    }

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => Route53Options.Capabilities;

    /// <summary>Makes one of its options.</summary>
    public static Route53Provider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((Route53Options)options, around.Time, around.Loggers.CreateLogger<Route53Provider>());

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) => (await ListAsync(name, cancellationToken)).Records((await _zones.GetAsync(cancellationToken)).Name);

    /// <inheritdoc/>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        foreach (var (_, after) in change.Changes)
        {
            if (ChangeBatch.Complaint(after) is { } complaint)
            {
                throw new ProviderException(ProviderFailure.Rejected, $"{change.Name} {after.Type} cannot be written at Route 53: {complaint}");
            }
        }

        var zone = await _zones.GetAsync(cancellationToken);
        var before = await ListedBeforeAsync(change, zone, cancellationToken);
        var began = _time.GetTimestamp();
        var route53Change = await WriteAsync(zone, change, before, cancellationToken);
        LogChanged(change.Id, change.Name, route53Change, _time.GetElapsedTime(began).TotalMilliseconds);
        _watch.Follow(route53Change, change.Name);
        var records = await ReadBackAsync(change, cancellationToken);
        return change.IsAppliedIn(records)
            ? records
            : throw new ProviderException(ProviderFailure.Ambiguous, $"Route 53 took the change of {change.Name}, but shows {records.Shown()}: did somebody else write at the same moment?");
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
            : throw new ProviderException(ProviderFailure.Rejected, $"the hosted zone {zone.Id} shows no name servers: list the zone's servers under nameServers");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _reads.Dispose();
        await _watch.DisposeAsync();
        _zones.Dispose();
        _client.Dispose();
        _writing.Dispose();
    }

    private async Task<ListedName> ListAsync(DnsName name, CancellationToken cancellationToken)
    {
        var listed = await _reads.ReadAsync(name, cancellationToken);
        _lastRead[name] = listed;
        return listed;
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
        return change.IsUntouchedIn(records)
            ? listed
            : throw change.NoLongerAsRead(records);
    }

    /// <summary>Gives the id of the change, once it was taken.</summary>
    private async Task<string> WriteAsync(FoundZone zone, ChangeSet change, ListedName before, CancellationToken cancellationToken)
    {
        var outcome = await SendAsync(zone, change, ChangeBatch.For(change, before), cancellationToken);
        if (outcome.ChangeId is { } first)
        {
            return first;
        }

        var now = await TryListAsync(change.Name, cancellationToken);
        if (now?.IsSameAs(before) == true && outcome.Complaints.All(complaint => complaint.Contains("already exists", StringComparison.Ordinal)))
        {
            // What the batch itself deletes cannot be in its way at Route 53; some compatible servers see it differently.
            outcome = await SendAsync(zone, change, ChangeBatch.For(change, before, upsert: true), cancellationToken);
            if (outcome.ChangeId is { } second)
            {
                return second;
            }
        }

        throw NotTaken(change, before, now, outcome.Complaints);
    }

    private async Task<BatchOutcome> SendAsync(FoundZone zone, ChangeSet change, XElement batch, CancellationToken cancellationToken)
    {
        var patience = _options.Timeout / 2;
        if (!await _writing.WaitAsync(patience, cancellationToken))
        {
            throw new ProviderException(ProviderFailure.Transient, $"changing {change.Name} at Route 53: other changes of {zone.Name} are under way since {Text.Of(patience)}; nothing was sent");
        }

        try
        {
            return await _client.ChangeAsync(zone.Id, batch, change, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<ListedName?> TryListAsync(DnsName name, CancellationToken cancellationToken)
    {
        try
        {
            return await ListAsync(name, cancellationToken);
        }
        catch (ProviderException)
        {
            return null;
        }
    }

    /// <summary>
    /// A batch that was not taken has lost a race if something is not there any more as it was read; else it asks for what
    /// Route 53 does not do, and it would not take it the next time.
    /// </summary>
    private static ProviderException NotTaken(ChangeSet change, ListedName before, ListedName? now, IReadOnlyList<string> complaints)
    {
        var said = Http.VendorText.Clean(string.Join("; ", complaints));
        return now is null ? new ProviderException(ProviderFailure.Conflict, $"Route 53 does not take the change of {change.Name}, and nothing was written: {said}")
            : now.IsSameAs(before) ? new ProviderException(ProviderFailure.Rejected, $"Route 53 does not take the change of {change.Name}, and nothing was written: {said}")
            : new ProviderException(ProviderFailure.Conflict, $"the records of {change.Name} are no longer what was read: there is {now}; nothing was written");
    }

    /// <summary>The change was taken, so that trouble from here on no longer means "nothing was written".</summary>
    private async Task<NameRecords> ReadBackAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(change.Name, cancellationToken);
        }
        catch (ProviderException e)
        {
            throw new ProviderException(ProviderFailure.Ambiguous, $"Route 53 took the change of {change.Name}, but it cannot be read back: {e.Message}", e, e.RetryAfter);
        }
    }

    [LoggerMessage(4131, LogLevel.Debug, "Change {ChangeId} of {Name} was taken as {Route53Change} in {Milliseconds:0.0} ms")]
    private partial void LogChanged(long changeId, DnsName name, string route53Change, double milliseconds);
}
