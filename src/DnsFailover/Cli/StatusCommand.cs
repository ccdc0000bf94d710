using System.Text.Json;
using System.Threading.Channels;
using DnsFailover.Api;
using DnsFailover.Core;
using DnsFailover.Schedules;
using Color = Spectre.Console.Color;

namespace DnsFailover.Cli;

/// <summary>The options of <c>dnsfailover status</c>.</summary>
internal sealed record StatusSettings(string? Service, bool Json, bool Watch);

/// <summary><c>dnsfailover status</c>: how things are, once or for as long as somebody watches.</summary>
internal static class StatusCommand
{
    /// <summary>After a connection that broke, the next one is tried.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>However much happens, it is shown no more often.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(500);

    /// <summary>Prints every service, or one with everything that is known of it.</summary>
    public static async Task<int> RunAsync(DaemonPlace place, StatusSettings settings, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        using var client = ControlClient.Of(place);
        if (!settings.Watch)
        {
            await ShowAsync(client, settings, terminal, time, cancellationToken);
            return ExitCode.Ok;
        }

        try
        {
            await WatchAsync(client, settings, terminal, time, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Who watched has seen enough.
        }

        return ExitCode.Ok;
    }

    /// <summary>Shows how things are, and again with each change. A daemon that goes away is waited for; one that was never there is not.</summary>
    private static async Task WatchAsync(ControlClient client, StatusSettings settings, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
            var watching = Task.CompletedTask;
            try
            {
                if (isFirst)
                {
                    await ShowAsync(client, settings, terminal, time, cancellationToken); // what is wrong with the question is said once, and ends it
                }

                watching = FollowAsync(client, settings.Service, changes.Writer, broken.Token);
                await foreach (var _ in changes.Reader.ReadAllAsync(cancellationToken))
                {
                    terminal.Clear($"{time.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC");
                    await ShowAsync(client, settings, terminal, time, cancellationToken);
                    await Task.Delay(Calm, time, cancellationToken);
                }

                await watching;
            }
            catch (Exception e) when (!isFirst && e is BadInputException or RefusedException or HttpRequestException or IOException)
            {
                terminal.Complain($"{e.Message.Split('\n')[0]} (trying again; Ctrl+C ends it)");
            }
            finally
            {
                await broken.CancelAsync();
                await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Says that something has changed, until the connection breaks.</summary>
    private static async Task FollowAsync(ControlClient client, string? service, ChannelWriter<bool> changes, CancellationToken cancellationToken)
    {
        try
        {
            await client.WatchAsync(service is null ? "events" : $"events?service={Uri.EscapeDataString(service)}", _ => changes.TryWrite(true), cancellationToken);
        }
        finally
        {
            changes.TryComplete();
        }
    }

    private static async Task ShowAsync(ControlClient client, StatusSettings settings, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        var (service, json) = (settings.Service, settings.Json);
        if (service is null)
        {
            var all = await AllAsync(client, cancellationToken);
            var overrides = await client.GetAsync("overrides", ReplyContext.Default.OverridesDocument, cancellationToken);
            if (json)
            {
                var document = JsonSerializer.SerializeToNode(all, ReplyContext.Default.ServicesDocument)!.AsObject();
                document["overrides"] = JsonSerializer.SerializeToNode(overrides, ReplyContext.Default.OverridesDocument)!["overrides"]!.DeepClone();
                terminal.Json(document);
                return;
            }

            Print(all, overrides, terminal);
            return;
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

        if (all.Daemon.Journal is { } notRecorded)
        {
            terminal.Line($"What happens cannot be recorded, so nothing is written at any provider: {notRecorded}", Color.Yellow);
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
            terminal.Line($"{decision.Type}: {decision.Kind}: {decision.Reason}{(decision.Next is { } next ? $". {next}" : decision.RevisitAt > now && !service.Failbacks.Any(back => back.Type == decision.Type) ? $", in {Text.Of(decision.RevisitAt.Value - now)}" : string.Empty)}");
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

        foreach (var waiting in Countdowns(service, now))
        {
            terminal.Line(waiting);
        }

        if (service.Drill is { } drill)
        {
            terminal.Line($"last drill, ended {WindowText.Of(drill.At, now)}: {drill.Says}{(drill.IsOverdue ? "; the next one is overdue" : string.Empty)}");
        }

        if (service.NextDrillAt is { } drillAt)
        {
            terminal.Line($"the next drill begins {WindowText.Of(drillAt, now)}");
        }

        foreach (var condition in service.Conditions)
        {
            terminal.Line($"since {WindowText.Of(condition.Since, now)}: {condition.Reason}", Color.Yellow);
        }
    }

    private static IEnumerable<string> Countdowns(ServiceDocument service, DateTimeOffset now)
    {
        foreach (var hold in service.HoldDowns)
        {
            yield return $"{hold.Type}: hold-down ends in {Text.Of(hold.EndsAt - now)}";
        }

        foreach (var back in service.Failbacks)
        {
            var to = string.Join(", ", back.Endpoints);
            yield return $"{back.Type}: {(back.IsManual ? $"{to} works again; failback is manual"
                : back.DueAt > now ? $"failback to {to} in {Text.Of(back.DueAt - now)}{(back.NeedsApproval ? ", when it is approved" : string.Empty)}"
                : back.NeedsApproval ? $"failback to {to} waits for approval"
                : $"failback to {to} is due")}";
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
