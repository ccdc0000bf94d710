using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Hosting;
using DnsFailover.Journal;
using DnsFailover.Tests.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Control;

/// <summary>What failover.yaml plans reaches the controller for as long as the daemon runs, whatever happens to the clock.</summary>
public sealed class PlannedTimesTests : IStepObserver, IDisposable
{
    private static readonly DnsName Api = DnsName.Parse("api.example.test");

    private readonly TemporaryDirectory _data = new();
    private readonly TcpListener _endpoint = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<ControllerEvent.WindowsKnown> _known = new();
    private readonly HurriedTime _time = new();

    public PlannedTimesTests() => _endpoint.Start();

    public void Dispose()
    {
        _endpoint.Dispose();
        _data.Dispose();
    }

    void IStepObserver.Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is ControllerEvent.WindowsKnown known)
        {
            _known.Enqueue(known);
        }
    }

    [Fact]
    public async Task They_are_told_anew_each_hour_so_that_they_never_run_out()
    {
        await using var daemon = await StartAsync("* * * * *", "1m"); // told for about three hours ahead
        var first = daemon.State!.Configuration.Windows[^1].Until;

        _time.Forward(TimeSpan.FromMinutes(50));
        await _time.LooksAsync(5);
        Assert.Empty(_known);

        for (var hour = 1; hour <= 4; hour++)
        {
            var told = _known.Count;
            _time.Forward(TimeSpan.FromMinutes(61));
            await Eventually.HoldsAsync(() => _known.Count > told, () => "they are told anew");
            await Eventually.HoldsAsync(() => IsInMaintenance(daemon), () => "the maintenance of this minute is in effect");
        }

        Assert.True(daemon.State!.Configuration.Windows[0].From > first);
    }

    [Fact]
    public async Task After_a_clock_has_jumped_beyond_all_that_was_told_the_plan_of_now_holds()
    {
        await using var daemon = await StartAsync("0 0 * * *", "24h");
        await Eventually.HoldsAsync(() => IsInMaintenance(daemon), () => "the maintenance of today is in effect");

        _time.Forward(TimeSpan.FromDays(30));

        await Eventually.HoldsAsync(() => daemon.State!.Configuration.Windows.Any(window => window.From > _time.GetUtcNow() - TimeSpan.FromDays(1)), () => "they are told anew");
        await Eventually.HoldsAsync(() => IsInMaintenance(daemon), () => "the maintenance of that day is in effect");
    }

    [Fact]
    public async Task What_was_in_effect_is_in_the_journal_also_when_failover_yaml_plans_it_no_more()
    {
        DateTimeOffset began;
        await using (var daemon = await StartAsync("0 0 * * *", "24h"))
        {
            began = _time.GetUtcNow();
            await Eventually.HoldsAsync(() => IsInMaintenance(daemon), () => "the maintenance of today is in effect");
            await daemon.ReloadAsync(Files.Valid(Yaml("0 3 1 1 *", "1h")), TestContext.Current.CancellationToken);
            await Eventually.HoldsAsync(() => !IsInMaintenance(daemon), () => "it is over");
        }

        var spell = Assert.Single(JournalFile.Read(_data.Path).Planned);
        Assert.Equal((WindowKind.Maintenance, Api, "a", "disks"), (spell.Planned.Kind, spell.Planned.Service, spell.Planned.Endpoint, spell.Planned.Reason));
        Assert.Equal(TimeSpan.FromHours(24), spell.Planned.Until - spell.Planned.From);
        Assert.InRange(spell.From, began - TimeSpan.FromMinutes(5), spell.Until);
        Assert.True(spell.Until < spell.Planned.Until);
    }

    private bool IsInMaintenance(Daemon daemon) =>
        daemon.State is { } state && Orders.Of(state.Services[Api].Definition, state.Overrides, state.Configuration.Windows, _time.GetUtcNow()).DrainOf("a") is not null;

    private async Task<Daemon> StartAsync(string schedule, string duration)
    {
        var daemon = await Daemon.StartAsync(
            Files.Valid(Yaml(schedule, duration)).Configuration!,
            new DaemonSettings { DataDirectory = _data.Path, Time = _time, Loggers = NullLoggerFactory.Instance, Observers = [this] },
            TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => daemon.State is not null, () => "it runs");
        return daemon;
    }

    private string Yaml(string schedule, string duration) => $$"""
        providers:
          local: { type: builtin, zone: example.test, listen: "127.0.0.1:0" }
        services:
          - name: {{Api}}
            check: {type: tcp, port: {{((IPEndPoint)_endpoint.LocalEndpoint).Port}}}
            maintenance: [{schedule: "{{schedule}}", duration: {{duration}}, endpoint: a, reason: disks}]
            endpoints:
              - {name: a, addresses: [127.0.0.1]}
              - {name: b, addresses: [127.0.0.2]}
        """;

    /// <summary>A clock that can be set forward, and by which half a minute is over soon; all other timers go as they do.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

        private long _ahead;
        private int _looks;

        public void Forward(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

        public Task LooksAsync(int more)
        {
            var enough = Volatile.Read(ref _looks) + more;
            return Eventually.HoldsAsync(() => Volatile.Read(ref _looks) >= enough, () => "it is looked whether they have to be told anew");
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _ahead));

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            return dueTime != Look || period != Look ? base.CreateTimer(callback, state, dueTime, period) : base.CreateTimer(Hurried, state, Look / 1000, Look / 1000);

            void Hurried(object? timer)
            {
                callback(timer);
                Interlocked.Increment(ref _looks);
            }
        }
    }
}
