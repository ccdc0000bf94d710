using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Api;

/// <summary>An HTTP server with nothing in it but Kestrel and routing, every part of which is bounded.</summary>
internal static class ApiServer
{
    /// <summary>Of a request, in bytes.</summary>
    public const int LargestBody = 8 * 1024;

    private const int LargestHeaders = 16 * 1024;

    private static readonly TimeSpan HeadersBound = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan IdleBound = TimeSpan.FromSeconds(60);

    /// <summary>Requests under way may end within this when the daemon stops.</summary>
    public static readonly TimeSpan StopBound = TimeSpan.FromSeconds(1);

    /// <summary>Makes one; it does not listen yet.</summary>
    /// <param name="listen">Where to.</param>
    /// <param name="mostConnections">So many at once.</param>
    /// <param name="loggers">For its log.</param>
    /// <param name="transport">Further settings of its sockets.</param>
    public static WebApplication Build(Action<KestrelServerOptions> listen, int mostConnections, ILoggerFactory loggers, Action<SocketTransportOptions>? transport = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers)); // an instance: not disposed with the server
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime>(new Unattended()));
        if (transport is not null)
        {
            builder.Services.Configure(transport);
        }

        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            options.Limits.MaxRequestBodySize = LargestBody;
            options.Limits.MaxRequestHeadersTotalSize = LargestHeaders;
            options.Limits.MaxRequestLineSize = LargestBody;
            options.Limits.MaxConcurrentConnections = mostConnections;
            options.Limits.RequestHeadersTimeout = HeadersBound;
            options.Limits.KeepAliveTimeout = IdleBound;
            listen(options);
        });
        return builder.Build();
    }

    /// <summary>Stops and closes one.</summary>
    public static async Task CloseAsync(WebApplication app)
    {
        using var bound = new CancellationTokenSource(StopBound);
        await app.StopAsync(bound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.DisposeAsync();
    }

    /// <summary>The server ends with the daemon, and not by signals of its own.</summary>
    private sealed class Unattended : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
