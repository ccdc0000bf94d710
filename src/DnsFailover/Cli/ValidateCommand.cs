using System.Globalization;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Providers;
using DnsFailover.Schedules;

namespace DnsFailover.Cli;

/// <summary><c>dnsfailover validate</c>.</summary>
internal static class ValidateCommand
{
    /// <summary>Prints every mistake and warning, and the recovery bound of each service.</summary>
    public static int Run(string? config, bool json, Terminal terminal)
    {
        var result = ConfigurationLoader.Load(ConfigurationFile.Locate(config), ProcessSurroundings.Instance);
        if (json)
        {
            terminal.Json(Document(result));
        }
        else
        {
            Print(result, terminal);
        }

        return result.Configuration is null ? ExitCode.BadInput : ExitCode.Ok;
    }

    private static void Print(ConfigurationResult result, Terminal terminal)
    {
        foreach (var problem in result.Problems)
        {
            terminal.Complain(problem.ToString());
        }

        if (result.Configuration is not { } configuration)
        {
            terminal.Complain(ConfigurationFile.Summary(result));
            return;
        }

        var endpoints = configuration.Services.Sum(service => service.Endpoints.Count);
        terminal.Line($"{result.File} is valid: {Count(configuration.Services.Count, "service")}, {Count(endpoints, "endpoint")}, {Count(configuration.Providers.Count, "provider")}");
        terminal.Line();
        terminal.Table(
            ["provider", "zone", "weights", "several values", "condition of a write", "several sets", "owner marks", "least TTL"],
            configuration.Providers.Values.Select(provider => Row(provider, CapabilitiesOf(provider))));
        terminal.Line();
        foreach (var line in NetworkRules.InWords(configuration))
        {
            terminal.Line(line);
        }

        var calendar = new WindowCalendar(configuration.Windows, configuration.Drills);
        var slowest = SlowestMove(configuration);
        foreach (var service in configuration.Services)
        {
            terminal.Line();
            terminal.Line($"{service.Name} ({Text.Of(service.Policy)}, {string.Join(", ", service.Endpoints.Select(endpoint => endpoint.Name))}) at {string.Join(" and ", service.Providers)}: from a failure to its recovery, at the most");
            terminal.Table(["step", "takes", "after", "how it adds up"], Rows(BoundOf(configuration, service), service.AlsoAt.Count > 0, configuration.SelfCheck is not null, HoldBacksOf(configuration, service, slowest)));
            PrintWindows(service, calendar, terminal);
            if (DrillText(configuration, service) is { } drill)
            {
                terminal.Line(drill);
            }
        }
    }

    /// <summary>Of each schedule the planned time in effect or the next one, by the clocks that it goes by.</summary>
    private static void PrintWindows(ServiceDefinition service, WindowCalendar calendar, Terminal terminal)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var (schedule, window) in calendar.Next(service.Name, now))
        {
            var what = window.Kind == WindowKind.Failback ? "failback only in windows" : window.Kind == WindowKind.Drill ? "live drills only in windows" : window.Endpoint is { } endpoint ? $"maintenance of {endpoint} ({window.Reason})" : $"maintenance ({window.Reason})";
            var when = window.From <= now ? "in effect" : $"in {Text.Of(window.From - now)}";
            terminal.Line($"{what}: {schedule.Schedule.Text}, {(window.From <= now ? "now" : "next")} {WindowText.Of(window.From, window.Until, schedule.Schedule.Zone)} ({when})");
        }
    }

    /// <summary>What is tried, when, and when a person is told that it was not; null when nothing is said of drills.</summary>
    private static string? DrillText(DaemonConfiguration configuration, ServiceDefinition service)
    {
        if (service.Drill is not { } rule)
        {
            return null;
        }

        var now = TimeProvider.System.GetUtcNow();
        var schedule = configuration.Drills.FirstOrDefault(drill => drill.Service == service.Name);
        var when = schedule is null ? "when an operator asks for one"
            : $"{schedule.Schedule.Text}{(schedule.NextAfter(now) is { } next ? string.Create(CultureInfo.InvariantCulture, $", next {TimeZoneInfo.ConvertTime(next, schedule.Schedule.Zone):ddd yyyy-MM-dd HH:mm} {schedule.Schedule.Zone.Id} (in {Text.Of(next - now)})") : ", and never again")}";
        return $"drill on {(schedule is { Live: true } ? "the service itself" : rule.Canary.ToString())}: {when}{(rule.OverdueAfter is { } after ? $"; overdue {Text.Of(after)} after the last one that passed" : string.Empty)}";
    }

    private static JsonObject? DrillDocument(DaemonConfiguration configuration, ServiceDefinition service)
    {
        if (service.Drill is not { } rule)
        {
            return null;
        }

        var schedule = configuration.Drills.FirstOrDefault(drill => drill.Service == service.Name);
        return new JsonObject
        {
            ["canary"] = rule.Canary.ToString(),
            ["live"] = schedule?.Live ?? false,
            ["schedule"] = schedule?.Schedule.Text,
            ["timeZone"] = schedule?.Schedule.Zone.Id,
            ["next"] = schedule?.NextAfter(TimeProvider.System.GetUtcNow()),
            ["overdueAfterSeconds"] = rule.OverdueAfter?.TotalSeconds,
        };
    }

    private static JsonObject Document(WindowSchedule schedule, Window next) => new()
    {
        ["kind"] = Text.Of(schedule.Kind),
        ["endpoint"] = schedule.Endpoint,
        ["schedule"] = schedule.Schedule.Text,
        ["timeZone"] = schedule.Schedule.Zone.Id,
        ["durationSeconds"] = schedule.Duration.TotalSeconds,
        ["reason"] = schedule.Reason,
        ["next"] = new JsonObject { ["from"] = next.From, ["until"] = next.Until },
    };

    /// <summary>What the provider can do, with what its own options change of that.</summary>
    private static ProviderCapabilities CapabilitiesOf(ProviderDefinition provider) =>
        provider.Options.OwnCapabilities ?? ProviderTable.Kinds.Single(candidate => candidate.Type == provider.Type).Capabilities;

    private static string[] Row(ProviderDefinition provider, ProviderCapabilities can) =>
    [
        $"{provider.Name} ({provider.Type})",
        provider.Options.Zone.ToString(),
        can.Weights ? "yes" : "no",
        can.SeveralValues ? "yes" : "no",
        can.ConditionalWrite ? "held by the provider" : "read again just before",
        can.AtomicBatch ? "as one" : "one by one",
        can.OwnsRecords ? "not needed" : can.OwnerMarks ? "yes" : "no",
        can.SmallestTtl > TimeSpan.Zero ? DurationText.Format(can.SmallestTtl) : "none",
    ];

    private static JsonObject Document(ProviderDefinition provider, ProviderCapabilities can) => new()
    {
        ["name"] = provider.Name,
        ["type"] = provider.Type,
        ["zone"] = provider.Options.Zone.ToString(),
        ["capabilities"] = new JsonObject
        {
            ["weights"] = can.Weights,
            ["severalValues"] = can.SeveralValues,
            ["conditionalWrite"] = can.ConditionalWrite,
            ["atomicBatch"] = can.AtomicBatch,
            ["comments"] = can.Comments,
            ["ownerMarks"] = can.OwnerMarks,
            ["smallestTtlSeconds"] = can.SmallestTtl.TotalSeconds,
        },
    };

    private static IEnumerable<string[]> Rows(RecoveryBound bound, bool several, bool selfCheck, IEnumerable<HoldBack> holdBacks)
    {
        var decided = bound.Detection + bound.Decision;
        yield return ["down is noticed", Text.Of(bound.Detection), Text.Of(bound.Detection), bound.DetectionFormula];
        yield return ["standby is proven", Text.Of(bound.Decision), Text.Of(decided), selfCheck ? "a fresh probe of it, the live records read, and the control targets asked, twice if they are being asked already: the longest timeout of these" : "a fresh probe of it, and the live records read: the longer timeout of both"];
        yield return ["records are written", Text.Of(bound.Write), Text.Of(bound.ToAnswer), several ? $"the leading provider's timeout; then those that follow read, prove{(selfCheck ? ", ask the control targets" : string.Empty)} and write once more; now their name servers answer" : "the provider's timeout; now its name server answers"];
        yield return bound is { Ttl: { } ttl, ToClients: { } clients }
            ? ["clients follow", Text.Of(ttl), Text.Of(clients), $"TTL {Text.Of(ttl)}: resolvers may answer from their cache so long"]
            : ["clients follow", "the TTL", $"{Text.Of(bound.ToAnswer)} + TTL", "set ttl to have it counted; without it the TTL found at the provider stays"];
        foreach (var holdBack in holdBacks)
        {
            yield return [holdBack.When, Text.Of(holdBack.Longest), string.Empty, holdBack.Why];
        }
    }

    private static IEnumerable<HoldBack> HoldBacksOf(DaemonConfiguration configuration, ServiceDefinition service, TimeSpan slowestMove) =>
        HoldBack.Of(service, configuration.Rules, configuration.Services.Count, slowestMove);

    /// <summary>The longest that any service takes from the verdict until its leading provider has the change: what others may have to wait for.</summary>
    private static TimeSpan SlowestMove(DaemonConfiguration configuration) =>
        configuration.Services.Select(service => BoundOf(configuration, service).ToWrite).Append(TimeSpan.Zero).Max();

    private static RecoveryBound BoundOf(DaemonConfiguration configuration, ServiceDefinition service) =>
        RecoveryBound.Of(service, [.. service.Providers.Select(provider => configuration.Providers[provider].Options.Timeout)]).With(configuration.Rules.SelfCheck);

    private static JsonObject Document(ConfigurationResult result) => Document(result, new WindowCalendar(result.Configuration?.Windows ?? []));

    private static JsonObject Document(ConfigurationResult result, WindowCalendar calendar) => new()
    {
        ["file"] = result.File,
        ["valid"] = result.Configuration is not null,
        ["problems"] = new JsonArray([.. result.Problems.Select(problem => (JsonNode)new JsonObject
        {
            ["line"] = problem.Position.Line,
            ["column"] = problem.Position.Column,
            ["severity"] = problem.Severity.ToString().ToLowerInvariant(),
            ["message"] = problem.Message,
        })]),
        ["providers"] = new JsonArray([.. (result.Configuration?.Providers.Values ?? []).Select(provider => (JsonNode)Document(provider, CapabilitiesOf(provider)))]),
        ["network"] = new JsonArray([.. (result.Configuration is { } configuration ? NetworkRules.InWords(configuration) : []).Select(line => (JsonNode)line)]),
        ["services"] = new JsonArray(result.Configuration is { } declared ? Documents(declared, calendar) : []),
    };

    private static JsonNode[] Documents(DaemonConfiguration configuration, WindowCalendar calendar)
    {
        var slowest = SlowestMove(configuration);
        return [.. configuration.Services.Select(service => Document(service, BoundOf(configuration, service), HoldBacksOf(configuration, service, slowest), calendar, DrillDocument(configuration, service)))];
    }

    private static JsonObject Document(ServiceDefinition service, RecoveryBound bound, IEnumerable<HoldBack> holdBacks, WindowCalendar calendar, JsonObject? drill) => new()
    {
        ["drill"] = drill,
        ["name"] = service.Name.ToString(),
        ["provider"] = service.Provider,
        ["providers"] = new JsonArray([.. service.Providers.Select(provider => (JsonNode)provider)]),
        ["policy"] = Text.Of(service.Policy),
        ["endpoints"] = new JsonArray([.. service.Endpoints.Select(endpoint => (JsonNode)endpoint.Name)]),
        ["plannedTimes"] = new JsonArray([.. calendar.Next(service.Name, TimeProvider.System.GetUtcNow()).Select(pair => (JsonNode)Document(pair.Schedule, pair.Window))]),
        ["worstCaseSeconds"] = new JsonObject
        {
            ["detection"] = bound.Detection.TotalSeconds,
            ["detectionAddsUpAs"] = bound.DetectionFormula,
            ["decision"] = bound.Decision.TotalSeconds,
            ["write"] = bound.Write.TotalSeconds,
            ["toAuthoritativeAnswer"] = bound.ToAnswer.TotalSeconds,
            ["ttl"] = bound.Ttl?.TotalSeconds,
            ["toClients"] = bound.ToClients?.TotalSeconds,
            ["extraWhenJustMoved"] = bound.HoldDown.TotalSeconds,
        },
        ["canBeHeldBack"] = new JsonArray([.. holdBacks.Select(holdBack => (JsonNode)new JsonObject
        {
            ["when"] = holdBack.When,
            ["longestSeconds"] = holdBack.Longest.TotalSeconds,
            ["why"] = holdBack.Why,
        })]),
    };

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
