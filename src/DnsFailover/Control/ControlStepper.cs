using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Logging;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Control;

/// <summary>
/// Makes the controller's steps, one after the other, and has the effects of each carried out in their order. It starts
/// nothing and waits for nothing but the carrier, so that where the carrier ends at once each call has ended when it returns.
/// </summary>
/// <param name="carrier">Carries effects out.</param>
/// <param name="post">Takes the events that answer them.</param>
/// <param name="time">The clock, read once per step.</param>
/// <param name="observers">Are told each step.</param>
/// <param name="logger">For defects, and for what could not be made durable.</param>
internal sealed partial class ControlStepper(
    IEffectCarrier carrier,
    Func<ControllerEvent, CancellationToken, ValueTask> post,
    TimeProvider time,
    IEnumerable<IStepObserver> observers,
    ILogger logger)
{
    /// <summary>After a defect in what time alone brings, it is looked at again no sooner.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly IStepObserver[] _observers = [.. observers];
    private readonly DefectLog _defects = new(time, logger);
    private volatile ControllerState? _state;
    private DateTimeOffset _notBefore;

    /// <summary>The state after the last step; null before the first.</summary>
    public ControllerState? State => _state;

    /// <summary>Why an entry could not be made durable, the last time that happened; null when it never has.</summary>
    public string? NotDurable { get; private set; }

    /// <summary>When time alone can change something; null when only a fact can.</summary>
    public DateTimeOffset? Wake => Controller.NextWake(_state!) is { } wake ? (wake > _notBefore ? wake : _notBefore) : null;

    /// <summary>Makes the first step, from what the journal holds.</summary>
    public async ValueTask StartAsync(ControllerConfiguration configuration, IReadOnlyList<JournalEntry> journal, CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        var (state, effects) = Controller.Start(configuration, journal, now);
        await TakeAsync(fact: null, before: null, state, effects, now, stopping);
    }

    /// <summary>
    /// Time passes for all services in one step. When one of them meets a defect, it passes for each apart, so that the
    /// others go on, and that one is due again after a rest instead of at once.
    /// </summary>
    public async ValueTask PassTimeAsync(CancellationToken stopping)
    {
        if (await StepAsync(new ControllerEvent.TimePassed(), stopping))
        {
            return;
        }

        var now = time.GetUtcNow();
        _notBefore = now + Rest;
        await StepAsync(new ControllerEvent.TimePassed { ForNoService = true }, stopping);
        foreach (var (name, service) in _state!.Services)
        {
            if (service.RevisitAt <= now)
            {
                await StepAsync(new ControllerEvent.TimePassed { Service = name }, stopping);
            }
        }
    }

    /// <summary>Makes one step and has its effects carried out.</summary>
    /// <returns>False when the step was abandoned because of a defect.</returns>
    public ValueTask<bool> StepAsync(ControllerEvent fact, CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        var before = _state!;
        ControllerState after;
        ValueList<Effect> effects;
        try
        {
            (after, effects) = Controller.Step(before, fact, now);
        }
        catch (Exception e)
        {
            // A defect in one step leaves DNS and the state as they were, and does not stop the others.
            _defects.Report(e, fact is ControllerEvent.TimePassed { Service: { } name } ? $"{nameof(ControllerEvent.TimePassed)} {name}" : fact.GetType().Name);
            return ValueTask.FromResult(false);
        }

        return TakeAsync(fact, before, after, effects, now, stopping);
    }

    private async ValueTask<bool> TakeAsync(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now, CancellationToken stopping)
    {
        _state = after;
        Tell(fact, before, after, effects, now);
        HashSet<DnsName>? blocked = null;
        foreach (var effect in effects)
        {
            if (effect.Service is { } service && blocked?.Contains(service) == true)
            {
                continue;
            }

            try
            {
                await carrier.CarryAsync(effect, answer => post(answer, stopping), stopping);
            }
            catch (Exception e) when (effect is Effect.Record record)
            {
                // Not durable is not durable, whether the disk is full or the journal has a defect.
                var reason = e is JournalException ? e.Message : $"a defect in the journal ({e.GetType().Name})";
                NotDurable = reason;
                using var story = DecisionScope.Begin(logger, record.Entries.Select(StepLog.DecisionOf).FirstOrDefault(id => id is not null));
                LogNotDurable(e, record.Name?.ToString() ?? "the daemon", reason);
                if (record.Name is { } name)
                {
                    (blocked ??= []).Add(name);
                }

                await StepAsync(new ControllerEvent.JournalFailed(record.Name, record.Entries, record.Alerts, reason), stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _defects.Report(e, effect.GetType().Name);
            }
        }

        return true;
    }

    /// <summary>An observer with a defect must not keep effects from being carried out: their answers are waited for.</summary>
    private void Tell(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        foreach (var observer in _observers)
        {
            try
            {
                observer.Stepped(fact, before, after, effects, now);
            }
            catch (Exception e)
            {
                _defects.Report(e, observer.GetType().Name);
            }
        }
    }

    [LoggerMessage(1003, LogLevel.Error, "The journal entries of {Service} could not be made durable, so nothing is written at its provider: {Reason}")]
    private partial void LogNotDurable(Exception exception, string service, string reason);
}
