using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>A deployment to steer a name to: a real web server on a loopback address, that can be killed and brought back.</summary>
internal sealed class WebEndpoint : IAsyncDisposable
{
    private WebApplication? _server;

    private WebEndpoint(string address, int port) => (Address, Port) = (IPAddress.Parse(address), port);

    /// <summary>Where it listens.</summary>
    public IPAddress Address { get; }

    /// <summary>Its port; nobody else takes it while this is down.</summary>
    public int Port { get; }

    /// <summary>The status that it answers with.</summary>
    public int Status { get; set; } = 200;

    /// <summary>Starts one that answers 200; port 0 takes a free one.</summary>
    public static async Task<WebEndpoint> StartAsync(string address, int port = 0)
    {
        var endpoint = new WebEndpoint(address, port == 0 ? FreePort.Next() : port);
        await endpoint.StartAsync();
        return endpoint;
    }

    /// <summary>One that nobody has started: connections are refused.</summary>
    public static WebEndpoint Dead(string address) => new(address, FreePort.Next());

    /// <summary>Its line in failover.yaml.</summary>
    public string Yaml(string name) => $$"""{name: {{name}}, addresses: ["{{Address}}"], check: {port: {{Port}} } }""";

    /// <summary>Listens and answers.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(Address, Port));
        _server = builder.Build();
        _server.Run(context =>
        {
            context.Response.StatusCode = Status;
            return context.Response.WriteAsync($"hello from {Address}\n", context.RequestAborted);
        });
        await _server.StartAsync(TestContext.Current.CancellationToken);
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
