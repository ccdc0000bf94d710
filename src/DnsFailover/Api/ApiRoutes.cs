using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Api;

/// <summary>The framework's routing and nothing else of a web application: no host, no configuration of its own, no server.</summary>
internal sealed class ApiRoutes : IDisposable
{
    private readonly ServiceProvider _services;

    /// <summary>Puts it together.</summary>
    /// <param name="loggers">For its log.</param>
    /// <param name="around">What looks at every request, with its address known.</param>
    /// <param name="map">The addresses.</param>
    public ApiRoutes(ILoggerFactory loggers, Action<IApplicationBuilder> around, Action<IEndpointRouteBuilder> map)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.Replace(ServiceDescriptor.Singleton(loggers)); // an instance: not disposed with the rest
        services.AddSingleton(new DiagnosticListener("Microsoft.AspNetCore"));
        services.AddMetrics();
        services.AddRoutingCore();
        _services = services.BuildServiceProvider();
        var app = new ApplicationBuilder(_services);
        app.UseRouting();
        around(app);
        app.UseEndpoints(routes =>
        {
            map(routes);
            DataSources = [.. routes.DataSources];
        });
        Answer = app.Build();
    }

    /// <summary>Answers a request.</summary>
    public RequestDelegate Answer { get; }

    /// <summary>Every address that there is.</summary>
    public IReadOnlyList<EndpointDataSource> DataSources { get; private set; } = [];

    /// <inheritdoc/>
    public void Dispose() => _services.Dispose();
}
