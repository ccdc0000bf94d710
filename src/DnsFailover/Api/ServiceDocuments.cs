namespace DnsFailover.Api;

/// <summary>A planned time that is in effect, or the next one.</summary>
internal sealed record WindowDocument(string Kind, string? Endpoint, DateTimeOffset From, DateTimeOffset Until, bool InEffect, string Reason, string Schedule, string TimeZone);

/// <summary>One value that the name is answered with.</summary>
/// <param name="Type">The record type.</param>
/// <param name="Value">The value.</param>
/// <param name="Endpoint">Whose it is; null when no endpoint declares it.</param>
/// <param name="Weight">Its weight, where there are weights.</param>
internal sealed record AnswerDocument(string Type, string Value, string? Endpoint, int? Weight);

/// <summary>What was last decided for one record type.</summary>
/// <param name="Type">The record type.</param>
/// <param name="Kind">What: hold, failover, failback, shift or forced.</param>
/// <param name="Reason">Why.</param>
/// <param name="Next">For a change that is held back: what comes next.</param>
/// <param name="Wanted">For a change that is held back: its kind.</param>
/// <param name="Guards">The rules that could have held it back, or do, each with its figures.</param>
/// <param name="RevisitAt">When time alone can change it; null when it cannot.</param>
internal sealed record DecisionDocument(string Type, string Kind, string Reason, string? Next, string? Wanted, IReadOnlyList<string> Guards, DateTimeOffset? RevisitAt);

/// <summary>One probe of an address.</summary>
/// <param name="At">When it began.</param>
/// <param name="Verdict">pass, fail or inconclusive.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="IsScheduled">True for one of the schedule, false for a confirmation or a proof.</param>
/// <param name="Reason">What was wrong; null for a pass, and for one so old that it is not kept.</param>
internal sealed record ObservationDocument(DateTimeOffset At, string Verdict, double Milliseconds, bool IsScheduled, string? Reason);

/// <summary>One address of an endpoint.</summary>
internal sealed record TargetDocument
{
    /// <summary>The record type.</summary>
    public required string Type { get; init; }

    /// <summary>The address, or the host name of a CNAME.</summary>
    public required string Value { get; init; }

    /// <summary>Up, Down or Unknown.</summary>
    public required string Status { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why, with the count.</summary>
    public required string Explanation { get; init; }

    /// <summary>True while the name is answered with it.</summary>
    public required bool IsServed { get; init; }

    /// <summary>True while it is Up, but its newest probe failed.</summary>
    public required bool IsSuspect { get; init; }

    /// <summary>True while its probes say nothing, so that its failure would go unnoticed.</summary>
    public required bool IsBlind { get; init; }

    /// <summary>When its certificate expires; null when none was seen.</summary>
    public DateTimeOffset? CertificateExpiresAt { get; init; }

    /// <summary>What speaks against its certificate for users of the name; null when nothing is known.</summary>
    public string? CertificateTrouble { get; init; }

    /// <summary>The newest probes, oldest first, at most 60.</summary>
    public required IReadOnlyList<ObservationDocument> Observations { get; init; }
}

/// <summary>An endpoint.</summary>
internal sealed record EndpointDocument
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Who runs it.</summary>
    public required string Vendor { get; init; }

    /// <summary>0 is preferred.</summary>
    public required int Priority { get; init; }

    /// <summary>Its share, where the policy is weighted; else null.</summary>
    public int? Weight { get; init; }

    /// <summary>Up, Down or Unknown; where its addresses do not agree, each with its own.</summary>
    public required string Status { get; init; }

    /// <summary>True while the name is answered with it.</summary>
    public required bool IsServed { get; init; }

    /// <summary>Why it gets no traffic, by an operator or a planned time; null when nothing stands against it.</summary>
    public string? Drained { get; init; }

    /// <summary>From one scheduled probe to the next, in seconds.</summary>
    public required double IntervalSeconds { get; init; }

    /// <summary>Each address.</summary>
    public required IReadOnlyList<TargetDocument> Addresses { get; init; }

    /// <summary>How much of the time it worked: all its addresses together.</summary>
    public UptimeDocument? Uptime { get; init; }
}

/// <summary>Something that was raised and is not over yet.</summary>
/// <param name="Reason">The sentence.</param>
/// <param name="Since">Since when.</param>
/// <param name="Kind">What it is about: redundancylost, alldown, refused, drift, …</param>
internal sealed record ConditionDocument(string Reason, DateTimeOffset Since, string Kind);

/// <summary>Until when the next switch waits because the name has just been moved.</summary>
internal sealed record HoldDownDocument(string Type, DateTimeOffset SwitchedAt, DateTimeOffset EndsAt);

/// <summary>Traffic is about to return to an endpoint that is preferred and works again.</summary>
/// <param name="Type">The record type.</param>
/// <param name="Endpoints">Where it returns to.</param>
/// <param name="DueAt">When they have been up long enough; a time that has passed when something else is waited for.</param>
/// <param name="Delay">The delay, with its arithmetic.</param>
/// <param name="NeedsApproval">True when an operator has to say so (then, or now).</param>
/// <param name="IsManual">True when it does not return by itself at all.</param>
internal sealed record FailbackDocument(string Type, IReadOnlyList<string> Endpoints, DateTimeOffset DueAt, string Delay, bool NeedsApproval, bool IsManual);

/// <summary>A change that is being written or verified at this moment.</summary>
/// <param name="Provider">Where.</param>
/// <param name="Stage">How far it is.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="From">What was served.</param>
/// <param name="To">What shall be served.</param>
/// <param name="Since">When its intent was recorded.</param>
/// <param name="Trouble">Why its outcome is not known, while it is being resolved.</param>
internal sealed record ChangeUnderWayDocument(string Provider, string Stage, string Kind, string From, string To, DateTimeOffset Since, string? Trouble);

/// <summary>The newest change that moved traffic.</summary>
internal sealed record LastSwitchDocument(DateTimeOffset At, string Kind);

/// <summary>The longest time from a failure to each step of the recovery, as <c>validate</c> prints it; in seconds.</summary>
internal sealed record BoundDocument(double DetectionSeconds, string DetectionAddsUpAs, double DecisionSeconds, double WriteSeconds, double ToAnswerSeconds, double? TtlSeconds, double? ToClientsSeconds, double HoldDownSeconds);

/// <summary>A provider that holds the records.</summary>
/// <param name="Name">Its name in failover.yaml.</param>
/// <param name="Leads">True for the one whose records are decided on.</param>
/// <param name="ReadAt">When its records were last read; null when they are not known.</param>
/// <param name="Trouble">Why it could not be read or written the last time; null when it works.</param>
/// <param name="Drift">What somebody else has changed there; null when there is no such thing.</param>
internal sealed record ServiceProviderDocument(string Name, bool Leads, DateTimeOffset? ReadAt, string? Trouble, string? Drift);

/// <summary>The last drill.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Passed">Whether it did what it should, in time.</param>
/// <param name="Says">How it went, in a sentence.</param>
/// <param name="IsOverdue">True when the next one should have been by now.</param>
internal sealed record DrillDocument(DateTimeOffset At, bool Passed, string Says, bool IsOverdue);

/// <summary>Shares of a span of time, which add up to 1.</summary>
/// <param name="Up">Known to have worked.</param>
/// <param name="Down">Known to have failed.</param>
/// <param name="Unknown">Not known: not watched, or the probes said nothing. It is never counted as up.</param>
internal sealed record ShareDocument(double Up, double Down, double Unknown);

/// <summary>How much of the time something worked.</summary>
internal sealed record UptimeDocument(ShareDocument Day, ShareDocument Week, ShareDocument Month);

/// <summary>How many endpoints are in which state.</summary>
internal sealed record EndpointCountsDocument(int Total, int Up, int Down, int Unknown);

/// <summary>An endpoint in a word.</summary>
internal sealed record EndpointStateDocument(string Name, string Status, bool IsServed);

/// <summary>A service in short.</summary>
internal sealed record ServiceSummaryDocument
{
    /// <summary>How many of its endpoints, and of the sentences that need attention, a summary lists.</summary>
    public const int MostListed = 8;

    /// <summary>The name being steered.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// up: everything works; degraded: it is answered with something that works, but an endpoint is down, or a change is held back;
    /// down: nothing that it is answered with works; unknown: that is not known.
    /// </summary>
    public required string State { get; init; }

    /// <summary>Which healthy endpoints are served.</summary>
    public required string Policy { get; init; }

    /// <summary>What it is answered with, for people: <c>render (192.0.2.2)</c>.</summary>
    public required string AnsweredWith { get; init; }

    /// <summary>All its endpoints, counted.</summary>
    public required EndpointCountsDocument Counts { get; init; }

    /// <summary>The first of them, in order of preference.</summary>
    public required IReadOnlyList<EndpointStateDocument> Endpoints { get; init; }

    /// <summary>What needs attention, in sentences: the first few.</summary>
    public required IReadOnlyList<string> Troubles { get; init; }

    /// <summary>How many overrides hold for it; the freeze of all is one of them.</summary>
    public required int Overrides { get; init; }

    /// <summary>Why nothing is written for it; null when nothing stands against it.</summary>
    public string? Frozen { get; init; }

    /// <summary>True when it waits for an operator to approve the failback.</summary>
    public required bool NeedsApproval { get; init; }

    /// <summary>True while a change is being written or verified.</summary>
    public required bool IsChanging { get; init; }

    /// <summary>Until when the next switch waits because the name has just been moved; null when none does.</summary>
    public DateTimeOffset? HoldDownUntil { get; init; }

    /// <summary>When traffic may return by itself to an endpoint that is preferred and works again; null when there is none, and where somebody has to approve it.</summary>
    public DateTimeOffset? FailbackDueAt { get; init; }

    /// <summary>Its newest switch; null when none is remembered.</summary>
    public LastSwitchDocument? LastSwitch { get; init; }

    /// <summary>The planned times in effect, in words: <c>maintenance of render until 14:00 UTC: kernel</c>.</summary>
    public required IReadOnlyList<string> Planned { get; init; }

    /// <summary>Its last drill; null when there was none.</summary>
    public DrillDocument? Drill { get; init; }

    /// <summary>True while a drill of it is under way, on its canary or on the service itself.</summary>
    public required bool IsDrilled { get; init; }
}

/// <summary>A service with everything that is known of it.</summary>
internal sealed record ServiceDocument
{
    /// <summary>The daemon's time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The name being steered.</summary>
    public required string Name { get; init; }

    /// <summary>As in <see cref="ServiceSummaryDocument.State"/>.</summary>
    public required string State { get; init; }

    /// <summary>Which healthy endpoints are served.</summary>
    public required string Policy { get; init; }

    /// <summary>The TTL that its records shall have, in seconds; null leaves what the provider holds.</summary>
    public double? TtlSeconds { get; init; }

    /// <summary>What it is answered with, for people: <c>render (192.0.2.2)</c>.</summary>
    public required string AnsweredWith { get; init; }

    /// <summary>What it is answered with; empty while that is not known.</summary>
    public required IReadOnlyList<AnswerDocument> Answer { get; init; }

    /// <summary>What was decided, per record type.</summary>
    public required IReadOnlyList<DecisionDocument> Decisions { get; init; }

    /// <summary>In order of preference.</summary>
    public required IReadOnlyList<EndpointDocument> Endpoints { get; init; }

    /// <summary>Where its records are.</summary>
    public required IReadOnlyList<ServiceProviderDocument> Providers { get; init; }

    /// <summary>What operators have said of it; the freeze of all is among them.</summary>
    public required IReadOnlyList<OverrideDocument> Overrides { get; init; }

    /// <summary>Of each of its schedules the planned time in effect, or the next one.</summary>
    public required IReadOnlyList<WindowDocument> Windows { get; init; }

    /// <summary>Why nothing is written for it, by an operator or a planned time; null when nothing stands against it.</summary>
    public string? Frozen { get; init; }

    /// <summary>What was alerted and is not over.</summary>
    public required IReadOnlyList<ConditionDocument> Conditions { get; init; }

    /// <summary>Record types whose next switch still waits.</summary>
    public required IReadOnlyList<HoldDownDocument> HoldDowns { get; init; }

    /// <summary>Where traffic is about to return to, per record type.</summary>
    public required IReadOnlyList<FailbackDocument> Failbacks { get; init; }

    /// <summary>What is being written or verified now.</summary>
    public required IReadOnlyList<ChangeUnderWayDocument> Changes { get; init; }

    /// <summary>Its newest switch; null when none is remembered.</summary>
    public LastSwitchDocument? LastSwitch { get; init; }

    /// <summary>How long a failure can last; null while its provider is not open.</summary>
    public BoundDocument? Bound { get; init; }

    /// <summary>How much of the time it was answered with something that worked; null where no observations are kept.</summary>
    public UptimeDocument? Uptime { get; init; }

    /// <summary>Its last drill; null when there was none.</summary>
    public DrillDocument? Drill { get; init; }

    /// <summary>When its next drill begins by its schedule; null without one.</summary>
    public DateTimeOffset? NextDrillAt { get; init; }
}

/// <summary>How many services are in which state.</summary>
internal sealed record ServiceCountsDocument(int Total, int Up, int Degraded, int Down, int Unknown, int Frozen);

/// <summary>What holds for the daemon as a whole.</summary>
internal sealed record DaemonDocument
{
    /// <summary>All its services, counted.</summary>
    public required ServiceCountsDocument Counts { get; init; }

    /// <summary>Why nothing is written for any of them, since our own network is the likely fault; null while it is not.</summary>
    public ConditionDocument? Network { get; init; }

    /// <summary>Why nothing is written for any of them, since an operator said so; null while nobody has.</summary>
    public OverrideDocument? Frozen { get; init; }

    /// <summary>Why what happens cannot be recorded, so that nothing is written at any provider; null while it can.</summary>
    public string? Journal { get; init; }

    /// <summary>What is wrong with the configuration file, while the last good one goes on; null when nothing is.</summary>
    public string? ConfigurationRejected { get; init; }
}

/// <summary>Services, sorted by name, so many at a time.</summary>
/// <param name="Now">The daemon's time.</param>
/// <param name="LastEvent">The number of the newest event that these already hold: where to go on with <c>events</c>.</param>
/// <param name="Daemon">What holds for all of them.</param>
/// <param name="Matching">How many there are that match what was asked for.</param>
/// <param name="Services">Some of them.</param>
/// <param name="Next">What to give as <c>after</c> for more; null when there are no more.</param>
internal sealed record ServicesDocument(DateTimeOffset Now, long LastEvent, DaemonDocument Daemon, int Matching, IReadOnlyList<ServiceSummaryDocument> Services, string? Next);

/// <summary>An endpoint of a service, in short.</summary>
internal sealed record EndpointSummaryDocument(string Service, string Name, string Vendor, int Priority, string Status, bool IsServed, DateTimeOffset Since, string Explanation);

/// <summary>Endpoints, sorted by service and in order of preference, so many at a time.</summary>
/// <param name="Now">The daemon's time.</param>
/// <param name="Matching">How many there are that match what was asked for.</param>
/// <param name="Endpoints">Some of them.</param>
/// <param name="Next">What to give as <c>after</c> for more; null when there are no more.</param>
internal sealed record EndpointsDocument(DateTimeOffset Now, int Matching, IReadOnlyList<EndpointSummaryDocument> Endpoints, string? Next);

/// <summary>A service, for everybody: no address, no endpoint, no reason, no person.</summary>
/// <param name="Name">The name.</param>
/// <param name="State">up, degraded (some of what it is answered with is down), down or unknown.</param>
/// <param name="Uptime">How much of the time it was answered with something that worked; null where no observations are kept.</param>
internal sealed record PublicServiceDocument(string Name, string State, UptimeDocument? Uptime);

/// <summary>Services, for everybody.</summary>
internal sealed record PublicServicesDocument(DateTimeOffset Now, IReadOnlyList<PublicServiceDocument> Services, string? Next);
