using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Browser;

/// <summary>A deployment to steer a name to: a web server on loopback, that can be killed, brought back, and made to say anything.</summary>
internal sealed class Deployment(IPAddress address) : IAsyncDisposable
{
    /// <summary>What one says that works.</summary>
    public const string Fine = "fine";

    private WebApplication? _server;

    /// <summary>Its port: free on every address of loopback, and nobody else takes it while this is down.</summary>
    public int Port { get; } = Tests.FreePort.Next();

    /// <summary>What it answers with.</summary>
    public string Body { get; set; } = Fine;

    /// <summary>What it waits for before it answers.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Its lines in failover.yaml.</summary>
    public string Yaml(string name) => $$"""{name: {{name}}, addresses: ["{{address}}"], check: {port: {{Port}} } }""";

    /// <summary>Listens and answers.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(address, Port));
        _server = builder.Build();
        _server.Run(async context =>
        {
            await Gate.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(Body, context.RequestAborted);
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
