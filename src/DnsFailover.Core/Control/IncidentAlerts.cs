using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What people are told of an incident when no event of its own tells it.</summary>
public static class IncidentAlerts
{
    /// <summary>It goes on, and nothing has been said of it for long.</summary>
    /// <param name="state">The state.</param>
    /// <param name="name">The service; null for the daemon as a whole.</param>
    /// <param name="incident">The incident.</param>
    /// <param name="wrong">What is still wrong; at least one sentence.</param>
    /// <param name="now">The time.</param>
    public static Alert Reminder(ControllerState state, DnsName? name, Incident incident, ValueList<string> wrong, DateTimeOffset now)
    {
        var service = name is { } declared ? state.Services.GetValueOrDefault(declared) : null;
        var lasting = Text.Of(now - incident.Since);
        return new Alert
        {
            Kind = AlertKind.Reminder,
            At = now,
            Service = name,
            Title = name is not null ? $"{name} is still degraded after {lasting}"
                : state.Network.Condition is { Told: true } ? $"nothing has been written for {lasting}"
                : $"failover.yaml has been rejected for {lasting}",
            To = service is null ? null : Served(service),
            Reason = string.Join("; ", wrong),
            Downtime = null,
            Next = service is not null ? Next(state, service, now)
                : state.Network.Condition is { Told: true } ? "Every name stays as it is until our own network is not the likely fault any more."
                : "The last good configuration goes on. Mend the file; it is read again as soon as it changes.",
            StillWrong = wrong,
            MayApprove = StillWrong.MayApprove(state, name, now),
            Incident = incident,
        };
    }

    /// <summary>Nothing is wrong any more, and no alert has said so: what was wrong is not declared any more, or somebody else mended it.</summary>
    /// <param name="state">The state.</param>
    /// <param name="name">The service; null for the daemon as a whole.</param>
    /// <param name="incident">The incident.</param>
    /// <param name="now">The time.</param>
    public static Alert Over(ControllerState state, DnsName? name, Incident incident, DateTimeOffset now)
    {
        var service = name is { } declared ? state.Services.GetValueOrDefault(declared) : null;
        return new Alert
        {
            Kind = AlertKind.Recovered,
            At = now,
            Service = name,
            Title = name is null ? "nothing hinders the daemon any more" : $"{name}: nothing is wrong any more",
            To = service is null ? null : Served(service),
            Reason = name is not null && service is not { Retired: false } ? $"{name} is not declared any more" : "what was told before is over",
            Downtime = now - incident.Since,
            Next = "Nothing to do.",
            StillWrong = [],
            Incident = incident,
        };
    }

    private static string? Served(ServiceState service)
    {
        if (service.Live is not { } live)
        {
            return null;
        }

        var values = service.Definition.Types.Select(type => live[type]).OfType<RecordSet>().SelectMany(set => set.Values.Select(value => (set.Type, Value: value)));
        var names = values.Select(value => service.Definition.Targets.Where(pair => pair.Target.Type == value.Type && pair.Target.Value == value.Value.Data)
            .Select(pair => new AnswerMember(pair.Target, value.Value.Weight).ToString()).FirstOrDefault() ?? $"undeclared ({value.Value.Data})").ToList();
        return names.Count > 0 ? string.Join(", ", names) : "nothing";
    }

    private static string Next(ControllerState state, ServiceState service, DateTimeOffset now)
    {
        var definition = service.Definition;
        if (StillWrong.MayApprove(state, definition.Name, now))
        {
            return $"Traffic stays where it is until you say {OperatorWords.Approve(definition.Name)}.";
        }

        if (service.Decisions.Values.Select(decision => decision.Refusal).FirstOrDefault(refusal => refusal is not null) is { } refused)
        {
            return refused.Next;
        }

        if (service.Decisions.Values.Select(decision => decision.Waits(now)).OfType<string>().FirstOrDefault() is { } waits)
        {
            return waits;
        }

        return definition.Failback.Mode == FailbackMode.Auto
            ? $"Mend what is down. Traffic returns by itself once it has been up for {Text.Of(definition.Failback.Delay)}."
            : "Mend what is down. Traffic returns when an operator says so.";
    }
}
