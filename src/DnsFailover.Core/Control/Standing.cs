using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>Where a service stands, for the rules that hold for all services together.</summary>
/// <param name="Name">The service.</param>
/// <param name="Importance">Its importance.</param>
/// <param name="IsRetired">True when it is not declared any more.</param>
/// <param name="MovedAt">When its traffic last began to move; null when it has not.</param>
/// <param name="PlaceUntil">Until when it takes one of the places of those that move; null or a time that has passed when it takes none.</param>
/// <param name="PreparingSince">Since when that is for its proof, where it has not begun to move; else null.</param>
/// <param name="Waiting">Its precedence, when it waits for a place; null when it does not.</param>
/// <param name="RevisitAt">When it looks again by itself.</param>
internal sealed record Standing(
    DnsName Name,
    int Importance,
    bool IsRetired,
    DateTimeOffset? MovedAt,
    DateTimeOffset? PlaceUntil,
    DateTimeOffset? PreparingSince,
    (bool Works, bool LeavesWhatIsDown, int Importance)? Waiting,
    DateTimeOffset? RevisitAt)
{
    /// <summary>
    /// So long a place is kept for one that gathers its proof; with a provider that does not answer it would be kept for ever. Who needs
    /// longer goes before those that have begun to gather theirs meanwhile: or else, with slow providers, all would only ever prepare.
    /// </summary>
    private static readonly TimeSpan PlaceKept = TimeSpan.FromSeconds(5);

    /// <summary>That of a service.</summary>
    public static Standing Of(ServiceState service, FleetRules rules, DateTimeOffset now)
    {
        var (placeUntil, preparingSince) = rules.Velocity is { } velocity ? PlaceOf(service, velocity, now) : default;
        return new Standing(
            service.Definition.Name,
            service.Definition.Importance,
            service.Retired,
            Past(service.LastMoveAt, now),
            placeUntil,
            preparingSince,
            IsWaiting(service) ? PrecedenceOf(service, service.Decisions.Values.First(IsHeldByVelocity).Wanted) : null,
            service.RevisitAt);
    }

    /// <summary>A time to come (the clock was wrong) counts as now.</summary>
    public static DateTimeOffset? Past(DateTimeOffset? at, DateTimeOffset now) => at > now ? now : at;

    /// <summary>Until when a service takes one of the places.</summary>
    private static (DateTimeOffset? Until, DateTimeOffset? PreparingSince) PlaceOf(ServiceState other, VelocityRule rule, DateTimeOffset now)
    {
        var lead = other.Copies[other.Lead];
        var begun = Past(other.LastMoveAt, now) + rule.Per;
        var kept = !IsInTrouble(other) && other.Decisions.Values.Any(decision => decision is { Answer: not null, MovesTraffic: true }) ? Past(lead.Preparing?.WantedSince, now) + PlaceKept : null;
        return begun is null || kept > begun ? (kept, begun > now ? null : Past(lead.Preparing?.WantedSince, now)) : (begun, null);
    }

    /// <summary>True when it would move if there were a place, and will look again by itself.</summary>
    private static bool IsWaiting(ServiceState other) =>
        !other.Retired && other.Copies[other.Lead] is { Live: not null, Change: null } && other.Decisions.Values.Any(IsHeldByVelocity);

    private static bool IsHeldByVelocity(Decision decision) => decision.Refusal?.Cause == Guards.VelocityCause;

    /// <summary>
    /// Who goes first: who is not in trouble (or else those that cannot be moved would keep the places from those that
    /// can), then who leaves what is down, then who is the more important.
    /// </summary>
    public static (bool Works, bool LeavesWhatIsDown, int Importance) PrecedenceOf(ServiceState service, DecisionKind? kind) =>
        (!IsInTrouble(service), kind != DecisionKind.Failback, service.Definition.Importance);

    /// <summary>True when it could not be moved the last time: its provider does not work, or a proof said nothing. It would prepare for ever anew.</summary>
    private static bool IsInTrouble(ServiceState service) =>
        service.Copies[service.Lead] is { Trouble: not null } or { WriteFailures: > 0 } || service.Conditions.Keys.Any(cause => cause.EndsWith(ServiceTurn.NoProofCause, StringComparison.Ordinal));
}
