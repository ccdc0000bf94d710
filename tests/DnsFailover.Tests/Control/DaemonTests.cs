using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using DnsFailover.Configuration;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Health;
using DnsFailover.Hosting;
using DnsFailover.Journal;
using DnsFailover.Tests.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Control;

public sealed class DaemonTests : IStepObserver, IDisposable
{
    private readonly TemporaryDirectory _data = new();
    private readonly TcpListener _endpoint = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<(ControllerEvent Fact, DateTimeOffset At)> _facts = new();
    private readonly ConcurrentQueue<Alert> _alerts = new();

    public DaemonTests() => _endpoint.Start();

    public void Dispose()
    {
        _endpoint.Dispose();
        _data.Dispose();
    }

    void IStepObserver.Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is not null)
        {
            _facts.Enqueue((fact, now));
        }

        foreach (var alert in effects.OfType<Effect.Record>().SelectMany(record => record.Alerts))
        {
            _alerts.Enqueue(alert);
        }
    }

    [Fact]
    public async Task A_clock_that_is_set_back_stops_neither_probes_nor_time()
    {
        var time = new SettableTime();
        await using var daemon = await StartAsync(Yaml("a.example.test"), time);
        await Eventually.HoldsAsync(() => Observations() >= 4, () => "it is probed");
        var before = _facts.Last().At;

        time.Offset = TimeSpan.FromHours(-1);

        var seen = Observations();
        await Eventually.HoldsAsync(() => Observations() >= seen + 8, () => "it is still probed");
        Assert.True(_facts.Last().At >= before);
    }

    [Fact]
    public async Task A_reload_takes_effect_also_while_the_journal_cannot_be_written()
    {
        await using var daemon = await StartAsync(Yaml("a.example.test"), TimeProvider.System);
        await using (var locker = new SqliteConnection($"Data Source={_data["journal.db"]};Pooling=False"))
        {
            await locker.OpenAsync(TestContext.Current.CancellationToken);
            await using var begin = locker.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            await begin.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

            await daemon.ReloadAsync(Files.Valid(Yaml("b.example.test", "{hook: {type: webhook, url: \"http://127.0.0.1:9/x\"}}")), TestContext.Current.CancellationToken);
        }

        await Eventually.HoldsAsync(() => _facts.Any(fact => fact.Fact is ControllerEvent.Observed { Observation: { Verdict: Verdict.Pass, Target: var target } } && target.Service.ToString() == "b.example.test"), () => "the new service is probed");
        Assert.Equal(["b.example.test"], daemon.State!.Services.Keys.Select(name => name.ToString()));
    }

    [Fact]
    public async Task A_file_full_of_mistakes_makes_an_alert_that_can_be_read()
    {
        await using var daemon = await StartAsync(Yaml("a.example.test"), TimeProvider.System);
        var broken = Files.Of(string.Join('\n', Enumerable.Range(0, 3000).Select(i => $"key{i}: 1")));
        Assert.True(broken.Errors.Count() > 20);

        await daemon.ReloadAsync(broken, TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(() => _alerts.Any(alert => alert.Kind == AlertKind.ReloadRejected), () => "it is alerted");
        var alert = Assert.Single(_alerts, alert => alert.Kind == AlertKind.ReloadRejected);
        Assert.InRange(alert.Reason.Length, 100, 5000);
        Assert.Contains("more mistakes", alert.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("history: 1d", 0)]
    public async Task History_is_kept_for_as_long_as_failover_yaml_says(string history, int kept)
    {
        var old = DateTimeOffset.UtcNow.AddDays(-2);
        await using (var journal = Open())
        {
            await journal.WriteAsync([Samples.Health(old), Samples.Health(old.AddMinutes(1))], [], TestContext.Current.CancellationToken);
        }

        await using (await StartAsync($"{history}\n{Yaml("a.example.test")}", TimeProvider.System))
        {
        }

        Assert.Equal(kept, JournalFile.Read(_data.Path).Entries.Count(entry => entry.At < old.AddHours(1)));
    }

    [Fact]
    public async Task A_reload_that_shortens_history_removes_what_is_older_from_then_on()
    {
        var old = DateTimeOffset.UtcNow.AddDays(-2);
        await using var journal = Open();
        await journal.WriteAsync([Samples.Health(old), Samples.Health(old.AddMinutes(1))], [], TestContext.Current.CancellationToken);
        await journal.WriteRunsAsync([], [], planned: null, prune: true, TestContext.Current.CancellationToken);
        Assert.Equal(2, (await journal.ReadAsync(TestContext.Current.CancellationToken)).Count);

        journal.Keep(TimeSpan.FromDays(1));

        await journal.WriteRunsAsync([], [], planned: null, prune: true, TestContext.Current.CancellationToken);
        Assert.Empty(await journal.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_start_that_is_called_off_leaves_everything_free_for_the_next()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var configuration = Files.Valid(Yaml("a.example.test")).Configuration!;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Daemon.StartAsync(configuration, Settings(TimeProvider.System), cancelled.Token));

        await using var daemon = await StartAsync(Yaml("a.example.test"), TimeProvider.System);
    }

    [Fact]
    public async Task A_watcher_whose_listener_fails_goes_on_watching_and_tells_it_again()
    {
        var path = _data["failover.yaml"];
        await File.WriteAllTextAsync(path, "a: 1", TestContext.Current.CancellationToken);
        var told = 0;
        var watcher = new ConfigurationWatcher(
            path,
            ProcessSurroundings.Instance,
            (_, _) => Interlocked.Increment(ref told) == 1 ? throw new InvalidOperationException("boom") : Task.CompletedTask,
            TimeProvider.System,
            NullLogger<ConfigurationWatcher>.Instance)
        { Period = TimeSpan.FromMilliseconds(50), Retry = TimeSpan.FromMilliseconds(100) };
        using var stop = new CancellationTokenSource();
        var watching = watcher.RunAsync("something else", stop.Token);

        await Eventually.HoldsAsync(() => Volatile.Read(ref told) >= 2, () => "it is told again");

        Assert.False(watching.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    private SqliteJournal Open() => SqliteJournal.Open(_data.Path, [], TimeProvider.System, NullLogger<SqliteJournal>.Instance);

    private int Observations() => _facts.Count(fact => fact.Fact is ControllerEvent.Observed);

    private string Yaml(string service, string notifications = "{}") => $$"""
        providers:
          local: { type: builtin, zone: example.test, listen: "127.0.0.1:0" }
        notifications: {{notifications}}
        services:
          - name: {{service}}
            interval: 1s
            timeout: 200ms
            check: {type: tcp, port: {{((IPEndPoint)_endpoint.LocalEndpoint).Port}}}
            endpoints:
              - {name: a, addresses: [127.0.0.1]}
              - {name: b, addresses: [127.0.0.2]}
        """;

    private DaemonSettings Settings(TimeProvider time) => new() { DataDirectory = _data.Path, Time = time, Loggers = NullLoggerFactory.Instance, Observers = [this] };

    private Task<Daemon> StartAsync(string yaml, TimeProvider time) => Daemon.StartAsync(Files.Valid(yaml).Configuration!, Settings(time), TestContext.Current.CancellationToken);

    /// <summary>The clock of a machine that somebody sets.</summary>
    private sealed class SettableTime : TimeProvider
    {
        private long _offset;

        public TimeSpan Offset
        {
            get => new(Interlocked.Read(ref _offset));
            set => Interlocked.Exchange(ref _offset, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
