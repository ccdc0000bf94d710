using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DnsFailover.Api;

/// <summary>
/// One door to the API: Kestrel at one place, every part of it bounded. The doors of a daemon share everything behind them
/// (<see cref="HttpApi"/>), and each can be opened and closed by itself.
/// </summary>
internal sealed class ApiServer : IAsyncDisposable
{
    /// <summary>Of a request, in bytes.</summary>
    public const int LargestBody = 8 * 1024;

    private const int LargestHeaders = 16 * 1024;

    private static readonly TimeSpan HeadersBound = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan IdleBound = TimeSpan.FromSeconds(60);

    /// <summary>Requests under way may end within this when the daemon stops.</summary>
    public static readonly TimeSpan StopBound = TimeSpan.FromSeconds(1);

    private readonly KestrelServer _server;
    private readonly CancellationTokenSource _stopping = new();
    private int _closed;

    private ApiServer(KestrelServer server) => _server = server;

    /// <summary>Where it is reached, with the port that was taken for 0.</summary>
    public IReadOnlyCollection<string> Urls => [.. _server.Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>Opens one.</summary>
    /// <param name="api">What is behind it.</param>
    /// <param name="admit">Who asks, at this door.</param>
    /// <param name="listen">Where to listen.</param>
    /// <param name="mostConnections">So many at once.</param>
    /// <param name="loggers">For its log.</param>
    /// <param name="transport">Of its sockets; null for what is usual.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The place cannot be listened at.</exception>
    public static async Task<ApiServer> OpenAsync(
        HttpApi api, Func<HttpContext, Caller> admit, Action<KestrelServerOptions> listen, int mostConnections, ILoggerFactory loggers, SocketTransportOptions? transport, CancellationToken cancellationToken)
    {
        var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = NoServices.Instance };
        options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        options.Limits.MaxRequestBodySize = LargestBody;
        options.Limits.MaxRequestHeadersTotalSize = LargestHeaders;
        options.Limits.MaxRequestLineSize = LargestBody;
        options.Limits.MaxConcurrentConnections = mostConnections;
        options.Limits.RequestHeadersTimeout = HeadersBound;
        options.Limits.KeepAliveTimeout = IdleBound;
        listen(options);
        var server = new ApiServer(new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(transport ?? new SocketTransportOptions()), loggers), loggers));
        try
        {
            await server._server.StartAsync(new Application(api.Answer, new ApiDoor(admit, server._stopping.Token)), cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes it; requests under way may end within <see cref="StopBound"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
        {
            return;
        }

        await _stopping.CancelAsync();
        using var bound = new CancellationTokenSource(StopBound);
        await _server.StopAsync(bound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _server.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Hands each request over, with the door that it came through.</summary>
    private sealed class Application(RequestDelegate answer, ApiDoor door) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures)
        {
            contextFeatures.Set(door);
            return new DefaultHttpContext(contextFeatures);
        }

        public Task ProcessRequestAsync(HttpContext context) => answer(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
            // Nothing of a request outlives it.
        }
    }

    /// <summary>Kestrel asks for services only where it does what this one does not: certificates, HTTP/3, configuration files.</summary>
    private sealed class NoServices : IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public object? GetService(Type serviceType) => null;
    }
}

/// <summary>The door that a request came through.</summary>
/// <param name="Admit">Who asks, there.</param>
/// <param name="Stopping">Is cancelled when it is closed.</param>
internal sealed record ApiDoor(Func<HttpContext, Caller> Admit, CancellationToken Stopping)
{
    /// <summary>That of a request.</summary>
    public static ApiDoor Of(HttpContext context) => context.Features.Get<ApiDoor>()!;
}
