using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.PowerDns;

/// <summary>A zone at a PowerDNS Authoritative Server, by its HTTP API.</summary>
internal sealed partial class PowerDnsProvider : IDnsProvider, IDisposable
{
    /// <summary>For so many RRsets per name that is asked for, a list of the whole zone costs the server no more than one read per name.</summary>
    private const int MostSetsPerName = 500;

    /// <summary>PowerDNS only queues notifications; a change is not held up by a server that does not even do that.</summary>
    private static readonly TimeSpan NotifyPatience = TimeSpan.FromSeconds(3);

    private readonly PowerDnsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<PowerDnsProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly PowerDnsClient _client;
    private readonly GatheredReads<PowerDnsSet> _reads;
    private readonly GatheredReads<PowerDnsSet> _readsBeforeWrites;
    private readonly ConcurrentDictionary<DnsName, byte> _changing = new();
    private volatile bool _keepsNoComments;

    /// <summary>A provider that has not called yet.</summary>
    public PowerDnsProvider(PowerDnsOptions options, TimeProvider time, ILogger<PowerDnsProvider> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _client = new PowerDnsClient(options, time);
        _reads = new GatheredReads<PowerDnsSet>(_client.ListSetsAsync, ListUnlessLargeAsync, set => set.Name, _stop.Token);
        _readsBeforeWrites = new GatheredReads<PowerDnsSet>(ListWithDisabledAsync, async (_, token) => await _client.ListSetsAsync(token), set => set.Name, _stop.Token);
    }

    /// <summary>Makes one of its options.</summary>
    public static PowerDnsProvider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((PowerDnsOptions)options, around.Time, around.Loggers.CreateLogger<PowerDnsProvider>());

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => PowerDnsOptions.Capabilities;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) =>
        new SteeredName(name, await _reads.ReadAsync(name, cancellationToken)).Records(_options.Zone);

    /// <inheritdoc/>
    /// <remarks>
    /// PowerDNS has no conditional write. The records are read again right before, so that a write based on an old reading
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
            var now = new SteeredName(change.Name, await _readsBeforeWrites.ReadAsync(change.Name, cancellationToken));
            RefuseCopy(change);
            var before = now.Records(_options.Zone);
            if (!change.IsUntouchedIn(before))
            {
                throw change.NoLongerAsRead(before);
            }

            now.RefuseCompany(change);
            var patch = RrsetPatch.For(change, now);
            return await WriteAsync(change, _keepsNoComments ? patch.WithoutComments() : patch, cancellationToken) ? await this.ReadAfterWriteAsync(change.Name, $"PowerDNS took the change of {change.Name}", cancellationToken) : before;
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

        var sets = await _client.ListSetsAsync(_options.Zone, cancellationToken);
        var hosts = sets.Where(set => set.Type == "NS").SelectMany(set => set.Live).Select(value => value.Content.TrimEnd('.')).ToList();
        return hosts.Count > 0
            ? await NameServerHosts.ResolveAsync(hosts, _options.Timeout, _time, cancellationToken)
            : throw new ProviderException(ProviderFailure.Rejected, $"PowerDNS has no NS records for {_options.Zone}: list the zone's servers under nameServers");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => new Examination(_options, _client).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task<IReadOnlyList<PowerDnsSet>?> ListUnlessLargeAsync(int names, CancellationToken cancellationToken) =>
        _client.ZoneSize > names * MostSetsPerName ? null : await _client.ListSetsAsync(cancellationToken);

    /// <summary>The sets of one name with disabled records, which a write must repeat.</summary>
    private async Task<IReadOnlyList<PowerDnsSet>> ListWithDisabledAsync(DnsName name, CancellationToken cancellationToken) =>
        await _client.ShowsDisabledByNameAsync(cancellationToken)
            ? await _client.ListSetsAsync(name, cancellationToken)
            : [.. (await _client.ListSetsAsync(cancellationToken)).Where(set => set.Name == name)];

    /// <summary>PowerDNS takes changes of a zone that it copies, and loses them with the next copy.</summary>
    private void RefuseCopy(ChangeSet change)
    {
        if (_client.Zone is { IsCopy: true, Kind: var kind })
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{change.Name} cannot be changed there: the zone {_options.Zone} is of kind {kind}, copied from another server; give the address of its primary as baseUrl; nothing was written");
        }
    }

    /// <summary>Writes; false when there is nothing to write.</summary>
    private async Task<bool> WriteAsync(ChangeSet change, RrsetPatch patch, CancellationToken cancellationToken)
    {
        if (patch.IsEmpty)
        {
            return false;
        }

        if (!await _client.PatchAsync(patch, cancellationToken))
        {
            // A switch matters more than a mark.
            _keepsNoComments = true;
            LogNoComments(change.Name);
            return await WriteAsync(change, patch.WithoutComments(), cancellationToken);
        }

        LogWritten(change.Id, change.Name, patch.Count);
        if (_client.Zone is { IsCopied: true })
        {
            await NotifyAsync(change, cancellationToken);
        }

        return true;
    }

    /// <summary>What was written is written: those who copy the zone will also find out by themselves, when they next look.</summary>
    private async Task NotifyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(NotifyPatience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await _client.NotifyAsync(either.Token);
        }
        catch (ProviderException e)
        {
            LogNotNotified(change.Id, change.Name, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotNotified(change.Id, change.Name, $"no reply within {NotifyPatience.TotalSeconds:0} s");
        }
    }

    [LoggerMessage(4301, LogLevel.Debug, "Change {ChangeId} of {Name} was taken by PowerDNS: {Count} RRsets replaced")]
    private partial void LogWritten(long changeId, DnsName name, int count);

    [LoggerMessage(4302, LogLevel.Warning, "The backend of PowerDNS keeps no comments, and so no marks of owners: {Name} and others are written without them")]
    private partial void LogNoComments(DnsName name);

    [LoggerMessage(4303, LogLevel.Warning, "Change {ChangeId} of {Name} is written, but the servers that copy the zone were not told, and follow only when they look by themselves: {Reason}")]
    private partial void LogNotNotified(long changeId, DnsName name, string reason);
}
