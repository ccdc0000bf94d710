using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Builtin;

/// <summary>
/// A small authoritative DNS server inside the daemon: it holds the records itself and answers for them. Reads and
/// queries take no lock; writes are conditional, atomic over all sets of a name, and durable before they are answered.
/// </summary>
public sealed class BuiltinProvider : IDnsProvider, IDeclaredNames, IAsyncDisposable
{
    private readonly Lock _writing = new();
    private readonly ZoneFile? _file;
    private readonly ILogger _logger;
    private readonly DnsListener _listener;
    private ZoneSnapshot _zone;
    private bool _closed;

    private BuiltinProvider(ZoneSnapshot zone, ZoneFile? file, SocketPair sockets, Func<int, int> random, TimeProvider time, ILogger logger)
    {
        (_zone, _file, _logger) = (zone, file, logger);
        var responder = new ZoneResponder(() => Zone, random, time, logger);
        _listener = new DnsListener(sockets, responder.Answer, time, logger);
    }

    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => BuiltinOptions.Capabilities;

    /// <summary>Where it answers, over UDP and TCP.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>The zone at this moment.</summary>
    internal ZoneSnapshot Zone => Volatile.Read(ref _zone);

    /// <summary>Loads the zone, binds the port and begins to answer.</summary>
    /// <param name="options">Where to listen and which zone.</param>
    /// <param name="declaredNames">
    /// The names that services steer. One without records is answered SERVFAIL, so that resolvers ask again instead of
    /// remembering that it does not exist. Names outside of the zone are ignored.
    /// </param>
    /// <param name="dataDirectory">Where the zone is kept; null keeps it in memory.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Makes the log.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="ProviderException">Rejected: the port or the directory cannot be used; the message says what to do.</exception>
    public static Task<BuiltinProvider> StartAsync(
        BuiltinOptions options,
        IReadOnlyCollection<DnsName> declaredNames,
        string? dataDirectory,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken) =>
        StartAsync(options, declaredNames, dataDirectory, Random.Shared.Next, time, loggers, cancellationToken);

    /// <summary>As the other one, with the randomness that picks and rotates values (a number from 0 to below its argument), on any thread.</summary>
    /// <inheritdoc cref="StartAsync(BuiltinOptions, IReadOnlyCollection{DnsName}, string, TimeProvider, ILoggerFactory, CancellationToken)"/>
    internal static Task<BuiltinProvider> StartAsync(
        BuiltinOptions options,
        IReadOnlyCollection<DnsName> declaredNames,
        string? dataDirectory,
        Func<int, int> random,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken) =>
        Task.Run(() => Start(options, declaredNames, dataDirectory, random, time, loggers.CreateLogger<BuiltinProvider>()), cancellationToken);

    /// <summary>Opens the server of these options.</summary>
    /// <exception cref="ProviderException">Rejected: it cannot listen, or cannot keep its zone.</exception>
    internal static async Task<IDnsProvider> OpenAsync(ProviderOptions options, ProviderSurroundings around, CancellationToken cancellationToken) =>
        await StartAsync((BuiltinOptions)options, around.DeclaredNames, around.DataDirectory, around.Time, around.Loggers, cancellationToken);

    /// <summary>Replaces the declared names, after a reload. Records of names that are no longer declared stay.</summary>
    public void DeclareNames(IReadOnlyCollection<DnsName> names)
    {
        lock (_writing)
        {
            Volatile.Write(ref _zone, _zone.Declaring(names));
        }
    }

    /// <inheritdoc/>
    public Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var zone = Zone;
        return name.IsWithin(zone.Apex.Zone)
            ? Task.FromResult(zone.Read(name))
            : throw new ProviderException(ProviderFailure.Rejected, $"{name} is not in the builtin zone {zone.Apex.Zone}");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var address = EndPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : EndPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : EndPoint.Address;
        return Task.FromResult<IReadOnlyList<IPEndPoint>>([new IPEndPoint(address, EndPoint.Port)]);
    }

    /// <inheritdoc/>
    public Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken) =>
        Task.Run(() => Apply(change, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_writing)
        {
            _closed = true; // its successor may have the zone's file in its hands
        }

        return _listener.DisposeAsync();
    }

    private static BuiltinProvider Start(
        BuiltinOptions options, IReadOnlyCollection<DnsName> declaredNames, string? dataDirectory, Func<int, int> random, TimeProvider time, ILogger logger)
    {
        var apex = ZoneApex.Create(options.Zone, options.NameServers, options.Listen.Address);
        var file = dataDirectory is null ? null : ZoneFile.In(dataDirectory, options.Zone);
        var sockets = SocketPair.Bind(options.Listen);
        try
        {
            // A new zone counts from the clock, so that secondaries also see it grow after the file was lost.
            var (serial, records) = file?.Load(time, logger) ?? (unchecked((uint)time.GetUtcNow().ToUnixTimeSeconds()), []);
            var zone = ZoneSnapshot.Create(apex, serial, records, declaredNames);
            SaveAtStart(file, zone);
            var provider = new BuiltinProvider(zone, file, sockets, random, time, logger);
            BuiltinLog.Listening(logger, options.Zone, provider.EndPoint, serial);
            WarnOfNameServers(logger, zone);
            return provider;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>Finds out at the start, and not at the first failover, that the zone cannot be kept.</summary>
    private static void SaveAtStart(ZoneFile? file, ZoneSnapshot zone)
    {
        try
        {
            file?.Save(zone);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw file!.NotUsable(exception);
        }
    }

    private static void WarnOfNameServers(ILogger logger, ZoneSnapshot zone)
    {
        foreach (var name in zone.Apex.NameServers.Where(name => zone.Find(WireName.From(name), out _) == NameKind.Awaited))
        {
            BuiltinLog.NameServerWithoutAddress(logger, name, zone.Apex.Zone);
        }
    }

    private NameRecords Apply(ChangeSet change, CancellationToken cancellationToken)
    {
        lock (_writing)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_closed)
            {
                throw new ProviderException(ProviderFailure.Transient, $"the builtin DNS server for {_zone.Apex.Zone} has just been closed; nothing was written");
            }

            Require(ZoneRules.Complaint(_zone.Apex, change));
            var current = _zone.Read(change.Name);
            if (change.Changes.FirstOrDefault(each => !Equals(current[each.After.Type], each.Before)) is { } stale)
            {
                throw new ProviderException(
                    ProviderFailure.Conflict,
                    $"{change.Name} {stale.After.Type} is {current[stale.After.Type]?.ToString() ?? "not there"}, and not {stale.Before?.ToString() ?? "absent"} as it was read; nothing was written");
            }

            var kept = current.Sets.Where(set => change.Changes.All(each => each.After.Type != set.Type));
            var written = NameRecords.Create(change.Name, kept.Concat(change.Changes.Select(each => each.After)));
            Require(ZoneRules.Complaint(_zone.Apex.Zone, written));
            var next = _zone.With(written);
            Save(next);
            Volatile.Write(ref _zone, next);
            BuiltinLog.Changed(_logger, change.Name, next.Serial, change);
            return next.Read(change.Name);
        }
    }

    private void Save(ZoneSnapshot zone)
    {
        try
        {
            _file?.Save(zone);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(ProviderFailure.Transient, $"nothing was written: {_file!.NotUsable(exception).Message}", exception);
        }
    }

    private static void Require(string? complaint)
    {
        if (complaint is not null)
        {
            throw new ProviderException(ProviderFailure.Rejected, complaint);
        }
    }
}
