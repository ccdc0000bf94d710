using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Tests.Cli;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.SelfCheck;

/// <summary>The whole daemon, with a control target that goes away and comes back.</summary>
public sealed class DeadUplinkTests
{
    private const string Api = "api.go.test";

    [Fact]
    public async Task A_name_stays_while_the_control_target_is_away_and_moves_when_it_is_back()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        using var control = new ControlTarget("127.0.0.8");
        place.Write(Yaml(control, primary, standby));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Api, "two", HealthStatus.Up);
        await using var watch = await NameWatch.StartAsync(await daemon.ServerAsync(), Api);

        control.Close();
        await primary.KillAsync();
        await daemon.TellsAsync(AlertKind.Frozen, "nothing is written: our own network is the likely fault");
        await daemon.IsAsync(Api, "one", HealthStatus.Down);
        await daemon.UntilAsync(() => daemon.Service(Api).Decisions[RecordType.A].Refusal is { Cause: "network" }, "the switch is refused");
        Assert.Equal(["127.0.0.2"], watch.Answers);
        Assert.Matches("^Nothing is written for any service since .* UTC, as our own network is the likely fault: none of 1 control targets answered, 1 is needed\n", (await CommandRun.OfAsync("status", "--data", place.Data)).Output);

        control.Open();
        await watch.ShowsAsync("127.0.0.3", daemon.Story);
        await daemon.TellsAsync(AlertKind.Failover, Api);
        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered, AlertKind.Failover], daemon.Alerts.Select(alert => alert.Kind).Where(kind => kind != AlertKind.Shift));
        Assert.Contains(daemon.Intents[^1].Guards, figures => figures.StartsWith("1 of 1 control targets answered, the slowest in ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_daemon_that_reaches_no_control_target_says_so_at_once_and_so_does_doctor()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        using var control = new ControlTarget("127.0.0.8");
        control.Close();
        place.Write(Yaml(control, primary, standby));
        await using (var daemon = await RunningDaemon.StartAsync(place.Config, data: null))
        {
            await daemon.TellsAsync(AlertKind.Frozen, "nothing is written");
            Assert.Contains("connection refused", daemon.Alerts[0].Evidence[0], StringComparison.Ordinal);
        }

        var run = await CommandRun.OfAsync("doctor", "--config", place.Config);
        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"(?m)^  PROBLEM +self-check +none of 1 control targets answered, 1 is needed.*\r?\n +to do: .*selfCheck: off", run.Output);
    }

    private static string Yaml(ControlTarget control, WebEndpoint primary, WebEndpoint standby) => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        selfCheck: {targets: ["tcp://{{control.EndPoint}}"], timeout: 2s, recheck: 200ms}
        defaults: { {{Workplace.Quick}} }
        services:
          - name: {{Api}}
            endpoints:
              - {{primary.Yaml("one")}}
              - {{standby.Yaml("two")}}
        """;

    /// <summary>Listens at a port that it keeps.</summary>
    private sealed class ControlTarget : IDisposable
    {
        private TcpListener? _listener;

        public ControlTarget(string address)
        {
            EndPoint = new IPEndPoint(IPAddress.Parse(address), FreePort.Next());
            Open();
        }

        public IPEndPoint EndPoint { get; }

        public void Close() => _listener?.Dispose();

        public void Open()
        {
            _listener = new TcpListener(EndPoint);
            _listener.Start();
        }

        public void Dispose() => _listener?.Dispose();
    }
}
