using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Hetzner;

/// <summary>A zone at Hetzner, in the DNS of its Cloud API.</summary>
internal sealed partial class HetznerProvider : IDnsProvider, IDisposable
{
    private readonly HetznerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<HetznerProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly HetznerClient _client;
    private readonly ZoneLookup _zone;
    private readonly GatheredReads<HetznerRrset> _reads;
    private readonly ConcurrentDictionary<DnsName, byte> _changing = new();

    /// <summary>A provider that has not called yet.</summary>
    public HetznerProvider(HetznerOptions options, TimeProvider time, ILogger<HetznerProvider> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _client = new HetznerClient(options, time);
        _zone = new ZoneLookup(_client, time);
        _reads = new GatheredReads<HetznerRrset>(_client.ListRrsetsAsync, _client.ListRrsetsAsync, rrset => rrset.Name, _stop.Token);
    }

    /// <summary>Makes one of its options.</summary>
    public static HetznerProvider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((HetznerOptions)options, around.Time, around.Loggers.CreateLogger<HetznerProvider>());

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => HetznerOptions.Capabilities;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) =>
        await CombineAsync(name, await _reads.ReadAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// Hetzner has no conditional write, and changes one RRset at a time. The RRsets are read again right before, so that a write
    /// based on an old reading is a conflict; what fails after the first of several calls is ambiguous.
    /// </remarks>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        if (!_changing.TryAdd(change.Name, 0))
        {
            throw new ProviderException(ProviderFailure.Conflict, $"another change of {change.Name} is under way; nothing was written");
        }

        try
        {
            var rrsets = await _reads.ReadAsync(change.Name, cancellationToken);
            var before = await CombineAsync(change.Name, rrsets, cancellationToken);
            if (!change.IsUntouchedIn(before))
            {
                throw change.NoLongerAsRead(before);
            }

            var writes = RrsetWrites.For(change, rrsets, _options.Zone);
            Refuse(change, rrsets, writes);
            return writes is { Marks.Count: 0, Steps.Count: 0 } ? before : await WriteAsync(change, writes, cancellationToken);
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

        var zone = await _zone.GetAsync(cancellationToken);
        return zone.NameServers.Count > 0
            ? await NameServerHosts.ResolveAsync(zone.NameServers, _options.Timeout, _time, cancellationToken)
            : throw new ProviderException(ProviderFailure.Rejected, $"Hetzner names no servers for {_options.Zone}: list the zone's servers under nameServers");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => HetznerExamination.RunAsync(_client, _options, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _client.Dispose();
        _zone.Dispose();
        _stop.Dispose();
    }

    /// <summary>The zone is looked up only for RRsets that have its default TTL.</summary>
    private async Task<NameRecords> CombineAsync(DnsName name, IReadOnlyList<HetznerRrset> rrsets, CancellationToken cancellationToken) =>
        HetznerRrset.Combine(name, rrsets, rrsets.Any(rrset => rrset.Ttl is null) ? (await _zone.GetAsync(cancellationToken)).Ttl : 0);

    private async Task<NameRecords> WriteAsync(ChangeSet change, RrsetWrites writes, CancellationToken cancellationToken)
    {
        if (change.Owner is { } owner && !OwnerLabel.Fits(owner))
        {
            LogNoLabel(change.Name, owner);
        }

        foreach (var mark in writes.Marks)
        {
            await mark.SendAsync(_client, cancellationToken);
        }

        for (var done = 0; done < writes.Steps.Count; done++)
        {
            try
            {
                await writes.Steps[done].SendAsync(_client, cancellationToken);
            }
            catch (ActionFailedException e)
            {
                throw await OutcomeAsync(change, done, writes.Steps.Count, e, cancellationToken);
            }
            catch (ProviderException e) when (done > 0)
            {
                throw new ProviderException(ProviderFailure.Ambiguous, $"{Partly(change, done, writes.Steps.Count)}: {e.Message}", e, e.RetryAfter);
            }
        }

        LogWritten(change.Id, change.Name, writes.Steps.Count);
        return await this.ReadAfterWriteAsync(change.Name, $"Hetzner took the change of {change.Name}", cancellationToken);
    }

    /// <summary>An action that ended with an error has written nothing, if the records still are what they were.</summary>
    private async Task<ProviderException> OutcomeAsync(ChangeSet change, int done, int steps, ActionFailedException failed, CancellationToken cancellationToken)
    {
        if (done > 0)
        {
            return new ProviderException(ProviderFailure.Ambiguous, $"{Partly(change, done, steps)}: the action failed ({failed.Reason})", failed);
        }

        var now = await this.ReadAfterWriteAsync(change.Name, $"Hetzner failed to carry out the change of {change.Name} ({failed.Reason})", cancellationToken);
        return change.IsUntouchedIn(now)
            ? new ProviderException(failed.MayPass ? ProviderFailure.Transient : ProviderFailure.Rejected, $"Hetzner failed to carry out the change of {change.Name} ({failed.Reason}); nothing was written", failed)
            : new ProviderException(ProviderFailure.Ambiguous, $"Hetzner failed to carry out the change of {change.Name} ({failed.Reason}), and shows {now.Shown()}", failed);
    }

    private static string Partly(ChangeSet change, int done, int steps) => $"the change of {change.Name} at Hetzner is partly written, {done} of {steps} calls";

    private static void Refuse(ChangeSet change, IReadOnlyList<HetznerRrset> rrsets, RrsetWrites writes)
    {
        if (writes.Steps.Count > 0 && rrsets.FirstOrDefault(rrset => rrset.IsProtected && change.Changes.Any(one => one.After.Type == rrset.Type)) is { } locked)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the {locked.Type} records of {change.Name} are protected from changes at Hetzner: lift the protection of the RRset; nothing was written");
        }

        var least = HetznerOptions.Capabilities.SmallestTtl.TotalSeconds;
        if (writes.Steps.Any(step => step.Ttl < least))
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the TTL of {change.Name} would be less than the {least:0} s that Hetzner takes: correct ttl; nothing was written");
        }
    }

    [LoggerMessage(4370, LogLevel.Debug, "Change {ChangeId} of {Name} was carried out by Hetzner with {Calls} calls")]
    private partial void LogWritten(long changeId, DnsName name, int calls);

    [LoggerMessage(4371, LogLevel.Warning, "{Name} is written without the mark of {Owner}: a label's value begins and ends with a letter or a digit")]
    private partial void LogNoLabel(DnsName name, string owner);
}
