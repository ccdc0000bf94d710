using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Decisions;

/// <summary>What an operator has said goes before what health alone would decide.</summary>
public static partial class Decide
{
    private static Decision Told(Situation s) =>
        s.Orders.Force is { } force ? Forced(s, force)
        : s.Candidates.Any(candidate => candidate.Drain is not null) ? Drained(s)
        : Choose(s);

    /// <summary>The name is answered with the endpoint, whatever its health; so nothing has to be proven, and nothing holds it back.</summary>
    private static Decision Forced(Situation s, Order force)
    {
        var members = Cap(s, s.Candidates.Where(candidate => candidate.Target.Endpoint == force.Endpoint));
        if (members.Count == 0)
        {
            var stay = Hold(s, $"{force.Sentence}; {force.Endpoint} has no {s.Type} value, so these records stay as they are");
            var lost = s.Candidates.Where(candidate => candidate.IsPublished && candidate.Health.Status == HealthStatus.Down).ToList();
            return lost.Count == 0 ? stay : stay with { Refusal = ForcedDown(s, force, lost, $", and {force.Endpoint} has no {s.Type} value") with { Title = $"keeps {s.Type} records that do not work" } };
        }

        if (IsLive(s, members))
        {
            return members.Exists(candidate => candidate.Health.Status == HealthStatus.Down) ? Hold(s, force.Sentence) with { Refusal = ForcedDown(s, force, members) } : Hold(s, force.Sentence);
        }

        if (OnceMore(s, force.Since) is { } refusal)
        {
            return Refused(s, refusal with { Reason = $"{force.Sentence}; but {refusal.Reason}" }) with { RevisitAt = s.SwitchedAt + s.Service.MinActiveTime };
        }

        var takesOver = s.Foreign.Count > 0 || s.Candidates.Any(candidate => candidate.IsPublished); // a first answer takes traffic from nobody
        return Move(s, DecisionKind.Forced, members, force.Sentence, changesSides: takesOver) with { NeedsProof = [] };
    }

    /// <summary>
    /// An operator's word is good for one move at once. When traffic has changed sides since, the next one comes at the usual pace: who
    /// moves the records back by hand or by another controller is not written against without end. <c>onDrift: restore</c> counts for itself.
    /// </summary>
    private static Refusal? OnceMore(Situation s, DateTimeOffset since) => !s.IsRestoring && s.SwitchedAt > since ? Guards.MinActiveTime(s).Refusal : null;

    private static Refusal ForcedDown(Situation s, Order force, List<Candidate> members, string? besides = null)
    {
        var working = s.Candidates.Where(candidate => candidate.Health.IsFit && !members.Contains(candidate)).ToList();
        var others = working.Count == 0 ? "no other is proven to work" : $"{Names(working)} {(working.Count == 1 ? "works" : "work")}";
        return new Refusal(
            "forced-down",
            $"{Down(members.Where(candidate => candidate.Health.Status == HealthStatus.Down))}; {others}, but the name is {force.Sentence}{besides}",
            $"The daemon leaves it there, as it was told. {OperatorWords.HowToEnd(force, s.Service.Name)}",
            NeedsOperator: true)
        {
            Title = $"is forced to {force.Endpoint}, which is down",
        };
    }

    /// <summary>Some endpoints shall get no traffic as long as another works.</summary>
    private static Decision Drained(Situation s)
    {
        var carrying = s.Candidates.Where(candidate => candidate.IsPublished && candidate.Drain is not null).ToList();
        if (IsLastResort(s) && s.Candidates.Any(candidate => candidate.Works))
        {
            return LastResort(s, carrying);
        }

        if (carrying.Count == 0)
        {
            return Choose(s);
        }

        if (s.Candidates.Any(candidate => candidate.IsServable))
        {
            var failed = s.Candidates.Where(candidate => candidate.IsPublished).All(candidate => candidate.Health.Status == HealthStatus.Down);
            return failed && Choose(s) is { Refusal: null } failover ? failover : Leave(s, carrying); // what was asked for is not held back
        }

        if (carrying.TrueForAll(candidate => candidate.Health.Status == HealthStatus.Down))
        {
            return Choose(s);
        }

        var open = s.Candidates.Where(candidate => candidate.Drain is null && candidate.Health.Status != HealthStatus.Down).ToList();
        return Refused(s, Stays(s, carrying, $"no other is proven to work: {string.Join("; ", open.Select(candidate => $"{candidate.Target} is {candidate.Health.Explain()}"))}") with
        {
            NeedsOperator = open.Exists(candidate => candidate.Health.Status == HealthStatus.Unknown), // what is merely suspected is settled in seconds
        });
    }

    /// <summary>True when nothing but drained endpoints can work.</summary>
    private static bool IsLastResort(Situation s) => s.Candidates.All(candidate => candidate.Drain is not null || candidate.Health.Status == HealthStatus.Down);

    /// <summary>A drained endpoint that works is better than none: it is decided as if nothing were drained.</summary>
    private static Decision LastResort(Situation s, List<Candidate> carrying)
    {
        var decision = Choose(s with { Orders = s.Orders with { Drains = [] } });
        if (decision.Answer is not null)
        {
            var drains = s.Orders.Drains.Where(order => decision.Answer.Members.Any(member => member.Target.Endpoint == order.Endpoint)).Select(order => order.Sentence).ToList();
            return drains.Count == 0 ? decision : decision with { Reason = $"{decision.Reason} ({string.Join("; ", drains)}; but nothing else works)" };
        }

        var kept = carrying.Where(candidate => candidate.Health.Status != HealthStatus.Down).ToList();
        return decision.Refusal is null && kept.Count > 0 ? decision with { Refusal = Stays(s, kept, WhyNothingElse(s)) } : decision;
    }

    private static string WhyNothingElse(Situation s) => s.Candidates.Where(candidate => candidate.Drain is null).ToList() is { Count: > 0 } others ? $"nothing else works: {Down(others)}" : "every endpoint is drained";

    private static Refusal Stays(Situation s, List<Candidate> carrying, string why) => new(
        "drain",
        $"{Drains(carrying)}; but {why}",
        $"{Names(carrying)} {(carrying.Count == 1 ? "keeps" : "keep")} the traffic until another endpoint is proven to work. {OperatorWords.HowToEnd(carrying[0].Drain!, s.Service.Name)}",
        NeedsOperator: true)
    {
        Title = $"is not moved away from {string.Join(" and ", carrying.Select(candidate => candidate.Target.Endpoint).Distinct(StringComparer.Ordinal))}",
    };

    /// <summary>Traffic leaves drained endpoints for the best others; it was asked for, so that it is not held back, but proven to work they must be.</summary>
    private static Decision Leave(Situation s, List<Candidate> carrying)
    {
        if (OnceMore(s, carrying.Max(candidate => candidate.Drain!.Since)) is { } refusal)
        {
            return Refused(s, refusal with { Reason = $"{Drains(carrying)}; but {refusal.Reason}" }) with { RevisitAt = s.SwitchedAt + s.Service.MinActiveTime };
        }

        var rank = s.Candidates.Where(candidate => candidate.IsServable).Min(candidate => candidate.Rank);
        var group = s.Candidates.Where(candidate => candidate.Rank == rank && candidate.Drain is null).ToList();
        var staying = group.Where(candidate => candidate.IsPublished && candidate.Health.Status != HealthStatus.Down).ToList();
        var members = Cap(s, staying.Count > 0 ? staying : group.Where(candidate => candidate.IsServable)); // who recovers joins by the ordinary rules
        return Move(s, DecisionKind.Forced, members, $"{Drains(carrying)}; {Up(members)}", changesSides: !members.Exists(candidate => candidate.IsPublished));
    }

    private static string Drains(List<Candidate> carrying) => string.Join("; ", carrying.Select(candidate => candidate.Drain!.Sentence).Distinct(StringComparer.Ordinal));

    /// <summary>True when the provider that leads holds what an operator has forced, which has not to work.</summary>
    private static bool IsForced(Situation s, RecordSet leading) => s.Orders.Force is { } force
        && leading.Values.All(value => s.Candidates.Any(candidate => candidate.Target.Endpoint == force.Endpoint && candidate.Target.Value == value.Data));
}

/// <summary>Whether somebody has to say yes before traffic returns.</summary>
internal static class Approval
{
    /// <summary>What stands against returning to endpoints that are ready for it; null when nothing does.</summary>
    public static Refusal? Objection(Situation s, List<Candidate> ready)
    {
        if (s.Service.Failback.Mode != FailbackMode.Approve || s.Orders.Approval is not null)
        {
            return null;
        }

        var names = string.Join(", ", ready.Select(candidate => candidate.Target.ToString()));
        return new Refusal(
            "approval",
            $"{names} {(ready.Count == 1 ? "has" : "have")} been up for {Text.Of(s.Now - ready.Max(candidate => candidate.Health.Since))} (failback delay {Text.Of(s.Service.Failback.Delay)}), and failback: approve waits for an operator",
            $"Let traffic return with {OperatorWords.Approve(s.Service.Name)}. Until then it stays where it is.",
            NeedsOperator: true)
        {
            Title = "waits for approval to fail back",
        };
    }
}
