using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Control;

/// <summary>
/// Counts what the other services do, for the rules that hold for all of them together.
/// <para>
/// The intuition: a move takes one of a few places when its proof is being gathered, and gives it back a while after its
/// intent. Whoever finds no place waits, and whoever finds one yields it to those who wait and go first.
/// </para>
/// </summary>
internal static class FleetReckoning
{
    /// <summary>So long a place is kept for one that gathers its proof; with a provider that does not answer it would be kept for ever.</summary>
    private static readonly TimeSpan PlaceKept = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>The figures as one service sees them that wants a change of this kind.</summary>
    public static FleetFigures For(ServiceState own, DecisionKind kind, Fleet fleet, DateTimeOffset now)
    {
        if (fleet.Rules is { Velocity: null, Share: null })
        {
            return FleetFigures.Unlimited;
        }

        var others = fleet.Services.Where(other => other.Definition.Name != own.Definition.Name).ToList();
        return new FleetFigures(
            fleet.Rules.Velocity is { } velocity ? Velocity(velocity, own, kind, others, now) : null,
            fleet.Rules.Share is { } share ? Share(share, own, others, now) : null);
    }

    private static VelocityFigures Velocity(VelocityRule rule, ServiceState own, DecisionKind kind, List<ServiceState> others, DateTimeOffset now)
    {
        var taken = others.Select(other => PlaceUntil(other, rule, now)).Where(until => until > now).Select(until => until!.Value).Order().ToList();
        var ahead = others.Where(IsWaiting).Where(other => Precedence(other, other.Decisions.Values.First(IsHeldByVelocity).Wanted).CompareTo(Precedence(own, kind)) > 0)
            .OrderByDescending(other => other.Definition.Importance).ToList();
        var freeAt = taken.Count >= rule.Moves
            ? taken[taken.Count - rule.Moves]
            : ahead.Select(other => other.RevisitAt).Where(at => at > now).Min() ?? now + LookAgain;
        return new VelocityFigures(rule, taken.Count, ahead.Count, ahead.Count > 0 ? ahead[0].Definition.Name : null, freeAt);
    }

    /// <summary>Until when this service takes one of the places; null or a time that has passed when it takes none.</summary>
    private static DateTimeOffset? PlaceUntil(ServiceState other, VelocityRule rule, DateTimeOffset now)
    {
        var lead = other.Copies[other.Lead];
        var begun = Past(other.LastMoveAt, now) + rule.Per;
        var kept = !IsInTrouble(other) && other.Decisions.Values.Any(decision => decision is { Answer: not null, MovesTraffic: true }) ? Past(lead.Preparing?.Since, now) + PlaceKept : null;
        return begun is null || kept > begun ? kept : begun;
    }

    /// <summary>True when it would move if there were a place, and will look again by itself.</summary>
    private static bool IsWaiting(ServiceState other) =>
        !other.Retired && other.Copies[other.Lead] is { Live: not null, Change: null } && other.Decisions.Values.Any(IsHeldByVelocity);

    private static bool IsHeldByVelocity(Decision decision) => decision.Refusal?.Cause == Guards.VelocityCause;

    /// <summary>
    /// Who goes first: who is not in trouble (or else those that cannot be moved would keep the places from those that
    /// can), then who leaves what is down, then who is the more important.
    /// </summary>
    private static (bool Works, bool LeavesWhatIsDown, int Importance) Precedence(ServiceState service, DecisionKind? kind) =>
        (!IsInTrouble(service), kind != DecisionKind.Failback, service.Definition.Importance);

    /// <summary>True when it could not be moved the last time: its provider does not work, or a proof said nothing. It would prepare for ever anew.</summary>
    private static bool IsInTrouble(ServiceState service) =>
        service.Copies[service.Lead] is { Trouble: not null } or { WriteFailures: > 0 } || service.Conditions.Keys.Any(cause => cause.EndsWith(ServiceTurn.NoProofCause, StringComparison.Ordinal));

    private static ShareFigures Share(ShareRule rule, ServiceState own, List<ServiceState> others, DateTimeOffset now)
    {
        var moved = others.Select(other => Past(other.LastMoveAt, now) + rule.Within).Where(until => until > now).Select(until => until!.Value).Order().ToList();
        var figures = new ShareFigures(rule, others.Count(other => !other.Retired) + 1, moved.Count, Past(own.LastMoveAt, now) + rule.Within > now, now);
        return moved.Count >= figures.Most ? figures with { FreeAt = moved[moved.Count - figures.Most] } : figures;
    }

    private static DateTimeOffset? Past(DateTimeOffset? at, DateTimeOffset now) => at > now ? now : at;
}
