using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Api;

/// <summary>A daemon with one service and two endpoints, reached over TCP at a port of its own.</summary>
internal sealed class ApiSite : IAsyncDisposable
{
    public const string Name = "api.go.test";

    public const string Token = "correct-horse-battery-staple";

    private bool _isStopped;

    private ApiSite()
    {
    }

    public Workplace Place { get; } = new();

    public required WebEndpoint Primary { get; init; }

    public required WebEndpoint Standby { get; init; }

    public RunningDaemon Daemon { get; private set; } = null!;

    public Uri Address => Daemon.Daemon.Addresses[0];

    /// <summary>Starts it.</summary>
    /// <param name="api">The keys under <c>api</c>, besides the address.</param>
    /// <param name="top">Further keys at the top.</param>
    /// <param name="service">Further keys of the service.</param>
    /// <param name="isDown">True leaves both endpoints dead.</param>
    public static async Task<ApiSite> StartAsync(string api = $"token: {Token}", string top = "", string service = "ttl: 30s", bool isDown = false)
    {
        var site = new ApiSite
        {
            Primary = isDown ? WebEndpoint.Dead("127.0.0.2") : await WebEndpoint.StartAsync("127.0.0.2"),
            Standby = isDown ? WebEndpoint.Dead("127.0.0.3") : await WebEndpoint.StartAsync("127.0.0.3"),
        };
        site.Place.Write(site.Yaml($"{{listen: \"127.0.0.1:0\"{(api.Length > 0 ? $", {api}" : string.Empty)}}}", top, service));
        site.Daemon = await RunningDaemon.StartAsync(site.Place.Config, site.Place.Data);
        return site;
    }

    /// <summary>Its file.</summary>
    public string Yaml(string api, string top = "", string service = "ttl: 30s") => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        api: {{api}}
        {{top}}
        defaults: { {{Workplace.Quick}} }
        services:
          - name: {{Name}}
            {{service}}
            endpoints:
              - {{Primary.Yaml("primary")}}
              - {{Standby.Yaml("standby")}}
        """;

    /// <summary>Waits until the name is answered and both endpoints are up.</summary>
    public async Task SettledAsync()
    {
        await Daemon.VerifiedAsync(1);
        await Daemon.IsAsync(Name, "primary", Core.Health.HealthStatus.Up);
        await Daemon.IsAsync(Name, "standby", Core.Health.HealthStatus.Up);
    }

    /// <summary>Lets the primary die, and waits until the name has moved.</summary>
    public async Task FailedOverAsync()
    {
        await SettledAsync();
        await Primary.KillAsync();
        await Daemon.VerifiedAsync(2);
    }

    /// <summary>Asks.</summary>
    public async Task<Reply> AskAsync(string method, string address, string? body = null, string? token = null, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = Address };
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Reply(
            (int)response.StatusCode,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Asks for a document that is there.</summary>
    public async Task<JsonElement> GetAsync(string address, string? token = null)
    {
        var reply = await AskAsync("GET", address, token: token);
        Assert.True(reply.Status == 200, reply.Text);
        return reply.Json;
    }

    /// <summary>Stops the daemon.</summary>
    public async Task StopAsync()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            await Daemon.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Primary.DisposeAsync();
        await Standby.DisposeAsync();
        Place.Dispose();
    }

    /// <summary>What was answered.</summary>
    internal sealed record Reply(int Status, IReadOnlyDictionary<string, string> Headers, string Text)
    {
        public JsonElement Json => JsonDocument.Parse(Text).RootElement;

        /// <summary>The sentence of what was refused, which is always said in the same form.</summary>
        public string Detail
        {
            get
            {
                Assert.StartsWith("application/problem+json", Headers["Content-Type"], StringComparison.Ordinal);
                Assert.Equal(Status, Json.GetProperty("status").GetInt32());
                return Json.GetProperty("detail").GetString()!;
            }
        }
    }
}
