using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Network;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Metrics;
using DnsFailover.Providers;
using DnsFailover.Tests.Control;
using DnsFailover.Tests.EndToEnd;
using DnsFailover.Tests.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Metrics;

/// <summary>Each sample by its whole line, so that a value that never moves, a label in another's place or a series too many is seen.</summary>
public sealed class EveryMetricTests : IDisposable
{
    private static readonly DateTimeOffset Now = Samples.Noon;

    private static readonly long Unix = Now.ToUnixTimeSeconds();

    private readonly DaemonMeter _meter = new("1");

    private MetricsReader? _reader;

    private static readonly DaemonConfiguration Configuration = Workplace.Parse("""
        providers: {dns: {type: builtin, listen: "127.0.0.1:0", zone: example.com}, other: {type: builtin, listen: "127.0.0.1:0", zone: example.net}}
        notifications: {slack: {webhook: "https://hooks.slack.com/services/T0/B0/x"}}
        services:
          - {name: api.example.com, provider: dns, check: {type: http, path: /}, endpoints: [{name: a, addresses: [127.0.0.2]}, {name: b, addresses: [127.0.0.3]}]}
        """);

    private readonly Declared _declared = Declared.Of(Configuration, Declared.Nothing);

    public void Dispose()
    {
        _reader?.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task How_things_are()
    {
        var a = Sample.Service("a.test") with { Drill = new DrillRule(DnsName.Parse("drill.a.test")) { OverdueAfter = TimeSpan.FromDays(35) } };
        var b = Sample.Service("b.test");
        var state = Controller.Start(new ControllerConfiguration([a, b], TimeSpan.FromMinutes(5)), [], Now).State;
        var service = state.Services[a.Name];
        var report = new DrillReport { Number = 2, Name = a.Name, BeganAt = Now.AddSeconds(-60), Took = TimeSpan.FromSeconds(2), Result = DrillResult.Failed, From = "x", To = "y", Reason = "late", Next = "look", Phases = [] };
        service = service with
        {
            Health = service.Health.SetItem(a.Target(Sample.Active), Health(HealthStatus.Down)).SetItem(a.Target(Sample.Standby), Health(HealthStatus.Up)),
            Copies = service.Copies.SetItem("dns", service.Copies["dns"] with { Live = Sample.Records(a.Name, Sample.Standby), Drift = new Drift(Now, [], OnDrift.Alert, GivenUp: false) }),
            HoldDowns = [new HoldDown(RecordType.A, Now.AddSeconds(-100)), new HoldDown(RecordType.AAAA, Now.AddSeconds(-200))],
            Conditions = service.Conditions.Add("refused:A:owner", Condition("refused:A:owner", AlertKind.Refused)).Add("refused:AAAA:owner", Condition("refused:AAAA:owner", AlertKind.Refused)).Add("blind", Condition("blind", AlertKind.Blind)),
        };
        state = (state with
        {
            Services = state.Services.SetItem(a.Name, service),
            ReloadRejected = "line 3",
            Overrides = [Said(OverrideKind.Freeze, b.Name, null, 60), Said(OverrideKind.Drain, a.Name, "active", 60), Said(OverrideKind.Drain, a.Name, "standby", 60), Said(OverrideKind.Force, a.Name, "active", -1)],
            Network = new NetworkState { Last = new ControlAnswer(Now, [new ControlResult("tcp://192.0.2.9:443", Passed: true, "fine", TimeSpan.Zero), new ControlResult("dns://192.0.2.8/x", Passed: false, "no reply", TimeSpan.Zero)]) },
            DrillBooks = state.DrillBooks.SetItem(a.Name, new DrillBook { Reports = [report], LastPassedAt = Now.AddDays(-40), ExpectedSince = Now.AddDays(-80) }),
        })!;
        var now = (ControllerState?)null;
        StateMetrics.Measure(_meter, () => now, new FixedTime(Now));
        Listen();
        Assert.Empty(await LinesAsync()); // before the first step nothing is known

        now = state;
        Assert.Equal(
            [
                "dnsfailover_configuration_rejected 1",
                "dnsfailover_drift{service=\"a.test\",provider=\"dns\"} 1",
                "dnsfailover_drift{service=\"b.test\",provider=\"dns\"} 0",
                $"dnsfailover_drill_last_result{{service=\"a.test\"}} 0",
                $"dnsfailover_drill_last_timestamp_seconds{{service=\"a.test\"}} {Unix - 58}",
                $"dnsfailover_drill_overdue{{service=\"a.test\"}} 1",
                $"dnsfailover_drill_passed_timestamp_seconds{{service=\"a.test\"}} {Unix - (40 * 86_400)}",
                "dnsfailover_endpoint_in_answer{service=\"a.test\",endpoint=\"active\",target=\"192.0.2.1\"} 0",
                "dnsfailover_endpoint_in_answer{service=\"a.test\",endpoint=\"standby\",target=\"192.0.2.2\"} 1",
                "dnsfailover_endpoint_state{service=\"a.test\",endpoint=\"active\",target=\"192.0.2.1\"} 0",
                "dnsfailover_endpoint_state{service=\"a.test\",endpoint=\"standby\",target=\"192.0.2.2\"} 1",
                "dnsfailover_endpoint_state{service=\"b.test\",endpoint=\"active\",target=\"192.0.2.1\"} 2",
                "dnsfailover_endpoint_state{service=\"b.test\",endpoint=\"standby\",target=\"192.0.2.2\"} 2",
                "dnsfailover_frozen{service=\"a.test\"} 0",
                "dnsfailover_frozen{service=\"b.test\"} 1",
                $"dnsfailover_last_switch_timestamp_seconds{{service=\"a.test\"}} {Unix - 100}",
                "dnsfailover_network_frozen 0",
                "dnsfailover_open_conditions{service=\"a.test\",kind=\"blind\"} 1",
                "dnsfailover_open_conditions{service=\"a.test\",kind=\"refused\"} 2",
                "dnsfailover_overrides{kind=\"approve\"} 0",
                "dnsfailover_overrides{kind=\"drain\"} 2",
                "dnsfailover_overrides{kind=\"force\"} 0",
                "dnsfailover_overrides{kind=\"freeze\"} 1",
                "dnsfailover_owner_mismatch{service=\"a.test\"} 1",
                "dnsfailover_owner_mismatch{service=\"b.test\"} 0",
                "dnsfailover_selfcheck_up{control=\"dns://192.0.2.8/x\"} 0",
                "dnsfailover_selfcheck_up{control=\"tcp://192.0.2.9:443\"} 1",
            ],
            await LinesAsync());

        // The network's freeze is everybody's; what is not declared any more is gone; a drill that passes in time is neither failed nor overdue.
        now = state with
        {
            ReloadRejected = null,
            Network = state.Network with { ByControls = new ControlFreeze(Now, Now) },
            Services = state.Services.SetItem(b.Name, state.Services[b.Name] with { Retired = true }),
            DrillBooks = state.DrillBooks.SetItem(a.Name, new DrillBook { Reports = [report with { Result = DrillResult.Passed }], LastPassedAt = Now.AddSeconds(-58) }),
        };
        var lines = await LinesAsync();
        Assert.All(["dnsfailover_configuration_rejected 0", "dnsfailover_network_frozen 1", "dnsfailover_frozen{service=\"a.test\"} 1", "dnsfailover_drill_last_result{service=\"a.test\"} 1", "dnsfailover_drill_overdue{service=\"a.test\"} 0"], line => Assert.Contains(line, lines));
        Assert.DoesNotContain(lines, line => line.Contains("b.test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_decided_refused_changed_and_drilled()
    {
        var journal = new MemoryJournal();
        var ended = new List<long>();
        var metrics = new JournalMetrics(journal, _meter, () => _declared, (intent, _) => ended.Add(intent.Change.Id));
        Listen();
        metrics.Begin();
        Assert.Equal(["dnsfailover_journal_writes_total{outcome=\"failed\"} 0", "dnsfailover_journal_writes_total{outcome=\"ok\"} 0"], await LinesAsync());

        await WriteAsync(Samples.Intent(Now, 1));
        await WriteAsync(Samples.Intent(Now, 1) with { Provider = "other", Follows = true });
        await WriteAsync(Samples.Outcome(Now, 1));
        await WriteAsync(Samples.Outcome(Now, 1) with { Provider = "other", Result = ChangeResult.Failed, Timings = null });
        await WriteAsync(Samples.Intent(Now, 2) with { Decision = Core.Decisions.DecisionKind.Shift, Switched = [] }, Samples.Outcome(Now, 2) with { Timings = Samples.Timings with { Detection = null } });
        var drain = Samples.Raised(Now, "refused:A:drain") with { Alert = AlertKind.Refused };
        await WriteAsync(drain, Samples.Raised(Now, "down:a:127.0.0.2"));
        await WriteAsync(drain); // told once more, and the same
        await WriteAsync(Samples.Cleared(Now, drain.Cause), drain);
        await WriteAsync(Samples.EveryEntry.OfType<DrillEnded>().First());
        await WriteAsync(Samples.Intent(Now, 3) with { Service = DnsName.Parse("gone.example.com") });
        journal.Failure = new JournalException("the disk is full");
        await Assert.ThrowsAsync<JournalException>(() => WriteAsync(Samples.Intent(Now, 4)));

        Assert.Equal([1, 1, 2], ended);
        Assert.Equal(
            [
                "dnsfailover_changes_total{service=\"api.example.com\",provider=\"dns\",outcome=\"verified\"} 2",
                "dnsfailover_changes_total{service=\"api.example.com\",provider=\"other\",outcome=\"failed\"} 1",
                "dnsfailover_decisions_total{service=\"api.example.com\",kind=\"failover\"} 1",
                "dnsfailover_decisions_total{service=\"api.example.com\",kind=\"shift\"} 1",
                "dnsfailover_drills_total{service=\"api.example.com\",result=\"failed\"} 1",
                "dnsfailover_journal_writes_total{outcome=\"failed\"} 1",
                "dnsfailover_journal_writes_total{outcome=\"ok\"} 10",
                "dnsfailover_refusals_total{service=\"api.example.com\",reason=\"drain\"} 2",
                "dnsfailover_switch_decision_seconds_count{kind=\"failover\"} 1",
                "dnsfailover_switch_decision_seconds_count{kind=\"shift\"} 1",
                "dnsfailover_switch_decision_seconds_sum{kind=\"failover\"} 0.012",
                "dnsfailover_switch_decision_seconds_sum{kind=\"shift\"} 0.012",
                "dnsfailover_switch_detection_seconds_count{kind=\"failover\"} 1",
                "dnsfailover_switch_detection_seconds_sum{kind=\"failover\"} 2.1",
                "dnsfailover_switch_verification_seconds_count{kind=\"failover\"} 1",
                "dnsfailover_switch_verification_seconds_count{kind=\"shift\"} 1",
                "dnsfailover_switch_verification_seconds_sum{kind=\"failover\"} 0.008",
                "dnsfailover_switch_verification_seconds_sum{kind=\"shift\"} 0.008",
                "dnsfailover_switch_write_seconds_count{kind=\"failover\"} 1",
                "dnsfailover_switch_write_seconds_count{kind=\"shift\"} 1",
                "dnsfailover_switch_write_seconds_sum{kind=\"failover\"} 0.0400001",
                "dnsfailover_switch_write_seconds_sum{kind=\"shift\"} 0.0400001",
                "dnsfailover_switches_total{service=\"api.example.com\",kind=\"failover\"} 1",
            ],
            await LinesAsync());

        Task WriteAsync(params JournalEntry[] entries) => metrics.WriteAsync(entries, [], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Calls_to_providers_by_how_they_ended()
    {
        var (provider, directory) = (new ScriptedProvider(), new FakeDirectory());
        directory.Providers["dns"] = provider;
        var time = new FixedTime(Now);
        var metrics = new ProviderMetrics(directory, _meter, () => _declared, time, (_, _, _, _) => { });
        Listen();
        var metered = metrics.Find("dns").Provider;
        var name = DnsName.Parse("api.example.com");
        await metered.ReadAsync(name, TestContext.Current.CancellationToken);
        foreach (var failure in Enum.GetValues<ProviderFailure>())
        {
            provider.OnApply = _ => throw new ProviderException(failure, "x");
            await Assert.ThrowsAsync<ProviderException>(() => metered.ApplyAsync(Sample.Change(name), TestContext.Current.CancellationToken));
        }

        provider.OnServers = _ => throw new OperationCanceledException();
        await Assert.ThrowsAsync<OperationCanceledException>(() => metered.AuthoritativeServersAsync(TestContext.Current.CancellationToken));
        provider.OnServers = _ => throw new InvalidOperationException("a bug");
        await Assert.ThrowsAsync<InvalidOperationException>(() => metered.AuthoritativeServersAsync(TestContext.Current.CancellationToken));

        Assert.Equal(
            [
                "dnsfailover_provider_call_duration_seconds_count{provider=\"dns\",call=\"read\"} 1",
                "dnsfailover_provider_call_duration_seconds_count{provider=\"dns\",call=\"servers\"} 2",
                "dnsfailover_provider_call_duration_seconds_count{provider=\"dns\",call=\"write\"} 4",
                "dnsfailover_provider_calls_total{provider=\"dns\",call=\"read\",outcome=\"ok\"} 1",
                "dnsfailover_provider_calls_total{provider=\"dns\",call=\"servers\",outcome=\"defect\"} 1",
                "dnsfailover_provider_calls_total{provider=\"dns\",call=\"servers\",outcome=\"no_reply\"} 1",
                "dnsfailover_provider_calls_total{provider=\"dns\",call=\"write\",outcome=\"ambiguous\"} 1",
                "dnsfailover_provider_calls_total{provider=\"dns\",call=\"write\",outcome=\"conflict\"} 1",
                "dnsfailover_provider_calls_total{provider=\"dns\",call=\"write\",outcome=\"rejected\"} 1",
                "dnsfailover_provider_calls_total{provider=\"dns\",call=\"write\",outcome=\"transient\"} 1",
                $"dnsfailover_provider_last_read_timestamp_seconds{{provider=\"dns\"}} {Unix}",
            ],
            (await LinesAsync()).Where(line => !line.Contains("_sum{", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Alerts_that_wait_that_were_taken_and_that_were_given_up()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var journal = SqliteJournal.Open(null, ["slack"], new FixedTime(Now), NullLogger<SqliteJournal>.Instance);
        var outbox = new OutboxMetrics(journal, _meter, () => _declared, new FixedTime(Now.AddSeconds(30)));
        Listen();
        await journal.WriteAsync([], [Samples.SmallAlert, Samples.SmallAlert with { At = Now.AddSeconds(10) }, Samples.SmallAlert with { At = Now.AddSeconds(20) }], ct);
        var pending = await outbox.PendingAsync("slack", 10, ct);
        await outbox.DeliveredAsync(pending[0], thread: null, ct);
        await outbox.AbandonedAsync(pending[1], "refused", ct);
        await outbox.RefreshAsync(ct);

        Assert.Equal(
            [
                "dnsfailover_alerts_total{channel=\"slack\",outcome=\"delivered\"} 1",
                "dnsfailover_alerts_total{channel=\"slack\",outcome=\"given_up\"} 1",
                "dnsfailover_outbox_depth{channel=\"slack\"} 1",
                "dnsfailover_outbox_oldest_age_seconds{channel=\"slack\"} 10",
            ],
            await LinesAsync());
    }

    [Fact]
    public async Task The_process_and_its_configurations()
    {
        var metrics = new ProcessMetrics(_meter, new FixedTime(Now));
        Listen();
        metrics.Begin();
        var state = Controller.Start(new ControllerConfiguration([], TimeSpan.FromMinutes(5)), [], Now).State;
        metrics.Stepped(new ControllerEvent.ConfigurationLoaded(state.Configuration, "x"), state, state, [], Now);
        metrics.Stepped(new ControllerEvent.ConfigurationRejected("x"), state, state, [], Now);
        metrics.Stepped(new ControllerEvent.ConfigurationRejected("x"), state, state, [], Now);
        metrics.Stepped(fact: null, state, state, [], Now);

        var lines = await LinesAsync();
        Assert.StartsWith("dnsfailover_build_info{version=\"", lines[0], StringComparison.Ordinal);
        Assert.Equal(["dnsfailover_reloads_total{result=\"rejected\"} 2", "dnsfailover_reloads_total{result=\"taken\"} 1", $"dnsfailover_start_timestamp_seconds {Unix}"], lines.Skip(1));
    }

    private static TargetHealth Health(HealthStatus status) => TargetHealth.Unproven(Now) with { Status = status };

    private static Condition Condition(string cause, AlertKind kind) => new(cause, kind, "x", Now, Told: true);

    private static Override Said(OverrideKind kind, DnsName service, string? endpoint, double minutes) => new(kind, service, endpoint, "x", "alice", Now.AddHours(-1), Now.AddMinutes(minutes));

    /// <summary>From here on it is measured; the instruments are there.</summary>
    private void Listen() => _reader = new MetricsReader(_meter, NullLogger.Instance);

    /// <summary>Every sample but the buckets, sorted.</summary>
    private async Task<List<string>> LinesAsync() =>
        [.. (await Rendered.TextAsync(_reader!, ExpositionFormat.Prometheus)).Split('\n').Where(line => line.Length > 0 && line[0] != '#' && !line.Contains("_bucket{", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
