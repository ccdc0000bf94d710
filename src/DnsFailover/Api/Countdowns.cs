using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Api;

/// <summary>What a service waits for, and until when.</summary>
internal static class Countdowns
{
    /// <summary>Record types whose next switch waits because the name has just been moved.</summary>
    public static IEnumerable<HoldDownDocument> HoldDowns(ServiceState service, DateTimeOffset now) =>
        from hold in service.HoldDowns
        let endsAt = hold.SwitchedAt + service.Definition.MinActiveTime
        where endsAt > now && service.Definition.Types.Contains(hold.Type)
        select new HoldDownDocument($"{hold.Type}", hold.SwitchedAt, endsAt);

    /// <summary>Where traffic is about to return to, by the same reckoning as the decision's.</summary>
    public static IEnumerable<FailbackDocument> Failbacks(ServiceState service, ControllerState state, DateTimeOffset now) =>
        service.Live is { } live && service.Definition.Policy == Policy.Failover
            ? service.Definition.Types.Select(type => Failback(service, state, live, type, now)).OfType<FailbackDocument>()
            : [];

    private static FailbackDocument? Failback(ServiceState service, ControllerState state, NameRecords live, RecordType type, DateTimeOffset now)
    {
        var definition = service.Definition;
        var situation = new Situation(definition, type, live, service.Health, service.SwitchedAt(type, now), MayMendTtl: false, now)
        {
            Orders = Orders.Of(definition, state.Overrides, state.Configuration.Windows, now),
        };
        var holding = situation.Candidates.Where(candidate => candidate.IsPublished && candidate.Health.Status != HealthStatus.Down).ToList();
        var preferred = situation.Candidates.Where(candidate => candidate.IsServable).Select(candidate => (int?)candidate.Rank).Min();
        if (situation.Orders.Force is not null || holding.Count == 0 || preferred is null || preferred >= holding.Min(candidate => candidate.Rank))
        {
            return null;
        }

        var failovers = service.Switches.Where(past => past.Kind == DecisionKind.Failover && past.Types.Contains(type)).Select(past => past.At).ToList();
        var recovered = situation.Candidates.Where(candidate => candidate.Rank == preferred && candidate.IsServable).ToList();
        var first = recovered
            .Select(candidate => Damping.Of(definition.Failback, failovers, situation.SwitchedAt > candidate.Health.Since ? situation.SwitchedAt.Value : candidate.Health.Since, now))
            .MinBy(delay => delay.DueAt)!;
        var isApproved = situation.Orders.Approval is not null;
        return new FailbackDocument(
            $"{type}",
            [.. recovered.Select(candidate => candidate.Target.Endpoint).Distinct(StringComparer.Ordinal)],
            first.DueAt,
            first.Text,
            NeedsApproval: definition.Failback.Mode == FailbackMode.Approve && !isApproved,
            IsManual: definition.Failback.Mode == FailbackMode.Manual && !isApproved);
    }
}
