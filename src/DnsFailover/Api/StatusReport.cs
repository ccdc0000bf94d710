using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Operations;
using DnsFailover.Schedules;

namespace DnsFailover.Api;

/// <summary>Writes down how things are.</summary>
/// <param name="state">The state.</param>
/// <param name="calendar">The planned times.</param>
/// <param name="now">The time.</param>
internal sealed class StatusReport(ControllerState state, WindowCalendar calendar, DateTimeOffset now)
{
    /// <summary>Every service that failover.yaml declares.</summary>
    public ServicesDocument Services() => new(
        now,
        [.. state.Services.Values.Where(service => !service.Retired).Select(Service)],
        state.Network.Condition is { } network ? new ConditionDocument(network.Reason, network.Since) : null);

    /// <summary>Every override that has not ended.</summary>
    public OverridesDocument Overrides() => new([.. Open.Select(Document)]);

    /// <summary>One service.</summary>
    public ServiceDocument Service(ServiceState service)
    {
        var name = service.Definition.Name;
        var owners = service.Definition.Targets.ToDictionary(pair => (pair.Target.Type, pair.Target.Value), pair => pair.Endpoint.Name);
        var answer = service.Definition.Types.SelectMany(type => (service.Live?[type]?.Values ?? []).Select(value => new AnswerDocument($"{type}", value.Data, owners.GetValueOrDefault((type, value.Data)), value.Weight))).ToList();
        return new ServiceDocument
        {
            Name = name.ToString(),
            Policy = Text.Of(service.Definition.Policy),
            AnsweredWith = OperatorText.Answer(service),
            Answer = answer,
            Decisions = [.. service.Decisions.Values.Select(decision => new DecisionDocument($"{decision.Type}", Text.Of(decision.Kind), decision.Reason, decision.Refusal?.Next))],
            Endpoints =
            [
                .. service.Definition.Endpoints.Select(endpoint => new EndpointDocument(
                    endpoint.Name,
                    endpoint.Priority,
                    OperatorText.Status(service, endpoint),
                    answer.Exists(member => member.Endpoint == endpoint.Name),
                    [.. OperatorText.Health(service, endpoint).Select(one => new TargetDocument($"{one.Target.Type}", one.Target.Value, $"{one.Health.Status}", one.Health.Since, one.Health.Explain()))])),
            ],
            Overrides = [.. Open.Where(open => open.Service is null || open.Service == name).Select(Document)],
            Windows = [.. calendar.Next(name, now).Select(pair => new WindowDocument(Text.Of(pair.Window.Kind), pair.Window.Endpoint, pair.Window.From, pair.Window.Until, pair.Window.From <= now, pair.Window.Reason, pair.Schedule.Schedule.Text, pair.Schedule.Schedule.Zone.Id))],
            Frozen = OperatorText.Frozen(service, state, now),
            Conditions = [.. service.Conditions.Values.Select(condition => new ConditionDocument(condition.Reason, condition.Since))],
        };
    }

    private IEnumerable<Override> Open => state.Overrides.Where(open => open.Until > now);

    private static OverrideDocument Document(Override open) => new(Text.Of(open.Kind), open.Service?.ToString(), open.Endpoint, open.Describe(), open.Reason, open.Actor, open.Since, open.Until);
}
