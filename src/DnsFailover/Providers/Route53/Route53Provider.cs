using System.Collections.Concurrent;
using System.Net;
using System.Xml.Linq;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Route53;

/// <summary>A public hosted zone at Amazon Route 53.</summary>
internal sealed partial class Route53Provider : IDnsProvider, IDeclaredServices, IHealthCheckedRecords, IAsyncDisposable
{
    private const int ListingsAtOnce = 4;

    private readonly Route53Options _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Route53Provider> _logger;
    private readonly Route53Client _client;
    private readonly ZoneFinder _zones;
    private readonly ReadQueue _reads;
    private readonly PropagationWatch _watch;
    private readonly HealthCheckUpkeep _upkeep;

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
        var listing = new ZoneListing(_client, new AliasTargets(options.Aliases));
        _reads = new ReadQueue(async (names, found, token) => await listing.ListAsync((await _zones.GetAsync(token)).Id, names, found, token), ListingsAtOnce);
        _watch = new PropagationWatch(_client.IsInSyncAsync, new PropagationTold("is in sync at all name servers", "is still not in sync at all name servers of Route 53", "the AWS Health Dashboard"), time, logger);
        _upkeep = new HealthCheckUpkeep(options, this, time, logger);
    }

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => Route53Options.Capabilities;

    /// <inheritdoc/>
    public string? WhyNotVerifiable(DnsName name) => _lastRead.GetValueOrDefault(name)?.Alias is { } target
        ? $"it is an alias, so that the name servers answer the addresses of {target}"
        : null;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <summary>The services that are there, for <see cref="ExamineAsync"/>.</summary>
    internal IReadOnlyList<DeclaredService> Services { get; init; } = [];

    /// <summary>Makes one of its options.</summary>
    public static Route53Provider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((Route53Options)options, around.Time, around.Loggers.CreateLogger<Route53Provider>()) { Services = around.Services };

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) => (await ListAsync(name, cancellationToken)).Records((await _zones.GetAsync(cancellationToken)).Name);

    /// <inheritdoc/>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        foreach (var (_, after) in change.Changes)
        {
            if (ChangeBatch.Complaint(after, _options) is { } complaint)
            {
                throw new ProviderException(ProviderFailure.Rejected, $"{change.Name} {after.Type} cannot be written at Route 53: {complaint}");
            }
        }

        var zone = await _zones.GetAsync(cancellationToken);
        var began = _time.GetTimestamp();
        var route53Change = await WriteAsync(zone, change, cancellationToken);
        LogChanged(change.Id, change.Name, route53Change, _time.GetElapsedTime(began).TotalMilliseconds);
        _watch.Follow(route53Change, change.Name);
        var records = await this.ReadAfterWriteAsync(change.Name, $"Route 53 took the change of {change.Name}", cancellationToken);
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
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) =>
        new Route53Examination(_options, _client, _zones, Services, _time).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _upkeep.DisposeAsync();
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

    /// <summary>Waits for its turn with the zone, and gives the id of the change once it was taken.</summary>
    private async Task<string> WriteAsync(FoundZone zone, ChangeSet change, CancellationToken cancellationToken)
    {
        await EnterAsync(zone, change.Name, cancellationToken);
        try
        {
            return await WriteAsync(zone, change, await ListedBeforeAsync(change, zone, cancellationToken), cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<string> WriteAsync(FoundZone zone, ChangeSet change, ListedName before, CancellationToken cancellationToken)
    {
        var checks = _upkeep.Book;
        var batch = ChangeBatch.For(change, before, checks);
        var outcome = await _client.ChangeAsync(zone.Id, batch, change, cancellationToken);
        var now = outcome.ChangeId is null ? await TryListAsync(change.Name, cancellationToken) : null;
        if (now?.IsSameAs(before) == true && ChangeBatch.For(change, before, checks = checks.WithoutIds()) is var plain && !XNode.DeepEquals(batch, plain))
        {
            // A health check may have been deleted behind our back. The switch does not depend on it.
            LogWithoutHealthChecks(change.Name, Said(outcome));
            _upkeep.Doubt();
            outcome = await _client.ChangeAsync(zone.Id, plain, change, cancellationToken);
        }

        if (outcome.ChangeId is null && now?.IsSameAs(before) == true && outcome.Complaints.All(complaint => complaint.Contains("already exists", StringComparison.Ordinal)))
        {
            // What the batch itself deletes cannot be in its way at Route 53; some compatible servers see it differently.
            outcome = await _client.ChangeAsync(zone.Id, ChangeBatch.For(change, before, checks, upsert: true), change, cancellationToken);
        }

        return outcome.ChangeId ?? throw NotTaken(change, before, now, Said(outcome));
    }

    private async Task EnterAsync(FoundZone zone, DnsName name, CancellationToken cancellationToken)
    {
        var patience = _options.Timeout / 2;
        if (!await _writing.WaitAsync(patience, cancellationToken))
        {
            throw new ProviderException(ProviderFailure.Transient, $"changing {name} at Route 53: other changes of {zone.Name} are under way since {Text.Of(patience)}; nothing was sent");
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
    private static ProviderException NotTaken(ChangeSet change, ListedName before, ListedName? now, string said)
    {
        return now is null ? new ProviderException(ProviderFailure.Conflict, $"Route 53 does not take the change of {change.Name}, and nothing was written: {said}")
            : now.IsSameAs(before) ? new ProviderException(ProviderFailure.Rejected, $"Route 53 does not take the change of {change.Name}, and nothing was written: {said}")
            : new ProviderException(ProviderFailure.Conflict, $"the records of {change.Name} are no longer what was read: there is {now}; nothing was written");
    }

    private static string Said(BatchOutcome outcome) => Http.VendorText.Clean(string.Join("; ", outcome.Complaints));

    [LoggerMessage(4131, LogLevel.Debug, "Change {ChangeId} of {Name} was taken as {Route53Change} in {Milliseconds:0.0} ms")]
    private partial void LogChanged(long changeId, DnsName name, string route53Change, double milliseconds);

    [LoggerMessage(4149, LogLevel.Warning, "The change of {Name} is written without health checks, as it was not taken with them: {Reason}")]
    private partial void LogWithoutHealthChecks(DnsName name, string reason);
}
