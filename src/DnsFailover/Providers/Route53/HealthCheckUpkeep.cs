using System.Collections.Frozen;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Route53;

/// <summary>The records that health checks are put on.</summary>
internal interface IHealthCheckedRecords
{
    /// <summary>The hosted zone.</summary>
    /// <exception cref="ProviderException">It cannot be found.</exception>
    Task<FoundZone> ZoneAsync(CancellationToken cancellationToken);

    /// <summary>What was last read at a name; null when nothing was.</summary>
    ListedName? LastRead(DnsName name);

    /// <summary>What there is at a name now.</summary>
    /// <exception cref="ProviderException">It cannot be read.</exception>
    Task<ListedName> ReadAsync(DnsName name, CancellationToken cancellationToken);

    /// <summary>Writes the answer that there is anew, with the health checks of the book; the answer stays as it is.</summary>
    /// <returns>True when the records are as the book wants them.</returns>
    /// <exception cref="ProviderException">It cannot be told whether they are.</exception>
    Task<bool> RefreshAsync(ServiceDefinition service, HealthCheckBook book, CancellationToken cancellationToken);
}

/// <summary>
/// Keeps one health check per value that the services' endpoints have, so that Route 53 itself leaves a dead endpoint while
/// the daemon is down. It works in rounds in the background, at a leisurely pace, and every step is one that a crash may
/// follow: what is there is listed anew each time. No switch waits for it.
/// <para>
/// The order keeps endpoints that work in the answers: a health check is created, Route 53's checkers look, and only when
/// they see it pass is it put on records; it is taken off all records before it is deleted.
/// </para>
/// </summary>
internal sealed partial class HealthCheckUpkeep : IAsyncDisposable
{
    /// <summary>Until the first round, so that the daemon's own first reads go before.</summary>
    internal static readonly TimeSpan FirstRound = TimeSpan.FromSeconds(15);

    /// <summary>From one round to the next while there is nothing to do.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>From one round to the next while something is under way.</summary>
    internal static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>So many rounds in a row are soon; then what is under way may take its time.</summary>
    private const int MostSoon = 40;

    private const int MostCreatedPerRound = 20;

    private const int MostDeletedPerRound = 20;

    private const int MostAskedPerRound = 50;

    private const int MostReferences = 20;

    private readonly Route53Options _options;
    private readonly IHealthCheckedRecords _records;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HealthCheckClient _client;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Lock _lock = new();

    private readonly HealthCheckTags _tags = new();
    private readonly HashSet<string> _proven = new(StringComparer.Ordinal);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private HashSet<string> _surplus = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<DeclaredService> _services = [];
    private volatile IReadOnlySet<DnsName> _frozen = FrozenSet<DnsName>.Empty;
    private volatile HealthCheckBook _book = HealthCheckBook.Empty;
    private Task _running = Task.CompletedTask;
    private bool _hasLeftovers;
    private string? _trouble;

    public HealthCheckUpkeep(Route53Options options, IHealthCheckedRecords records, TimeProvider time, ILogger logger) =>
        (_options, _records, _time, _logger, _client) = (options, records, time, logger, new HealthCheckClient(options, time));

    /// <summary>What records may get at this moment.</summary>
    public HealthCheckBook Book => _book;

    /// <summary>Takes the services that there are now; the first time it begins to work.</summary>
    public void Declare(IReadOnlyList<DeclaredService> services)
    {
        lock (_lock)
        {
            _services = services;
            if (_running == Task.CompletedTask)
            {
                _running = RunAsync();
            }
            else
            {
                Wake();
            }
        }
    }

    /// <summary>Leaves the records of these names, and the health checks on them, as they are; those that are not frozen any more have their turn soon.</summary>
    public void Freeze(IReadOnlySet<DnsName> frozen)
    {
        lock (_lock)
        {
            var thawed = _frozen.Except(frozen).Any();
            _frozen = frozen;
            if (thawed)
            {
                Wake();
            }
        }
    }

    /// <summary>A health check was not there any more: the next round is soon.</summary>
    public void Doubt()
    {
        lock (_lock)
        {
            Wake();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _client.Dispose();
        _end.Dispose();
        _wake.Dispose();
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await Task.Delay(FirstRound, _time, _end.Token);
            for (var soon = 0; ;)
            {
                soon = await TryRoundAsync() ? 0 : soon + 1;
                if (await WaitAsync(soon is > 0 and <= MostSoon ? Soon : Interval))
                {
                    soon = 0;
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The provider is closed; its successor lists what there is.
        }
    }

    /// <summary>True when it was woken before the time had passed.</summary>
    private async Task<bool> WaitAsync(TimeSpan delay)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        var (wake, pause) = (_wake.WaitAsync(woken.Token), Task.Delay(delay, _time, woken.Token));
        var first = await Task.WhenAny(wake, pause);
        var wasWoken = wake.IsCompletedSuccessfully;
        await woken.CancelAsync();
        await Task.WhenAll(wake, pause).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
        return wasWoken;
    }

    /// <summary>True when there is nothing left to do.</summary>
    private async Task<bool> TryRoundAsync()
    {
        try
        {
            var done = await RoundAsync(_services, _end.Token);
            _trouble = null;
            return done;
        }
        catch (ProviderException e)
        {
            if (_trouble != e.Message)
            {
                LogTrouble(_trouble = e.Message);
            }

            return e.Failure == ProviderFailure.Rejected;
        }
        catch (Exception e) when (!_end.IsCancellationRequested)
        {
            LogDefect(e); // a round is not worth a daemon
            return true;
        }
    }

    private async Task<bool> RoundAsync(IReadOnlyList<DeclaredService> services, CancellationToken cancellationToken)
    {
        var zone = await _records.ZoneAsync(cancellationToken);
        var owners = services.Select(service => service.Definition.Owner ?? string.Empty).ToHashSet(StringComparer.Ordinal);
        if (!_options.ManagesHealthChecks && !_hasLeftovers && !await HasLeftoversAsync(services, zone, owners, cancellationToken))
        {
            return await RefreshAsync(services, cancellationToken);
        }

        var wanted = _options.ManagesHealthChecks ? Wanted(services) : [];
        var listed = (await _client.ListAsync(cancellationToken)).Where(check => check.Reference.StartsWith(HealthCheckMark.Prefix, StringComparison.Ordinal)).ToList();
        await _tags.LearnAsync(_client, listed.ConvertAll(check => check.Id), cancellationToken);
        var (kept, done) = await SettleAsync(wanted, listed, zone, owners, cancellationToken);
        var ours = listed.Where(check => _tags.IsOurs(check.Id, zone, owners)).Concat(kept.Values).Select(check => check.Id).ToHashSet(StringComparer.Ordinal);
        done &= await ProveAsync(kept, cancellationToken);
        _book = new HealthCheckBook(services.Select(service => service.Definition), kept.Where(pair => _proven.Contains(pair.Value.Id)).ToDictionary(pair => pair.Key, pair => pair.Value.Id), ours);
        done &= await RefreshAsync(services, cancellationToken);
        return await DeleteAsync(ours.Except(kept.Values.Select(check => check.Id)), cancellationToken) && done;
    }

    /// <summary>Every target that Route 53 can check; what it cannot is told once.</summary>
    private List<WantedHealthCheck> Wanted(IReadOnlyList<DeclaredService> services)
    {
        var wanted = new List<WantedHealthCheck>();
        foreach (var service in services)
        {
            foreach (var remark in HealthCheckRemarks.On(service, _options).Where(_told.Add))
            {
                LogRemark(remark);
            }

            wanted.AddRange(HealthCheckRemarks.Mapped(service, _options).Where(item => item.Mapped.Config is not null).Select(item =>
                new WantedHealthCheck(new EndpointValue(service.Name, item.Target.Type, item.Target.Value), item.Target.Endpoint, service.Definition.Owner ?? string.Empty, item.Mapped.Config!)));
        }

        return wanted;
    }

    /// <summary>Finds, creates and updates what is wanted; tells whether that is all of it.</summary>
    private async Task<(Dictionary<EndpointValue, ListedHealthCheck> Kept, bool Done)> SettleAsync(List<WantedHealthCheck> wanted, List<ListedHealthCheck> listed, FoundZone zone, HashSet<string> owners, CancellationToken cancellationToken)
    {
        var (kept, created) = (new Dictionary<EndpointValue, ListedHealthCheck>(), 0);
        foreach (var want in wanted)
        {
            var found = listed.Where(check => check.Config?.CanReplace(want.Config) == true && _tags.IsFor(check, want, zone, owners))
                .OrderByDescending(check => _proven.Contains(check.Id)).ThenBy(check => check.Reference, StringComparer.Ordinal).FirstOrDefault();
            if (found is null && created++ < MostCreatedPerRound)
            {
                found = await CreateAsync(want, listed, zone, cancellationToken);
            }

            if (found is not null && !_tags.IsOurs(found.Id, zone, owners))
            {
                await _tags.MarkAsync(_client, found.Id, want, zone, cancellationToken);
            }

            if (found is not null && (found.Config == want.Config || _frozen.Contains(want.Target.Name) || await UpdateAsync(found, want, cancellationToken)))
            {
                kept[want.Target] = found;
            }
        }

        return (kept, kept.Count == wanted.Count);
    }

    private async Task<ListedHealthCheck?> CreateAsync(WantedHealthCheck want, List<ListedHealthCheck> listed, FoundZone zone, CancellationToken cancellationToken)
    {
        var taken = listed.Select(check => check.Reference).ToHashSet(StringComparer.Ordinal);
        foreach (var reference in Enumerable.Range(1, MostReferences).Select(number => HealthCheckMark.Reference(want, zone.Id, number)).Where(reference => !taken.Contains(reference)))
        {
            if (await _client.CreateAsync(reference, want.Config, cancellationToken) is { } created)
            {
                LogCreated(created.Id, want.Target, want.Endpoint);
                return created;
            }
        }

        return null;
    }

    /// <summary>What it now does must pass anew before records may have it.</summary>
    private async Task<bool> UpdateAsync(ListedHealthCheck found, WantedHealthCheck want, CancellationToken cancellationToken)
    {
        if (!await _client.UpdateAsync(found, want.Config, cancellationToken))
        {
            return false;
        }

        _proven.Remove(found.Id);
        LogUpdated(found.Id, want.Target, want.Endpoint);
        return true;
    }

    /// <summary>Asks for the status of those that have not passed yet; tells whether all have.</summary>
    private async Task<bool> ProveAsync(Dictionary<EndpointValue, ListedHealthCheck> kept, CancellationToken cancellationToken)
    {
        var unproven = kept.Where(pair => !_proven.Contains(pair.Value.Id)).OrderBy(pair => pair.Key.ToString(), StringComparer.Ordinal).ToList();
        foreach (var (target, check) in unproven.Take(MostAskedPerRound))
        {
            if (await _client.PassesAsync(check.Id, cancellationToken))
            {
                _proven.Add(check.Id);
                LogPasses(check.Id, target);
            }
        }

        return unproven.TrueForAll(pair => _proven.Contains(pair.Value.Id));
    }

    private async Task<bool> RefreshAsync(IReadOnlyList<DeclaredService> services, CancellationToken cancellationToken)
    {
        var done = true;
        foreach (var service in services.Where(service => !_frozen.Contains(service.Name)))
        {
            done &= await _records.RefreshAsync(service.Definition, _book, cancellationToken);
        }

        return done;
    }

    /// <summary>Deletes what nothing needs since the round before, and no record of its name has.</summary>
    private async Task<bool> DeleteAsync(IEnumerable<string> surplus, CancellationToken cancellationToken)
    {
        var (now, before) = (surplus.ToHashSet(StringComparer.Ordinal), _surplus);
        _surplus = now;
        var deleted = 0;
        foreach (var id in now.Where(before.Contains).Order(StringComparer.Ordinal).Take(MostDeletedPerRound))
        {
            if (_tags.NameOf(id) is not { } name)
            {
                continue;
            }

            if ((await _records.ReadAsync(name, cancellationToken)).HealthChecks.Contains(id, StringComparer.Ordinal))
            {
                if (_told.Add(id))
                {
                    LogStillUsed(id, name);
                }

                continue;
            }

            await _client.DeleteAsync(id, cancellationToken);
            _surplus.Remove(id);
            _proven.Remove(id);
            deleted++;
            LogDeleted(id, name);
        }

        _hasLeftovers = !_options.ManagesHealthChecks && now.Count > deleted;
        return now.Count == deleted;
    }

    /// <summary>With <c>healthChecks: off</c> nothing is asked of the API, unless a name's records have a health check that may be the daemon's.</summary>
    private async Task<bool> HasLeftoversAsync(IReadOnlyList<DeclaredService> services, FoundZone zone, HashSet<string> owners, CancellationToken cancellationToken)
    {
        var ids = services.SelectMany(service => _records.LastRead(service.Name)?.HealthChecks ?? []).Distinct(StringComparer.Ordinal).ToList();
        try
        {
            await _tags.LearnAsync(_client, ids, cancellationToken);
        }
        catch (ProviderException e)
        {
            LogNotLookedUp(e.Message);
            (e.Failure == ProviderFailure.Rejected ? ids : []).ForEach(_tags.LeaveAlone);
        }

        return ids.Exists(id => _tags.IsOurs(id, zone, owners));
    }

    [LoggerMessage(4140, LogLevel.Information, "Health check {Id} was created for {Target} of endpoint {Endpoint}")]
    private partial void LogCreated(string id, EndpointValue target, string endpoint);

    [LoggerMessage(4141, LogLevel.Information, "Health check {Id} of {Target} was updated to what endpoint {Endpoint} is probed with")]
    private partial void LogUpdated(string id, EndpointValue target, string endpoint);

    [LoggerMessage(4142, LogLevel.Information, "Health check {Id} passes: records of {Target} get it")]
    private partial void LogPasses(string id, EndpointValue target);

    [LoggerMessage(4143, LogLevel.Information, "Health check {Id} of {Name} is not needed any more and was deleted")]
    private partial void LogDeleted(string id, DnsName name);

    [LoggerMessage(4144, LogLevel.Warning, "Health check {Id} is not needed any more, but records of {Name} still have it: it stays until they do not")]
    private partial void LogStillUsed(string id, DnsName name);

    [LoggerMessage(4145, LogLevel.Warning, "Health checks are not kept at the moment, and records stay as they are: {Reason}")]
    private partial void LogTrouble(string reason);

    [LoggerMessage(4146, LogLevel.Warning, "{Remark}")]
    private partial void LogRemark(string remark);

    [LoggerMessage(4147, LogLevel.Error, "A round of looking after health checks ended in the middle; the next one begins anew")]
    private partial void LogDefect(Exception defect);

    [LoggerMessage(4148, LogLevel.Debug, "It is not known whose the health checks on records are, so they are left alone: {Reason}")]
    private partial void LogNotLookedUp(string reason);
}
