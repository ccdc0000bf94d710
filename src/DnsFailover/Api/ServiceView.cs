using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;

namespace DnsFailover.Api;

/// <summary>A service in short, as everything that shows many of them sees it.</summary>
/// <param name="service">It.</param>
/// <param name="state">The state it is of.</param>
/// <param name="now">The time.</param>
internal sealed class ServiceView(ServiceState service, ControllerState state, DateTimeOffset now)
{
    /// <summary>Everything works.</summary>
    public const string Up = "up";

    /// <summary>It is answered with something that works, and something else is wrong.</summary>
    public const string Degraded = "degraded";

    /// <summary>Nothing that it is answered with works.</summary>
    public const string Down = "down";

    /// <summary>That is not known.</summary>
    public const string Unknown = "unknown";

    /// <summary>The words for it, the worst first.</summary>
    public static readonly IReadOnlyList<string> Words = [Down, Degraded, Unknown, Up];

    private readonly List<(EndpointDefinition Endpoint, TargetId Target, TargetHealth Health, bool IsServed)> _targets =
    [
        .. service.Definition.Targets.Select(pair => (pair.Endpoint, pair.Target, service.Health[pair.Target], service.Live?.Holds(pair.Target.Type, pair.Target.Value) == true)),
    ];

    /// <summary>What operators have said of it.</summary>
    public IEnumerable<Override> Overrides => state.Overrides.Where(open => open.Until > now && (open.Service is null || open.Service == service.Definition.Name));

    /// <summary>One of the words, as operators see it.</summary>
    public string State => Answered is Up && (service.Conditions.Count > 0 || _targets.Exists(one => one.Health.Status == HealthStatus.Down) || service.Decisions.Values.Any(decision => decision.Refusal is not null)) ? Degraded : Answered;

    /// <summary>One of the words, by what it is answered with alone.</summary>
    public string Answered
    {
        get
        {
            var served = _targets.FindAll(one => one.IsServed);
            return service.Live is null ? Unknown
                : served.Count == 0 ? (service.Definition.Types.Any(type => service.Live[type] is not null) ? Unknown : Down)
                : served.TrueForAll(one => one.Health.Status == HealthStatus.Down) ? Down
                : served.Exists(one => one.Health.Status == HealthStatus.Down) ? Degraded
                : served.Exists(one => one.Health.Status == HealthStatus.Up) ? Up
                : Unknown;
        }
    }

    /// <summary>Why nothing is written for it; null when nothing stands against it.</summary>
    public string? Frozen => OperatorText.Frozen(service, state, now);

    /// <summary>True when any of its endpoints is served with any address.</summary>
    public bool IsServed(EndpointDefinition endpoint) => _targets.Exists(one => one.Endpoint == endpoint && one.IsServed);

    /// <summary>True when it waits for an operator.</summary>
    public bool NeedsApproval => service.Decisions.Values.Any(decision => decision.Refusal?.Cause == "approval");

    /// <summary>Its newest switch.</summary>
    public LastSwitchDocument? LastSwitch => service.Switches is [.., var last] ? new LastSwitchDocument(last.At, Text.Of(last.Kind)) : null;

    /// <summary>What of it needs attention, in sentences.</summary>
    public IEnumerable<string> Troubles
    {
        get
        {
            foreach (var decision in service.Decisions.Values.Where(decision => decision.Refusal is not null))
            {
                yield return $"{decision.Type}: {decision.Reason}. {decision.Refusal!.Next}";
            }

            foreach (var (_, target, health, _) in _targets.Where(one => one.Health.Status == HealthStatus.Down))
            {
                yield return $"{target} is Down: {health.Explain()}";
            }

            // What the endpoints that are down have told already is not told again.
            foreach (var condition in service.Conditions.Values.Where(condition => condition.Kind != AlertKind.AllDown && !condition.Cause.StartsWith("down:", StringComparison.Ordinal) && !service.Decisions.Values.Any(decision => decision.Refusal?.Reason == condition.Reason)))
            {
                yield return condition.Reason;
            }
        }
    }

    /// <summary>All of it.</summary>
    public ServiceSummaryDocument Summary()
    {
        var endpoints = service.Definition.Endpoints.Select(endpoint => new EndpointStateDocument(endpoint.Name, OperatorText.Status(service, endpoint), IsServed(endpoint))).ToList();
        var failbacks = Countdowns.Failbacks(service, state, now).ToList();
        return new ServiceSummaryDocument
        {
            Name = service.Definition.Name.ToString(),
            State = State,
            Policy = Text.Of(service.Definition.Policy),
            AnsweredWith = OperatorText.Answer(service),
            Counts = new EndpointCountsDocument(
                endpoints.Count,
                service.Definition.Endpoints.Count(endpoint => All(endpoint, HealthStatus.Up)),
                service.Definition.Endpoints.Count(endpoint => _targets.Exists(one => one.Endpoint == endpoint && one.Health.Status == HealthStatus.Down)),
                service.Definition.Endpoints.Count(endpoint => !All(endpoint, HealthStatus.Up) && !_targets.Exists(one => one.Endpoint == endpoint && one.Health.Status == HealthStatus.Down))),
            Endpoints = [.. endpoints.Take(ServiceSummaryDocument.MostListed)],
            Troubles = [.. Troubles.Take(ServiceSummaryDocument.MostListed)],
            Overrides = Overrides.Count(),
            Frozen = Frozen,
            NeedsApproval = NeedsApproval || failbacks.Exists(failback => failback.IsManual),
            IsChanging = service.Change is not null,
            HoldDownUntil = Countdowns.HoldDowns(service, now).Select(hold => (DateTimeOffset?)hold.EndsAt).Max(),
            FailbackDueAt = failbacks.Where(failback => failback is { IsManual: false, NeedsApproval: false }).Select(failback => (DateTimeOffset?)failback.DueAt).Min(),
            LastSwitch = LastSwitch,
            Drill = DrillApi.Summary(service, state, now),
            IsDrilled = state.Drill?.Service == service.Definition.Name,
            Planned = [.. state.Configuration.Windows.Where(window => window.Service == service.Definition.Name && window.From <= now && window.Until > now).Select(InWords).Take(ServiceSummaryDocument.MostListed)],
        };
    }

    private bool All(EndpointDefinition endpoint, HealthStatus status) => _targets.TrueForAll(one => one.Endpoint != endpoint || one.Health.Status == status);

    private static string InWords(Window window) =>
        $"{(window.Kind is WindowKind.Failback or WindowKind.Drill ? Text.Of(window.Kind) : window.Endpoint is { } endpoint ? $"maintenance of {endpoint}" : "maintenance")} until {Text.At(window.Until)}: {window.Reason}";
}
