using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Metrics;
using DnsFailover.Tests.EndToEnd;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Metrics;

public sealed class ProbeCostTests
{
    [Fact]
    public async Task A_probe_that_ends_is_counted_without_allocating_anything()
    {
        using var meter = new DaemonMeter("1");
        var declared = Declared.Of(Workplace.Parse("""
            providers: {local: {type: builtin, listen: "127.0.0.1:0", zone: cost.test}}
            services:
              - {name: api.cost.test, provider: local, check: {type: http, path: /}, endpoints: [{name: a, addresses: [127.0.0.2]}, {name: b, addresses: [127.0.0.3]}]}
            """), Declared.Nothing);
        var probes = new ProbeMetrics(meter, () => declared, TimeProvider.System);
        using var reader = new MetricsReader(meter, NullLogger.Instance);
        var observation = new Observation
        {
            Target = new TargetId(DnsName.Parse("api.cost.test"), "a", RecordType.A, "127.0.0.2"),
            StartedAt = DateTimeOffset.UnixEpoch,
            Verdict = Verdict.Pass,
            Reason = "status 200",
            Class = ReasonClass.Ok,
            Phases = new ProbePhases(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(4), TimeSpan.FromMilliseconds(10)),
            CertificateExpiresAt = DateTimeOffset.UnixEpoch,
        };
        for (var i = 0; i < 100; i++)
        {
            probes.Ended(observation); // the first ones make the series, and the code
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            probes.Ended(observation);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        var read = await Rendered.ParsedAsync(reader, ExpositionFormat.Prometheus);
        Assert.Equal(1100, read.Value("dnsfailover_probes_total", ("endpoint", "a"), ("result", "pass"), ("reason", "ok")));
        Assert.Equal(1100, read.Value("dnsfailover_probe_phase_duration_seconds_bucket", ("check", "http"), ("phase", "tls"), ("le", "0.005")));
        Assert.Equal(0.01, read.Value("dnsfailover_probe_last_duration_seconds", ("endpoint", "a")));
        Assert.True(read.Value("dnsfailover_certificate_left_days", ("endpoint", "a")) < -10_000);
        Assert.Null(read.Value("dnsfailover_probe_last_duration_seconds", ("endpoint", "b")));
    }
}
