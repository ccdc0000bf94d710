using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Providers;

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

        foreach (var service in configuration.Services)
        {
            terminal.Line();
            terminal.Line($"{service.Name} ({Text.Of(service.Policy)}, {string.Join(", ", service.Endpoints.Select(endpoint => endpoint.Name))}) at {string.Join(" and ", service.Providers)}: from a failure to its recovery, at the most");
            terminal.Table(["step", "takes", "after", "how it adds up"], Rows(BoundOf(configuration, service), service.AlsoAt.Count > 0, configuration.SelfCheck is not null));
        }
    }

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

    private static IEnumerable<string[]> Rows(RecoveryBound bound, bool several, bool selfCheck)
    {
        var decided = bound.Detection + bound.Decision;
        yield return ["down is noticed", Text.Of(bound.Detection), Text.Of(bound.Detection), bound.DetectionFormula];
        yield return ["standby is proven", Text.Of(bound.Decision), Text.Of(decided), selfCheck ? "a fresh probe of it, the live records read, and the control targets asked, twice if they are being asked already: the longest timeout of these" : "a fresh probe of it, and the live records read: the longer timeout of both"];
        yield return ["records are written", Text.Of(bound.Write), Text.Of(bound.ToAnswer), several ? "the leading provider's timeout; then those that follow read, prove and write once more; now their name servers answer" : "the provider's timeout; now its name server answers"];
        yield return bound is { Ttl: { } ttl, ToClients: { } clients }
            ? ["clients follow", Text.Of(ttl), Text.Of(clients), $"TTL {Text.Of(ttl)}: resolvers may answer from their cache so long"]
            : ["clients follow", "the TTL", $"{Text.Of(bound.ToAnswer)} + TTL", "set ttl to have it counted; without it the TTL found at the provider stays"];
        if (bound.HoldDown > TimeSpan.Zero)
        {
            yield return ["if it just moved", Text.Of(bound.HoldDown), string.Empty, "minActiveTime: how much later, when the name had moved immediately before"];
        }
    }

    private static RecoveryBound BoundOf(DaemonConfiguration configuration, ServiceDefinition service) =>
        RecoveryBound.Of(service, [.. service.Providers.Select(provider => configuration.Providers[provider].Options.Timeout)]).With(configuration.Rules.SelfCheck);

    private static JsonObject Document(ConfigurationResult result) => new()
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
        ["services"] = new JsonArray([.. (result.Configuration?.Services ?? []).Select(service => (JsonNode)Document(service, BoundOf(result.Configuration!, service)))]),
    };

    private static JsonObject Document(ServiceDefinition service, RecoveryBound bound) => new()
    {
        ["name"] = service.Name.ToString(),
        ["provider"] = service.Provider,
        ["providers"] = new JsonArray([.. service.Providers.Select(provider => (JsonNode)provider)]),
        ["policy"] = Text.Of(service.Policy),
        ["endpoints"] = new JsonArray([.. service.Endpoints.Select(endpoint => (JsonNode)endpoint.Name)]),
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
    };

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
