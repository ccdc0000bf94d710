using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Decisions;

/// <summary>Rules that hold back a decision. Each gives its figures, and each refusal carries its arithmetic.</summary>
internal static class Guards
{
    /// <summary>The cause of a change that waits for its turn.</summary>
    public const string VelocityCause = "velocity";

    /// <summary>The cause of a change that waits because what it rests on is too old.</summary>
    public const string StaleCause = "stale-evidence";

    /// <summary>Probes are staggered and queue for a moment; a failure is not stale for that.</summary>
    private static readonly TimeSpan EvidenceMargin = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Users who are left for longer on what is down are somebody's business, although the wait ends by itself.</summary>
    private static readonly TimeSpan LongHold = TimeSpan.FromMinutes(5);

    /// <summary>The rules for a switch away from what is down.</summary>
    /// <param name="s">The situation.</param>
    /// <param name="leaving">What loses its traffic because it is down.</param>
    public static List<GuardFinding> OfFailover(Situation s, IEnumerable<Candidate> leaving) =>
        Listed([Evidence(s, leaving), MinActiveTime(s, isNeeded: true), Budget(s, DecisionKind.Failover), .. OfFleet(s, DecisionKind.Failover, isNeeded: true)]);

    /// <summary>The rules for a switch back to what is preferred.</summary>
    public static List<GuardFinding> OfFailback(Situation s) =>
        Listed([FailbackWindow(s), MinActiveTime(s), Budget(s, DecisionKind.Failback), .. OfFleet(s, DecisionKind.Failback, isNeeded: false)]);

    /// <summary>The rules for members that leave or join while traffic stays on its side.</summary>
    /// <param name="s">The situation.</param>
    /// <param name="leaving">What leaves because it is down.</param>
    public static List<GuardFinding> OfMembers(Situation s, List<Candidate> leaving) =>
        Listed([Evidence(s, leaving), .. OfFleet(s, DecisionKind.Shift, isNeeded: leaving.Count > 0)]);

    private static string ToMoveBefore(Situation s, bool isLong) => isLong ? $"; to move it before, `dnsfailover force {s.Service.Name} <endpoint>`" : string.Empty;

    private static List<GuardFinding> Listed(params IEnumerable<GuardFinding?> findings) => [.. findings.OfType<GuardFinding>()];

    /// <summary>The rules over all services.</summary>
    /// <param name="s">The situation.</param>
    /// <param name="kind">What is wanted.</param>
    /// <param name="isNeeded">True when it leaves what is down; what merely returns or joins can wait without anybody being told.</param>
    private static IEnumerable<GuardFinding?> OfFleet(Situation s, DecisionKind kind, bool isNeeded)
    {
        var figures = s.Around.Fleet(kind);
        return [figures.Share is { } share ? Share(s, share, isNeeded) : null, figures.Velocity is { } velocity ? Velocity(s, velocity, isNeeded) : null];
    }

    /// <summary>After a switch, the next one waits: what flaps takes the name along at most this often.</summary>
    /// <param name="s">The situation.</param>
    /// <param name="isNeeded">True when it leaves what is down: a long wait is told then.</param>
    public static GuardFinding MinActiveTime(Situation s, bool isNeeded = false)
    {
        var least = $"minActiveTime {Text.Of(s.Service.MinActiveTime)}";
        if (s.SwitchedAt is not { } switchedAt)
        {
            return new GuardFinding($"{least}: no switch is remembered");
        }

        var ago = $"the last switch was {Text.Of(s.Now - switchedAt)} ago";
        var due = switchedAt + s.Service.MinActiveTime;
        var isLong = isNeeded && due - s.Now > LongHold;
        return due <= s.Now
            ? new GuardFinding($"{least}: {ago}")
            : new GuardFinding(
                $"{least}: {ago}",
                new Refusal("min-active-time", $"{ago} and minActiveTime is {Text.Of(s.Service.MinActiveTime)}", $"It is decided again in {Text.Of(due - s.Now)}{ToMoveBefore(s, isLong)}.", NeedsOperator: isLong),
                due);
    }

    /// <summary>
    /// So many switches an hour and no more. A failback leaves one of them for the way out again: with the budget used up,
    /// the name is to be on what works. Each RRset has a budget of its own, so that one family that flaps does not hold the other.
    /// </summary>
    private static GuardFinding? Budget(Situation s, DecisionKind kind)
    {
        if (s.Service.SwitchesPerHour is not { } limit)
        {
            return null;
        }

        var used = s.Around.Switches.Where(past => past.Kind != DecisionKind.Forced && past.Types.Contains(s.Type)).Select(past => past.At > s.Now ? s.Now : past.At)
            .Where(at => s.Now - at < Hour).Order().ToList();
        var figures = $"budget {limit} an hour: {used.Count} used";
        var may = kind == DecisionKind.Failback ? Math.Max(1, limit - 1) : limit;
        if (used.Count < may)
        {
            return new GuardFinding(figures);
        }

        var free = used[used.Count - may] + Hour;
        return new GuardFinding(
            figures,
            kind == DecisionKind.Failback && used.Count < limit
                ? new Refusal("budget", $"the name has switched {Times(used.Count)} within the last hour, and of its switchesPerHour ({limit}) the last one is kept for the way out again", $"It is decided again in {Text.Of(free - s.Now)}.", NeedsOperator: false)
                : new Refusal(
                    "budget",
                    $"the name has switched {Times(used.Count)} within the last hour and switchesPerHour is {limit}",
                    $"Find out what makes it go back and forth. It is decided again in {Text.Of(free - s.Now)}, when enough of these switches are an hour old; to move it before, `dnsfailover force {s.Service.Name} <endpoint>`.",
                    NeedsOperator: kind != DecisionKind.Failback),
            free);
    }

    /// <summary>Only a share of all names moves; beyond that, it is more likely that we are wrong.</summary>
    private static GuardFinding Share(Situation s, ShareFigures share, bool isNeeded)
    {
        var most = $"{share.Most} may ({share.Rule.Percent} % of {share.Services}, but at least {share.Rule.AtLeast})";
        var figures = $"share: {share.Moved} of {share.Services - 1} other names moved within {Text.Of(share.Rule.Within)}, {most}";
        return !share.IsFull ? new GuardFinding(figures) : new GuardFinding(
            figures,
            new Refusal(
                "share",
                $"{share.Moved} of {share.Services} names have moved within {Text.Of(share.Rule.Within)}, and {most}",
                $"So many at once may be a fault of ours, so every further name stays where it is. If the outage is real, force the names that have to move, or raise switchShare; else mend what makes the probes fail. It is decided again in {Text.Of(share.FreeAt - s.Now)}.",
                NeedsOperator: isNeeded),
            share.FreeAt);
    }

    /// <summary>Many services do not move at the same instant; the most important go first.</summary>
    private static GuardFinding Velocity(Situation s, VelocityFigures velocity, bool isNeeded)
    {
        var figures = $"velocity {velocity.Rule.Moves} per {Text.Of(velocity.Rule.Per)}: {velocity.Taken} under way";
        if (!velocity.IsFull)
        {
            return new GuardFinding(figures);
        }

        var isLong = isNeeded && velocity.FreeAt - s.Now > LongHold;
        var ahead = velocity.Ahead == 0 ? string.Empty : $", and {velocity.First}{(velocity.Ahead == 1 ? " goes" : $" and {velocity.Ahead - 1} more go")} first";
        return new GuardFinding(
            figures + ahead,
            new Refusal(VelocityCause, $"{velocity.Taken} other {(velocity.Taken == 1 ? "service" : "services")} began to move within {Text.Of(velocity.Rule.Per)} and massChange lets {velocity.Rule.Moves}{ahead}", $"It has its turn in {Text.Of(velocity.FreeAt - s.Now)} or soon after{ToMoveBefore(s, isLong)}.", NeedsOperator: isLong),
            velocity.FreeAt);
    }

    /// <summary>Nothing is left as Down on the word of probes that were made too long ago: since then it may have recovered.</summary>
    private static GuardFinding? Evidence(Situation s, IEnumerable<Candidate> leaving)
    {
        var ages = leaving.Select(candidate => (candidate.Target, Age: candidate.Health.Evidence is { Count: > 0 } failures ? s.Now - failures[^1].StartedAt : TimeSpan.MaxValue, Limit: Lifetime(s, candidate.Target)))
            .OrderByDescending(item => item.Age).ToList();
        if (ages.Count == 0)
        {
            return null;
        }

        var stale = ages.Where(item => item.Age > item.Limit).ToList();
        var (target, age, limit) = stale.Count > 0 ? stale[0] : ages[0];
        var figures = $"evidence: the last failure of {target} is {Text.Of(age)} old and counts for {Text.Of(limit)}";
        return stale.Count == 0 ? new GuardFinding(figures) : new GuardFinding(
            figures,
            new Refusal(StaleCause, $"the last failure of {target} is {Text.Of(age)} old, and it counts for {Text.Of(limit)}", "It is probed again, and decided by what that says.", NeedsOperator: false),
            s.Now + limit)
        {
            ProbeAgain = stale.Select(item => item.Target).ToValueList(),
        };
    }

    /// <summary>As long as two scheduled probes take, the second of them by its timeout.</summary>
    private static TimeSpan Lifetime(Situation s, TargetId target)
    {
        var timing = s.Service.Endpoints.First(endpoint => endpoint.Name == target.Endpoint).Timing;
        return (timing.Interval * 2) + timing.Timeout + EvidenceMargin;
    }

    /// <summary>Traffic returns only within the times that are planned for it, when there are such times.</summary>
    private static GuardFinding? FailbackWindow(Situation s)
    {
        if (!s.Service.Failback.OnlyInWindows)
        {
            return null;
        }

        if (s.Orders.Approval is { } approval)
        {
            return new GuardFinding($"failback window: {approval.Sentence}");
        }

        var windows = s.Around.Windows.Where(window => window.Kind == WindowKind.Failback && window.Service == s.Service.Name).OrderBy(window => window.From).ToList();
        if (windows.Find(window => window.From <= s.Now && s.Now < window.Until) is { } open)
        {
            return new GuardFinding($"failback window: open until {Text.At(open.Until)}");
        }

        var next = windows.Find(window => window.From > s.Now);
        var begins = next is null ? "none is planned for the time that is near" : $"the next one begins in {Text.Of(next.From - s.Now)}, at {Text.At(next.From)}";
        return new GuardFinding(
            $"failback window: {begins}",
            new Refusal("failback-window", $"failback waits for one of its windows; {begins}", next is null ? "Traffic stays where it is." : $"It is decided again at {Text.At(next.From)}.", NeedsOperator: false),
            next?.From);
    }

    private static string Times(int count) => count == 1 ? "once" : count == 2 ? "twice" : $"{count} times";
}

/// <summary>Whether the live records are ours to change.</summary>
internal static class Ownership
{
    /// <summary>What stands against touching this RRset at all; null when nothing does.</summary>
    public static Refusal? Objection(Situation s)
    {
        var name = s.Service.Name;
        if (s.Type != RecordType.CNAME && s.Live[RecordType.CNAME] is { } alias)
        {
            return new Refusal("type-conflict", $"{name} is a CNAME ({alias.Values}), and its endpoints declare addresses", "Remove the CNAME at the provider, or declare the endpoints with cname.", NeedsOperator: true);
        }

        if (s.Type == RecordType.CNAME && s.Live.Sets.FirstOrDefault(set => set.Type != RecordType.CNAME) is { } addresses)
        {
            return new Refusal("type-conflict", $"{name} has {addresses.Type} records ({addresses.Values}), and its endpoints declare a cname", "Remove them at the provider, or declare the endpoints with addresses.", NeedsOperator: true);
        }

        if (s.Live.Owner is { } owner && owner != s.Service.Owner && !s.Service.Adopt)
        {
            return new Refusal("owner", $"the records of {name} are marked as owned by the controller '{owner}', and this one is '{s.Service.Owner}'", $"Stop the other controller from steering {name}, or set adopt: true to take the name over.", NeedsOperator: true);
        }

        if (s.Live[s.Type] is null && !s.Service.Create && !s.IsRestoring)
        {
            return new Refusal("missing", $"{name} has no {s.Type} record at {s.Provider}", $"Create it with the value of an endpoint, or set create: true for {name}.", NeedsOperator: true);
        }

        return s.Strange.Count > 0 && !s.Service.Adopt && !s.IsRestoring
            ? s.Live[s.Type] is { IsDescribed: true }
                ? new Refusal("foreign-value", $"the {s.Type} records of {name} are {s.Strange}, which no endpoint can declare", $"Set adopt: true for {name} to let them be replaced, or steer another name.", NeedsOperator: true)
                : new Refusal("foreign-value", $"the {s.Type} record of {name} holds {s.Strange}, which no endpoint declares", $"Declare it as an endpoint's address, or set adopt: true for {name} to let it be replaced.", NeedsOperator: true)
            : null;
    }
}
