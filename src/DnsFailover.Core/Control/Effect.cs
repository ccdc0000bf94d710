using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>
/// Something for the outside to do, in the order given: first what asks and writes nothing, then records and the writes behind them. Each request is answered by exactly one event. When a
/// <see cref="Record"/> cannot be made durable, the later effects of that service are not carried out.
/// </summary>
/// <param name="Service">The service it is for; null for the daemon as a whole.</param>
public abstract record Effect(DnsName? Service)
{
    /// <summary>
    /// Probe a target, apart from its schedule. With a number, exactly one observation carries it back. Without one it
    /// is just another look, and is dropped when the target has one coming already, or else such probes would multiply.
    /// </summary>
    public sealed record ProbeNow(TargetId Target, long? RequestId, TimeSpan Delay) : Effect(Target.Service);

    /// <summary>
    /// Probe a target as one of several that may overlap, with its start so long apart from that of the confirmation before it.
    /// Exactly one observation carries the number back, unless it is called off before it starts.
    /// </summary>
    public sealed record Confirm(TargetId Target, long RequestId, TimeSpan Delay, TimeSpan Apart) : Effect(Target.Service);

    /// <summary>Drop the confirmations of a target that have not started: what they were to confirm has come to nothing.</summary>
    public sealed record CallOff(TargetId Target) : Effect(Target.Service);

    /// <summary>Read the live records.</summary>
    public sealed record ReadRecords(DnsName Name, string Provider, long RequestId) : Effect(Name);

    /// <summary>Make these durable, and queue these alerts, as one, before the next effect.</summary>
    public sealed record Record(DnsName? Name, ValueList<JournalEntry> Entries, ValueList<Alert> Alerts) : Effect(Name);

    /// <summary>Write a change set, on condition of what was read.</summary>
    public sealed record Apply(DnsName Name, string Provider, ChangeSet Change) : Effect(Name)
    {
        /// <summary>How much longer the evidence holds: a write that could not begin by then is not made, and it is decided anew.</summary>
        public TimeSpan? GoodFor { get; init; }
    }

    /// <summary>Ask the authoritative servers until they all answer these sets.</summary>
    public sealed record Verify(DnsName Name, string Provider, long ChangeId, ValueList<RecordSet> Expected) : Effect(Name);

    /// <summary>Ask every control target once, all at the same time; answered by <see cref="ControllerEvent.ControlsChecked"/>.</summary>
    public sealed record CheckControls(long RequestId) : Effect(Service: null);
}
