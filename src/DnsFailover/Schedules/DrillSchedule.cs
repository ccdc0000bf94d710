using DnsFailover.Core.Records;

namespace DnsFailover.Schedules;

/// <summary>Drills that come again and again, as failover.yaml declares them.</summary>
/// <param name="Service">Of which service.</param>
/// <param name="Schedule">When each begins.</param>
/// <param name="Live">True to move the service itself.</param>
internal sealed record DrillSchedule(DnsName Service, CronSchedule Schedule, bool Live)
{
    /// <summary>The next one after a time; null when none comes any more.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset time) => Schedule.After(time, 1).Select(next => (DateTimeOffset?)next).FirstOrDefault();
}
