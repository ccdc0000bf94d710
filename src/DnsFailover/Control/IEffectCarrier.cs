using DnsFailover.Core.Control;
using DnsFailover.Journal;

namespace DnsFailover.Control;

/// <summary>Carries out what a step asks for.</summary>
public interface IEffectCarrier
{
    /// <summary>Carries out one effect. It returns when a record is durable; all else may go on apart.</summary>
    /// <param name="effect">What to do.</param>
    /// <param name="post">Takes the event that answers it.</param>
    /// <param name="stopping">The daemon stops: requests under way end without an event.</param>
    /// <exception cref="JournalException">A record could not be made durable.</exception>
    Task CarryAsync(Effect effect, Func<ControllerEvent, ValueTask> post, CancellationToken stopping);
}
