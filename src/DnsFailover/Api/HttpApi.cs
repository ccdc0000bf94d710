using System.Reflection;
using DnsFailover.Control;
using DnsFailover.Journal;
using DnsFailover.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using static DnsFailover.Api.Replies;

namespace DnsFailover.Api;

/// <summary>
/// Everything that the daemon answers over HTTP, the same at every door: who asks is judged first, then the address is
/// looked at, and whatever goes wrong is answered with a sentence.
/// </summary>
/// <param name="loop">Who takes what is said.</param>
/// <param name="model">How things are.</param>
/// <param name="door">Who may do what over the network.</param>
/// <param name="metrics">What <c>/metrics</c> answers.</param>
/// <param name="time">The control loop's clock.</param>
/// <param name="logger">For defects.</param>
internal sealed partial class HttpApi(ControlLoop loop, ReadModel model, Doorkeeper door, MetricsPage metrics, TimeProvider time, ILogger<HttpApi> logger) : IDisposable
{
    private const string ForPages = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string ForDocuments = "default-src 'none'; frame-ancestors 'none'";

    private static readonly string Version = typeof(HttpApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private readonly EventStream _events = new(model, model.Feed, time);

    private ApiRoutes? _routes;

    /// <summary>Answers a request that came through any of the doors.</summary>
    public RequestDelegate Answer => _routes!.Answer;

    /// <summary>Every address that there is.</summary>
    public IReadOnlyList<EndpointDataSource> DataSources => _routes!.DataSources;

    /// <summary>Puts every address in place.</summary>
    public HttpApi Build(ILoggerFactory loggers)
    {
        _routes = new ApiRoutes(loggers, app => app.Use(ProblemsAsync).Use(AdmitAsync), Map);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose() => _routes?.Dispose();

    private void Map(IEndpointRouteBuilder app)
    {
        new HealthApi(loop, model.Lookups, time).Map(app);
        PageFiles.Map(app);

        var anybody = app.MapGroup("/api/v1").WithMetadata(new AccessNeeded(Access.Anybody));
        anybody.MapGet("/access", AccessAsync);
        anybody.MapGet("/openapi.json", OpenApiAsync);

        var everybody = app.MapGroup("/api/v1/public").WithMetadata(new AccessNeeded(Access.Public));
        everybody.MapGet("/services", PublicAsync);

        var reading = app.MapGroup("/api/v1").WithMetadata(new AccessNeeded(Access.Read));
        new ReadApi(model).Map(reading);
        reading.MapGet("/events", context => _events.RunAsync(context, ApiDoor.Of(context).Stopping));

        app.MapGet("/metrics", metrics.SendAsync).WithMetadata(new AccessNeeded(Access.Read));
        new ControlApi(loop, model, time).Map(app.MapGroup("/api/v1").WithMetadata(new AccessNeeded(Access.Change)));
    }

    private async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        var needed = context.GetEndpoint()?.Metadata.GetMetadata<AccessNeeded>()?.Access;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = needed == Access.Page ? ForPages : ForDocuments;
        headers.CacheControl = "no-store";

        var caller = ApiDoor.Of(context).Admit(context);
        context.Features.Set(caller);
        switch (needed)
        {
            case Access.Read when !caller.MayRead:
            case Access.Change when !caller.MayChange:
                throw caller.Refusal!;
            case Access.Page when door.StatusPage == StatusPage.Off:
                throw ApiProblemException.Unknown("there is no status page: it is switched off with 'statusPage: off' in failover.yaml");
            case Access.Public when door.StatusPage != StatusPage.Public:
                throw ApiProblemException.Unknown("there is no public status page: it is switched on with 'statusPage: public' in failover.yaml");
        }

        await next(context);
    }

    private Task AccessAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        return SendAsync(context, new AccessDocument(caller.MayRead, caller.MayChange, door.TokenIsSet, Core.Text.Of(door.StatusPage), caller.Refusal?.Message, Version), ReplyContext.Default.AccessDocument);
    }

    private static async Task OpenApiAsync(HttpContext context)
    {
        await using var document = typeof(HttpApi).Assembly.GetManifestResourceStream("openapi.json")!;
        context.Response.ContentType = "application/json";
        await document.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private async Task PublicAsync(HttpContext context)
    {
        var filter = ServiceFilter.Of(context.Request, states: null);
        var document = model.Report().Public(filter);
        var services = new List<PublicServiceDocument>(document.Services.Count);
        foreach (var service in document.Services)
        {
            services.Add(service with { Uptime = (await model.Uptimes.OfAsync(CommandReading.Service(model.State, service.Name), context.RequestAborted))?.Service });
        }

        await SendAsync(context, document with { Services = services }, ReplyContext.Default.PublicServicesDocument);
    }

    /// <summary>Whatever goes wrong is answered with a sentence.</summary>
    private async Task ProblemsAsync(HttpContext context, RequestDelegate next)
    {
        ProblemDocument? problem = null;
        try
        {
            await next(context);
            problem = context.Response.StatusCode switch
            {
                StatusCodes.Status404NotFound => new ProblemDocument("there is no such thing", StatusCodes.Status404NotFound, $"there is nothing at {Configuration.Reading.Shorten(context.Request.Path.Value ?? string.Empty)}; /api/v1/openapi.json says what there is"),
                StatusCodes.Status405MethodNotAllowed => new ProblemDocument("there is no such thing", StatusCodes.Status405MethodNotAllowed, $"{context.Request.Method} has no meaning for {context.Request.Path.Value}; expected one of {context.Response.Headers.Allow}"),
                _ => null,
            };
        }
        catch (ApiProblemException e)
        {
            problem = e.Document;
            foreach (var (name, value) in context.Response.HasStarted ? [] : e.Headers)
            {
                context.Response.Headers[name] = value;
            }
        }
        catch (JournalException e)
        {
            problem = new ProblemDocument("the journal cannot be read", StatusCodes.Status503ServiceUnavailable, e.Message);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            LogDefect(e, context.Request.Method, context.Request.Path.Value ?? string.Empty);
            problem = new ProblemDocument("a defect", StatusCodes.Status500InternalServerError, $"a defect in the daemon ({e.GetType().Name}); its log says more");
        }

        if (problem is not null && !context.Response.HasStarted)
        {
            await SendAsync(context, problem);
        }
        else if (problem is { Status: >= StatusCodes.Status500InternalServerError })
        {
            context.Abort(); // half of it has been sent: nobody must take that for all of it
        }
    }

    [LoggerMessage(8010, LogLevel.Error, "A request was not answered because of a defect ({Method} {Path})")]
    private partial void LogDefect(Exception exception, string method, string path);
}
