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

    /// <summary>
    /// Letting time pass looks at every service. With thousands of them, each due at a moment of its own, that would be all that is done: what is due
    /// right after it was looked at waits for so long, for each service beyond the first hundred.
    /// </summary>
    private static readonly TimeSpan RestPerService = TimeSpan.FromMicroseconds(2);

    private const int FewServices = 100;

    /// <summary>So many steps are made at the most between one that writes at a provider and that write.</summary>
    private const int MostBehindWrite = 32;

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
            var many = _state!.Services.Count - FewServices;
            _notBefore = many > 0 ? time.GetUtcNow() + (RestPerService * many) : _notBefore;
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
        return TryStep(fact, before, now, out var after, out var effects) ? TakeAsync(fact, before, after, effects, now, stopping) : ValueTask.FromResult(false);
    }

    /// <summary>
    /// Makes steps for facts that came in together, one after the other, and makes what they record durable in one go: when a
    /// thousand endpoints change their health within a second, the journal is not written a thousand times. What is to be written at
    /// a provider is carried out once all that was recorded is durable, and does not wait for many further steps.
    /// </summary>
    /// <param name="first">The first of them.</param>
    /// <param name="next">Gives a further one as long as there is one at hand; null otherwise.</param>
    /// <param name="stopping">Ends it.</param>
    /// <returns>False when the last of the steps was abandoned because of a defect.</returns>
    public async ValueTask<bool> StepTogetherAsync(ControllerEvent first, Func<ControllerEvent?> next, CancellationToken stopping)
    {
        List<Effect>? deferred = null;
        var (made, left) = (true, int.MaxValue);
        for (ControllerEvent? fact = first; fact is not null; fact = left > 0 ? next() : null)
        {
            left--;
            var now = time.GetUtcNow();
            var before = _state!;
            made = TryStep(fact, before, now, out var after, out var effects);
            if (!made)
            {
                continue;
            }

            _state = after;
            Tell(fact, before, after, effects, now);
            foreach (var effect in effects)
            {
                if (effect is Effect.Record or Effect.Apply)
                {
                    (deferred ??= []).Add(effect);
                    left = effect is Effect.Apply ? Math.Min(left, MostBehindWrite) : left;
                }
                else
                {
                    await CarryAsync(effect, stopping);
                }
            }
        }

        if (deferred is not null)
        {
            await CarryDeferredAsync(deferred, stopping);
        }

        return made;
    }

    // One transaction for all records; when that fails, each is tried, and fails, by itself. What comes behind one that failed, of the same
    // service, fails with it: it must not be recorded before it, and nothing may be written on it.
    private async ValueTask CarryDeferredAsync(List<Effect> deferred, CancellationToken stopping)
    {
        var isRecorded = await TryRecordAsync([.. deferred.OfType<Effect.Record>()], stopping);
        HashSet<DnsName?>? failed = null;
        foreach (var effect in deferred)
        {
            var isBehind = failed?.Contains(effect.Service) == true;
            if (effect is not Effect.Record record)
            {
                if (!isBehind)
                {
                    await CarryAsync(effect, stopping);
                }
            }
            else if (isRecorded)
            {
                continue;
            }
            else if (isBehind)
            {
                await StepAsync(new ControllerEvent.JournalFailed(record.Name, record.Entries, record.Alerts, NotDurable!), stopping);
            }
            else if (!await CarryAsync(record, stopping))
            {
                (failed ??= []).Add(record.Name);
            }
        }
    }

    private async ValueTask<bool> TryRecordAsync(List<Effect.Record> records, CancellationToken stopping)
    {
        if (records.Count < 2)
        {
            return false;
        }

        try
        {
            var all = new Effect.Record(Name: null, records.SelectMany(record => record.Entries).ToValueList(), records.SelectMany(record => record.Alerts).ToValueList());
            await carrier.CarryAsync(all, answer => post(answer, stopping), stopping);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return false; // nothing of it is durable; what goes wrong is told of whom it goes wrong for
        }
    }

    private bool TryStep(ControllerEvent fact, ControllerState before, DateTimeOffset now, out ControllerState after, out ValueList<Effect> effects)
    {
        try
        {
            (after, effects) = Controller.Step(before, fact, now);
            return true;
        }
        catch (Exception e)
        {
            // A defect in one step leaves DNS and the state as they were, and does not stop the others.
            _defects.Report(e, fact is ControllerEvent.TimePassed { Service: { } name } ? $"{nameof(ControllerEvent.TimePassed)} {name}" : fact.GetType().Name);
            (after, effects) = (before, []);
            return false;
        }
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

            if (!await CarryAsync(effect, stopping) && effect.Service is { } name)
            {
                (blocked ??= []).Add(name);
            }
        }

        return true;
    }

    /// <summary>Does what one effect asks for.</summary>
    /// <returns>False when a record could not be made durable, so that nothing may be written for its service.</returns>
    private async ValueTask<bool> CarryAsync(Effect effect, CancellationToken stopping)
    {
        try
        {
            await carrier.CarryAsync(effect, answer => post(answer, stopping), stopping);
        }
        catch (Exception e) when (effect is Effect.Record record)
        {
            // Not durable is not durable, whether the disk is full or the journal has a defect.
            var reason = e is JournalException ? e.Message : $"a defect in the journal ({e.GetType().Name})";
            NotDurable = reason;
            using (DecisionScope.Begin(logger, record.Entries.Select(StepLog.DecisionOf).FirstOrDefault(id => id is not null)))
            {
                LogNotDurable(e, record.Name?.ToString() ?? "the daemon", reason);
            }

            await StepAsync(new ControllerEvent.JournalFailed(record.Name, record.Entries, record.Alerts, reason), stopping);
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _defects.Report(e, effect.GetType().Name);
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
