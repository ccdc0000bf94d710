using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Schedules;

namespace DnsFailover.Api;

/// <summary>Writes down how things are.</summary>
/// <param name="state">The state.</param>
/// <param name="calendar">The planned times.</param>
/// <param name="now">The time.</param>
/// <param name="notRecorded">Why what happens cannot be recorded; null while it can.</param>
internal sealed class StatusReport(ControllerState state, WindowCalendar calendar, DateTimeOffset now, string? notRecorded)
{
    /// <summary>Those of the services that failover.yaml declares, with what is asked for, so many at a time.</summary>
    public ServicesDocument Services(ServiceFilter filter, long lastEvent)
    {
        var views = Declared.Select(service => (Service: service, View: View(service))).Select(pair => (pair.Service, pair.View, pair.View.State)).ToList();
        var matching = views.FindAll(one => filter.Matches(one.Service, one.State));
        var page = matching.SkipWhile(one => !filter.IsAfter(one.Service.Definition.Name)).Take(filter.Limit).ToList();
        return new ServicesDocument(
            now,
            lastEvent,
            Daemon(views.Select(one => (one.State, one.View.Frozen is not null))),
            matching.Count,
            [.. page.Select(one => one.View.Summary())],
            page.Count > 0 && !ReferenceEquals(page[^1].Service, matching[^1].Service) ? page[^1].Service.Definition.Name.ToString() : null);
    }

    /// <summary>Their endpoints, so many at a time.</summary>
    public EndpointsDocument Endpoints(ServiceFilter filter)
    {
        var matching = Declared.SelectMany(service => service.Definition.Endpoints.Select(endpoint => (Service: service, Endpoint: endpoint))).Where(pair => filter.Matches(pair.Service, pair.Endpoint)).ToList();
        var page = matching.SkipWhile(pair => !filter.IsAfter(pair.Service, pair.Endpoint)).Take(filter.Limit).ToList();
        return new EndpointsDocument(
            now,
            matching.Count,
            [.. page.Select(pair => Summary(pair.Service, pair.Endpoint))],
            page.Count > 0 && !ReferenceEquals(page[^1].Endpoint, matching[^1].Endpoint) ? $"{page[^1].Service.Definition.Name}/{page[^1].Endpoint.Name}" : null);
    }

    /// <summary>For everybody; without the uptimes.</summary>
    public PublicServicesDocument Public(ServiceFilter filter)
    {
        var all = Declared.Select(service => (service.Definition.Name, View(service).Answered)).Where(pair => filter.Matches(pair.Name)).ToList();
        var page = all.SkipWhile(pair => !filter.IsAfter(pair.Name)).Take(filter.Limit).ToList();
        return new PublicServicesDocument(
            now,
            [.. page.Select(pair => new PublicServiceDocument(pair.Name.ToString(), pair.Answered, Uptime: null))],
            page.Count > 0 && page[^1].Name != all[^1].Name ? page[^1].Name.ToString() : null);
    }

    /// <summary>Every override that has not ended.</summary>
    public OverridesDocument Overrides() => new([.. state.Overrides.Where(open => open.Until > now).Select(Document)]);

    /// <summary>One service with everything that is known of it.</summary>
    public ServiceDocument Service(ServiceState service, ServiceExtras extras)
    {
        var (definition, view) = (service.Definition, View(service));
        return new ServiceDocument
        {
            Now = now,
            Name = definition.Name.ToString(),
            State = view.State,
            Policy = Text.Of(definition.Policy),
            TtlSeconds = definition.Ttl?.TotalSeconds,
            AnsweredWith = OperatorText.Answer(service),
            Answer = Answer(service),
            Decisions = [.. service.Decisions.Values.Select(Document)],
            Endpoints = [.. definition.Endpoints.Select(endpoint => Endpoint(service, endpoint, extras))],
            Providers = [.. service.Copies.Select(pair => new ServiceProviderDocument(
                pair.Key, pair.Key == service.Lead, pair.Value.Live is null ? null : pair.Value.LiveReadAt, pair.Value.Trouble, pair.Value.Drift is { } drift ? $"expected {string.Join(", ", drift.Expected.Select(set => $"{set.Type} {set.Values}"))} since {Text.At(drift.Since)}" : null))],
            Overrides = [.. view.Overrides.Select(Document)],
            Windows = [.. calendar.Next(definition.Name, now).Select(pair => new WindowDocument(Text.Of(pair.Window.Kind), pair.Window.Endpoint, pair.Window.From, pair.Window.Until, pair.Window.From <= now, pair.Window.Reason, pair.Schedule.Schedule.Text, pair.Schedule.Schedule.Zone.Id))],
            Frozen = view.Frozen,
            Conditions = [.. service.Conditions.Values.Select(Document)],
            HoldDowns = [.. Countdowns.HoldDowns(service, now)],
            Failbacks = [.. Countdowns.Failbacks(service, state, now)],
            Changes = [.. service.Copies.Where(pair => pair.Value.Change is not null).Select(pair => Document(pair.Key, pair.Value.Change!))],
            LastSwitch = view.LastSwitch,
            Bound = extras.Bound is { } bound ? Document(bound) : null,
            Uptime = extras.Uptime?.Service,
            Drill = DrillApi.Summary(service, state, now),
            NextDrillAt = calendar.NextDrill(definition.Name, now),
        };
    }

    internal static OverrideDocument Document(Override open) => new(Text.Of(open.Kind), open.Service?.ToString(), open.Endpoint, open.Describe(), open.Reason, open.Actor, open.Since, open.Until);

    private IEnumerable<ServiceState> Declared => state.Services.Values.Where(service => !service.Retired);

    private ServiceView View(ServiceState service) => new(service, state, now);

    /// <summary>What holds for all of them, each of which is in one of these states.</summary>
    public DaemonDocument Daemon(IEnumerable<(string State, bool IsFrozen)> services)
    {
        var (counts, total, frozen) = (ServiceView.Words.ToDictionary(word => word, _ => 0, StringComparer.Ordinal), 0, 0);
        foreach (var (word, isFrozen) in services)
        {
            counts[word]++;
            total++;
            frozen += isFrozen ? 1 : 0;
        }

        return new DaemonDocument
        {
            Counts = new ServiceCountsDocument(total, counts[ServiceView.Up], counts[ServiceView.Degraded], counts[ServiceView.Down], counts[ServiceView.Unknown], frozen),
            Network = state.Network.Condition is { } network ? Document(network) : null,
            Frozen = state.Overrides.FirstOrDefault(open => open is { Kind: OverrideKind.Freeze, Service: null } && open.Until > now) is { } freeze ? Document(freeze) : null,
            Journal = notRecorded,
            ConfigurationRejected = state.ReloadRejected,
        };
    }

    private EndpointDocument Endpoint(ServiceState service, EndpointDefinition endpoint, ServiceExtras extras) => new()
    {
        Name = endpoint.Name,
        Vendor = endpoint.Vendor,
        Priority = endpoint.Priority,
        Weight = service.Definition.Policy == Policy.Weighted ? endpoint.Weight : null,
        Status = OperatorText.Status(service, endpoint),
        IsServed = View(service).IsServed(endpoint),
        Drained = Orders.Of(service.Definition, state.Overrides, state.Configuration.Windows, now).DrainOf(endpoint.Name)?.Sentence,
        IntervalSeconds = endpoint.Timing.Interval.TotalSeconds,
        Addresses = [.. OperatorText.Health(service, endpoint).Select(one => new TargetDocument
        {
            Type = $"{one.Target.Type}",
            Value = one.Target.Value,
            Status = $"{one.Health.Status}",
            Since = one.Health.Since,
            Explanation = one.Health.Explain(),
            IsServed = service.Live?.Holds(one.Target.Type, one.Target.Value) == true,
            IsSuspect = one.Health.IsSuspect,
            IsBlind = one.Health.IsBlind,
            CertificateExpiresAt = one.Health.Last?.CertificateExpiresAt,
            CertificateTrouble = one.Health.CertificateTrouble,
            Observations = extras.Observations.Of(one.Target),
        })],
        Uptime = extras.Uptime?.Endpoints.GetValueOrDefault(endpoint.Name),
    };

    private EndpointSummaryDocument Summary(ServiceState service, EndpointDefinition endpoint)
    {
        var worst = OperatorText.Health(service, endpoint).OrderBy(one => one.Health.Status == Core.Health.HealthStatus.Up).First().Health;
        return new EndpointSummaryDocument(service.Definition.Name.ToString(), endpoint.Name, endpoint.Vendor, endpoint.Priority, OperatorText.Status(service, endpoint), View(service).IsServed(endpoint), worst.Since, worst.Explain());
    }

    private static List<AnswerDocument> Answer(ServiceState service)
    {
        var owners = service.Definition.Targets.ToDictionary(pair => (pair.Target.Type, pair.Target.Value), pair => pair.Endpoint.Name);
        return [.. service.Definition.Types.SelectMany(type => (service.Live?[type]?.Values ?? []).Select(value => new AnswerDocument($"{type}", value.Data, owners.GetValueOrDefault((type, value.Data)), value.Weight)))];
    }

    private static DecisionDocument Document(Core.Decisions.Decision decision) =>
        new($"{decision.Type}", Text.Of(decision.Kind), decision.Reason, decision.Refusal?.Next, decision.Wanted is { } wanted ? Text.Of(wanted) : null, [.. decision.Guards], decision.RevisitAt);

    private static ConditionDocument Document(Condition condition) => new(condition.Reason, condition.Since, Text.Of(condition.Kind));

    private static ChangeUnderWayDocument Document(string provider, ChangeUnderWay change) =>
        new(provider, Text.Of(change.Stage), Text.Of(change.Intent.Decision), change.Intent.From, change.Intent.To, change.Intent.At, change.Trouble);

    private static BoundDocument Document(RecoveryBound bound) => new(
        bound.Detection.TotalSeconds,
        bound.DetectionFormula,
        bound.Decision.TotalSeconds,
        bound.Write.TotalSeconds,
        bound.ToAnswer.TotalSeconds,
        bound.Ttl?.TotalSeconds,
        bound.ToClients?.TotalSeconds,
        bound.HoldDown.TotalSeconds);
}

/// <summary>What is known of a service beside its state.</summary>
/// <param name="Observations">The newest probes.</param>
/// <param name="Uptime">How much of the time it worked; null where no observations are kept.</param>
/// <param name="Bound">How long a failure can last; null while its provider is not open.</param>
internal sealed record ServiceExtras(RecentObservations Observations, ServiceUptime? Uptime, RecoveryBound? Bound);

/// <summary>How much of the time a service and each of its endpoints worked.</summary>
internal sealed record ServiceUptime(UptimeDocument Service, IReadOnlyDictionary<string, UptimeDocument> Endpoints);
