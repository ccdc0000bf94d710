using System.Threading.Channels;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Control;

/// <summary>
/// The only writer. It feeds facts to the controller one at a time, takes the time once per step, and has the effects
/// carried out in their order.
/// </summary>
internal sealed partial class ControlLoop(
    EffectCarrier carrier,
    TimeProvider time,
    IEnumerable<IStepObserver> observers,
    ILogger<ControlLoop> logger)
{
    /// <summary>Probes wait when so many facts are waiting; a quicker probe does not help a slow loop.</summary>
    private const int Capacity = 10_000;

    /// <summary>However early nothing is due, time is looked at this often: clocks jump.</summary>
    private static readonly TimeSpan LongestNap = TimeSpan.FromSeconds(1);

    private readonly Channel<ControllerEvent> _facts = Channel.CreateBounded<ControllerEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly IStepObserver[] _observers = [.. observers];
    private readonly DefectLog _defects = new(time, logger);
    private volatile ControllerState? _state;
    private DateTimeOffset _notBefore;

    /// <summary>The state after the last step; null before the first.</summary>
    public ControllerState? State => _state;

    /// <summary>Hands in a fact; waits while too many are waiting.</summary>
    public ValueTask PostAsync(ControllerEvent fact, CancellationToken cancellationToken) => _facts.Writer.WriteAsync(fact, cancellationToken);

    /// <summary>Starts from the journal and goes on until it is cancelled. Requests under way have ended when it returns.</summary>
    public async Task RunAsync(ControllerConfiguration configuration, IReadOnlyList<Core.Journal.JournalEntry> journal, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            var now = time.GetUtcNow();
            var (state, effects) = Controller.Start(configuration, journal, now);
            await TakeAsync(fact: null, before: null, state, effects, now, ending.Token);
            await GoOnAsync(ending.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon stops; the journal has everything that a restart needs.
        }
        finally
        {
            await ending.CancelAsync(); // also when a defect ends the loop: nobody takes the answers any more
            await carrier.DrainAsync();
        }
    }

    private async Task GoOnAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            if (_facts.Reader.TryRead(out var fact))
            {
                await StepAsync(fact, stopping);
            }
            else
            {
                await NapAsync(stopping);
            }

            if (Wake() <= time.GetUtcNow())
            {
                await PassTimeAsync(stopping);
            }
        }
    }

    private DateTimeOffset? Wake() => Controller.NextWake(_state!) is { } wake ? (wake > _notBefore ? wake : _notBefore) : null;

    private async Task NapAsync(CancellationToken stopping)
    {
        var left = Wake() is { } wake ? wake - time.GetUtcNow() : LongestNap;
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        using var nap = new CancellationTokenSource(left < LongestNap ? left : LongestNap, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(nap.Token, stopping);
        try
        {
            await _facts.Reader.WaitToReadAsync(linked.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The nap is over.
        }
    }

    /// <summary>
    /// Time passes for all services in one step. When one of them meets a defect, it passes for each apart, so that the
    /// others go on, and that one is due again after a rest instead of at once.
    /// </summary>
    private async Task PassTimeAsync(CancellationToken stopping)
    {
        if (await StepAsync(new ControllerEvent.TimePassed(), stopping))
        {
            return;
        }

        var now = time.GetUtcNow();
        _notBefore = now + LongestNap;
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
    private async Task<bool> StepAsync(ControllerEvent fact, CancellationToken stopping)
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
            return false;
        }

        await TakeAsync(fact, before, after, effects, now, stopping);
        return true;
    }

    private async Task TakeAsync(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now, CancellationToken stopping)
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
                await carrier.CarryAsync(effect, answer => PostAsync(answer, stopping), stopping);
            }
            catch (Exception e) when (effect is Effect.Record record)
            {
                // Not durable is not durable, whether the disk is full or the journal has a defect.
                var reason = e is JournalException ? e.Message : $"a defect in the journal ({e.GetType().Name})";
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
