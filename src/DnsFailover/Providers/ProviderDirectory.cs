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
internal sealed record ProviderSurroundings(IReadOnlyCollection<DnsName> DeclaredNames, string? DataDirectory, TimeProvider Time, ILoggerFactory Loggers);

/// <summary>Opens the providers of a configuration and keeps those that a reload does not change.</summary>
internal sealed class ProviderDirectory(string? dataDirectory, TimeProvider time, ILoggerFactory loggers) : IProviderDirectory, IAsyncDisposable
{
    private sealed record Entry(ProviderDefinition Definition, IDnsProvider Provider);

    private volatile ImmutableDictionary<string, Entry> _entries = ImmutableDictionary<string, Entry>.Empty;

    /// <inheritdoc/>
    public (IDnsProvider Provider, TimeSpan Timeout) Find(string name) => _entries.TryGetValue(name, out var entry)
        ? (entry.Provider, entry.Definition.Options.Timeout)
        : throw new ProviderException(ProviderFailure.Rejected, $"there is no provider '{name}' any more");

    /// <summary>Opens what is new or changed, then closes what is gone. When one cannot be opened, everything is as it was before.</summary>
    /// <exception cref="ProviderException">One cannot be opened; the message says which and what to do.</exception>
    public async Task ReplaceAsync(DaemonConfiguration configuration, CancellationToken cancellationToken)
    {
        var old = _entries;
        var next = ImmutableDictionary.CreateBuilder<string, Entry>();
        var opened = new List<Entry>();
        var released = new List<Entry>();
        try
        {
            foreach (var definition in configuration.Providers.Values)
            {
                var known = old.GetValueOrDefault(definition.Name);
                if (known is not null && known.Definition == definition)
                {
                    (known.Provider as IDeclaredNames)?.DeclareNames(NamesAt(configuration, definition.Name));
                    next[definition.Name] = known;
                    continue;
                }

                if (known?.Provider is IDeclaredNames)
                {
                    await CloseAsync(known); // it listens where its successor will
                    released.Add(known);
                }

                var entry = new Entry(definition, await OpenAsync(configuration, definition, cancellationToken));
                opened.Add(entry);
                next[definition.Name] = entry;
            }
        }
        catch (ProviderException)
        {
            await PutBackAsync(configuration, old, opened, released, cancellationToken);
            throw;
        }

        _entries = next.ToImmutable();
        foreach (var gone in old.Values.Where(entry => !released.Contains(entry) && next.GetValueOrDefault(entry.Definition.Name) != entry))
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

    private async Task PutBackAsync(DaemonConfiguration configuration, ImmutableDictionary<string, Entry> old, List<Entry> opened, List<Entry> released, CancellationToken cancellationToken)
    {
        foreach (var entry in opened)
        {
            await CloseAsync(entry);
        }

        foreach (var entry in released)
        {
            old = old.SetItem(entry.Definition.Name, entry with { Provider = await OpenAsync(configuration, entry.Definition, cancellationToken) });
        }

        _entries = old;
    }

    private async Task<IDnsProvider> OpenAsync(DaemonConfiguration configuration, ProviderDefinition definition, CancellationToken cancellationToken)
    {
        var kind = ProviderTable.Kinds.Single(candidate => candidate.Type == definition.Type);
        return await kind.Open(definition.Options, new ProviderSurroundings(NamesAt(configuration, definition.Name), dataDirectory, time, loggers), cancellationToken);
    }

    private static HashSet<DnsName> NamesAt(DaemonConfiguration configuration, string provider) =>
        [.. configuration.Services.Where(service => service.Provider == provider).Select(service => service.Name)];

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
}

/// <summary>A provider that answers for its names itself and so must know them, even before they have records.</summary>
internal interface IDeclaredNames
{
    /// <summary>The names that services steer there now.</summary>
    void DeclareNames(IReadOnlyCollection<DnsName> names);
}
