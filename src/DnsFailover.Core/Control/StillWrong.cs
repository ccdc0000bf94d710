using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>
/// What is not as it should be, and was told: conditions that are not over, and traffic that is not back where it
/// belongs. An incident lasts as long as there is any of it.
/// </summary>
public static class StillWrong
{
    private const int Most = 10;

    /// <summary>What is wrong with a service, or with the daemon as a whole, each a sentence; null while that is not known.</summary>
    /// <param name="state">The state.</param>
    /// <param name="name">The service; null for the daemon as a whole. One that is not declared has nothing wrong with it.</param>
    /// <param name="now">The time.</param>
    public static ValueList<string>? Of(ControllerState state, DnsName? name, DateTimeOffset now)
    {
        if (name is not { } declared)
        {
            return WithTheDaemon(state).ToValueList();
        }

        if (!state.Services.TryGetValue(declared, out var service) || service.Retired)
        {
            return [];
        }

        // A drill that is overdue is told, and told to be over, by itself: an incident does not wait for it.
        var told = service.Conditions.Values.Where(condition => condition is { Told: true, Kind: not AlertKind.DrillFailed }).Select(condition => condition.Reason)
            .Concat(service.Copies.Where(copy => copy.Value.Drift is { IsPaused: true }).Select(copy => $"somebody else changed the records at {copy.Key}, and they are left alone until that is undone"))
            .Concat(NotBack(service, OrdersOf(state, service, now)))
            .Distinct(StringComparer.Ordinal).Take(Most).ToValueList();
        return told.Count > 0 || service.Live is not null ? told : null;
    }

    /// <summary>True when traffic of a service may return as soon as an operator approves it.</summary>
    public static bool MayApprove(ControllerState state, DnsName? name, DateTimeOffset now) =>
        name is { } declared && state.Services.TryGetValue(declared, out var service) && service.Definition is { Policy: Policy.Failover, Failback.Mode: not FailbackMode.Auto }
        && OrdersOf(state, service, now) is { Force: null } orders
        && !state.Overrides.Any(said => said.Kind == OverrideKind.Approve && said.Service == name && said.Until > now)
        && NotBack(service, orders).Any();

    /// <summary>Says with each alert what is still wrong after the step that raised it.</summary>
    internal static (ControllerState State, ValueList<Effect> Effects) Stamp((ControllerState State, ValueList<Effect> Effects) step, DateTimeOffset now)
    {
        if (!step.Effects.Any(effect => effect is Effect.Record { Alerts.Count: > 0 }))
        {
            return step;
        }

        return (step.State, step.Effects.Select(effect => effect is Effect.Record { Alerts.Count: > 0 } record
            ? record with { Alerts = record.Alerts.Select(alert => Stamp(alert, step.State, now)).ToValueList() }
            : effect).ToValueList());
    }

    // What could not be recorded and is tried again keeps what was so at its time.
    private static Alert Stamp(Alert alert, ControllerState state, DateTimeOffset now) => alert.StillWrong is not null
        ? alert
        : alert with { StillWrong = Of(state, alert.Service, now), MayApprove = MayApprove(state, alert.Service, now) };

    private static IEnumerable<string> WithTheDaemon(ControllerState state)
    {
        if (state.Network.Condition is { Told: true } network)
        {
            yield return network.Reason;
        }

        if (state.ReloadRejected is { } complaint)
        {
            yield return complaint;
        }
    }

    /// <summary>What is up and has not the traffic that it should have. Where an operator says where the name shall be, it is where it should be.</summary>
    private static IEnumerable<string> NotBack(ServiceState service, Orders orders)
    {
        if (service.Live is not { } live || orders.Force is not null)
        {
            yield break;
        }

        foreach (var type in service.Definition.Types)
        {
            var candidates = service.Definition.Targets.Where(pair => pair.Target.Type == type).ToList();
            var served = candidates.Where(pair => live.Holds(type, pair.Target.Value)).ToList();
            var most = served.Select(pair => (int?)pair.Endpoint.Priority).Min();
            var absent = candidates.Where(pair => !served.Contains(pair) && service.Health[pair.Target].Status == HealthStatus.Up && orders.DrainOf(pair.Endpoint.Name) is null)
                .Where(pair => service.Definition.Policy != Policy.Failover || pair.Endpoint.Priority < most).Take(1);
            foreach (var (_, target) in absent)
            {
                yield return service.Definition.Policy == Policy.Failover
                    ? $"{target} is up and preferred, and traffic is at {string.Join(", ", served.Select(pair => pair.Target))}"
                    : $"{target} is up and has no traffic yet";
            }
        }
    }

    internal static Orders OrdersOf(ControllerState state, ServiceState service, DateTimeOffset now) =>
        Orders.Of(service.Definition, state.Overrides, state.Configuration.Windows, now);
}
