using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Schedules;

namespace DnsFailover.Api;

/// <summary>What an operator's intent means, in sentences.</summary>
internal static class OperatorText
{
    /// <summary>What begins, and how things are now.</summary>
    public static string Begun(Override begun, ControllerState state, DateTimeOffset now)
    {
        var until = WindowText.Of(begun.Until, now);
        if (begun.Service is not { } name || !state.Services.TryGetValue(name, out var service))
        {
            return $"Nothing is written for any service until {until}, whatever fails: {Count(state)} held as {(state.Services.Count == 1 ? "it is" : "they are")}. The endpoints are watched as ever.";
        }

        return begun.Kind switch
        {
            OverrideKind.Force => $"{name} is answered with {Named(service, begun.Endpoint!)} until {until}, whatever its health. {HealthNow(service, begun.Endpoint!)}",
            OverrideKind.Drain => $"{begun.Endpoint} gets no traffic of {name} until {until}, as long as another endpoint works. {AnswerNow(service)}",
            OverrideKind.Freeze => $"Nothing is written for {name} until {until}, whatever fails: it is held as it is. {AnswerNow(service)}",
            _ => $"{name} may return to its preferred endpoint until {until}{Returning(service, state, begun.Until, now)}. {AnswerNow(service)}",
        };
    }

    /// <summary>When traffic returns that has been let.</summary>
    private static string Returning(ServiceState service, ControllerState state, DateTimeOffset until, DateTimeOffset now) => Countdowns.Failbacks(service, state, now).MinBy(failback => failback.DueAt) switch
    {
        null => string.Empty,
        { } due when due.DueAt > until => $"; but it would only in {Text.Of(due.DueAt - now)}, when {string.Join(", ", due.Endpoints)} has been up for {due.Delay}: approve for longer than that",
        { } due when due.DueAt > now => $"; it does in {Text.Of(due.DueAt - now)}, when {string.Join(", ", due.Endpoints)} has been up for {due.Delay}",
        { } due => $"; it does as soon as a fresh probe proves that {string.Join(", ", due.Endpoints)} works",
    };

    /// <summary>What ends, and how things are now.</summary>
    public static string Ended(Override ended, ControllerState state, DateTimeOffset now)
    {
        if (ended.Service is not { } name || !state.Services.TryGetValue(name, out var service))
        {
            var still = state.Overrides.Where(other => other.Kind == OverrideKind.Freeze && other.Service is not null && other.Until > now).Select(other => $"{other.Service}").ToList();
            return $"Records are written again where they have to be.{(still.Count > 0 ? $" Still frozen by themselves: {string.Join(", ", still)}." : string.Empty)}";
        }

        var rest = Orders.Of(service.Definition, state.Overrides, state.Configuration.Windows, now).All.Select(order => order.Sentence).ToList();
        var means = ended.Kind switch
        {
            OverrideKind.Force => $"{name} is no longer forced to {ended.Endpoint}",
            OverrideKind.Drain => $"{ended.Endpoint} of {name} may get traffic again",
            OverrideKind.Freeze => $"{name} is no longer frozen",
            _ => $"the failback of {name} is no longer approved",
        };
        return $"{means}; {(rest.Count > 0 ? $"still in effect: {string.Join(", ", rest)}" : "its endpoints' health decides")}. {AnswerNow(service)}";
    }

    /// <summary>Why nothing is written for a service; null when no operator and no planned time says so.</summary>
    public static string? Frozen(ServiceState service, ControllerState state, DateTimeOffset now) =>
        Orders.Of(service.Definition, state.Overrides, state.Configuration.Windows, now).Freeze is { } freeze
            ? $"{(freeze.Actor is { } actor ? $"frozen by {actor}" : "held as it is for planned maintenance")} until {Text.At(freeze.Until)}: {freeze.Reason}"
            : null;

    /// <summary>What the name is answered with: <c>render (192.0.2.2)</c>.</summary>
    public static string Answer(ServiceState service)
    {
        if (service.Live is not { } live)
        {
            return "records that are not read yet";
        }

        var values = service.Definition.Types.SelectMany(type => live[type]?.Values ?? []).ToList();
        if (values.Count == 0)
        {
            return "nothing";
        }

        var owners = service.Definition.Targets.ToLookup(pair => pair.Target.Value, pair => pair.Endpoint.Name, StringComparer.Ordinal);
        return string.Join(", ", values.GroupBy(value => owners[value.Data].FirstOrDefault(), StringComparer.Ordinal).Select(group => group.Key is { } owner ? $"{owner} ({string.Join(", ", group)})" : string.Join(", ", group)));
    }

    /// <summary>One word where all addresses agree, else one for each.</summary>
    public static string Status(ServiceState service, EndpointDefinition endpoint)
    {
        var each = Health(service, endpoint).ToList();
        return each.Select(one => one.Health.Status).Distinct().Count() == 1 ? $"{each[0].Health.Status}" : string.Join(", ", each.Select(one => $"{one.Target.Value} {one.Health.Status}"));
    }

    /// <summary>The health of each address of an endpoint.</summary>
    public static IEnumerable<(TargetId Target, TargetHealth Health)> Health(ServiceState service, EndpointDefinition endpoint) =>
        from pair in service.Definition.Targets
        where pair.Endpoint == endpoint
        select (pair.Target, service.Health[pair.Target]);

    private static string AnswerNow(ServiceState service) => $"Now: it is answered with {Answer(service)}.";

    private static string HealthNow(ServiceState service, string endpoint)
    {
        var each = Health(service, service.Definition.Endpoints.First(known => known.Name == endpoint)).ToList();
        var worst = each.OrderBy(one => one.Health.Status == HealthStatus.Up).First();
        return worst.Health.Status == HealthStatus.Up ? $"Now: {endpoint} is Up." : $"Now: {worst.Target} is {worst.Health.Status}: {worst.Health.Explain()}.";
    }

    private static string Named(ServiceState service, string endpoint) =>
        $"{endpoint} ({string.Join(", ", service.Definition.Endpoints.First(known => known.Name == endpoint).Targets.Select(target => target.Value))})";

    private static string Count(ControllerState state) => state.Services.Count == 1 ? "1 service is" : $"{state.Services.Count} services are";
}
