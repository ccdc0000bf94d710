using DnsFailover.Control;
using DnsFailover.Core.Control;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Schedules;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Hosting;

/// <summary>
/// Asks for the drills whose time has come, one after the other: many services may have the same schedule, and there is one drill at
/// a time. What was missed while the daemon was stopped is not made up for; it is overdue at some point, which is told.
/// </summary>
/// <param name="ask">Hands a command in.</param>
/// <param name="state">How things are; null before the first step.</param>
/// <param name="time">The control loop's clock.</param>
/// <param name="logger">For what was asked and did not come about.</param>
internal sealed partial class DrillClock(Func<OperatorCommand, CancellationToken, Task<CommandResult>> ask, Func<ControllerState?> state, TimeProvider time, ILogger<DrillClock> logger)
{
    /// <summary>So often it is looked whether one is due.</summary>
    internal static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>After a start, a drill that is due waits for the first verdicts, but not longer than this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<DrillSchedule, DateTimeOffset?> _next = [];
    private readonly List<(DrillSchedule Drill, DateTimeOffset DueAt)> _due = [];

    /// <summary>From now on these hold; what was due of others is forgotten.</summary>
    public void Replace(IReadOnlyCollection<DrillSchedule> schedules)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var gone in _next.Keys.Except(schedules).ToList())
            {
                _next.Remove(gone);
            }

            foreach (var schedule in schedules.Where(schedule => !_next.ContainsKey(schedule)))
            {
                _next[schedule] = schedule.NextAfter(now);
            }

            _due.RemoveAll(due => !_next.ContainsKey(due.Drill));
        }
    }

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Look, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            if (Take() is { } drill)
            {
                var result = await ask(new OperatorCommand.Drill(drill.Service, drill.Live, Endpoint: null, Actor: null), stopping);
                if (result.End != CommandEnd.Durable)
                {
                    LogNotBegun(drill.Service, result.Reason);
                }
            }
        }
    }

    /// <summary>The drill to ask for now; null when none is due, or one is under way.</summary>
    private DrillSchedule? Take()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var (schedule, at) in _next.Where(pair => pair.Value <= now).ToList())
            {
                _next[schedule] = schedule.NextAfter(now);
                if (!_due.Exists(due => due.Drill == schedule))
                {
                    _due.Add((schedule, at!.Value));
                }
            }

            var place = state() is { Drill: null } known ? _due.FindIndex(due => due.DueAt + Patience <= now || !known.Services.TryGetValue(due.Drill.Service, out var service) || service.IsWarm) : -1;
            if (place < 0)
            {
                return null;
            }

            var (drill, _) = _due[place];
            _due.RemoveAt(place);
            return drill;
        }
    }

    [LoggerMessage(1022, LogLevel.Warning, "The scheduled drill of {Service} was not begun: {Reason}")]
    private partial void LogNotBegun(DnsName service, string reason);
}
