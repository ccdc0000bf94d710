using System.Runtime.InteropServices;
using DnsFailover.Configuration;
using DnsFailover.Hosting;
using DnsFailover.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog;

namespace DnsFailover.Cli;

/// <summary>The options of <c>dnsfailover run</c>.</summary>
internal sealed record RunSettings(string? Config, string? Data, bool Ephemeral, bool Verbose);

/// <summary><c>dnsfailover run</c>: the daemon under the generic host, which ends it on SIGTERM and Ctrl+C.</summary>
internal static class RunCommand
{
    /// <summary>After SIGTERM the process ends within this, whatever hangs.</summary>
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(5);

    /// <summary>Runs until it is stopped.</summary>
    public static async Task<int> RunAsync(RunSettings settings, Terminal terminal, CancellationToken cancellationToken)
    {
        if (settings is { Ephemeral: true, Data: not null })
        {
            throw new BadInputException("--ephemeral keeps no data directory: give either --data or --ephemeral");
        }

        var path = ConfigurationFile.Locate(settings.Config);
        var loaded = ConfigurationFile.LoadValidResult(path, terminal);
        using var log = DaemonLog.Create(settings.Verbose, loaded.Configuration!.Log);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSerilog(log);
        builder.Services.AddSingleton(new Start(path, loaded.Configuration!, loaded.Hash, settings.Ephemeral ? null : settings.Data ?? loaded.Configuration!.DataDirectory));
        builder.Services.AddSingleton<DaemonHost>();
        builder.Services.AddHostedService(services => services.GetRequiredService<DaemonHost>());
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopBound);
        using var host = builder.Build();
        return await RunAsync(host, host.Services.GetRequiredService<DaemonHost>(), cancellationToken);
    }

    private static async Task<int> RunAsync(IHost host, DaemonHost daemon, CancellationToken cancellationToken)
    {
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested || cancellationToken.IsCancellationRequested)
        {
            // Stopped while it was starting, which is no failure.
            using var bound = new CancellationTokenSource(StopBound);
            await daemon.StopAsync(bound.Token);
            return ExitCode.Ok;
        }
        catch (Exception e) when (!CommandLine.IsForTheOperator(e))
        {
            daemon.Defect(e);
            return ExitCode.Failed;
        }

        await host.WaitForShutdownAsync(cancellationToken);
        return daemon.Failed ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>What the daemon starts with.</summary>
    internal sealed record Start(string Path, DaemonConfiguration Configuration, string Hash, string? DataDirectory);
}

/// <summary>Ties the daemon to the host's life: start, reload on SIGHUP and on change, stop.</summary>
internal sealed partial class DaemonHost(RunCommand.Start start, IHostApplicationLifetime lifetime, ILoggerFactory loggers, ILogger<DaemonHost> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Daemon? _daemon;
    private ConfigurationWatcher? _watcher;
    private Task _watching = Task.CompletedTask;
    private PosixSignalRegistration? _hangUp;

    /// <summary>True when a defect stopped the daemon.</summary>
    public bool Failed { get; private set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _daemon = await Daemon.StartAsync(start.Configuration, new DaemonSettings { DataDirectory = start.DataDirectory, Loggers = loggers }, cancellationToken);
        Started(start.Path, start.Configuration.Services.Count, start.Configuration.Services.Sum(service => service.Endpoints.Count), start.DataDirectory ?? "memory");
        _ = _daemon.Completion.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        _watcher = new ConfigurationWatcher(start.Path, ProcessSurroundings.Instance, _daemon.ReloadAsync, TimeProvider.System, loggers.CreateLogger<ConfigurationWatcher>());
        _watching = Task.Run(() => _watcher.RunAsync(start.Hash, _stopping.Token), CancellationToken.None);
        _ = _watching.ContinueWith(watching => NotWatched(watching.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        if (!OperatingSystem.IsWindows())
        {
            _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true; // the default would end the process
                _watcher.Reload();
            });
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CloseAsync().WaitAsync(cancellationToken);
            Stopped();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Abandoned();
        }
    }

    /// <summary>Reports what ended the daemon before it ran.</summary>
    public void Defect(Exception defect) => Broken(defect);

    private async Task CloseAsync()
    {
        _hangUp?.Dispose();
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private void Ended(Task completion)
    {
        Failed = true;
        Broken(completion.Exception!);
        lifetime.StopApplication();
    }

    [LoggerMessage(1030, LogLevel.Information, "dnsfailover runs with {Path}: services {Services}, endpoints {Endpoints}, journal in {Data}")]
    private partial void Started(string path, int services, int endpoints, string data);

    [LoggerMessage(1031, LogLevel.Information, "dnsfailover has stopped; the records stay as they are")]
    private partial void Stopped();

    [LoggerMessage(1032, LogLevel.Critical, "dnsfailover stops because of a defect; the records stay as they are")]
    private partial void Broken(Exception exception);

    [LoggerMessage(1033, LogLevel.Warning, "dnsfailover ends without having closed everything, because something does not let go in time; a restart finds in the journal what it needs")]
    private partial void Abandoned();

    [LoggerMessage(1034, LogLevel.Critical, "failover.yaml is not watched any more because of a defect; restart dnsfailover to have changes seen")]
    private partial void NotWatched(Exception exception);
}
