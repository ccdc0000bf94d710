using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Drills;

/// <summary>What has to be so for a drill to begin. Each objection is a sentence with its figures.</summary>
internal static class DrillRules
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Probes are staggered and queue for a moment.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>So long a name server may take; a verification ends by itself before.</summary>
    private static readonly TimeSpan Verification = TimeSpan.FromSeconds(75);

    /// <summary>What stands against a drill; null when nothing does.</summary>
    public static string? Objection(ControllerState state, OperatorCommand.Drill asked, DateTimeOffset now) =>
        Known(state, asked)
        ?? Other(state, asked)
        ?? (Of(state, asked, now) is var plan && plan.Service is var service && Quiet(state, service, plan.Orders) is { } busy ? busy : null)
        ?? (asked.Live ? LiveRules(state, asked, plan, now) : null)
        ?? Standby(plan, now);

    /// <summary>What a drill would do.</summary>
    /// <param name="Service">The service.</param>
    /// <param name="Name">The name that moves.</param>
    /// <param name="Down">The endpoints that are taken for down.</param>
    /// <param name="If">Decides.</param>
    /// <param name="Orders">What holds for the service.</param>
    public sealed record Plan(ServiceState Service, DnsName Name, ValueList<string> Down, WhatIf If, Orders Orders)
    {
        /// <summary>What is decided for each RRset, were these endpoints down now.</summary>
        public List<Decision> Decisions => If.IfDown(If.Home, Down, Service.Lead);
    }

    /// <summary>What a drill would do; the service has to be known, with its records.</summary>
    public static Plan Of(ControllerState state, OperatorCommand.Drill asked, DateTimeOffset now)
    {
        var service = state.Services[asked.Service];
        var definition = service.Definition;
        var orders = Orders.Of(definition, state.Overrides, state.Configuration.Windows, now);
        var name = asked.Live ? definition.Name : DrillRule.CanaryOf(definition) ?? definition.Name;
        var formerly = state.DrillBooks.GetValueOrDefault(definition.Name, new DrillBook()).Formerly;
        var home = service.Live ?? NameRecords.Create(definition.Name, []);
        var down = asked.Endpoint is { } only ? definition.Endpoints.Select(endpoint => endpoint.Name).Where(endpoint => endpoint != only) : Active(definition, home);
        return new Plan(service, name, down.ToValueList(), new WhatIf(definition, name, home, service.Health, orders, formerly, now), orders);
    }

    /// <summary>How long one leg of a drill may take before it is given up: its bound, and what name servers get on top.</summary>
    public static TimeSpan LegOf(RecoveryBound bound) => bound.Decision + bound.Write + Verification;

    /// <summary>What validate promises for a service.</summary>
    public static RecoveryBound BoundOf(ControllerState state, ServiceDefinition service) =>
        RecoveryBound.Of(service, [.. service.Providers.Select(provider => TimeoutOf(state, provider))]).With(state.Configuration.Rules.SelfCheck);

    /// <summary>After which a call to a provider is given up.</summary>
    public static TimeSpan TimeoutOf(ControllerState state, string provider) => state.Configuration.ProviderTimeouts.GetValueOrDefault(provider, TimeSpan.FromSeconds(10));

    /// <summary>True when every value is one of a declared endpoint.</summary>
    public static bool IsDeclared(ServiceDefinition service, NameRecords records) => service.Types.Any(type => records[type] is not null)
        && service.Types.All(type => records[type]?.Values.All(value => service.Targets.Any(pair => pair.Target.Type == type && pair.Target.Value == value.Data)) != false);

    /// <summary>Who is taken for down: the group that has the traffic; where all that work are served, the first of them.</summary>
    private static IEnumerable<string> Active(ServiceDefinition service, NameRecords home)
    {
        var served = service.Targets.Where(pair => home.Holds(pair.Target.Type, pair.Target.Value)).Select(pair => pair.Endpoint.Name).Distinct(StringComparer.Ordinal);
        return service.Policy == Policy.Failover ? served : served.Take(1);
    }

    private static string? Known(ControllerState state, OperatorCommand.Drill asked)
    {
        if (!state.Services.TryGetValue(asked.Service, out var service) || service.Retired)
        {
            return $"there is no service {asked.Service}";
        }

        var names = service.Definition.Endpoints.Select(endpoint => endpoint.Name).ToList();
        return asked.Endpoint is { } only && !names.Contains(only) ? $"{asked.Service} has no endpoint {only}; it has {string.Join(", ", names)}"
            : names.Count < 2 ? $"{names[0]} is the only endpoint of {asked.Service}, so that there is nowhere to go"
            : !asked.Live && DrillRule.CanaryOf(service.Definition) is null ? $"{DrillRule.DefaultLabel}.{asked.Service} is too long for a name; set drill: {{name: …}} in failover.yaml"
            : null;
    }

    private static string? Other(ControllerState state, OperatorCommand.Drill asked) => state.Drill is not { } other ? null
        : $"drill {other.Number} of {other.Service} is under way, and there is one at a time; {(other.Service == asked.Service ? "wait for its end" : "ask again when it has ended")}";

    /// <summary>What holds for a drill of either kind: a failover would be made now, if one were needed, and nothing else is being done.</summary>
    private static string? Quiet(ControllerState state, ServiceState service, Orders orders)
    {
        var name = service.Definition.Name;
        return !service.IsWarm ? $"{name} is not watched for long enough yet: each endpoint gets its first verdict"
            : service.Live is not { } live ? $"the records of {name} are not known: {service.Copies[service.Lead].Trouble ?? "they are being read"}"
            : state.Unrecorded is not null || service.Unrecorded is not null ? $"the journal cannot be written, so that nothing of a drill of {name} would be durable; mend that first"
            : service.Change is { } change ? $"a change of {name} is under way ({change.Intent.Decision} from {change.Intent.From} to {change.Intent.To}); ask again when it has ended"
            : orders.Freeze is { } freeze ? $"{name} is {freeze.Sentence}; nothing is written until then. {OperatorWords.HowToEnd(freeze, name)}"
            : orders.Force is { } force ? $"{name} is {force.Sentence}; it would not fail over. {OperatorWords.HowToEnd(force, name)}"
            : state.Network.Why(state.Configuration.Rules.SelfCheck) is { } why ? $"our own network is the likely fault of what fails ({why}); nothing is written until that is over"
            : service.Copies.FirstOrDefault(pair => pair.Value.Trouble is not null) is { Key: { } provider, Value.Trouble: { } trouble } ? $"{provider} is in trouble ({trouble}); mend that first"
            : !IsDeclared(service.Definition, live) ? $"{name} does not hold what its endpoints declare; `dnsfailover status {name}` says why"
            : null;
    }

    /// <summary>The standby has to be ready: what would be decided is a move, and who gets the traffic works and shows a valid certificate.</summary>
    private static string? Standby(Plan plan, DateTimeOffset now)
    {
        var service = plan.Service;
        foreach (var decision in plan.Decisions.Where(decision => plan.If.Home[decision.Type] is not null))
        {
            var stays = plan.If.Home[decision.Type]!.Values.Any(value => service.Definition.Targets.Any(pair => pair.Target.Type == decision.Type && pair.Target.Value == value.Data && plan.Down.Contains(pair.Endpoint.Name)));
            if (stays && decision.Answer is null)
            {
                return $"no standby is ready: if {string.Join(" and ", plan.Down)} {(plan.Down.Count == 1 ? "were" : "were all")} down, the {decision.Type} records would stay where they are ({decision.Refusal?.Reason ?? decision.Reason})";
            }

            foreach (var target in decision.NeedsProof.Select(plan.If.Real))
            {
                var (known, timing) = (service.Health[target], service.Definition.Endpoints.First(endpoint => endpoint.Name == target.Endpoint).Timing);
                var (age, limit) = (now - known.Last!.StartedAt, (timing.Interval * 2) + timing.Timeout + Margin);
                if (age > limit)
                {
                    return $"no standby is ready: {target} passed {Text.Of(age)} ago, and that counts for {Text.Of(limit)}";
                }

                if (known.CertificateTrouble is { } trouble)
                {
                    return $"no standby is ready: {target} is up, but users of {service.Definition.Name} would get no valid certificate from it: {trouble}";
                }
            }
        }

        return null;
    }

    /// <summary>What holds besides when users are moved.</summary>
    private static string? LiveRules(ControllerState state, OperatorCommand.Drill asked, Plan plan, DateTimeOffset now)
    {
        var (service, definition) = (plan.Service, plan.Service.Definition);
        var (name, bound) = (definition.Name, BoundOf(state, definition));
        var longest = LegOf(bound) * 3;
        return Window(state, asked, definition, bound, now)
            ?? (plan.Orders.Drains is [var drain, ..] ? $"{drain.Sentence}; a live drill needs every endpoint. {OperatorWords.HowToEnd(drain, name)}" : null)
            ?? (state.Configuration.Windows.FirstOrDefault(window => window.Kind == WindowKind.Maintenance && window.Service == name && window.Until > now && window.From < now + longest) is { } planned
                ? $"maintenance of {planned.Endpoint ?? name.ToString()} begins at {Text.At(planned.From)}, and a live drill may take {Text.Of(longest)}" : null)
            ?? definition.Types.Select(type => NotPreferred(definition, type, service.Live!)).FirstOrDefault(complaint => complaint is not null)
            ?? definition.Targets.Where(pair => plan.Down.Contains(pair.Endpoint.Name)).Select(pair => JoinsLate(plan, pair.Target, now)).FirstOrDefault(complaint => complaint is not null)
            ?? service.Copies.Select(pair => NotSettled(name, pair.Key, pair.Value, service.Live!, definition)).FirstOrDefault(complaint => complaint is not null)
            ?? definition.Types.Select(type => Budget(service, type, now)).FirstOrDefault(complaint => complaint is not null);
    }

    private static string? Window(ControllerState state, OperatorCommand.Drill asked, ServiceDefinition service, RecoveryBound bound, DateTimeOffset now)
    {
        if (service.Drill is { OnlyInWindows: true })
        {
            var windows = state.Configuration.Windows.Where(window => window.Kind == WindowKind.Drill && window.Service == service.Name).OrderBy(window => window.From).ToList();
            return windows.Exists(window => window.From <= now && window.Until > now) ? null
                : $"a live drill of {service.Name} is made only within its windows, and {(windows.Find(window => window.From > now) is { } next ? $"the next one begins at {Text.At(next.From)}" : "none begins soon")}";
        }

        return asked.Actor is null || asked.IsConfirmed ? null
            : $"a live drill moves the users of {service.Name} away and back, each time within {Text.Of(bound.Decision + bound.Write)} and their TTL, and no window is set for it; say that you mean now with --yes";
    }

    private static string? NotPreferred(ServiceDefinition service, RecordType type, NameRecords live)
    {
        if (service.Policy != Policy.Failover)
        {
            return null;
        }

        var candidates = service.Targets.Where(pair => pair.Target.Type == type).ToList();
        var served = candidates.Where(pair => live.Holds(type, pair.Target.Value)).ToList();
        return served.Count > 0 && served.Min(pair => pair.Endpoint.Priority) == candidates.Min(pair => pair.Endpoint.Priority) ? null
            : $"{service.Name} is not answered with its preferred endpoint ({candidates.MinBy(pair => pair.Endpoint.Priority).Target}), but with {(served.Count == 0 ? "nothing" : served[0].Target)}; a live drill begins there";
    }

    /// <summary>Where all that work are served, or others of its group keep their traffic, who has left joins by the ordinary rules.</summary>
    private static string? JoinsLate(Plan plan, TargetId target, DateTimeOffset now)
    {
        var service = plan.Service;
        var joins = service.Definition.Policy != Policy.Failover
            || (service.Live!.Holds(target.Type, target.Value) && service.Definition.Targets.Any(pair => pair.Target.Type == target.Type && !plan.Down.Contains(pair.Endpoint.Name) && service.Live!.Holds(target.Type, pair.Target.Value)));
        return joins && now - service.Health[target].Since is var up && up < service.Definition.Failback.Delay
            ? $"{target} has been up for {Text.Of(up)} and joins again only after {Text.Of(service.Definition.Failback.Delay)} (failback delay); ask again in {Text.Of(service.Definition.Failback.Delay - up)}"
            : null;
    }

    private static string? NotSettled(DnsName name, string provider, Copy copy, NameRecords live, ServiceDefinition service) =>
        copy.Drift is not null ? $"somebody else has changed the records of {name} at {provider}, which is not settled"
        : copy.Unverified is not null ? $"the last change of {name} is not answered by every name server of {provider} yet"
        : service.Types.Any(type => !Equals(copy.Live?[type]?.Values, live[type]?.Values)) ? $"{provider} does not hold the same for {name} as the provider that leads"
        : null;

    /// <summary>A drill moves the name twice. It is not counted, but must not come on top of a name that moves by itself.</summary>
    private static string? Budget(ServiceState service, RecordType type, DateTimeOffset now)
    {
        var (definition, name) = (service.Definition, service.Definition.Name);
        if (service.SwitchedAt(type, now) is { } switchedAt && now - switchedAt < definition.MinActiveTime)
        {
            return $"{name} was moved {Text.Of(now - switchedAt)} ago and minActiveTime is {Text.Of(definition.MinActiveTime)}; ask again in {Text.Of(switchedAt + definition.MinActiveTime - now)}";
        }

        var used = service.Switches.Where(past => past.Types.Contains(type) && now - past.At < Hour).ToList();
        return definition.SwitchesPerHour is { } limit && used.Count + 2 > limit
            ? $"{name} has switched {used.Count} {(used.Count == 1 ? "time" : "times")} within the last hour, a drill switches it twice, and switchesPerHour is {limit}{(used.Count > 0 ? $"; ask again in {Text.Of(used[0].At + Hour - now)}" : string.Empty)}"
            : null;
    }
}
