using DnsFailover.Core;
using DnsFailover.Core.Control;

namespace DnsFailover.Control;

/// <summary>Is told each step of the control loop, in order, on the loop: it must be quick and must not throw.</summary>
public interface IStepObserver
{
    /// <summary>A step was made; its effects are about to be carried out.</summary>
    /// <param name="fact">What happened; null for the start.</param>
    /// <param name="before">The state before; null for the start.</param>
    /// <param name="after">The state now.</param>
    /// <param name="effects">What will be done.</param>
    /// <param name="now">The time of the step.</param>
    void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now);
}
