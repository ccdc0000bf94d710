using System.Net;
using System.Net.Sockets;
using DnsFailover.Api;
using DnsFailover.Configuration;
using DnsFailover.Hosting;
using DnsFailover.Tests.EndToEnd;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Api;

/// <summary>Where the API is reached, and what happens when it cannot be.</summary>
public sealed class ListenerTests : IDisposable
{
    private readonly TcpListener _taken = new(IPAddress.Loopback, 0);
    private readonly RecordedLog _log = new();

    public ListenerTests()
    {
        _taken.Start();
        Taken = (IPEndPoint)_taken.LocalEndpoint;
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private IPEndPoint Taken { get; }

    public void Dispose()
    {
        _taken.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task When_the_default_port_is_taken_the_daemon_says_so_once_and_runs_without()
    {
        await using var daemon = await StartAsync(new ApiOptions { Listen = [Taken], IsDefault = true });

        Assert.Empty(daemon.Addresses);
        var line = Assert.Single(_log.Lines, line => line.Contains("no status page and no API", StringComparison.Ordinal));
        Assert.Equal($"There is no status page and no API over the network: the API cannot be reached at {Taken}: another program listens there; choose another address with 'api: {{listen: …}}' in failover.yaml, or switch it off with 'api: off'", line);
        await Eventually.HoldsAsync(() => daemon.State is not null, "it steers");
    }

    [Fact]
    public async Task When_a_port_that_was_asked_for_is_taken_the_daemon_does_not_start_and_says_which_key_to_change()
    {
        using var place = new Workplace();
        place.Write(Yaml($"{{listen: \"{Taken}\"}}"));
        await using var daemon = DaemonProcess.Start(["run", "--config", place.Config, "--data", place.Data]);

        Assert.Equal(2, await daemon.EndsAsync());
        Assert.Equal($"the API cannot be reached at {Taken}: another program listens there; choose another address with 'api: {{listen: …}}' in failover.yaml, or switch it off with 'api: off'", daemon.Errors.Trim());
    }

    [Fact]
    public async Task A_reload_opens_new_places_before_it_closes_old_ones_and_a_taken_one_changes_nothing()
    {
        await using var daemon = await StartAsync(new ApiOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] });
        var first = Assert.Single(daemon.Addresses);
        Assert.Equal(200, await StatusAsync(first));

        await ReloadAsync(daemon, new ApiOptions { Listen = [Taken] });
        Assert.Equal(first, Assert.Single(daemon.Addresses));
        Assert.Equal(200, await StatusAsync(first));
        Assert.Contains(_log.Lines, line => line.StartsWith($"The new configuration is in effect, except that the API cannot be reached at {Taken}", StringComparison.Ordinal));

        _taken.Stop();
        await ReloadAsync(daemon, new ApiOptions { Listen = [Taken] });
        Assert.Equal(Taken.Port, Assert.Single(daemon.Addresses).Port);
        Assert.Equal(200, await StatusAsync(daemon.Addresses[0]));
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(first));

        await ReloadAsync(daemon, ApiOptions.Off);
        Assert.Empty(daemon.Addresses);
    }

    [Fact]
    public async Task A_reload_changes_the_token()
    {
        await using var daemon = await StartAsync(new ApiOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)], Token = Secret.Literal("the first token of all") });
        await Eventually.HoldsAsync(() => daemon.State is not null, "it steers");
        Assert.Equal(409, await ChangeAsync(daemon, "the first token of all"));

        await ReloadAsync(daemon, new ApiOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)], Token = Secret.Literal("the second token of all") });

        Assert.Equal(401, await ChangeAsync(daemon, "the first token of all"));
        Assert.Equal(409, await ChangeAsync(daemon, "the second token of all"));
    }

    private static async Task<int> ChangeAsync(Daemon daemon, string token)
    {
        using var http = new HttpClient { BaseAddress = daemon.Addresses[0] };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var content = new StringContent("""{"reason":"x","for":"1h"}""");
        using var response = await http.PostAsync("/api/v1/services/a.go.test/approve", content, Ct); // which is refused where failback is automatic
        return (int)response.StatusCode;
    }

    private static async Task<int> StatusAsync(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        using var response = await http.GetAsync("/healthz/live", Ct);
        return (int)response.StatusCode;
    }

    private static Task ReloadAsync(Daemon daemon, ApiOptions api) => daemon.ReloadAsync(
        new ConfigurationResult { File = "failover.yaml", Configuration = Workplace.Parse(Yaml("off")) with { Api = api }, Problems = [], Hash = string.Empty }, Ct);

    private Task<Daemon> StartAsync(ApiOptions api) => Daemon.StartAsync(Workplace.Parse(Yaml("off")) with { Api = api }, new DaemonSettings { DataDirectory = null, Loggers = _log }, Ct);

    private static string Yaml(string api) => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        api: {{api}}
        services:
          - name: a.go.test
            endpoints:
              - {name: primary, addresses: [127.0.0.2], check: {type: tcp, port: 1} }
              - {name: standby, addresses: [127.0.0.3], check: {type: tcp, port: 1} }
        """;

    private sealed class RecordedLog : ILoggerFactory, ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> Lines => [.. _lines];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
