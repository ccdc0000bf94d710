using DnsFailover.Core.Records;

namespace DnsFailover.Core.Alerts;

/// <summary>What an alert is about; decides its colour and its routing.</summary>
public enum AlertKind
{
    /// <summary>Traffic moved away from a failed endpoint.</summary>
    Failover,

    /// <summary>Traffic moved back to a preferred endpoint.</summary>
    Failback,

    /// <summary>The members of the answer changed, but traffic did not change sides.</summary>
    Shift,

    /// <summary>Every endpoint is Down.</summary>
    AllDown,

    /// <summary>A standby is Down while the active endpoint is fine.</summary>
    RedundancyLost,

    /// <summary>A switch was wanted and was not made.</summary>
    Refused,

    /// <summary>A new configuration was rejected; the last good one goes on.</summary>
    ReloadRejected,

    /// <summary>A switch was written, but not every authoritative server answers it yet.</summary>
    Unverified,

    /// <summary>The probes of an endpoint say nothing, so that its failure would go unnoticed.</summary>
    Blind,

    /// <summary>Somebody else changed the records.</summary>
    Drift,

    /// <summary>The journal could not be read; a new one was started.</summary>
    JournalDamaged,

    /// <summary>Our own network is the likely fault, so nothing is written.</summary>
    Frozen,

    /// <summary>An operator's override began or ended.</summary>
    Override,

    /// <summary>A condition that was alerted before is over.</summary>
    Recovered,

    /// <summary>An incident goes on, and nothing has been said of it for long.</summary>
    Reminder,

    /// <summary>A drill went as it should.</summary>
    DrillPassed,

    /// <summary>A drill failed, was refused, or is overdue.</summary>
    DrillFailed,

    /// <summary>Nothing happened: somebody tries whether alerts arrive.</summary>
    Test,
}

/// <summary>
/// Something a person should know, as data: each channel renders it in its own way, with the same sentences.
/// </summary>
public sealed record Alert
{
    /// <summary>What it is about.</summary>
    public required AlertKind Kind { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The service, or null when the whole daemon is meant.</summary>
    public DnsName? Service { get; init; }

    /// <summary>One line: "api.example.com failed over from railway to render".</summary>
    public required string Title { get; init; }

    /// <summary>What was served before, for people: "railway (192.0.2.1)".</summary>
    public string? From { get; init; }

    /// <summary>What is served now.</summary>
    public string? To { get; init; }

    /// <summary>The reason, the sentence that is also in the journal and the log.</summary>
    public required string Reason { get; init; }

    /// <summary>The observations it rests on, each a sentence.</summary>
    public ValueList<string> Evidence { get; init; } = [];

    /// <summary>The decision it tells of, as in the log: <c>api.example.com#17</c>; null when it tells of none, and in outboxes of before there were such names.</summary>
    public string? DecisionId { get; init; }

    /// <summary>How long detection, write and verification took, for a switch.</summary>
    public SwitchTimings? Timings { get; init; }

    /// <summary>How long the outage or the condition lasted, when it is over.</summary>
    public TimeSpan? Downtime { get; init; }

    /// <summary>What the daemon does next, or what the reader should do.</summary>
    public required string Next { get; init; }

    /// <summary>
    /// What is still wrong with the service afterwards, or with the daemon as a whole, each a sentence: an incident lasts
    /// until nothing is. Null when that is not known, or not what the alert is about.
    /// </summary>
    public ValueList<string>? StillWrong { get; init; }

    /// <summary>True when traffic may return to a preferred endpoint as soon as an operator approves it.</summary>
    public bool MayApprove { get; init; }

    /// <summary>The incident that it belongs to; null when it stands by itself, or before it is written to the outbox.</summary>
    public Incident? Incident { get; init; }
}

/// <summary>Where the time of a switch went.</summary>
/// <param name="Detection">From the first failed observation to the verdict Down; null when nothing had failed.</param>
/// <param name="Decision">From the verdict to the durable intent: the fresh probe of the new endpoint and the reading of the live records.</param>
/// <param name="Write">From the intent to the provider's word that it is done.</param>
/// <param name="Verification">From there to the last authoritative server answering it; null when that did not happen.</param>
public sealed record SwitchTimings(TimeSpan? Detection, TimeSpan Decision, TimeSpan Write, TimeSpan? Verification);
