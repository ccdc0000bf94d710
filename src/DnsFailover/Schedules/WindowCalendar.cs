using DnsFailover.Core;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Schedules;

/// <summary>All planned times of a configuration.</summary>
/// <param name="schedules">The planned times.</param>
/// <param name="drills">The drills.</param>
internal sealed class WindowCalendar(IReadOnlyList<WindowSchedule> schedules, IReadOnlyList<DrillSchedule>? drills = null)
{
    /// <summary>How far ahead the controller is told; it is told anew long before that.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromHours(48);

    /// <summary>Of one schedule. What comes each minute reaches three hours ahead with it.</summary>
    private const int Most = 200;

    private readonly ILookup<DnsName, WindowSchedule> _byService = schedules.ToLookup(schedule => schedule.Service);

    /// <summary>True when nothing is planned.</summary>
    public bool IsEmpty => schedules.Count == 0;

    /// <summary>Those in effect and those that begin within the horizon, in order.</summary>
    public ValueList<Window> Near(DateTimeOffset now) => schedules
        .SelectMany(schedule => schedule.EndingAfter(now, Most).TakeWhile(window => window.From <= now + Horizon))
        .OrderBy(window => window.From).ThenBy(window => window.Service).ThenBy(window => window.Kind).ThenBy(window => window.Endpoint, StringComparer.Ordinal)
        .ToValueList();

    /// <summary>The next drill of a service by its schedule; null when there is none.</summary>
    public DateTimeOffset? NextDrill(DnsName service, DateTimeOffset now) => drills?.FirstOrDefault(drill => drill.Service == service)?.NextAfter(now);

    /// <summary>Of each schedule of a service, in the order of the file: the one in effect, or the next one.</summary>
    public IEnumerable<(WindowSchedule Schedule, Window Window)> Next(DnsName service, DateTimeOffset now) =>
        from schedule in _byService[service]
        from window in schedule.EndingAfter(now, 1)
        select (schedule, window);
}
