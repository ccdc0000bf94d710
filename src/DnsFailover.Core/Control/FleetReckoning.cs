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
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>The figures as one service sees them that wants a change of this kind.</summary>
    public static FleetFigures For(ServiceState own, DecisionKind kind, Fleet fleet, DateTimeOffset now)
    {
        if (fleet.Rules is { Velocity: null, Share: null })
        {
            return FleetFigures.Unlimited;
        }

        var others = fleet.Standings(now).Where(other => other.Name != own.Definition.Name).ToList();
        return new FleetFigures(
            fleet.Rules.Velocity is { } velocity ? Velocity(velocity, own, kind, others, now) : null,
            fleet.Rules.Share is { } share ? Share(share, own, others, now) : null);
    }

    private static VelocityFigures Velocity(VelocityRule rule, ServiceState own, DecisionKind kind, List<Standing> others, DateTimeOffset now)
    {
        var since = Standing.Past(own.Copies[own.Lead].Preparing?.WantedSince, now);
        var taken = others.Where(other => other.PlaceUntil > now && !(other.PreparingSince > since)).Select(other => other.PlaceUntil!.Value).Order().ToList();
        var precedence = Standing.PrecedenceOf(own, kind);
        var ahead = others.Where(other => other.Waiting?.CompareTo(precedence) > 0).OrderByDescending(other => other.Importance).ThenBy(other => other.Name).ToList();
        var freeAt = taken.Count >= rule.Moves
            ? taken[taken.Count - rule.Moves]
            : ahead.Select(other => other.RevisitAt).Where(at => at > now).Min() ?? now + LookAgain;
        return new VelocityFigures(rule, taken.Count, ahead.Count, ahead.Count > 0 ? ahead[0].Name : null, freeAt);
    }

    private static ShareFigures Share(ShareRule rule, ServiceState own, List<Standing> others, DateTimeOffset now)
    {
        var moved = others.Where(other => other.MovedAt + rule.Within > now).Select(other => other.MovedAt!.Value + rule.Within).Order().ToList();
        var figures = new ShareFigures(rule, others.Count(other => !other.IsRetired) + 1, moved.Count, Standing.Past(own.LastMoveAt, now) + rule.Within > now, now);
        return moved.Count >= figures.Most ? figures with { FreeAt = moved[moved.Count - figures.Most] } : figures;
    }
}
