using System.Text.Json;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static DnsFailover.Api.Replies;

namespace DnsFailover.Api;

/// <summary>Drills: what was shown by those that ended, how far the one under way is, and the beginning of one.</summary>
/// <param name="model">Everything that is shown.</param>
/// <param name="take">Hands a command in; it has begun when this returns.</param>
internal sealed class DrillApi(ReadModel model, Func<OperatorCommand, CancellationToken, Task> take)
{
    /// <summary>Puts the address in place that begins one.</summary>
    public void Map(IEndpointRouteBuilder api) => api.MapPost("/services/{name}/drill", BeginAsync);

    /// <summary>Puts the address in place that shows them.</summary>
    public static void MapReading(IEndpointRouteBuilder api, ReadModel model) =>
        api.MapGet("/services/{name}/drills", context => SendAsync(context, Document(model, CommandReading.Service(model.State, (string)context.Request.RouteValues["name"]!)), ReplyContext.Default.DrillsDocument));

    private ServiceState Service(HttpContext context) => CommandReading.Service(model.State, (string)context.Request.RouteValues["name"]!);

    private async Task BeginAsync(HttpContext context)
    {
        var (service, body) = (Service(context), await BodyAsync(context.Request, context.RequestAborted));
        var actor = CommandReading.Line(Caller.Of(context).Named(body.Actor), "actor", "say who asks, such as alice@laptop");
        var asked = new OperatorCommand.Drill(service.Definition.Name, body.Live, body.Endpoint is { } endpoint ? CommandReading.Endpoint(service, endpoint) : null, actor) { IsConfirmed = body.Yes };
        await take(asked, context.RequestAborted);
        var state = model.State;
        var begun = state.Drill is { } drill && drill.Service == asked.Service
            ? new DrillBegunDocument(drill.Number, $"Drill {drill.Number} is under way: {(drill.Live ? $"{drill.Service} itself" : drill.Name)} moves as if {string.Join(" and ", drill.Down)} were down, and back.")
            : new DrillBegunDocument(state.LastDrill, $"Drill {state.LastDrill} is over.");
        await SendAsync(context, begun, ReplyContext.Default.DrillBegunDocument);
    }

    /// <summary>As in <see cref="CommandReading.BodyAsync"/>, for a drill.</summary>
    private static async Task<DrillRequestDocument> BodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, DrillRequestContext.Default.DrillRequestDocument, cancellationToken)
                ?? throw ApiProblemException.Bad("the body is null; expected an object with 'actor'");
        }
        catch (JsonException e)
        {
            throw ApiProblemException.Bad($"the body is not understood{(e.Path is { Length: > 2 } path ? $" at {path}" : string.Empty)}; expected a JSON object with actor, and perhaps endpoint, live and yes");
        }
        catch (BadHttpRequestException e)
        {
            throw new ApiProblemException(e.StatusCode, "the body is not taken", "the body is too large or did not come in whole; expected an object with a few short texts");
        }
    }

    private static DrillsDocument Document(ReadModel model, ServiceState service)
    {
        var (state, definition) = (model.State, service.Definition);
        var book = state.DrillBooks.GetValueOrDefault(definition.Name, new DrillBook());
        var known = book.Reports.Select(report => report.Number).ToHashSet();
        return new DrillsDocument
        {
            Now = model.Now,
            Service = definition.Name.ToString(),
            Canary = DrillRule.CanaryOf(definition)?.ToString(),
            Progress = state.Drill is { } drill && drill.Service == definition.Name ? new DrillProgressDocument(drill.Number, IsUnderWay: true, drill.Lines)
                : state.LastProgress is { } last && known.Contains(last.Number) ? new DrillProgressDocument(last.Number, IsUnderWay: false, last.Lines)
                : null,
            Reports = [.. book.Reports.Reverse().Select(DrillReportDocument.Of)],
            LastPassedAt = book.LastPassedAt,
            Next = model.NextDrill(definition.Name),
            OverdueAt = book.OverdueAt(definition),
        };
    }

    /// <summary>The last drill of a service, for its document; null when there was none.</summary>
    public static DrillDocument? Summary(ServiceState service, ControllerState state, DateTimeOffset now)
    {
        var book = state.DrillBooks.GetValueOrDefault(service.Definition.Name, new DrillBook());
        return book.Last is { } last ? new DrillDocument(last.EndedAt, last.Result == DrillResult.Passed, $"drill {last.Number} {Text.Of(last.Result)}: {last.Reason}", book.OverdueAt(service.Definition) <= now) : null;
    }
}
