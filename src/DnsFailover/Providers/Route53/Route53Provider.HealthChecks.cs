using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Route53;

/// <summary>What looks after health checks needs of the records.</summary>
internal sealed partial class Route53Provider
{
    /// <inheritdoc/>
    public void DeclareServices(IReadOnlyList<DeclaredService> services) => _upkeep.Declare(services);

    /// <inheritdoc/>
    public void Freeze(IReadOnlySet<DnsName> frozen) => _upkeep.Freeze(frozen);

    Task<FoundZone> IHealthCheckedRecords.ZoneAsync(CancellationToken cancellationToken) => _zones.GetAsync(cancellationToken);

    ListedName? IHealthCheckedRecords.LastRead(DnsName name) => _lastRead.GetValueOrDefault(name);

    Task<ListedName> IHealthCheckedRecords.ReadAsync(DnsName name, CancellationToken cancellationToken) => _reads.ReadAsync(name, cancellationToken);

    /// <summary>
    /// The answer and the mark stay as they are, so that the controller, which alone decides what is answered, sees no
    /// change; and the batch is a compare-and-swap as every other, so that whoever writes at the same moment wins.
    /// </summary>
    async Task<bool> IHealthCheckedRecords.RefreshAsync(ServiceDefinition service, HealthCheckBook book, CancellationToken cancellationToken)
    {
        var zone = await _zones.GetAsync(cancellationToken);
        if (!_lastRead.ContainsKey(service.Name))
        {
            return false; // the controller's first read is not through yet
        }

        if (Refreshed(service, book, zone) is null)
        {
            return true;
        }

        await EnterAsync(zone, service.Name, cancellationToken);
        try
        {
            return Refreshed(service, book, zone) is not { } change || await RefreshAsync(zone, change, book, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<bool> RefreshAsync(FoundZone zone, ChangeSet change, HealthCheckBook book, CancellationToken cancellationToken)
    {
        var batch = ChangeBatch.For(change, _lastRead[change.Name], book);
        _lastRead.TryRemove(change.Name, out _); // whatever becomes of it, a switch must not be based on what was there before
        var outcome = await _client.ChangeAsync(zone.Id, batch, change, cancellationToken);
        await TryListAsync(change.Name, cancellationToken);
        if (outcome.ChangeId is not { } route53Change)
        {
            LogNotRefreshed(change.Name, Said(outcome));
            return false;
        }

        LogRefreshed(change.Name, route53Change);
        _watch.Follow(route53Change, change.Name);
        return true;
    }

    /// <summary>
    /// What would be written anew: the sets whose values are all declared, at a name that no other controller has marked.
    /// Null when everything is as the book wants it, or the name was not read yet.
    /// </summary>
    private ChangeSet? Refreshed(ServiceDefinition service, HealthCheckBook book, FoundZone zone)
    {
        if (!_lastRead.TryGetValue(service.Name, out var known) || TryRecords(known, zone) is not { } records || (records.Owner is { } owner && owner != service.Owner))
        {
            return null;
        }

        var declared = service.Targets.Select(pair => (pair.Target.Type, pair.Target.Value)).ToHashSet();
        var sets = service.Types.Select(type => records[type]).OfType<RecordSet>()
            .Where(set => set.Values.All(value => declared.Contains((set.Type, value.Data))) && !ChangeBatch.IsIdle(set, known, book))
            .Select(set => new RecordChange(set, set)).ToValueList();
        return sets.Count > 0 ? new ChangeSet(0, service.Name, sets) : null;
    }

    private static NameRecords? TryRecords(ListedName known, FoundZone zone)
    {
        try
        {
            return known.Records(zone.Name);
        }
        catch (ProviderException)
        {
            return null; // what cannot be steered is told by the controller's own read
        }
    }

    [LoggerMessage(4150, LogLevel.Information, "The records of {Name} were written anew with other health checks and the same answer, as {Route53Change}")]
    private partial void LogRefreshed(DnsName name, string route53Change);

    [LoggerMessage(4151, LogLevel.Information, "The records of {Name} did not take other health checks, and are as they were: {Reason}")]
    private partial void LogNotRefreshed(DnsName name, string reason);
}
