using System.Collections.Concurrent;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Journal;

namespace DnsFailover.Api;

/// <summary>
/// How much of the last 24 hours, 7 days and 30 days services and their endpoints worked, reckoned from the journal's
/// observations and kept for a minute.
/// </summary>
internal sealed class UptimeBook(JournalLookups lookups, TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(1);

    private const int MostKept = 20_000;

    private readonly ConcurrentDictionary<DnsName, (DateTimeOffset At, ServiceUptime Uptime)> _known = new();

    /// <summary>Of a service; null where no observations are kept.</summary>
    /// <exception cref="JournalException">It could not be read.</exception>
    public async Task<ServiceUptime?> OfAsync(ServiceState service, CancellationToken cancellationToken)
    {
        if (!lookups.HasObservations)
        {
            return null;
        }

        var (name, now) = (service.Definition.Name, time.GetUtcNow());
        if (_known.TryGetValue(name, out var known) && now - known.At < GoodFor && now >= known.At && service.Definition.Endpoints.All(endpoint => known.Uptime.Endpoints.ContainsKey(endpoint.Name)))
        {
            return known.Uptime;
        }

        var (runs, changes) = await lookups.RunsAsync(name, now - Uptime.Month, cancellationToken);
        var uptime = Uptime.Of(service, runs, changes, now);
        _known[name] = (now, uptime);
        if (_known.Count > MostKept)
        {
            _known.Clear(); // with names that failover.yaml declared once; the rest is reckoned anew
        }

        return uptime;
    }
}
