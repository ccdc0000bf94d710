using System.Text.Json;
using DnsFailover.Api;
using DnsFailover.Core;
using DnsFailover.Schedules;
using Color = Spectre.Console.Color;

namespace DnsFailover.Cli;

/// <summary><c>dnsfailover status</c>: how things are, once.</summary>
internal static class StatusCommand
{
    /// <summary>Prints every service, or one with everything that is known of it.</summary>
    public static async Task<int> RunAsync(DaemonPlace place, string? service, bool json, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        using var client = ControlClient.Of(place);
        if (service is null)
        {
            var all = await AllAsync(client, cancellationToken);
            var overrides = await client.GetAsync("overrides", ReplyContext.Default.OverridesDocument, cancellationToken);
            if (json)
            {
                var document = JsonSerializer.SerializeToNode(all, ReplyContext.Default.ServicesDocument)!.AsObject();
                document["overrides"] = JsonSerializer.SerializeToNode(overrides, ReplyContext.Default.OverridesDocument)!["overrides"]!.DeepClone();
                terminal.Json(document);
                return ExitCode.Ok;
            }

            Print(all, overrides, terminal);
            return ExitCode.Ok;
        }

        var one = await client.GetAsync($"services/{Uri.EscapeDataString(service)}", ReplyContext.Default.ServiceDocument, cancellationToken);
        if (json)
        {
            terminal.Json(JsonSerializer.SerializeToNode(one, ReplyContext.Default.ServiceDocument)!);
        }
        else
        {
            Print(one, time.GetUtcNow(), terminal);
        }

        return ExitCode.Ok;
    }

    /// <summary>Every service, a page at a time.</summary>
    private static async Task<ServicesDocument> AllAsync(ControlClient client, CancellationToken cancellationToken)
    {
        var all = await client.GetAsync("services?limit=500", ReplyContext.Default.ServicesDocument, cancellationToken);
        while (all.Next is { } next)
        {
            var more = await client.GetAsync($"services?limit=500&after={Uri.EscapeDataString(next)}", ReplyContext.Default.ServicesDocument, cancellationToken);
            all = more with { Services = [.. all.Services, .. more.Services] };
        }

        return all;
    }

    private static void Print(ServicesDocument all, OverridesDocument overrides, Terminal terminal)
    {
        if (all.Daemon.Network is { } network)
        {
            terminal.Line($"Nothing is written for any service since {WindowText.Of(network.Since, all.Now)}, as our own network is the likely fault: {network.Reason}", Color.Yellow);
            terminal.Line();
        }

        terminal.Table(
            ["service", "answered with", "endpoints"],
            all.Services.Select(service => new[] { service.Name, service.AnsweredWith, string.Join(", ", InWords(service)) }));
        PrintOverrides(overrides.Overrides, all.Now, terminal);
        var planned = all.Services.SelectMany(service => service.Planned.Select(window => new[] { service.Name, window })).ToList();
        if (planned.Count > 0)
        {
            terminal.Line();
            terminal.Table(["service", "planned"], planned);
        }

        var troubles = all.Services.SelectMany(Troubles).ToList();
        if (troubles.Count > 0)
        {
            terminal.Line();
            troubles.ForEach(trouble => terminal.Line(trouble, Color.Yellow));
        }
    }

    private static void Print(ServiceDocument service, DateTimeOffset now, Terminal terminal)
    {
        terminal.Line($"{service.Name} ({service.Policy}) is answered with {service.AnsweredWith}{(service.Frozen is { } frozen ? $"; it is {frozen}" : string.Empty)}");
        foreach (var decision in service.Decisions)
        {
            terminal.Line($"{decision.Type}: {decision.Kind}: {decision.Reason}{(decision.Next is { } next ? $". {next}" : string.Empty)}");
        }

        terminal.Line();
        terminal.Table(
            ["endpoint", "address", "state", "for", "why"],
            service.Endpoints.SelectMany(endpoint => endpoint.Addresses.Select(address => new[] { endpoint.Name, address.Value, address.Status, Text.Of(now - address.Since), address.Explanation })));
        PrintOverrides(service.Overrides, now, terminal);
        if (service.Windows.Count > 0)
        {
            terminal.Line();
            terminal.Table(
                ["planned", "when", "reason"],
                service.Windows.Select(window => new[] { Kind(window), $"{WindowText.Of(window.From, window.Until, TimeZoneInfo.FindSystemTimeZoneById(window.TimeZone))}{(window.InEffect ? ", in effect" : string.Empty)}", window.Reason }));
        }

        if (service.Drill is { } drill)
        {
            terminal.Line();
            terminal.Line($"{drill.Says}{(drill.At is { } at ? $" ({WindowText.Of(at, now)})" : string.Empty)}{(drill.Passed == false && drill.LastPassedAt is { } passed ? $"; the last one that passed ended {WindowText.Of(passed, now)}" : string.Empty)}{(drill.Next is { } next ? $"; the next one begins {WindowText.Of(next, now)}" : string.Empty)}{(drill.IsOverdue ? "; it is overdue" : string.Empty)}");
        }

        foreach (var condition in service.Conditions)
        {
            terminal.Line($"since {WindowText.Of(condition.Since, now)}: {condition.Reason}", Color.Yellow);
        }
    }

    private static IEnumerable<string> InWords(ServiceSummaryDocument service) =>
        service.Endpoints.Select(endpoint => $"{endpoint.Name} {endpoint.Status}").Concat(service.Counts.Total > service.Endpoints.Count ? [$"{service.Counts.Total - service.Endpoints.Count} more"] : []);

    private static void PrintOverrides(IReadOnlyList<OverrideDocument> overrides, DateTimeOffset now, Terminal terminal)
    {
        if (overrides.Count > 0)
        {
            terminal.Line();
            terminal.Table(["override", "service", "until", "by", "reason"], overrides.Select(open => new[] { open.Describes, open.Service ?? "all", WindowText.Of(open.Until, now), open.Actor, open.Reason }));
        }
    }

    private static IEnumerable<string> Troubles(ServiceSummaryDocument service) =>
        (service.Frozen is { } frozen ? [$"{service.Name} is {frozen}"] : Array.Empty<string>()).Concat(service.Troubles.Select(trouble => $"{service.Name}: {trouble}"));

    private static string Kind(WindowDocument window) => window.Kind is "failback" or "drill" ? window.Kind : window.Endpoint is { } endpoint ? $"maintenance of {endpoint}" : "maintenance";
}
