using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Rfc2136;

/// <summary>A zone on a server that takes dynamic updates: BIND, Knot, PowerDNS, Windows DNS and others.</summary>
internal sealed partial class Rfc2136Provider(Rfc2136Options options, TimeProvider time, ILogger<Rfc2136Provider> logger) : IDnsProvider
{
    /// <summary>Makes one of its options.</summary>
    public static Rfc2136Provider Open(ProviderOptions options, ProviderSurroundings around) =>
        new((Rfc2136Options)options, around.Time, around.Loggers.CreateLogger<Rfc2136Provider>()) { DeclaredSets = around.DeclaredSets };

    private readonly Rfc2136Client _client = new(options, time);

    /// <summary>The sets that services steer here, whose permissions are examined.</summary>
    public IReadOnlyList<(DnsName Name, RecordType Type)> DeclaredSets { get; init; } = [];

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities { get; } = options.OwnCapabilities;

    /// <inheritdoc/>
    public TimeSpan? ClockSkew => _client.ClockSkew;

    /// <inheritdoc/>
    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) => (await ReadWithMarkAsync(name, cancellationToken)).Records;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) =>
        new Rfc2136Examination(options, _client, DeclaredSets).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var mark = change.Owner is null ? null : await ReadMarkAsync(change.Name, cancellationToken);
        try
        {
            await UpdateAsync(change, mark, cancellationToken);
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.Conflict)
        {
            throw await ExplainConflictAsync(e, change, mark, cancellationToken);
        }

        LogUpdated(change.Id, change.Name, _client.Server, time.GetElapsedTime(began).TotalMilliseconds);
        var records = await this.ReadAfterWriteAsync(change.Name, $"{_client.Server} took the update of {change.Name}", cancellationToken);
        return change.IsAppliedIn(records) ? records : throw NotShown(change, records);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken)
    {
        if (options.NameServers.Count > 0)
        {
            return options.NameServers;
        }

        var zone = WireName.From(options.Zone);
        var reply = await _client.QueryAsync(options.Zone, DnsType.NS, cancellationToken);
        var hosts = reply.Answers.Where(record => record.Type == DnsType.NS && record.Name == zone).Select(record => ((NameData)record.Data).Name.ToString());
        var servers = await NameServerHosts.ResolveAsync(hosts, options.Timeout, time, cancellationToken);
        return servers.Count > 0
            ? servers
            : throw new ProviderException(ProviderFailure.Rejected, $"{_client.Server} has no NS records for {options.Zone}: list the zone's servers under nameServers");
    }

    /// <summary>
    /// Writes records and mark as one. A server that refuses that may be refusing the mark alone, and traffic matters more
    /// than a mark: it is tried once more without. A refusal proves that nothing was written (RFC 2136 section 3.3).
    /// </summary>
    private async Task UpdateAsync(ChangeSet change, OwnerMark? mark, CancellationToken cancellationToken)
    {
        var marks = mark is not null && !mark.IsOf(change.Owner!);
        var rcode = await _client.UpdateAsync(DynamicUpdate.For(options.Zone, change, mark, marks, DnsClient.NewId()), cancellationToken);
        if (rcode == DnsRcode.REFUSED && marks)
        {
            rcode = await _client.UpdateAsync(DynamicUpdate.For(options.Zone, change, mark, writesMark: false, DnsClient.NewId()), cancellationToken);
            if (rcode == DnsRcode.NOERROR)
            {
                LogUnmarked(change.Name, _client.Server, mark!.At, change.Owner!);
            }
        }

        if (rcode != DnsRcode.NOERROR)
        {
            throw _client.Refusal(rcode, change);
        }
    }

    /// <summary>All questions at once: a read takes as long as the slowest of them.</summary>
    private async Task<(NameRecords Records, OwnerMark? Mark)> ReadWithMarkAsync(DnsName name, CancellationToken cancellationToken)
    {
        var mark = ReadMarkAsync(name, cancellationToken);
        var replies = Task.WhenAll(
            _client.QueryAsync(name, DnsType.A, cancellationToken),
            _client.QueryAsync(name, DnsType.CNAME, cancellationToken),
            _client.QueryAsync(name, DnsType.AAAA, cancellationToken));
        await Task.WhenAll(replies, mark); // of two failures, that of the records is told
        var (found, sets) = (await mark, await replies);
        return (RecordReading.Combine(name, sets[0], sets[1], sets[2]) with { Owner = found?.Owner }, found);
    }

    /// <summary>The mark of a name; null where marks are not wanted, or the name is too long for one.</summary>
    private async Task<OwnerMark?> ReadMarkAsync(DnsName name, CancellationToken cancellationToken)
    {
        if (!options.OwnerMark || OwnerText.NameFor(name) is not { } at)
        {
            return null;
        }

        try
        {
            return OwnerMark.In(await _client.QueryAsync(at, DnsType.TXT, cancellationToken), at);
        }
        catch (ProviderException e) when (e is { Failure: ProviderFailure.Rejected, InnerException: null })
        {
            throw new ProviderException(e.Failure, $"{e.Message}. That is where the mark of the owner of {name} is; ownerMark: false does without", e);
        }
    }

    /// <summary>
    /// Servers leave out, without a word, a CNAME beside other records and the reverse (RFC 2136 section 3.4.2.2). Anything
    /// else that differs was written by somebody else in between.
    /// </summary>
    private ProviderException NotShown(ChangeSet change, NameRecords records)
    {
        if (records[RecordType.CNAME] is { } alias && change.Changes.All(one => one.After.Type != RecordType.CNAME))
        {
            return new ProviderException(
                ProviderFailure.Rejected,
                $"{_client.Server} left out the addresses of {change.Name} because a CNAME to {alias.Values} is there: remove it, or steer the name with cname endpoints");
        }

        if (records[RecordType.CNAME] is null && change.Changes.Any(one => one.After.Type == RecordType.CNAME))
        {
            return new ProviderException(
                ProviderFailure.Rejected,
                $"{_client.Server} left out the CNAME of {change.Name} because other records are there, and a CNAME must be alone: remove them, or steer the name with addresses");
        }

        return new ProviderException(ProviderFailure.Ambiguous, $"{_client.Server} took the update of {change.Name}, but shows {Shown(records)}: did somebody else write at the same moment?");
    }

    private static string Shown(NameRecords records) => records.Sets.Count == 0 ? "no records" : string.Join("; ", records.Sets);

    /// <summary>A name that only a wildcard answers for reads as if it had records, which no condition will ever find.</summary>
    private async Task<ProviderException> ExplainConflictAsync(ProviderException conflict, ChangeSet change, OwnerMark? mark, CancellationToken cancellationToken)
    {
        try
        {
            var (records, now) = await ReadWithMarkAsync(change.Name, cancellationToken);
            if (mark is not null && now is not null && !mark.IsSameAs(now))
            {
                return new ProviderException(ProviderFailure.Conflict, $"the mark of {change.Name} at {mark.At} is no longer what was read: it names {(now.Owner is { } owner ? $"'{owner}'" : "nobody")}; nothing was written", conflict);
            }

            return change.Changes.Any(one => one.Before is not null) && change.IsUntouchedIn(records)
                ? new ProviderException(
                    ProviderFailure.Rejected,
                    $"{_client.Server} answers for {change.Name} but has no such records, so that a wildcard must be answering: give the name records of its own",
                    conflict)
                : conflict;
        }
        catch (ProviderException)
        {
            return conflict;
        }
    }

    [LoggerMessage(4400, LogLevel.Warning, "{Name} was written at {Server} without the mark of its owner, because TXT at {Mark} is refused: permit it, so that other controllers see that '{Owner}' steers the name, or set ownerMark: false")]
    private partial void LogUnmarked(DnsName name, string server, DnsName mark, string owner);

    [LoggerMessage(4101, LogLevel.Debug, "Change {ChangeId} of {Name} was taken by {Server} in {Milliseconds:0.0} ms")]
    private partial void LogUpdated(long changeId, DnsName name, string server, double milliseconds);
}
