using DnsFailover.Control;
using DnsFailover.Core.Control;
using DnsFailover.Core.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static DnsFailover.Api.Replies;

namespace DnsFailover.Api;

/// <summary>
/// What operators may say, as HTTP. What is said is durable before it is answered; what is wrong with a request is
/// answered with a sentence that says what to do (application/problem+json, RFC 9457).
/// </summary>
/// <param name="loop">Who takes what is said.</param>
/// <param name="model">How things are.</param>
/// <param name="time">The control loop's clock.</param>
internal sealed class ControlApi(ControlLoop loop, ReadModel model, TimeProvider time)
{
    /// <summary>No request takes longer, whatever the journal's disk does.</summary>
    private static readonly TimeSpan RequestBound = TimeSpan.FromSeconds(10);

    /// <summary>Puts every address in place.</summary>
    public void Map(IEndpointRouteBuilder api)
    {
        new DrillApi(model, TakeAsync).Map(api);
        foreach (var kind in Enum.GetValues<OverrideKind>())
        {
            var word = Core.Text.Of(kind);
            api.MapPost($"/services/{{name}}/{word}", context => BeginAsync(context, kind, Service(context)));
            api.MapDelete($"/services/{{name}}/{word}", context => EndAsync(context, kind, Service(context)));
        }

        api.MapPost("/freeze", context => BeginAsync(context, OverrideKind.Freeze, service: null));
        api.MapDelete("/freeze", context => EndAsync(context, OverrideKind.Freeze, service: null));
    }

    private ServiceState Service(HttpContext context) => CommandReading.Service(model.State, (string)context.Request.RouteValues["name"]!);

    private async Task BeginAsync(HttpContext context, OverrideKind kind, ServiceState? service)
    {
        var body = await CommandReading.BodyAsync(context.Request, context.RequestAborted);
        var begun = CommandReading.Begin(kind, service, body, Caller.Of(context), time.GetUtcNow());
        await TakeAsync(new OperatorCommand.Begin(begun), context.RequestAborted);
        await SendAsync(context, new CommandReplyDocument(OperatorText.Begun(begun, model.State, time.GetUtcNow()), begun.Until), ReplyContext.Default.CommandReplyDocument);
    }

    private async Task EndAsync(HttpContext context, OverrideKind kind, ServiceState? service)
    {
        var name = service?.Definition.Name;
        var endpoint = kind == OverrideKind.Drain ? CommandReading.Endpoint(service!, context.Request.Query["endpoint"].ToString() is { Length: > 0 } text ? text : null) : null;
        var end = new OperatorCommand.End(
            kind, name, endpoint, CommandReading.QueryLine(context.Request, "reason", "it is not needed any more"), CommandReading.Line(Caller.Of(context).Named(context.Request.Query["actor"].ToString() is { Length: > 0 } actor ? actor : null) ?? "an operator", "actor", string.Empty));
        var state = model.State;
        if (OperatorRules.Objection(state, end, time.GetUtcNow()) is { } objection)
        {
            throw ApiProblemException.Unknown(objection);
        }

        var ended = state.Overrides.First(open => open.Identity == (kind, name, endpoint));
        await TakeAsync(end, context.RequestAborted);
        await SendAsync(context, new CommandReplyDocument(OperatorText.Ended(ended, model.State, time.GetUtcNow()), Until: null), ReplyContext.Default.CommandReplyDocument);
    }

    private async Task TakeAsync(OperatorCommand command, CancellationToken cancellationToken)
    {
        CommandResult result;
        try
        {
            result = await loop.CommandAsync(command, cancellationToken).WaitAsync(RequestBound, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new ApiProblemException(StatusCodes.Status504GatewayTimeout, "not known whether it is in effect", $"the daemon did not say within {Core.Text.Of(RequestBound)} whether it took it, which happens when its disk hangs; look with 'dnsfailover status' before you say it again");
        }

        switch (result.End)
        {
            case CommandEnd.Refused when command is OperatorCommand.End:
                throw ApiProblemException.Unknown(result.Reason); // its time came at this very moment
            case CommandEnd.Refused:
                throw new ApiProblemException(StatusCodes.Status409Conflict, "it was not taken", result.Reason);
            case CommandEnd.NotDurable when command is OperatorCommand.Drill:
                throw new ApiProblemException(StatusCodes.Status503ServiceUnavailable, "it is not durable", $"its beginning could not be made durable: {result.Reason}. Nothing was written; mend that, and ask again");
            case CommandEnd.NotDurable:
                throw new ApiProblemException(StatusCodes.Status503ServiceUnavailable, "it is not durable", $"it could not be made durable: {result.Reason}. It holds while this process runs and is recorded as soon as that works; a restart before then forgets it");
            case CommandEnd.Failed:
                throw new ApiProblemException(StatusCodes.Status503ServiceUnavailable, "it was not taken", $"it was not taken: {result.Reason}");
            default:
                return;
        }
    }
}
