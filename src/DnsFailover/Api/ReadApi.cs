using System.Globalization;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Explain;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static DnsFailover.Api.Replies;

namespace DnsFailover.Api;

/// <summary>What can be read. Lists come so many at a time, with what to ask for next.</summary>
internal sealed class ReadApi(ReadModel model)
{
    private const int MostExported = 10_000;

    private static readonly IReadOnlyList<string> Statuses = ["up", "down", "unknown"];

    /// <summary>Puts every address in place.</summary>
    public void Map(IEndpointRouteBuilder api)
    {
        DrillApi.MapReading(api, model);
        api.MapGet("/services", ServicesAsync);
        api.MapGet("/services/{name}", async context => await SendAsync(context, await model.ServiceAsync(CommandReading.Service(model.State, Route(context, "name")), context.RequestAborted), ReplyContext.Default.ServiceDocument));
        api.MapGet("/services/{name}/explanation", ExplainAsync);
        api.MapGet("/endpoints", context => SendAsync(context, model.Report().Endpoints(ServiceFilter.Of(context.Request, Statuses)), ReplyContext.Default.EndpointsDocument));
        api.MapGet("/overrides", context => SendAsync(context, model.Report().Overrides(), ReplyContext.Default.OverridesDocument));
        api.MapGet("/history", HistoryAsync);
        api.MapGet("/decisions", DecisionsAsync);
        api.MapGet("/decisions/{id}", DecisionAsync);
        api.MapGet("/uptime", UptimeAsync);
        api.MapGet("/journal", JournalAsync);
    }

    private Task ServicesAsync(HttpContext context)
    {
        var filter = ServiceFilter.Of(context.Request, ServiceView.Words);
        _ = model.State;
        var newest = model.Feed.Look(); // first: an event too many does no harm
        return SendAsync(context, model.Report().Services(filter, newest), ReplyContext.Default.ServicesDocument);
    }

    private async Task HistoryAsync(HttpContext context)
    {
        var (service, before, limit) = Page(context);
        var changes = await model.Lookups.ChangesAsync(service, before, limit + 1, context.RequestAborted);
        await SendAsync(context, new HistoryDocument(model.Now, [.. changes.Take(limit).Select(HistoryReport.Switch)], changes.Count > limit ? Number(changes[limit - 1].Id) : null), ReplyContext.Default.HistoryDocument);
    }

    private async Task DecisionsAsync(HttpContext context)
    {
        var (service, before, limit) = Page(context);
        var decided = await model.Lookups.DecisionsAsync(service, before, limit + 1, context.RequestAborted);
        await SendAsync(context, new DecisionsDocument(model.Now, [.. decided.Take(limit).Select(HistoryReport.Decision)], decided.Count > limit ? Number(decided[limit - 1].Id) : null), ReplyContext.Default.DecisionsDocument);
    }

    /// <summary>The record of a decision: what <c>explain</c> says of the moment at which it ended.</summary>
    private async Task DecisionAsync(HttpContext context)
    {
        var text = Route(context, "id");
        var entry = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? await model.Lookups.EntryAsync(id, context.RequestAborted) : null;
        if (entry is not (IntentRecorded or ConditionRaised) || entry.Service is not { } service)
        {
            throw ApiProblemException.Unknown($"there is no decision '{Configuration.Reading.Shorten(text)}' of a service, or it is not kept any more; /api/v1/decisions lists those that are");
        }

        var at = entry is IntentRecorded intent && await model.Lookups.OutcomeAsync(id, intent, context.RequestAborted) is { } outcome ? outcome.At : entry.At;
        await SendStoryAsync(context, service, at, entry as IntentRecorded, id);
    }

    private async Task ExplainAsync(HttpContext context)
    {
        var service = CommandReading.Service(model.State, Route(context, "name")).Definition.Name;
        var at = model.Now;
        if (ServiceFilter.Query(context.Request, "at") is { } text && (!Moment.TryParse(text, model.Now, out at) || at > model.Now))
        {
            throw ApiProblemException.Bad($"at: '{Configuration.Reading.Shorten(text)}' is no time that has been; expected {Moment.Expected}");
        }

        await SendStoryAsync(context, service, at, intent: null, id: 0);
    }

    private async Task SendStoryAsync(HttpContext context, DnsName service, DateTimeOffset at, IntentRecorded? intent, long id)
    {
        var record = await model.Lookups.OfAsync(service, context.RequestAborted);
        var numbers = (await model.Lookups.ChangesAsync(service, long.MaxValue, int.MaxValue, context.RequestAborted)).ToLookup(change => (change.Intent.Change.Id, change.Intent.At), change => change.Id);
        var story = Explanation.Of(record, service, at);
        await SendAsync(context, HistoryReport.Explanation(story, one => one == intent ? id : numbers[(one.Change.Id, one.At)].FirstOrDefault(), model.Now), ReplyContext.Default.ExplanationDocument);
    }

    private async Task UptimeAsync(HttpContext context)
    {
        var filter = ServiceFilter.Of(context.Request, states: null);
        var names = Names(context.Request);
        var services = model.State.Services.Values.Where(service => !service.Retired && (names?.Contains(service.Definition.Name) ?? true) && filter.Matches(service.Definition.Name) && filter.IsAfter(service.Definition.Name)).Take(filter.Limit + 1).ToList();
        var page = new List<ServiceUptimeDocument>();
        foreach (var service in services.Take(filter.Limit))
        {
            page.Add(new ServiceUptimeDocument(service.Definition.Name.ToString(), (await model.Uptimes.OfAsync(service, context.RequestAborted))?.Service));
        }

        await SendAsync(context, new UptimesDocument(model.Now, page, services.Count > filter.Limit ? page[^1].Name : null), ReplyContext.Default.UptimesDocument);
    }

    /// <summary>The entries as they are written, one a line, each with its number: a piece at a time, so that neither memory nor the journal is held.</summary>
    private async Task JournalAsync(HttpContext context)
    {
        const int Piece = 500;
        var after = ServiceFilter.Number(context.Request, "after", 0, 0, long.MaxValue);
        var left = (int)ServiceFilter.Number(context.Request, "limit", 1000, 1, MostExported);
        var rows = await model.Lookups.TextsAsync(after, Math.Min(Piece, left), context.RequestAborted);
        context.Response.ContentType = "application/x-ndjson";
        while (rows.Count > 0)
        {
            foreach (var (id, json) in rows)
            {
                await context.Response.WriteAsync($"{{\"id\":{Number(id)},{json.AsSpan(json.IndexOf('{', StringComparison.Ordinal) + 1)}\n", context.RequestAborted);
            }

            left -= rows.Count;
            rows = left > 0 && rows.Count == Piece ? await model.Lookups.TextsAsync(rows[^1].Id, Math.Min(Piece, left), context.RequestAborted) : [];
        }
    }

    private (DnsName? Service, long Before, int Limit) Page(HttpContext context)
    {
        DnsName? service = null;
        if (ServiceFilter.Query(context.Request, "service") is { } text)
        {
            // Also of a service that is not declared any more.
            service = DnsName.TryParse(text, out var name, out _) && model.State.Former.ContainsKey(name) ? name : CommandReading.Service(model.State, text).Definition.Name;
        }

        return (service, ServiceFilter.Number(context.Request, "before", long.MaxValue, 1, long.MaxValue), (int)ServiceFilter.Number(context.Request, "limit", 50, 1, 500));
    }

    /// <summary>The services that are asked for by name; null for all. A name that is none is not among them.</summary>
    private static HashSet<DnsName>? Names(HttpRequest request) => request.Query["names"].ToString() is { Length: > 0 } text
        ? [.. text.Split(',').Select(word => DnsName.TryParse(word, out var name, out _) ? name : (DnsName?)null).OfType<DnsName>()]
        : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Route(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;
}
