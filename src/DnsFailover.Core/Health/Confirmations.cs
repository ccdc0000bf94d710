using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Health;

/// <summary>A probe that was asked for to be sure.</summary>
/// <param name="RequestId">Its number.</param>
/// <param name="StartsAt">When it is to start, or has started.</param>
public readonly record struct Confirmation(long RequestId, DateTimeOffset StartsAt);

/// <summary>
/// The probes that are to make sure of a target: those that are to come or are under way, and the scheduled one that is far slower than usual.
/// <para>
/// The intuition: a verdict needs so many probes in a row that agree, with their starts so far apart. As soon as one disagrees with
/// the status, or may be going to, all that are missing are asked for at once, at that pace from <em>its</em> start on, so that they
/// run while it is still waiting for its timeout. What has failed counts, what is under way is counted on, and what turns out to say
/// nothing is replaced. When there is nothing to make sure of any more, those that have not started are called off.
/// </para>
/// </summary>
public sealed record Confirmations
{
    /// <summary>None.</summary>
    public static Confirmations None { get; } = new();

    /// <summary>One that is not answered so long after its timeout is not coming.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>To come or under way.</summary>
    public ValueList<Confirmation> Coming { get; init; } = [];

    /// <summary>When the scheduled probe under way began, when it is far slower than usual; null otherwise.</summary>
    public DateTimeOffset? SlowSince { get; init; }

    /// <summary>Without what this observation answers, and without what will not be answered.</summary>
    /// <param name="observation">What was observed.</param>
    /// <param name="timeout">Of each probe.</param>
    /// <param name="now">The time of the step.</param>
    public Confirmations After(Observation observation, TimeSpan timeout, DateTimeOffset now) => new()
    {
        Coming = Coming.Where(one => one.RequestId != observation.RequestId && one.StartsAt + timeout + Grace > now).ToValueList(),
        SlowSince = SlowSince is { } since && !observation.IsScheduled && since + timeout + Grace > now ? since : null,
    };

    /// <summary>True when this answers one of them before it could have started: it was not made.</summary>
    public bool IsRefusal(Observation observation, DateTimeOffset now) =>
        observation.Verdict == Verdict.Inconclusive && Coming.Any(one => one.RequestId == observation.RequestId && one.StartsAt > now);

    /// <summary>With what is known of a probe under way; the same when it is none of these.</summary>
    /// <param name="slow">A probe that is far slower than usual.</param>
    /// <param name="health">What is known of its target.</param>
    public Confirmations With(SlowProbe slow, TargetHealth health) =>
        slow.RequestId is { } id ? this with { Coming = Coming.Select(one => one.RequestId == id ? one with { StartsAt = slow.StartedAt } : one).ToValueList() }
        : slow.IsScheduled && !(health.ScheduledAt >= slow.StartedAt) ? this with { SlowSince = slow.StartedAt }
        : this;

    /// <summary>
    /// True when there is something to make sure of. A confirmation that is slow is none: an endpoint that always takes longer than
    /// the pace of confirmations would have one after the other.
    /// </summary>
    public bool AreNeeded(TargetHealth health) => health.Status switch
    {
        HealthStatus.Up => health.Fails > 0 || SlowSince is not null,
        HealthStatus.Down => health.Passes > 0,
        _ => health.LastOfAll is not null,
    };

    /// <summary>When those are to start that a verdict still needs, soonest first; never in the past.</summary>
    /// <param name="health">What is known of the target.</param>
    /// <param name="rule">How many make it Up or Down.</param>
    /// <param name="apart">The pace.</param>
    /// <param name="now">The time of the step.</param>
    public IEnumerable<DateTimeOffset> Missing(TargetHealth health, HealthRule rule, TimeSpan apart, DateTimeOffset now)
    {
        if (!AreNeeded(health))
        {
            yield break;
        }

        var forFall = health.Status == HealthStatus.Up || health.Fails > 0;
        var known = forFall ? health.FailedAt.AsEnumerable() : health.CountedPassAt is { } passed ? [passed] : [];
        var coming = Coming.Select(one => one.StartsAt);
        var starts = known.Concat(coming).Concat(SlowSince is { } slow && forFall ? [slow] : []).Order().ToList();
        var missing = (forFall ? rule.Fall : rule.Rise - Math.Max(health.Passes - 1, 0)) - Spacing.Count(starts, apart);
        var last = starts.Count > 0 ? starts[^1] : DateTimeOffset.MinValue;
        if (health.LastOfAll is { Verdict: Verdict.Inconclusive, StartedAt: var nothing } && nothing > last)
        {
            last = nothing; // what says nothing is tried again at the same pace
        }

        for (; missing > 0; missing--)
        {
            var next = last > DateTimeOffset.MinValue && last + apart > now ? last + apart : now;
            last = next;
            yield return next;
        }
    }
}
