using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Demo;

/// <summary>A deployment of the demo's API: a web server on a loopback address that can be killed and brought back.</summary>
internal sealed class DemoEndpoint(string name, IPAddress address) : IAsyncDisposable
{
    private WebApplication? _server;

    /// <summary>Its name in failover.yaml.</summary>
    public string Name => name;

    /// <summary>Its address.</summary>
    public IPAddress Address => address;

    /// <summary>The port it listens at; chosen at the first start and kept.</summary>
    public int Port { get; private set; }

    /// <summary>Listens and answers.</summary>
    /// <exception cref="IOException">The address cannot be listened at.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(address, Port));
        _server = builder.Build();
        _server.Run(context => context.Response.WriteAsync($"hello from {name}\n", context.RequestAborted));
        await _server.StartAsync(cancellationToken);
        Port = new Uri(_server.Urls.First()).Port;
    }

    /// <summary>Dies: connections are refused from now on.</summary>
    public async Task KillAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            using var now = new CancellationTokenSource(TimeSpan.Zero);
            await server.StopAsync(now.Token);
            await server.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await KillAsync();
}
