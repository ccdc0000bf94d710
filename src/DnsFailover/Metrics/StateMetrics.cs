using System.Diagnostics.Metrics;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;

namespace DnsFailover.Metrics;

/// <summary>How things are, read from the controller's state whenever somebody looks: what is not declared any more is gone from it by itself.</summary>
internal static class StateMetrics
{
    private static readonly MetricLabel ConditionKind = new("kind", string.Join(", ", ProbeMetrics.Words<AlertKind>()));

    private static readonly MetricLabel OverrideWord = new("kind", string.Join(", ", ProbeMetrics.Words<OverrideKind>()));

    private static readonly MetricLabel ControlTarget = new("control", "the control targets of selfCheck");

    /// <summary>Health.</summary>
    public static readonly MetricDefinition EndpointState = new(
        "dnsfailover.endpoint.state", MetricKind.Gauge, null, "The health of the target: 1 Up, 0 Down, 2 Unknown.", Labels.Service, Labels.Endpoint, Labels.Target);

    /// <summary>The answer.</summary>
    public static readonly MetricDefinition InAnswer = new(
        "dnsfailover.endpoint.in_answer", MetricKind.Gauge, null, "1 when the records that were last seen hold the target, 0 when they do not; absent while they are not known.", Labels.Service, Labels.Endpoint, Labels.Target);

    /// <summary>Nothing is written.</summary>
    public static readonly MetricDefinition Frozen = new(
        "dnsfailover.frozen", MetricKind.Gauge, null, "1 while nothing is written for the service: an operator or planned maintenance has frozen it, or our own network is the likely fault.", Labels.Service);

    /// <summary>Nothing is written at all.</summary>
    public static readonly MetricDefinition NetworkFrozen = new(
        "dnsfailover.network.frozen", MetricKind.Gauge, null, "1 while nothing is written for any service because our own network is the likely fault.");

    /// <summary>The self-check.</summary>
    public static readonly MetricDefinition ControlUp = new(
        "dnsfailover.selfcheck.up", MetricKind.Gauge, null, "1 when the control target answered the last time it was asked, 0 when it did not.", ControlTarget);

    /// <summary>Somebody else's changes.</summary>
    public static readonly MetricDefinition Drift = new(
        "dnsfailover.drift", MetricKind.Gauge, null, "1 while records are what somebody else made of them.", Labels.Service, Labels.Provider);

    /// <summary>Another controller.</summary>
    public static readonly MetricDefinition OwnerMismatch = new(
        "dnsfailover.owner.mismatch", MetricKind.Gauge, null, "1 while the records are marked as owned by another controller and therefore left alone.", Labels.Service);

    /// <summary>What was raised.</summary>
    public static readonly MetricDefinition Conditions = new(
        "dnsfailover.open.conditions", MetricKind.Gauge, null, "Conditions that were raised and are not over, by kind of alert; absent for kinds of which there are none.", Labels.Service, ConditionKind);

    /// <summary>What operators said.</summary>
    public static readonly MetricDefinition Overrides = new(
        "dnsfailover.overrides", MetricKind.Gauge, null, "Overrides of operators that have not ended.", OverrideWord);

    /// <summary>The last switch.</summary>
    public static readonly MetricDefinition LastSwitch = new(
        "dnsfailover.last.switch.timestamp", MetricKind.Gauge, "s", "When traffic of the service last changed sides, in Unix time; absent when it has not.", Labels.Service);

    /// <summary>The last drill.</summary>
    public static readonly MetricDefinition DrillResultOfLast = new(
        "dnsfailover.drill.last.result", MetricKind.Gauge, null, "How the last drill of the service ended: 1 passed, 0 failed or refused; absent when there was none.", Labels.Service);

    /// <summary>When it ended.</summary>
    public static readonly MetricDefinition DrillEndOfLast = new(
        "dnsfailover.drill.last.timestamp", MetricKind.Gauge, "s", "When the last drill of the service ended, however it did, in Unix time; absent when there was none.", Labels.Service);

    /// <summary>The last one that showed that a failover works.</summary>
    public static readonly MetricDefinition DrillPassed = new(
        "dnsfailover.drill.passed.timestamp", MetricKind.Gauge, "s", "When the last drill of the service that passed ended, in Unix time; absent when none has.", Labels.Service);

    /// <summary>Nobody knows whether a failover would work.</summary>
    public static readonly MetricDefinition DrillOverdue = new(
        "dnsfailover.drill.overdue", MetricKind.Gauge, null, "1 while no drill has passed within overdueAfter; absent where drills are not expected.", Labels.Service);

    /// <summary>The file is not in effect.</summary>
    public static readonly MetricDefinition Rejected = new(
        "dnsfailover.configuration.rejected", MetricKind.Gauge, null, "1 while failover.yaml is not valid and the last good one is in effect.");

    private static readonly string[] ConditionWord = ProbeMetrics.Words<AlertKind>();

    /// <summary>All that it measures.</summary>
    public static ValueList<MetricDefinition> All => [EndpointState, InAnswer, Frozen, NetworkFrozen, ControlUp, Drift, OwnerMismatch, Conditions, Overrides, LastSwitch, DrillResultOfLast, DrillEndOfLast, DrillPassed, DrillOverdue, Rejected];

    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">Gets them.</param>
    /// <param name="state">The state now; null before the first step.</param>
    /// <param name="time">The controller's clock.</param>
    public static void Measure(DaemonMeter meter, Func<ControllerState?> state, TimeProvider time)
    {
        meter.Gauge(EndpointState, () => Targets(state()).Select(pair => Of(EndpointState, pair.Target, StateOf(pair.Service.Health[pair.Target].Status))));
        meter.Gauge(InAnswer, () => Targets(state()).Where(pair => pair.Service.Live is not null).Select(pair => Of(InAnswer, pair.Target, IsAnswered(pair.Service, pair.Target) ? 1 : 0)));
        meter.Gauge(Frozen, () => Services(state()).Select(service => DaemonMeter.Measure(IsFrozen(state()!, service, time.GetUtcNow()) ? 1 : 0, Frozen, Name(service))));
        meter.Gauge(NetworkFrozen, () => state() is { } now ? [new Measurement<double>(now.Network.IsFrozen ? 1 : 0)] : []);
        meter.Gauge(ControlUp, () => state()?.Network.Last?.Results.DistinctBy(result => result.Target).Select(result => DaemonMeter.Measure(result.Passed ? 1 : 0, ControlUp, result.Target)) ?? []);
        meter.Gauge(Drift, () => Services(state()).SelectMany(service => service.Definition.Providers.Select(provider =>
            DaemonMeter.Measure(service.Copies.TryGetValue(provider, out var copy) && copy.Drift is not null ? 1 : 0, Drift, Name(service), provider))));
        meter.Gauge(OwnerMismatch, () => Services(state()).Select(service => DaemonMeter.Measure(service.Conditions.Keys.Any(ConditionWords.IsOfOwner) ? 1 : 0, OwnerMismatch, Name(service))));
        meter.Gauge(Conditions, () => Services(state()).SelectMany(service => service.Conditions.Values.CountBy(condition => condition.Kind)
            .Select(kind => DaemonMeter.Measure(kind.Value, Conditions, Name(service), ConditionWord[(int)kind.Key]))));
        meter.Gauge(Overrides, () => OverridesOf(state(), time.GetUtcNow()));
        meter.Gauge(Rejected, () => state() is { } now ? [new Measurement<double>(now.ReloadRejected is null ? 0 : 1)] : []);
        meter.Gauge(LastSwitch, () => Services(state()).Where(service => service.HoldDowns.Count > 0).Select(service =>
            DaemonMeter.Measure(Seconds(service.HoldDowns.Max(hold => hold.SwitchedAt)), LastSwitch, Name(service))));
        MeasureDrills(meter, state, time);
    }

    private static void MeasureDrills(DaemonMeter meter, Func<ControllerState?> state, TimeProvider time)
    {
        meter.Gauge(DrillResultOfLast, () => Ended().Select(pair => DaemonMeter.Measure(pair.Last.Result == DrillResult.Passed ? 1 : 0, DrillResultOfLast, pair.Service)));
        meter.Gauge(DrillEndOfLast, () => Ended().Select(pair => DaemonMeter.Measure(Seconds(pair.Last.EndedAt), DrillEndOfLast, pair.Service)));
        meter.Gauge(DrillPassed, () => from pair in Books() where pair.Book.LastPassedAt is not null select DaemonMeter.Measure(Seconds(pair.Book.LastPassedAt!.Value), DrillPassed, Name(pair.Service)));
        meter.Gauge(DrillOverdue, () => from pair in Books() let due = pair.Book.OverdueAt(pair.Service.Definition) where due is not null select DaemonMeter.Measure(due.Value <= time.GetUtcNow() ? 1 : 0, DrillOverdue, Name(pair.Service)));

        IEnumerable<(ServiceState Service, DrillBook Book)> Books() => Services(state()).Select(service => (service, state()!.DrillBooks.GetValueOrDefault(service.Definition.Name, new DrillBook())));
        IEnumerable<(string Service, DrillReport Last)> Ended() => from pair in Books() where pair.Book.Last is not null select (Name(pair.Service), pair.Book.Last);
    }

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private static IEnumerable<ServiceState> Services(ControllerState? state) => state?.Services.Values.Where(service => !service.Retired) ?? [];

    private static IEnumerable<(ServiceState Service, TargetId Target)> Targets(ControllerState? state) =>
        Services(state).SelectMany(service => service.Definition.Targets.Select(pair => (service, pair.Target)));

    private static string Name(ServiceState service) => service.Definition.Name.ToString();

    private static Measurement<double> Of(MetricDefinition definition, TargetId target, double value) => DaemonMeter.Measure(value, definition, target.Service.ToString(), target.Endpoint, target.Value);

    private static double StateOf(HealthStatus status) => status switch { HealthStatus.Up => 1, HealthStatus.Down => 0, _ => 2 };

    private static bool IsAnswered(ServiceState service, TargetId target) => service.Live!.Holds(target.Type, target.Value);

    private static bool IsFrozen(ControllerState state, ServiceState service, DateTimeOffset now) =>
        state.Network.IsFrozen || Orders.Of(service.Definition, state.Overrides, state.Configuration.Windows, now).Freeze is not null;

    private static IEnumerable<Measurement<double>> OverridesOf(ControllerState? state, DateTimeOffset now)
    {
        if (state is null)
        {
            return [];
        }

        return Enum.GetValues<OverrideKind>().Select(kind => DaemonMeter.Measure(state.Overrides.Count(said => said.Kind == kind && said.Until > now), Overrides, Text.Of(kind)));
    }
}
