using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Desec;

/// <summary>A domain at deSEC.</summary>
internal sealed partial class DesecProvider : IDnsProvider, IDisposable
{
    /// <summary>A domain's servers change once in years; asking costs one of 2000 calls a day.</summary>
    private static readonly TimeSpan ServersAge = TimeSpan.FromHours(6);

    private readonly DesecOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<DesecProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly DesecClient _client;
    private readonly ZoneReads _reads;
    private readonly ChangeQueue _changes;
    private readonly DesecExamination _examination;
    private readonly ConcurrentDictionary<DnsName, byte> _changing = new();
    private (IReadOnlyList<string> Hosts, long At)? _servers;

    /// <summary>A provider that has not called yet.</summary>
    public DesecProvider(DesecOptions options, TimeProvider time, ILogger<DesecProvider> logger)
    {
        (_options, _time, _logger, _client) = (options, time, logger, new DesecClient(options, time));
        _reads = new ZoneReads(_client, time, _stop.Token);
        _changes = new ChangeQueue(options, _client, _reads, (change, owner) => LogNoRoomForMark(change.Name, owner), _stop.Token);
        _examination = new DesecExamination(options, _client);
    }

    /// <summary>Makes one of its options.</summary>
    public static DesecProvider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((DesecOptions)options, around.Time, around.Loggers.CreateLogger<DesecProvider>());

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => _options.OwnCapabilities;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) =>
        DesecRrset.Combine(name, await _reads.IdleAsync(name, cancellationToken));

    /// <inheritdoc/>
    /// <remarks>
    /// deSEC has no conditional write. The records are read again right before, so that a write based on an old reading is a
    /// conflict, except where somebody else writes between that read and the write.
    /// </remarks>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        RefuseSmallTtl(change);
        if (!_changing.TryAdd(change.Name, 0))
        {
            throw new ProviderException(ProviderFailure.Conflict, $"another change of {change.Name} is under way; nothing was written");
        }

        try
        {
            var began = _time.GetTimestamp();
            var records = await _changes.ApplyAsync(change, cancellationToken);
            LogTaken(change.Id, change.Name, _time.GetElapsedTime(began).TotalMilliseconds);
            return records;
        }
        finally
        {
            _changing.TryRemove(change.Name, out _);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken)
    {
        if (_options.NameServers.Count > 0)
        {
            return _options.NameServers;
        }

        if (_servers is not { } known || _time.GetElapsedTime(known.At) > ServersAge)
        {
            known = (await _client.NameServersAsync(cancellationToken), _time.GetTimestamp());
            _servers = known.Hosts.Count > 0 ? known : throw new ProviderException(ProviderFailure.Rejected, $"deSEC shows no NS records of {_options.Zone}: list the zone's servers under nameServers");
        }

        return await NameServerHosts.ResolveAsync(known.Hosts, _options.Timeout, _time, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => _examination.RunAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _client.Dispose();
        _stop.Dispose();
    }

    private void RefuseSmallTtl(ChangeSet change)
    {
        if (change.Changes.Any(one => one.After.Ttl < _options.SmallestTtl && one.After.Ttl != one.Before?.Ttl))
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the TTL of {change.Name} would be less than the {_options.SmallestTtl.TotalSeconds:0} s that deSEC takes for {_options.Zone} (smallestTtl): correct ttl, or let deSEC's support lower the domain's minimum_ttl; nothing was written");
        }
    }

    [LoggerMessage(4390, LogLevel.Debug, "Change {ChangeId} of {Name} was taken by deSEC in {Milliseconds:0.0} ms")]
    private partial void LogTaken(long changeId, DnsName name, double milliseconds);

    [LoggerMessage(4391, LogLevel.Warning, "{Name} is so long that there is no room for the mark of {Owner}; it is written without it")]
    private partial void LogNoRoomForMark(DnsName name, string owner);
}
