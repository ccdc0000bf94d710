using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>What can be wrong with one address of one endpoint.</summary>
internal enum Ailment
{
    /// <summary>Connections are refused at once.</summary>
    Crashed,

    /// <summary>Connections are taken and nothing comes.</summary>
    Hanging,

    /// <summary>Answers take about as long as the probe waits.</summary>
    Slow,

    /// <summary>It fails and works in turn.</summary>
    Flapping,

    /// <summary>Users reach it, and we do not.</summary>
    HiddenFromUs,

    /// <summary>We reach it, and users do not.</summary>
    HiddenFromUsers,

    /// <summary>The certificate is somebody else's, and the check looks at it.</summary>
    WrongCertificate,

    /// <summary>The certificate does not cover the served name, and the check does not look at it.</summary>
    UncoveredName,
}

/// <summary>How a target looks from where the daemon runs.</summary>
internal enum Look
{
    Works,
    Fails,

    /// <summary>Now this, now that.</summary>
    Unsteady,
}

/// <summary>One address of one endpoint as it really is.</summary>
internal sealed class Reality(TargetId target, string vendor, Dice dice)
{
    private readonly List<(Ailment Ailment, TimeSpan Period)> _ailments = [];

    public TargetId Target => target;

    public string Vendor => vendor;

    public bool IsHealthy => _ailments.Count == 0;

    /// <summary>What a probe that passes knows against the certificate; null when nothing.</summary>
    public string? CertificateTrouble => _ailments.Count > 0 && _ailments.Exists(item => item.Ailment == Ailment.UncoveredName) ? "certificate is for *.vendor.example, not for the served name" : null;

    public void Begin(Ailment ailment, TimeSpan period) => _ailments.Add((ailment, period));

    public void End(Ailment ailment, TimeSpan period) => _ailments.Remove((ailment, period));

    public Look Look => _ailments.Exists(item => item.Ailment is Ailment.Crashed or Ailment.Hanging or Ailment.HiddenFromUs or Ailment.WrongCertificate) ? Look.Fails
        : _ailments.Exists(item => item.Ailment is Ailment.Slow or Ailment.Flapping) ? Look.Unsteady
        : Look.Works;

    /// <summary>What a probe that begins now finds, and how long it takes.</summary>
    public (Verdict Verdict, TimeSpan Takes, string Reason) Probe(TimeSpan now, TimeSpan timeout)
    {
        foreach (var (ailment, period) in _ailments)
        {
            switch (ailment)
            {
                case Ailment.Crashed:
                case Ailment.Flapping when (now.Ticks / period.Ticks) % 2 == 0:
                    return (Verdict.Fail, Seconds(0.01), "connection refused");
                case Ailment.Hanging or Ailment.HiddenFromUs:
                    return (Verdict.Fail, timeout, "no answer in time");
                case Ailment.WrongCertificate:
                    return (Verdict.Fail, Seconds(0.1), "the certificate is for another name");
                case Ailment.Slow:
                    var takes = timeout * (0.6 + (0.8 * dice.Next()));
                    return takes >= timeout ? (Verdict.Fail, timeout, "no answer in time") : (Verdict.Pass, takes, "status 200, slowly");
            }
        }

        return (Verdict.Pass, Seconds(0.02 + (dice.Next() * 0.05)), "status 200");
    }

    private static TimeSpan Seconds(double seconds) => new((long)(seconds * TimeSpan.TicksPerSecond));
}

/// <summary>Every address of every endpoint that the world knows.</summary>
internal sealed class Endpoints(int seed)
{
    private readonly Dictionary<TargetId, Reality> _all = [];

    public IEnumerable<Reality> Known => _all.Values;

    public Reality this[TargetId target] => _all[target];

    /// <summary>Makes what a configuration declares.</summary>
    public void Declare(ServiceDefinition service)
    {
        foreach (var (endpoint, target) in service.Targets)
        {
            if (!_all.ContainsKey(target))
            {
                _all.Add(target, new Reality(target, endpoint.Vendor, Dice.Of(seed, $"endpoint {target.Service} {target}")));
            }
        }
    }

    /// <summary>The targets that hold these values in the records of a service.</summary>
    public IEnumerable<Reality> Serving(ServiceDefinition service, RecordSet set) =>
        service.Targets.Where(pair => pair.Target.Type == set.Type && set.Values.Any(value => value.Data == pair.Target.Value)).Select(pair => this[pair.Target]);
}
