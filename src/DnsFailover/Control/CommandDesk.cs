using System.Collections.Concurrent;
using DnsFailover.Core.Control;

namespace DnsFailover.Control;

/// <summary>How an operator's command ended.</summary>
internal enum CommandEnd
{
    /// <summary>It is in effect, and survives a restart.</summary>
    Durable,

    /// <summary>It was not taken.</summary>
    Refused,

    /// <summary>It is in effect, but could not be made durable yet.</summary>
    NotDurable,

    /// <summary>It was not taken, because the daemon is stopping or has a defect.</summary>
    Failed,
}

/// <summary>How an operator's command ended.</summary>
/// <param name="End">How.</param>
/// <param name="Reason">Why, where it did not end well.</param>
internal sealed record CommandResult(CommandEnd End, string Reason = "")
{
    /// <summary>It is in effect, and survives a restart.</summary>
    public static CommandResult Durable { get; } = new(CommandEnd.Durable);
}

/// <summary>Where those who gave a command wait for its end: the step that took it, and what that step recorded.</summary>
internal sealed class CommandDesk
{
    // By reference: two operators may say the same.
    private readonly ConcurrentDictionary<object, TaskCompletionSource<CommandResult>> _waiting = new(ReferenceEqualityComparer.Instance);
    private volatile bool _closed;

    /// <summary>How a fact that is about to be posted will have ended.</summary>
    public Task<CommandResult> Await(ControllerEvent.OperatorCommanded fact)
    {
        var waiting = new TaskCompletionSource<CommandResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[fact] = waiting;
        if (_closed)
        {
            Close(); // it may have missed this one
        }

        return waiting.Task;
    }

    /// <summary>A step has ended; of any fact but a command nobody waits for the end.</summary>
    public void End(ControllerEvent fact, CommandResult result)
    {
        if (fact is ControllerEvent.OperatorCommanded && _waiting.TryRemove(fact, out var waiting))
        {
            waiting.TrySetResult(result);
        }
    }

    /// <summary>Nobody waits for this one any more.</summary>
    public void Forget(ControllerEvent.OperatorCommanded fact) => _waiting.TryRemove(fact, out _);

    /// <summary>No step will be made any more.</summary>
    public void Close()
    {
        _closed = true;
        foreach (var fact in _waiting.Keys)
        {
            if (_waiting.TryRemove(fact, out var waiting))
            {
                waiting.TrySetResult(new CommandResult(CommandEnd.Failed, "dnsfailover is stopping"));
            }
        }
    }
}
