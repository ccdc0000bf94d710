using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Tests.Providers.PowerDns;

/// <summary>
/// A real PowerDNS Authoritative Server with an SQLite backend, serving DNS (UDP and TCP) and its HTTP API on free ports of
/// 127.0.0.1 out of a temporary directory. Disposing ends the process and deletes the directory.
/// </summary>
public sealed class PdnsServer : IAsyncDisposable
{
    /// <summary>The schema that the package of the backend brings.</summary>
    private const string Schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string _program;
    private readonly string _directory;
    private readonly HttpClient _http = new();
    private readonly Lock _logLock = new();
    private readonly Queue<string> _log = new();
    private Process? _process;

    private PdnsServer(string program)
    {
        _program = program;
        _directory = Directory.CreateTempSubdirectory("dnsfailover-pdns-").FullName;
        _http.DefaultRequestHeaders.Add("X-API-Key", ApiKey);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>The zone that it is started with: of kind Native, so that nobody is notified.</summary>
    public DnsName Zone { get; } = DnsName.Parse("example.test");

    /// <summary>Where it answers queries.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Where its API is, without a path.</summary>
    public Uri Api { get; private set; } = new("http://127.0.0.1");

    /// <summary>Its API key.</summary>
    public string ApiKey { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The hmac-sha256 key that may update, by <see cref="PermitUpdatesAsync"/>.</summary>
    public (string Name, string Secret) UpdateKey { get; } = ("dnsfailover", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    /// <summary>The hmac-sha256 key that is known and may not update.</summary>
    public (string Name, string Secret) DeniedKey { get; } = ("onlooker", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    private string Database => Path.Combine(_directory, "pdns.db");

    /// <summary>Starts one and returns when it answers. Skips the test where PowerDNS is not installed.</summary>
    public static async Task<PdnsServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new PdnsServer(Peers.Require("pdns_server", "pdns-server"));
        try
        {
            Assert.True(File.Exists(Schema), Peers.Missing(Schema, "pdns-backend-sqlite3"));
            await server.SqlAsync(await File.ReadAllTextAsync(Schema, cancellationToken), cancellationToken);
            await server.LaunchAsync(cancellationToken);
            await server.CreateZoneAsync(server.Zone.ToString(), "Native", cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The last lines that it logged.</summary>
    public string Log
    {
        get
        {
            lock (_logLock)
            {
                return string.Join('\n', _log);
            }
        }
    }

    /// <summary>Makes a zone with one NS record.</summary>
    public async Task CreateZoneAsync(string name, string kind, CancellationToken cancellationToken)
    {
        var zone = new JsonObject { ["name"] = $"{name}.", ["kind"] = kind };
        zone[kind is "Native" or "Master" ? "nameservers" : "masters"] = new JsonArray(kind is "Native" or "Master" ? "localhost." : "127.0.0.1");
        await SendAsync(HttpMethod.Post, "zones", zone.ToJsonString(), cancellationToken);
    }

    /// <summary>Lets one key change the zone by dynamic updates.</summary>
    public async Task PermitUpdatesAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, secret) in new[] { UpdateKey, DeniedKey })
        {
            await SendAsync(HttpMethod.Post, "tsigkeys", $$"""{"name":"{{name}}","algorithm":"hmac-sha256","key":"{{secret}}"}""", cancellationToken);
        }

        await SendAsync(HttpMethod.Post, $"zones/{Zone}./metadata", $$"""{"kind":"TSIG-ALLOW-DNSUPDATE","metadata":["{{UpdateKey.Name}}"]}""", cancellationToken);
    }

    /// <summary>Carries out a PATCH of a zone, given as a list of RRsets in JSON.</summary>
    public Task PatchAsync(string zone, string rrsets, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Patch, $"zones/{zone}.", $$"""{"rrsets":{{rrsets}}}""", cancellationToken);

    /// <summary>Puts an RRset in place of the one that is there, comments apart; no values delete it.</summary>
    public Task ReplaceAsync(string name, string type, int ttl, IEnumerable<string> values, CancellationToken cancellationToken)
    {
        var records = new JsonArray([.. values.Select(value => new JsonObject { ["content"] = value, ["disabled"] = false })]);
        var set = new JsonObject { ["name"] = $"{name}.", ["type"] = type, ["ttl"] = ttl, ["changetype"] = records.Count == 0 ? "DELETE" : "REPLACE", ["records"] = records };
        return PatchAsync(Zone.ToString(), new JsonArray(set).ToJsonString(), cancellationToken);
    }

    /// <summary>
    /// What the database holds of one RRset, as one line: <c>60 192.0.2.1 (192.0.2.2) {me: hi @5}</c>, disabled records in
    /// parentheses, comments in braces.
    /// </summary>
    public async Task<string> ShowAsync(string name, string type, CancellationToken cancellationToken)
    {
        var rows = await SqlAsync(
            $"""
            select group_concat(t, ' ') from (
              select min(ttl) as t from records where name = '{name}' and type = '{type}'
              union all select * from (select case disabled when 1 then '(' || content || ')' else content end from records where name = '{name}' and type = '{type}' order by disabled, content)
              union all select * from (select '{"{"}' || account || ': ' || comment || case when modified_at < 1000 then ' @' || modified_at else '' end || '{"}"}' from comments where name = '{name}' and type = '{type}' order by account, comment));
            """,
            cancellationToken);
        return rows.TrimEnd();
    }

    /// <summary>What <c>dig</c> shows of one RRset: <c>ttl value</c>, sorted.</summary>
    public async Task<string[]> DigAsync(string name, string type, CancellationToken cancellationToken)
    {
        var output = await RunProgram.ToEndAsync(
            Peers.Require("dig", "bind9-dnsutils"),
            [$"@{EndPoint.Address}", "-p", EndPoint.Port.ToString(CultureInfo.InvariantCulture), "+norecurse", "+noall", "+answer", "+time=5", "-q", name, "-t", type],
            string.Empty,
            cancellationToken);
        return
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split((char[])['\t', ' '], 5, StringSplitOptions.RemoveEmptyEntries))
                .Where(fields => fields.Length == 5 && fields[3] == type)
                .Select(fields => $"{fields[1]} {fields[4]}")
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Runs SQL past the server, which may keep what it has cached; returns what it prints.</summary>
    public Task<string> SqlAsync(string statements, CancellationToken cancellationToken) =>
        RunProgram.ToEndAsync(Peers.Require("sqlite3", "sqlite3"), ["-bail", "-cmd", ".timeout 10000", "-cmd", "pragma synchronous = off", Database], statements, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await StopAsync();
        _http.Dispose();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task<string> SendAsync(HttpMethod method, string path, string body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(Api, $"/api/v1/servers/localhost/{path}")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}\n{Log}");
        return text;
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
            Api = new Uri($"http://127.0.0.1:{FreePort.Next()}");
            if (await TryLaunchAsync(cancellationToken))
            {
                return;
            }

            // Somebody else may have taken a port between finding and binding it.
            await StopAsync();
            Assert.True(attempt < 4, $"pdns_server does not start:\n{Log}");
        }
    }

    private async Task<bool> TryLaunchAsync(CancellationToken cancellationToken)
    {
        _process = Process.Start(new ProcessStartInfo(_program, Arguments()) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.OutputDataReceived += (_, line) => Remember(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        for (var began = Stopwatch.StartNew(); began.Elapsed < StartTimeout && !_process.HasExited; await Task.Delay(10, cancellationToken))
        {
            try
            {
                await new DnsClient(TimeProvider.System).QueryAsync(EndPoint, Zone, DnsType.SOA, TimeSpan.FromMilliseconds(500), cancellationToken);
                var server = JsonDocument.Parse(await _http.GetStringAsync(new Uri(Api, "/api/v1/servers/localhost"), cancellationToken)).RootElement;
                return server.GetProperty("daemon_type").GetString() == "authoritative" && !_process.HasExited;
            }
            catch (Exception e) when (e is DnsClientException or HttpRequestException or JsonException)
            {
                // Not listening yet, or somebody else answers there with another key.
            }
        }

        return false;
    }

    private string[] Arguments() =>
    [
        "--no-config", $"--config-dir={_directory}", $"--socket-dir={_directory}", "--daemon=no", "--guardian=no", "--write-pid=no", "--disable-syslog", "--security-poll-suffix=",
        "--launch=gsqlite3", $"--gsqlite3-database={Database}", "--gsqlite3-pragma-synchronous=0", "--gsqlite3-pragma-foreign-keys=yes",
        $"--local-address={EndPoint.Address}", $"--local-port={EndPoint.Port}", "--distributor-threads=1", "--receiver-threads=1",
        "--primary=yes", "--secondary=yes", "--enable-lua-records=yes", "--dnsupdate=yes", "--allow-dnsupdate-from=127.0.0.0/8",
        "--webserver=yes", "--webserver-address=127.0.0.1", $"--webserver-port={Api.Port}", "--webserver-allow-from=127.0.0.1", "--api=yes", $"--api-key={ApiKey}",
    ];

    private async Task StopAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
    }

    private void Remember(string? line)
    {
        lock (_logLock)
        {
            if (line is null)
            {
                return;
            }

            _log.Enqueue(line);
            if (_log.Count > 200)
            {
                _log.Dequeue();
            }
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => _process?.Kill();
}

/// <summary>One PowerDNS for all tests of a class, which use different names or zones. It starts with the first of them.</summary>
public sealed class PdnsFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _once = new(1, 1);
    private PdnsServer? _server;

    /// <summary>The server; skips the test where PowerDNS is not installed.</summary>
    public async Task<PdnsServer> GetAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            return _server ??= await PdnsServer.StartAsync(cancellationToken);
        }
        finally
        {
            _once.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _once.Dispose();
    }
}
