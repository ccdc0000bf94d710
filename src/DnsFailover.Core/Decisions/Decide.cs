using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Network;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Decisions;

/// <summary>
/// Decides what one RRset should hold.
/// <para>
/// The intuition: the live records say where traffic goes; health says where it could go. Endpoints form groups in
/// order of preference (one group for multivalue and weighted). While the group that has the traffic works, only its
/// members change, or a better group takes over after the failback delay. When it is Down, the first group that works
/// takes over. What is Unknown neither gives up traffic nor gets any.
/// </para>
/// </summary>
public static partial class Decide
{
    /// <summary>The decision, always with its reason.</summary>
    public static Decision For(Situation situation) =>
        Ownership.Objection(situation) is { } objection ? Refused(situation, objection) : WithTtl(situation, Told(situation));

    /// <summary>
    /// Decides while somebody else's change is to be undone: as if it had not happened, and where that asks for no other
    /// answer, what was there before is put back.
    /// </summary>
    /// <param name="situation">With what is live now.</param>
    /// <param name="expected">What was there before.</param>
    public static Decision Restore(Situation situation, ValueList<RecordSet> expected)
    {
        var (s, before) = (situation with { IsRestoring = true }, expected.FirstOrDefault(set => set.Type == situation.Type));
        if (before is null || s.Live[s.Type]?.HasSameValues(before) == true)
        {
            return For(situation);
        }

        if (Ownership.Objection(s) is { } objection)
        {
            return Refused(s, objection);
        }

        if (s.Orders.Force is not null)
        {
            return For(s); // whatever was there before
        }

        var wanted = Told(new Situation(s.Service, s.Type, NameRecords.Create(s.Service.Name, expected), s.Health, s.SwitchedAt, s.MayMendTtl, s.Now) { Provider = s.Provider, Formerly = s.Formerly, Orders = s.Orders, Around = s.Around });
        var why = $"somebody else put {s.Live[s.Type]?.Values.ToString() ?? "nothing"} in place of {before.Values}";
        if (wanted.Answer is null)
        {
            var back = As(s, before, why, $"onDrift: restore puts it back");
            return back.Answer is null && wanted.Refusal is not null ? wanted : back; // what was there may be what is down
        }

        return wanted with
        {
            // What is live although nobody here put it there may well work: then traffic moves, but not away from a failure.
            Kind = s.Candidates.Any(candidate => candidate.IsPublished && candidate.Health.Status != HealthStatus.Down) ? DecisionKind.Shift : wanted.Kind,
            Reason = $"{why}; {wanted.Reason}",
            NeedsProof = NothingWorks(s) ? [] : Unpublished(s, wanted.Answer),
        };
    }

    /// <summary>Decides while nothing may be changed: what would have been decided is held back.</summary>
    /// <param name="situation">With what is live now.</param>
    /// <param name="why">Why nothing may be changed.</param>
    /// <param name="next">How that ends.</param>
    /// <param name="cause">Names the cause.</param>
    public static Decision Paused(Situation situation, string why, string next, string cause = "paused")
    {
        var wanted = For(situation);
        if ((wanted.Answer is null ? wanted.Wanted : wanted.Kind) is not { } kind)
        {
            return Hold(situation, $"{why}; {wanted.Reason}") with { RevisitAt = wanted.RevisitAt };
        }

        // What a guard would hold back besides is held back all the same: nothing is over while that comes and goes.
        var urgent = kind is DecisionKind.Failover or DecisionKind.Forced || situation.Candidates.Any(candidate => candidate.IsPublished && candidate.Health.Status == HealthStatus.Down);
        return Refused(situation, new Refusal(cause, $"{wanted.Reason}, {(wanted.Answer is null ? "and" : "but")} {why}", next, NeedsOperator: urgent)) with { Guards = wanted.Guards, RevisitAt = wanted.RevisitAt };
    }

    /// <summary>Decides while our own network is the likely fault: what would have been decided is held back, and one message tells it for all services.</summary>
    /// <param name="situation">With what is live now.</param>
    /// <param name="why">Why it is likely, with the figures.</param>
    public static Decision HeldByNetwork(Situation situation, string why)
    {
        var wanted = For(situation);
        return wanted.Answer is null
            ? wanted
            : Refused(situation, new Refusal(NetworkState.Cause, $"{wanted.Reason}, but {why}", "It is decided again as soon as our own network is not the likely fault any more.", NeedsOperator: false)) with { Guards = wanted.Guards };
    }

    /// <summary>What an RRset should hold at a provider that follows another: what that one holds.</summary>
    /// <param name="situation">At the provider that follows.</param>
    /// <param name="leading">The RRset at the one that leads; null when it has none.</param>
    /// <param name="leader">Its name.</param>
    public static Decision Follow(Situation situation, RecordSet? leading, string leader) =>
        leading is null ? Hold(situation, $"{leader} holds no {situation.Type} record")
        : situation.Live[situation.Type]?.HasSameValues(leading) == true ? Same(situation, leader)
        : Ownership.Objection(situation) is { } objection ? Refused(situation, objection)
        : Copied(situation, leading, leader);

    /// <summary>There is nothing to do but to mend the TTL; what would stand against the next change is told before it is needed.</summary>
    private static Decision Same(Situation s, string leader)
    {
        var same = Hold(s, $"{s.Provider} holds the same as {leader}");
        return Ownership.Objection(s) is { } objection && s.Strange.Count == 0 ? Refused(s, objection) : WithTtl(s, same); // foreign values are the leader's to tell
    }

    /// <summary>When nothing works, the provider that leads has what onAllDown asks for, which cannot be proven to work.</summary>
    private static Decision Copied(Situation s, RecordSet leading, string leader) =>
        As(s, leading, $"{leader} holds {leading.Values}", $"{s.Provider} follows", unproven: (s.Service.OnAllDown != OnAllDown.Keep && NothingWorks(s)) || IsForced(s, leading));

    private static bool NothingWorks(Situation s) => s.Candidates.All(candidate => candidate.Health.Status == HealthStatus.Down);

    /// <summary>Makes the RRset hold what another does, as soon as each value that is new to it is proven to work.</summary>
    private static Decision As(Situation s, RecordSet model, string why, string then, bool unproven = false)
    {
        var weights = model.Values.DistinctBy(value => value.Data, StringComparer.Ordinal).ToDictionary(value => value.Data, value => value.Weight, StringComparer.Ordinal);
        var members = s.Candidates.Where(candidate => weights.ContainsKey(candidate.Target.Value)).Select(candidate => candidate with { Weight = weights[candidate.Target.Value] }).ToList();
        var unfit = members.Find(candidate => !candidate.IsPublished && !candidate.Health.IsFit);
        var drained = s.IsRestoring && !IsLastResort(s) ? members.Find(candidate => !candidate.IsPublished && candidate.Drain is not null) : null;
        return members.Count < weights.Count ? Hold(s, $"{why}, which no endpoint declares")
            : unproven ? Move(s, DecisionKind.Shift, members, $"{why}; {then}", changesSides: false) with { NeedsProof = [] }
            : unfit is not null ? Hold(s, $"{why}, but {(unfit.Health.Status == HealthStatus.Down ? Down([unfit]) : $"{unfit.Target} is {unfit.Health.Explain()}")}")
            : drained is not null ? Hold(s, $"{why}, but {drained.Drain!.Sentence}")
            : Move(s, DecisionKind.Shift, members, $"{why}; {then}", changesSides: false);
    }

    private static ValueList<TargetId> Unpublished(Situation s, Answer answer) =>
        s.Candidates.Where(candidate => !candidate.IsPublished && answer.Members.Any(member => member.Target == candidate.Target)).Select(candidate => candidate.Target).ToValueList();

    private static Decision Choose(Situation s)
    {
        var published = s.Candidates.Where(candidate => candidate.IsPublished).ToList();
        var preferred = s.Candidates.Where(candidate => candidate.IsServable).Select(candidate => (int?)candidate.Rank).Min();
        if (preferred is null)
        {
            return NothingServable(s, published);
        }

        var holding = published.Where(candidate => candidate.Health.Status != HealthStatus.Down).ToList();
        if (holding.Count == 0)
        {
            return TakeOver(s, published, preferred.Value);
        }

        var current = holding.Min(candidate => candidate.Rank);
        var carrying = holding.Where(candidate => candidate.Rank == current).ToList();
        if (carrying.TrueForAll(candidate => candidate.Health.Status == HealthStatus.Unknown))
        {
            return Hold(s, $"the health of {Names(carrying)} is not known: {carrying[0].Health.Explain()}");
        }

        return preferred < current ? ReturnTo(s, preferred.Value, current) : Adjust(s, current, note: null, revisitAt: null);
    }

    /// <summary>Nothing that has the traffic works (or nothing has it yet): the first group that works takes over.</summary>
    private static Decision TakeOver(Situation s, List<Candidate> published, int rank)
    {
        var members = Cap(s, s.Candidates.Where(candidate => candidate.Rank == rank && candidate.IsServable));
        if (published.Count == 0)
        {
            // What is live is ours and may well work; a better endpoint that a reload has just brought gets its first verdict.
            var unproven = s.Candidates.Where(candidate => candidate.Rank < rank && candidate.Health.Status == HealthStatus.Unknown).ToList();
            if (s.Foreign.Count > 0 && s.Strange.Count == 0 && unproven.Count > 0)
            {
                return Hold(s, $"{Undeclared(s)}; {unproven[0].Target} is {unproven[0].Health.Explain()}");
            }

            var why = s.Foreign.Count > 0 ? Undeclared(s) : "the name has no such record yet";
            return Move(s, DecisionKind.Shift, members, $"{why}; {Up(members)}", changesSides: s.Foreign.Count > 0); // a first answer takes traffic from nobody
        }

        return Guarded(s, Move(s, DecisionKind.Failover, members, $"{Down(published)}; {Up(members)}", changesSides: true), Guards.OfFailover(s, published));
    }

    /// <summary>A better group works again.</summary>
    private static Decision ReturnTo(Situation s, int preferred, int current)
    {
        var recovered = s.Candidates.Where(candidate => candidate.Rank == preferred && candidate.IsServable).ToList();
        if (s.Service.Failback.Mode == FailbackMode.Manual && s.Orders.Approval is null)
        {
            return Adjust(s, current, $"{Up(recovered)} again, and failback is manual", revisitAt: null);
        }

        // Traffic that has just been moved away by hand is not fetched back at once, however long the endpoint has been up.
        var delays = recovered.ToDictionary(candidate => candidate.Target, candidate => Damping.Of(s.Service.Failback, Failovers(s), Later(candidate.Health.Since, s.SwitchedAt), s.Now));
        var ready = recovered.Where(candidate => delays[candidate.Target].DueAt <= s.Now).ToList();
        if (ready.Count == 0)
        {
            var first = delays.Values.MinBy(delay => delay.DueAt)!;
            return Adjust(s, current, $"{Up(recovered)} again; failback after {first.Text} without a failure", first.DueAt);
        }

        if (Approval.Objection(s, ready) is { } unapproved)
        {
            var waiting = Adjust(s, current, unapproved.Reason, revisitAt: null);
            return waiting.Answer is null ? waiting with { Refusal = unapproved, Wanted = DecisionKind.Failback } : waiting;
        }

        var findings = Guards.OfFailback(s);
        var members = Cap(s, ready);
        var since = members.Max(candidate => candidate.Health.Since);
        var move = Move(s, DecisionKind.Failback, members, $"{Names(members)} {(members.Count == 1 ? "has" : "have")} been up for {Text.Of(s.Now - since)} (failback delay {delays[members[0].Target].Text})", changesSides: true);
        var judged = Guarded(s, move, findings);
        if (judged.Refusal is null)
        {
            return judged;
        }

        // What has the traffic goes on as if nothing better were there.
        var meanwhile = Adjust(s, current, findings.First(finding => finding.Refusal is not null).Refusal!.Reason, judged.RevisitAt);
        return meanwhile is { Answer: null, Refusal: null } ? judged with { Reason = meanwhile.Reason, RevisitAt = meanwhile.RevisitAt } : meanwhile;
    }

    /// <summary>When traffic of this RRset failed over.</summary>
    private static IEnumerable<DateTimeOffset> Failovers(Situation s) =>
        s.Around.Switches.Where(past => past.Kind == DecisionKind.Failover && past.Types.Contains(s.Type)).Select(past => past.At);

    /// <summary>A move under the rules that can hold it back; the first that does gives the reason.</summary>
    private static Decision Guarded(Situation s, Decision move, List<GuardFinding> findings)
    {
        var guards = findings.Select(finding => finding.Figures).ToValueList();
        return findings.Find(finding => finding.Refusal is not null) is { Refusal: { } refusal } held
            ? Refused(s, refusal with { Reason = $"{move.Reason}, but {refusal.Reason}" }) with { Wanted = move.Kind, Guards = guards, RevisitAt = held.RevisitAt, ProbeAgain = held.ProbeAgain }
            : move with { Guards = guards, MovesTraffic = true };
    }

    /// <summary>The group that has the traffic keeps it; members that failed leave, members that recovered join.</summary>
    private static Decision Adjust(Situation s, int rank, string? note, DateTimeOffset? revisitAt)
    {
        var group = s.Candidates.Where(candidate => candidate.Rank == rank).ToList();
        var staying = group.Where(candidate => candidate.IsPublished && candidate.Health.Status != HealthStatus.Down).ToList();
        var recovered = group.Where(candidate => !candidate.IsPublished && candidate.IsServable).ToList();
        var joinAt = recovered.ToDictionary(candidate => candidate.Target, candidate => Damping.Of(s.Service.Failback, Departures(s, candidate), candidate.Health.Since, s.Now).DueAt);
        var joining = recovered.Where(candidate => joinAt[candidate.Target] <= s.Now).ToList();
        var members = Cap(s, staying.Concat(joining));
        var nextJoin = recovered.Except(joining).Select(candidate => (DateTimeOffset?)joinAt[candidate.Target]).Min();
        var revisit = Earlier(revisitAt, nextJoin);
        if (IsLive(s, members))
        {
            return Hold(s, note ?? Quiet(s, members, recovered, nextJoin)) with { RevisitAt = revisit };
        }

        var leaving = s.Candidates.Where(candidate => candidate.IsPublished && !members.Contains(candidate)).ToList();
        var joined = members.Where(candidate => !candidate.IsPublished).ToList();
        var move = Move(s, DecisionKind.Shift, members, Changes(s, leaving, joined), changesSides: false) with { RevisitAt = revisit };
        var lost = leaving.FindAll(candidate => candidate.Health.Status == HealthStatus.Down);
        return lost.Count + joined.Count > 0 ? Guarded(s, move, Guards.OfMembers(s, lost)) : move;
    }

    /// <summary>When this target lost its traffic because it was down.</summary>
    private static IEnumerable<DateTimeOffset> Departures(Situation s, Candidate candidate) =>
        s.Around.Switches.Where(past => past.Left.Contains(new EndpointTarget(s.Type, candidate.Target.Value))).Select(past => past.At);

    /// <summary>No target works: onAllDown decides, unless some are merely unproven.</summary>
    private static Decision NothingServable(Situation s, List<Candidate> published)
    {
        var unproven = s.Candidates.Where(candidate => candidate.Health.Status != HealthStatus.Down && (candidate.Drain is null || IsLastResort(s))).ToList();
        if (unproven.Count > 0)
        {
            var waiting = unproven.Select(candidate => $"{candidate.Target} is {candidate.Health.Explain()}");
            var hold = Hold(s, $"no endpoint is proven to work: {string.Join("; ", waiting)}");
            return published.Count > 0 && published.TrueForAll(candidate => candidate.Health.Status == HealthStatus.Down)
                ? hold with { Refusal = new Refusal("unproven", $"{Down(published)}; {hold.Reason}", "It moves as soon as one of them passes its probes.", NeedsOperator: unproven.Exists(candidate => candidate.Health.Status == HealthStatus.Unknown)) } // what is merely suspected is settled in seconds
                : hold;
        }

        var why = $"every endpoint is down; onAllDown: {Text.Of(s.Service.OnAllDown)}";
        if (s.Service.OnAllDown == OnAllDown.Keep)
        {
            return Hold(s, $"{why} keeps the answer"); // also where it holds what would be adopted
        }

        var eligible = s.Candidates.Any(candidate => candidate.Drain is null) ? s.Candidates.Where(candidate => candidate.Drain is null).ToList() : s.Candidates;
        var fallback = Cap(s, eligible.Where(candidate => candidate.Rank == eligible[0].Rank || s.Service.OnAllDown == OnAllDown.All));
        if (IsLive(s, fallback))
        {
            return Hold(s, $"{why} keeps the answer");
        }

        return Guarded(s, Move(s, DecisionKind.Failover, fallback, why, changesSides: true) with { NeedsProof = [] }, Guards.OfFailover(s, published));
    }

    /// <summary>Where nothing else changes, a TTL that differs from failover.yaml is mended, once.</summary>
    private static Decision WithTtl(Situation s, Decision decision)
    {
        var live = s.Live[s.Type];
        if (decision.Kind != DecisionKind.Hold || (decision.Refusal is not null && decision.Wanted != DecisionKind.Failback) || live is null || s.Service.Ttl is not { } ttl
            || live.Ttl == ttl || !s.MayMendTtl || s.Foreign.Count > 0)
        {
            return decision;
        }

        var members = s.Candidates.Where(candidate => candidate.IsPublished).Select(candidate => new AnswerMember(candidate.Target, candidate.PublishedWeight));
        return decision with
        {
            Kind = DecisionKind.Shift,
            Answer = Answer.Of(members),
            Reason = $"the TTL is {Text.Of(live.Ttl)}, failover.yaml says {Text.Of(ttl)}",
        };
    }

    private static Decision Hold(Situation s, string reason) => new() { Type = s.Type, Kind = DecisionKind.Hold, Reason = reason };

    private static Decision Refused(Situation s, Refusal refusal) => Hold(s, refusal.Reason) with { Refusal = refusal };

    private static Decision Move(Situation s, DecisionKind kind, List<Candidate> members, string reason, bool changesSides) => new()
    {
        Type = s.Type,
        Kind = kind,
        Reason = reason,
        Answer = Answer.Of(members.Select(candidate => new AnswerMember(candidate.Target, candidate.Weight))),
        NeedsProof = members.Where(candidate => !candidate.IsPublished).Select(candidate => candidate.Target).ToValueList(),
        ChangesSides = changesSides,
    };

    /// <summary>A CNAME has one value (RFC 2181 section 10.1) unless the provider serves by weight.</summary>
    private static List<Candidate> Cap(Situation s, IEnumerable<Candidate> members)
    {
        var ordered = members.OrderBy(candidate => candidate.Rank).ThenByDescending(candidate => candidate.IsPublished).ToList();
        return s.Type == RecordType.CNAME && s.Service.Policy != Policy.Weighted ? ordered.Take(1).ToList() : ordered;
    }

    private static bool IsLive(Situation s, List<Candidate> members) =>
        s.Foreign.Count == 0
        && members.TrueForAll(candidate => candidate.IsPublished && candidate.Weight == candidate.PublishedWeight)
        && members.Count == s.Candidates.Count(candidate => candidate.IsPublished);

    private static string Quiet(Situation s, List<Candidate> members, List<Candidate> recovered, DateTimeOffset? nextJoin) =>
        nextJoin is not null ? $"{Up(recovered)} again and {(recovered.Count == 1 ? "joins" : "join")} when up for long enough" : $"{Names(members)} {(members.Count == 1 ? "serves" : "serve")} the name";

    private static string Changes(Situation s, List<Candidate> leaving, List<Candidate> joined)
    {
        var parts = new List<string>();
        if (leaving.Any(candidate => candidate.Health.Status == HealthStatus.Down))
        {
            parts.Add(Down(leaving.Where(candidate => candidate.Health.Status == HealthStatus.Down)));
        }

        if (leaving.Any(candidate => candidate.Health.Status != HealthStatus.Down))
        {
            parts.Add($"{Names(leaving.Where(candidate => candidate.Health.Status != HealthStatus.Down))} is not needed any more");
        }

        if (joined.Count > 0)
        {
            parts.Add(Up(joined));
        }

        if (s.Foreign.Count > 0)
        {
            parts.Add(Undeclared(s));
        }

        return parts.Count > 0 ? string.Join("; ", parts) : "the weights differ from failover.yaml";
    }

    private static string Undeclared(Situation s) => s.Strange.Count > 0 ? $"{s.Foreign} is live and is adopted" : $"{s.Foreign} is live and is not declared any more";

    private static string Down(IEnumerable<Candidate> candidates) =>
        string.Join("; ", candidates.Select(candidate => $"{candidate.Target} is down: {candidate.Health.Explain()}"));

    private static string Up(List<Candidate> candidates) => $"{Names(candidates)} {(candidates.Count == 1 ? "is" : "are")} up";

    private static string Names(IEnumerable<Candidate> candidates) => string.Join(", ", candidates.Select(candidate => candidate.Target.ToString()));

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset? right) => right > left ? right.Value : left;

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) =>
        left is null ? right : right is null ? left : left < right ? left : right;
}
