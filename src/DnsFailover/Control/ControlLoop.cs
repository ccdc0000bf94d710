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
    private volatile ControllerState? _state;

    /// <summary>The state after the last step; null before the first.</summary>
    public ControllerState? State => _state;

    /// <summary>Hands in a fact; waits while too many are waiting.</summary>
    public ValueTask PostAsync(ControllerEvent fact, CancellationToken cancellationToken) => _facts.Writer.WriteAsync(fact, cancellationToken);

    /// <summary>Starts from the journal and goes on until it is cancelled. Requests under way have ended when it returns.</summary>
    public async Task RunAsync(ControllerConfiguration configuration, IReadOnlyList<Core.Journal.JournalEntry> journal, CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        var (state, effects) = Controller.Start(configuration, journal, now);
        await TakeAsync(fact: null, before: null, state, effects, now, stopping);
        try
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

                if (Controller.NextWake(_state!) <= time.GetUtcNow())
                {
                    await StepAsync(new ControllerEvent.TimePassed(), stopping);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon stops; the journal has everything that a restart needs.
        }

        await carrier.DrainAsync();
    }

    private async Task NapAsync(CancellationToken stopping)
    {
        var left = Controller.NextWake(_state!) is { } wake ? wake - time.GetUtcNow() : LongestNap;
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

    private async Task StepAsync(ControllerEvent fact, CancellationToken stopping)
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
            LogDefect(e, fact.GetType().Name);
            return;
        }

        await TakeAsync(fact, before, after, effects, now, stopping);
    }

    private async Task TakeAsync(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now, CancellationToken stopping)
    {
        _state = after;
        foreach (var observer in _observers)
        {
            observer.Stepped(fact, before, after, effects, now);
        }

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
            catch (JournalException e) when (effect is Effect.Record record)
            {
                LogNotDurable(e, record.Name?.ToString() ?? "the daemon", e.Message);
                if (record.Name is { } name)
                {
                    (blocked ??= []).Add(name);
                }

                await StepAsync(new ControllerEvent.JournalFailed(record.Name, record.Entries, record.Alerts, e.Message), stopping);
            }
        }
    }

    [LoggerMessage(1002, LogLevel.Critical, "A step was abandoned because of a defect in the daemon, and DNS is left as it is ({Fact})")]
    private partial void LogDefect(Exception exception, string fact);

    [LoggerMessage(1003, LogLevel.Error, "The journal entries of {Service} could not be made durable, so nothing is written at its provider: {Reason}")]
    private partial void LogNotDurable(Exception exception, string service, string reason);
}
