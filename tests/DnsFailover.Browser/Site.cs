using System.Globalization;
using System.Net;
using DnsFailover.Tests;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Browser;

/// <summary>A daemon that steers one name between two deployments with the builtin DNS server, and its page.</summary>
internal sealed class Site : IAsyncDisposable
{
    /// <summary>The name being steered.</summary>
    public const string Name = "api.go.test";

    /// <summary>The token that changes need.</summary>
    public const string Token = "correct-horse-battery-staple";

    private const string Ready = "/healthz/ready";

    private readonly string _directory = Directory.CreateTempSubdirectory("dnsfailover-browser-").FullName;
    private readonly int _port = FreePort.Next();
    private string[] _keeps = [];

    private Site()
    {
    }

    /// <summary>The preferred one, at 127.0.0.2.</summary>
    public Deployment Primary { get; } = new(IPAddress.Parse("127.0.0.2"));

    /// <summary>The other, at 127.0.0.3.</summary>
    public Deployment Standby { get; } = new(IPAddress.Parse("127.0.0.3"));

    /// <summary>The daemon; another one after a restart.</summary>
    public DaemonProcess Daemon { get; private set; } = null!;

    /// <summary>Where the page is.</summary>
    public Uri Page(string route = "", string host = "127.0.0.1") => new(string.Create(CultureInfo.InvariantCulture, $"http://{host}:{_port}/#/{route}"));

    /// <summary>Where the page of the service is.</summary>
    public Uri ServicePage(string query = "") => Page($"services/{Name}{query}");

    /// <summary>Starts everything.</summary>
    /// <param name="top">Further keys at the top.</param>
    /// <param name="service">A further key of the service.</param>
    public static async Task<Site> StartAsync(string top = "", string service = "policy: failover")
    {
        var site = new Site();
        try
        {
            await site.Primary.StartAsync();
            await site.Standby.StartAsync();
            await site.StartDaemonAsync($$"""
                {{top}}
                services:
                  - name: {{Name}}
                    {{service}}
                    endpoints:
                      - {{site.Primary.Yaml("primary")}}
                      - {{site.Standby.Yaml("standby")}}
                """, Ready, "--data", Path.Combine(site._directory, "data"));
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a daemon with other services. It need not have probed them all.</summary>
    public static async Task<Site> WithServicesAsync(string services)
    {
        var site = new Site();
        try
        {
            await site.StartDaemonAsync(services, "/api/v1/services?limit=1", "--ephemeral");
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the daemon again, with the same file.</summary>
    public async Task RestartAsync()
    {
        await Daemon.DisposeAsync();
        await RunAsync(Ready);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Daemon is not null)
        {
            await Daemon.DisposeAsync();
        }

        await Primary.DisposeAsync();
        await Standby.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private string Config => Path.Combine(_directory, "failover.yaml");

    private async Task StartDaemonAsync(string services, string untilAnswers, params string[] keeps)
    {
        await File.WriteAllTextAsync(Config, $$"""
            providers:
              local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
            api: {listen: "127.0.0.1:{{_port}}", token: "${API_TOKEN}"}
            defaults:
              ttl: 30s
              check: {type: http, path: /, bodyContains: {{Deployment.Fine}}}
              interval: 1s
              timeout: 900ms
              fastInterval: 50ms
              failback: {delay: 30m, flapWindow: 0s}
              minActiveTime: 10m
            {{services}}
            """, TestContext.Current.CancellationToken);
        _keeps = keeps;
        await RunAsync(untilAnswers);
    }

    private async Task RunAsync(string untilAnswers)
    {
        Daemon = DaemonProcess.Start(["run", "--config", Config, .. _keeps], ("API_TOKEN", Token));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await Eventually.HoldsAsync(async () => await AnswersAsync(http, untilAnswers), () => $"an answer at {untilAnswers}; it said\n{Daemon.Said}");
    }

    private async Task<bool> AnswersAsync(HttpClient http, string path)
    {
        Assert.False(Daemon.HasEnded, Daemon.Said);
        try
        {
            using var reply = await http.GetAsync(new Uri(Page(), path), TestContext.Current.CancellationToken);
            return reply.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // it does not listen yet
        }
    }
}
