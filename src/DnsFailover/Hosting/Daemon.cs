using System.Collections.Immutable;
using DnsFailover.Api;
using DnsFailover.Configuration;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Journal;
using DnsFailover.Metrics;
using DnsFailover.Notifications;
using DnsFailover.Probing;
using DnsFailover.Probing.Lean;
using DnsFailover.Providers;
using DnsFailover.Schedules;
using DnsFailover.SelfCheck;
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
internal sealed partial class Daemon : IAsyncDisposable
{
    /// <summary>How many mistakes of a configuration file an alert lists.</summary>
    private const int MostMistakes = 20;

    /// <summary>So often the controller is told the planned times anew. What it knows reaches <see cref="WindowCalendar.Horizon"/> ahead.</summary>
    private static readonly TimeSpan WindowsPeriod = TimeSpan.FromHours(1);

    /// <summary>So often it is looked whether that is due: a clock may have been set forward.</summary>
    private static readonly TimeSpan WindowsLook = TimeSpan.FromSeconds(30);

    private readonly SqliteJournal _journal;
    private readonly ProviderDirectory _providers;
    private readonly SystemNameResolver _resolver = new();
    private readonly ControlTargets _controls;
    private readonly Prober _prober;
    private readonly ProbeEngine _engine;
    private readonly ControlLoop _loop;
    private readonly ObservationRecorder _recorder;
    private readonly RecentObservations _observations = new();
    private readonly NotificationSender _notifications;
    private readonly DaemonTelemetry _telemetry;
    private readonly IncidentWatch _incidents;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly SteadyTime _steady;
    private readonly ILogger _logger;
    private volatile WindowCalendar _calendar = new([]);
    private DateTimeOffset _windowsKnownAt;
    private readonly DrillClock _drills;
    private Task _windows = Task.CompletedTask;
    private Task _drilling = Task.CompletedTask;
    private HttpApi? _api;
    private ApiListeners? _listeners;
    private ControlSocket? _socket;

    private Daemon(SqliteJournal journal, ProviderDirectory providers, DaemonSettings settings)
    {
        (_journal, _providers, _logger) = (journal, providers, settings.Loggers.CreateLogger<Daemon>());
        var steady = _steady = new SteadyTime(settings.Time, settings.Loggers.CreateLogger<SteadyTime>());
        _controls = new ControlTargets(settings.Time);
        var backlog = new Backlog(settings.Time);
        _prober = new Prober(_resolver, settings.Time, LeanDialer.Create(inline: true), backlog); // certificates are valid by the wall clock
        _telemetry = new DaemonTelemetry(journal, providers, () => _loop?.State, steady, settings.Time, settings.Loggers);
        _engine = new ProbeEngine(
            _prober,
            new QuartzProbeSchedule(steady, settings.Loggers),
            Observed,
            steady,
            settings.Loggers.CreateLogger<ProbeEngine>(),
            slow: (probe, token) => _loop!.PostAsync(new ControllerEvent.ProbeIsSlow(probe), token),
            backlog: backlog);
        var carrier = new EffectCarrier(_telemetry.Journal, _engine, _telemetry.Providers, new AuthoritativeVerifier(settings.Time), _controls, settings.Time, settings.Loggers.CreateLogger<EffectCarrier>());
        _recorder = new ObservationRecorder(journal, settings.Time, settings.Loggers.CreateLogger<ObservationRecorder>());
        _loop = new ControlLoop(carrier, steady, [new StepLog(settings.Loggers.CreateLogger<StepLog>()), _recorder, _observations, new FrozenNames(providers.Freeze), _telemetry.Observer, .. settings.Observers], settings.Loggers.CreateLogger<ControlLoop>());
        _drills = new DrillClock((command, token) => _loop.CommandAsync(command, token), () => _loop.State, steady, settings.Loggers.CreateLogger<DrillClock>());
        _notifications = new NotificationSender(_telemetry.Outbox, settings.Time, settings.Loggers.CreateLogger<NotificationSender>());
        _incidents = new IncidentWatch(() => _loop.State, journal, _telemetry.Journal, settings.Time, settings.Loggers.CreateLogger<IncidentWatch>());
    }

    /// <summary>What is measured.</summary>
    public DaemonTelemetry Telemetry => _telemetry;

    /// <summary>Ends when the daemon has stopped; faulted when a defect stopped it.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The state after the last step.</summary>
    public ControllerState? State => _loop.State;

    /// <summary>Where the API and the status page are reached over the network.</summary>
    public IReadOnlyList<Uri> Addresses => _listeners?.Addresses ?? [];

    /// <summary>The providers in effect.</summary>
    public IProviderDirectory Providers => _providers;

    /// <summary>Opens everything and starts it.</summary>
    /// <exception cref="JournalException">The journal cannot be opened.</exception>
    /// <exception cref="ProviderException">A provider cannot be opened.</exception>
    public static async Task<Daemon> StartAsync(DaemonConfiguration configuration, DaemonSettings settings, CancellationToken cancellationToken)
    {
        var journal = SqliteJournal.Open(settings.DataDirectory, configuration.Routes, settings.Time, settings.Loggers.CreateLogger<SqliteJournal>(), new JournalRetention { Age = configuration.History });
        var providers = new ProviderDirectory(settings.DataDirectory, settings.Time, settings.Loggers);
        Daemon? daemon = null;
        try
        {
            await providers.ReplaceAsync(configuration, cancellationToken);
            daemon = new Daemon(journal, providers, settings);
            await daemon.BeginAsync(configuration, settings, cancellationToken);
            return daemon;
        }
        catch
        {
            if (daemon is not null)
            {
                await daemon.DisposeAsync(); // with the journal and the providers
            }
            else
            {
                await providers.DisposeAsync();
                await journal.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>
    /// Takes a configuration that was read again: a valid one in whole, of an invalid one only the complaint. One at a
    /// time. When it fails in the middle, the same configuration can be given again and completes what is missing.
    /// </summary>
    public async Task ReloadAsync(ConfigurationResult result, CancellationToken cancellationToken)
    {
        await _reloading.WaitAsync(cancellationToken);
        try
        {
            await (result.Configuration is { } configuration
                ? TakeAsync(configuration, result.File, cancellationToken)
                : RejectAsync(Complaint(result), cancellationToken));
        }
        finally
        {
            _reloading.Release();
        }
    }

    private ValueTask Observed(Observation observation, CancellationToken cancellationToken)
    {
        _telemetry.Probes.Ended(observation);
        return _loop.PostAsync(new ControllerEvent.Observed(observation), cancellationToken);
    }

    private async Task TakeAsync(DaemonConfiguration configuration, string file, CancellationToken cancellationToken)
    {
        try
        {
            await _providers.ReplaceAsync(configuration, cancellationToken);
        }
        catch (ProviderException e)
        {
            await RejectAsync(e.Message, cancellationToken);
            return;
        }

        try
        {
            await _journal.SetRoutesAsync(configuration.Routes, cancellationToken);
        }
        catch (JournalException e)
        {
            LogChannelsNotRecorded(e.Message); // alerts go to the new channels all the same, and the names must be steered
        }

        _journal.Keep(configuration.History);
        _telemetry.Replace(configuration);
        _notifications.Replace(configuration.Notifications, configuration.PageUrl);
        _incidents.RemindEvery = configuration.RemindEvery;
        _calendar = new WindowCalendar(configuration.Windows, configuration.Drills);
        _drills.Replace(configuration.Drills);
        _controls.Replace(configuration.SelfCheck);
        await _loop.PostAsync(new ControllerEvent.ConfigurationLoaded(ForController(configuration), $"{file} is in effect ({Count(configuration.Services.Count, "service")})"), cancellationToken);
        await _engine.ReplaceAsync(Schedule(configuration), cancellationToken);
        await _listeners!.ReplaceAsync(configuration.Api, cancellationToken);
    }

    private async Task RejectAsync(string complaint, CancellationToken cancellationToken) =>
        await _loop.PostAsync(new ControllerEvent.ConfigurationRejected(complaint), cancellationToken);

    /// <summary>The first mistakes, for an alert that a person can read; <c>validate</c> lists them all.</summary>
    private static string Complaint(ConfigurationResult result)
    {
        var errors = result.Errors.Select(error => error.ToString()).ToList();
        return string.Join('\n', errors.Count <= MostMistakes ? errors : errors.Take(MostMistakes).Append($"and {errors.Count - MostMistakes} more mistakes, which 'dnsfailover validate' lists"));
    }

    /// <summary>Stops probing, lets requests under way end, and closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_socket?.DisposeAsync().AsTask() ?? Task.CompletedTask, _listeners?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        _api?.Dispose();

        await _engine.DisposeAsync();
        await _stopping.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _windows.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _drilling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _recorder.DisposeAsync();
        await _incidents.DisposeAsync();
        await _notifications.DisposeAsync();
        await _telemetry.DisposeAsync();
        _resolver.Dispose();
        _controls.Dispose();
        await _providers.DisposeAsync();
        await _journal.DisposeAsync();
        _stopping.Dispose();
        _reloading.Dispose();
    }

    private async Task BeginAsync(DaemonConfiguration configuration, DaemonSettings settings, CancellationToken cancellationToken)
    {
        var remembered = await _telemetry.Journal.ReadAsync(cancellationToken);
        if (_journal.StartedFresh is { } why)
        {
            await _journal.WriteAsync([], [DamagedJournal(why, settings.Time.GetUtcNow())], cancellationToken);
        }

        _calendar = new WindowCalendar(configuration.Windows, configuration.Drills);
        _drills.Replace(configuration.Drills);
        await OpenApiAsync(configuration.Api, settings, cancellationToken);
        _controls.Replace(configuration.SelfCheck);
        _telemetry.Replace(configuration);
        _telemetry.StartPush();
        await ProbeWarmUp.RunAsync(_prober, cancellationToken);
        await _engine.StartAsync(cancellationToken);
        await _engine.ReplaceAsync(Schedule(configuration), cancellationToken);
        _recorder.Start();
        var first = ForController(configuration);
        Completion = Task.Run(() => _loop.RunAsync(first, remembered, _stopping.Token), CancellationToken.None);
        _notifications.Replace(configuration.Notifications, configuration.PageUrl);
        _incidents.RemindEvery = configuration.RemindEvery;
        _incidents.Start();
        _windows = Task.Run(() => TellWindowsAsync(_stopping.Token), CancellationToken.None);
        _drilling = Task.Run(() => _drills.RunAsync(_stopping.Token), CancellationToken.None);
        if (settings.DataDirectory is { } directory)
        {
            _socket = await ControlSocket.TryOpenAsync(directory, _api!, settings.Loggers, cancellationToken);
        }
    }

    private async Task OpenApiAsync(ApiOptions options, DaemonSettings settings, CancellationToken cancellationToken)
    {
        var door = new Doorkeeper(options, settings.Time, settings.Loggers.CreateLogger<Doorkeeper>());
        var model = new ReadModel(_loop, () => _calendar, _observations, new JournalLookups(_journal), _providers, _steady);
        _api = new HttpApi(_loop, model, door, _telemetry.Page, _steady, settings.Loggers.CreateLogger<HttpApi>()).Build(settings.Loggers);
        _listeners = new ApiListeners(_api, door, settings.Loggers);
        await _listeners.OpenAsync(options, cancellationToken);
    }

    /// <summary>Keeps the controller's knowledge of the planned times from running out.</summary>
    private async Task TellWindowsAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(WindowsLook, _steady);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            // Not while a configuration is taken: what is told last must be of the one in effect.
            await _reloading.WaitAsync(stopping);
            try
            {
                if (!_calendar.IsEmpty && _steady.GetUtcNow() - _windowsKnownAt >= WindowsPeriod)
                {
                    await _loop.PostAsync(new ControllerEvent.WindowsKnown(NearWindows()), stopping);
                }
            }
            finally
            {
                _reloading.Release();
            }
        }
    }

    private ValueList<Window> NearWindows() => _calendar.Near(_windowsKnownAt = _steady.GetUtcNow());

    private static Alert DamagedJournal(string why, DateTimeOffset now) => new()
    {
        Kind = AlertKind.JournalDamaged,
        At = now,
        Title = "the journal was damaged and a new one was started",
        Reason = why,
        Next = "Hold-downs and undelivered alerts are forgotten. Nothing is written before every endpoint is probed and the live records are read.",
    };

    private ControllerConfiguration ForController(DaemonConfiguration configuration) => new(configuration.Services, configuration.ReconcileInterval) { Rules = configuration.Rules, Windows = NearWindows(), ProviderTimeouts = configuration.Providers.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Options.Timeout, StringComparer.Ordinal) };

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static Dictionary<TargetId, ScheduledProbe> Schedule(DaemonConfiguration configuration) => configuration.Services
        .SelectMany(service => service.Targets)
        .ToDictionary(pair => pair.Target, pair => new ScheduledProbe(configuration.Checks[pair.Target], pair.Endpoint.Timing.Interval) { SlowAfter = pair.Endpoint.Timing.SlowAfter });

    [LoggerMessage(1021, LogLevel.Error, "The channels for alerts have changed, but what waits for the former ones could not be given up: {Why}")]
    private partial void LogChannelsNotRecorded(string why);
}
