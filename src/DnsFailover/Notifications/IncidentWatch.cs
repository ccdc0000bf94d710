using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Journal;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Notifications;

/// <summary>
/// Looks at the incidents that go on: one of which nothing was said for long is told again, quietly and ever more rarely,
/// and one that is over without an alert of its own is ended.
/// </summary>
internal sealed class IncidentWatch : IAsyncDisposable
{
    /// <summary>So often they are looked at.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    /// <summary>The longest time between two reminders, however many there have been.</summary>
    internal static readonly TimeSpan LongestSilence = TimeSpan.FromDays(1);

    private readonly Func<ControllerState?> _state;
    private readonly IIncidents _incidents;
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly ILogger<IncidentWatch> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private HashSet<string> _seenOver = [];
    private long _remindEvery;
    private Task _running = Task.CompletedTask;

    /// <summary>Does nothing until it is started.</summary>
    /// <param name="state">The state after the last step; null before the first.</param>
    /// <param name="incidents">What goes on.</param>
    /// <param name="journal">Where alerts are written.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public IncidentWatch(Func<ControllerState?> state, IIncidents incidents, IJournal journal, TimeProvider time, ILogger<IncidentWatch> logger) =>
        (_state, _incidents, _journal, _time, _logger) = (state, incidents, journal, time, logger);

    /// <summary>When an incident is told again for the first time; null for never.</summary>
    public TimeSpan? RemindEvery
    {
        get => Volatile.Read(ref _remindEvery) is > 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;
        set => Volatile.Write(ref _remindEvery, value?.Ticks ?? 0);
    }

    /// <summary>Begins to look.</summary>
    public void Start() => _running = Task.Run(() => RunAsync(_stopping.Token));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    /// <summary>How long after the last news, or the last reminder, the next one is due.</summary>
    /// <param name="every">When the first one is.</param>
    /// <param name="reminders">How many there have been since the last news.</param>
    internal static TimeSpan Silence(TimeSpan every, int reminders)
    {
        var silence = every * Math.Pow(2, Math.Min(reminders, 20));
        return silence < LongestSilence ? silence : LongestSilence;
    }

    /// <summary>Looks once.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_state() is not { } state)
        {
            return;
        }

        var (now, over, alerts) = (_time.GetUtcNow(), new HashSet<string>(StringComparer.Ordinal), new List<Alert>());
        foreach (var open in await _incidents.OpenAsync(cancellationToken))
        {
            if (StillWrong.Of(state, open.Service, now) is not { } wrong)
            {
                continue;
            }

            if (wrong.Count == 0)
            {
                // Only what was over the last time too: the alert that ends it may be on its way to the journal.
                if (_seenOver.Contains(open.Incident.Id))
                {
                    alerts.Add(IncidentAlerts.Over(state, open.Service, open.Incident, now));
                }

                over.Add(open.Incident.Id);
            }
            else if (RemindEvery is { } every && now - open.ToldAt >= Silence(every, open.Reminders) && !(open.Service is not null && state.Network.IsFrozen))
            {
                alerts.Add(IncidentAlerts.Reminder(state, open.Service, open.Incident, wrong, now));
            }
        }

        _seenOver = over;
        if (alerts.Count > 0)
        {
            await _journal.WriteAsync([], alerts, cancellationToken);
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, _time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                await LookAsync(stopping);
            }
            catch (JournalException error)
            {
                _logger.IncidentsNotSeen(error.Message);
            }
            catch (Exception error) when (!stopping.IsCancellationRequested)
            {
                _logger.IncidentBug(error, error.GetType().Name);
            }
        }
    }
}
