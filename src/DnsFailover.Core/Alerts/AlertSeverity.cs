namespace DnsFailover.Core.Alerts;

/// <summary>How much an alert matters, from the least; the words are those that pagers use.</summary>
public enum AlertSeverity
{
    /// <summary>Good to know; nothing to do.</summary>
    Info,

    /// <summary>Users are served, but something has to be mended before it is needed.</summary>
    Warning,

    /// <summary>Something failed, or the daemon cannot do what it should.</summary>
    Error,

    /// <summary>Users are not served.</summary>
    Critical,
}

/// <summary>How much each kind of alert matters.</summary>
public static class AlertSeverities
{
    /// <summary>The severity of an alert.</summary>
    public static AlertSeverity Severity(this Alert alert) => alert.Kind switch
    {
        AlertKind.AllDown => AlertSeverity.Critical,
        AlertKind.Failover or AlertKind.Refused or AlertKind.Frozen or AlertKind.Unverified => AlertSeverity.Error,
        AlertKind.RedundancyLost or AlertKind.Blind or AlertKind.Drift or AlertKind.JournalDamaged or AlertKind.ReloadRejected or AlertKind.DrillFailed => AlertSeverity.Warning,

        // The members of an answer change both when one fails and when it is back.
        AlertKind.Shift when alert.StillWrong is { Count: > 0 } => AlertSeverity.Warning,
        _ => AlertSeverity.Info,
    };

    /// <summary>True when an alert of this kind can be the first of an incident: it says that something went wrong.</summary>
    public static bool OpensIncidents(this Alert alert) =>
        alert.StillWrong is { Count: > 0 } && alert.Kind is not (AlertKind.Override or AlertKind.Failback or AlertKind.Recovered or AlertKind.Reminder or AlertKind.Test or AlertKind.DrillPassed or AlertKind.DrillFailed);
}
