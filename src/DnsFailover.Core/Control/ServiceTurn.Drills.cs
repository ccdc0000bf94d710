using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;

namespace DnsFailover.Core.Control;

/// <summary>What is told of a service's drills besides their reports.</summary>
internal sealed partial class ServiceTurn
{
    private const string RefusedDrill = "drill-refused";

    private DrillBook Drills => fleet.Drills(Name);

    /// <summary>True while the service itself is moved for a drill, whose report tells it.</summary>
    private bool IsDrilled(IntentRecorded intent) => fleet.IsDrilled(Name) && intent is { Decision: DecisionKind.Forced or DecisionKind.Shift };

    /// <summary>A drill that the schedule asked for cannot be made.</summary>
    public void RefuseDrill(string objection) => Raise(new Trouble(RefusedDrill, AlertKind.DrillFailed, $"the drill of {Name} was refused", objection, "It is tried again at its next time. Until then it is not known whether a failover would work."));

    /// <summary>A drill began: the reason for which one was refused is gone.</summary>
    public void ForgetRefusedDrill() => Clear(RefusedDrill, _ => $"a drill of {Name} began", silent: true); // its report follows

    /// <summary>Tells when drills are overdue, and when they are not any more.</summary>
    public void JudgeDrills()
    {
        if (Definition.Drill?.OverdueAfter is { } after && Drills.OverdueAt(Definition) is { } due && due <= now && !_state.Retired)
        {
            var last = Drills.LastPassedAt is { } passed ? $"the last one that passed ended {Text.Of(now - passed)} ago ({Text.At(passed)})" : $"none has passed since they are expected ({Text.At(Drills.ExpectedSince!.Value)}, {Text.Of(now - Drills.ExpectedSince.Value)} ago)";
            var since = Drills.Last is { Result: not DrillResult.Passed } failed ? $"; drill {failed.Number} {Text.Of(failed.Result)}: {failed.Reason}" : string.Empty;
            Raise(new Trouble(ServiceState.OverdueDrill, AlertKind.DrillFailed, $"a drill of {Name} is overdue", $"{last}, and overdueAfter is {Text.Of(after)}{since}", $"Run `dnsfailover drill {Name}`, and mend what it finds.") { Since = due });
        }
        else
        {
            Clear(ServiceState.OverdueDrill, _ => Definition.Drill?.OverdueAfter is null ? $"drills of {Name} are not expected any more" : $"{Name}: a drill has passed", silent: Definition.Drill?.OverdueAfter is null);
        }
    }
}
