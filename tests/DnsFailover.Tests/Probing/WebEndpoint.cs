using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Probing;

/// <summary>A real web server on loopback that remembers what it was asked.</summary>
internal sealed class WebEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebEndpoint(WebApplication app) => _app = app;

    public int Port { get; private init; }

    public ConcurrentQueue<Received> Requests { get; } = new();

    public static async Task<WebEndpoint> StartAsync(
        RequestDelegate answer, X509Certificate2? certificate = null, string address = "127.0.0.1", HttpProtocols protocols = HttpProtocols.Http1AndHttp2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var names = new ConcurrentQueue<string?>();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Parse(address), 0, listen =>
        {
            listen.Protocols = certificate is null ? HttpProtocols.Http1 : protocols;
            if (certificate is not null)
            {
                listen.UseHttps(https => https.ServerCertificateSelector = (_, name) =>
                {
                    names.Enqueue(name);
                    return certificate;
                });
            }
        }));
        var app = builder.Build();
        WebEndpoint? endpoint = null;
        app.Run(async context =>
        {
            endpoint!.Requests.Enqueue(Received.From(context.Request));
            await answer(context);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        endpoint = new WebEndpoint(app) { Port = new Uri(bound).Port };
        endpoint.ServerNames = names;
        return endpoint;
    }

    public ConcurrentQueue<string?> ServerNames { get; private set; } = new();

    public static Task<WebEndpoint> SayingAsync(string body, int status = 200) => StartAsync(async context =>
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

/// <summary>A request as it arrived.</summary>
internal sealed record Received(string Method, string Target, string Host, string Protocol, IReadOnlyDictionary<string, string> Headers)
{
    public static Received From(HttpRequest request) => new(
        request.Method,
        request.Path + request.QueryString,
        request.Host.Value ?? string.Empty,
        request.Protocol,
        request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
}
