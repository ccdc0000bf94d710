using System.Collections.Frozen;
using System.Collections.Immutable;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers;

/// <summary>What a provider is opened with, besides its options.</summary>
/// <param name="DeclaredNames">The names that services steer there.</param>
/// <param name="DataDirectory">Where it may keep files; null keeps everything in memory.</param>
/// <param name="Time">The clock.</param>
/// <param name="Loggers">For its log.</param>
internal sealed record ProviderSurroundings(IReadOnlyCollection<DnsName> DeclaredNames, string? DataDirectory, TimeProvider Time, ILoggerFactory Loggers)
{
    /// <summary>The sets that services steer there, whose permissions <see cref="IRecordReader.ExamineAsync"/> looks at; empty where nobody is going to ask.</summary>
    public IReadOnlyList<(DnsName Name, RecordType Type)> DeclaredSets { get; init; } = [];

    /// <summary>The services that are there, where they are known; <c>doctor</c> says what a provider cannot do for them.</summary>
    public IReadOnlyList<DeclaredService> Services { get; init; } = [];
}

/// <summary>Opens the providers of a configuration and keeps those that a reload does not change.</summary>
internal sealed partial class ProviderDirectory(string? dataDirectory, TimeProvider time, ILoggerFactory loggers) : IProviderDirectory, IAsyncDisposable
{
    private sealed record Entry(ProviderDefinition Definition, IDnsProvider Provider);

    /// <summary>For going back to where a provider was, within a second: a reload that is called off by a stop must end soon.</summary>
    private const int MostTries = 6;

    private static readonly TimeSpan TryPause = TimeSpan.FromMilliseconds(200);

    private readonly ILogger _logger = loggers.CreateLogger<ProviderDirectory>();
    private volatile ImmutableDictionary<string, Entry> _entries = ImmutableDictionary<string, Entry>.Empty;
    private ImmutableDictionary<string, HashSet<DnsName>> _declared = ImmutableDictionary<string, HashSet<DnsName>>.Empty;

    private readonly Lock _freezing = new();
    private IReadOnlySet<DnsName> _frozen = FrozenSet<DnsName>.Empty;

    /// <inheritdoc/>
    public (IDnsProvider Provider, TimeSpan Timeout) Find(string name) => _entries.TryGetValue(name, out var entry)
        ? (entry.Provider, entry.Definition.Options.Timeout)
        : throw new ProviderException(ProviderFailure.Rejected, $"there is no provider '{name}' any more");

    /// <summary>Tells every provider which names are frozen now, so that nothing is written in the background either.</summary>
    public void Freeze(IReadOnlySet<DnsName> frozen)
    {
        lock (_freezing)
        {
            _frozen = frozen;
            foreach (var entry in _entries.Values)
            {
                (entry.Provider as IDeclaredServices)?.Freeze(frozen);
            }
        }
    }

    /// <summary>Opens what is new or changed, then closes what is gone. When one cannot be opened, everything is as it was before.</summary>
    /// <exception cref="ProviderException">One cannot be opened; the message says which and what to do.</exception>
    public async Task ReplaceAsync(DaemonConfiguration configuration, CancellationToken cancellationToken)
    {
        var old = _entries;
        var kept = old.Values.Where(entry => configuration.Providers.GetValueOrDefault(entry.Definition.Name) == entry.Definition).ToList();
        var next = kept.ToImmutableDictionary(entry => entry.Definition.Name).ToBuilder();
        var released = old.Values.Except(kept).Where(entry => entry.Provider is IDeclaredNames).ToList();
        var opened = new List<Entry>();
        try
        {
            foreach (var listening in released)
            {
                await CloseAsync(listening); // a successor, under this name or another, will listen where it does
            }

            foreach (var definition in configuration.Providers.Values.Where(definition => !next.ContainsKey(definition.Name)))
            {
                var entry = new Entry(definition, await OpenAsync(definition, NamesAt(configuration, definition.Name), cancellationToken));
                opened.Add(entry);
                next[definition.Name] = entry;
            }
        }
        catch
        {
            await PutBackAsync(old, opened, released);
            throw;
        }

        // Only now: a configuration that is rejected must leave no trace.
        _declared = configuration.Providers.Keys.ToImmutableDictionary(name => name, name => NamesAt(configuration, name));
        foreach (var entry in kept)
        {
            (entry.Provider as IDeclaredNames)?.DeclareNames(_declared[entry.Definition.Name]);
        }

        _entries = next.ToImmutable();
        lock (_freezing)
        {
            foreach (var entry in _entries.Values)
            {
                (entry.Provider as IDeclaredServices)?.Freeze(_frozen);
                (entry.Provider as IDeclaredServices)?.DeclareServices(DeclaredService.At(configuration, entry.Definition.Name));
            }
        }

        foreach (var gone in old.Values.Except(kept).Except(released))
        {
            await CloseAsync(gone);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var entry in _entries.Values)
        {
            await CloseAsync(entry);
        }

        _entries = _entries.Clear();
    }

    private async Task PutBackAsync(ImmutableDictionary<string, Entry> old, List<Entry> opened, List<Entry> released)
    {
        foreach (var entry in opened)
        {
            await CloseAsync(entry);
        }

        foreach (var entry in released)
        {
            var name = entry.Definition.Name;
            try
            {
                var names = _declared.GetValueOrDefault(name) ?? [];
                old = old.SetItem(name, entry with { Provider = await OpenAgainAsync(entry.Definition, names) });
            }
            catch (Exception e)
            {
                // Somebody took its place in that moment and keeps it. A closed one must not be used, nor kept by the next reload.
                old = old.Remove(name);
                LogNotPutBack(e, name, e is ProviderException ? e.Message : e.GetType().Name);
            }
        }

        _entries = old;
    }

    /// <summary>Opens what was open a moment ago. Its port may have gone to a client's socket meanwhile, which does not keep it for long.</summary>
    private async Task<IDnsProvider> OpenAgainAsync(ProviderDefinition definition, HashSet<DnsName> names)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await OpenAsync(definition, names, CancellationToken.None);
            }
            catch (ProviderException) when (attempt < MostTries)
            {
                await Task.Delay(TryPause, time, CancellationToken.None);
            }
        }
    }

    private async Task<IDnsProvider> OpenAsync(ProviderDefinition definition, IReadOnlyCollection<DnsName> names, CancellationToken cancellationToken)
    {
        var kind = ProviderTable.Kinds.Single(candidate => candidate.Type == definition.Type);
        return await kind.Open(definition.Options, new ProviderSurroundings(names, dataDirectory, time, loggers), cancellationToken);
    }

    private static HashSet<DnsName> NamesAt(DaemonConfiguration configuration, string provider) =>
        [.. configuration.Services.Where(service => service.Providers.Contains(provider, StringComparer.Ordinal)).Select(service => service.Name)];

    private static async Task CloseAsync(Entry entry)
    {
        switch (entry.Provider)
        {
            case IAsyncDisposable closing:
                await closing.DisposeAsync();
                break;
            case IDisposable closing:
                closing.Dispose();
                break;
        }
    }

    [LoggerMessage(4001, LogLevel.Error, "Provider {Name} could not be opened again after a configuration was rejected, and is out of use until the next reload: {Reason}")]
    private partial void LogNotPutBack(Exception cause, string name, string reason);
}

/// <summary>A provider that answers for its names itself and so must know them, even before they have records.</summary>
internal interface IDeclaredNames
{
    /// <summary>The names that services steer there now.</summary>
    void DeclareNames(IReadOnlyCollection<DnsName> names);
}
