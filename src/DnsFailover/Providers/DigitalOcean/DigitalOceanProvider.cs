using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>A domain at DigitalOcean.</summary>
internal sealed partial class DigitalOceanProvider : IDnsProvider, IDisposable
{
    /// <summary>Those of every domain there (https://docs.digitalocean.com/products/networking/dns/getting-started/dns-registrars/).</summary>
    private static readonly string[] NameServerNames = ["ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"];

    private readonly DigitalOceanOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<DigitalOceanProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly DigitalOceanClient _client;
    private readonly ZoneReading _zone;
    private readonly GatheredReads<DigitalOceanRecord> _reads;
    private readonly ConcurrentDictionary<DnsName, byte> _changing = new();

    /// <summary>A provider that has not called yet.</summary>
    public DigitalOceanProvider(DigitalOceanOptions options, TimeProvider time, ILogger<DigitalOceanProvider> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _client = new DigitalOceanClient(options, time);
        _zone = new ZoneReading(_client, time);
        _reads = new GatheredReads<DigitalOceanRecord>(_zone.ReadAsync, _client.ListRecordsAsync, record => record.SteeredName, _stop.Token);
    }

    /// <summary>Makes one of its options.</summary>
    public static DigitalOceanProvider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((DigitalOceanOptions)options, around.Time, around.Loggers.CreateLogger<DigitalOceanProvider>());

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => DigitalOceanOptions.Capabilities;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) =>
        DigitalOceanRecord.Combine(name, await _reads.ReadAsync(name, cancellationToken));

    /// <inheritdoc/>
    /// <remarks>
    /// DigitalOcean has neither a conditional write nor one of several records. The records are read again right before, so
    /// that a write based on an old reading is a conflict; what fails after the first of several calls is ambiguous.
    /// </remarks>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        if (!_changing.TryAdd(change.Name, 0))
        {
            throw new ProviderException(ProviderFailure.Conflict, $"another change of {change.Name} is under way; nothing was written");
        }

        try
        {
            var records = await _reads.ReadAsync(change.Name, cancellationToken);
            var before = DigitalOceanRecord.Combine(change.Name, records);
            if (!change.IsUntouchedIn(before))
            {
                throw change.NoLongerAsRead(before);
            }

            var writes = RecordWrites.For(change, records, _options.Zone);
            RefuseSmallTtl(change, writes);
            return writes is { Mark: null, Steps.Count: 0 } ? before : await WriteAsync(change, records, writes, cancellationToken);
        }
        finally
        {
            _changing.TryRemove(change.Name, out _);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken) =>
        _options.NameServers.Count > 0 ? _options.NameServers : await NameServerHosts.ResolveAsync(NameServerNames, _options.Timeout, _time, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => DigitalOceanExamination.RunAsync(_client, _options, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task<NameRecords> WriteAsync(ChangeSet change, IReadOnlyList<DigitalOceanRecord> records, RecordWrites writes, CancellationToken cancellationToken)
    {
        var now = records.ToDictionary(record => record.Id);
        var isAllShown = true;
        await WriteMarkAsync();
        for (var i = 0; i < writes.Steps.Count; i++)
        {
            await StepAsync(i);
        }

        LogWritten(change.Id, change.Name, writes.Steps.Count);
        var shown = isAllShown ? DigitalOceanRecord.Combine(change.Name, now.Values) : null;
        return shown is not null && change.IsAppliedIn(shown) ? shown : await this.ReadAfterWriteAsync(change.Name, $"DigitalOcean took the change of {change.Name}", cancellationToken);

        async Task WriteMarkAsync()
        {
            if (writes.Mark is { } mark)
            {
                isAllShown &= await CarryOutAsync(change.Name, mark, now, cancellationToken);
            }
            else if (change.Owner is { } owner && records.All(record => record.Owner != owner))
            {
                LogNoRoomForMark(change.Name, owner);
            }
        }

        async Task StepAsync(int done)
        {
            try
            {
                isAllShown &= await CarryOutAsync(change.Name, writes.Steps[done], now, cancellationToken);
            }
            catch (ProviderException e) when (done > 0)
            {
                throw new ProviderException(ProviderFailure.Ambiguous, $"the change of {change.Name} at DigitalOcean is partly written, {done} of {writes.Steps.Count} calls: {e.Message}", e, e.RetryAfter);
            }
        }
    }

    /// <summary>Makes one call and keeps track of the records; false when the reply does not show what was written.</summary>
    private async Task<bool> CarryOutAsync(DnsName name, RecordWrite write, Dictionary<long, DigitalOceanRecord> now, CancellationToken cancellationToken)
    {
        if (write.Body is null)
        {
            await _client.DeleteAsync(name, write.Replaces!.Id, cancellationToken);
            return now.Remove(write.Replaces.Id);
        }

        var shown = write.Replaces is { } record
            ? await _client.PatchAsync(name, record.Id, write.Body, cancellationToken)
            : await _client.CreateAsync(name, write.Body, cancellationToken);
        if (shown is null || shown.SteeredName != name || (write.Replaces is { } same && same.Id != shown.Id))
        {
            return false;
        }

        now[shown.Id] = shown;
        return true;
    }

    private static void RefuseSmallTtl(ChangeSet change, RecordWrites writes)
    {
        var least = DigitalOceanOptions.Capabilities.SmallestTtl.TotalSeconds;
        if (writes.Steps.Any(step => step.Ttl < least))
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the TTL of {change.Name} would be less than the {least:0} s that DigitalOcean takes: correct ttl; nothing was written");
        }
    }

    [LoggerMessage(4360, LogLevel.Debug, "Change {ChangeId} of {Name} was taken by DigitalOcean with {Calls} calls")]
    private partial void LogWritten(long changeId, DnsName name, int calls);

    [LoggerMessage(4361, LogLevel.Warning, "{Name} is too long to have the mark of {Owner} below it; it is written without one")]
    private partial void LogNoRoomForMark(DnsName name, string owner);
}
