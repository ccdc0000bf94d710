using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Schedules;

/// <summary>Planned times that come again and again, as failover.yaml declares them.</summary>
/// <param name="Kind">What for.</param>
/// <param name="Service">Of which service.</param>
/// <param name="Endpoint">Of which endpoint; null for the whole service.</param>
/// <param name="Schedule">When each begins.</param>
/// <param name="Duration">How long each lasts, whatever the clocks are set to meanwhile.</param>
/// <param name="Reason">Why.</param>
internal sealed record WindowSchedule(WindowKind Kind, DnsName Service, string? Endpoint, CronSchedule Schedule, TimeSpan Duration, string Reason)
{
    /// <summary>Those that end after this time, in order, so many at the most.</summary>
    public IEnumerable<Window> EndingAfter(DateTimeOffset time, int most) =>
        Schedule.After(time - Duration, most).Select(from => new Window(Kind, Service, Endpoint, from, from + Duration, Reason));
}
