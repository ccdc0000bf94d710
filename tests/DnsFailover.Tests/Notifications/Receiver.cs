using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Notifications;

/// <summary>A webhook on loopback that keeps what it got and answers as told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    public const string SecretPath = "/services/T0SECRET/B0SECRET/XXSECRETXX";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();

    private Receiver(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    /// <summary>Answers the request with this number, counted from 0.</summary>
    public Func<int, HttpContext, Task> Answer { get; set; } = (_, context) => context.Response.WriteAsync("ok");

    /// <summary>Asked as a request begins to come in; where it says no, the connection breaks, and nothing was received.</summary>
    public Func<bool> Takes { get; set; } = static () => true;

    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public string Url => _app.Urls.Single() + SecretPath;

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<Receiver> StartAsync(int port = 0)
    {
        var receiver = new Receiver(port);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Answers with a status and a body.</summary>
    public static Task Say(HttpContext context, int status, string body, string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        return context.Response.WriteAsync(body);
    }

    public Task WaitForAsync(int count) => Eventually.HoldsAsync(() => _requests.Count >= count, () => $"{count} requests; {_requests.Count} came");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        if (!Takes())
        {
            context.Abort();
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var number = _requests.Count;
        _requests.Enqueue(new ReceivedRequest(context.Request.Method, context.Request.Path, headers, body));
        await Answer(number, context);
    }
}

internal sealed record ReceivedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The title of the one alert of a generic webhook.</summary>
    public string Title => Json.GetProperty("title").GetString()!;
}
