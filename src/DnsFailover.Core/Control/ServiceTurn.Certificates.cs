using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Core.Control;

/// <summary>
/// Certificates that the checks do not judge: an endpoint that works, but would show users of the name a certificate
/// they do not take, is no redundancy. It blocks no switch: a name that is served with a wrong certificate is still
/// better than one that is not served, and not every user checks it. What is to block one belongs into the check.
/// </summary>
internal sealed partial class ServiceTurn
{
    private const string StandbyCertificates = "certificate:";

    private const string ServedCertificates = "certificate-served:";

    private void JudgeCertificate(TargetId target, TargetHealth health)
    {
        if (health.Status != HealthStatus.Up || Copy.Live is null)
        {
            return; // that it is down is told by itself; of its certificate nothing new is known
        }

        var (standby, served) = (StandbyCertificates + Suffix(target), ServedCertificates + Suffix(target));
        if (health.CertificateTrouble is not { } trouble)
        {
            Clear(standby, _ => $"{target} has a certificate for {Name} now");
            Clear(served, _ => $"{target} has a certificate for {Name} now");
        }
        else if (IsPublished(target))
        {
            Clear(standby, _ => $"{target} has the traffic now", silent: true);
            Raise(new Trouble(
                served,
                AlertKind.RedundancyLost,
                $"{Name}: users get no valid certificate from {target}",
                $"{target} is served and up, but users of {Name} get no valid certificate from it: {trouble}",
                "The check does not look at it, so traffic is not moved. Install a certificate for the name there, or let the check ask for it (host)."));
        }
        else
        {
            Clear(served, _ => $"{target} does not have the traffic any more", silent: true);
            if (IsServed(target.Type)) // else what has the traffic is in trouble itself: its outcome is told first
            {
                Raise(new Trouble(
                    standby,
                    AlertKind.RedundancyLost,
                    $"{Name} has lost redundancy: {target} has no certificate for it",
                    $"{target} is up, but users of {Name} would get no valid certificate from it: {trouble}",
                    "Traffic is not affected. It would be moved there nevertheless if need be: install a certificate for the name before that."));
            }
        }
    }

    private static string Suffix(TargetId target) => $"{target.Endpoint}:{target.Value}";

    private static bool IsOfCertificate(string cause) =>
        cause.StartsWith(StandbyCertificates, StringComparison.Ordinal) || cause.StartsWith(ServedCertificates, StringComparison.Ordinal);

    private static bool IsOfCertificate(string cause, TargetId target) => cause == StandbyCertificates + Suffix(target) || cause == ServedCertificates + Suffix(target);
}
