using System.Numerics;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Health;

/// <summary>
/// What is known of one target, and the counts it rests on.
/// <para>
/// The intuition: a status is a conclusion, and a conclusion changes only when enough observations in a row (or
/// enough of the last few) speak against it. <c>rise: 2</c> means that the second pass in a row makes a target Up;
/// <c>fall: 3</c> that the third failure in a row makes it Down; <c>failures: 5, of: 10</c> that the fifth failure
/// among the last ten does so too. An inconclusive observation counts for nothing.
/// </para>
/// <para>
/// Probes overlap, so that they end in another order than they began. In a row is what <em>began</em> in a row: a failure whose probe
/// began before the newest pass did is older than that pass. And what counts together began apart, by the pace of confirmations:
/// two probes within a moment see the same hiccup.
/// </para>
/// </summary>
public sealed record TargetHealth
{
    private const int EvidenceKept = 5;

    /// <summary>More than any rule asks for.</summary>
    private const int MostFailures = 128;

    /// <summary>Fewer may be a hiccup of ours.</summary>
    private const int MostInconclusives = 5;

    /// <summary>Nothing is known yet.</summary>
    /// <param name="now">Since when.</param>
    public static TargetHealth Unproven(DateTimeOffset now) => new() { Status = HealthStatus.Unknown, Since = now };

    /// <summary>The conclusion.</summary>
    public required HealthStatus Status { get; init; }

    /// <summary>Since when the conclusion holds.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Passes in a row up to now, so far apart that each counts.</summary>
    public int Passes { get; init; }

    /// <summary>Failures in a row up to now, so far apart that each counts.</summary>
    public int Fails { get; init; }

    /// <summary>When the probes began that have failed since the newest pass, sorted; once it is Down, the newest of them.</summary>
    public ValueList<DateTimeOffset> FailedAt { get; init; } = [];

    /// <summary>When the newest probe that passed began; null when none has.</summary>
    public DateTimeOffset? PassedAt { get; init; }

    /// <summary>When the last pass began that counts; null when none does.</summary>
    public DateTimeOffset? CountedPassAt { get; init; }

    /// <summary>When the newest scheduled probe that has ended began; null when none has.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>How many observations of every kind there were.</summary>
    public long Seen { get; init; }

    /// <summary>Inconclusive observations in a row up to now.</summary>
    public int Inconclusives { get; init; }

    /// <summary>When the first of them began; null when there is none.</summary>
    public DateTimeOffset? BlindSince { get; init; }

    /// <summary>True when so many probes in a row said nothing that the endpoint is not being watched.</summary>
    public bool IsBlind => Inconclusives >= MostInconclusives;

    /// <summary>The newest conclusive observation.</summary>
    public Observation? Last { get; init; }

    /// <summary>The newest observation of all, also an inconclusive one.</summary>
    public Observation? LastOfAll { get; init; }

    /// <summary>What the newest passed probe knew against the certificate for users of the served name; null when nothing.</summary>
    public string? CertificateTrouble { get; init; }

    /// <summary>When the first probe of the present trouble began; null when there is none.</summary>
    public DateTimeOffset? FirstFailureAt { get; init; }

    /// <summary>The newest failures, oldest first.</summary>
    public ValueList<Observation> Evidence { get; init; } = [];

    /// <summary>The last conclusive observations, one bit each, the newest lowest; a failure is 1.</summary>
    public ulong Window { get; init; }

    /// <summary>The rule that made it Down when it was not failures in a row; null otherwise.</summary>
    public FailureWindow? FellBy { get; init; }

    /// <summary>When it went from Up to Down; null while it is not Down, or was never Up before.</summary>
    public DateTimeOffset? FellAt { get; init; }

    /// <summary>True while it is Up, but the newest conclusive probe failed.</summary>
    public bool IsSuspect => Status == HealthStatus.Up && Fails > 0;

    /// <summary>True when it may newly be given traffic: Up, and the newest conclusive probe passed.</summary>
    public bool IsFit => Status == HealthStatus.Up && Fails == 0;

    /// <summary>Takes one more observation into account.</summary>
    /// <param name="observation">What a probe found.</param>
    /// <param name="rule">How many make it Up or Down.</param>
    /// <param name="now">The time of the step.</param>
    /// <param name="apart">Starts that are nearer to each other count once.</param>
    public TargetHealth With(Observation observation, HealthRule rule, DateTimeOffset now, TimeSpan apart = default)
    {
        var at = observation.StartedAt < now ? observation.StartedAt : now;
        var known = Credible(now);
        return observation.Verdict switch
        {
            Verdict.Pass => known.Passed(observation, at, rule, now, apart),
            Verdict.Fail => known.Failed(observation, at, rule, now, apart),
            _ when observation.Class == ReasonClass.Outdated => known with { Seen = Seen + 1, ScheduledAt = observation.IsScheduled ? at : ScheduledAt }, // it says nothing of whether it can be watched
            _ => known with { LastOfAll = observation, Inconclusives = Inconclusives + 1, Seen = Seen + 1, BlindSince = BlindSince ?? observation.StartedAt, ScheduledAt = observation.IsScheduled ? at : ScheduledAt },
        };
    }

    /// <summary>
    /// True once there is a verdict, or there were so many observations without one (they say nothing, or each
    /// contradicts the one before) that waiting for it would hold up the others for ever: twice what a verdict takes, and two more.
    /// </summary>
    public bool IsSettled(HealthRule rule) => Status != HealthStatus.Unknown || Seen >= (2 * Math.Max(rule.Rise, rule.Fall)) + 2;

    /// <summary>
    /// Without what failures since a time have led to, because they were a fault of ours: a Down that was concluded since is
    /// Unknown again, and failures that did not lead to one are forgotten. What was Down before stays so.
    /// </summary>
    /// <param name="from">Failures since then are void.</param>
    /// <param name="now">The time of the step.</param>
    public TargetHealth Forgiven(DateTimeOffset from, DateTimeOffset now)
    {
        var seeing = BlindSince >= from ? this with { Inconclusives = 0, BlindSince = null } : this;
        return Status switch
        {
            HealthStatus.Down when Since >= from => Unproven(now) with { Last = Last, LastOfAll = LastOfAll },
            HealthStatus.Down => seeing,
            _ when Evidence.Any(failure => failure.StartedAt >= from) => seeing with { Fails = 0, FailedAt = [], FirstFailureAt = null, Evidence = [], Window = 0 },
            _ => seeing,
        };
    }

    /// <summary>As it would be if what is suspected were proven.</summary>
    internal TargetHealth AssumedDown(DateTimeOffset now) => this with
    {
        Status = HealthStatus.Down,
        Since = now,
        Passes = 0,
        Fails = Math.Max(Fails, 1),
        FirstFailureAt = FirstFailureAt ?? now,
        Evidence = Evidence.Count > 0 ? Evidence : [Last! with { Verdict = Verdict.Fail, Reason = "it is far slower than usual" }],
    };

    /// <summary>Why it is what it is: "3 failures in a row, last: connection refused by 192.0.2.7:443".</summary>
    public string Explain() => Status switch
    {
        HealthStatus.Down when FellBy is { } window => $"{window.Failures} of the last {window.Of} probes failed, last: {LastEvidence}",
        HealthStatus.Down when Fails == 0 => $"not proven to work again ({Passes} passed in a row), last failure: {LastEvidence}",
        HealthStatus.Down => $"{FailureCount}, last: {LastEvidence}",
        HealthStatus.Up when Fails > 0 => $"up, but {FailureCount}, last: {LastEvidence}",
        HealthStatus.Up => Last!.Reason,
        _ when LastOfAll is null => "not probed yet",
        _ => $"not proven yet ({Passes} passed, {Fails} failed in a row), last: {LastOfAll.Reason}",
    };

    /// <summary>Who is Down or in doubt has failed, and what failed is kept until the recovery.</summary>
    private string LastEvidence => Evidence[^1].Reason;

    private string FailureCount => Fails == 1 ? "1 failure" : $"{Fails} failures in a row";

    /// <summary>What lies ahead (the clock was set back) is no order to go by.</summary>
    private TargetHealth Credible(DateTimeOffset now) => !(PassedAt > now) && !(CountedPassAt > now) && (FailedAt.Count == 0 || FailedAt[^1] <= now) ? this : this with
    {
        PassedAt = null,
        CountedPassAt = null,
        FailedAt = FailedAt.Select(at => at > now ? now : at).ToValueList(),
    };

    private TargetHealth Passed(Observation observation, DateTimeOffset at, HealthRule rule, DateTimeOffset now, TimeSpan apart)
    {
        var failing = FailedAt.Count == 0 || FailedAt[^1] <= at ? [] : FailedAt.Where(failed => failed > at).ToValueList();
        var counts = failing.Count == 0 && !Spacing.IsNearer(CountedPassAt, at, apart);
        var passes = failing.Count > 0 ? 0 : counts ? Passes + 1 : Passes;
        var clear = passes >= rule.Rise;
        var risen = clear && Status != HealthStatus.Up;
        return this with
        {
            Status = risen ? HealthStatus.Up : Status,
            Since = risen ? now : Since,
            Passes = passes,
            Fails = failing.Count == 0 ? 0 : Status == HealthStatus.Down ? Fails : Spacing.Count(failing, apart),
            FailedAt = failing,
            PassedAt = PassedAt > at ? PassedAt : at,
            CountedPassAt = counts ? at : CountedPassAt,
            ScheduledAt = observation.IsScheduled ? at : ScheduledAt,
            Seen = Seen + 1,
            Inconclusives = 0,
            BlindSince = null,
            Last = failing.Count > 0 ? Last : observation,
            LastOfAll = observation,
            CertificateTrouble = observation.CertificateTrouble,
            FirstFailureAt = clear ? null : FirstFailureAt,
            Evidence = clear ? [] : Evidence,
            Window = risen ? 0 : Window << 1, // what happened before a recovery does not count against it
            FellBy = risen ? null : FellBy,
            FellAt = risen ? null : FellAt,
        };
    }

    private TargetHealth Failed(Observation observation, DateTimeOffset at, HealthRule rule, DateTimeOffset now, TimeSpan apart)
    {
        var isOlder = PassedAt > at; // than the newest pass: not in a row, but one of the last few
        var failing = isOlder ? FailedAt : Status == HealthStatus.Down ? [FailedAt.Count > 0 && FailedAt[^1] > at ? FailedAt[^1] : at] : FailedAt.Append(at).Order().TakeLast(MostFailures).ToValueList();
        var counts = !isOlder && !FailedAt.Any(failed => Spacing.IsNearer(failed, at, apart));
        var fails = isOlder ? Fails : Status == HealthStatus.Down ? Fails + (counts ? 1 : 0) : Spacing.Count(failing, apart);
        var window = isOlder || counts || fails > Fails ? (Window << 1) | 1 : Window;
        var inARow = fails >= rule.Fall && !isOlder;
        var fallen = Status != HealthStatus.Down && (inARow || IsFull(window, rule.Window));
        return this with
        {
            Status = fallen ? HealthStatus.Down : Status,
            Since = fallen ? now : Since,
            Passes = isOlder ? Passes : 0,
            Fails = fails,
            FailedAt = fallen && failing.Count > 1 ? [failing[^1]] : failing,
            CountedPassAt = isOlder ? CountedPassAt : null,
            ScheduledAt = observation.IsScheduled ? at : ScheduledAt,
            Seen = Seen + 1,
            Inconclusives = 0,
            BlindSince = null,
            Last = isOlder ? Last : observation,
            LastOfAll = observation,
            FirstFailureAt = FirstFailureAt is { } first && first <= at ? first : at,
            Evidence = Evidence.Append(observation).TakeLast(EvidenceKept).ToValueList(),
            Window = window,
            FellBy = inARow ? null : fallen ? rule.Window : FellBy,
            FellAt = !fallen ? FellAt : Status == HealthStatus.Up ? now : null,
        };
    }

    private static bool IsFull(ulong window, FailureWindow? rule) =>
        rule is not null && BitOperations.PopCount(window & (ulong.MaxValue >> (64 - rule.Of))) >= rule.Failures;
}
