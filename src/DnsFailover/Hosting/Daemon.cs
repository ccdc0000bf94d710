using DnsFailover.Configuration;
using DnsFailover.Control;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Journal;
using DnsFailover.Notifications;
using DnsFailover.Probing;
using DnsFailover.Providers;
using DnsFailover.Verification;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Hosting;

/// <summary>What a daemon is started with, besides its configuration.</summary>
internal sealed record DaemonSettings
{
    /// <summary>Where the journal and the builtin zones are kept; null keeps them in memory.</summary>
    public required string? DataDirectory { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For all logs.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>Told each step of the control loop, after the log.</summary>
    public IReadOnlyList<IStepObserver> Observers { get; init; } = [];
}

/// <summary>
/// The parts of the daemon, put together: the journal is opened first and closed last, the control loop runs before
/// the first probe, and alerts are sent apart from all of it.
/// </summary>
internal sealed class Daemon : IAsyncDisposable
{
    private readonly SqliteJournal _journal;
    private readonly ProviderDirectory _providers;
    private readonly SystemNameResolver _resolver = new();
    private readonly Prober _prober;
    private readonly ProbeEngine _engine;
    private readonly ControlLoop _loop;
    private readonly NotificationSender _notifications;
    private readonly CancellationTokenSource _stopping = new();

    private Daemon(SqliteJournal journal, ProviderDirectory providers, DaemonSettings settings)
    {
        (_journal, _providers) = (journal, providers);
        _prober = new Prober(_resolver, settings.Time);
        _engine = new ProbeEngine(
            _prober,
            new QuartzProbeSchedule(settings.Time, settings.Loggers),
            (observation, token) => _loop!.PostAsync(new ControllerEvent.Observed(observation), token),
            settings.Time,
            settings.Loggers.CreateLogger<ProbeEngine>());
        var carrier = new EffectCarrier(journal, _engine, providers, new AuthoritativeVerifier(settings.Time), settings.Time, settings.Loggers.CreateLogger<EffectCarrier>());
        _loop = new ControlLoop(carrier, settings.Time, [new StepLog(settings.Loggers.CreateLogger<StepLog>()), .. settings.Observers], settings.Loggers.CreateLogger<ControlLoop>());
        _notifications = new NotificationSender(journal, settings.Time, settings.Loggers.CreateLogger<NotificationSender>());
    }

    /// <summary>Ends when the daemon has stopped; faulted when a defect stopped it.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The state after the last step.</summary>
    public ControllerState? State => _loop.State;

    /// <summary>The providers in effect.</summary>
    public IProviderDirectory Providers => _providers;

    /// <summary>Opens everything and starts it.</summary>
    /// <exception cref="JournalException">The journal cannot be opened.</exception>
    /// <exception cref="ProviderException">A provider cannot be opened.</exception>
    public static async Task<Daemon> StartAsync(DaemonConfiguration configuration, DaemonSettings settings, CancellationToken cancellationToken)
    {
        var journal = SqliteJournal.Open(settings.DataDirectory, [.. configuration.Notifications.Keys], settings.Time, settings.Loggers.CreateLogger<SqliteJournal>());
        var providers = new ProviderDirectory(settings.DataDirectory, settings.Time, settings.Loggers);
        try
        {
            await providers.ReplaceAsync(configuration, cancellationToken);
            var daemon = new Daemon(journal, providers, settings);
            await daemon.BeginAsync(configuration, settings, cancellationToken);
            return daemon;
        }
        catch
        {
            await providers.DisposeAsync();
            await journal.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes a configuration that was read again: a valid one in whole, of an invalid one only the complaint.</summary>
    public async Task ReloadAsync(ConfigurationResult result, CancellationToken cancellationToken)
    {
        if (result.Configuration is not { } configuration)
        {
            await _loop.PostAsync(new ControllerEvent.ConfigurationRejected(string.Join("\n", result.Errors)), cancellationToken);
            return;
        }

        try
        {
            await _providers.ReplaceAsync(configuration, cancellationToken);
        }
        catch (ProviderException e)
        {
            await _loop.PostAsync(new ControllerEvent.ConfigurationRejected(e.Message), cancellationToken);
            return;
        }

        await _journal.SetChannelsAsync([.. configuration.Notifications.Keys], cancellationToken);
        _notifications.Replace(configuration.Notifications);
        await _loop.PostAsync(new ControllerEvent.ConfigurationLoaded(ForController(configuration), $"{result.File} is in effect ({Count(configuration.Services.Count, "service")})"), cancellationToken);
        await _engine.ReplaceAsync(Schedule(configuration), cancellationToken);
    }

    /// <summary>Stops probing, lets requests under way end, and closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _stopping.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _notifications.DisposeAsync();
        _resolver.Dispose();
        await _providers.DisposeAsync();
        await _journal.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task BeginAsync(DaemonConfiguration configuration, DaemonSettings settings, CancellationToken cancellationToken)
    {
        var remembered = await _journal.ReadAsync(cancellationToken);
        if (_journal.StartedFresh is { } why)
        {
            await _journal.WriteAsync([], [DamagedJournal(why, settings.Time.GetUtcNow())], cancellationToken);
        }

        await ProbeWarmUp.RunAsync(_prober, cancellationToken);
        await _engine.StartAsync(cancellationToken);
        await _engine.ReplaceAsync(Schedule(configuration), cancellationToken);
        Completion = Task.Run(() => _loop.RunAsync(ForController(configuration), remembered, _stopping.Token), CancellationToken.None);
        _notifications.Replace(configuration.Notifications);
    }

    private static Alert DamagedJournal(string why, DateTimeOffset now) => new()
    {
        Kind = AlertKind.JournalDamaged,
        At = now,
        Title = "the journal was damaged and a new one was started",
        Reason = why,
        Next = "Hold-downs and undelivered alerts are forgotten. Nothing is written before every endpoint is probed and the live records are read.",
    };

    private static ControllerConfiguration ForController(DaemonConfiguration configuration) => new(configuration.Services, configuration.ReconcileInterval);

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static Dictionary<TargetId, ScheduledProbe> Schedule(DaemonConfiguration configuration) => configuration.Services
        .SelectMany(service => service.Targets)
        .ToDictionary(pair => pair.Target, pair => new ScheduledProbe(configuration.Checks[pair.Target], pair.Endpoint.Timing.Interval));
}
