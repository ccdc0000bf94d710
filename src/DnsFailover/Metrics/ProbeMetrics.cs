using System.Diagnostics.Metrics;
using DnsFailover.Core;
using DnsFailover.Core.Health;

namespace DnsFailover.Metrics;

/// <summary>
/// What probes say. Durations are sorted into buckets per kind of check, since a histogram per endpoint would be a hundred
/// thousand lines for ten thousand of them; of each endpoint the last duration is a gauge.
/// </summary>
internal sealed class ProbeMetrics
{
    private static readonly MetricLabel Check = new("check", "http, https, tls, tcp");

    private static readonly MetricLabel Phase = new("phase", "dns, connect, tls, first_byte, total");

    private static readonly MetricLabel Result = new("result", "pass, fail, inconclusive");

    private static readonly string[] Results = Words<Verdict>();

    private static readonly string[] Reasons = Words<ReasonClass>();

    private static readonly MetricLabel Reason = new("reason", string.Join(", ", Reasons));

    /// <summary>Probes by their result and the kind of reason.</summary>
    public static readonly MetricDefinition Probes = new(
        "dnsfailover.probes", MetricKind.Counter, null, "Probes that ended, by result and kind of reason.", Labels.Service, Labels.Endpoint, Result, Reason);

    /// <summary>Where the time of probes goes.</summary>
    public static readonly MetricDefinition Phases = new(
        "dnsfailover.probe.phase.duration", MetricKind.Histogram, "s", "How long the phases of probes took, of those that were reached.", Check, Phase)
    {
        Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    /// <summary>The last probe.</summary>
    public static readonly MetricDefinition LastDuration = new(
        "dnsfailover.probe.last.duration", MetricKind.Gauge, "s", "How long the last probe of the target took.", Labels.Service, Labels.Endpoint, Labels.Target);

    /// <summary>The certificate.</summary>
    public static readonly MetricDefinition CertificateLeft = new(
        "dnsfailover.certificate.left", MetricKind.Gauge, "d", "Days until the certificate that the target showed last expires; negative once it has.", Labels.Service, Labels.Endpoint, Labels.Target);

    private readonly Func<Declared> _declared;
    private readonly Counter<long> _probes;
    private readonly Histogram<double> _phases;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">Gets them.</param>
    /// <param name="declared">What is declared now.</param>
    /// <param name="time">The clock that certificates are valid by.</param>
    public ProbeMetrics(DaemonMeter meter, Func<Declared> declared, TimeProvider time)
    {
        (_declared, _probes, _phases) = (declared, meter.Counter(Probes), meter.Histogram(Phases));
        meter.Gauge(LastDuration, () => declared().Targets.Values.Where(target => target.Took is not null)
            .Select(target => DaemonMeter.Measure(target.Took!.Value.TotalSeconds, LastDuration, target.Service, target.Endpoint, target.Value)));
        meter.Gauge(CertificateLeft, () => declared().Targets.Values.Where(target => target.CertificateEndsAt is not null)
            .Select(target => DaemonMeter.Measure((target.CertificateEndsAt!.Value - time.GetUtcNow()).TotalDays, CertificateLeft, target.Service, target.Endpoint, target.Value)));
    }

    /// <summary>All that it measures.</summary>
    public static ValueList<MetricDefinition> All => [Probes, Phases, LastDuration, CertificateLeft];

    /// <summary>A probe ended. Nothing is allocated here: this is where five thousand probes a second come by.</summary>
    public void Ended(Observation observation)
    {
        if (!_declared().Targets.TryGetValue(observation.Target, out var target))
        {
            return; // it was removed meanwhile
        }

        _probes.Add(
            1,
            new(Labels.Service.Name, target.Service),
            new(Labels.Endpoint.Name, target.Endpoint),
            new(Result.Name, Results[(int)observation.Verdict]),
            new(Reason.Name, Reasons[(int)observation.Class]));
        if (observation.Class is ReasonClass.Overload or ReasonClass.Outdated or ReasonClass.Defect)
        {
            return; // it was not made, or not to its end: its times say nothing
        }

        var phases = observation.Phases;
        target.Note(phases.Total, observation.CertificateExpiresAt);
        Sort(phases.Dns, target, "dns");
        Sort(phases.Connect, target, "connect");
        Sort(phases.Tls, target, "tls");
        Sort(phases.FirstByte, target, "first_byte");
        Sort(phases.Total, target, "total");
    }

    private void Sort(TimeSpan? took, ProbedTarget target, string phase)
    {
        if (took is { } time)
        {
            _phases.Record(time.TotalSeconds, new(Check.Name, target.Check), new(Phase.Name, phase));
        }
    }

    /// <summary>The names of an enum, as metrics spell them: <c>NoSuchName</c> is <c>no_such_name</c>.</summary>
    internal static string[] Words<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => string.Concat(name.Select((letter, i) => char.IsUpper(letter) && i > 0 ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}")))];
}
