using System.Threading.Channels;
using DnsFailover.Core.Control;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Control;

/// <summary>
/// The only writer. It feeds facts to the <see cref="ControlStepper"/> one at a time, and naps between them no longer than until
/// time alone can change something.
/// </summary>
internal sealed class ControlLoop
{
    /// <summary>Probes wait when so many facts are waiting; a quicker probe does not help a slow loop.</summary>
    private const int Capacity = 10_000;

    /// <summary>However early nothing is due, time is looked at this often: clocks jump.</summary>
    private static readonly TimeSpan LongestNap = TimeSpan.FromSeconds(1);

    /// <summary>Facts that came in together share one writing of the journal, up to so many: time must be able to pass in between.</summary>
    private const int MostTogether = 256;

    private readonly Channel<ControllerEvent> _facts = Channel.CreateBounded<ControllerEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly EffectCarrier _carrier;
    private readonly TimeProvider _time;
    private readonly ControlStepper _stepper;
    private readonly CommandDesk _commands = new();
    private ControllerEvent? _next;
    private long _turnedAt;

    public ControlLoop(EffectCarrier carrier, TimeProvider time, IEnumerable<IStepObserver> observers, ILogger<ControlLoop> logger) =>
        (_carrier, _time, _stepper) = (carrier, time, new ControlStepper(carrier, PostAsync, time, observers, logger));

    /// <summary>The state after the last step; null before the first.</summary>
    public ControllerState? State => _stepper.State;

    /// <summary>Why something that happened is not recorded yet; null when everything is.</summary>
    public string? NotRecorded => State is { } state && (state.Unrecorded is not null || state.Services.Values.Any(service => service.Unrecorded is not null)) ? _stepper.NotDurable : null;

    /// <summary>How long ago the loop last looked whether there is something to do, which it does every second at least; null before its first step.</summary>
    public TimeSpan? SinceLastTurn(TimeProvider time) => Volatile.Read(ref _turnedAt) is var at && at == 0 ? null : time.GetElapsedTime(at);

    /// <summary>Hands in a fact; waits while too many are waiting.</summary>
    public ValueTask PostAsync(ControllerEvent fact, CancellationToken cancellationToken) => _facts.Writer.WriteAsync(fact, cancellationToken);

    /// <summary>Hands in what an operator says, and waits until it is in effect and durable, or for why it is not.</summary>
    public async Task<CommandResult> CommandAsync(OperatorCommand command, CancellationToken cancellationToken)
    {
        var fact = new ControllerEvent.OperatorCommanded(command);
        var end = _commands.Await(fact);
        try
        {
            await PostAsync(fact, cancellationToken);
        }
        catch
        {
            _commands.Forget(fact); // it never came in, so that no step will end it
            throw;
        }

        return await end.WaitAsync(cancellationToken);
    }

    /// <summary>Starts from the journal and goes on until it is cancelled. Requests under way have ended when it returns.</summary>
    public async Task RunAsync(ControllerConfiguration configuration, IReadOnlyList<JournalEntry> journal, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            await _stepper.StartAsync(configuration, journal, ending.Token);
            await GoOnAsync(ending.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon stops; the journal has everything that a restart needs.
        }
        finally
        {
            _commands.Close();
            await ending.CancelAsync(); // also when a defect ends the loop: nobody takes the answers any more
            await _carrier.DrainAsync();
        }
    }

    private async Task GoOnAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Volatile.Write(ref _turnedAt, _time.GetTimestamp());
            if (_next is { } || _facts.Reader.TryRead(out _next))
            {
                var fact = _next;
                _next = null;
                await StepAsync(fact, stopping);
            }
            else
            {
                await NapAsync(stopping);
            }

            if (_stepper.Wake <= _time.GetUtcNow())
            {
                await _stepper.PassTimeAsync(stopping);
            }
        }
    }

    private async Task StepAsync(ControllerEvent fact, CancellationToken stopping)
    {
        var command = (fact as ControllerEvent.OperatorCommanded)?.Command;
        var objection = command is null ? null : OperatorRules.Objection(_stepper.State!, command, _time.GetUtcNow());
        var left = MostTogether - 1;
        var made = command is null ? await _stepper.StepTogetherAsync(fact, () => left-- > 0 ? Another() : null, stopping) : await _stepper.StepAsync(fact, stopping);
        if (command is not null)
        {
            _commands.End(fact, objection is not null ? new CommandResult(CommandEnd.Refused, objection)
                : !made ? new CommandResult(CommandEnd.Failed, "a defect in the daemon, of which its log says more")
                : !IsUnrecorded(command) ? CommandResult.Durable
                : new CommandResult(CommandEnd.NotDurable, _stepper.NotDurable ?? "the journal cannot be written"));
        }
    }

    // A command is a turn of its own: who gave it is told what became of it.
    private ControllerEvent? Another()
    {
        if (!_facts.Reader.TryRead(out var fact))
        {
            return null;
        }

        _next = fact is ControllerEvent.OperatorCommanded ? fact : null;
        return _next is null ? fact : null;
    }

    /// <summary>What was said holds, but is still to be recorded.</summary>
    private bool IsUnrecorded(OperatorCommand command)
    {
        if (command is OperatorCommand.Drill drill)
        {
            return _stepper.State!.Drill?.Service != drill.Service; // it is given up when its beginning is not durable
        }

        var name = command is OperatorCommand.Begin begin ? begin.Override.Service : ((OperatorCommand.End)command).Service;
        var unrecorded = name is { } service && _stepper.State!.Services.TryGetValue(service, out var state) ? state.Unrecorded : _stepper.State!.Unrecorded;
        return unrecorded?.Entries.Any(entry => entry is OverrideBegan or OverrideEnded) == true;
    }

    private async Task NapAsync(CancellationToken stopping)
    {
        var left = _stepper.Wake is { } wake ? wake - _time.GetUtcNow() : LongestNap;
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        using var nap = new CancellationTokenSource(left < LongestNap ? left : LongestNap, _time);
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
}
