using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Core;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Planning;
using DnsFailover.Core.Records;
using DnsFailover.Probing;
using DnsFailover.Providers;
using Microsoft.Extensions.Logging.Abstractions;
using Color = Spectre.Console.Color;

namespace DnsFailover.Cli;

/// <summary><c>dnsfailover plan</c>: what would be changed now, and why. It holds providers that cannot write.</summary>
internal static class PlanCommand
{
    private const int ProbesAtOnce = 64;

    /// <summary>What was found out about one service at one of its providers.</summary>
    /// <param name="Service">The service.</param>
    /// <param name="Provider">The provider.</param>
    /// <param name="Observations">One probe of each target.</param>
    /// <param name="Live">The live records; null when they could not be read.</param>
    /// <param name="Trouble">Why not.</param>
    /// <param name="Decisions">One for each RRset.</param>
    /// <param name="Changes">What they change.</param>
    private sealed record ServicePlan(
        ServiceDefinition Service,
        string Provider,
        IReadOnlyList<Observation> Observations,
        NameRecords? Live,
        string? Trouble,
        IReadOnlyList<Decision> Decisions,
        ValueList<RecordChange> Changes)
    {
        /// <summary>Why a change could not be verified at the authoritative servers; null when it could.</summary>
        public string? Unverifiable { get; init; }
    }

    /// <summary>Probes, reads, prints. Exit code 0 when nothing would change, 3 when something would, 1 when it cannot be told.</summary>
    public static async Task<int> RunAsync(string? config, string? data, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        var configuration = ConfigurationFile.LoadValid(config, terminal);
        var observations = await ProbeAllAsync(configuration, cancellationToken);
        var found = new List<ServicePlan>();
        foreach (var byProvider in configuration.Services.SelectMany(service => service.Providers.Select(provider => (service, provider))).GroupBy(pair => pair.provider, pair => pair.service, StringComparer.Ordinal))
        {
            found.AddRange(await PlanAtAsync(configuration, byProvider.Key, [.. byProvider], data ?? configuration.DataDirectory, observations, cancellationToken));
        }

        var plans = found.GroupBy(plan => plan.Service).SelectMany(group => Aligned([.. group])).ToList();

        if (json)
        {
            terminal.Json(new JsonArray([.. plans.Select(Document)]));
        }
        else
        {
            plans.ForEach(plan => Print(plan, terminal));
            terminal.Line("Nothing was written. Each endpoint was probed once; hold-downs and delays of a running daemon are not counted.");
        }

        return plans.Exists(plan => plan.Live is null) ? ExitCode.Failed : plans.Exists(plan => plan.Changes.Count > 0) ? ExitCode.Changes : ExitCode.Ok;
    }

    private static async Task<IReadOnlyDictionary<TargetId, Observation>> ProbeAllAsync(DaemonConfiguration configuration, CancellationToken cancellationToken)
    {
        using var resolver = new SystemNameResolver();
        var prober = new Prober(resolver, TimeProvider.System);
        await ProbeWarmUp.RunAsync(prober, cancellationToken);
        using var places = new SemaphoreSlim(ProbesAtOnce);
        var probes = configuration.Checks.Select(async check =>
        {
            await places.WaitAsync(cancellationToken);
            try
            {
                return await prober.ProbeAsync(check.Key, check.Value, requestId: null, cancellationToken);
            }
            finally
            {
                places.Release();
            }
        });
        return (await Task.WhenAll(probes)).ToDictionary(observation => observation.Target);
    }

    private static async Task<IReadOnlyList<ServicePlan>> PlanAtAsync(
        DaemonConfiguration configuration,
        string provider,
        IReadOnlyList<ServiceDefinition> services,
        string dataDirectory,
        IReadOnlyDictionary<TargetId, Observation> observations,
        CancellationToken cancellationToken)
    {
        var definition = configuration.Providers[provider];
        var kind = ProviderTable.Kinds.Single(candidate => candidate.Type == definition.Type);
        var reader = kind.OpenReader(definition.Options, new ProviderSurroundings([.. services.Select(service => service.Name)], dataDirectory, TimeProvider.System, NullLoggerFactory.Instance));
        var plans = new List<ServicePlan>();
        var unverifiable = await UnverifiableAsync(reader, definition, cancellationToken);
        foreach (var service in services)
        {
            var seen = service.Targets.Select(pair => observations[pair.Target]).ToList();
            try
            {
                using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                bound.CancelAfter(definition.Options.Timeout);
                plans.Add(Plan(service, provider, seen, await reader.ReadAsync(service.Name, bound.Token)) with { Unverifiable = unverifiable });
            }
            catch (ProviderException e)
            {
                plans.Add(new ServicePlan(service, provider, seen, Live: null, e.Message, [], []));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                plans.Add(new ServicePlan(service, provider, seen, Live: null, $"{provider} gave no reply within {Text.Of(definition.Options.Timeout)}", [], []));
            }
        }

        return plans;
    }

    /// <summary>Why the authoritative servers cannot be found, so that no change could be verified; null when they can.</summary>
    private static async Task<string?> UnverifiableAsync(IRecordReader reader, ProviderDefinition definition, CancellationToken cancellationToken)
    {
        try
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter(definition.Options.Timeout);
            var servers = await reader.AuthoritativeServersAsync(bound.Token);
            return servers.Count > 0 ? null : "there are none";
        }
        catch (ProviderException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no reply within {Text.Of(definition.Options.Timeout)}";
        }
    }

    private static ServicePlan Plan(ServiceDefinition service, string provider, List<Observation> observations, NameRecords live)
    {
        var decisions = service.Types.Select(type => Decide.For(SituationOf(service, provider, type, observations, live))).ToList();
        return new ServicePlan(service, provider, observations, live, Trouble: null, decisions, Planner.Plan(service, live, decisions));
    }

    private static Situation SituationOf(ServiceDefinition service, string provider, RecordType type, IReadOnlyList<Observation> observations, NameRecords live)
    {
        // One probe stands for the verdict, and for the whole of the time that a delay asks for.
        var now = observations.Count > 0 ? observations.Max(observation => observation.StartedAt) : DateTimeOffset.UnixEpoch;
        var health = observations.ToDictionary(
            observation => observation.Target,
            observation => TargetHealth.Unproven(now).With(observation, new HealthRule(Rise: 1, Fall: 1), now - service.Failback.Delay));
        return new Situation(service, type, live, health, SwitchedAt: null, MayMendTtl: true, now) { Provider = provider };
    }

    /// <summary>The plans of one service at its providers: the first one that can be read leads, and the others follow it.</summary>
    private static IEnumerable<ServicePlan> Aligned(IReadOnlyList<ServicePlan> plans)
    {
        var ordered = plans.OrderBy(plan => plan.Service.Providers.ToList().IndexOf(plan.Provider)).ToList();
        var lead = ordered.Find(plan => plan.Live is not null);
        return ordered.Select(plan => plan == lead || plan.Live is not { } live ? plan : Following(plan, live, lead!));
    }

    private static ServicePlan Following(ServicePlan plan, NameRecords live, ServicePlan lead)
    {
        var decisions = plan.Service.Types.Select(type => Decide.Follow(
            SituationOf(plan.Service, plan.Provider, type, plan.Observations, live),
            lead.Changes.FirstOrDefault(change => change.After.Type == type)?.After ?? lead.Live![type],
            lead.Provider)).ToList();
        return plan with { Decisions = decisions, Changes = Planner.Plan(plan.Service, live, decisions) };
    }

    private static void Print(ServicePlan plan, Terminal terminal)
    {
        var service = plan.Service;
        terminal.Line($"{service.Name} ({Text.Of(service.Policy)}) at {plan.Provider}");
        terminal.Table(["  endpoint", "address", "probe", "why"], plan.Observations.Select(observation => new[]
        {
            $"  {observation.Target.Endpoint}", observation.Target.Value, Text.Of(observation.Verdict), observation.Reason,
        }));
        if (plan.Live is not { } live)
        {
            terminal.Line($"  cannot tell: the live records could not be read: {plan.Trouble}", Color.Red);
            terminal.Line();
            return;
        }

        if (plan.Unverifiable is { } unverifiable)
        {
            terminal.Line($"  warning  a change could not be verified, since the authoritative servers cannot be found: {unverifiable}", Color.Yellow);
        }

        foreach (var decision in plan.Decisions)
        {
            terminal.Line($"  live     {live[decision.Type]?.ToString() ?? $"no {decision.Type} record"}");
            var change = plan.Changes.FirstOrDefault(change => change.After.Type == decision.Type);
            terminal.Line(change is null ? "  change   none" : $"  change   {change}", change is null ? Color.Green : Color.Yellow);
            terminal.Line($"  {(decision.Refusal is null ? "because " : "refused ")} {decision.Reason}");
            if (decision.Refusal is { } refusal)
            {
                terminal.Line($"  to do    {refusal.Next}");
            }
        }

        terminal.Line();
    }

    private static JsonObject Document(ServicePlan plan) => new()
    {
        ["service"] = plan.Service.Name.ToString(),
        ["provider"] = plan.Provider,
        ["error"] = plan.Trouble,
        ["unverifiable"] = plan.Unverifiable,
        ["probes"] = new JsonArray([.. plan.Observations.Select(observation => (JsonNode)new JsonObject
        {
            ["endpoint"] = observation.Target.Endpoint,
            ["address"] = observation.Target.Value,
            ["verdict"] = Text.Of(observation.Verdict),
            ["reason"] = observation.Reason,
        })]),
        ["decisions"] = new JsonArray([.. plan.Decisions.Select(decision => (JsonNode)new JsonObject
        {
            ["type"] = decision.Type.ToString(),
            ["decision"] = Text.Of(decision.Kind),
            ["reason"] = decision.Reason,
            ["refused"] = decision.Refusal?.Cause,
            ["live"] = Values(plan.Live?[decision.Type]),
            ["after"] = Values(plan.Changes.FirstOrDefault(change => change.After.Type == decision.Type)?.After),
        })]),
    };

    private static JsonObject? Values(RecordSet? set) => set is null ? null : new JsonObject
    {
        ["ttlSeconds"] = (long)set.Ttl.TotalSeconds,
        ["values"] = new JsonArray([.. set.Values.Select(value => (JsonNode)value.Data)]),
    };
}
