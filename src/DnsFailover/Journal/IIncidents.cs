using DnsFailover.Core.Alerts;
using DnsFailover.Core.Records;

namespace DnsFailover.Journal;

/// <summary>The incidents that go on.</summary>
public interface IIncidents
{
    /// <summary>Every incident that has not ended.</summary>
    /// <exception cref="JournalException">They could not be read.</exception>
    Task<IReadOnlyList<OpenIncident>> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>An incident that has not ended.</summary>
/// <param name="Incident">Which.</param>
/// <param name="Service">Whose; null for the daemon as a whole.</param>
/// <param name="ToldAt">When something was last said of it.</param>
/// <param name="Reminders">How many reminders there have been since the last news.</param>
public sealed record OpenIncident(Incident Incident, DnsName? Service, DateTimeOffset ToldAt, int Reminders);
