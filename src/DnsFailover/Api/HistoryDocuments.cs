namespace DnsFailover.Api;

/// <summary>Where the time of a change went, in seconds.</summary>
/// <param name="Detection">From the first failed probe to the verdict; null when nothing had failed.</param>
/// <param name="Decision">From the verdict to the durable intent.</param>
/// <param name="Write">From the intent to the provider's word that it is done; null when nothing was written.</param>
/// <param name="Verification">From there to the last authoritative server answering it; null when that did not happen.</param>
internal sealed record TimesDocument(double? Detection, double? Decision, double? Write, double? Verification);

/// <summary>A change to the records of a name.</summary>
internal sealed record SwitchDocument
{
    /// <summary>Its number in the journal, which <c>decisions/{id}</c> takes.</summary>
    public required long Id { get; init; }

    /// <summary>When its intent was recorded.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>failover, failback, shift or forced.</summary>
    public required string Kind { get; init; }

    /// <summary>What was served, for people.</summary>
    public required string From { get; init; }

    /// <summary>What was to be served.</summary>
    public required string To { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Where it was written.</summary>
    public required string Provider { get; init; }

    /// <summary>verified, unverified, conflict, failed or rejected; null while that is not known.</summary>
    public string? Result { get; init; }

    /// <summary>How it ended, in words; null while that is not known.</summary>
    public string? Outcome { get; init; }

    /// <summary>True when traffic moved because of health.</summary>
    public required bool MovesTraffic { get; init; }

    /// <summary>Where the time went.</summary>
    public required TimesDocument Times { get; init; }

    /// <summary>From the first failure (or the verdict) to the end of the change, in seconds; null while it has not ended.</summary>
    public double? TotalSeconds { get; init; }
}

/// <summary>Changes, newest first.</summary>
/// <param name="Now">The daemon's time.</param>
/// <param name="Switches">Some of them.</param>
/// <param name="Next">What to give as <c>before</c> for older ones; null when there are no more.</param>
internal sealed record HistoryDocument(DateTimeOffset Now, IReadOnlyList<SwitchDocument> Switches, string? Next);

/// <summary>Something that was decided: a change, or that a wanted change is not made.</summary>
/// <param name="Id">Its number in the journal.</param>
/// <param name="At">When.</param>
/// <param name="Service">The service; null for the daemon as a whole.</param>
/// <param name="Kind">failover, failback, shift, forced, or hold for one that was not made.</param>
/// <param name="Reason">Why.</param>
/// <param name="Refused">True for a change that was wanted and not made.</param>
internal sealed record DecisionSummaryDocument(long Id, DateTimeOffset At, string? Service, string Kind, string Reason, bool Refused);

/// <summary>Decisions, newest first.</summary>
/// <param name="Now">The daemon's time.</param>
/// <param name="Decisions">Some of them.</param>
/// <param name="Next">What to give as <c>before</c> for older ones; null when there are no more.</param>
internal sealed record DecisionsDocument(DateTimeOffset Now, IReadOnlyList<DecisionSummaryDocument> Decisions, string? Next);

/// <summary>One step of a change.</summary>
/// <param name="At">When it was reached.</param>
/// <param name="What">Which.</param>
/// <param name="SecondsAfter">So long after the one before.</param>
internal sealed record StepDocument(DateTimeOffset At, string What, double SecondsAfter);

/// <summary>The health of an address at a time.</summary>
internal sealed record HealthThenDocument(string Endpoint, string Type, string Value, string? Status, DateTimeOffset? Since, string? Why, DateTimeOffset? LastProbeAt, string? LastProbe);

/// <summary>An alert about a change.</summary>
internal sealed record AlertThenDocument(string Channel, string Kind, string Title, DateTimeOffset? SentAt, string? GivenUp);

/// <summary>Why a name was answered as it was at a time: what <c>dnsfailover explain</c> says.</summary>
internal sealed record ExplanationDocument
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The newest change by then; null when there was none.</summary>
    public SwitchDocument? Change { get; init; }

    /// <summary>The provider calls that were made for it.</summary>
    public required IReadOnlyList<string> Calls { get; init; }

    /// <summary>What was written, value by value.</summary>
    public string? Records { get; init; }

    /// <summary>The steps of the change, with when each was reached.</summary>
    public required IReadOnlyList<StepDocument> Steps { get; init; }

    /// <summary>The observations it rested on.</summary>
    public required IReadOnlyList<string> Evidence { get; init; }

    /// <summary>The rules that could have held it back, each with its figures.</summary>
    public required IReadOnlyList<string> Guards { get; init; }

    /// <summary>When that change was not written: the newest that was.</summary>
    public SwitchDocument? InForce { get; init; }

    /// <summary>What stood in the way: refusals, everything down, drift.</summary>
    public required IReadOnlyList<string> InTheWay { get; init; }

    /// <summary>What operators had said.</summary>
    public required IReadOnlyList<OverrideDocument> Overrides { get; init; }

    /// <summary>The health of each address then.</summary>
    public required IReadOnlyList<HealthThenDocument> Health { get; init; }

    /// <summary>Who was told of the change.</summary>
    public required IReadOnlyList<AlertThenDocument> Alerts { get; init; }

    /// <summary>All of it as lines of text, in UTC, as <c>dnsfailover explain</c> prints it.</summary>
    public required IReadOnlyList<string> Lines { get; init; }
}

/// <summary>How much of the time each service worked.</summary>
/// <param name="Now">The daemon's time.</param>
/// <param name="Services">By name.</param>
/// <param name="Next">What to give as <c>after</c> for more; null when there are no more.</param>
internal sealed record UptimesDocument(DateTimeOffset Now, IReadOnlyList<ServiceUptimeDocument> Services, string? Next);

/// <summary>How much of the time a service worked.</summary>
internal sealed record ServiceUptimeDocument(string Name, UptimeDocument? Uptime);
