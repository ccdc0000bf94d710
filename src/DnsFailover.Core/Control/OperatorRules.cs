using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What an operator may say.</summary>
public static class OperatorRules
{
    /// <summary>An override does not last longer than this; whoever means for ever changes failover.yaml.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>So many overrides there may be at one time.</summary>
    public const int Most = 200;

    /// <summary>A reason, or the name of who gives it, is not longer than so many characters.</summary>
    public const int LongestText = 500;

    /// <summary>What stands against a command, as a sentence that says what to do; null when nothing does.</summary>
    /// <param name="state">The state that the command meets.</param>
    /// <param name="command">The command.</param>
    /// <param name="now">The time.</param>
    public static string? Objection(ControllerState state, OperatorCommand command, DateTimeOffset now) => command switch
    {
        OperatorCommand.Begin { Override: var said } => TextObjection(said.Reason, said.Actor) ?? Expiry(said, now) ?? Scope(state, said) ?? Sense(state, said, now) ?? Shortens(state, said, now) ?? Number(state, said),
        OperatorCommand.Drill drill => (drill.Actor is { } actor ? TextObjection("a drill", actor) : null) ?? DrillRules.Objection(state, drill, now),
        OperatorCommand.End end => TextObjection(end.Reason, end.Actor) ?? (Find(state, end) is null ? NotThere(state, end, now) : null),
        _ => "it is not a command that this version knows",
    };

    /// <summary>The override that a command ends; null when there is none.</summary>
    internal static Override? Find(ControllerState state, OperatorCommand.End end)
    {
        var identity = (end.Kind, end.Service, end.Kind == OverrideKind.Drain ? end.Endpoint : null);
        return state.Overrides.FirstOrDefault(said => said.Identity == identity);
    }

    /// <summary>True when an endpoint works that is preferred to the one that has the traffic, and may have it.</summary>
    internal static bool IsAwayFromPreferred(ServiceDefinition service, RecordType type, NameRecords? live, IReadOnlyDictionary<TargetId, TargetHealth> health, Orders orders)
    {
        return Preferred(service, type, live).Any(target => health[target].IsFit && orders.DrainOf(target.Endpoint) is null);
    }

    /// <summary>The targets that are preferred to the one that has the traffic.</summary>
    internal static IEnumerable<TargetId> Preferred(ServiceDefinition service, RecordType type, NameRecords? live)
    {
        var candidates = service.Targets.Where(pair => pair.Target.Type == type).ToList();
        var served = candidates.Where(pair => live?.Holds(type, pair.Target.Value) == true).Select(pair => (int?)pair.Endpoint.Priority).Min();
        return service.Policy == Policy.Failover ? candidates.Where(pair => pair.Endpoint.Priority < served).Select(pair => pair.Target) : [];
    }

    private static string? TextObjection(string? reason, string? actor) =>
        string.IsNullOrWhiteSpace(reason) ? "a reason is needed: who looks at it later has to understand it"
        : string.IsNullOrWhiteSpace(actor) ? "it has to be said who says so"
        : reason.Length > LongestText || actor.Length > LongestText ? $"a reason and a name have at most {LongestText} characters"
        : reason.Concat(actor).Any(char.IsControl) ? "a reason and a name are one line of text"
        : null;

    private static string? Expiry(Override said, DateTimeOffset now) =>
        said.Until <= now ? $"it would end at {Text.At(said.Until)}, which is over"
        : said.Until - now > Longest ? $"it would last until {Text.At(said.Until)}, {Text.Of(said.Until - now)} from now; the longest is {Text.Of(Longest)}"
        : null;

    private static string? Scope(ControllerState state, Override said)
    {
        if (said.Service is not { } name)
        {
            return said.Kind == OverrideKind.Freeze ? null : "it has to be said for which service; only a freeze can be for all";
        }

        if (Declared(state, name) is not { } service)
        {
            var known = string.Join(", ", state.Services.Values.Where(other => !other.Retired).Select(other => other.Definition.Name));
            return $"there is no service {name}; there {(known.Length == 0 ? "is none" : $"are {known}")}";
        }

        if (said.Kind is OverrideKind.Freeze or OverrideKind.Approve)
        {
            return said.Endpoint is null ? null : $"it is for the whole service, not for the endpoint {said.Endpoint}";
        }

        var endpoints = string.Join(", ", service.Definition.Endpoints.Select(endpoint => endpoint.Name));
        return said.Endpoint is null ? $"it has to be said which endpoint: {endpoints}"
            : service.Definition.Endpoints.All(endpoint => endpoint.Name != said.Endpoint) ? $"{name} has no endpoint {said.Endpoint}; it has {endpoints}"
            : null;
    }

    private static string? Sense(ControllerState state, Override said, DateTimeOffset now)
    {
        if (said.Service is not { } name)
        {
            return null;
        }

        var orders = Orders.Of(state.Services[name].Definition, state.Overrides, state.Configuration.Windows, now);
        return said.Kind switch
        {
            OverrideKind.Force => Force(state, orders, name, said.Endpoint!, now),
            OverrideKind.Drain => Drain(state, orders, name, said.Endpoint!),
            OverrideKind.Approve => Approve(state.Services[name], orders),
            _ => null,
        };
    }

    private static string? Force(ControllerState state, Orders orders, DnsName name, string endpoint, DateTimeOffset now)
    {
        if (orders.Freeze is { IsPlanned: false } freeze)
        {
            var ofAll = state.Overrides.Any(said => said is { Kind: OverrideKind.Freeze, Service: null } && said.Until > now);
            return $"{(ofAll ? string.Empty : $"{name} is ")}{freeze.Sentence}; thaw it first ({OperatorWords.Command(OverrideKind.Freeze, ofAll ? null : name, endpoint: null)})";
        }

        return orders.DrainOf(endpoint) is { IsPlanned: false } drain ? $"{drain.Sentence}; undrain it first ({OperatorWords.Command(OverrideKind.Drain, name, endpoint)})" : null;
    }

    private static string? Drain(ControllerState state, Orders orders, DnsName name, string endpoint)
    {
        if (orders.Force is { } force && force.Endpoint == endpoint)
        {
            return $"{name} is {force.Sentence}; end that first ({OperatorWords.Command(OverrideKind.Force, name, endpoint: null)})";
        }

        var others = state.Services[name].Definition.Endpoints.Where(other => other.Name != endpoint).ToList();
        return others.Count == 0 ? $"{endpoint} is the only endpoint of {name}, and something has to have the traffic"
            : others.TrueForAll(other => orders.DrainOf(other.Name) is not null) ? $"{endpoint} is the last endpoint of {name} that is not drained, and something has to have the traffic ({string.Join("; ", orders.Drains.Select(drain => drain.Sentence))})"
            : null;
    }

    private static string? Approve(ServiceState service, Orders orders)
    {
        var definition = service.Definition;
        return definition.Failback.Mode == FailbackMode.Auto ? $"failback of {definition.Name} is auto: traffic returns by itself, and nothing waits for approval"
            : orders.Force is { } force ? $"{definition.Name} is {force.Sentence}; there is no failback to approve"
            : !definition.Types.Any(type => IsAwayFromPreferred(definition, type, service.Live, service.Health, orders)) ? $"nothing of {definition.Name} waits for approval: no preferred endpoint works that has not the traffic"
            : null;
    }

    /// <summary>What somebody needs for longer is not ended by the way: who means that, ends it.</summary>
    private static string? Shortens(ControllerState state, Override said, DateTimeOffset now) =>
        state.Overrides.FirstOrDefault(other => other.Identity == said.Identity && other.Endpoint == said.Endpoint && other.Drill is null && other.Until > said.Until && other.Until > now) is { Kind: not OverrideKind.Approve } longer
            ? $"{(longer.Service is { } name && longer.Kind != OverrideKind.Drain ? $"{name} is " : string.Empty)}{Order.Of(longer).Sentence}, which is longer; for it to end sooner, end it first ({OperatorWords.Command(longer.Kind, longer.Service, longer.Endpoint)})"
            : null;

    private static string? Number(ControllerState state, Override said) =>
        state.Overrides.Count >= Most && state.Overrides.All(other => other.Identity != said.Identity) ? $"there are {Most} overrides, and no more than that at one time; end some first" : null;

    private static string NotThere(ControllerState state, OperatorCommand.End end, DateTimeOffset now)
    {
        var planned = end.Service is { } service && Declared(state, service) is { } declared
            ? Orders.Of(declared.Definition, [], state.Configuration.Windows, now).All.Select(order => $"{order.Sentence} (planned in failover.yaml)") : [];
        var there = string.Join("; ", state.Overrides.Where(said => said.Service == end.Service || said.Service is null).Select(said => Order.Of(said).Sentence).Concat(planned));
        var what = end.Kind switch
        {
            OverrideKind.Force => "not forced",
            OverrideKind.Drain => $"not draining {end.Endpoint}",
            OverrideKind.Freeze => "not frozen",
            _ => "not approved",
        };
        return $"{end.Service?.ToString() ?? "the daemon as a whole"} is {what}; {(there.Length == 0 ? "there is no override" : $"there is: {there}")}";
    }

    private static ServiceState? Declared(ControllerState state, DnsName name) => state.Services.TryGetValue(name, out var service) && !service.Retired ? service : null;
}
