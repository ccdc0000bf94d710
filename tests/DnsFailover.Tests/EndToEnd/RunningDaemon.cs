using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>The whole daemon inside the test's process, with its file being watched, so that its state can be looked at.</summary>
internal sealed class RunningDaemon : IStepObserver, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<JournalEntry> _entries = [];
    private readonly List<Alert> _alerts = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    private RunningDaemon()
    {
    }

    /// <summary>It.</summary>
    public Daemon Daemon { get; private set; } = null!;

    /// <summary>What watches its file.</summary>
    public ConfigurationWatcher Watcher { get; private set; } = null!;

    /// <summary>What it journalled, in order.</summary>
    public IReadOnlyList<JournalEntry> Entries => Copy(_entries);

    /// <summary>What it told, in order.</summary>
    public IReadOnlyList<Alert> Alerts => Copy(_alerts);

    /// <summary>The changes that it decided on.</summary>
    public IReadOnlyList<IntentRecorded> Intents => [.. Entries.OfType<IntentRecorded>()];

    /// <summary>The state after the last step.</summary>
    public ControllerState State => Daemon.State!;

    /// <summary>Starts with the file at this path, which must be valid.</summary>
    public static async Task<RunningDaemon> StartAsync(string config, string? data)
    {
        var running = new RunningDaemon();
        var loaded = ConfigurationLoader.Load(config, ProcessSurroundings.Instance);
        Assert.True(loaded.Configuration is not null, string.Join('\n', loaded.Problems));
        running.Daemon = await Daemon.StartAsync(
            loaded.Configuration,
            new DaemonSettings { DataDirectory = data, Loggers = NullLoggerFactory.Instance, Observers = [running] },
            TestContext.Current.CancellationToken);
        running.Watcher = new ConfigurationWatcher(config, ProcessSurroundings.Instance, running.Daemon.ReloadAsync, TimeProvider.System, NullLogger<ConfigurationWatcher>.Instance);
        running._watching = Task.Run(() => running.Watcher.RunAsync(loaded.Hash, running._stopping.Token));
        return running;
    }

    /// <summary>Where a provider's server answers.</summary>
    public async Task<IPEndPoint> ServerAsync(string provider = "local") =>
        (await Daemon.Providers.Find(provider).Provider.AuthoritativeServersAsync(TestContext.Current.CancellationToken))[0];

    /// <summary>The state of a service.</summary>
    public ServiceState Service(string name) => State.Services[DnsName.Parse(name)];

    /// <summary>The health of every address of an endpoint that is declared now.</summary>
    public IReadOnlyList<(TargetId Target, TargetHealth Health)> Health(string service, string endpoint) =>
        [.. Service(service).Health.Where(pair => pair.Key.Endpoint == endpoint).OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value))];

    /// <summary>Waits until an endpoint is proven so, with all its addresses.</summary>
    public Task IsAsync(string service, string endpoint, HealthStatus status) => UntilAsync(
        () => State.Services.ContainsKey(DnsName.Parse(service)) && Health(service, endpoint) is { Count: > 0 } all && all.All(one => one.Health.Status == status), $"{endpoint} of {service} is {status}");

    /// <summary>Waits until so many changes have ended well.</summary>
    public Task VerifiedAsync(int count) => UntilAsync(() => Entries.OfType<OutcomeRecorded>().Count(outcome => outcome.Result == ChangeResult.Verified) >= count, $"{count} changes are verified");

    /// <summary>Waits for an alert.</summary>
    public Task TellsAsync(AlertKind kind, string title) => UntilAsync(() => Alerts.Any(alert => alert.Kind == kind && alert.Title.Contains(title, StringComparison.Ordinal)), $"{kind}: {title}");

    /// <summary>Waits for anything.</summary>
    public Task UntilAsync(Func<bool> condition, string what) =>
        Eventually.HoldsAsync(() => Daemon.State is not null && condition(), () => $"{what}; {Story()}");

    /// <summary>What it did so far, for the message of a test that fails.</summary>
    public string Story() => $"it journalled\n{string.Join('\n', Entries.Select(entry => entry.Sentence))}\nand told\n{string.Join('\n', Alerts.Select(AlertText))}";

    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var record in effects.OfType<Effect.Record>())
            {
                _entries.AddRange(record.Entries);
                _alerts.AddRange(record.Alerts);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Daemon.DisposeAsync();
        _stopping.Dispose();
    }

    private static string AlertText(Alert alert) => $"{alert.Kind}: {alert.Title}: {alert.Reason}";

    private IReadOnlyList<T> Copy<T>(List<T> items)
    {
        lock (_gate)
        {
            return [.. items];
        }
    }
}
