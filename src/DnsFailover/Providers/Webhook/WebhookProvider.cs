using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Webhook;

/// <summary>A zone behind a server of the team's own that speaks the contract.</summary>
internal sealed partial class WebhookProvider : IDnsProvider, IDisposable
{
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookProvider> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly WebhookClient _client;
    private readonly WebhookExamination _examination;
    private readonly GatheredReads<NameDocument> _reads;
    private readonly ConcurrentDictionary<DnsName, string> _hidden = new();

    /// <summary>A provider that has not called yet.</summary>
    public WebhookProvider(WebhookOptions options, TimeProvider time, ILogger<WebhookProvider> logger)
    {
        (_options, _time, _logger, _client) = (options, time, logger, new WebhookClient(options, time));
        _examination = new WebhookExamination(options, _client);
        _reads = new GatheredReads<NameDocument>(
            async (name, token) => [await _client.NameAsync(name, token)],
            _client.NamesAsync,
            document => document.Name,
            _stop.Token);
    }

    /// <summary>Makes one of its options.</summary>
    public static WebhookProvider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((WebhookOptions)options, around.Time, around.Loggers.CreateLogger<WebhookProvider>());

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => _options.OwnCapabilities;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) => await _reads.ReadAsync(name, cancellationToken) switch
    {
        [] => Note(NameRecords.Create(name, []), hidden: null),
        [var document] => Note(Records(document), document.Hidden),
        _ => throw new ProviderException(ProviderFailure.Transient, $"the records of {name} cannot be read: {_client.Server} lists the name twice, so that they may have changed meanwhile"),
    };

    /// <inheritdoc/>
    /// <remarks>The condition is checked by the server, in the same step as it writes.</remarks>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        RefuseSmallTtl(change);
        var began = _time.GetTimestamp();
        var reply = await _client.ChangeAsync(_options.OwnerMarks ? change : change with { Owner = null }, $"{change.Id}-{Guid.NewGuid():n}", cancellationToken);
        LogTaken(change.Id, change.Name, _client.Server, _time.GetElapsedTime(began).TotalMilliseconds);
        if (Shown(reply) is { } shown && change.IsAppliedIn(shown))
        {
            return Note(shown, reply!.Hidden);
        }

        var records = await this.ReadAfterWriteAsync(change.Name, $"{_client.Server} took the change of {change.Name}", cancellationToken);
        return change.IsAppliedIn(records)
            ? records
            : throw new ProviderException(ProviderFailure.Ambiguous, $"{_client.Server} took the change of {change.Name}, but shows {records.Shown()}: did somebody else write at the same moment?");
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken)
    {
        if (_options.NameServers.Count > 0)
        {
            return _options.NameServers;
        }

        var servers = (await _client.ZoneAsync(cancellationToken)).NameServers;
        if (servers.Count == 0)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{_client.Server} names no servers for {_options.Zone}: list the zone's servers under nameServers");
        }

        var addresses = servers.Select(WebhookExamination.AddressOf).OfType<IPEndPoint>();
        var hosts = await NameServerHosts.ResolveAsync(servers.Where(server => WebhookExamination.AddressOf(server) is null).Select(host => host.TrimEnd('.')), _options.Timeout, _time, cancellationToken);
        return [.. addresses.Concat(hosts).Distinct()];
    }

    /// <inheritdoc/>
    public string? WhyNotVerifiable(DnsName name) => _hidden.GetValueOrDefault(name);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => _examination.RunAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _client.Dispose();
        _stop.Dispose();
    }

    /// <summary>Remembers whether the name servers answer what was read. Only steered names are read, so that this stays small.</summary>
    private NameRecords Note(NameRecords records, string? hidden)
    {
        if (hidden is { Length: > 0 })
        {
            _hidden[records.Name] = Http.VendorText.Clean(hidden);
        }
        else
        {
            _hidden.TryRemove(records.Name, out _);
        }

        return records;
    }

    private NameRecords Records(NameDocument document)
    {
        try
        {
            return document.Records();
        }
        catch (JsonException e)
        {
            throw new ProviderException(ProviderFailure.Transient, $"the records of {document.Name} cannot be read: the reply of {_client.Server} is not as the contract says: {e.Message}", e);
        }
    }

    /// <summary>What the reply to a change shows; null when it shows nothing that can be used.</summary>
    private NameRecords? Shown(NameDocument? reply)
    {
        try
        {
            return reply is null ? null : Records(reply);
        }
        catch (ProviderException)
        {
            return null; // it was carried out, so that only a read can tell
        }
    }

    private void RefuseSmallTtl(ChangeSet change)
    {
        if (change.Changes.Any(one => one.After.Ttl < _options.SmallestTtl && one.After.Ttl != one.Before?.Ttl))
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the TTL of {change.Name} would be less than the {_options.SmallestTtl.TotalSeconds:0} s that the server takes (smallestTtl): correct ttl; nothing was written");
        }
    }

    [LoggerMessage(4380, LogLevel.Debug, "Change {ChangeId} of {Name} was taken by {Server} in {Milliseconds:0.0} ms")]
    private partial void LogTaken(long changeId, DnsName name, string server, double milliseconds);
}
